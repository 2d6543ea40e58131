"""The rows of a notice as unsaved objects: those of ``journal.operations.append`` and of ``notices.operations.take``.

Made with the same pure functions as ours, so that the comparison is about taking and storing alone; the recount holds
both to the same numbers.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Max

from mufakat.proof import canonical, commitment, leaf, receipt
from mufakat.rules import admissibility, clock, profile, said
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.server.journal import ids, signer
from mufakat.server.journal.models import Channel, Event, Opening, Outbox, Pending
from mufakat.server.notices import queries
from mufakat.server.notices.models import Clock, Notice, Payload, Pointer
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

    from mufakat.rules.admissibility import Admitted
    from mufakat.rules.clock import DueClock
    from mufakat.server.parties.queries import Caller

PROFILE = "id-2017"


class Numbers(threading.local):
    """Ids of this thread."""

    def __init__(self) -> None:
        self.ids = ids.Ids()


numbers = Numbers()


@dataclass
class Place:
    """Where the next event of a channel goes, read in the open transaction."""

    shard: str
    position: int
    channel: Channel

    @classmethod
    def of(cls, sender: str, recipient: str) -> Place:
        shard = signer.live_shard()
        # Locked first, where the database locks rows: whoever waited for it must see the newest position.
        channel = Channel.objects.select_for_update().filter(shard=shard, sender=sender, recipient=recipient).first()
        newest = Event.objects.filter(shard=shard).aggregate(newest=Max("position"))["newest"]
        position = 0 if newest is None else newest + 1
        return cls(
            shard, position, channel or Channel(shard=shard, sender=sender, recipient=recipient, seq=0, head=b"")
        )


@dataclass(frozen=True)
class Made:
    """A notice with all its rows, none of them saved; parents come before children."""

    notice: Notice
    due: Sequence[DueClock]
    event: Event
    rows: Sequence[Model]


def moment() -> datetime:
    """Now, to the millisecond."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def admit(raw: bytes, caller: Caller, directory: parties.Directory) -> Admitted:
    """What the rules say of a body."""
    return admissibility.admit(
        raw,
        sender=caller.handle,
        sender_kind=caller.kind,
        mandates=parties.mandates_of(caller.party_id),
        recipient=lambda handle: found[1] if (found := directory.get(handle)) else None,
        evidence_stored=lambda _: False,
        at=datetime.now(UTC),
    )


def make(  # noqa: PLR0913 - what a notice is made of.
    raw: bytes, admitted: Admitted, caller: Caller, *, recipient_id: str, place: Place, at: datetime, signed: bool
) -> Made:
    """The rows of a notice; its event takes the place, which moves on."""
    draft = admitted.draft
    due = clock.derive(
        profile.load(PROFILE),
        event=EventType.NOTICE_RECEIVED,
        kind=draft.kind,
        category=draft.category,
        urgency=draft.effective_urgency,
        at=at,
    )
    millisecond = int(at.timestamp() * 1000 + 0.5)
    notice_id = numbers.ids.next("ntc", millisecond)
    event, children = _event(notice_id, millisecond, admitted, caller.handle, due, place=place, at=at, signed=signed)
    soonest = min((one.due_at for one in due), default=None)
    notice = Notice(
        id=notice_id,
        sender_id=caller.party_id,
        recipient_id=recipient_id,
        kind=draft.kind.value,
        mandate_id=admitted.mandate,
        category=draft.category.value,
        urgency=draft.effective_urgency.value,
        language=draft.language,
        state=NoticeState.RECEIVED.value,
        received_at=at,
        profile=PROFILE,
        leaf_hash=event.leaf_hash,
        due_at=soonest,
    )
    pointers = [
        Pointer(
            notice_id=notice_id,
            position=number,
            kind=found.kind.value,
            canonical=found.canonical,
            input=found.input,
            digest=queries.digest(found.canonical),
            sender_id=caller.party_id,
            recipient_id=recipient_id,
        )
        for number, found in enumerate(admitted.locators)
    ]
    clocks = [Clock(notice_id=notice_id, name=one.name, started_at=one.started_at, due_at=one.due_at) for one in due]
    payload = Payload(notice_id=notice_id, raw=raw, sha256=admitted.sha256)
    return Made(notice, due, event, [event, *children, notice, payload, *pointers, *clocks])


def _event(  # noqa: PLR0913 - the members of a leaf.
    notice: str,
    millisecond: int,
    admitted: Admitted,
    sender: str,
    due: Sequence[DueClock],
    *,
    place: Place,
    at: datetime,
    signed: bool,
) -> tuple[Event, list[Model]]:
    channel = place.channel
    values = said.committed(admitted, profile=PROFILE)
    salts = dict(zip(values, ids.salts(len(values)), strict=True))
    event_id = numbers.ids.next("evt", millisecond)
    made = leaf.encode(
        leaf.Leaf(
            v=1,
            id=event_id,
            type=EventType.NOTICE_RECEIVED.value,
            at=canonical.timestamp(at),
            chan=f"{sender}>{channel.recipient}",
            seq=channel.seq + 1,
            prev=canonical.to_base64(bytes(channel.head)) if channel.seq else None,
            actor=sender,
            case=notice,
            due=canonical.timestamp(min(one.due_at for one in due)) if due else None,
            law=admitted.law,
            c={
                name: canonical.to_base64(commitment.commit(name, salts[name], value)) for name, value in values.items()
            },
            ref=(),
            sig=(),
        )
    )
    digest = leaf.leaf_hash(made)
    custody = ""
    if signed:
        key = signer.signing_key(place.shard)
        custody = receipt.sign_custody(key, notice=notice, leaf_hash=digest, at=canonical.timestamp(at), mmd=60)
    channel.seq, channel.head = channel.seq + 1, digest
    event = Event(
        id=event_id,
        shard=place.shard,
        position=place.position,
        type=EventType.NOTICE_RECEIVED.value,
        at=at,
        sender=sender,
        recipient=channel.recipient,
        seq=channel.seq,
        case=notice,
        leaf=made,
        leaf_hash=digest,
        custody=custody,
    )
    children: list[Model] = [
        Opening(event_id=event_id, field=name, salt=salts[name], value=value) for name, value in values.items()
    ]
    children.append(Pending(event_id=event_id, shard=place.shard, position=place.position))
    children.append(Outbox(event_id=event_id, to=f"party:{channel.recipient}", due_at=at))
    place.position += 1
    return event, children
