"""Agreements over HTTP: opened, negotiated point by point, kept with evidence, and ended; read by their parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from msgspec import Struct
from ninja import Router

from mufakat.rules.agreement import AgreementState
from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.agreements import operations, queries
from mufakat.server.agreements.faces import AgreementBriefOut, AgreementOut, links
from mufakat.server.agreements.version_faces import VersionShownOut
from mufakat.server.api import auth, problems
from mufakat.server.api.answers import AgreementList, reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Answer

router = Router(tags=["agreements"])


class Named(Struct):
    """The id in an answer."""

    id: str


@router.get("/agreements", url_name="agreements", openapi_extra=documented(200, "AgreementList", never=[404]))
def listed(request: HttpRequest, state: str = "", after: str = "") -> HttpResponse:
    """Your party's agreements and talks, newest first, with who answers next; pass ``next`` back as ``after``."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    faults = []
    if state and state not in set(AgreementState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(AgreementState)}"))
    if after and not ids.is_id(after, "agr"):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.listed(caller, state=AgreementState(state) if state else None, after=after or None)
    return reply(AgreementList([AgreementBriefOut.of(one) for one in page.items], page.next))


@router.post(
    "/agreements",
    url_name="agreement_open",
    response={201: None},
    openapi_extra=documented(201, "AgreementOut", body="AgreementIn", key="required", never=[404]),
)
def open_talks(request: HttpRequest) -> HttpResponse:
    """Open talks between your party and others, with the first proposals; the points of a profile with ``like``.

    Every refusal says what collides. Nothing is in force before everybody has signed.
    """
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    key = Key.of(caller.party_id, "POST /api/v1/agreements", sent, raw)
    return located(operations.open_talks(raw, by=caller, at=at, key=key))


@router.get("/agreements/{agreement}", url_name="agreement", openapi_extra=documented(200, "AgreementOut", never=[422]))
def shown(request: HttpRequest, agreement: str) -> HttpResponse:
    """One agreement: every point with its proposals and signatures, and how the obligations and the reopening stand."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(AgreementOut.of(queries.get_for(caller, agreement)))


@router.get(
    "/agreements/{agreement}/versions/{number}",
    url_name="agreement_version",
    openapi_extra=documented(200, "VersionShownOut"),
)
def version(request: HttpRequest, agreement: str, number: int) -> HttpResponse:
    """What was in force by this version, as notices cite it: the frame, and every point with its terms."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(VersionShownOut.of(queries.get_for(caller, agreement), number))


@router.post(
    "/agreements/{agreement}/points/{point}",
    url_name="point_act",
    openapi_extra=documented(200, "AgreementOut", body="ActIn", key="optional"),
)
def act(request: HttpRequest, agreement: str, point: str) -> HttpResponse:
    """Propose, counter, agree, decline or take back. Name the proposal that you answer: what changed is not signed.

    With the last signature a point is agreed, and in force at its time. Nothing agreed is edited, only superseded.
    """
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    key = key_of(request, caller, f"POST /api/v1/agreements/{agreement}/points/{point}", raw)
    return answered(operations.act(agreement, point, raw, by=caller, at=at, key=key))


@router.post(
    "/agreements/{agreement}/points/{point}/evidence",
    url_name="point_show",
    response={201: None},
    openapi_extra=documented(201, "AgreementOut", body="ShowingIn", key="required"),
)
def show(request: HttpRequest, agreement: str, point: str) -> HttpResponse:
    """Hand in what a point asks for, as its owner; or say, as the other side, that it is kept (``confirms``)."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    key = Key.of(caller.party_id, f"POST /api/v1/agreements/{agreement}/points/{point}/evidence", sent, raw)
    return located(operations.show(agreement, point, raw, by=caller, at=at, key=key))


@router.post(
    "/agreements/{agreement}/ending",
    url_name="agreement_end",
    openapi_extra=documented(200, "AgreementOut", body="EndingIn", key="optional"),
)
def end(request: HttpRequest, agreement: str) -> HttpResponse:
    """End an agreement, or the talks, with a reason. What came under it keeps the version that it cites."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    key = key_of(request, caller, f"POST /api/v1/agreements/{agreement}/ending", raw)
    return answered(operations.end(agreement, raw, by=caller, at=at, key=key))


def located(answer: Answer) -> HttpResponse:
    """The answer with the address of the agreement that it speaks of."""
    made = answered(answer)
    made["Location"] = links(msgspec.json.decode(answer.body, type=Named).id)["self"]
    return made
