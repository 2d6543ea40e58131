"""A plain view: check, one ``atomic()`` block, ``objects.create`` for every row, answer.

It admits, hashes and signs with the same pure functions as ours and remembers tokens as long, so that the comparison
is about taking and storing alone. It writes the rows of ``journal.operations.append`` and of
``notices.operations.Submissions.write``; the recount holds both to the same numbers.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from mufakat.proof import canonical, commitment, leaf, receipt
from mufakat.rules import admissibility, clock, profile
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.api import auth
from mufakat.server.journal import ids, signer
from mufakat.server.journal.models import Answer, Channel, Event, Opening, Outbox, Pending
from mufakat.server.notices import queries
from mufakat.server.notices.faces import NoticeOut, encode
from mufakat.server.notices.models import Clock, Notice, Payload, Pointer
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.admissibility import Admitted
    from mufakat.rules.clock import DueClock
    from mufakat.server.parties.queries import Caller

ROUTE = "POST /api/v1/notices"
PROFILE = "id-2017"
CREATED = 201
CLASH = 422


class Numbers(threading.local):
    """Ids of this thread."""

    def __init__(self) -> None:
        self.ids = ids.Ids()


numbers = Numbers()


@csrf_exempt
@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    """Take a notice."""
    caller = auth.caller(request.headers.get("Authorization", ""), at=datetime.now(UTC))
    caller.require(Deed.SUBMIT)
    key = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = request.body
    directory = parties.directory()
    admitted = admissibility.admit(
        raw,
        sender=caller.handle,
        sender_kind=caller.kind,
        recipient=lambda handle: found[1] if (found := directory.get(handle)) else None,
        evidence_stored=lambda _: False,
        at=datetime.now(UTC),
    )
    with transaction.atomic():
        before = Answer.objects.filter(party_id=caller.party_id, route=ROUTE, key=key).first()
        if before is not None:
            same = bytes(before.digest) == admitted.sha256
            return HttpResponse(before.body if same else b"", status=before.status if same else CLASH)
        body = store(raw, admitted, caller, recipient_id=directory[admitted.draft.to][0], key=key)
    return HttpResponse(body, status=CREATED, content_type="application/json")


def store(raw: bytes, admitted: Admitted, caller: Caller, *, recipient_id: str, key: str) -> bytes:
    """Write every row of a notice in the open transaction and give the answer's bytes."""
    now = datetime.now(UTC)
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    millisecond = int(at.timestamp() * 1000 + 0.5)
    draft = admitted.draft
    due = clock.derive(
        profile.load(PROFILE),
        event=EventType.NOTICE_RECEIVED,
        kind=draft.kind,
        category=draft.category,
        urgency=draft.effective_urgency,
        at=at,
    )
    notice_id, event_id = numbers.ids.next("ntc", millisecond), numbers.ids.next("evt", millisecond)
    event = record(event_id, notice_id, admitted, caller.handle, due, at)
    notice = Notice.objects.create(
        id=notice_id,
        sender_id=caller.party_id,
        recipient_id=recipient_id,
        kind=draft.kind.value,
        category=draft.category.value,
        urgency=draft.effective_urgency.value,
        language=draft.language,
        state=NoticeState.RECEIVED.value,
        received_at=at,
        profile=PROFILE,
        leaf_hash=event.leaf_hash,
        due_at=min((one.due_at for one in due), default=None),
    )
    Payload.objects.create(notice=notice, raw=raw, sha256=admitted.sha256)
    for place, found in enumerate(admitted.locators):
        Pointer.objects.create(
            notice=notice,
            position=place,
            kind=found.kind.value,
            canonical=found.canonical,
            input=found.input,
            digest=queries.digest(found.canonical),
            sender_id=caller.party_id,
            recipient_id=recipient_id,
        )
    for one in due:
        Clock.objects.create(notice=notice, name=one.name, started_at=one.started_at, due_at=one.due_at)
    body = encode(NoticeOut.made(notice_id, at=at, due=due, receipt=event.custody, leaf_hash=bytes(event.leaf_hash)))
    Answer.objects.create(
        party_id=caller.party_id,
        route=ROUTE,
        key=key,
        digest=admitted.sha256,
        status=CREATED,
        body=body,
        subject=notice_id,
        at=at,
    )
    return body


def record(  # noqa: PLR0913, PLR0917 - the members of a leaf.
    event_id: str, notice_id: str, admitted: Admitted, sender: str, due: Sequence[DueClock], at: datetime
) -> Event:
    """Write the event: leaf, openings, the channel's new head, outbox and place in the log's queue."""
    shard = signer.live_shard()
    recipient = admitted.draft.to
    channel = Channel.objects.filter(shard=shard, sender=sender, recipient=recipient).first()
    newest = Event.objects.filter(shard=shard).aggregate(newest=Max("position"))["newest"]
    position = 0 if newest is None else newest + 1
    seq = channel.seq + 1 if channel else 1
    values = {
        "payload": admitted.sha256,
        "locators": msgspec.json.encode([found.canonical for found in admitted.locators]),
        "explanation": admitted.draft.explanation.encode(),
    }
    salts = dict(zip(values, ids.salts(len(values)), strict=True))
    made = leaf.encode(
        leaf.Leaf(
            v=1,
            id=event_id,
            type=EventType.NOTICE_RECEIVED.value,
            at=canonical.timestamp(at),
            chan=f"{sender}>{recipient}",
            seq=seq,
            prev=canonical.to_base64(bytes(channel.head)) if channel else None,
            actor=sender,
            case=notice_id,
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
    event = Event.objects.create(
        id=event_id,
        shard=shard,
        position=position,
        type=EventType.NOTICE_RECEIVED.value,
        at=at,
        sender=sender,
        recipient=recipient,
        seq=seq,
        case=notice_id,
        leaf=made,
        leaf_hash=digest,
        custody=receipt.sign_custody(
            signer.signing_key(shard), notice=notice_id, leaf_hash=digest, at=canonical.timestamp(at), mmd=None
        ),
    )
    for name, value in values.items():
        Opening.objects.create(event=event, field=name, salt=salts[name], value=value)
    Pending.objects.create(event=event, shard=shard, position=position)
    Outbox.objects.create(event=event, to=f"party:{recipient}", due_at=at)
    if channel is None:
        Channel.objects.create(shard=shard, sender=sender, recipient=recipient, seq=seq, head=digest)
    else:
        channel.seq, channel.head = seq, digest
        channel.save(update_fields=["seq", "head"])
    return event
