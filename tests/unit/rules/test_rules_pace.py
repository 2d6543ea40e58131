"""A ladder is never climbed faster than people can answer, and what says that time has passed is never hurried."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import pace
from mufakat.rules.ladder import Rung
from mufakat.rules.profile import Act

T0 = datetime(2017, 7, 10, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PEOPLE, TIME = sorted(pace.TELLS), sorted(set(Act) - pace.TELLS)


def rung(index: int, act: Act, at: datetime) -> Rung:
    return Rung(index, f"step-{index}", act, at)


def test_every_act_either_turns_to_somebody_or_says_that_time_has_passed():
    assert {Act.UNREACHABLE, Act.PROPOSE} == set(TIME)


@pytest.mark.parametrize(
    ("act", "late", "wait"),
    [
        (Act.SECOND_CONTACT, timedelta(0), HOUR),  # In time: as planned.
        (Act.SECOND_CONTACT, HOUR / 2, HOUR / 2),  # Late, and the next is still to come: as planned.
        (Act.SECOND_CONTACT, 50 * HOUR, pace.GAP),  # Days late: a quarter of an hour.
        (Act.UNREACHABLE, 50 * HOUR, HOUR),  # The whole of the planned time.
        (Act.PROPOSE, HOUR / 2, HOUR),
    ],
)
def test_the_next_step_comes_so_long_after_a_late_one(act, late, wait):
    taken, following = rung(0, Act.REMIND, T0), rung(1, act, T0 + HOUR)
    assert pace.after(taken, following, at=T0 + late) == T0 + late + wait


def test_a_profile_may_plan_a_shorter_time_than_ours():
    taken, following = rung(0, Act.REMIND, T0), rung(1, Act.SECOND_CONTACT, T0 + timedelta(minutes=5))
    assert pace.after(taken, following, at=T0 + HOUR) == T0 + HOUR + timedelta(minutes=5)


def test_nothing_comes_after_the_last_step():
    assert pace.after(rung(0, Act.PROPOSE, T0), None, at=T0) is None


@pytest.mark.parametrize("act", PEOPLE)
def test_where_nobody_was_there_the_next_person_is_turned_to_at_once(act):
    taken, following = rung(0, Act.REMIND, T0), rung(1, act, T0 + HOUR)
    assert pace.after(taken, following, at=T0, missing=True) == T0


@pytest.mark.parametrize("act", TIME)
def test_where_nobody_was_there_time_itself_still_passes(act):
    taken, following = rung(0, Act.REMIND, T0), rung(1, act, T0 + HOUR)
    assert pace.after(taken, following, at=T0, missing=True) == T0 + HOUR


MOMENTS = st.integers(0, 10**6).map(lambda seconds: T0 + timedelta(seconds=seconds))


@given(st.sampled_from(sorted(Act)), MOMENTS, MOMENTS, MOMENTS)
def test_no_step_is_before_its_time_or_before_the_one_under_it(act, first, second, at):
    planned, later = sorted((first, second))
    found = pace.after(rung(0, Act.REMIND, planned), rung(1, act, later), at=at)
    assert found >= later
    assert found >= at


@given(st.sampled_from(sorted(Act)), MOMENTS, MOMENTS)
def test_haste_brings_people_nearer_and_nothing_else(act, next_at, at):
    found = pace.hastened(rung(1, act, next_at), next_at, at=at)
    assert found <= next_at
    assert found == (min(next_at, at + pace.HASTE) if act in pace.TELLS else next_at)


def test_haste_is_well_within_the_quarter_of_an_hour_that_is_promised():
    assert timedelta(minutes=15) > pace.HASTE
