"""Where the simulated house keeps its database: all that differs from one kind of database to another is here.

A house is founded on an empty, migrated database. A process that dies leaves its files as they stand at that instant;
the next life begins on a copy of just these, so that SQLite has to recover its log as after a real ``kill -9``. A
database server lives on: it sees the connections of the dead process end, whatever they were about, and rolls back.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import templates
from tests.houses import cluster, is_postgresql, move_to

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a sync costs nothing there, and what it orders is the same.
# What a dead process leaves: the log's index (-shm) is memory of the living.
LEFT_BEHIND = ("mufakat.sqlite3", "mufakat.sqlite3-wal", "keys", "evidence", "heads", "log")
ENDING = 30  # Seconds in which a server ends the connections of a process that is gone.


def scratch() -> Path:
    """A folder for the houses of this process."""
    quick = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)
    return Path(tempfile.mkdtemp(prefix="mufakat-simulator-", dir=SHARED_MEMORY if quick else None))


class Ground:
    """The database of one simulated house, life after life."""

    def __init__(self) -> None:
        self.root = scratch()
        self.lives = 0
        self.folder = self.root / "life0"
        self.database = f"simulated_{secrets.token_hex(6)}"

    def found(self, write_key: Callable[[], None]) -> None:
        """Lay the house out: the empty database and the key."""
        shutil.copytree(templates.migrated(), self.folder)
        shutil.rmtree(self.folder / "keys")  # The key of a simulated house comes from its seed.
        if is_postgresql():
            cluster().create(self.database, template=templates.MIGRATED)
        self.stand()
        write_key()

    def stand(self) -> None:
        """Let everything go that the process remembered, and look at this house alone."""
        move_to(self.folder, self.database)

    def photograph(self) -> None:
        """Keep the files as they stand, from inside the process that dies at this instant; a server rolls back."""
        successor = self.root / f"life{self.lives + 1}"
        successor.mkdir()
        for left in (self.folder / name for name in LEFT_BEHIND):
            if left.is_dir():
                shutil.copytree(left, successor / left.name, copy_function=shutil.copy2)
            elif left.exists():
                shutil.copyfile(left, successor / left.name)
        if is_postgresql():
            self._cut()

    def _cut(self) -> None:
        """End every connection to the database at once, in the middle of whatever it was about."""
        others = f"FROM pg_stat_activity WHERE datname = '{self.database}'"
        cluster().run(f"SELECT pg_terminate_backend(pid) {others}")
        until = time.monotonic() + ENDING
        while cluster().run(f"SELECT 1 {others}"):
            if time.monotonic() > until:
                raise RuntimeError("the server still holds a connection of a process that is gone")
            time.sleep(0.001)

    def move_on(self) -> None:
        """Leave what the dead process had in its hands and stand on what it left."""
        former, self.lives = self.folder, self.lives + 1
        self.folder = self.root / f"life{self.lives}"
        self.stand()
        shutil.rmtree(former)

    def leave(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.root, ignore_errors=True)
        if is_postgresql():
            cluster().drop(self.database)


def disk_error(*, full: bool) -> Callable[[Any], Exception]:
    """What the driver raises when the disk refuses: no room, or a sync that failed."""

    def made(wrapper: Any) -> Exception:
        if is_postgresql():
            from psycopg import errors

            return errors.DiskFull("no space left on device") if full else errors.IoError("could not fsync file")
        error: Exception = wrapper.Database.OperationalError("database or disk is full" if full else "disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_IOERR_FSYNC  # type: ignore[attr-defined]
        return error

    return made
