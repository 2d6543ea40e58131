"""``log.sequence`` and ``log.start``: what the sequencer does on the embedded database, durable to the disk."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench import log_rows
from bench.contest import Contest, Sample, Target, WrongError
from bench.database import FILE
from bench.house import environ, prepare
from bench.log_peer import Appending
from mufakat.proof import checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.database import Instance
    from bench.house import House

COUNT = 50_000  # Leaves of a turn.
BATCH = 1_000  # The smallest for which the target holds.
LARGE = 5_000  # As `journal.sequencer.BATCH`.
GROWN = 10_000_000  # Leaves of the log that is started.
SHORT = 64  # Bytes of a leaf of that log: nobody reads them, and it is made in minutes.


def stepped(instance: Instance, batch: int = LARGE) -> dict[str, Any]:
    """What the worker's part does in a process of its own."""
    told = environ(instance, DJANGO_SETTINGS_MODULE="mufakat.server.runtime.settings")
    command = [sys.executable, "-m", "bench.log_steps", str(batch)]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise WrongError(f"the steps ended with {done.returncode}: {done.stderr[-1000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@dataclass(frozen=True, slots=True)
class Sequencing:
    """Entries into a fresh copy, hashed and stored durably, to the signed head of the last of them.

    What a party's event costs besides is measured with intake. The steps by themselves are told in a remark.
    """

    name: str
    house: House
    folder: Path
    batch: int
    remarks: list[str] = field(default_factory=list)

    def run(self) -> Sample:
        instance = self.house.copy(self.folder)
        started, cpu = time.perf_counter(), time.process_time()
        for _ in range(COUNT // self.batch):
            log_rows.wait(instance, self.batch)
        stored, spent = time.perf_counter() - started, time.process_time() - cpu
        found = stepped(instance, self.batch)
        require(instance, taken=found["done"])
        # A step that found nothing more is none of the batches.
        steps = sorted(found["steps"][: -(-found["done"] // self.batch)])
        p99 = steps[min(len(steps) - 1, len(steps) * 99 // 100)]
        alone = found["done"] / sum(found["steps"])
        self.remarks[:] = [
            f"{self.name}, the last round: {alone:,.0f} leaves/s by the steps alone, once they are stored"
        ]
        cpu = 1000 * (spent + found["cpu"]) / found["done"]
        took = stored + sum(found["steps"])
        return Sample(found["done"] / took, cpu, 1000 * statistics.median(steps), 1000 * p99)


def require(instance: Instance, *, taken: int) -> None:
    """Every event is in the log, in its place, and the head is signed for just these."""
    with instance.reading() as connection:
        sql = "SELECT leaf_hash FROM journal_event WHERE shard = %s ORDER BY position"
        hashes = [bytes(one) for (one,) in instance.fetch(connection, sql, [log_rows.SHARD])]
        heads = instance.fetch(
            connection, "SELECT size, root, note FROM journal_head WHERE shard = %s", [log_rows.SHARD]
        )
        ((waiting,),) = instance.fetch(
            connection, "SELECT count(*) FROM journal_pending WHERE shard = %s", [log_rows.SHARD]
        )
        rows = instance.fetch(
            connection, "SELECT level, number, hashes FROM journal_tile WHERE shard = %s", [log_rows.SHARD]
        )
    tiles = log_rows.Tiles()
    tiles.grow(hashes)
    if waiting or taken < COUNT or len(heads) != 1:
        raise WrongError(f"{taken} leaves were taken in, {waiting} wait, there are {len(heads)} heads")
    ((size, root, note),) = heads
    signed = checkpoint.open(note.encode(), [log_rows.key(instance).verify_key]).checkpoint
    if (signed.size, signed.root) != (size, bytes(root)) or (size, bytes(root)) != (len(hashes), tiles.edge.root()):
        raise WrongError(f"the head says {size} leaves, and {len(hashes)} events make another root")
    if {(level, number): bytes(content) for level, number, content in rows} != tiles.contents:
        raise WrongError("the tiles are not those of the events")


@dataclass(frozen=True, slots=True)
class Syncing:
    """The disk alone: as many bytes appended to a file and synced, batch after batch."""

    name: str
    folder: Path

    def run(self) -> Sample:
        batch = b"".join(log_rows.leaf(number) for number in range(BATCH))
        descriptor = os.open(self.folder / "floor", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        started = time.perf_counter()
        for _ in range(COUNT // BATCH):
            os.write(descriptor, batch)
            os.fsync(descriptor)
        took = time.perf_counter() - started
        os.close(descriptor)
        return Sample(COUNT / took)


@contextmanager
def sequence(work: Path) -> Iterator[Contest]:
    """The peer keeps the same entries in its own SQLite store, a commit and a signed root for each batch."""
    house = prepare(work)
    remarks: list[str] = []
    ours = Sequencing("journal/sequencer, batches of 1,000", house, work / "ours", BATCH, remarks)
    yield Contest(
        "log.sequence",
        "leaves/s",
        ours,
        Appending("pymerkle SqliteTree, batches of 1,000", work / "peer.sqlite3", COUNT, BATCH),
        Syncing("append and fsync alone, batches of 1,000", work),
        asides=[
            Sequencing("journal/sequencer, batches of 5,000", house, work / "large", LARGE),
            Appending("pymerkle SqliteTree, batches of 5,000", work / "peer-large.sqlite3", COUNT, LARGE),
        ],
        targets=[Target("ours", 10_000)],
        remarks=remarks,
    )


@dataclass(frozen=True, slots=True)
class Starting:
    """A process that has just begun, whose first step looks at the whole log and takes one leaf in."""

    name: str
    instance: Instance

    def run(self) -> Sample:
        log_rows.wait(self.instance, 1)
        for path in self.instance.data.glob(f"{FILE}*"):
            forget(path)
        found = stepped(self.instance)
        if found["done"] != 1:
            raise WrongError(f"{found['done']} leaves were taken in, and one waited")
        first = 1000 * found["steps"][0]
        return Sample(1000 / first, 1000 * found["cpu"], first, first)


def forget(path: Path) -> None:
    """Drop what the kernel keeps of a file: a machine that starts has read nothing of it yet."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


@contextmanager
def start(work: Path) -> Iterator[Contest]:
    """No peer has such a check; it may take two seconds."""
    house = prepare(work)
    log_rows.grown(house.instance, GROWN, length=SHORT)
    yield Contest(
        "log.start",
        "first steps/s",
        Starting("journal/sequencer, its first step", house.instance),
        targets=[Target("p50_ms", 2_000, at_most=True)],
        remarks=[f"{GROWN:,} leaves; nothing of the database in the kernel's memory; one leaf is taken in and signed"],
    )
