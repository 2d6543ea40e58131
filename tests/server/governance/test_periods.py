"""A period is cut into years, months and days: each of its days is counted once, and no other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.server.governance.models import DAY, MONTH, YEAR
from mufakat.server.governance.periods import EVER, Period, Span, grains_of

START, END = date(2015, 6, 1), date(2019, 6, 1)
days = st.dates(START, END)


def counted(span: Span, day: date) -> int:
    """How often a span counts a day: its row of the span's grain lies in it or not."""
    first = dict(grains_of(day))[span.grain]
    return (span.first is None or span.first <= first) and (span.end is None or first < span.end)


@given(st.none() | days, st.none() | days, days)
def test_each_day_is_counted_once_and_no_other(first: date | None, last: date | None, day: date) -> None:
    inside = (first is None or first <= day) and (last is None or day <= last)
    assert sum(counted(span, day) for span in Period(first, last).spans()) == inside


@given(days, st.integers(0, 2_000))
def test_a_long_period_is_few_rows(first: date, length: int) -> None:
    spans = Period(first, first + timedelta(days=length)).spans()
    assert len(spans) <= 5
    single = sum((span.end - span.first).days for span in spans if span.grain == DAY and span.end and span.first)
    assert single <= 60


def test_without_ends_it_is_years_alone() -> None:
    assert [span.grain for span in EVER.spans()] == [YEAR]


def test_a_month_is_a_month() -> None:
    assert Period(date(2017, 7, 1), date(2017, 7, 31)).spans() == [Span(MONTH, date(2017, 7, 1), date(2017, 8, 1))]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_first_and_the_last_day_there_is_end_nothing_in_an_error(day: date) -> None:
    for period in (Period(day, None), Period(None, day), Period(day, day), Period(date.min, day)):
        for span in period.spans():
            assert (span.first or date.min) <= (span.end or date.max)
    inside = date(2017, 7, 14)
    assert sum(counted(span, inside) for span in Period(date.min, date.max).spans()) == 1
