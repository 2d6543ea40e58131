"""The ladder against an operator that keeps closed what was lifted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import overdue
from mufakat.rules.overdue import LADDER, Step

DUE = datetime(2040, 1, 2, 2, 0, tzinfo=UTC)


def test_it_is_told_first_then_a_senior_then_the_public() -> None:
    assert [one.step for one in LADDER] == [Step.LATE, Step.SENIOR, Step.NAMED]
    assert overdue.rung(len(LADDER)) is None


def test_no_step_is_before_the_time_was_over() -> None:
    assert overdue.next_at(0, due_at=DUE, at=DUE - timedelta(hours=5)) == DUE


def test_the_steps_come_in_their_time() -> None:
    times = [overdue.next_at(climbed, due_at=DUE, at=DUE) for climbed in range(3)]
    assert times == [DUE, DUE + timedelta(hours=6), DUE + timedelta(hours=24)]
    assert overdue.next_at(3, due_at=DUE, at=DUE) is None


@given(st.timedeltas(timedelta(0), timedelta(days=30)))
def test_who_looks_late_still_takes_one_step_after_the_other(passed: timedelta) -> None:
    at = DUE + passed
    for climbed in range(1, len(LADDER)):
        following = overdue.next_at(climbed, due_at=DUE, at=at)
        assert following is not None
        assert following - at >= min(timedelta(hours=6), LADDER[climbed].after - LADDER[climbed - 1].after)
        at = following


@pytest.mark.parametrize(("climbed", "named"), [(0, False), (1, False), (2, False), (3, True)])
def test_the_public_is_told_the_name_by_the_last_step(climbed: int, *, named: bool) -> None:
    assert overdue.is_named(climbed) is named


def test_nobody_has_climbed_fewer_than_no_steps() -> None:
    with pytest.raises(ValueError, match="fewer than no steps"):
        overdue.rung(-1)
