"""A draft rehearsed over HTTP: how its clocks would have stood for what came in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.rules.errors import NotFoundError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.api import auth, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.governance import rehearsal
from mufakat.server.governance.rehearsal_faces import RehearsalOut

router = Router(tags=["agreements"])


@router.get("/agreements/{agreement}/rehearsal", url_name="rehearsal", openapi_extra=documented(200, "RehearsalOut"))
def shown(request: HttpRequest, agreement: str, notices: str = "", profile: str = "") -> HttpResponse:
    """How the newest notices between you and the others would have met the clocks of what is on the table.

    As things went: nobody knows how people would have acted by other clocks. Outcomes are no part of it.
    """
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    caller = auth.caller_of(request, at=at)
    limit = read_limit(notices)
    try:
        found = rehearsal.of_agreement(caller, agreement, at=at, limit=limit, profile=profile or None)
    except NotFoundError as error:
        if error.what != "profile":
            raise
        raise problems.BadRequestError([Fault("/profile", FaultCode.NOT_IN_LIST, "there is no such profile")]) from None
    return reply(RehearsalOut.of(found))


def read_limit(text: str) -> int:
    """How many notices are asked for; an empty parameter equals none."""
    if not text:
        return rehearsal.USUAL
    if text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= rehearsal.MOST:
        return int(text)
    detail = f"must be a whole number from 1 to {rehearsal.MOST}"
    raise problems.BadRequestError([Fault("/notices", FaultCode.BAD_NUMBER, detail)])
