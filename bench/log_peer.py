"""The peer of the log: pymerkle, a Merkle tree as one installs it.

It is GPL: no line of `src` imports it, and nothing but this bench.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pymerkle

from bench import log_rows
from bench.contest import Sample, WrongError
from mufakat.proof import checkpoint
from mufakat.proof.key import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

KEY = SigningKey.generate("localhost/log/1", seed=bytes(range(32)))


@dataclass(frozen=True, slots=True)
class Appending:
    """Its SQLite store, as it comes: a commit for each batch, then its root, signed as ours is."""

    name: str
    path: Path
    count: int
    batch: int

    def run(self) -> Sample:
        self.path.unlink(missing_ok=True)
        entries = [log_rows.leaf(number) for number in range(self.count)]
        note = ""
        with pymerkle.SqliteTree(str(self.path)) as tree:
            started, cpu = time.perf_counter(), time.process_time()
            for start in range(0, self.count, self.batch):
                size = tree.append_entries(entries[start : start + self.batch])
                note = checkpoint.sign(KEY, size=size, root=tree.get_root())
            took, spent = time.perf_counter() - started, time.process_time() - cpu
        root = checkpoint.open(note.encode(), [KEY.verify_key]).checkpoint.root
        tiles = log_rows.Tiles()
        tiles.grow([log_rows.leaf_hash(entry) for entry in entries])
        if root != tiles.edge.root():
            raise WrongError("the peer's tree has another root than ours")
        return Sample(self.count / took, 1000 * spent / self.count)


@cache
def tree(count: int) -> pymerkle.InmemoryTree:
    """Its tree in memory, in which every node is kept: the fastest that it has for proofs."""
    return pymerkle.InmemoryTree.init_from_entries(log_rows.leaf(number) for number in range(count))
