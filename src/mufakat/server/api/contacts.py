"""Contacts and drills over HTTP: a party looks after its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.rules.permissions import Deed
from mufakat.server.api import auth, bodies
from mufakat.server.api.answers import DrillList, OwnContactList, reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.journal.answers import Key
from mufakat.server.parties import contact_lists, drills, queries, representatives

if TYPE_CHECKING:
    from mufakat.server.parties.queries import Caller

router = Router(tags=["contacts"])


@router.get("/contacts", url_name="contacts", openapi_extra=documented(200, "OwnContactList", never=[404, 422]))
def listed(request: HttpRequest) -> HttpResponse:
    """The contacts of your party that are not removed, in the order in which they are turned to."""
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    caller = reader(request)
    return reply(OwnContactList(contact_lists.own(caller.party_id, at=at)))


@router.post(
    "/contacts",
    url_name="contact_add",
    response={201: None},
    openapi_extra=documented(201, "OwnContactOut", body="NewCard", key="required", never=[404]),
)
def add(request: HttpRequest) -> HttpResponse:
    """Add a contact. It waits 72 hours, the first of its role apart, and all others of your party are told."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    key = required_key(request, caller, "POST /api/v1/contacts", raw)
    party = queries.party_by_handle(caller.handle)
    return answered(representatives.add(party, raw, by=caller, at=at, key=key))


@router.get("/contacts/{contact}", url_name="contact", openapi_extra=documented(200, "OwnContactOut", never=[422]))
def shown(request: HttpRequest, contact: str) -> HttpResponse:
    """One contact of your party: what is in force, what waits, and the last drill."""
    at = request.at  # type: ignore[attr-defined]
    return reply(contact_lists.whole(contact_lists.point_for(reader(request), contact), at=at))


@router.post(
    "/contacts/{contact}/versions",
    url_name="contact_change",
    response={201: None},
    openapi_extra=documented(201, "OwnContactOut", body="Card", key="required"),
)
def change(request: HttpRequest, contact: str) -> HttpResponse:
    """Change a contact: the new words wait 72 hours, the old ones hold until then, and the old address is told."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    key = required_key(request, caller, f"POST /api/v1/contacts/{contact}/versions", raw)
    return answered(representatives.change(contact, raw, by=caller, at=at, key=key))


@router.post(
    "/contacts/{contact}/withdrawal",
    url_name="contact_withdraw",
    openapi_extra=documented(200, "OwnContactOut", key="optional"),
)
def withdraw(request: HttpRequest, contact: str) -> HttpResponse:
    """Take a change back that still waits, at once; what was in force stays."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    key = key_of(request, caller, f"POST /api/v1/contacts/{contact}/withdrawal", body_of(request))
    return answered(representatives.withdraw(contact, by=caller, key=key))


@router.post(
    "/contacts/{contact}/removal",
    url_name="contact_remove",
    openapi_extra=documented(200, "OwnContactOut", body="ReasonIn", key="optional"),
)
def remove(request: HttpRequest, contact: str) -> HttpResponse:
    """Remove a contact at once, the last one too: nobody of your party is then told of anything."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    reason = bodies.read_body(raw, bodies.ReasonIn).reason
    key = key_of(request, caller, f"POST /api/v1/contacts/{contact}/removal", raw)
    return answered(representatives.remove(contact, reason=reason, by=caller, key=key))


@router.get("/contacts/{contact}/drills", url_name="drills", openapi_extra=documented(200, "DrillList", never=[422]))
def tried(request: HttpRequest, contact: str) -> HttpResponse:
    """The newest drills of a contact. The code that answers one stands in its message alone."""
    return reply(DrillList(contact_lists.drills_of(contact_lists.point_for(reader(request), contact))))


@router.post(
    "/contacts/{contact}/drills",
    url_name="drill_send",
    response={201: None},
    openapi_extra=documented(201, "DrillOut", key="required"),
)
def send_drill(request: HttpRequest, contact: str) -> HttpResponse:
    """Send a contact a test message now, which a person must answer within a day."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    key = required_key(request, caller, f"POST /api/v1/contacts/{contact}/drills", body_of(request))
    return answered(drills.send(contact, by=caller, key=key))


@router.get("/drills/{drill}", url_name="drill", openapi_extra=documented(200, "DrillOut", never=[422]))
def drill_shown(request: HttpRequest, drill: str) -> HttpResponse:
    """One drill of your party. Reading it answers nothing."""
    return reply(contact_lists.drill_for(reader(request), drill))


@router.post(
    "/drills/{drill}/answer",
    url_name="drill_answer",
    openapi_extra=documented(200, "DrillOut", also={409: "The drill is of the past", 503: "Too busy; do it again"}),
)
def answer_drill(request: HttpRequest, drill: str) -> HttpResponse:
    """Say for your party that the test message arrived; doing it again changes nothing."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    drills.answer_at_desk(drill, by=caller)
    return reply(contact_lists.drill_for(caller, drill))


def reader(request: HttpRequest) -> Caller:
    """Whoever may read what is their party's own."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    caller.require(Deed.READ)
    return caller


def required_key(request: HttpRequest, caller: Caller, route: str, raw: bytes) -> Key:
    """The key of a request that creates."""
    return Key.of(caller.party_id, route, auth.idempotency_key(request.headers.get("Idempotency-Key")), raw)
