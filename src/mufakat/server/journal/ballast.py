"""A file that only takes room, so that room can be made: what opens a name again goes through a disk that is full.

It lies in the data directory, made at the start and again by housekeeping once there is room. Where the disk is full it
is thrown overboard for one kind of work alone: liftings (`work.Operation.urgent`). The database needs a few pages for
one, so the default is enough for thousands.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from mufakat.server.journal import durability
from mufakat.server.journal.files import sync_folder

NAME = "ballast"
LEAST = 8 * 1024 * 1024  # Bytes of room below which an urgent write makes some before it begins.


def path() -> Path:
    """Where it lies."""
    return Path(settings.MUFAKAT_DATA) / NAME


def take() -> int:
    """Make it where it is not there and the disk has room for it beside the reserve; the bytes that were taken.

    Called at the start, and every hour.
    """
    size = settings.MUFAKAT_BALLAST
    if not size or path().exists() or durability.free_bytes() < size + settings.MUFAKAT_DISK_RESERVE:
        return 0
    # Under another name first: a process that dies here must not leave a smaller one.
    draft = path().with_name(f"{NAME}.{os.getpid()}.new")
    try:
        with draft.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)  # A file of zeros that are not there would take no room.
            os.fsync(file.fileno())
        draft.replace(path())
    except OSError:
        draft.unlink(missing_ok=True)
        return 0
    sync_folder(path().parent)
    return int(size)


def drop() -> bool:
    """Throw it overboard; whether that made any room."""
    try:
        path().unlink()
    except FileNotFoundError:
        return False
    with suppress(OSError):  # A folder that cannot be synchronised has the room all the same.
        sync_folder(path().parent)
    return True


def make_room() -> bool:
    """Throw it overboard where next to no room is left; whether that was done."""
    return durability.free_bytes() < LEAST and drop()
