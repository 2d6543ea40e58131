"""Bring back a log that the database no longer holds, from its exported files or a mirror of them.

A bundle holds every leaf byte for byte, and a leaf all that a row of the journal says. (1) The source is audited whole
against its signed checkpoint: every entry is hashed again, and each is a leaf. (2) It is compared with what the
database holds: nothing that differs is ever written over, and then nothing at all is written. (3) The events that are
missing are written in their order, portion by portion, each with the heads of its channels and the tiles above it.
(4) At last the head is written, with the checkpoint of the source, and its leaves wait no more.

Who dies in between goes on where he was. Nobody else writes meanwhile: the caller owns the house alone. What the leaves
commit to (what people wrote) is in no log and does not come back, nor do receipts that were stored with their answers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mufakat.proof import checkpoint, leaf as leaves
from mufakat.proof.audit import audit
from mufakat.proof.edge import Edge
from mufakat.proof.errors import ProofError
from mufakat.proof.tile import WIDTH, Bundle, bundles_of, decode_bundle
from mufakat.rules.errors import RefusedError
from mufakat.server.journal import parts, sequencer, signer, store, tiles
from mufakat.server.journal.models import Event, Head, Pending
from mufakat.server.journal.operations import EVENT, move_heads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mufakat.proof.checkpoint import Checkpoint
    from mufakat.proof.edge import Grown
    from mufakat.proof.leaf import Leaf
    from mufakat.server.journal.work import Moment

    Fetch = Callable[[str], bytes]  # The file at a path below the log's prefix.

PORTION: Final = 16 * WIDTH  # Events of one commit.


class NotRecoverableError(RefusedError):
    """Nothing was written; the sentence says why."""


@dataclass(slots=True)
class Plan:
    """What a source holds of a shard, verified, and what of it the database lacks."""

    shard: str
    note: str
    head: Checkpoint
    held: int  # Events that the database has, the first ones of the log.
    signed: int  # Leaves of the database's own head.
    digests: list[bytes] = field(default_factory=list, repr=False)  # Of each bundle, as it was audited.

    @property
    def missing(self) -> int:
        """How many events are to be written."""
        return max(0, self.head.size - self.held)

    @property
    def is_needed(self) -> bool:
        """Whether anything is to be written."""
        return self.head.size > min(self.held, self.signed)


def plan(shard: str, fetch: Fetch) -> Plan:
    """Look at a source and at the database; writes nothing. Raises NotRecoverableError."""
    # (1) The source is a whole log that our own key signed.
    raw = fetch("checkpoint")
    try:
        head = checkpoint.open(raw, signer.verify_keys(shard)).checkpoint
    except ProofError as error:
        raise NotRecoverableError(f"The checkpoint of the source is not one of this log: {error}.") from None
    current = tiles.head_of(shard)
    signed = 0 if current is None else current.size
    found = Plan(shard, raw.decode(), head, min(tiles.leaves_of(shard), head.size), signed)
    looked = _Looked(found)
    try:
        audit(size=head.size, root=head.root, bundles=partial(_audited, found, fetch), entries=looked.entries)
    except ProofError as error:
        raise NotRecoverableError(f"The source is not what its checkpoint stands for: {error}.") from None
    # (2) What the database holds is the beginning of it, or it of what the database holds.
    if looked.differs is not None:
        raise NotRecoverableError(
            f"The event at position {looked.differs} of shard {shard} in the database is not the one of the log. "
            "Something was taken in after an older database was put back; nothing is written over. Put the backup "
            "back once more, and recover before a server starts (docs/operate.md)."
        )
    return found


def _audited(found: Plan, fetch: Fetch, bundle: Bundle) -> bytes:
    content = fetch(bundle.path)
    found.digests.append(hashlib.sha256(content).digest())
    return content


class _Looked:
    """What is looked at while the source is audited: each entry is a leaf, and those that are held are the same."""

    def __init__(self, found: Plan) -> None:
        self._plan = found
        self.differs: int | None = None

    def entries(self, first: int, entries: Sequence[bytes]) -> None:
        last = min(first + len(entries), self._plan.held)
        ours = tiles.hashes_of(self._plan.shard, first, last) if first < last else []
        for place, (entry, digest) in enumerate(zip(entries, ours, strict=False), start=first):
            if leaves.leaf_hash(entry) != digest and self.differs is None:
                self.differs = place
        for entry in entries[len(ours) :]:
            leaves.decode(entry)


def recover(found: Plan, fetch: Fetch) -> int:
    """Write what is missing; how many events that were. The caller owns the house, and made the plan just now.

    Raises NotRecoverableError where the source changed meanwhile.
    """
    if not found.is_needed:
        return 0
    # (3) Portion by portion. The tiles that are there stay; the edge grows from the beginning of the log again.
    edge = Edge()
    for first, entries in _portions(found, fetch):
        growth = edge.grow([leaves.leaf_hash(entry) for entry in entries])
        fresh = entries[max(0, found.held - first) :]
        rows = _Rows(found.shard, first + len(entries) - len(fresh), fresh)
        parts.alone(partial(_write, rows, _wider(found.shard, growth.tiles)))
        edge = growth.edge
    if edge.root() != found.head.root:
        raise NotRecoverableError("The source changed while it was read.")
    # (4) The head, and what stands below it waits no more.
    if found.signed < found.head.size:
        parts.alone(partial(_finish, found))
    sequencer.forget()
    return found.missing


def _portions(found: Plan, fetch: Fetch) -> Iterator[tuple[int, list[bytes]]]:
    """Entries from the very first on, portion by portion with its place: tiles may lack below what is held."""
    waiting: list[bytes] = []
    first = 0
    for bundle, digest in zip(bundles_of(found.head.size), found.digests, strict=True):
        content = fetch(bundle.path)
        if hashlib.sha256(content).digest() != digest:
            raise NotRecoverableError(f"The source changed while it was read: {bundle.path}.")
        waiting += decode_bundle(content, bundle.width)
        if len(waiting) >= PORTION:
            yield first, waiting
            first, waiting = first + len(waiting), []
    if waiting:
        yield first, waiting


class _Rows:
    """Entries as rows of the journal, and where they leave the channels."""

    def __init__(self, shard: str, first: int, entries: Sequence[bytes]) -> None:
        self.shard = shard
        self.events: list[tuple[Any, ...]] = []
        self.channels: dict[tuple[str, str], tuple[int, bytes | None]] = {}
        for position, raw in enumerate(entries, start=first):
            one = leaves.decode(raw)
            digest = leaves.leaf_hash(raw)
            sender, _, recipient = one.chan.partition(">")
            self.channels[sender, recipient] = (one.seq, digest)
            told = (one.id, shard, position, one.type, _time(one), sender, recipient, one.seq, one.case or "")
            self.events.append((*told, raw, digest, ""))


def _time(one: Leaf) -> datetime:
    return datetime.fromisoformat(one.at)


def _write(rows: _Rows, grown: Sequence[Grown], moment: Moment) -> None:
    del moment
    store.insert(Event, EVENT, rows.events)
    move_heads(rows.shard, rows.channels)
    tiles.write(rows.shard, grown)


def _wider(shard: str, grown: Sequence[Grown]) -> list[Grown]:
    """Those that the database does not hold as wide. Raises NotRecoverableError where it holds something else.

    Looked at before the writer's turn: nobody else writes.
    """
    held = tiles.held(shard, [one.tile for one in grown])
    found = []
    for one in grown:
        there = held.get((one.tile.level, one.tile.index), b"")
        width = min(len(there), len(one.content))
        if there[:width] != one.content[:width]:
            raise NotRecoverableError(f"The {one.tile.path} of the database is not the one of the log.")
        if len(there) < len(one.content):
            found.append(one)
    return found


def _finish(found: Plan, moment: Moment) -> None:
    told = {"size": found.head.size, "root": found.head.root, "note": found.note, "at": moment.at}
    Head.objects.update_or_create(pk=found.shard, defaults=told)
    Pending.objects.filter(shard=found.shard, position__lt=found.head.size).delete()
