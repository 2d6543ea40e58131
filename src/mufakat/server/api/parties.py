"""Parties over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from ninja import Router

from mufakat.proof.leaf import Signature
from mufakat.rules.errors import NotFoundError, UnknownPartyError
from mufakat.server.api import auth, bodies
from mufakat.server.api.answers import PartyList, PartyOut, PartyShownOut, reply
from mufakat.server.api.contacts import required_key
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.notices import counterparties
from mufakat.server.parties import contact_lists, key_faces, own_keys, queries
from mufakat.server.parties.keys import Proof

if TYPE_CHECKING:
    from mufakat.server.parties.queries import Party

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
    party = named(handle)
    seen_from = counterparties.standing(caller, party, at=at)
    return reply(PartyShownOut.with_contacts(party, contact_lists.seen(party.id, seen_from, at=at)))


@router.get(
    "/{handle}/keys",
    url_name="party_keys",
    openapi_extra={**documented(200, "PartyKeyList", never=[401, 403, 422]), "security": []},
)
def keys(request: HttpRequest, handle: str) -> HttpResponse:
    """Every key with which a party ever signed events: with them anybody sees whose signatures a leaf carries."""
    del request
    return reply(key_faces.listed(named(handle)))


@router.post(
    "/{handle}/keys",
    url_name="party_key_enrol",
    response={201: None},
    openapi_extra=documented(201, "PartyKeyOut", body="PartyKeyIn", key="required"),
)
def enrol_key(request: HttpRequest, handle: str) -> HttpResponse:
    """Enrol a key with which your party signs events: it signs its own enrolment, and so does one in force.

    The first key of a party needs no other; where no key is in force any more, ask the operator. The private key stays
    with you.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    told = bodies.read_body(raw, bodies.PartyKeyIn)
    key = required_key(request, caller, f"POST /api/v1/parties/{handle}/keys", raw)
    proof = Proof(told.salt, [Signature(k=one.k, s=one.s) for one in told.signatures])
    answer = answered(own_keys.enrol(named(handle), told.vkey, proof, by=caller, key=key))
    answer["Location"] = f"/api/v1/parties/{handle}/keys"  # A key is found in their list.
    return answer


@router.post(
    "/{handle}/keys/{key}/retirement",
    url_name="party_key_retire",
    openapi_extra=documented(200, "PartyKeyOut", body="ReasonIn", key="optional"),
)
def retire_key(request: HttpRequest, handle: str, key: str) -> HttpResponse:
    """Retire a key of your party at once: what it signs from now on is refused, what it signed before stays signed."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    reason = bodies.read_body(raw, bodies.ReasonIn).reason
    once = key_of(request, caller, f"POST /api/v1/parties/{handle}/keys/{key}/retirement", raw)
    return answered(own_keys.retire(named(handle), key, reason=reason, by=caller, key=once))


@router.post(
    "/{handle}/keys/requirement",
    url_name="party_signs",
    openapi_extra=documented(200, "PartyKeyList", body="EmptyIn", key="optional"),
)
def require_signatures(request: HttpRequest, handle: str) -> HttpResponse:
    """From now on notices and acknowledgements of your party are refused unsigned: a stolen token alone sends nothing.

    Only the operator takes it back, who asks your party first.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    bodies.read_body(raw, bodies.EmptyIn)
    once = key_of(request, caller, f"POST /api/v1/parties/{handle}/keys/requirement", raw)
    return answered(own_keys.require_signatures(named(handle), by=caller, key=once))


def named(handle: str) -> Party:
    """The party of an address. Raises NotFoundError."""
    try:
        return queries.party_by_handle(handle)
    except UnknownPartyError:
        raise NotFoundError("party") from None
