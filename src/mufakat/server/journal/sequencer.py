"""The sequencer: events become leaves of the public log, in the order of their positions.

A position is given in the writer's turn and has no gaps, so a leaf's index in the log is known with its event, and the
log of so many leaves can only be one. One step: (1) the head is read, the first time with the right edge of the tree
and all that was signed or published before (`standing`), later with the leaves that another process took in; (2) the
leaves that wait are hashed into new tiles; (3) the notary signs the new head, which it remembers; (4) one commit writes
the tiles and the head, if the head is still the one that was read, and takes the leaves from those that wait.

Who dies between (3) and (4) has lost nothing: the next step reaches at least as far as what was signed, and the log of
that many leaves is the same. One process does it at a time, by a lease of the database; whoever lost the lease without
knowing finds the head moved in (4), or more signed than it knows in (3).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from django.db import connection

from mufakat.proof.reader import TileReader
from mufakat.proof.tree import HASH_LENGTH
from mufakat.server.journal import database, parts, signer, standing, store, tiles
from mufakat.server.journal.models import Head
from mufakat.server.journal.notary import Notary
from mufakat.server.journal.parts import Swept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mufakat.proof.edge import Edge, Growth
    from mufakat.proof.tile import Tile

BATCH: Final = 5_000  # Leaves of a step. The writer has their tiles in hand for some milliseconds.
PATIENCE: Final = 2.0  # Seconds to wait for another process that is at it.
TICK: Final = 0.1  # Seconds from the beginning of a step to that of the next.


_edges: dict[str, Edge] = {}
_lock = threading.Lock()
lead = parts.Lead[int](recent=1.0)


def part(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Sequence what waits, a step of every shard that has something; says whether more is left.

    What is wrong with one log keeps no other from going on; it is raised at the end.
    """
    done, more = 0, False
    refusal: Exception | None = None
    for shard, size in _waiting(signer.shards()).items():
        if stop is not None and stop.is_set():
            break
        if stop is not None and lead.is_anothers(shard, size):
            continue  # Who works by itself looks again in a moment.
        try:
            count = _only(shard, at=at)
        except standing.REFUSALS as error:
            refusal = refusal or error
            continue
        done += count
        more = more or count >= BATCH
    if refusal is not None:
        raise refusal
    return Swept(done, more)


def step(shard: str, *, at: datetime) -> int:
    """One step of one shard; how many leaves it took in.

    Raises what `standing.REFUSALS` names: nothing is signed then, and every event waits.
    """
    return _only(shard, at=at) if _waiting([shard]) else 0


def _waiting(shards: Sequence[str]) -> dict[str, int]:
    """Those of the shards of which something waits, in their order, with the sizes of their logs; one question."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING.format(marks=", ".join(["(%s)"] * len(shards))), shards)
        sizes = dict(cursor.fetchall())
    return {shard: sizes[shard] for shard in shards if shard in sizes}


def _only(shard: str, *, at: datetime) -> int:
    with _lock, database.only_here(f"sequencer/{shard}", patience=PATIENCE) as ours:
        if not ours:
            return 0
        try:
            return _step(shard, at=at)
        except standing.REFUSALS:
            # Another process may have signed between two of our looks, when it lost its lease or its database. What is
            # really wrong is so at a second look from the beginning as well.
            _edges.pop(shard, None)
            return _step(shard, at=at)


def _step(shard: str, *, at: datetime) -> int:
    head, notary = tiles.head_of(shard), Notary(shard)
    edge, reach = _known(shard, head), 0
    if edge is None:
        edge = standing.edge_of(shard, head)
        standing.require(shard, edge)
        # Whoever signed and died, or lost the database, signed perhaps more than a batch: it is reached at once.
        reach = _signed(notary)
    _edges[shard] = edge
    hashes = tiles.hashes_of(shard, edge.size, max(edge.size + BATCH, reach))
    if not hashes and _signed(notary) <= edge.size:
        return 0  # Another process took in what waited.
    growth = edge.grow(hashes)
    note = notary.sign(growth.size, growth.root(), lambda since: _proof(shard, since, growth))
    newest = at if head is None else max(at, head.at)  # A clock that was set back makes no head older.
    new = Head(shard, growth.size, growth.root(), note, newest)
    # A leaf that no longer waits costs a tenth of a row that is written.
    rows = 1 + len(growth.tiles) + len(hashes) // 10
    if not parts.along(lambda _: _write(head, new, growth), rows=rows):
        return 0
    _edges[shard] = growth.edge
    lead.did(shard, growth.size)
    return growth.size - edge.size


def _signed(notary: Notary) -> int:
    last = notary.last()
    return 0 if last is None else last.size


def forget() -> None:
    """Read the edge of every log anew at the next step, and look at it whole."""
    _edges.clear()
    standing.remembered.forget()


def _known(shard: str, head: Head | None) -> Edge | None:
    """The right edge of the log as this process made it, grown by what other processes took in since.

    None where there is none, or where the head is not that of these leaves: then all of it is to be looked at.
    """
    known = _edges.get(shard)
    if known is None or head is None or not 0 <= head.size - known.size <= BATCH:
        return None
    if known.size < head.size:
        known = known.grow(tiles.hashes_of(shard, known.size, head.size)).edge
    return known if (known.size, known.root()) == (head.size, bytes(head.root)) else None


def _proof(shard: str, signed: int, growth: Growth) -> list[bytes]:
    """That what is to be signed begins with what was signed last."""
    return TileReader(_fetch(shard, growth), keep=64).consistency(signed, growth.size)


def _fetch(shard: str, growth: Growth) -> Callable[[Tile], bytes]:
    """The tiles as they will be."""
    grown = {(one.tile.level, one.tile.index): one.content for one in growth.tiles}

    def read(tile: Tile) -> bytes:
        content = grown.get((tile.level, tile.index))
        return tiles.content_of(shard, tile) if content is None else content[: tile.width * HASH_LENGTH]

    return read


def _write(old: Head | None, new: Head, growth: Growth) -> bool:
    """Move the head and write what leads to it; False where another process moved it meanwhile."""
    if old is None:
        if Head.objects.filter(pk=new.pk).exists():
            return False
        new.save(force_insert=True)
    else:
        at = store.stamp(new.at) if database.is_embedded() else new.at
        if not store.fetch(MOVE, [new.size, new.root, new.note, at, new.pk, old.size]):
            return False
    tiles.write(new.pk, growth.tiles)
    store.tell(TAKEN, [(new.pk, new.size)])
    return True


# Written by hand: ten times a second, among the notices of a group that waits for it.
WAITING: Final = (
    "WITH named(shard) AS (VALUES {marks}) SELECT named.shard, COALESCE(journal_head.size, 0) FROM named "
    "LEFT JOIN journal_head ON journal_head.shard = named.shard "
    "WHERE EXISTS (SELECT 1 FROM journal_pending WHERE journal_pending.shard = named.shard)"
)
MOVE: Final = (
    "UPDATE journal_head SET size = %s, root = %s, note = %s, at = %s WHERE shard = %s AND size = %s RETURNING size"
)
TAKEN: Final = "DELETE FROM journal_pending WHERE shard = %s AND position < %s"
