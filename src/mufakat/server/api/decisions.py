"""Decisions over HTTP: decided by the platform, read by both sides; measures and statements that follow from them."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from msgspec import Struct
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.measure import MeasureState
from mufakat.rules.permissions import Deed
from mufakat.server.api import auth, bodies, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, deed_of
from mufakat.server.decisions import operations, queries
from mufakat.server.decisions.faces import AppealOut, DecisionOut, MeasureList, MeasureOut, appeal_of, place
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key

router = Router(tags=["decisions"])


class Named(Struct):
    """The id in an answer."""

    id: str


@router.post(
    "/notices/{notice}/decision",
    url_name="decide",
    response={201: None},
    openapi_extra=documented(201, "DecisionOut", body="DecisionIn", key="required"),
)
def decide(request: HttpRequest, notice: str) -> HttpResponse:
    """Decide on a notice that your party received, with complete reasons; or ask its sender for what is missing.

    The answer holds the signed receipt. Refusing takes exactly what acting takes. With it comes the code by which those
    affected appeal, as in ``GET /decisions/{id}``; it is no part of what is stored for the key.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    key = Key.of(caller.party_id, f"POST /api/v1/notices/{notice}/decision", sent, raw)
    answer = answered(operations.decide(notice, raw, by=caller, key=key))
    made = msgspec.json.decode(answer.content, type=Named).id
    answer["Location"] = place(made)
    # Asked for the same deed: a token that was issued for deciding alone must not fail after it has decided.
    found = queries.get_for(caller, made, deed=Deed.DECIDE)
    answer.content = with_code(answer.content, appeal_of(found, caller))
    return answer


def with_code(content: bytes, code: AppealOut | None) -> bytes:
    """The stored answer with the code beside it, which is made anew each time and stored nowhere."""
    if code is None:
        return content
    return msgspec.json.encode({**msgspec.json.decode(content), "appeal": code})


@router.get("/decisions/{decision}", url_name="decision", openapi_extra=documented(200, "DecisionOut", never=[422]))
def shown(request: HttpRequest, decision: str) -> HttpResponse:
    """One decision, for both sides of its notice; with the appeal code for those of the platform who hand it out."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    whole = queries.whole(queries.get_for(caller, decision))
    return reply(DecisionOut.of(whole, viewer=caller, shows_code=True))


@router.post(
    "/decisions/{decision}/seen",
    url_name="decision_see",
    openapi_extra=documented(200, "DecisionOut", body="EmptyIn", key="optional"),
)
def see(request: HttpRequest, decision: str) -> HttpResponse:
    """Say that a person of your party, which asked, has seen the decision; doing it again changes nothing."""
    caller, _, key = deed_of(request, bodies.EmptyIn)
    return answered(operations.inform(decision, by=caller, key=key))


@router.get("/measures", url_name="measures", openapi_extra=documented(200, "MeasureList", never=[404]))
def listed(request: HttpRequest, state: str = "", after: str = "") -> HttpResponse:
    """Your party's measures, oldest first; without a state those that wait for somebody of it.

    Pass ``next`` back as ``after``.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    faults = []
    if state and state not in set(MeasureState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(MeasureState)}"))
    if after and not ids.is_id(after, "mea"):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.tasks_for(caller, state=MeasureState(state) if state else None, after=after or None)
    items = [MeasureOut.of(one, notice=one.decision.notice_id) for one in page.items]
    return reply(MeasureList(items, page.next))


@router.post(
    "/measures/{measure}/approval",
    url_name="measure_approve",
    openapi_extra=documented(200, "MeasureOut", body="NoteIn", key="optional"),
)
def approve(request: HttpRequest, measure: str) -> HttpResponse:
    """Agree, as a second person, to a measure that cannot be undone; from then on it is to be carried out."""
    caller, told, key = deed_of(request, bodies.NoteIn)
    return answered(operations.approve_measure(measure, by=caller, note=told.note or "", key=key))


@router.post(
    "/measures/{measure}/declining",
    url_name="measure_decline",
    openapi_extra=documented(200, "MeasureOut", body="ReasonIn", key="optional"),
)
def decline(request: HttpRequest, measure: str) -> HttpResponse:
    """Disagree, as a second person: the measure is never put in hand."""
    caller, told, key = deed_of(request, bodies.ReasonIn)
    return answered(operations.decline_measure(measure, by=caller, reason=told.reason, key=key))


@router.post(
    "/measures/{measure}/confirmation",
    url_name="measure_confirm",
    openapi_extra=documented(200, "MeasureOut", body="ConfirmationIn", key="optional"),
)
def confirm(request: HttpRequest, measure: str) -> HttpResponse:
    """Say that it is carried out, or, where it was to be undone, that its inverse is; again changes nothing.

    Say by ``undone`` which of the two you mean: a measure may end, or be reversed, at the very moment (409).
    """
    caller, told, key = deed_of(request, bodies.ConfirmationIn)
    return answered(operations.confirm_measure(measure, by=caller, note=told.note or "", undone=told.undone, key=key))


@router.post(
    "/measures/{measure}/failure",
    url_name="measure_fail",
    openapi_extra=documented(200, "MeasureOut", body="ReasonIn", key="optional"),
)
def fail(request: HttpRequest, measure: str) -> HttpResponse:
    """Say that it could not be carried out, or not undone, and why."""
    caller, told, key = deed_of(request, bodies.ReasonIn)
    return answered(operations.fail_measure(measure, by=caller, reason=told.reason, key=key))


@router.post(
    "/statements/{statement}/delivery",
    url_name="statement_give",
    openapi_extra=documented(200, "StatementOut", body="HowIn", key="optional"),
)
def give(request: HttpRequest, statement: str) -> HttpResponse:
    """Say that the statement of reasons reached whoever is affected, and how; the first time counts."""
    caller, told, key = deed_of(request, bodies.HowIn)
    return answered(operations.give_reasons(statement, told.how, by=caller, key=key))
