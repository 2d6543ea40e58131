from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import Any

import pytest

from mufakat.rules import calendars, clock, profile
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile import Calendar, Duration, Weekday

WEEK = tuple(Weekday)[:5]
HOURS = ("08:00-12:00", "13:00-16:00")
CALENDARS = (
    Calendar("wib", "Asia/Jakarta", WEEK, HOURS, "ID"),
    Calendar("wita", "Asia/Makassar", WEEK, HOURS, "ID"),
    Calendar("wit", "Asia/Jayapura", WEEK, HOURS, "ID"),
    Calendar("brussels", "Europe/Brussels", WEEK, ("09:00-17:00",), "BE"),
    Calendar("night", "Europe/Brussels", tuple(Weekday), ("00:00-06:00", "22:00-24:00")),
    Calendar("gap", "Europe/Brussels", tuple(Weekday), ("02:00-03:00",)),
    # 20 March 2026 is no holiday of the package and was made one; 17 August 2026 is one and is worked.
    Calendar("set", "Asia/Jakarta", WEEK, HOURS, "ID", closed=("2026-03-20",), open=("2026-08-17",)),
)


def due(work: str, calendar: str, at: str) -> datetime:
    return clock.due_at(Duration(working=work, calendar=calendar), at=datetime.fromisoformat(at), calendars=CALENDARS)


@pytest.mark.parametrize(
    ("work", "calendar", "at", "expected"),
    [
        ("PT2H", "wib", "2026-08-12T09:00:00+07:00", "2026-08-12T11:00:00+07:00"),
        pytest.param("PT4H", "wib", "2026-08-12T08:00:00+07:00", "2026-08-12T12:00:00+07:00", id="to the end of hours"),
        pytest.param("PT4H", "wib", "2026-08-12T09:00:00+07:00", "2026-08-12T14:00:00+07:00", id="over noon"),
        pytest.param("PT8H", "wib", "2026-08-12T09:00:00+07:00", "2026-08-13T10:00:00+07:00", id="over the night"),
        pytest.param("PT1H", "wib", "2026-08-12T12:30:00+07:00", "2026-08-12T14:00:00+07:00", id="begun at noon"),
        pytest.param("PT1H", "wib", "2026-08-12T20:00:00+07:00", "2026-08-13T09:00:00+07:00", id="begun at night"),
        pytest.param("PT8H", "wib", "2026-08-14T15:00:00+07:00", "2026-08-18T16:00:00+07:00", id="weekend, 17 August"),
        pytest.param("PT8H", "set", "2026-08-14T15:00:00+07:00", "2026-08-17T16:00:00+07:00", id="17 August is worked"),
        pytest.param(
            "PT8H", "set", "2026-03-19T10:00:00+07:00", "2026-03-24T09:00:00+07:00", id="a day made a holiday"
        ),
        pytest.param("PT8H", "wita", "2026-08-12T09:00:00+07:00", "2026-08-13T11:00:00+08:00", id="WITA from WIB"),
        pytest.param("PT8H", "wit", "2026-08-12T09:00:00+07:00", "2026-08-13T12:00:00+09:00", id="WIT from WIB"),
        pytest.param("PT7H", "wib", "2024-02-28T14:00:00+07:00", "2024-02-29T14:00:00+07:00", id="leap day"),
        pytest.param("PT7H", "wib", "2023-02-28T14:00:00+07:00", "2023-03-01T14:00:00+07:00", id="no leap day"),
        pytest.param("PT7H", "wib", "2026-04-30T14:00:00+07:00", "2026-05-04T14:00:00+07:00", id="month end, 1 May"),
        pytest.param("PT7H", "wib", "2026-12-31T15:00:00+07:00", "2027-01-04T15:00:00+07:00", id="end of the year"),
        pytest.param("PT8H", "brussels", "2024-03-29T16:00:00+01:00", "2024-04-02T16:00:00+02:00", id="clocks forward"),
        pytest.param("PT8H", "brussels", "2024-10-25T16:00:00+02:00", "2024-10-28T16:00:00+01:00", id="clocks back"),
        pytest.param("PT8H", "brussels", "2026-07-20T12:00:00+02:00", "2026-07-22T12:00:00+02:00", id="21 July"),
        pytest.param("PT5H", "night", "2024-03-31T00:00:00+01:00", "2024-03-31T06:00:00+02:00", id="night of 5 hours"),
        pytest.param("PT7H", "night", "2024-10-27T00:00:00+02:00", "2024-10-27T06:00:00+01:00", id="night of 7 hours"),
        pytest.param("PT2H", "night", "2024-06-01T23:00:00+02:00", "2024-06-02T01:00:00+02:00", id="over midnight"),
        pytest.param("PT1H", "gap", "2024-03-31T00:00:00+01:00", "2024-04-01T03:00:00+02:00", id="an hour left out"),
        pytest.param("PT2H", "gap", "2024-10-27T00:00:00+02:00", "2024-10-27T03:00:00+01:00", id="an hour twice"),
        pytest.param(
            "P1D", "wib", "2026-08-12T06:00:00+07:00", "2026-08-13T16:00:00+07:00", id="day zero is not counted"
        ),
        pytest.param("P1D", "wib", "2026-08-12T23:00:00+07:00", "2026-08-13T16:00:00+07:00", id="late on day zero"),
        pytest.param("P1D", "wit", "2026-08-12T23:00:00+07:00", "2026-08-14T16:00:00+09:00", id="the next day in WIT"),
        pytest.param(
            "P5D", "wib", "2026-08-12T10:00:00+07:00", "2026-08-20T16:00:00+07:00", id="five days over 17 August"
        ),
        pytest.param("P1D", "wib", "2026-08-15T10:00:00+07:00", "2026-08-18T16:00:00+07:00", id="begun on a Saturday"),
        pytest.param("P3D", "brussels", "2024-03-28T10:00:00+01:00", "2024-04-03T17:00:00+02:00", id="Easter, forward"),
        pytest.param("P1D", "wib", "2024-02-28T10:00:00+07:00", "2024-02-29T16:00:00+07:00", id="days: leap day"),
    ],
)
def test_working_time_is_due_at(work: str, calendar: str, at: str, expected: str) -> None:
    assert due(work, calendar, at) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        ("wib", "2026-08-12T08:00:00+07:00", "2026-08-12T16:00:00+07:00", 7),
        ("wib", "2026-08-14T16:00:00+07:00", "2026-08-18T08:00:00+07:00", 0),
        ("wib", "2026-08-14T15:00:00+07:00", "2026-08-18T09:30:00+07:00", 2.5),
        ("wib", "2026-08-12T10:00:00+07:00", "2026-08-12T09:00:00+07:00", 0),
        ("night", "2024-10-26T12:00:00+02:00", "2024-10-27T12:00:00+01:00", 9),
    ],
)
def test_the_working_time_between(calendar: str, start: str, end: str, hours: float) -> None:
    found = calendars.between(
        calendars.named(CALENDARS, calendar), datetime.fromisoformat(start), datetime.fromisoformat(end)
    )
    assert found == timedelta(hours=hours)


def test_a_rest_costs_no_working_time() -> None:
    duration = Duration(working="PT8H", calendar="wib")
    first = due("PT8H", "wib", "2026-08-12T09:00:00+07:00")  # Thursday at ten.
    left = clock.left(
        duration, due_at=first, at=datetime.fromisoformat("2026-08-12T11:00:00+07:00"), calendars=CALENDARS
    )
    at = datetime.fromisoformat("2026-08-17T11:00:00+07:00")  # The holiday.
    again = clock.resume(duration, left, at=at, calendars=CALENDARS)
    assert (left, again) == (timedelta(hours=6), datetime.fromisoformat("2026-08-18T15:00:00+07:00"))


def test_a_holiday_is_no_working_day() -> None:
    assert not calendars.is_working(CALENDARS[0], date(2026, 8, 17))


def test_the_holidays_of_a_part_of_a_country_are_known() -> None:
    corpus_christi = date(2026, 6, 4)
    bavaria, berlin = (Calendar("a", "Europe/Berlin", WEEK, HOURS, place) for place in ("DE-BY", "DE-BE"))
    assert (calendars.is_working(bavaria, corpus_christi), calendars.is_working(berlin, corpus_christi)) == (
        False,
        True,
    )


def test_an_unknown_calendar_is_named() -> None:
    with pytest.raises(ValueError, match="no calendar called elsewhere"):
        due("PT1H", "elsewhere", "2026-08-12T09:00:00+07:00")


NEVER = Calendar("never", "UTC", (Weekday.MONDAY,), ("08:00-09:00",))


def test_work_that_never_comes_is_refused_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "_hours_of", lambda *_: ())
    for work in ("PT1H", "P1D"):
        with pytest.raises(ValueError, match="in forty years"):
            clock.due_at(
                Duration(working=work, calendar="never"), at=datetime(2026, 1, 1, tzinfo=UTC), calendars=(NEVER,)
            )


RULES = """
name: office
title: Office hours
certainty: low
note: Made up for a test.
sources: []
categories: []
calendars:
  - {name: office, zone: Asia/Jakarta, days: [monday], hours: ["08:00-16:00"], holidays: ID}
  - {name: plain, zone: Asia/Jakarta, days: [monday], hours: ["08:00-16:00"]}
clocks:
  - name: with_holidays
    starts: notice.received
    stops: notice.acknowledged
    duration: {working: PT8H, calendar: office}
    actor: recipient
    certainty: ours
    sources: []
  - name: without
    starts: notice.received
    stops: notice.acknowledged
    duration: {working: PT8H, calendar: plain}
    actor: recipient
    certainty: ours
    sources: []
"""


def test_the_version_of_the_holidays_stands_with_the_due_time_they_had_a_part_in() -> None:
    told: dict[str, Any] = {
        "event": "notice.received",
        "kind": NoticeKind.ORDER,
        "category": Category.FRAUD,
        "urgency": Urgency.NORMAL,
        "at": datetime(2026, 8, 14, tzinfo=UTC),
    }
    found = clock.derive(profile.parse(RULES.encode()), **told)
    assert [(one.name, one.holidays) for one in found] == [
        ("with_holidays", f"holidays {version('holidays')}"),
        ("without", None),
    ]
