"""Heads of one log, from wherever they come: whether all of them can be true.

A server, its mirrors, receipts that somebody holds, and what was seen before each show a head. Two that cannot both be
true are a fork: it is proven by one file (`proof.fork`), which anybody verifies with the key of the log alone.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.proof import fork as forks, merkle, verify
from mufakat.proof.errors import ProofError
from mufakat.proof.fork import Fork
from mufakat.proof.reader import TileReader
from mufakat.runners.log_source import NotReadError
from mufakat.runners.monitor_alarms import Alarm, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from mufakat.proof.checkpoint import Checkpoint
    from mufakat.proof.tenure import Trusted
    from mufakat.runners.log_source import Log


@dataclass(frozen=True, slots=True)
class View:
    """A head that a trusted key signed: whose word it is, and the note as it came."""

    source: str
    note: bytes
    head: Checkpoint

    @classmethod
    def of(cls, source: str, note: bytes, keys: Sequence[Trusted]) -> View:
        """Verify a head. Raises ProofError."""
        return View(source, note, verify.head(note, keys=keys))


@dataclass(frozen=True, slots=True)
class Served(View):
    """The head of a server that can be asked for more; it was given at some time between `asked` and `shown`."""

    log: Log
    asked: datetime
    shown: datetime

    @classmethod
    def by(cls, log: Log, keys: Sequence[Trusted], clock: Callable[[], datetime]) -> Served:
        """Ask a server for its head. Raises NotReadError and ProofError."""
        asked = clock()
        note = log.checkpoint()
        shown = clock()
        return cls(log.name, note, verify.head(note, keys=keys), log, asked, shown)


def compare(older: View, newer: View, tiles: Sequence[Log], *, forked: Path) -> Alarm | None:
    """Why two heads, the older not larger than the newer, cannot both be true, or are not shown to be; None where good.

    `tiles` are the logs that may show it, one after the other. A fork is written into the folder `forked`.
    """
    if newer.head.size == older.head.size and newer.head.root == older.head.root:
        return None
    if older.head.size == 0:
        return None  # About a tree without leaves nothing can be contradicted.
    if older.head.size == newer.head.size:
        return _fork(older, newer, (), forked)
    problem = "nobody serves the tiles between them"
    for log in tiles:
        reader = TileReader(log.tile)
        try:
            path = forks.path_of(reader, old=older.head.size, new=newer.head.size)
        except (NotReadError, ProofError) as error:
            problem = str(error)
            continue
        if forks.contradict(older.head, newer.head, path):
            return _fork(older, newer, path, forked)
        try:
            if merkle.roots_of(path, old=older.head.size, new=newer.head.size) == (older.head.root, newer.head.root):
                return None
        except ProofError:
            pass
        problem = f"the tiles of {log.name} do not lead to the signed root"
    said = (
        f"It is not shown that the log of {newer.head.size} entries ({newer.source}) begins with the "
        f"{older.head.size} entries of {older.source}: {problem}."
    )
    return Alarm(kind=Kind.UNSHOWN, source=newer.source, log=newer.head.origin, said=said)


def _fork(older: View, newer: View, path: tuple[bytes, ...], folder: Path) -> Alarm:
    proof = Fork(older=older.note, newer=newer.note, path=path)
    said = (
        f"The key of the log signed two histories: {older.head.size} entries ({older.source}) and "
        f"{newer.head.size} entries ({newer.source}) contradict each other. "
    )
    file: str | None = None
    try:
        file = str(write(folder, "fork", proof.to_bytes()))
        said += f"The file proves it: mufakat log fork {file}"
    except OSError as error:
        # Whoever watches has to hear of it whatever the state of this disk is.
        said += f"The file that proves it could not be written: {error.strerror}."
    return Alarm(kind=Kind.FORK, source=newer.source, log=newer.head.origin, file=file, said=said)


def write(folder: Path, name: str, content: bytes) -> Path:
    """Write evidence whole and durable, under a name that its bytes give: what was found before is not written over."""
    file = folder / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.txt"
    if not file.exists():
        put(file, content)
    return file


def put(file: Path, content: bytes) -> None:
    """Write a file whole, and durable, in the place of what was there."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with draft.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
    # The name, too: without it a power cut may leave the old file, or none.
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
