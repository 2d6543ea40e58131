"""The tiles of a log as the database holds them: one row a tile, of which a narrower one is the beginning."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final

from django.db.models import Max, Q

from mufakat.proof.tile import Bundle, encode_bundle
from mufakat.proof.tree import HASH_LENGTH
from mufakat.server.journal import store
from mufakat.server.journal.models import Event, Head, Tile as Row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mufakat.proof.edge import Grown
    from mufakat.proof.tile import Tile

ENTRIES: Final = 256  # Of a full bundle.


class MissingTileError(LookupError):
    """The log does not reach this tile, or not that far."""


class BrokenLogError(RuntimeError):
    """The log in the database is not the one that was signed, or a position is missing; the sentence says which."""


def head_of(shard: str) -> Head | None:
    """The newest checkpoint of a shard; None where nothing of it is in the log yet."""
    return Head.objects.filter(pk=shard).first()


def size_of(shard: str) -> int:
    """How many leaves of a shard are in the log: one number, for who looks again and again."""
    return Head.objects.filter(pk=shard).values_list("size", flat=True).first() or 0


def heads() -> dict[str, Head]:
    """The newest checkpoint of every shard that has one."""
    return Head.objects.in_bulk()


def leaves_of(shard: str) -> int:
    """How far the shard's leaves go, those that wait included: one step down an index, however many there are."""
    last = Event.objects.filter(shard=shard).aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def hashes_of(shard: str, first: int, last: int) -> list[bytes]:
    """The leaf hashes from position `first` to before `last`, as many as are there. Raises BrokenLogError at a gap."""
    rows = Event.objects.filter(shard=shard, position__gte=first, position__lt=last).order_by("position")
    hashes = []
    for place, (position, digest) in enumerate(rows.values_list("position", "leaf_hash"), start=first):
        if position != place:
            raise BrokenLogError(f"position {place} of shard {shard} is missing")
        hashes.append(bytes(digest))
    return hashes


def content_of(shard: str, tile: Tile) -> bytes:
    """The bytes of a tile in the width that is asked for. Raises MissingTileError."""
    found = Row.objects.filter(shard=shard, level=tile.level, number=tile.index).values_list("hashes", flat=True)
    held = bytes(found[0]) if found else b""
    if len(held) < tile.width * HASH_LENGTH:
        raise MissingTileError(tile.path)
    return held[: tile.width * HASH_LENGTH]


def held(shard: str, among: Collection[Tile]) -> dict[tuple[int, int], bytes]:
    """What the database holds in the places of these tiles, in whatever width, by level and index; one question.

    It reads all between the first and the last of a level: those that a growth changes stand side by side.
    """
    reach: dict[int, list[int]] = {}
    for one in among:
        reach.setdefault(one.level, []).append(one.index)
    if not reach:
        return {}
    places = [Q(level=level, number__range=(min(found), max(found))) for level, found in reach.items()]
    rows = Row.objects.filter(reduce(or_, places), shard=shard).values_list("level", "number", "hashes")
    return {(level, number): bytes(hashes) for level, number, hashes in rows}


def bundle_of(shard: str, bundle: Bundle, *, size: int) -> bytes:
    """The entries of a bundle in a log of `size` leaves. They are the leaves of the events, byte for byte.

    Raises MissingTileError.
    """
    first = bundle.index * ENTRIES
    last = first + bundle.width
    if last > size:
        raise MissingTileError(bundle.path)
    rows = Event.objects.filter(shard=shard, position__gte=first, position__lt=last).order_by("position")
    leaves = [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
    if len(leaves) != bundle.width:
        raise MissingTileError(bundle.path)
    return encode_bundle(leaves)


def write(shard: str, grown: Sequence[Grown]) -> None:
    """Write tiles that are new or have grown. In an operation of the writer.

    One that is held as wide or wider already stays as it is: a recovery wrote it before its head (`recovering`). Where
    other bytes stand in its place the database refuses.
    """
    store.tell(WRITE, [(shard, one.tile.level, one.tile.index, one.content) for one in grown])


WRITE: Final = (
    "INSERT INTO journal_tile (shard, level, number, hashes) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (shard, level, number) DO UPDATE SET hashes = excluded.hashes "
    "WHERE substr(journal_tile.hashes, 1, length(excluded.hashes)) <> excluded.hashes"
)
