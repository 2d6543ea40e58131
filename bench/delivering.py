"""One turn of ours: a house in this process, deliveries in its database, and the worker's own part (bench.delivery).

Reads what it is to do as JSON from its argument and prints what it saw as JSON. ``at once``: everything waits already,
as after an outage. ``paced``: so many a second for so long, and how late each is counts.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "mufakat.server.runtime.settings"

import django

django.setup()

# After Django is set up, as in any program of its.
from mufakat.rules.events import EventType  # noqa: E402
from mufakat.server.connectors import dispatch, expansion, registry, sealing  # noqa: E402
from mufakat.server.connectors.expansion import Recipient  # noqa: E402
from mufakat.server.connectors.models import Delivery, DeliveryState, Endpoint, EndpointState  # noqa: E402
from mufakat.server.journal import door, operations as journal  # noqa: E402
from mufakat.server.parties import queries as parties  # noqa: E402

PORTION = 500
BEAT = 0.1  # Seconds between two portions of a paced turn.
SECRET = b"a secret of this bench, 32 bytes"
WAITING = DeliveryState.WAITING.value


def party_id() -> str:
    return parties.directory()["telegram"][0]


def set_endpoints(urls: list[str]) -> list[str]:
    """The endpoints of this turn; those of former ones are closed. How many a party may have is not asked."""

    def run(moment: Any) -> list[str]:
        closed = {"state": EndpointState.DISABLED.value, "ended": "by_party", "ended_at": moment.at}
        Endpoint.objects.filter(state=EndpointState.ACTIVE.value).update(**closed)
        found = []
        for url in urls:
            pk = moment.id("end")
            sealed = sealing.seal(SECRET, endpoint=pk)
            state = EndpointState.ACTIVE.value
            Endpoint.objects.create(id=pk, party_id=party_id(), url=url, secret=sealed, state=state, made_at=moment.at)
            found.append(pk)
        return found

    return door.commit(run)


def add(endpoints: list[str]) -> None:
    """A delivery to each of these, an event of its own behind each, in one commit."""

    def run(moment: Any) -> None:
        told = (EventType.TOKEN_ISSUED, "mufakat", "telegram", party_id(), "mufakat")
        made = journal.append([journal.Happening(*told) for _ in endpoints], moment)
        to = [Recipient(party_id(), registry.WEBHOOK, endpoint) for endpoint in endpoints]
        expansion.insert(list(zip([one.id for one in made], to, strict=True)), moment)

    door.commit(run)


def pace(endpoints: list[str], rate: int, seconds: float) -> None:
    """So many a second, to one endpoint after the other."""
    started, given = time.monotonic(), 0
    while (passed := time.monotonic() - started) < seconds:
        due = int(passed * rate)
        if due > given:
            add([endpoints[number % len(endpoints)] for number in range(given, due)])
            given = due
        time.sleep(BEAT)


def deliver(quick: list[str], *, until: float, ended: threading.Event) -> None:
    """The worker's part, until everything went that can go."""
    waiting = Delivery.objects.filter(state=WAITING, carrier=registry.WEBHOOK, target__in=quick)
    while time.monotonic() < until:
        done, more = dispatch.deliver(at=datetime.now(UTC))
        if not done and ended.is_set() and not waiting.exists():
            return
        if not more:
            dispatch.courier().news.wait(0.05)


def main() -> None:
    told = json.loads(sys.argv[1])
    urls: list[str] = told["urls"]
    with door.open_house():
        endpoints = set_endpoints(urls)
        quick = [pk for pk, url in zip(endpoints, urls, strict=True) if "/slow" not in url and "/dead" not in url]
        ended = threading.Event()
        if told["paced"]:

            def paced() -> None:
                pace(endpoints, told["rate"], told["seconds"])
                ended.set()

            threading.Thread(target=paced, daemon=True).start()
        else:
            wanted = [endpoint for _ in range(told["each"]) for endpoint in endpoints]
            for start in range(0, len(wanted), PORTION):
                add(wanted[start : start + PORTION])
            ended.set()
        started, cpu = time.time(), time.process_time()
        deliver(quick, until=time.monotonic() + told["patience"], ended=ended)
        took, cpu = time.time() - started, time.process_time() - cpu
        mine = Delivery.objects.filter(target__in=quick)
        print(
            json.dumps(
                {
                    "took": took,
                    "cpu": cpu,
                    "waiting": mine.filter(state=WAITING).count(),
                    "made": {pk: at.timestamp() for pk, at in mine.values_list("pk", "made_at")},
                }
            )
        )
        dispatch.close(at=datetime.now(UTC))


if __name__ == "__main__":
    main()
