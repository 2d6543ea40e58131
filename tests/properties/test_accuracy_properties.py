"""What holds for every history: each notice is in one place, whoever decides is judged by time alone."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, strategies as st
from tests.histories import CLOCKS, history, refused_instead

from mufakat.rules import accuracy, consequences, conservation, histories, timeliness
from mufakat.rules.accuracy import Tally
from mufakat.rules.consequences import STEPS, WHOLE
from mufakat.rules.histories import Occurrence
from mufakat.rules.mandate import Quota

MANY = 10_000
counts = st.integers(0, 400)


def tallied(found: list[Occurrence]) -> Tally:
    return accuracy.of_one(accuracy.standing(histories.happened(found)), without_law=False)


def answered(found: list[Occurrence]) -> timeliness.Timeliness:
    return timeliness.of_one(histories.turns(found, clocks=CLOCKS))


@pytest.mark.invariant("I-05")
def test_swapping_an_action_for_a_refusal_changes_no_score_of_whoever_decides() -> None:
    random = Random(2017)  # noqa: S311 - the same histories each time.
    told = [history(random) for _ in range(MANY)]
    swapped = [refused_instead(one) for one in told]
    assert swapped != told
    assert [answered(one) for one in told] == [answered(one) for one in swapped]


@pytest.mark.invariant("I-05")
def test_of_what_was_decided_no_bit_passes_to_the_count_of_answers() -> None:
    random = Random(5)  # noqa: S311 - the same histories each time.
    for _ in range(MANY // 10):
        told = history(random)
        blank = [Occurrence(one.type, standing=one.standing, clock=one.clock, appeal=one.appeal) for one in told]
        assert answered(told) == answered(blank)


@pytest.mark.invariant("I-11")
def test_every_notice_is_in_one_place_after_every_event() -> None:
    random = Random(11)  # noqa: S311 - the same histories each time.
    for _ in range(MANY // 5):
        told = history(random)
        for length in range(1, len(told) + 1):
            found = tallied(told[:length])
            assert accuracy.conserves(found)
            assert found.received == 1
            assert conservation.balances(conservation.report([found]))
            assert timeliness.conserves(answered(told[:length]))


@given(counts, counts)
def test_the_share_lies_within_its_bounds(part: int, more: int) -> None:
    found = accuracy.share(part, part + more)
    assert 0 <= found.lower <= found.upper <= 1
    if found.value is not None:
        assert found.lower <= found.value <= found.upper


@given(counts, counts, st.integers(2, 9))
def test_more_of_the_same_makes_the_bounds_narrower(part: int, more: int, times: int) -> None:
    few, many = accuracy.share(part, part + more), accuracy.share(part * times, (part + more) * times)
    assert few.lower <= many.lower + 1e-12
    assert many.upper <= few.upper + 1e-12


@given(counts, counts, st.sampled_from([WHOLE, *(step.percent for step in STEPS)]))
def test_one_more_that_was_right_never_takes_anything_away(right: int, wrong: int, former: int) -> None:
    before = consequences.consequence(Tally(act_full=right, refused_unclear=wrong), former=former)
    after = consequences.consequence(Tally(act_full=right + 1, refused_unclear=wrong), former=former)
    few = right + wrong < consequences.MINIMUM
    assert few or after.percent >= before.percent


@given(counts, counts, st.sampled_from([WHOLE, *(step.percent for step in STEPS)]))
def test_what_follows_stays_where_nothing_changes(right: int, wrong: int, former: int) -> None:
    tally = Tally(act_full=right, refused_unclear=wrong)
    once = consequences.consequence(tally, former=former)
    assert consequences.consequence(tally, former=once.percent).percent == once.percent


@given(st.integers(1, 100_000_000), st.integers(1, 100_000_000), st.integers(1, 100))
def test_no_percentage_lowers_a_quota_to_nothing(burst: int, per_minute: int, percent: int) -> None:
    found = consequences.lowered(Quota(burst, per_minute), percent)
    assert 1 <= found.burst <= burst
    assert 1 <= found.per_minute <= per_minute
