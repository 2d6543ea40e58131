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
    from collections.abc import Sequence
    from pathlib import Path

    from mufakat.proof.checkpoint import Checkpoint
    from mufakat.proof.tenure import Trusted
    from mufakat.runners.log_source import Log


@dataclass(frozen=True, slots=True)
class View:
    """A head that a trusted key signed: whose word it is, the note as it came, and the log where it can be asked."""

    source: str
    note: bytes
    head: Checkpoint
    log: Log | None = None

    @classmethod
    def of(cls, source: str, note: bytes, keys: Sequence[Trusted], log: Log | None = None) -> View:
        """Verify a head. Raises ProofError."""
        return cls(source, note, verify.head(note, keys=keys), log)


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
    file = write(folder, "fork", proof.to_bytes())
    said = (
        f"The key of the log signed two histories: {older.head.size} entries ({older.source}) and "
        f"{newer.head.size} entries ({newer.source}) contradict each other. The file proves it: mufakat log fork {file}"
    )
    return Alarm(kind=Kind.FORK, source=newer.source, log=newer.head.origin, file=str(file), said=said)


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
