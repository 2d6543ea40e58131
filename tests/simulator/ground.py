"""Where the simulated house keeps its database: all that differs from one kind of database to another is here.

A house is founded on an empty, migrated database. A process that dies leaves its files as they stand at that instant;
the next life begins on a copy of just these, so that SQLite has to recover its log as after a real ``kill -9``.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.houses import move_to

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a sync costs nothing there, and what it orders is the same.
# What a dead process leaves: the log's index (-shm) is memory of the living.
LEFT_BEHIND = ("mufakat.sqlite3", "mufakat.sqlite3-wal")

_templates: dict[int, Path] = {}


def scratch() -> Path:
    """A folder for the houses of this process."""
    quick = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)
    return Path(tempfile.mkdtemp(prefix="mufakat-simulator-", dir=SHARED_MEMORY if quick else None))


def template() -> Path:
    """An empty house with a migrated database, made once per process."""
    made = _templates.get(os.getpid())
    if made is None:
        import atexit

        from django.db import connections

        from mufakat.server.runtime import start

        folder = scratch()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        made = folder / "data"
        made.mkdir()
        move_to(made)
        if start.migrate(verbosity=0) != 0:
            raise RuntimeError("the empty house could not be made")
        connections.close_all()
        shutil.rmtree(made / "keys")  # The key of a simulated house comes from its seed.
        _templates[os.getpid()] = made
    return made


class Ground:
    """The database of one simulated house, life after life."""

    def __init__(self) -> None:
        self.root = scratch()
        self.lives = 0
        self.folder = self.root / "life0"

    def found(self, write_key: Callable[[], None]) -> None:
        """Lay the house out: the empty database and the key."""
        shutil.copytree(template(), self.folder)
        move_to(self.folder)
        write_key()

    def photograph(self) -> None:
        """Keep the files as they stand, from inside the process that dies at this instant."""
        successor = self.root / f"life{self.lives + 1}"
        successor.mkdir()
        for name in LEFT_BEHIND:
            if (self.folder / name).exists():
                shutil.copyfile(self.folder / name, successor / name)
        shutil.copytree(self.folder / "keys", successor / "keys")

    def move_on(self) -> None:
        """Leave what the dead process had in its hands and stand on what it left."""
        former, self.lives = self.folder, self.lives + 1
        self.folder = self.root / f"life{self.lives}"
        move_to(self.folder)
        shutil.rmtree(former)

    def leave(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.root, ignore_errors=True)


def disk_error(*, full: bool) -> Callable[[Any], Exception]:
    """What the driver raises when the disk refuses: no room, or a sync that failed."""

    def made(wrapper: Any) -> Exception:
        error: Exception = wrapper.Database.OperationalError("database or disk is full" if full else "disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_IOERR_FSYNC  # type: ignore[attr-defined]
        return error

    return made
