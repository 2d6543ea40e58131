"""``log.proof``, ``log.verify``, ``log.audit``: what tiles and entries give, in processor time of one core."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import pymerkle

from bench import log_peer, log_rows
from bench.contest import Contest, Sample, Target, WrongError
from bench.loops import Loop
from mufakat.proof import audit, merkle, tile
from mufakat.proof.errors import ProofError
from mufakat.proof.reader import TileReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mufakat.proof.tile import Bundle, Tile

SIZE = 200_000  # Leaves.
PROOFS = 10_000  # Of leaves anywhere in the log.
FEW = 500  # Of the peer, which makes a thousand in a second.
PASS = 4_000  # Leaves of a pass of the floor of an audit.


@dataclass(slots=True)
class Log:
    """A log in memory, its proofs and its files."""

    tiles: log_rows.Tiles
    hashes: list[bytes]

    @classmethod
    def made(cls) -> Log:
        hashes = [log_rows.leaf_hash(log_rows.leaf(number)) for number in range(SIZE)]
        tiles = log_rows.Tiles()
        tiles.grow(hashes)
        return cls(tiles, hashes)

    @property
    def root(self) -> bytes:
        return self.tiles.edge.root()

    def fetch(self, one: Tile) -> bytes:
        return self.tiles.contents[one.level, one.index][: one.length]

    def write(self, folder: Path) -> None:
        """As the export writes it, without its care: only the reading is measured."""
        for bundle in tile.bundles_of(SIZE):
            first = bundle.index * tile.WIDTH
            entries = [log_rows.leaf(number) for number in range(first, first + bundle.width)]
            put(folder / bundle.path, tile.encode_bundle(entries))
        for one in tile.tiles_of(SIZE):
            put(folder / one.path, self.fetch(one))


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def places(count: int) -> list[int]:
    """Leaves anywhere; the same ones every time."""
    return random.Random(2017).sample(range(SIZE), count)  # noqa: S311 - no secret.


@contextmanager
def proof(_work: Path) -> Iterator[Contest]:
    """Both trees are in memory; ours keeps its tiles as they are stored, and the insides of those it has read."""
    log, peer = Log.made(), log_peer.tree(SIZE)
    if peer.get_root() != log.root:
        raise WrongError("the peer's tree has another root than ours")
    reader = TileReader(log.fetch)
    for index in places(PROOFS):  # Every tile is read once before.
        merkle.verify_inclusion(
            reader.inclusion(index, SIZE), index=index, size=SIZE, leaf_hash=log.hashes[index], root=log.root
        )
    for index in places(FEW):
        if peer.prove_inclusion(index + 1).path[1:] != reader.inclusion(index, SIZE):
            raise WrongError(f"the peer proves leaf {index} otherwise than ours")
    yield Contest(
        "log.proof",
        "proofs/s of one core",
        Loop("mufakat.proof.reader, warm", lambda index: reader.inclusion(index, SIZE), places(PROOFS)),
        Loop("pymerkle InmemoryTree", lambda index: peer.prove_inclusion(index + 1), places(FEW)),
        targets=[Target("ours", 10_000)],
        remarks=[f"{SIZE:,} leaves, proofs of any of them in the tree of all"],
    )


@contextmanager
def verify(_work: Path) -> Iterator[Contest]:
    """The floor is as many hashes as the proofs have, and nothing that knows where each belongs."""
    log, peer = Log.made(), log_peer.tree(SIZE)
    reader, root = TileReader(log.fetch), log.root
    made = [(index, log.hashes[index], reader.inclusion(index, SIZE)) for index in places(PROOFS)]
    theirs = [(log.hashes[index], peer.prove_inclusion(index + 1)) for index in places(FEW)]
    _require_strictness(made, root)

    def ours(item: tuple[int, bytes, list[bytes]]) -> None:
        index, digest, hashes = item
        merkle.verify_inclusion(hashes, index=index, size=SIZE, leaf_hash=digest, root=root)

    def floor(item: tuple[int, bytes, list[bytes]]) -> None:
        digest = item[1]
        for one in item[2]:
            digest = sha256(b"\1" + digest + one).digest()

    yield Contest(
        "log.verify",
        "proofs/s of one core",
        Loop("mufakat.proof.merkle", ours, made),
        Loop("pymerkle verify_inclusion", lambda item: pymerkle.verify_inclusion(item[0], root, item[1]), theirs),
        Loop("SHA-256 alone", floor, made),
        targets=[Target("ours", 50_000)],
        remarks=[f"{SIZE:,} leaves, proofs of any of them in the tree of all"],
    )


def _require_strictness(made: list[tuple[int, bytes, list[bytes]]], root: bytes) -> None:
    """What is measured accepts these proofs, and none for the leaf beside."""
    for index, digest, hashes in made:
        merkle.verify_inclusion(hashes, index=index, size=SIZE, leaf_hash=digest, root=root)
        try:
            merkle.verify_inclusion(hashes, index=index ^ 1, size=SIZE, leaf_hash=digest, root=root)
        except ProofError:
            continue
        raise WrongError("mufakat.proof.merkle accepted a proof of another place")


@dataclass(frozen=True, slots=True)
class Pass:
    """The whole work once, in processor time: leaves a second."""

    name: str
    work: Callable[[], bytes]
    root: bytes | None = None

    def run(self) -> Sample:
        started = time.thread_time()
        found = self.work()
        took = time.thread_time() - started
        if self.root is not None and found != self.root:
            raise WrongError(f"{self.name} came to another root")
        return Sample(SIZE / took, 1000 * took / SIZE)


@contextmanager
def whole(work: Path) -> Iterator[Contest]:
    """Ours reads every file of the log and compares every tile; the peer builds its tree from the entries."""
    log = Log.made()
    log.write(work)

    def read(one: Tile | Bundle) -> bytes:
        return (work / one.path).read_bytes()

    def entries() -> Iterator[bytes]:
        for bundle in tile.bundles_of(SIZE):
            yield from tile.decode_bundle(read(bundle), bundle.width)

    def ours() -> bytes:
        return audit.audit(size=SIZE, root=log.root, bundles=read, tiles=read).root()

    def floor() -> bytes:
        for entry in entries():
            digest = sha256(b"\0" + entry).digest()
        return digest

    _require_care(log, read)
    yield Contest(
        "log.audit",
        "leaves/s of one core",
        Pass("mufakat.proof.audit, from files", ours, log.root),
        Pass("pymerkle InmemoryTree, from files", lambda: peer_root(entries()), log.root),
        Pass("read and SHA-256 of each entry alone", floor),
        targets=[Target("ours", 200_000)],
        remarks=[f"{SIZE:,} leaves of {log_rows.LENGTH} bytes, all bundles and tiles"],
    )


def peer_root(entries: Iterator[bytes]) -> bytes:
    found: bytes = pymerkle.InmemoryTree.init_from_entries(entries).get_root()
    return found


def _require_care(log: Log, read: Callable[[Tile | Bundle], bytes]) -> None:
    """What is measured accepts this log, and not the same with one byte of an entry changed."""

    def changed(one: Bundle) -> bytes:
        return read(one).replace(b'{"i":777,', b'{"i":778,')

    audit.audit(size=SIZE, root=log.root, bundles=read, tiles=read)
    try:
        audit.audit(size=SIZE, root=log.root, bundles=changed)
    except ProofError:
        return
    raise WrongError("mufakat.proof.audit accepted a changed entry")
