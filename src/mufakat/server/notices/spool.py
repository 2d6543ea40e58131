"""Files on their way in: kept whole under the data directory until every line has its answer, then removed.

A file is read only once all of it is here. A row whose end was cut off by a lost connection could look like a row, and
a legal text that breaks off in the middle must not become a notice.

Who writes or reads a file holds its lock. The kernel gives the lock back however the process ends, so that a file
nobody holds is one that nobody works on.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from mufakat.rules.errors import RefusedError
from mufakat.server.journal import durability, files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedRandom

LOOKS = (0.01, 0.05, 0.1)  # Seconds: who only looks whether a file is held holds it for less.
LARGEST = 1024**3  # Bytes of a file: five million short lines.


class FileTooLargeError(RefusedError):
    """The file is larger than is taken at once."""

    def __str__(self) -> str:
        return f"A file has at most {LARGEST // 1024**2} MiB. Cut it in two; nothing of it was taken."


class FileGoneError(RefusedError):
    """The file is not on this machine any more."""

    def __str__(self) -> str:
        return "The file is no longer kept here; send it again. What was taken is not taken twice."


class FileInUseError(RefusedError):
    """Somebody is working on the file at this moment."""

    def __str__(self) -> str:
        return "This file is being imported at this moment."


class Spool:
    """One file, open and locked by this object alone."""

    def __init__(self, path: Path, file: BufferedRandom) -> None:
        self.path = path
        self.file = file
        self.size = os.fstat(file.fileno()).st_size

    @classmethod
    def new(cls) -> Spool:
        """An empty file, its owner's alone."""
        folder().mkdir(mode=0o700, exist_ok=True)
        while True:
            path = folder() / secrets.token_hex(16)
            file = _locked(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), wait=True)
            # Between its making and its lock a sweep may have found it, held by nobody, and removed it.
            if os.fstat(file.fileno()).st_nlink:
                return cls(path, file)
            file.close()

    @classmethod
    def take(cls, name: str) -> Spool:
        """The file of this name. Raises FileGoneError, or FileInUseError where another holds it."""
        path = folder() / name
        for pause in LOOKS:
            with suppress(FileInUseError):
                return cls.at(path)
            time.sleep(pause)
        return cls.at(path)

    @classmethod
    def at(cls, path: Path) -> Spool:
        """The file of this path, if nobody holds it."""
        try:
            return cls(path, _locked(os.open(path, os.O_RDWR)))
        except FileNotFoundError:
            raise FileGoneError from None

    def write(self, part: bytes) -> None:
        """Put it behind what is there. Raises FileTooLargeError, and DiskFullError before others run out of room."""
        if self.size + len(part) > LARGEST:
            raise FileTooLargeError
        durability.require_room()
        self.file.write(part)
        self.size += len(part)

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        return self.file.read(size)

    def rewind(self) -> None:
        """To the beginning."""
        self.file.seek(0)

    @property
    def place(self) -> int:
        """How many bytes of it were read."""
        return self.file.tell() if not self.file.closed else self.size

    def sync(self) -> None:
        """Make it durable: a row that speaks of it must find it after a power cut."""
        self.file.flush()
        os.fsync(self.file.fileno())
        files.sync_folder(self.path.parent)

    def close(self) -> None:
        """Let go of it and keep it."""
        self.file.close()

    def remove(self) -> None:
        """Let go of it for good."""
        self.path.unlink(missing_ok=True)
        self.file.close()


def _locked(descriptor: int, *, wait: bool = False) -> BufferedRandom:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        raise FileInUseError from None
    return os.fdopen(descriptor, "r+b")


def is_held(name: str) -> bool:
    """Whether somebody, in whichever process, works on the file at this moment."""
    try:
        with (folder() / name).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def folder() -> Path:
    """Where the files lie."""
    return Path(settings.MUFAKAT_DATA) / "imports"


def names() -> Iterator[tuple[str, float]]:
    """The files that lie here, and when each was written to last, in seconds since 1970."""
    for path in sorted(folder().iterdir()) if folder().is_dir() else ():
        with suppress(FileNotFoundError):
            yield path.name, path.stat().st_mtime
