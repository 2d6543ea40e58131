"""Periods of days, cut into whole years, whole months and single days: each day once, in as few rows as can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from mufakat.server.governance.models import DAY, MONTH, YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE = timedelta(days=1)
EARLIEST, LATEST = date(1970, 1, 1), date(9000, 1, 1)  # Nothing came in before or after; beyond them days run out.


class Span(NamedTuple):
    """Rows of one grain, from `first` until before `end`; None is without an end on that side."""

    grain: str
    first: date | None
    end: date | None

    @property
    def condition(self) -> Q:
        """The rows of this span, of a table that holds them by their first day."""
        found = Q() if self.first is None else Q(day__gte=self.first)
        return found if self.end is None else found & Q(day__lt=self.end)


@dataclass(frozen=True, slots=True)
class Period:
    """The days on which notices came in, both included; None is without an end on that side."""

    first: date | None = None
    last: date | None = None

    def spans(self) -> list[Span]:
        """The spans that hold each day of it once."""
        first = None if self.first is None else _near(self.first)
        end = None if self.last is None else _near(self.last) + ONE
        if first is not None and end is not None and end <= first:
            return []
        return [one for one in _years(first, end) if one.first is None or one.first != one.end]

    def condition(self, *grains: str) -> Q:
        """The rows of those of its spans that are of these grains, where a table names the grain of each row."""
        found = Q(pk__in=[])
        for one in self.spans():
            if one.grain in grains:
                found |= one.condition & Q(grain=one.grain)
        return found


EVER = Period()


def grains_of(day: date) -> tuple[tuple[str, date], tuple[str, date], tuple[str, date]]:
    """The rows in which a day is counted: its own, that of its month and that of its year."""
    return (DAY, day), (MONTH, day.replace(day=1)), (YEAR, day.replace(month=1, day=1))


def _near(day: date) -> date:
    return min(max(day, EARLIEST), LATEST)


def _years(first: date | None, end: date | None) -> Iterator[Span]:
    begin = None if first is None else _up(first, YEAR)
    until = None if end is None else end.replace(month=1, day=1)
    if first is not None and end is not None and begin is not None and until is not None and begin >= until:
        yield from _months(first, end)
        return
    if first is not None and begin is not None:
        yield from _months(first, begin)
    yield Span(YEAR, begin, until)
    if until is not None and end is not None:
        yield from _months(until, end)


def _months(first: date, end: date) -> Iterator[Span]:
    begin, until = _up(first, MONTH), end.replace(day=1)
    if begin >= until:
        yield Span(DAY, first, end)
        return
    yield Span(DAY, first, begin)
    yield Span(MONTH, begin, until)
    yield Span(DAY, until, end)


def _up(day: date, grain: str) -> date:
    """The first month or year that begins on this day or later."""
    down = day.replace(day=1) if grain == MONTH else day.replace(month=1, day=1)
    if down == day:
        return day
    over = down + timedelta(days=32 if grain == MONTH else 366)
    return over.replace(day=1) if grain == MONTH else over.replace(month=1, day=1)
