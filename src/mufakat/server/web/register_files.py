"""What of the register can be taken away: daily files with their dictionary, and a feed."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mufakat.formats import columns, register_table
from mufakat.rules.errors import NotFoundError
from mufakat.server.journal.errors import BusyError
from mufakat.server.notices import streams
from mufakat.server.register import doors, exports
from mufakat.server.register.exports import Form
from mufakat.server.web import errors, paced, register_words
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from mufakat.server.web.seat import Visit

DAYS = 31  # Of one page.
COST = 10  # A file is as much as so many pages.


@require_safe
@paced.through(doors.READING)
def page(request: Visit) -> HttpResponse:
    """The days, newest first, and what stands in the columns; ``until`` goes on behind a former page."""
    today = request.at.date()  # In UTC, as the days of the files are.
    first = exports.first_day() or today
    last = day_of(request.GET["until"]) if request.GET.get("until") else today
    if not first <= last <= today:
        raise NotFoundError("day")
    days = [last - timedelta(days=number) for number in range(min(DAYS, (last - first).days + 1))]
    context: dict[str, Any] = {
        "days": days,
        "today": today,
        "last": last,
        "older": days[-1] - timedelta(days=1) if days[-1] > first else None,
        "parquet": find_spec("pyarrow") is not None,
        "columns": [
            {
                "column": column,
                "kinds": [coded(register_words.KINDS, kind) for kind in register_table.KINDS.get(column.name, ())],
            }
            for column in register_table.COLUMNS
        ],
    }
    return render(request, "web/register_exports.html", context)


@require_safe
@paced.through(doors.READING)
def dictionary(request: HttpRequest) -> HttpResponse:
    """The dictionary as a Table Schema."""
    del request
    return JsonResponse(columns.schema(register_table.COLUMNS), headers={"Access-Control-Allow-Origin": "*"})


@require_safe
@paced.through(doors.READING, cost=COST)
def file(request: Visit, day: str, form: str) -> HttpResponseBase:
    """The entries of a day as a file, made now."""
    wanted = day_of(day)
    if wanted > request.at.date() or form not in set(Form):
        raise NotFoundError("file")
    if form == Form.PARQUET and find_spec("pyarrow") is None:
        raise NotFoundError("file")
    headers = {
        "Content-Disposition": f'attachment; filename="register-{wanted.isoformat()}.{form}"',
        "Content-Type": exports.MEDIA_TYPES[Form(form)],
        "Cache-Control": "no-store",
    }
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    try:
        made = exports.made(wanted, Form(form), asked_by=doors.household(doors.address_of(request.META)))
    except BusyError as error:
        return errors.not_written(request, error)
    return streams.handed_over(request, made, {**headers, "Content-Length": str(made.size)})


def day_of(text: str) -> date:
    """A day as it stands in an address, or NotFoundError."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise NotFoundError("day") from None
    if text != found.isoformat() or found.year < 2000:
        raise NotFoundError("day")
    return found
