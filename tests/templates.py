"""Houses that are made once for all processes of a run: to migrate a database takes as long as a hundred tests.

The first process that needs one makes it while the others wait, and each then works on copies of its own. On PostgreSQL
a stopped server with both databases lies beside the data directories.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.postgresql import Cluster

    from mufakat.server.journal.work import Moment

MIGRATED, PREPARED = "migrated", "prepared"
SERVER = "postgresql"


def migrated() -> Path:
    """A data directory with a key and an empty migrated database."""
    return _made() / MIGRATED


def prepared() -> Path:
    """The same with the example's parties."""
    return _made() / PREPARED


def server() -> Path:
    """What a PostgreSQL server held that was stopped: a database called like each of the two directories."""
    return _made() / SERVER


def _made() -> Path:
    from tests.houses import is_postgresql

    root = Path(os.environ["MUFAKAT_TESTS_SHARED"]) / ("on-postgresql" if is_postgresql() else "embedded")
    root.mkdir(parents=True, exist_ok=True)
    made = root / "houses"
    if not made.exists():
        with (root / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                making = root / "making"
                shutil.rmtree(making, ignore_errors=True)
                making.mkdir()
                _make(making)
                making.rename(made)
    return made


def _make(root: Path) -> None:
    from tests.houses import is_postgresql

    if not is_postgresql():
        _make_houses(root, None)
        return
    from tests.postgresql import Cluster

    first = Cluster()
    try:
        first.start()
        _make_houses(root, first)
        first.leave(root / SERVER)
    finally:
        first.remove()


def _make_houses(root: Path, server: Cluster | None) -> None:
    from django.db import connections
    from tests.houses import move_to

    from mufakat.server.journal import door
    from mufakat.server.runtime import example, start

    (root / MIGRATED).mkdir()
    if server is not None:
        server.create(MIGRATED)
    move_to(root / MIGRATED, MIGRATED, server=server)
    if start.migrate(verbosity=0) != 0:
        raise RuntimeError("the empty house could not be made")
    connections.close_all()
    shutil.copytree(root / MIGRATED, root / PREPARED)
    if server is not None:
        server.create(PREPARED, template=MIGRATED)
    move_to(root / PREPARED, PREPARED, server=server)
    with door.open_house():
        example.load_parties()
        door.commit(_quieten)
    connections.close_all()


def _quieten(moment: Moment) -> None:
    """Nobody is to be told of the example's own contacts, and none is to be tried: a test sees what it does itself."""
    from mufakat.server.journal.models import Outbox
    from mufakat.server.parties.models import ContactPoint

    del moment
    Outbox.objects.all().delete()
    ContactPoint.objects.update(drill_at=None)
