"""Read the counts: who asks and how well it holds, who is asked and how it answers, and where every notice is.

Counts are public: how often a party asked and what came of it, by kind and category and day, no notice among them. Of
parties that ask, those are shown that ask with authority, which takes a mandate; nobody is counted in public for what
they report as a user. Of parties that are asked, the same page says how they answer, for accountability goes both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum

from mufakat.rules import accuracy, conservation, timeliness
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import MANDATED, kinds_by_mandate
from mufakat.server.governance.models import DAY, MONTH, Answering, Tally
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from mufakat.rules.conservation import Report
    from mufakat.rules.notice import Category, NoticeKind
    from mufakat.rules.timeliness import Timeliness

PAGE = 50
OFFICIAL = sorted(kind.value for kind in MANDATED)
ASKING = [kind for kind in PartyKind if kinds_by_mandate(kind)]
"""The kinds of party that can hold a mandate."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days on which notices came in, both included; None is without an end on that side."""

    first: date | None = None
    last: date | None = None

    def rows(self) -> Q:
        """The rows of this period, each day once: whole months from their own rows, the days beside them one by one."""
        if self.first is not None and self.last is not None and self.last < self.first:
            return Q(pk=None)
        begin = None if self.first is None else _month_from(self.first)
        end = None if self.last is None else _month_after(self.last)  # The first day that no whole month reaches.
        if begin is not None and end is not None and begin >= end:
            return _days(self.first, self.last)
        found = Q(grain=MONTH)
        found &= Q() if begin is None else Q(day__gte=begin)
        found &= Q() if end is None else Q(day__lt=end)
        if self.first is not None and begin is not None and self.first < begin:
            found |= _days(self.first, begin - timedelta(days=1))
        if self.last is not None and end is not None and end <= self.last:
            found |= _days(end, self.last)
        return found


def _days(first: date | None, last: date | None) -> Q:
    return Q(grain=DAY, day__gte=first, day__lte=last)


def _month_from(day: date) -> date:
    """The first month that begins on this day or later."""
    return day if day.day == 1 else (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _month_after(last: date) -> date:
    """The first day after the whole months until `last`."""
    after = last + timedelta(days=1)
    return after.replace(day=1)


EVER = Period()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose counts: of a period, a party, a category, and of parties whose handles come after `after`."""

    period: Period = EVER
    party: str | None = None
    category: Category | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one party: what became of its notices, by category too, and how it answers those it receives."""

    party: str
    name: str
    kind: str
    asking: accuracy.Tally | None
    categories: Mapping[str, accuracy.Tally]
    answering: Timeliness | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of parties by their handles, and where the next begins."""

    items: Sequence[Figures]
    next: str | None


def listed(wanted: Wanted, *, size: int = PAGE) -> Page:
    """The parties that ask with authority or are asked, by handle, a page at a time; four queries however many."""
    # (1) Whose turn on this page it is.
    shown = [
        row
        for row in parties.parties()
        if (wanted.party is None or row.handle == wanted.party) and (wanted.after is None or row.handle > wanted.after)
    ]
    asks = {row.id for row in shown if PartyKind(row.kind) in ASKING}
    asked = set(answering_of(wanted, [row.id for row in shown])) if shown else set()
    page = [row for row in shown if row.id in asks or row.id in asked]
    more, page = len(page) > size, page[:size]
    # (2) Their counts.
    held = [row.id for row in page]
    tallies = tallies_of(wanted, [pk for pk in held if pk in asks])
    answers = answering_of(wanted, held)
    items = [
        Figures(
            row.handle,
            row.name,
            row.kind,
            accuracy.added(tallies.get(row.id, {}).values()) if row.id in asks else None,
            tallies.get(row.id, {}),
            answers.get(row.id),
        )
        for row in page
    ]
    return Page(items, page[-1].handle if more else None)


def tallies_of(wanted: Wanted, held: Collection[str]) -> dict[str, dict[str, accuracy.Tally]]:
    """By party and category, what became of what it asked with authority."""
    rows = Tally.objects.filter(wanted.period.rows(), party__in=held, kind__in=OFFICIAL)
    found: dict[str, dict[str, accuracy.Tally]] = {}
    for (party, category), counts in _summed(_of_category(rows, wanted), ("party_id", "category"), accuracy.COUNTED):
        found.setdefault(party, {})[category] = accuracy.Tally(**counts)
    return found


def answering_of(wanted: Wanted, held: Collection[str]) -> dict[str, Timeliness]:
    """By party, how it answers what it receives, whoever asked."""
    rows = Answering.objects.filter(wanted.period.rows(), party__in=held)
    summed = _summed(_of_category(rows, wanted), ("party_id",), timeliness.COUNTED)
    return {party: timeliness.Timeliness(**counts) for (party,), counts in summed}


def everybodys(period: Period = EVER) -> dict[str, accuracy.Tally]:
    """By party, what became of all that it asked with authority; every party that did, in one query."""
    rows = Tally.objects.filter(period.rows(), kind__in=OFFICIAL)
    return {party: accuracy.Tally(**counts) for (party,), counts in _summed(rows, ("party_id",), accuracy.COUNTED)}


def conserved(wanted: Wanted = Wanted()) -> Report:
    """Where every notice of the period is, whoever sent it (I-11)."""
    rows = _of_category(Tally.objects.filter(wanted.period.rows()), wanted)
    if wanted.party is not None:
        known = parties.directory().get(wanted.party)
        rows = rows.filter(Q(party=known[0]) | Q(platform=known[0])) if known else rows.none()
    summed = rows.aggregate(**{f"sum_{name}": Sum(name) for name in accuracy.COUNTED})
    return conservation.report([accuracy.Tally(**{name: summed[f"sum_{name}"] or 0 for name in accuracy.COUNTED})])


def of_mandate(
    party: str, kinds: Collection[NoticeKind], categories: Collection[Category], period: Period
) -> dict[str, accuracy.Tally]:
    """By platform, what became of what a party sent of these kinds about these categories."""
    rows = Tally.objects.filter(
        period.rows(),
        party=party,
        kind__in=[kind.value for kind in kinds],
        category__in=[category.value for category in categories],
    )
    return {key[0]: accuracy.Tally(**counts) for key, counts in _summed(rows, ("platform_id",), accuracy.COUNTED)}


def _of_category(rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
    return rows if wanted.category is None else rows.filter(category=wanted.category.value)


def _summed(
    rows: QuerySet[Any], key: Sequence[str], counted: Iterable[str]
) -> Iterable[tuple[tuple[str, ...], dict[str, int]]]:
    """The sums of the counts by key, in one query."""
    names = list(counted)
    sums = {f"sum_{name}": Sum(name) for name in names}
    for row in rows.order_by().values_list(*key).annotate(**sums).values_list(*key, *sums):
        yield tuple(row[: len(key)]), dict(zip(names, map(int, row[len(key) :]), strict=True))
