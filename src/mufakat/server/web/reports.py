"""The report of a year: our own as it is counted now, and what was published, for everybody; a sheet in two languages.

The page is in the reader's language. On paper the same stands a second time in the other one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext as _, override
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules import year_report as rules
from mufakat.rules.errors import NotFoundError, NotNowError
from mufakat.rules.objective import Source
from mufakat.rules.permissions import Deed
from mufakat.server.governance import operations, reports
from mufakat.server.journal.answers import Key
from mufakat.server.register import doors
from mufakat.server.web import decision_words, governing_charts, governing_words, once, paced, seat, words
from mufakat.server.web.accuracy import Percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    from mufakat.rules.conservation import Report
    from mufakat.rules.year_report import AimOfYear, FigureOfYear, YearReport
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.governing_charts import Chart
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

ROUTE = "PAGE /desk/governance/report"
LANGUAGES = ("id", "en")


@dataclass(frozen=True, slots=True)
class Side:
    """Where every notice is that was sent, or received."""

    sent: bool
    report: Report
    outcomes: Sequence[tuple[Coded, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of the year."""

    figure: Coded
    area: Coded
    source: Coded
    share: Percent | None
    chart: Chart


@dataclass(frozen=True, slots=True)
class Aimed:
    """An objective of the year."""

    told: AimOfYear
    figure: Coded
    state: Coded
    title: str


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def own(request: Visit, caller: Caller, year: int) -> HttpResponse:
    """Our report of a year as it is counted now; a POST publishes it."""
    if request.method == "POST":
        return publish(request, caller, year)
    report = reports.of_year(caller, year, at=request.at)
    context = {
        "report": report,
        "sheets": sheets(report),
        "over": rules.is_over(year, today=request.at.date()),
        "governs": seat.may(caller, Deed.GOVERN),
        "key": once.new_key(),
        "published": [one for one in reports.listed() if (one.party, one.year) == (caller.handle, year)],
        "at": request.at,
    }
    return render(request, "web/report_own.html", context)


def publish(request: Visit, caller: Caller, year: int) -> HttpResponse:
    """Publish it, once however often the button is clicked."""
    caller.require(Deed.GOVERN)
    named = Key.of(caller.party_id, f"{ROUTE}/{year}", once.key_of(request), str(year).encode())
    try:
        once.done(lambda: operations.publish(year, by=caller, at=request.at, key=named))
    except NotNowError as error:
        messages.error(request, str(error))
        return redirect("governance-report", year)
    messages.success(request, _("Published. Everybody reads it now."))
    return redirect("register-report", caller.handle, year)


@require_safe
@paced.through(doors.READING)
def listed(request: HttpRequest) -> HttpResponse:
    """What parties published, the newest year first."""
    return render(request, "web/reports.html", {"reports": reports.listed()})


@require_safe
@paced.through(doors.READING)
def shown(request: HttpRequest, party: str, year: int) -> HttpResponse:
    """A report that a party published, the newest or one by its number."""
    told = request.GET.get("number", "")
    if told and not (told.isascii() and told.isdigit() and len(told) < 5):
        raise NotFoundError("report")
    found = reports.published(party, year, number=int(told) if told else None)
    context = {
        "found": found,
        "report": found.report,
        "sheets": sheets(found.report),
        "former": range(1, found.report.number),
        "at": request.at,  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    }
    return render(request, "web/report.html", context)


def sheets(report: YearReport) -> list[tuple[str, SafeString]]:
    """The report in the reader's language, then in the other, each with its code."""
    first = "id" if (get_language() or "").startswith("id") else "en"
    found = []
    for code in sorted(LANGUAGES, key=lambda one: one != first):
        with override(code):
            found.append((code, render_to_string("web/report_sheet.html", sheet(report, code))))
    return found


def sheet(report: YearReport, code: str) -> dict[str, Any]:
    """What one sheet is made of."""
    return {
        "code": code,
        "report": report,
        "kind": words.coded(words.PARTY_KINDS, report.kind.value),
        "sides": [side(report.sent, sent=True), side(report.received, sent=False)],
        "figures": [line(one) for one in report.figures],
        "aims": [aimed(one, code) for one in report.objectives],
        "reviews": report.reviews,
    }


def side(report: Report, *, sent: bool) -> Side:
    """One side, with every outcome in one list: acting and refusing stand alike."""
    outcomes = [(words.coded(decision_words.DECIDED, code), many) for code, many in report.outcomes.items()]
    return Side(sent, report, outcomes)


def line(one: FigureOfYear) -> Line:
    """One figure."""
    value = round(100 * one.part / one.whole) if one.whole else 0
    low, high = (round(100 * bound) for bound in (one.lower, one.upper))
    share = Percent(one.part, one.whole, value, low, high, few=False)
    return Line(
        words.coded(governing_words.FIGURES, one.figure.value),
        words.coded(governing_words.AREAS, one.area.value),
        words.coded(governing_words.SOURCES, one.source.value),
        None if one.source is Source.NOT_YET else share,
        governing_charts.of([(month.month, month.part, month.whole) for month in one.months]),
    )


def aimed(one: AimOfYear, code: str) -> Aimed:
    """One objective, by its title in the language of the sheet."""
    return Aimed(
        one,
        words.coded(governing_words.FIGURES, one.figure.value),
        words.coded(governing_words.REACHED, one.state.value),
        one.title.id if code == "id" else one.title.en,
    )
