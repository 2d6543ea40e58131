"""The governance of filtering over HTTP: objectives, reviews, what they decide, and the report of a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.rules import objective_reading as reading
from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.api import auth, problems, register
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.governance import governing, operations, reports
from mufakat.server.governance.governing_faces import (
    FollowupList,
    ObjectiveList,
    ObjectiveOut,
    ReviewList,
    ReviewOut,
)
from mufakat.server.governance.reports import PublishedList
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller

router = Router(tags=["governance"])
public = Router(tags=["register"])

API = "/api/v1/governance"
OPEN: dict[str, Any] = {"security": []}  # No token is needed.
WAITING = "waiting"


class Linked(msgspec.Struct):
    """Where what was made is."""

    links: dict[str, str]


@router.get("/objectives", url_name="objectives", openapi_extra=documented(200, "ObjectiveList", never=[404, 422]))
def objectives(request: HttpRequest) -> HttpResponse:
    """What your party aims at, by area: the figure, what it is to reach, and what it reached month by month."""
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    caller = auth.caller_of(request, at=at)
    return reply(ObjectiveList([ObjectiveOut.of(one) for one in governing.aims_of(caller, at=at)]))


@router.post(
    "/objectives",
    url_name="objective_set",
    response={201: None},
    openapi_extra=documented(201, "ObjectiveOut", body="ObjectiveIn", key="required", never=[404]),
)
def objective_set(request: HttpRequest) -> HttpResponse:
    """Set an objective. It is never changed: whoever wants another ends it and sets one."""
    caller, raw, key = creating(request, f"{API}/objectives")
    return made(operations.set_up(raw, by=caller, at=request.at, key=key))  # type: ignore[attr-defined]


@router.get("/objectives/{objective}", url_name="objective", openapi_extra=documented(200, "ObjectiveOut", never=[422]))
def objective(request: HttpRequest, objective: str) -> HttpResponse:
    """One objective of your party, one that ended too."""
    at = request.at  # type: ignore[attr-defined]
    found = governing.objective_for(auth.caller_of(request, at=at), objective)
    return reply(ObjectiveOut.of(governing.aim_of(found, at=at)))


@router.post(
    "/objectives/{objective}/ending",
    url_name="objective_end",
    openapi_extra=documented(200, "ObjectiveOut", body="ObjectiveEndIn", key="optional"),
)
def objective_end(request: HttpRequest, objective: str) -> HttpResponse:
    """End an objective of your party, and say why."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    key = key_of(request, caller, f"POST {API}/objectives/{objective}/ending", raw)
    return answered(operations.end(objective, raw, by=caller, key=key))


@router.get("/reviews", url_name="reviews", openapi_extra=documented(200, "ReviewList", never=[404]))
def reviews(request: HttpRequest, after: str = "") -> HttpResponse:
    """The reviews that your party held, newest first; pass ``next`` back as ``after``."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(ReviewList.of(governing.reviews_for(caller, after=place(after, "rev"))))


@router.post(
    "/reviews",
    url_name="review_hold",
    response={201: None},
    openapi_extra=documented(201, "ReviewOut", body="ReviewIn", key="required", never=[404]),
)
def review_hold(request: HttpRequest) -> HttpResponse:
    """Hold a review: minutes, what only people know, and what is to be done. The figures of the moment go with it."""
    caller, raw, key = creating(request, f"{API}/reviews")
    return made(operations.hold(raw, by=caller, at=request.at, key=key))  # type: ignore[attr-defined]


@router.get("/reviews/{review}", url_name="review", openapi_extra=documented(200, "ReviewOut", never=[422]))
def review(request: HttpRequest, review: str) -> HttpResponse:
    """One review of your party."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(ReviewOut.of(governing.held_of([governing.review_for(caller, review)])[0]))


@router.get("/followups", url_name="followups", openapi_extra=documented(200, "FollowupList", never=[404]))
def followups(request: HttpRequest, state: str = "", after: str = "") -> HttpResponse:
    """What your party's reviews decided, newest first, or what waits by its day; pass ``next`` back as ``after``."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    if state not in {"", WAITING}:
        raise problems.BadRequestError([Fault("/state", FaultCode.NOT_IN_LIST, f"must be {WAITING}, or empty for all")])
    found = governing.followups_for(caller, waiting=state == WAITING, after=place(after, "fup"))
    return reply(FollowupList.of(found))


@router.post(
    "/followups/{followup}/done",
    url_name="followup_done",
    openapi_extra=documented(200, "FollowupOut", body="DoneIn", key="optional"),
)
def followup_done(request: HttpRequest, followup: str) -> HttpResponse:
    """Say what was done about what a review decided."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    key = key_of(request, caller, f"POST {API}/followups/{followup}/done", raw)
    return answered(operations.done(followup, raw, by=caller, key=key))


@router.get("/reports/{year}", url_name="year_report", openapi_extra=documented(200, "YearReport"))
def year_report(request: HttpRequest, year: int) -> HttpResponse:
    """What a year of your party comes to as it is counted now; nobody else reads it before it is published."""
    at = request.at  # type: ignore[attr-defined]
    return reply(reports.of_year(auth.caller_of(request, at=at), year, at=at))


@router.post(
    "/reports",
    url_name="report_publish",
    response={201: None},
    openapi_extra=documented(201, "PublishedOut", body="YearIn", key="required"),
)
def report_publish(request: HttpRequest) -> HttpResponse:
    """Publish the report of a year that is over, for everybody; a later one has the next number."""
    caller, raw, key = creating(request, f"{API}/reports")
    year = reading.read_year(raw)
    return made(operations.publish(year, by=caller, at=request.at, key=key))  # type: ignore[attr-defined]


@public.get(
    "",
    url_name="register_reports",
    openapi_extra={**documented(200, "PublishedList", never=[401, 403, 404, 422], also=register.TOO_OFTEN), **OPEN},
)
def published_list(request: HttpRequest) -> HttpResponse:
    """The reports that parties published, the newest year first. No token is needed."""
    register.enter(request)
    return register.public(reply(PublishedList.of(reports.listed())))


@public.get(
    "/{party}/{year}",
    url_name="register_report",
    openapi_extra={**documented(200, "PublishedOut", never=[401, 403], also=register.TOO_OFTEN), **OPEN},
)
def published(request: HttpRequest, party: str, year: int, number: int | None = None) -> HttpResponse:
    """The report that a party published of a year: the newest, or one by its number. No token is needed."""
    register.enter(request)
    return register.public(reply(reports.published(party, year, number=number)))


def creating(request: HttpRequest, path: str) -> tuple[Caller, bytes, Key]:
    """Who creates something at this address, with what, and the key that this needs."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    return caller, raw, Key.of(caller.party_id, f"POST {path}", sent, raw)


def made(answer: Answer) -> HttpResponse:
    """The answer with the address of what it made."""
    found = answered(answer)
    found["Location"] = msgspec.json.decode(answer.body, type=Linked).links["self"]
    return found


def place(after: str, prefix: str) -> str | None:
    """Where a page begins. Raises BadRequestError for what no page gave."""
    if after and not ids.is_id(after, prefix):
        raise problems.BadRequestError([Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page")])
    return after or None
