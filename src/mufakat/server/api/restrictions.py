"""Restrictions over HTTP: proposed, approved, answered, carried out and lifted by their parties; asked of by anybody.

Whether a name is closed is told for exactly this name, without a token and as often as the register's door opens for
one address. Nothing here lists closed names to anybody but the parties of an order (I-16).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from msgspec import Struct
from ninja import Router

from mufakat.rules import network_names
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.restriction import RestrictionState
from mufakat.server.api import auth, bodies, problems, register
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.api.restriction_answers import ApprovalIn, CarriedIn, ClosedNameOut, LiftingIn, ObjectionIn
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key
from mufakat.server.restrictions import looking_up, matrix, operations, queries
from mufakat.server.restrictions.faces import RestrictionList, RestrictionOut

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller

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
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    caller = auth.caller_of(request, at=at)
    faults = []
    if state and state not in set(RestrictionState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(RestrictionState)}"))
    if after and not ids.is_id(after, "rst"):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.page(caller, state=RestrictionState(state) if state else None, after=after or None)
    items = [RestrictionOut.of(one, viewer=caller, at=at, brief=True) for one in page.items]
    return reply(RestrictionList(items, page.next))


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
    "/names/{name}",
    url_name="closed_name",
    openapi_extra={**documented(200, "ClosedNameOut", never=[401, 403, 404], also=register.TOO_OFTEN), **OPEN},
)
def closed_name(request: HttpRequest, name: str) -> HttpResponse:
    """Whether exactly this name is closed, on whose order and which ground, until when, and how each operator stands.

    What closed it before is told too, so that everybody sees an operator that did not open it. What lies beside or
    below the name is not: only who carries lists gets them. No token is needed.
    """
    register.enter(request)
    sought = network_names.sought(name)
    if sought is None:
        raise problems.BadRequestError([Fault("/name", FaultCode.BAD_FORM, "This is no name that could be closed.")])
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    return register.public(reply(ClosedNameOut.of(sought, looking_up.look_up(sought, at=at))))


@router.get("/{restriction}", url_name="restriction", openapi_extra=documented(200, "RestrictionOut", never=[422]))
def shown(request: HttpRequest, restriction: str) -> HttpResponse:
    """One restriction: the order, who approved, where it stands, and how far each operator is."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    found = queries.whole(queries.get_for(caller, restriction))
    return reply(RestrictionOut.of(found, viewer=caller, at=at))


@router.get(
    "/{restriction}/matrix", url_name="restriction_matrix", openapi_extra=documented(200, "MatrixOut", never=[422])
)
def seen(request: HttpRequest, restriction: str) -> HttpResponse:
    """How every name stands at every operator, as its resolvers answer: closed, open or silent, and since when.

    Of a long list a fixed part is asked for. The operators are counted by it, and those that are late are named. An
    operator sees its own column.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(matrix.matrix(queries.get_for(caller, restriction), viewer=caller))


@router.post(
    "/{restriction}/approval",
    url_name="restriction_approve",
    openapi_extra=documented(200, "RestrictionOut", body="ApprovalIn", key="optional"),
)
def approve(request: HttpRequest, restriction: str) -> HttpResponse:
    """Agree to an order that somebody else proposed; one of the two approvers is the one that the profile names.

    With ``refuse`` an approver says no. Its own side takes it back by lifting.
    """
    caller, raw, key = deed_on(request, f"{API}/{restriction}/approval", ApprovalIn)
    at = request.at  # type: ignore[attr-defined]
    return answered(operations.approve(restriction, raw, by=caller, at=at, key=key))


@router.post(
    "/{restriction}/objection",
    url_name="restriction_object",
    openapi_extra=documented(200, "RestrictionOut", body="ObjectionIn", key="optional"),
)
def object_to(request: HttpRequest, restriction: str) -> HttpResponse:
    """Answer an order as the platform that it concerns. It is published with the answer, or when its time is over."""
    caller, raw, key = deed_on(request, f"{API}/{restriction}/objection", ObjectionIn)
    return answered(operations.object_to(restriction, raw, by=caller, key=key))


@router.post(
    "/{restriction}/lifting",
    url_name="restriction_lift",
    openapi_extra=documented(200, "RestrictionOut", body="LiftingIn", key="optional"),
)
def lift(request: HttpRequest, restriction: str) -> HttpResponse:
    """Open it again at once: the whole of it, or the ``names`` given. One act of one officer or approver.

    An order that is not on the lists yet is taken back so.
    """
    caller, raw, key = deed_on(request, f"{API}/{restriction}/lifting", LiftingIn)
    return answered(operations.lift(restriction, raw, by=caller, key=key))


@router.post(
    "/{restriction}/confirmation",
    url_name="restriction_confirm",
    openapi_extra=documented(200, "RestrictionOut", body="CarriedIn", key="optional"),
)
def confirm(request: HttpRequest, restriction: str) -> HttpResponse:
    """Say as an operator that you carry it out; or, once it is off your list, that you opened it."""
    caller, raw, key = deed_on(request, f"{API}/{restriction}/confirmation", CarriedIn)
    return answered(operations.confirm(restriction, raw, by=caller, key=key))


def deed_on(request: HttpRequest, path: str, form: type[Struct]) -> tuple[Caller, bytes, Key | None]:
    """Who does something, with which body, and the key, which is optional. What the deed does not know is refused."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    bodies.read_body(raw, form)
    return caller, raw, key_of(request, caller, f"POST {path}", raw)


def located(answer: Answer) -> HttpResponse:
    """The answer with the address of the restriction that it made."""
    made = answered(answer)
    made["Location"] = f"{API}/{msgspec.json.decode(answer.body, type=Named).id}"
    return made
