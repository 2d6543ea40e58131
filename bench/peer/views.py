"""A plain view: check, one ``atomic()`` block, a ``save()`` for every row, answer.

It admits, hashes and signs with the same pure functions as ours and remembers tokens as long, so that the comparison
is about taking and storing alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bench.peer import rows
from mufakat.rules.permissions import Deed
from mufakat.server.api import auth
from mufakat.server.journal.models import Answer
from mufakat.server.notices.faces import NoticeOut, encode
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from mufakat.rules.admissibility import Admitted
    from mufakat.server.parties.queries import Caller

ROUTE = "POST /api/v1/notices"
CREATED = 201
CLASH = 422


def ready(request: HttpRequest) -> HttpResponse:
    """It answers, so it is there."""
    del request
    return HttpResponse()


@csrf_exempt
@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    """Take a notice."""
    caller = auth.caller(request.headers.get("Authorization", ""), at=datetime.now(UTC))
    caller.require(Deed.SUBMIT)
    key = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = request.body
    directory = parties.directory()
    admitted = rows.admit(raw, caller, directory)
    with transaction.atomic():
        before = Answer.objects.filter(party_id=caller.party_id, route=ROUTE, key=key).first()
        if before is not None:
            same = bytes(before.digest) == admitted.sha256
            return HttpResponse(before.body if same else b"", status=before.status if same else CLASH)
        body = store(raw, admitted, caller, recipient_id=directory[admitted.draft.to][0], key=key)
    return HttpResponse(body, status=CREATED, content_type="application/json")


def store(raw: bytes, admitted: Admitted, caller: Caller, *, recipient_id: str, key: str) -> bytes:
    """Write every row of a notice in the open transaction and give the answer's bytes."""
    at = rows.moment()
    place = rows.Place.of(caller.handle, admitted.draft.to)
    made = rows.make(raw, admitted, caller, recipient_id=recipient_id, place=place, at=at, signed=True)
    for row in made.rows:
        row.save(force_insert=True)
    place.channel.save()
    notice, leaf_hash = made.notice.id, bytes(made.event.leaf_hash)
    body = encode(NoticeOut.made(notice, at=at, due=made.due, receipt=made.event.custody, leaf_hash=leaf_hash))
    Answer.objects.create(
        party_id=caller.party_id,
        route=ROUTE,
        key=key,
        digest=admitted.sha256,
        status=CREATED,
        body=body,
        subject=notice,
        at=at,
    )
    return body
