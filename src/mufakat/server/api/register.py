"""The register over HTTP: everybody may read it, without a token, as often as the door opens for one address."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from ninja import Router
from ninja.params.functions import Query

from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.api import grading, problems, shapes
from mufakat.server.api.answers import reply
from mufakat.server.api.components import examples
from mufakat.server.api.documents import documented
from mufakat.server.register import doors, queries
from mufakat.server.register.faces import EntryList, EntryOut, event_of
from mufakat.server.register.queries import Filters

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from mufakat.rules.entry import Entry

router = Router(tags=["register"])

TOO_OFTEN = {429: "Your address asked too often"}
OPEN: dict[str, Any] = {"security": []}  # No token is needed.
FROM: Any = Query("", alias="from")
TO: Any = Query("", alias="to")


@router.get(
    "",
    url_name="register",
    openapi_extra={**documented(200, "EntryList", never=[401, 403, 404], also=TOO_OFTEN), **OPEN},
)
def search(  # noqa: PLR0913, PLR0917 - what narrows a search; ninja passes each by name.
    request: HttpRequest,
    q: str = "",
    kind: str = "",
    party: str = "",
    category: str = "",
    outcome: str = "",
    since: str = FROM,
    until: str = TO,
    after: str = "",
) -> HttpResponse:
    """The public register, newest first: what was asked, decided, contested, and who may ask. No token is needed.

    Every word of ``q`` stands in what is found. What is hidden is named in ``hidden`` with the reason, and is found by
    nothing. Pass ``next`` back as ``after``.
    """
    enter(request)
    filters = Filters(
        kind=kind or None,
        party=party or None,
        category=category or None,
        outcome=outcome or None,
        since=begin_of(since, "/from"),
        until=begin_of(until, "/to", days=1),
    )
    try:
        page = queries.search(q, filters, after=after or None)
    except queries.BadAfterError as error:
        raise problems.BadRequestError([Fault("/after", FaultCode.BAD_FORM, str(error))]) from None
    return public(reply(EntryList.of(page)))


@router.get(
    "/{entry}",
    url_name="register_entry",
    openapi_extra={**documented(200, "EntryOut", never=[401, 403, 422], also=TOO_OFTEN), **OPEN},
)
def shown(request: HttpRequest, entry: str) -> HttpResponse:
    """One entry of the register, by the id of the thing itself."""
    enter(request)
    return public(reply(EntryOut.of(found(entry))))


RECEIPT: dict[str, Any] = {**documented(200, "EntryOut", never=[401, 403, 422], also=TOO_OFTEN), **OPEN}
RECEIPT["responses"][200]["content"] = {
    "text/plain": {"schema": shapes.GRADED, "example": examples()["NoticeOut"]["receipt"]}
}


@router.get("/{entry}/receipt", url_name="register_receipt", openapi_extra=RECEIPT)
def receipt(request: HttpRequest, entry: str, event: str = "", grade: str = "") -> HttpResponse:
    """The receipt of the event that began an entry, or of another of its ``steps``, for ``mufakat verify``."""
    enter(request)
    return public(grading.answered(event_of(found(entry), event or None), event or entry, grade))


def enter(request: HttpRequest) -> None:
    """Count whoever asks. Raises TooOftenError."""
    doors.READING.enter(doors.address_of(request.META), at=request.at)  # type: ignore[attr-defined]  # Ours.


def public(response: HttpResponse) -> HttpResponse:
    """A page of anybody's may read it too: there is nothing in it that the reader's own sign-in would add."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def found(entry: str) -> Entry:
    """The entry. Raises NotFoundError."""
    return queries.get(entry)


def begin_of(text: str, pointer: str, *, days: int = 0) -> datetime | None:
    """When a day (UTC) begins, or so many days later; None for no text."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or day == date.max:
        raise problems.BadRequestError([Fault(pointer, FaultCode.BAD_DATE, "A day is written like 2017-07-10.")])
    return datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=days)
