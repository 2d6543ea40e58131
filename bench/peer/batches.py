"""A batch as one writes it first: every item judged, one ``atomic()`` block, ``bulk_create`` for every table.

It refuses repeated items as ours does; a row that the database refuses fails the whole batch, where ours lets it fail
alone.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bench.peer import rows
from mufakat.proof import canonical, receipt, tree
from mufakat.rules.errors import RefusedError
from mufakat.rules.permissions import Deed
from mufakat.server.api import auth, bodies, problems
from mufakat.server.journal import signer
from mufakat.server.journal.models import Answer
from mufakat.server.notices import batches
from mufakat.server.notices.batches import BatchOut, ItemOut, RepeatedItemError
from mufakat.server.notices.faces import encode
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from django.db.models import Model

    from mufakat.rules.admissibility import Admitted
    from mufakat.server.parties.queries import Caller


@csrf_exempt
@require_POST
def submit_batch(request: HttpRequest) -> HttpResponse:
    """Take what can be taken of a batch."""
    caller = auth.caller(request.headers.get("Authorization", ""), at=datetime.now(UTC))
    caller.require(Deed.SUBMIT)
    key = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = request.body
    items = [bytes(item) for item in bodies.read_batch(raw).notices]
    directory = parties.directory()
    outcome: dict[int, ItemOut] = {}
    admitted: dict[int, Admitted] = {}
    for index, item in enumerate(items):
        try:
            admitted[index] = rows.admit(item, caller, directory)
        except RefusedError as error:
            status, problem = problems.item(error)
            outcome[index] = ItemOut(index, status, problem=problem)
    with transaction.atomic():
        before = Answer.objects.filter(party_id=caller.party_id, route=batches.ROUTE, key=key).first()
        if before is not None:
            return HttpResponse(before.body, status=before.status, content_type="application/json")
        note = store(items, admitted, outcome, caller, directory)
        body = encode(BatchOut([outcome[index] for index in sorted(outcome)], note))
        Answer.objects.create(
            party_id=caller.party_id,
            route=batches.ROUTE,
            key=key,
            digest=hashlib.sha256(raw).digest(),
            status=200,
            body=body,
            subject=next((one.id for one in outcome.values() if one.id), ""),
            at=rows.moment(),
        )
    return HttpResponse(body, content_type="application/json")


def store(
    items: list[bytes],
    admitted: dict[int, Admitted],
    outcome: dict[int, ItemOut],
    caller: Caller,
    directory: parties.Directory,
) -> str | None:
    """Write every row in the open transaction and give the receipt over all leaves."""
    at = rows.moment()
    names = {index: f"item-{one.sha256.hex()}" for index, one in admitted.items()}
    known = Answer.objects.filter(party_id=caller.party_id, route=batches.ITEM, key__in=names.values())
    seen = dict(known.values_list("key", "subject"))
    places: dict[str, rows.Place] = {}
    tables: dict[type[Model], list[Any]] = {}
    hashes = []
    for index, one in admitted.items():
        if names[index] in seen:
            status, problem = problems.item(RepeatedItemError(seen[names[index]]))
            outcome[index] = ItemOut(index, status, problem=problem)
            continue
        to = one.draft.to
        place = places.get(to) or places.setdefault(to, rows.Place.of(caller.handle, to))
        place.position = max(each.position for each in places.values())
        recipient_id = directory[to][0]
        made = rows.make(items[index], one, caller, recipient_id=recipient_id, place=place, at=at, signed=False)
        for row in made.rows:
            tables.setdefault(type(row), []).append(row)
        leaf_hash = bytes(made.event.leaf_hash)
        hashes.append(leaf_hash)
        seen[names[index]] = made.notice.id
        outcome[index] = ItemOut(index, 201, made.notice.id, canonical.to_base64(leaf_hash))
        answer = Answer(
            party_id=caller.party_id,
            route=batches.ITEM,
            key=names[index],
            digest=one.sha256,
            status=201,
            body=b"",
            subject=made.notice.id,
            at=at,
        )
        tables.setdefault(Answer, []).append(answer)
    for table, objects in tables.items():
        table._default_manager.bulk_create(objects)  # noqa: SLF001 - Django's own name for it.
    for place in places.values():
        place.channel.save()
    if not hashes:
        return None
    key = signer.signing_key(signer.live_shard())
    return receipt.sign_custody_batch(
        key, count=len(hashes), root=tree.root(hashes), at=canonical.timestamp(at), mmd=60
    )
