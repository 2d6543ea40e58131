"""How soon whoever asked hears of a decision: from the request that decides to the webhook at the sender's receiver.

A real server with its own worker, decisions over HTTP at a steady pace, a receiver in another process. Each webhook is
found by the delivery of its decision's event; every decision must have come, once. The p95 is to be at most 2 seconds.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import receiver, report
from bench.contest import WrongError
from bench.delivery import ALLOW
from bench.house import PARTY, ROLE, environ, mufakat, prepare, token
from bench.server import Server, free_port

MANY, PACE = 300, 0.05  # Decisions, one begun every so many seconds.
PATIENCE = 30.0
PROMISED = 2_000  # Milliseconds.
BODY = json.loads((Path(__file__).parent / "notice.json").read_bytes())
DECISION = {
    "outcome": "act_full",
    "items": [{"locator": place, "measure": "disable"} for place in range(len(BODY["locators"]))],
    "ground": {"legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"}},
    "facts": "What was found, as a made-up placeholder.",
    "reasons": "Why it was decided so, as a made-up placeholder.",
    "language": "en",
    "automated": {"detection": False, "decision": "none"},
}
DELIVERIES = (
    "SELECT d.id, e.leaf FROM connectors_delivery d JOIN journal_event e ON e.id = d.event_id "
    "WHERE e.type = 'decision.made'"
)
"""Ours are the sender's: the platform of this bench has no endpoint."""


class Desk:
    """One seat at one connection that stays."""

    def __init__(self, port: int, credential: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._fields = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}

    def post(self, path: str, body: object, key: str) -> dict[str, Any]:
        self._connection.request("POST", path, json.dumps(body), {**self._fields, "Idempotency-Key": key})
        answer = self._connection.getresponse()
        said: dict[str, Any] = json.loads(answer.read())
        if answer.status not in {200, 201}:
            raise WrongError(f"{path} was answered {answer.status}: {said}")
        return said


def decided(port: int, officer: str, reviewer: str) -> dict[str, float]:
    """Decide on so many notices at this pace; by decision, when its request was sent."""
    asking, answering = Desk(port, officer), Desk(port, reviewer)
    notices = []
    for number in range(MANY):
        notices.append(asking.post("/api/v1/notices", BODY, f"n{number}")["id"])
        answering.post(f"/api/v1/notices/{notices[-1]}/acknowledgement", {"note": ""}, f"a{number}")
    sent: dict[str, float] = {}
    due = time.monotonic()
    for number, notice in enumerate(notices):
        time.sleep(max(0.0, due - time.monotonic()))
        due += PACE
        at = time.time()
        sent[answering.post(f"/api/v1/notices/{notice}/decision", DECISION, f"d{number}")["id"]] = at
    return sent


def heard(address: str, wanted: int) -> dict[str, float]:
    """When each webhook came; those of other events too."""
    came: dict[str, float] = {}
    until, quiet = time.monotonic() + PATIENCE, 0
    while time.monotonic() < until and quiet < 2:  # Two looks without anything new: that was all.
        before = len(came)
        came |= receiver.seen(address)["at"]
        quiet = quiet + 1 if len(came) == before and before >= wanted else 0
        time.sleep(1)
    return came


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="mufakat-bench-") as folder, receiver.receiving() as address:
        work = Path(folder)
        house = prepare(work)
        mufakat(house.instance, "endpoint", "set", f"{address}/hook", "--party", PARTY, "--role", ROLE, **ALLOW)
        reviewer, port = token(house.instance, "telegram", "reviewer"), free_port()
        told = environ(house.instance, PORT=str(port), **ALLOW)
        with Server([sys.executable, "-m", "mufakat.cli", "serve"], environ=told, port=port, log=work / "server.log"):
            sent = decided(port, house.token, reviewer)
            came = heard(address, MANY)
        with house.instance.reading() as connection:
            rows = house.instance.fetch(connection, DELIVERIES)
        of_decision: dict[str, list[str]] = {}
        for delivery, leaf in rows:
            for ref in json.loads(bytes(leaf))["ref"]:
                of_decision.setdefault(ref, []).append(delivery)
        late = [(came[pk] - sent[one]) * 1000 for one in sent for pk in of_decision.get(one, ()) if pk in came]
        if len(late) != MANY:
            raise WrongError(f"{len(late)} of {MANY} decisions were told, each once")
        p95 = statistics.quantiles(late, n=20)[-1]
        said = "holds" if p95 <= PROMISED else "DOES NOT HOLD"
        print(
            f"decision to webhook: p50 {statistics.median(late):,.0f} ms, p95 {p95:,.0f} ms, most {max(late):,.0f} ms"
        )
        print(f"  {MANY} decisions, one every {PACE * 1000:.0f} ms; at most {PROMISED:,} ms: {said}")
        print(f"  {report.machine()}")
    return 0 if p95 <= PROMISED else 1


if __name__ == "__main__":
    raise SystemExit(main())
