"""Mandates over HTTP: who may flag, ask and command, about what, and how much of the quota is left."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.api import auth, problems
from mufakat.server.api.answers import MandateList, MandateOut, reply
from mufakat.server.api.documents import documented
from mufakat.server.journal import ids
from mufakat.server.parties import mandate_queries as queries, share_faces

router = Router(tags=["parties"])


@router.get("", url_name="mandates", openapi_extra=documented(200, "MandateList", never=[403, 404]))
def listed(request: HttpRequest, party: str = "", after: str = "") -> HttpResponse:
    """Your party's mandates, newest first; for platforms, operators and auditors also those in force of others.

    Reason, reply, review, quota and what followed from how its notices hold stand with your own alone. Pass ``next``
    back as ``after``.
    """
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    caller = auth.caller_of(request, at=at)
    if after and not ids.is_id(after, "mnd"):
        raise problems.BadRequestError([Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page")])
    page = queries.listed(caller, party=party or None, after=after or None)
    whole = {row.id for row in page.items if queries.sees_all_of(caller, row)}
    uses = queries.use_of([row.party_id for row in page.items if row.id in whole], at=at)
    found = share_faces.followed([row for row in page.items if row.id in whole])
    items = [
        MandateOut.whole(row, uses.get(row.party_id), at=at, found=found[row.id])
        if row.id in whole
        else MandateOut.scope(row)
        for row in page.items
    ]
    return reply(MandateList(items, page.next))
