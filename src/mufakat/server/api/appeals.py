"""Appeals over HTTP: by the parties of a notice, and by whoever was given the code, who needs no account.

The public doors are asked by anybody, so each answer is bounded: so many for each address and for each code, one answer
for every code that is none, and the shape of a body is judged before its code is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from msgspec import Struct
from ninja import Router

from mufakat.rules.appeal import AppealState
from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.api import auth, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.appeals import operations, queries
from mufakat.server.appeals.faces import ContestableOut, LodgedAppealList, LodgedAppealOut, place
from mufakat.server.decisions import queries as decisions
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key
from mufakat.server.notices import exhibits
from mufakat.server.register import doors

if TYPE_CHECKING:
    from typing import Any

    from mufakat.server.journal.answers import Answer

router = Router(tags=["appeals"])

TOO_OFTEN = {429: "Too many requests from your address, or with this code; come again"}


class Named(Struct):
    """The id in an answer."""

    id: str


def public(found: dict[str, Any]) -> dict[str, Any]:
    """The same of a route that needs no token."""
    return {**found, "security": []}


@router.post(
    "/decisions/{decision}/appeals",
    url_name="appeal_lodge",
    response={201: None},
    openapi_extra=documented(201, "LodgedAppealOut", body="LodgingIn", key="required"),
)
def lodge(request: HttpRequest, decision: str) -> HttpResponse:
    """Contest a decision on a notice that your party sent, or received; or record that a body outside has the case.

    The other side is told, with your reasons. The answer holds the signed receipt.
    """
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    caller = auth.caller_of(request, at=at)
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    key = Key.of(caller.party_id, f"POST /api/v1/decisions/{decision}/appeals", sent, raw)
    return lodged(operations.lodge(decision, raw, by=caller, at=at, key=key))


@router.post(
    "/appeals",
    url_name="appeal_lodge_by_code",
    response={201: None},
    openapi_extra=public(
        documented(201, "LodgedAppealOut", body="CodeLodgingIn", key="required", never=[401, 403], also=TOO_OFTEN)
    ),
)
def lodge_by_code(request: HttpRequest) -> HttpResponse:
    """Contest the decision that your code was given for. No account and no cookie is needed: the code is enough.

    The platform and the sender of the notice are told, with your reasons; your files are for the platform alone. Keep
    the answer: it holds the signed receipt.
    """
    at = request.at  # type: ignore[attr-defined]
    doors.APPEALING.enter(doors.address_of(request.META), at=at)
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    found = operations.read_by_code(raw)
    doors.CODES.enter(queries.by_code(found.code).id, at=at)
    return lodged(operations.lodge_by_code(found, raw, at=at, key=sent))


@router.get(
    "/appeals/code/{code}",
    url_name="appeal_by_code",
    openapi_extra=public(documented(200, "ContestableOut", never=[401, 403, 422], also=TOO_OFTEN)),
)
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """What your code stands for: the decision with its reasons, until when you may appeal, and what came of it."""
    at = request.at  # type: ignore[attr-defined]
    doors.APPEALING.enter(doors.address_of(request.META), at=at)
    found = queries.by_code(code)
    doors.CODES.enter(found.id, at=at)
    own = queries.wholes(queries.by_bearers(found.id))
    return reply(ContestableOut.of(decisions.whole(found), own, at=at))


@router.get("/appeals", url_name="appeals", openapi_extra=documented(200, "LodgedAppealList", never=[404]))
def listed(request: HttpRequest, state: str = "", after: str = "") -> HttpResponse:
    """The appeals about your party's notices and decisions, newest first; pass ``next`` back as ``after``."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    faults = []
    if state and state not in set(AppealState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(AppealState)}"))
    if after and not ids.is_id(after, "apl"):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.list_for(caller, state=AppealState(state) if state else None, after=after or None)
    return reply(LodgedAppealList([LodgedAppealOut.of(one, viewer=caller) for one in page.items], page.next))


@router.get("/appeals/{appeal}", url_name="appeal", openapi_extra=documented(200, "LodgedAppealOut", never=[422]))
def shown(request: HttpRequest, appeal: str) -> HttpResponse:
    """One appeal, for both sides; its files for the party that judges it and the one that sent them."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    found = queries.get_for(caller, appeal)
    files = exhibits.of_appeals(caller, found.notice).get(found.id)
    return reply(LodgedAppealOut.of(queries.whole(found), viewer=caller, files=files))


@router.post(
    "/appeals/{appeal}/resolution",
    url_name="appeal_resolve",
    openapi_extra=documented(200, "LodgedAppealOut", body="ResolutionIn", key="optional"),
)
def resolve(request: HttpRequest, appeal: str) -> HttpResponse:
    """Say what comes of it, as another reviewer than the one who decided.

    What is reversed is to be undone at once, or the notice is decided anew by somebody else.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    key = key_of(request, caller, f"POST /api/v1/appeals/{appeal}/resolution", raw)
    return answered(operations.resolve(appeal, raw, by=caller, key=key))


def lodged(answer: Answer) -> HttpResponse:
    """The answer with the address of what it made."""
    made = answered(answer)
    made["Location"] = place(msgspec.json.decode(answer.body, type=Named).id)
    return made
