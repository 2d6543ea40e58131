"""Nobody's event is lost when the process that delivers dies, and several that deliver do not double one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import Server, body, move_to
from tests.server.connectors.conftest import Receiver, receiver, reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["receiver"]  # The fixture.

pytestmark = pytest.mark.fault

NOTICES = 60
TAKEN = 10  # Answered before the receiver holds its breath.
PATIENCE = 60.0


def allowed(server: Server) -> None:
    server.environ["MUFAKAT_WEBHOOK_ALLOW"] = "127.0.0.0/8"


def submit(server: Server, token: str, count: int) -> None:
    for number in range(count):
        request = urllib.request.Request(  # noqa: S310 - of this machine.
            f"{server.url}/api/v1/notices",
            data=body(),
            headers={
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": f"k{number}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same.
            assert answer.status == 201


def until(held: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not held():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def told(receiver: Receiver) -> Counter[str]:
    """Which events came how often."""
    with receiver.lock:
        return Counter(
            json.loads(raw)["data"]["event"]
            for _, _, raw in receiver.taken
            if json.loads(raw)["type"] == "notice.received"
        )


def sent(server: Server) -> set[str]:
    """The events of the notices, in the journal."""
    from mufakat.server.journal.models import Event

    return set(Event.objects.filter(type="notice.received").values_list("id", flat=True))


def test_a_server_killed_in_the_middle_of_delivering_loses_nothing(stopped_server: Server, receiver: Receiver) -> None:
    go = threading.Event()

    def held(number: int, handler: Any) -> None:
        if number > TAKEN:
            go.wait(PATIENCE)
        reply(handler, 204)

    receiver.answers["/hook"] = held
    allowed(stopped_server)
    stopped_server.start()
    stopped_server.run("endpoint", "set", receiver.url(), "--party", "telegram")
    submit(stopped_server, stopped_server.token("kominfo", "officer"), NOTICES)
    until(lambda: receiver.seen["/hook"] > TAKEN)
    stopped_server.kill()
    go.set()
    before = told(receiver)
    assert sum(before.values()) < NOTICES  # It was in the middle.
    finish(stopped_server)
    after = told(receiver)
    assert after.keys() == sent(stopped_server)
    assert len(after) == NOTICES
    # What was on its way when the process died came again, under the same id.
    again = {event for event, many in after.items() if many > 1}
    assert again <= before.keys()
    ids = {json.loads(raw)["data"]["event"]: set[str]() for _, _, raw in receiver.taken}
    for _, headers, raw in receiver.taken:
        ids[json.loads(raw)["data"]["event"]].add(headers["webhook-id"])
    assert {len(found) for found in ids.values()} == {1}


def finish(server: Server) -> None:
    """Deliver the rest in this process, at a time when the leases of the dead one are over."""
    from django.test.utils import override_settings

    from mufakat.rules import egress
    from mufakat.server.connectors import dispatch, expansion
    from mufakat.server.connectors.models import Delivery
    from mufakat.server.journal import door

    move_to(server.data, server.database)
    policy = egress.read_policy(["127.0.0.0/8"])
    with override_settings(MUFAKAT_WEBHOOK_POLICY=policy), door.open_house():
        at = datetime.now(UTC) + timedelta(seconds=61)
        while any([part(at=at).more for part in (expansion.expand, dispatch.deliver, dispatch.bury)]):  # noqa: C419
            pass
        dispatch.close(at=at)
        # What goes by mail waits here: there is no mail server.
        assert set(Delivery.objects.filter(carrier="webhook").values_list("state", flat=True)) == {"delivered"}


@pytest.mark.postgresql
def test_two_workers_deliver_each_event_once(stopped_server: Server, receiver: Receiver, tmp_path: Path) -> None:
    allowed(stopped_server)
    stopped_server.environ["MUFAKAT_WORK"] = "0"
    stopped_server.start()
    stopped_server.run("endpoint", "set", receiver.url(), "--party", "telegram")
    submit(stopped_server, stopped_server.token("kominfo", "officer"), NOTICES)
    assert receiver.taken == []
    with (tmp_path / "work.log").open("ab") as log:
        workers = [
            subprocess.Popen(
                [sys.executable, "-m", "mufakat.cli", "work"], env=stopped_server._environ(), stdout=log, stderr=log
            )
            for _ in range(2)
        ]
    try:
        until(lambda: len(told(receiver)) == NOTICES)
    finally:
        for worker in workers:
            worker.terminate()
        assert [worker.wait(30) for worker in workers] == [0, 0]
    assert set(told(receiver).values()) == {1}


def test_a_worker_in_a_process_of_its_own_ends_when_it_is_told_to(
    stopped_server: Server, receiver: Receiver, tmp_path: Path
) -> None:
    allowed(stopped_server)
    with (tmp_path / "work.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "mufakat.cli", "work"], env=stopped_server._environ(), stdout=log, stderr=log
        )
    try:
        until(lambda: os.path.exists(stopped_server.data / "sock") or bool(stopped_server.environ.get("DATABASE_URL")))  # noqa: PTH110
        made = json.loads(stopped_server.run("endpoint", "set", receiver.url(), "--party", "telegram", "--json").stdout)
        until(lambda: len(receiver.ids()) == 1)
        shown = json.loads(stopped_server.run("endpoint", "list", "--party", "telegram", "--json").stdout)
    finally:
        worker.terminate()
        status = worker.wait(30)
    assert (status, shown["items"][0]["id"]) == (0, made["id"])
