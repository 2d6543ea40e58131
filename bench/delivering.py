"""One turn of ours: a house in this process, deliveries that wait in its database, and the worker's own part.

Reads what it is to do as JSON from its arguments and prints what it saw as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "mufakat.server.runtime.settings"

import django

django.setup()

from mufakat.rules.events import EventType  # noqa: E402
from mufakat.server.connectors import dispatch, expansion, registry, sealing  # noqa: E402
from mufakat.server.connectors.expansion import Recipient  # noqa: E402
from mufakat.server.connectors.models import Delivery, Endpoint, EndpointState  # noqa: E402
from mufakat.server.journal import door, operations as journal  # noqa: E402
from mufakat.server.journal.models import Event  # noqa: E402
from mufakat.server.parties import queries as parties  # noqa: E402

PORTION = 500
SECRET = b"a secret of this bench, 32 bytes"


def set_endpoints(urls: list[str]) -> list[str]:
    """Endpoints of one party, made without asking how many it may have."""
    party_id = parties.directory()["telegram"][0]

    def run(moment: Any) -> list[str]:
        found = []
        for url in urls:
            pk = moment.id("end")
            sealed = sealing.seal(SECRET, endpoint=pk)
            state = EndpointState.ACTIVE.value
            Endpoint.objects.create(id=pk, party_id=party_id, url=url, secret=sealed, state=state, made_at=moment.at)
            found.append(pk)
        return found

    return door.commit(run)


def add(endpoints: list[str], each: int) -> None:
    """So many deliveries to each endpoint, an event of its own behind each."""
    party_id = parties.directory()["telegram"][0]
    pairs = [endpoint for _ in range(each) for endpoint in endpoints]
    for start in range(0, len(pairs), PORTION):
        portion = pairs[start : start + PORTION]

        def run(moment: Any, portion: list[str] = portion) -> None:
            made = journal.append(
                [
                    journal.Happening(
                        type=EventType.TOKEN_ISSUED,
                        sender="mufakat",
                        recipient="telegram",
                        case=party_id,
                        actor="mufakat",
                    )
                    for _ in portion
                ],
                moment,
            )
            to = [Recipient(party_id, registry.WEBHOOK, endpoint) for endpoint in portion]
            expansion.insert(list(zip([one.id for one in made], to, strict=True)), moment)

        door.commit(run)


def main() -> None:
    told = json.loads(sys.argv[1])
    with door.open_house():
        endpoints = set_endpoints(told["urls"])
        add(endpoints, told["each"])
        started, cpu = time.time(), time.process_time()
        until = time.monotonic() + told["seconds"]
        quick = [
            pk for pk, url in zip(endpoints, told["urls"], strict=True) if "/slow" not in url and "/dead" not in url
        ]
        while time.monotonic() < until:
            dispatch.deliver(at=datetime.now(UTC))
            if not Delivery.objects.filter(state="waiting", carrier="webhook", target__in=quick).exists():
                break
        took, cpu = time.time() - started, time.process_time() - cpu
        done = Delivery.objects.filter(
            state="delivered", target__in=quick, made_at__gte=Event.objects.none() or datetime.fromtimestamp(0, UTC)
        ).count()
        print(json.dumps({"started": started, "took": took, "cpu": cpu, "done": done}))
        dispatch.close(at=datetime.now(UTC))


if __name__ == "__main__":
    main()
