"""Append events.

Each is a leaf in its channel's chain, written with its openings, its outbox rows and its place in the log's queue.

Called inside an operation of the writer, whose transaction and moment it uses; nothing here commits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mufakat.proof import canonical, commitment, leaf
from mufakat.rules import reactions
from mufakat.rules.events import COMMITTED, EventType
from mufakat.rules.parties import HOUSE
from mufakat.server.journal import custody as receipts, ids, outbox as outboxes, signer, store
from mufakat.server.journal.database import is_embedded
from mufakat.server.journal.models import Event, Opening, Outbox, Pending

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment

Ends = tuple[str, str]

NO_SALTS: Mapping[str, bytes] = MappingProxyType({})  # Of an event that nobody signed.


@dataclass(slots=True)
class Happening:
    """An event before it has its place: who to whom, about which case, and what it commits to."""

    type: EventType
    sender: str
    recipient: str
    case: str
    actor: str
    committed: Mapping[str, bytes] = field(default_factory=dict)
    due: datetime | None = None
    law: str | None = None
    ref: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    receipt: bool = False
    # Salts that a party drew, by field, and what it signed (`proof.signed`); the others are drawn here.
    salts: Mapping[str, bytes] | None = None
    sig: tuple[leaf.Signature, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in its place: the leaf's hash, and the custody receipt where one was asked for."""

    id: str
    leaf_hash: bytes
    custody: str


class UncommittedFieldError(LookupError):
    """An event tried to commit to a field that ``rules.events`` does not list."""


def append(happenings: Sequence[Happening], moment: Moment) -> list[Recorded]:
    """Write the events in this order, at this moment; each in the shard in which its case began."""
    shards = _shards_of(happenings, moment)
    if len(set(shards)) <= 1:
        return _append(shards[0], happenings, moment) if happenings else []
    recorded: dict[int, Recorded] = {}
    for shard in sorted(set(shards)):
        places = [place for place, found in enumerate(shards) if found == shard]
        made = _append(shard, [happenings[place] for place in places], moment)
        recorded.update(zip(places, made, strict=True))
    return [recorded[place] for place in range(len(happenings))]


def _shards_of(happenings: Sequence[Happening], moment: Moment) -> list[str]:
    """The shard of each: the one that the moment names, else that of the case, and for a new case the live one."""
    if moment.shard is not None:
        return [moment.shard] * len(happenings)
    live = signer.live_shard()
    known = [each.case for each in happenings if each.type is not EventType.NOTICE_RECEIVED]
    began = elsewhere(known, live) if known else {}
    return [began.get(each.case, live) for each in happenings]


def elsewhere(cases: Collection[str], live: str) -> dict[str, str]:
    """The cases among these whose events stand in another shard than the live one, and in which."""
    marks = ", ".join(["%s"] * len(cases))
    sql = f'SELECT DISTINCT "case", shard FROM journal_event WHERE "case" IN ({marks}) AND shard <> %s'  # noqa: S608 - placeholders alone are put in.
    return dict(store.fetch(sql, [*cases, live]))


def append_to(shard: str, happenings: Sequence[Happening], moment: Moment) -> list[Recorded]:
    """The same into a shard by name: what is about the shard itself has no case that began elsewhere."""
    return _append(shard, happenings, moment)


def _append(shard: str, happenings: Sequence[Happening], moment: Moment) -> list[Recorded]:
    at = canonical.timestamp(moment.at)
    # (1) The channels' heads. The writer is the only one who moves them, so what is read here stays true until the
    # commit.
    ends = {(each.sender, each.recipient) for each in happenings}
    heads, position = _heads_and_position(shard, ends, moment)
    first = _opening(shard, moment) if position == 0 else []
    if first:
        happenings = [*first, *happenings]
        ends.add((HOUSE, HOUSE))
    custodian = receipts.Custodian(shard) if any(each.receipt for each in happenings) else None
    salts = iter(ids.salts(sum(len(each.committed) for each in happenings)))
    events: list[tuple[Any, ...]] = []
    openings: list[tuple[Any, ...]] = []
    pending: list[tuple[Any, ...]] = []
    outbox: list[tuple[Any, ...]] = []
    recorded: list[Recorded] = []
    due_times: dict[datetime | None, str | None] = {None: None}
    for offset, each in enumerate(happenings):
        if not each.committed.keys() <= COMMITTED[each.type]:
            raise UncommittedFieldError(f"{each.type} commits to {sorted(each.committed)}")
        # (2) One fresh salt per field, so that one can be shown without another.
        event = moment.id("evt")
        digests: dict[str, str] = {}
        drawn = each.salts or NO_SALTS
        for name, value in each.committed.items():
            salt = drawn.get(name) or next(salts)
            digests[name] = canonical.to_base64(commitment.commit(name, salt, value))
            openings.append((event, name, salt, value))
        if each.due is not None and each.due not in due_times:
            due_times[each.due] = canonical.timestamp(each.due)
        # (3) The leaf names the hash of the one before it in its channel.
        seq, head = heads.get((each.sender, each.recipient), (0, None))
        made = leaf.encode(
            leaf.Leaf(
                v=1,
                id=event,
                type=each.type.value,
                at=at,
                chan=f"{each.sender}>{each.recipient}",
                seq=seq + 1,
                prev=canonical.to_base64(head) if head is not None else None,
                actor=each.actor,
                case=each.case,
                due=due_times[each.due],
                law=each.law,
                c=digests,
                ref=each.ref,
                sig=each.sig,
            )
        )
        digest = leaf.leaf_hash(made)
        heads[each.sender, each.recipient] = (seq + 1, digest)
        # (4) Signed before the commit, so that the stored answer holds the receipt's bytes; it leaves after the commit.
        custody = ""
        if each.receipt and custodian is not None:
            custody = custodian.of_one(each.case, digest, at=at)
        row = (event, shard, position + offset, each.type.value, moment.at, each.sender, each.recipient)
        events.append((*row, seq + 1, each.case, made, digest, custody))
        pending.append((event, shard, position + offset))
        outbox.extend((event, to, moment.at, 0) for to in (*each.to, *reactions.rows_of(each.type)))
        recorded.append(Recorded(event, digest, custody))
    # (5) All rows, one statement per table.
    store.insert(Event, EVENT, events)
    store.insert(Opening, ("event_id", "field", "salt", "value"), openings)
    store.insert(Pending, ("event_id", "shard", "position"), pending)
    store.insert(Outbox, ("event_id", "to", "due_at", "attempts"), outbox)
    moment.after.append(outboxes.leaf_bell.ring)
    if outbox:
        moment.after.append(outboxes.bell.ring)
    move_heads(shard, {pair: heads[pair] for pair in ends})
    return recorded[len(first) :]


def _opening(shard: str, moment: Moment) -> list[Happening]:
    """The first leaf of a live shard that follows another: the last head of that one, so that none is hidden."""
    if shard != signer.live_shard() or moment.shard is not None:
        return []
    sql = "SELECT note FROM journal_head WHERE shard NOT IN (%s, %s) ORDER BY at DESC LIMIT 1"
    former = store.fetch(sql, [shard, signer.EXAMPLE])
    if not former:
        return []
    committed = {"former": former[0][0].encode()}
    return [Happening(EventType.LOG_OPENED, HOUSE, HOUSE, moment.id("evt"), HOUSE, committed=committed)]


EVENT = ("id", "shard", "position", "type", "at", "sender", "recipient", "seq", "case", "leaf", "leaf_hash", "custody")


def questions(shard: str, ends: Collection[Ends]) -> tuple[store.Question, store.Question]:
    """What is to be known before events between these ends are appended: their channels' heads, the newest place."""
    pairs = ", ".join(["(%s, %s)"] * len(ends))
    # The writers take turns; the rows' own locks keep the chains whole also beside a program that takes none.
    locked = "" if is_embedded() else " ORDER BY id FOR UPDATE"
    sql = f"SELECT sender, recipient, seq, head FROM journal_channel WHERE shard = %s AND (sender, recipient) IN (VALUES {pairs}){locked}"  # noqa: E501, S608 - placeholders alone are put in.
    return (
        (sql, [shard, *(handle for pair in sorted(ends) for handle in pair)]),
        ("SELECT max(position) FROM journal_event WHERE shard = %s", [shard]),
    )


def _heads_and_position(
    shard: str, ends: Collection[Ends], moment: Moment
) -> tuple[dict[Ends, tuple[int, bytes | None]], int]:
    """Where the channels between these ends stand, and the next place in the shard."""
    heads, newest = moment.ask(*questions(shard, ends))
    moment.ahead.clear()  # From here on what was asked before is no longer so.
    position = 0 if newest[0][0] is None else int(newest[0][0]) + 1
    return {(sender, recipient): (seq, head) for sender, recipient, seq, head in heads}, position


def move_heads(shard: str, heads: Mapping[Ends, tuple[int, bytes | None]]) -> None:
    """Set where the channels between these ends stand: the number and the hash of the last leaf of each."""
    sql = (
        "INSERT INTO journal_channel (shard, sender, recipient, seq, head) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (shard, sender, recipient) DO UPDATE SET seq = excluded.seq, head = excluded.head"
    )
    store.tell(sql, [(shard, *pair, *stands) for pair, stands in heads.items()])
