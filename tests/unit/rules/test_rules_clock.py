from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mufakat.rules import clock, profile
from mufakat.rules.clock import ClockState, state_at
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile import Actor, Certainty, Duration


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        pytest.param(
            "Asia/Jakarta", "2017-07-14T03:00:00Z", "2017-07-14T16:59:59.999Z", id="WIB, at ten in the morning"
        ),
        pytest.param(
            "Asia/Jakarta", "2017-07-14T16:59:59.999Z", "2017-07-14T16:59:59.999Z", id="WIB, last millisecond"
        ),
        pytest.param("Asia/Jakarta", "2017-07-14T17:00:00Z", "2017-07-15T16:59:59.999Z", id="WIB, midnight"),
        pytest.param("Asia/Makassar", "2017-07-14T15:59:59Z", "2017-07-14T15:59:59.999Z", id="WITA, before midnight"),
        pytest.param("Asia/Makassar", "2017-07-14T16:00:00Z", "2017-07-15T15:59:59.999Z", id="WITA, midnight"),
        pytest.param("Asia/Jayapura", "2017-07-14T14:59:59Z", "2017-07-14T14:59:59.999Z", id="WIT, before midnight"),
        pytest.param("Asia/Jayapura", "2017-07-14T15:00:00Z", "2017-07-15T14:59:59.999Z", id="WIT, midnight"),
        pytest.param(
            "Europe/Brussels", "2024-03-31T00:30:00Z", "2024-03-31T21:59:59.999Z", id="Brussels, day of 23 hours"
        ),
        pytest.param(
            "Europe/Brussels", "2024-10-26T22:30:00Z", "2024-10-27T22:59:59.999Z", id="Brussels, day of 25 hours"
        ),
        pytest.param("Asia/Jakarta", "2024-02-28T20:00:00Z", "2024-02-29T16:59:59.999Z", id="leap day"),
        pytest.param("Asia/Jakarta", "2023-02-28T03:00:00Z", "2023-02-28T16:59:59.999Z", id="end of February"),
        pytest.param(
            "Asia/Jakarta", "2017-12-31T20:00:00Z", "2018-01-01T16:59:59.999Z", id="new year in Jakarta already"
        ),
        pytest.param("Asia/Jakarta", "2017-08-31T10:00:00Z", "2017-08-31T16:59:59.999Z", id="end of a month"),
        pytest.param(
            "America/Nuuk", "2024-03-30T12:00:00Z", "2024-03-31T00:59:59.999Z", id="Nuuk, the last hour is left out"
        ),
        pytest.param(
            "America/St_Johns", "2010-11-06T12:00:00Z", "2010-11-07T03:29:59.999Z", id="St. John's, back over midnight"
        ),
        pytest.param(
            "America/Havana", "2023-11-04T12:00:00Z", "2023-11-05T03:59:59.999Z", id="Havana, midnight comes twice"
        ),
        pytest.param("UTC", "2017-07-14T03:00:00Z", "2017-07-14T23:59:59.999Z", id="UTC"),
    ],
)
def test_a_calendar_day_ends_with_its_last_millisecond(zone, at, due):
    assert clock.due_at(Duration(calendar_day=zone), at=moment(at)) == moment(due)


@pytest.mark.parametrize(
    ("elapsed", "at", "due"),
    [
        pytest.param("PT4H", "2017-07-14T22:00:00Z", "2017-07-15T02:00:00Z", id="over midnight"),
        pytest.param("PT24H", "2024-02-28T12:00:00Z", "2024-02-29T12:00:00Z", id="into a leap day"),
        pytest.param("P14D", "2017-12-25T00:00:00.001Z", "2018-01-08T00:00:00.001Z", id="over the year"),
        pytest.param("P1D", "2024-03-30T12:00:00+01:00", "2024-03-31T11:00:00Z", id="24 hours, whatever the wall says"),
    ],
)
def test_elapsed_time_passes_evenly(elapsed, at, due):
    assert clock.due_at(Duration(elapsed=elapsed), at=moment(at)) == moment(due)


@pytest.mark.parametrize("duration", [Duration(elapsed="PT4H"), Duration(calendar_day="Asia/Jakarta")])
def test_what_is_due_is_told_in_utc(duration):
    at = datetime(2017, 7, 14, 10, tzinfo=timezone(timedelta(hours=7)))
    assert clock.due_at(duration, at=at).tzinfo is UTC


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        clock.due_at(Duration(elapsed="PT4H"), at=datetime(2017, 7, 14))  # noqa: DTZ001 - the very thing.


DUE = moment("2017-07-14T12:00:00Z")
TICK = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("ended_at", "at", "state"),
    [
        pytest.param(None, DUE - TICK, ClockState.RUNNING, id="before it is due"),
        pytest.param(None, DUE, ClockState.RUNNING, id="the due moment is in time"),
        pytest.param(None, DUE + TICK, ClockState.OVERDUE, id="after it was due"),
        pytest.param(DUE, DUE + TICK, ClockState.MET, id="done at the due moment"),
        pytest.param(DUE + TICK, DUE + TICK, ClockState.MISSED, id="done too late"),
    ],
)
def test_how_a_clock_stands(ended_at, at, state):
    assert state_at(DUE, ended_at, at=at) is state


def test_a_clock_without_a_step_to_wait_for_is_neither_met_nor_missed():
    assert state_at(DUE, DUE - TICK, at=DUE, void=True) is ClockState.VOID


RECEIVED: dict[str, Any] = {
    "event": "notice.received",
    "kind": NoticeKind.TRUSTED_FLAG,
    "category": Category.TERRORISM,
    "urgency": Urgency.URGENT,
    "at": moment("2017-07-14T10:00:00+07:00"),
}


def test_a_received_notice_starts_the_two_clocks_of_2017():
    due = clock.derive(profile.load("id-2017"), **RECEIVED)
    assert [(one.name, one.due_at, one.stops, one.certainty) for one in due] == [
        ("acknowledge_within", moment("2017-07-14T07:00:00Z"), "notice.acknowledged", Certainty.OURS),
        ("takedown_same_day", moment("2017-07-14T16:59:59.999Z"), "decision.made", Certainty.PRESS_READ),
    ]


def test_a_clock_starts_when_the_event_happened():
    assert {one.started_at for one in clock.derive(profile.load("id-2017"), **RECEIVED)} == {RECEIVED["at"]}


def test_the_recipient_has_to_act():
    assert {one.actor for one in clock.derive(profile.load("id-2017"), **RECEIVED)} == {Actor.RECIPIENT}


def test_another_event_starts_none():
    assert clock.derive(profile.load("id-2017"), **RECEIVED | {"event": "notice.acknowledged"}) == ()


RULE = """
name: narrow
title: A clock for some notices
certainty: low
note: Made up for a test.
sources: []
categories: []
clocks:
  - name: narrow
    starts: notice.received
    stops: decision.made
    duration: {elapsed: PT1H}
    actor: recipient
    certainty: ours
    sources: []
    kinds: [order]
    categories: [terrorism]
    urgencies: [emergency]
"""
COVERED = RECEIVED | {"kind": NoticeKind.ORDER, "urgency": Urgency.EMERGENCY}


def test_a_narrow_clock_starts_for_what_it_covers():
    assert len(clock.derive(profile.parse(RULE.encode()), **COVERED)) == 1


@pytest.mark.parametrize(
    "other", [{"kind": NoticeKind.REQUEST}, {"category": Category.FRAUD}, {"urgency": Urgency.URGENT}]
)
def test_a_narrow_clock_does_not_start_for_others(other):
    assert clock.derive(profile.parse(RULE.encode()), **COVERED | other) == ()
