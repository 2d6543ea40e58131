"""One turn of ours: a house in this process, and all that goes on by itself in it, closes names and lifts them.

Reads what it is to do as JSON from its argument and prints what it saw as JSON: how many milliseconds after its commit
each lifting was answered by the resolver, one after the other; or each block.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "mufakat.server.runtime.settings"

import django

django.setup()

# After Django is set up, as in any program of its.
from bench.resolving import until_all  # noqa: E402
from mufakat.server.journal import door  # noqa: E402
from mufakat.server.journal.answers import Key  # noqa: E402
from mufakat.server.parties import queries as parties  # noqa: E402
from mufakat.server.restrictions import operations, publication, queries  # noqa: E402
from mufakat.server.runtime import worker  # noqa: E402

NOTE = json.dumps({"note": "It was looked at."}).encode()
PATIENCE = 300.0


def caller(handle: str, seat: str) -> Any:
    return parties.caller_by_seat(handle, seat)


def order(names: list[str]) -> bytes:
    at = datetime.now(UTC)
    return json.dumps(
        {
            "list": "terrorism",
            "names": names,
            "operators": ["isp-a"],
            "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
            "reason": "A made-up placeholder.",
            "proportionality": "A made-up placeholder.",
            "review_at": (at + timedelta(days=20)).isoformat(),
            "sunset_at": (at + timedelta(days=60)).isoformat(),
            "platform": "telegram",
            "reopening": {"agreement": "id-2017", "all_of": ["representative"]},
        }
    ).encode()


def publish(names: list[str]) -> str:
    """An order with everything that it needs; it is published by itself from here on."""
    officer = caller("kominfo", "officer")
    raw = order(names)
    key = Key.of(officer.party_id, "POST /api/v1/restrictions", names[0], raw)
    pk: str = json.loads(operations.propose(raw, by=officer, at=datetime.now(UTC), key=key).body)["id"]
    for seat in ("approver", "approver-2"):
        operations.approve(pk, NOTE, by=caller("kominfo", seat), at=datetime.now(UTC))
    operations.object_to(pk, NOTE, by=caller("telegram", "representative"))
    return pk


def published(pk: str) -> float:
    """When it went on the lists, on the clock of the wall."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        at = queries.known(pk).published_at
        if at is not None:
            return at.timestamp()
        time.sleep(0.002)
    raise SystemExit(f"{pk} was not published")


def lift_each(names: list[str], port: int) -> tuple[list[float], float]:
    pk = publish(names)
    published(pk)
    until_all(port, names, is_open=False, seconds=PATIENCE)
    officer = caller("kominfo", "officer")
    late, began = [], time.monotonic()
    for name in names:
        operations.lift(pk, json.dumps({"note": "Settled.", "names": [name]}).encode(), by=officer)
        committed = time.monotonic()
        until_all(port, [name], is_open=True, seconds=PATIENCE)
        late.append(1000 * (time.monotonic() - committed))
    return late, time.monotonic() - began


def close_each(names: list[str], port: int) -> tuple[list[float], float]:
    late, began = [], time.monotonic()
    for name in names:
        committed = published(publish([name]))
        until_all(port, [name], is_open=False, seconds=PATIENCE)
        late.append(1000 * max(time.time() - committed, 0.0))
    return late, time.monotonic() - began


def main() -> None:
    told = json.loads(sys.argv[1])
    names = [f"n{number}.{told['word']}.example.net" for number in range(told["count"])]
    with door.open_house(), worker.working():
        until = time.monotonic() + PATIENCE
        while publication.waiting() and time.monotonic() < until:
            time.sleep(0.1)  # What was filled in before is compared first.
        cpu = time.process_time()
        late, took = {"lift": lift_each, "block": close_each}[told["deed"]](names, told["port"])
        print(json.dumps({"late": late, "took": took, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main()
