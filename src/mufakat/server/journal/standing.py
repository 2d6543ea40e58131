"""Whether a log may go on: what anybody holds of it must be the beginning of what the database holds.

Looked at when a process begins to sign, and whenever somebody asks how the log stands. It reads the right edge of the
tree, the last bundle, and the leaves behind the head, never the whole log: so it takes the same few questions for a log
of ten million leaves as for one of a thousand.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from mufakat.proof import checkpoint, leaf
from mufakat.proof.edge import Edge
from mufakat.proof.errors import ProofError
from mufakat.proof.reader import TileReader
from mufakat.proof.tile import WIDTH, Tile
from mufakat.proof.tree import HASH_LENGTH
from mufakat.server.journal import custody, publication, signer, tiles
from mufakat.server.journal.models import Event, Pending
from mufakat.server.journal.notary import ForkError, Notary, NotaryError
from mufakat.server.journal.tiles import BrokenLogError, MissingTileError

if TYPE_CHECKING:
    from mufakat.proof.checkpoint import Checkpoint
    from mufakat.server.journal.models import Head

PORTION: Final = 5_000  # Leaf hashes in memory at once.
FRESH: Final = 5.0  # Seconds for which one look is believed by those who ask all the time.
MEND: Final = "Nothing is signed; see `mufakat log recover`."
REFUSALS: Final = (NotaryError, BrokenLogError, MissingTileError, ProofError, signer.KeyFileError)
"""Why a log does not go on; the rest of the service does."""


class Claim(NamedTuple):
    """A signed head that is in somebody's hands besides the database's."""

    holder: str
    head: Checkpoint


def claims(shard: str) -> list[Claim]:
    """What the notary signed last, and what is published. Raises NotaryError and BrokenLogError."""
    found = (("was signed", Notary(shard).last()), ("is published", publication.head_of(shard)))
    return [Claim(holder, head) for holder, head in found if head is not None]


def edge_of(shard: str, head: Head | None) -> Edge:
    """The right edge of the log at its head: the note, its signature and the tiles say the same.

    Raises BrokenLogError and MissingTileError.
    """
    if head is None:
        return Edge()
    size, root = head.size, bytes(head.root)
    try:
        signed = checkpoint.open(head.note.encode(), signer.verify_keys(shard)).checkpoint
    except ProofError as error:
        raise BrokenLogError(f"the head of shard {shard} is not signed by its key: {error}") from None
    edge = Edge.load(size, lambda tile: tiles.content_of(shard, tile))
    if (signed.size, signed.root) != (size, root) or edge.root() != root:
        raise BrokenLogError(f"the tiles of shard {shard} are not those of its head at {size} leaves. {MEND}")
    return edge


def require(shard: str, edge: Edge) -> None:
    """Raise ForkError or BrokenLogError where the log is not the one that was signed and published before.

    `edge` is that of the head (`edge_of`).
    """
    # (1) The events are those whose hashes the tiles hold: the last of them, which a backup would have changed.
    _require_events(shard, edge.size)
    leaves = tiles.leaves_of(shard)
    if leaves < edge.size:
        raise ForkError(f"shard {shard} was signed with {edge.size} leaves, and the database holds {leaves}. {MEND}")
    for claim in claims(shard):
        # (2) Nothing was signed or published that is not here.
        if claim.head.size > leaves:
            raise ForkError(
                f"the log of shard {shard} {claim.holder} with {claim.head.size} leaves, and the database holds "
                f"{leaves}: an older database was put back. {MEND}"
            )
        # (3) And it is the same log.
        if _root_at(shard, edge, claim.head.size) != claim.head.root:
            raise ForkError(
                f"the log of shard {shard} does not begin with the {claim.head.size} leaves with which it "
                f"{claim.holder}: other events stand in their places. {MEND}"
            )


def _require_events(shard: str, size: int) -> None:
    if not size:
        return
    first = (size - 1) // WIDTH * WIDTH
    kept = tiles.content_of(shard, Tile(0, first // WIDTH, size - first))
    rows = Event.objects.filter(shard=shard, position__gte=first, position__lt=size).order_by("position")
    found = b"".join(leaf.leaf_hash(bytes(raw)) for raw in rows.values_list("leaf", flat=True))
    if found != kept:
        raise BrokenLogError(
            f"the last {len(kept) // HASH_LENGTH} events of shard {shard} are not those of its tiles. {MEND}"
        )


def _root_at(shard: str, edge: Edge, size: int) -> bytes:
    """The root of the first `size` leaves, which the tiles hold or which wait behind the head."""
    if size < edge.size:
        return TileReader(lambda tile: tiles.content_of(shard, tile), keep=64).root(size)
    while edge.size < size:
        hashes = tiles.hashes_of(shard, edge.size, min(size, edge.size + PORTION))
        if not hashes:
            raise BrokenLogError(f"position {edge.size} of shard {shard} is missing")
        edge = edge.grow(hashes).edge
    return edge.root()


class Standing(NamedTuple):
    """How the log of a shard stands: signed and published leaves, the oldest that waits, and why nothing is signed."""

    shard: str
    leaves: int
    signed: int
    published: int
    since: datetime | None
    wrong: str

    def waits(self, at: datetime) -> float:
        """For how many seconds the oldest leaf has waited for the log."""
        return 0.0 if self.since is None else max(0.0, (at - self.since).total_seconds())

    def troubles(self, at: datetime) -> list[str]:
        """In plain words what is wrong; nothing where all is well."""
        found = [self.wrong] if self.wrong else []
        if self.shard != signer.EXAMPLE and self.waits(at) > custody.MMD:
            found.append(
                f"a leaf of shard {self.shard} has waited for the log for {self.waits(at):.0f} seconds, and receipts "
                f"promise {custody.MMD}"
            )
        return found


def look(shard: str) -> Standing:
    """Look at the log now."""
    head = tiles.head_of(shard)
    published, wrong = 0, ""
    try:
        found = publication.head_of(shard)
        published = 0 if found is None else found.size
        require(shard, edge_of(shard, head))
    except REFUSALS as error:
        wrong = str(error)
    oldest = Pending.objects.filter(shard=shard).order_by("position").values_list("event__at", flat=True).first()
    return Standing(shard, tiles.leaves_of(shard), 0 if head is None else head.size, published, oldest, wrong)


class Remembered:
    """The last look at every log, for those who ask all the time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = float("-inf")
        self._found: list[Standing] = []

    def get(self) -> list[Standing]:
        """How every log stands; looked at anew where the last look is too old."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._found = [look(shard) for shard in signer.shards()]
                self._until = time.monotonic() + FRESH
            return self._found

    def forget(self) -> None:
        """Look anew next time."""
        with self._lock:
            self._until = float("-inf")


remembered = Remembered()


def troubles(*, at: datetime | None = None) -> list[str]:
    """What is wrong with any log, in plain words."""
    now = datetime.now(UTC) if at is None else at
    return [words for one in remembered.get() for words in one.troubles(now)]
