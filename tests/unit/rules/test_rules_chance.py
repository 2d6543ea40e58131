"""Shares of runs say how sure they are: against the textbook, and against worlds whose truth is known."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import accuracy
from mufakat.rules.chance import Counts, _student, chance


@pytest.mark.parametrize(
    ("free", "quantile"), [(4, 2.776), (5, 2.571), (9, 2.262), (19, 2.093), (49, 2.010), (199, 1.972)]
)
def test_students_factor_is_that_of_the_tables(free, quantile):
    assert _student(free) == pytest.approx(quantile, abs=0.01)


counts = st.integers(0, 400).flatmap(lambda whole: st.builds(Counts, st.integers(0, whole), st.just(whole)))


@given(st.lists(counts, min_size=5, max_size=30), st.integers(1, 60))
def test_bounds_hold_the_share_and_lie_between_nothing_and_everything(runs, days):
    found = chance(runs, days=days)
    assert 0.0 <= found.lower <= (found.lower if found.value is None else found.value) <= found.upper <= 1.0


@given(st.lists(counts, min_size=5, max_size=30), st.integers(1, 60))
def test_bounds_are_never_closer_than_those_of_notices_that_know_nothing_of_each_other(runs, days):
    found = chance(runs, days=days)
    plain = accuracy.share(found.met, found.counted)
    assert found.lower <= plain.lower + 1e-9
    assert found.upper >= plain.upper - 1e-9


def test_runs_that_lie_far_apart_say_less_than_runs_that_agree():
    apart = chance([Counts(0, 100), Counts(100, 100)] * 10, days=25)
    alike = chance([Counts(50, 100)] * 20, days=25)
    assert apart.upper - apart.lower > 4 * (alike.upper - alike.lower)


def test_of_nothing_everything_may_be():
    assert chance([Counts(0, 0)] * 5, days=1) == chance([Counts(0, 0)] * 7, days=3)
    assert chance([Counts(0, 0)] * 5, days=1).value is None


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    dice, held = random.Random(2017), 0  # noqa: S311 - no secret.
    for _ in range(400):
        runs = []
        for _run in range(12):
            # Notices of one run share their luck: a bad week is bad for all of them.
            luck = min(1.0, max(0.0, dice.gauss(0.8, 0.05)))
            runs.append(Counts(sum(dice.random() < luck for _ in range(60)), 60))
        found = chance(runs, days=7)
        held += found.lower <= 0.8 <= found.upper
    assert 0.92 <= held / 400 <= 0.98
