"""A database with notices in it is brought to this release as an empty one is."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from tests.houses import cluster, dropped, is_postgresql, move_to

from mufakat.server.journal import database, door
from mufakat.server.runtime import start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CAME = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
ANSWERED = CAME + timedelta(hours=1)
BEFORE = [("journal", "0003_answers_are_found"), ("notices", "0006_imports")]


@pytest.fixture
def older(prepared: Path, tmp_path: Path) -> Iterator[Any]:
    """The models of the release before the four times of a notice, on a database that stands there."""
    del prepared  # The process has a database to come back to.
    folder, name = tmp_path / "older", f"older_{secrets.token_hex(6)}"
    folder.mkdir()
    if is_postgresql():
        cluster().create(name)
    move_to(folder, name)
    with door.lock(), database.claim():
        if database.is_embedded():
            start.make_file()
        yield MigrationExecutor(connection).migrate(BEFORE).apps
    connections.close_all()
    dropped(name)


def notice(apps: Any, number: int, state: str, *said: str) -> str:
    """A notice of that release in this state, with the events that led there; its id."""
    pk = f"ntc_{number:026}"
    ended = ANSWERED if state == "withdrawn" else None
    sides = {"sender_id": "pty_1", "recipient_id": "pty_2"}
    told = {"kind": "request", "category": "other", "urgency": "normal", "language": "en", "profile": "id-2017"}
    apps.get_model("notices", "Notice").objects.create(
        id=pk, state=state, received_at=CAME, ended_at=ended, leaf_hash=bytes(32), **sides, **told
    )
    for place, type_ in enumerate(("notice.received", *said)):
        apps.get_model("journal", "Event").objects.create(
            id=f"evt_{number:013}{place:013}",
            shard="1",
            position=10 * number + place,
            type=type_,
            at=CAME + place * timedelta(hours=1),
            sender="regulator",
            recipient="platform",
            seq=10 * number + place + 1,
            case=pk,
            leaf=b"{}",
            leaf_hash=bytes(32),
        )
    return pk


def test_notices_of_before_the_four_times_come_along_with_theirs(older: Any) -> None:
    for pk, handle in (("pty_1", "regulator"), ("pty_2", "platform")):
        older.get_model("parties", "Party").objects.create(
            id=pk, handle=handle, kind="platform", name=handle, registered_at=CAME
        )
    waiting = notice(older, 1, "received")
    taken = notice(older, 2, "acknowledged", "notice.acknowledged")
    back = notice(older, 3, "withdrawn", "notice.withdrawn")

    newest = MigrationExecutor(connection)
    apps = newest.migrate(newest.loader.graph.leaf_nodes()).apps

    found = apps.get_model("notices", "Notice").objects.values_list("id", "acknowledged_at", "seen_at")
    assert {pk: times for pk, *times in found} == {
        waiting: [None, None],
        taken: [ANSWERED, ANSWERED],
        back: [None, None],
    }
