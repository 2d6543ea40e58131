"""Parties over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from mufakat.rules.errors import NotFoundError, UnknownPartyError
from mufakat.server.api import auth
from mufakat.server.api.answers import PartyList, PartyOut, PartyShownOut, reply
from mufakat.server.api.documents import documented
from mufakat.server.notices import counterparties
from mufakat.server.parties import contact_lists, queries

router = Router(tags=["parties"])


@router.get("", url_name="parties", openapi_extra=documented(200, "PartyList", never=[403, 404, 422]))
def listed(request: HttpRequest) -> HttpResponse:
    """Every party: to whom a notice can be sent."""
    auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    return reply(PartyList([PartyOut.of(party) for party in queries.parties()]))


@router.get("/{handle}", url_name="party", openapi_extra=documented(200, "PartyShownOut", never=[403, 422]))
def shown(request: HttpRequest, handle: str) -> HttpResponse:
    """One party, and who can be reached there: names and addresses for counterparties, role and office for all."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    try:
        party = queries.party_by_handle(handle)
    except UnknownPartyError:
        raise NotFoundError("party") from None
    seen_from = counterparties.standing(caller, party, at=at)
    return reply(PartyShownOut.with_contacts(party, contact_lists.seen(party.id, seen_from, at=at)))
