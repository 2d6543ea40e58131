"""The sequencer: events become leaves of the public log, in the order of their positions.

A position is given in the writer's turn and has no gaps, so a leaf's index in the log is known with its event, and the
log of so many leaves can only be one. One step: (1) the head and the right edge of the tree are read; (2) the leaves
that wait are hashed into new tiles; (3) the notary signs the new head, which it remembers; (4) one commit writes the
tiles and the head, if the head is still the one that was read, and takes the leaves from those that wait.

Who dies between (3) and (4) has lost nothing: the next step reaches at least as far as what was signed, and the log of
that many leaves is the same. Of two processes that do a step at once one moves the head and the other finds it moved.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from mufakat.proof import checkpoint
from mufakat.proof.edge import Edge
from mufakat.proof.errors import ProofError
from mufakat.proof.reader import TileReader
from mufakat.proof.tree import HASH_LENGTH
from mufakat.server.journal import parts, signer, tiles
from mufakat.server.journal.models import Event, Head, Pending
from mufakat.server.journal.notary import ForkError, Notary
from mufakat.server.journal.parts import Swept

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mufakat.proof.edge import Growth
    from mufakat.proof.tile import Tile

log = logging.getLogger(__name__)

BATCH: Final = 5_000  # Leaves of a step. The writer has their tiles in hand for some milliseconds.


class BrokenLogError(RuntimeError):
    """The log in the database is not the one that was signed, or a position is missing; the sentence says which."""


class _MovedError(Exception):
    """Another process did this step."""


_edges: dict[str, Edge] = {}
_lock = threading.Lock()


def part(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Sequence what waits, a step of every shard that has something; says whether more is left."""
    done, more = 0, False
    for shard in signer.shards():
        if stop is not None and stop.is_set():
            break
        count = step(shard, at=at)
        done += count
        more = more or count >= BATCH
    return Swept(done, more)


def step(shard: str, *, at: datetime) -> int:
    """One step of one shard; how many leaves it took in.

    Raises BrokenLogError and NotaryError: nothing is signed then, and every event waits.
    """
    if not Pending.objects.filter(shard=shard).exists():
        return 0
    with _lock:  # Of this process one is enough.
        head, notary = tiles.head_of(shard), Notary(shard)
        edge = _edge(shard, head, notary)
        growth = edge.grow(_waiting(shard, edge.size, upto=_signed(notary)))
        note = notary.sign(growth.size, growth.root(), _proof(shard, notary, growth))
        try:
            parts.alone(lambda _: _write(head, Head(shard, growth.size, growth.root(), note, at), growth))
        except _MovedError:
            _edges.pop(shard, None)
            return 0
        _edges[shard] = growth.edge
        return growth.size - edge.size


def forget() -> None:
    """Read the edge of every log anew at the next step, and look at it whole."""
    _edges.clear()


def _edge(shard: str, head: Head | None, notary: Notary) -> Edge:
    """The right edge of the log; read anew, it is looked at whole: note, tiles and what the notary signed."""
    size = 0 if head is None else head.size
    root = None if head is None else bytes(head.root)
    known = _edges.get(shard)
    if known is not None and known.size == size and (root is None or known.root() == root):
        return known
    last = notary.last()
    if last is not None and last.size > (events := Event.objects.filter(shard=shard).count()):
        raise ForkError(
            f"the log of shard {shard} was signed with {last.size} leaves, and the database holds {events}: an older "
            "database was put back. Nothing is signed; see `mufakat log recover`."
        )
    if head is None:
        return Edge()
    edge = Edge.load(size, lambda tile: tiles.content_of(shard, tile))
    try:
        signed = checkpoint.open(head.note.encode(), signer.verify_keys(shard)).checkpoint
    except ProofError as error:
        raise BrokenLogError(f"the head of shard {shard} is not signed by its key: {error}") from None
    if (signed.size, signed.root) != (size, root) or edge.root() != root:
        raise BrokenLogError(f"the tiles of shard {shard} are not those of its head at {size} leaves")
    return edge


def _signed(notary: Notary) -> int:
    last = notary.last()
    return 0 if last is None else last.size


def _waiting(shard: str, size: int, *, upto: int) -> list[bytes]:
    """The leaf hashes behind the head, at least as far as was signed already."""
    rows = Event.objects.filter(shard=shard, position__gte=size).order_by("position")
    found = rows.values_list("position", "leaf_hash")[: max(BATCH, upto - size)]
    hashes = []
    for place, (position, digest) in enumerate(found, start=size):
        if position != place:
            raise BrokenLogError(f"position {place} of shard {shard} is missing")
        hashes.append(bytes(digest))
    return hashes


def _proof(shard: str, notary: Notary, growth: Growth) -> list[bytes]:
    last = notary.last()
    if last is None or not 0 < last.size < growth.size:
        return []
    return TileReader(_fetch(shard, growth), keep=64).consistency(last.size, growth.size)


def _fetch(shard: str, growth: Growth) -> Callable[[Tile], bytes]:
    """The tiles as they will be."""
    grown = {(one.tile.level, one.tile.index): one.content for one in growth.tiles}

    def read(tile: Tile) -> bytes:
        content = grown.get((tile.level, tile.index))
        return tiles.content_of(shard, tile) if content is None else content[: tile.width * HASH_LENGTH]

    return read


def _write(old: Head | None, new: Head, growth: Growth) -> None:
    if old is None:
        if Head.objects.filter(pk=new.pk).exists():
            raise _MovedError
        new.save(force_insert=True)
    else:
        told = {"size": new.size, "root": new.root, "note": new.note, "at": new.at}
        if not Head.objects.filter(pk=new.pk, size=old.size).update(**told):
            raise _MovedError
    tiles.write(new.pk, growth.tiles)
    Pending.objects.filter(shard=new.pk, position__lt=new.size).delete()
