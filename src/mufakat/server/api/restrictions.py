"""Restrictions over HTTP: proposed, approved, answered, carried out and lifted by their parties; asked of by anybody.

Whether a name is closed is told for exactly this name, without a token and as often as the register's door opens for one
address. Nothing here lists closed names to anybody but the parties of an order (I-16).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from msgspec import Struct
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.restriction import RestrictionState
from mufakat.server.api import auth, problems, register
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key
from mufakat.server.restrictions import operations, queries
from mufakat.server.restrictions.faces import RestrictionList, RestrictionOut

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Answer

router = Router(tags=["restrictions"])

API = "/api/v1/restrictions"
OPEN: dict[str, Any] = {"security": []}  # No token is needed.


class Named(Struct):
    """The id in an answer."""

    id: str


@router.get("", url_name="restrictions", openapi_extra=documented(200, "RestrictionList", never=[404]))
def listed(request: HttpRequest, state: str = "", after: str = "") -> HttpResponse:
    """The restrictions that concern your party, newest first; pass ``next`` back as ``after``.

    An operator sees what is addressed to it, once it is on its lists; a platform what concerns it.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    faults = []
    if state and state not in set(RestrictionState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(RestrictionState)}"))
    if after and not ids.is_id(after, "rst"):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.page(caller, state=RestrictionState(state) if state else None, after=after or None)
    return reply(RestrictionList.of(page))


@router.post(
    "",
    url_name="restriction_propose",
    response={201: None},
    openapi_extra=documented(201, "RestrictionOut", body="RestrictionIn", key="required", never=[404]),
)
def propose(request: HttpRequest) -> HttpResponse:
    """Propose to close names: on which ground, at which operators, until when, and what opens them again before.

    Every name and every field that cannot be taken is said with its reason. Nothing is closed by this: two approvers
    have to agree, who are two other persons, and the platform concerned is asked first.
    """
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    answer = operations.propose(raw, by=caller, at=at, key=Key.of(caller.party_id, f"POST {API}", sent, raw))
    return located(answer)


@router.get(
    "/{restriction}", url_name="restriction", openapi_extra=documented(200, "RestrictionOut", never=[422])
)
def shown(request: HttpRequest, restriction: str) -> HttpResponse:
    """One restriction: the order, who approved, where it stands, and how far each operator is."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(RestrictionOut.of(queries.get_for(caller, restriction)))


@router.post(
    "/{restriction}/approval",
    url_name="restriction_approve",
    openapi_extra=documented(200, "RestrictionOut", body="ApprovalIn", key="optional"),
)
def approve(request: HttpRequest, restriction: str) -> HttpResponse:
    """Agree to an order that somebody else proposed; the second approver is the one that the profile names.

    With ``refuse`` an approver says no, or its proposer takes it back.
    """
    return done(request, restriction, "approval", operations.approve)


@router.post(
    "/{restriction}/objection",
    url_name="restriction_object",
    openapi_extra=documented(200, "RestrictionOut", body="ObjectionIn", key="optional"),
)
def object_to(request: HttpRequest, restriction: str) -> HttpResponse:
    """Answer an order as the platform that it concerns. It is published with the answer, or when its time is over."""
    return done(request, restriction, "objection", operations.object_to)


@router.post(
    "/{restriction}/lifting",
    url_name="restriction_lift",
    openapi_extra=documented(200, "RestrictionOut", body="LiftingIn", key="optional"),
)
def lift(request: HttpRequest, restriction: str) -> HttpResponse:
    """Open it again at once: the whole of it, or the ``names`` given. One act of one officer or approver."""
    return done(request, restriction, "lifting", operations.lift)


@router.post(
    "/{restriction}/confirmation",
    url_name="restriction_confirm",
    openapi_extra=documented(200, "RestrictionOut", body="CarriedIn", key="optional"),
)
def confirm(request: HttpRequest, restriction: str) -> HttpResponse:
    """Say as an operator that you carry it out; or, once it is off your list, that you opened it."""
    return done(request, restriction, "confirmation", operations.confirm)


def done(request: HttpRequest, restriction: str, deed: str, operation: Any) -> HttpResponse:
    """One deed on a restriction."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    key = key_of(request, caller, f"POST {API}/{restriction}/{deed}", raw)
    return answered(operation(restriction, raw, by=caller, at=at, key=key))


def located(answer: Answer) -> HttpResponse:
    """The answer with the address of the restriction that it made."""
    made = answered(answer)
    made["Location"] = f"{API}/{msgspec.json.decode(answer.body, type=Named).id}"
    return made
