"""Sealed files: evidence on the disk, encrypted in chunks, whole or not there.

Each file has a key of its own. Its chunks (64 KiB of content and a tag, AES-256-GCM) are numbered in the nonce, and the
last one is marked there, so that a file that was cut, put together anew or appended to does not open (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015, as in age). A nonce never comes twice under one key,
because a key never seals a second file.

A file becomes durable in this order: content, fsync, name, fsync of the folder. Only then may a row name it.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from mufakat.server.journal import files
from mufakat.server.journal.errors import DiskFullError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

log = logging.getLogger(__name__)

CHUNK = 64 * 1024  # Bytes of content in a chunk.
TAG = 16
KEY = 32
NONCE = 12
LABEL = b"mufakat/vault/v1"
DRAFT = ".draft"
EVIDENCE = "evidence"
SAMPLES = "samples"
"""The rooms: each is swept by whoever knows which of its files are named."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class DamagedFileError(RuntimeError):
    """A sealed file is not there, or is not what was sealed under this key."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A durable file: its name in the vault, its key, and the digest and size of its content."""

    name: str
    key: bytes = field(repr=False)
    sha256: bytes
    size: int


def root(room: str = EVIDENCE) -> Path:
    """Where the files of a room lie."""
    return Path(settings.MUFAKAT_DATA, room)


def place(name: str, *, room: str = EVIDENCE) -> Path:
    """The file of this name: 256 folders keep each of them small."""
    return root(room) / name[:2] / name


def nonce(number: int, *, last: bool) -> bytes:
    """The nonce of a chunk: its number, and whether it is the last."""
    return number.to_bytes(NONCE - 1, "big") + bytes([last])


class Draft:
    """A file that is being sealed. Left without `finish` it is removed, as if it had never been."""

    def __init__(self, *, room: str = EVIDENCE) -> None:
        self.name = secrets.token_hex(16)
        self._place = place(self.name, room=room)
        self.key = os.urandom(KEY)
        self.size = 0
        self._cipher = AESGCM(self.key)
        self._digest = hashlib.sha256()
        self._rest = b""
        self._number = 0
        # A task that is cancelled discards its draft while a thread may still write: the descriptor must not be closed
        # under it, for its number may be another file's the moment after.
        self._busy = threading.Lock()
        self._path = self._place.with_suffix(DRAFT)
        self._descriptor: int | None = self._create()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    @property
    def sha256(self) -> bytes:
        """The digest of what was written so far."""
        return self._digest.digest()

    def write(self, part: bytes) -> None:
        """Seal what comes next. The last chunk waits for `finish`, because it is marked."""
        with self._busy:
            self._digest.update(part)
            self.size += len(part)
            waiting = self._rest + part
            # A full chunk that is the last one so far may turn out to be the last of all.
            whole = max(0, (len(waiting) - 1) // CHUNK) * CHUNK
            sealed = [self._seal(waiting[start : start + CHUNK], last=False) for start in range(0, whole, CHUNK)]
            self._rest = waiting[whole:]
            self._put(b"".join(sealed))

    def finish(self) -> Sealed:
        """Make the file durable under its name."""
        with self._busy:
            self._put(self._seal(self._rest, last=True))
            with room_needed():
                os.fsync(self._open)
            self._path.rename(self._place)
            files.sync_folder(self._path.parent)
            self._close()
        return Sealed(self.name, self.key, self.sha256, self.size)

    def discard(self) -> None:
        """Remove what is not finished; a finished file stays."""
        with self._busy:
            if self._descriptor is not None:
                self._close()
                self._path.unlink(missing_ok=True)

    @property
    def _open(self) -> int:
        if self._descriptor is None:
            raise ValueError("the draft is closed")
        return self._descriptor

    def _close(self) -> None:
        os.close(self._open)
        self._descriptor = None

    def _create(self) -> int:
        with room_needed():
            make_folder(self._path.parent)
            return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def _seal(self, content: bytes, *, last: bool) -> bytes:
        sealed = self._cipher.encrypt(nonce(self._number, last=last), content, LABEL)
        self._number += 1
        return sealed

    def _put(self, sealed: bytes) -> None:
        view = memoryview(sealed)
        with room_needed():
            while view:
                view = view[os.write(self._open, view) :]


class room_needed:  # noqa: N801 - used like a function.
    """The system's word for a full disk becomes ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError) and error.errno in FULL:
            raise DiskFullError("the disk is full; nothing was stored") from error


def make_folder(folder: Path) -> None:
    """Make a folder of the vault, with the name durable in the one above it."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    # Another thread may make it first; its name must be durable before our file counts on it all the same.
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    files.sync_folder(folder.parent)


def keep(content: bytes) -> Sealed:
    """Seal a content that is in memory already."""
    with Draft() as draft:
        draft.write(content)
        return draft.finish()


def opened(name: str, key: bytes, *, room: str = EVIDENCE) -> Iterator[bytes]:
    """The content, chunk by chunk. Raises DamagedFileError at the first chunk that is not as it was sealed."""
    cipher = AESGCM(key)
    try:
        with place(name, room=room).open("rb") as file:
            number, sealed = 0, file.read(CHUNK + TAG)
            while True:
                following = file.read(CHUNK + TAG)
                yield cipher.decrypt(nonce(number, last=not following), sealed, LABEL)
                if not following:
                    return
                number, sealed = number + 1, following
    except (InvalidTag, OSError, ValueError) as error:
        raise DamagedFileError(f"a sealed file does not open: {type(error).__name__}") from error


def check(name: str, key: bytes, *, sha256: bytes) -> None:
    """Read a file to its end, so that what is damaged is known before its first byte is given to anybody."""
    digest = hashlib.sha256()
    for part in opened(name, key):
        digest.update(part)
    if digest.digest() != sha256:
        raise DamagedFileError("a sealed file is not the one that was stored")


def remove(names: Iterable[str], *, room: str = EVIDENCE) -> None:
    """Remove files. It never raises: what stays behind without a row is found later (`strays`)."""
    for name in names:
        try:
            place(name, room=room).unlink(missing_ok=True)
        except OSError as error:
            log.warning("a file stays behind", extra={"reason": error.strerror})


def strays(*, drafts_before: float, files_before: float, room: str = EVIDENCE) -> Iterator[tuple[Path, bool]]:
    """The files that were last written before these times (seconds of the epoch), each with whether it is a draft."""
    for folder in sorted(root(room).iterdir()) if root(room).is_dir() else ():
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            draft = path.suffix == DRAFT
            with suppress(FileNotFoundError):  # Somebody else removed it.
                if path.stat().st_mtime < (drafts_before if draft else files_before):
                    yield path, draft


def wrap(key: bytes, *, under: bytes, context: str) -> bytes:
    """A file's key sealed under a case's key; `context` says what for, so that it serves for nothing else."""
    chosen = os.urandom(NONCE)
    return chosen + AESGCM(under).encrypt(chosen, key, context.encode())


def unwrap(wrapped: bytes, *, under: bytes, context: str) -> bytes:
    """The file's key. Raises DamagedFileError."""
    try:
        return AESGCM(under).decrypt(wrapped[:NONCE], wrapped[NONCE:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise DamagedFileError("the key of a sealed file does not open") from error
