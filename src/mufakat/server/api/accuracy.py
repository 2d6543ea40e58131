"""Accuracy over HTTP: how well what a party asks holds, how whoever is asked answers, and where every notice is."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import Category
from mufakat.rules.parties import is_handle
from mufakat.server.api import auth, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.governance import queries
from mufakat.server.governance.faces import AccuracyOut
from mufakat.server.governance.periods import Period
from mufakat.server.governance.queries import Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

router = Router(tags=["parties"])


@router.get("", url_name="accuracy", openapi_extra=documented(200, "AccuracyOut", never=[403, 404]))
def shown(  # noqa: PLR0913, PLR0917 - what it is narrowed by, each by name.
    request: HttpRequest,
    party: str = "",
    category: str = "",
    from_: str = Query("", alias="from"),  # type: ignore[type-arg]  # A parameter's default, no type.
    to: str = "",
    after: str = "",
) -> HttpResponse:
    """How well what each party asks holds, and how whoever is asked answers, by handle; both for everybody to see.

    Days are those on which notices came in (UTC), both included. Pass ``next`` back as ``after``.
    """
    auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    wanted = read({"party": party, "category": category, "from": from_, "to": to, "after": after})
    return reply(AccuracyOut.of(queries.listed(wanted), queries.conserved(wanted), wanted))


def read(told: Mapping[str, str]) -> Wanted:
    """What is asked for; every parameter that cannot be read is named. An empty one equals none."""
    faults = Faults()
    for name in ("party", "after"):
        if told[name] and not is_handle(told[name]):
            faults.add(f"/{name}", FaultCode.BAD_FORM, "must be a party's handle")
    category = told["category"]
    if category and category not in set(Category):
        faults.add("/category", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(Category)}")
    first, last = (_day(told[name], name, faults) for name in ("from", "to"))
    if first is not None and last is not None and last < first:
        faults.add("/to", FaultCode.BAD_DATE, "must not be before 'from'")
    if faults.found:
        raise problems.BadRequestError(faults.found)
    return Wanted(
        Period(first, last), told["party"] or None, Category(category) if category else None, told["after"] or None
    )


def _day(text: str, name: str, faults: Faults) -> date | None:
    if not text:
        return None
    found = None
    with suppress(ValueError):
        found = date.fromisoformat(text) if len(text) == len("2017-07-14") else None
    if found is None:
        faults.add(f"/{name}", FaultCode.BAD_DATE, "must be a day such as 2017-07-14")
    return found
