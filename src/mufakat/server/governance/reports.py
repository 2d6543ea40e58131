"""The report of a year, one for each side: made from the counts, published as an event, read by everybody.

What is published is the opening of its event and lies nowhere else (I-12). A later one has the next number and leaves
the former as it was: appeals may change what became of a year's notices for years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mufakat.rules import accuracy, objective, year_report as rules
from mufakat.rules.entry import instant
from mufakat.rules.errors import NotFoundError, NotNowError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.objective import FIGURES, Figure
from mufakat.rules.parties import is_handle
from mufakat.rules.permissions import Deed
from mufakat.rules.publicity import is_office
from mufakat.rules.year_report import AimOfYear, FigureOfYear, ReviewOfYear, YearReport
from mufakat.server.governance import figures, governing, queries
from mufakat.server.governance.governing_faces import encode, leaf_of
from mufakat.server.governance.models import HeldReview, Objective, Report
from mufakat.server.governance.objectives import append
from mufakat.server.governance.periods import Period
from mufakat.server.journal import door, queries as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.governance.figures import Trend
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

EARLIEST, LATEST = 2000, 2999
DIGITS = 4
SHOWN = 200  # Reports in the list of what was published, and reviews in one report.
TWELVE = 12


class NoOfficeError(NotPermittedError):
    """A member of the public has no governance that everybody reads."""

    def __str__(self) -> str:
        return "Reports are published by those who ask with authority, decide, carry out or watch."


class PublishedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it was published, with the leaf of its event: who has kept that knows whether it changed."""

    id: str
    published_at: str
    report: YearReport
    event: str
    leaf: str
    links: dict[str, str]


class PublishedLine(msgspec.Struct, frozen=True):
    """One line of the list: whose report of which year, its newest number, and when that was published."""

    party: str
    year: int
    number: int
    published_at: str
    links: dict[str, str]


class PublishedList(msgspec.Struct, frozen=True):
    """The reports that parties published, the newest year first."""

    items: list[PublishedLine]
    next: str | None = None

    @classmethod
    def of(cls, found: Sequence[Published]) -> PublishedList:
        return cls(
            [
                PublishedLine(one.party, one.year, one.number, instant(one.made_at), links_of(one.party, one.year))
                for one in found
            ]
        )


class Published(NamedTuple):
    """One line of the list: whose report of which year, its newest number, and when it was published."""

    party: str
    year: int
    number: int
    made_at: datetime


def of_year(by: Caller, year: int, *, at: datetime, number: int = 0) -> YearReport:
    """What the year comes to, counted now. Raises NotFoundError for a year that has not begun."""
    governing.require_reader(by)
    if not EARLIEST <= year <= min(LATEST, at.year):
        raise NotFoundError("year")
    return made(by, year, at=at, number=number)


def made(by: Caller, year: int, *, at: datetime, number: int) -> YearReport:
    """The report, in a constant number of queries; UnbalancedError where a notice is nowhere (I-11)."""
    if not is_office(by.kind):
        raise NoOfficeError(Deed.GOVERN, by.role)
    first, last = date(year, 1, 1), date(year, TWELVE, 31)
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    sent, received = queries.sent_and_received(by.party_id, Period(first, last))
    trends = figures.trends(by.party_id, last=last, count=TWELVE, window=TWELVE)
    aims = Objective.objects.filter(party=by.party_id, set_at__lt=end).exclude(ended_at__lt=begin).order_by("id")
    held = list(HeldReview.objects.filter(party=by.party_id, held_at__gte=begin, held_at__lt=end).order_by("held_at"))
    decided = governing.counts_of([row.id for row in held])
    return rules.sound(
        YearReport(
            party=by.handle,
            kind=by.kind,
            year=year,
            number=number,
            made_at=instant(at),
            sent=sent,
            received=received,
            figures=tuple(_figure(one) for one in trends.values() if objective.is_open_to(one.figure, by.kind)),
            objectives=tuple(_aim(row, trends) for row in aims),
            reviews=tuple(
                ReviewOfYear(
                    review=row.id,
                    held_at=instant(row.held_at),
                    looked_at=len(row.objectives),
                    decided=decided.get(row.id, (0, 0))[0],
                    done=decided.get(row.id, (0, 0))[1],
                )
                for row in held[:SHOWN]
            ),
        )
    )


def _figure(trend: Trend) -> FigureOfYear:
    told, share = FIGURES[trend.figure], trend.now
    return FigureOfYear(
        figure=trend.figure,
        area=told.area,
        source=told.source,
        part=share.part,
        whole=share.whole,
        lower=round(share.lower, DIGITS),
        upper=round(share.upper, DIGITS),
        months=tuple(rules.Month(one.first, one.part, one.whole) for one in trend.months),
    )


def _aim(row: Objective, trends: dict[Figure, Trend]) -> AimOfYear:
    terms = governing.TERMS.decode(row.terms)
    share = trends[terms.figure].now
    return AimOfYear(
        objective=row.id,
        title=terms.title,
        figure=terms.figure,
        area=FIGURES[terms.figure].area,
        at_least=terms.at_least,
        owner=terms.owner,
        state=objective.judged(terms.figure, accuracy.share(share.part, share.whole), at_least=terms.at_least),
        ended=row.ended_at is not None,
    )


@dataclass(slots=True)
class Publishing:
    """A report on its way to the writer."""

    year: int
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        # (1) Counted here, so that what is published is what stands at this moment, and its number follows the last.
        former = _newest(self.by.party_id, self.year)
        number = former.number + 1 if former else 1
        report = made(self.by, self.year, at=moment.at, number=number)
        # (2) The event, whose opening is the report.
        pk = moment.id("rpt")
        refs = (former.event,) if former else ()
        told = {"report": rules.to_json(report)}
        event = append(EventType.REPORT_PUBLISHED, self.by, told, moment, ref=refs)
        row = Report.objects.create(
            id=pk,
            party_id=self.by.party_id,
            year=self.year,
            number=number,
            person_id=self.by.person_id,
            made_at=moment.at,
            event=event.id,
        )
        return Answer(201, encode(_published(row)), pk)


def publish(year: int, *, by: Caller, at: datetime, key: Key | None = None) -> Answer:
    """Publish the report of a year that is over, for everybody. Raises NotFoundError, NotNowError, NoOfficeError."""
    by.require(Deed.GOVERN)
    of_year(by, year, at=at)
    if not rules.is_over(year, today=at.date()):
        raise NotNowError("The year is not over: look at its report, and publish it once nothing more comes in.")
    answer: Answer = door.writer().commit(Publishing(year, by, key))
    return answer


def _newest(party: str, year: int) -> Report | None:
    return Report.objects.filter(party=party, year=year).order_by("-number").first()


def published(handle: str, year: int, *, number: int | None = None) -> PublishedOut:
    """The report that a party published of a year, the newest or one by its number; for everybody."""
    known = parties.directory().get(handle) if is_handle(handle) else None
    rows = Report.objects.filter(party=known[0], year=year) if known and EARLIEST <= year <= LATEST else None
    found = None
    if rows is not None:
        found = (rows if number is None else rows.filter(number=number)).order_by("-number").first()
    if found is None:
        raise NotFoundError("report")
    return _published(found)


def _published(row: Report) -> PublishedOut:
    event = journal.by_id([row.event])[row.event]
    raw = governing.opened(event, "report")
    if raw is None:
        raise NotFoundError("report")
    report = rules.from_json(raw)
    return PublishedOut(
        id=row.id,
        published_at=instant(row.made_at),
        report=report,
        event=row.event,
        leaf=leaf_of(event),
        links=links_of(report.party, report.year),
    )


def links_of(party: str, year: int) -> dict[str, str]:
    """Where everybody reads a report."""
    where = f"/register/reports/{party}/{year}"
    return {"self": f"/api/v1{where}", "page": where}


def listed() -> list[Published]:
    """What was published, the newest year first: the newest number of each party and year."""
    handles = parties.handles()
    rows = Report.objects.order_by("-year", "party_id", "-number").values_list("party_id", "year", "number", "made_at")
    found: dict[tuple[str, int], Published] = {}
    for party, year, number, at in rows[: SHOWN * 5]:
        found.setdefault((party, year), Published(handles.get(party, ""), year, number, at))
    return list(found.values())[:SHOWN]
