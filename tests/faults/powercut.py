"""Cuts the power of the real server: replays the crash states of its lives, and looks in each for every promise.

As a program it prints its figures: `python tests/faults/powercut.py --states 1000 --seed 1`.
"""

import argparse
import dataclasses
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import books
import clients
import lives
import recorder
import sealed
from books import Books
from clients import Client
from crashdisk import Variant
from crashstates import State, materialise, states
from databases import DATABASE as DATABASE  # noqa: PLC0414 - given on to the tests.
from lives import CLIENTS, Life
from promises import BatchReceipt, Issue, Ledger, Promise, Receipt
from recorder import Kind, Record, Recording

if TYPE_CHECKING:
    from tests.houses import Server

WAL = f"{DATABASE}-wal"
LOAD = """
import django
django.setup()
from mufakat.server.journal import door
from mufakat.server.runtime import example
with door.open_house():
    example.load_parties()
"""
RESTARTS = 5  # States that the real server is started on.


@dataclass
class Figures:
    """What looking at the states gave."""

    states: int = 0
    distinct: int = 0
    owed: int = 0  # Promises in hand at the cuts, over all states.
    losses: list[str] = field(default_factory=list)  # In words, each with its state; anything at all is a failure.
    restarts: int = 0
    seconds: float = 0.0


def examine(
    life: Life, folder: Path, *, count: int, variants: Sequence[Variant] = tuple(Variant), restarts: int = 0
) -> Figures:
    """Make the states in this folder, look for what is owed, and give some of them to the real server."""
    figures, seen, begun = Figures(), set(), time.monotonic()
    eligible: list[State] = []
    for state in states(life.recording, seed=life.seed, count=count, variants=variants):
        owed = [life.promises[name] for name in state.owed(life.recording.marks)]
        materialise(state, folder)
        figures.losses += [f"{state}: {words}" for words in missing(folder, owed)]
        shutil.rmtree(folder)
        figures.states += 1
        figures.owed += len(owed)
        seen.add(_digest(state))
        if any(isinstance(promise, Receipt) for promise in owed):
            eligible.append(state)
    for state in _some(eligible, restarts, Random(life.seed)):  # noqa: S311  Reproducible, not secret.
        figures.losses += [f"{state}, started: {words}" for words in _restarted(life, state, folder)]
        figures.restarts += 1
        shutil.rmtree(folder)
    figures.distinct, figures.seconds = len(seen), time.monotonic() - begun
    return figures


def _some(eligible: Sequence[State], count: int, rng: Random) -> list[State]:
    """Choose states of as many variants as there are."""
    turns = Counter[Variant]()
    drawn = []
    for state in rng.sample(eligible, len(eligible)):
        drawn.append((turns[state.variant], state))
        turns[state.variant] += 1
    return [state for _, state in sorted(drawn, key=lambda one: one[0])[:count]]


def missing(folder: Path, owed: Sequence[Promise]) -> list[str]:
    """Return in words what a database has lost or stored by half."""
    try:
        found = books.read(folder / DATABASE)
    except books.DamagedError as error:
        return [f"damaged: {error}"]
    return _missing(found, folder, owed)


def missing_at(server: "Server", owed: Sequence[Promise]) -> list[str]:
    """The same of a server's database, whichever it is."""
    return _missing(books.of(server), server.data, owed)


def _missing(found: Books, folder: Path, owed: Sequence[Promise]) -> list[str]:
    ledger = Ledger(found, folder)
    broken = [f"{promise!r:.60} lacks {words}" for promise in owed if (words := promise.broken(ledger))]
    return broken + books.half_stored(found) + list(sealed.unopened(found, folder))


def _digest(state: State) -> bytes:
    digest = hashlib.sha256()
    for path, image in sorted(state.files.items()):
        digest.update(path.encode() + b"\0" + hashlib.sha256(image.content()).digest())
    return digest.digest()


def _restarted(life: Life, state: State, folder: Path) -> Iterator[str]:
    """Start the server on a state, repeat every key, and count again.

    Whose token is not owed yet has sent nothing, and would be turned away.
    """
    owed = {name: life.promises[name] for name in state.owed(life.recording.marks)}
    tokens = {one.token for one in owed.values() if isinstance(one, Issue)}
    notices = {key: notice for key, notice in life.notices.items() if notice.token in tokens}
    materialise(state, folder)
    server = dataclasses.replace(life.server, data=folder, environ={}, process=None)
    server.start()
    try:
        with Client(server.port) as client:
            stored = {client.upload(upload).status for upload in life.uploads}
        replies = clients.send_all(server.port, notices.values(), clients=CLIENTS)
        with Client(server.port) as client:
            batches = {key: client.submit_batch(batch) for key, batch in life.batches.items()}
    finally:
        code = server.stop()
    if code != 0:
        yield f"the server ended with {code}"
    if stored - {201}:
        yield f"the uploads were answered with {stored}"
    for key, reply in (replies | batches).items():
        receipt = owed.get(key)
        if isinstance(receipt, Receipt | BatchReceipt) and reply.body != receipt.answer.body:
            yield f"{key} was answered otherwise: {reply.status} {reply.body!r:.200}"
    statuses = ({reply.status for reply in replies.values()}, {reply.status for reply in batches.values()})
    if statuses != ({201}, {200}):
        yield f"keys were answered with {statuses}"
        return
    again = [Receipt.of(notices[key], reply) for key, reply in replies.items()]
    again_batches = [BatchReceipt.of(life.batches[key], reply, life.keys) for key, reply in batches.items()]
    yield from missing(folder, [*owed.values(), *again, *again_batches])
    found = books.read(folder / DATABASE)
    if sorted(answer.key for answer in found.answers if answer.route == books.SUBMIT) != sorted(notices):
        yield "there is not exactly one notice for each key"
    if len(found.states) != len(notices) + sum(len(batch.items) for batch in life.batches.values()):
        yield "there is not exactly one notice for each item"


def without(life: Life, drop: Callable[[Record], bool]) -> Life:
    """Return the life of a server that did not make some of its syncs."""
    records = [record for record in life.recording.records if record.kind is not Kind.SYNC or not drop(record)]
    return _doctored(life, dataclasses.replace(life.recording, records=records))


def as_normal(life: Life) -> Life:
    """Return what `synchronous=NORMAL` would have left: the log of writes is synced only before it is moved."""
    kept: list[Record] = []
    pending: list[Record] = []
    for record in life.recording.records:
        if record.path == WAL and record.kind is Kind.SYNC:
            pending.append(record)
            continue
        if record.path == DATABASE:
            kept += pending[-1:]
        if record.path in {DATABASE, WAL}:
            pending.clear()
        kept.append(record)
    return _doctored(life, dataclasses.replace(life.recording, records=kept))


def one_sync_early(life: Life) -> Life:
    """Return the life of a server that answers while its commit is still being synced."""
    syncs = [record.end for record in life.recording.records if record.path == WAL and record.kind is Kind.SYNC]
    marks = {
        name: max((end for end in syncs if end <= mark), default=mark + 1) - 1
        for name, mark in life.recording.marks.items()
    }
    return _doctored(life, dataclasses.replace(life.recording, marks=marks))


def _doctored(life: Life, recording: Recording) -> Life:
    return dataclasses.replace(life, recording=recording)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--states", type=int, default=300, help="of the first life; of the second a third as many")
    parser.add_argument("--seed", type=int, default=2017)
    parser.add_argument("--notices", type=int, default=300, help="in the first life; in the second a fourth as many")
    told = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.houses import Server, free_port

    with tempfile.TemporaryDirectory(prefix="powercut-") as name:
        folder = Path(name)
        os.environ["MUFAKAT_DATA"] = str(folder / "data")
        server = Server(folder / "data", free_port())
        server.run("migrate", "--quiet")
        # Not by a command, which would sign a head with the key that the first life makes anew.
        subprocess.run([sys.executable, "-c", LOAD], env=server._environ(), check=True)
        library = recorder.build(folder)
        try:
            first = lives.first_life(server, library, seed=told.seed, count=told.notices)
            good = tell("first", first, examine(first, folder / "state", count=told.states, restarts=RESTARTS))
            second = lives.second_life(first, library, count=told.notices // 4)
            good &= tell("second", second, examine(second, folder / "state", count=told.states // 3, restarts=1))
        finally:
            server.kill()
    return 0 if good else 1


def tell(name: str, life: Life, figures: Figures) -> bool:
    """Print the figures; whether nothing is lost."""
    records, kept, owed = len(life.recording.records), life.receipts, len(life.promises)
    lines = [
        f"{name} life: {records} records, {kept} receipts among {owed} promises, {len(life.unseen)} files unlike it",
        f"  {figures.states} states, {figures.distinct} distinct, {figures.restarts} restarts, {figures.seconds:.1f} s",
        f"  {figures.owed} promises looked for, {len(figures.losses)} losses",
    ]
    sys.stdout.write("\n".join([*lines, *life.unseen, *figures.losses[:20]]) + "\n")
    return not (life.unseen or figures.losses)


if __name__ == "__main__":
    sys.exit(main())
