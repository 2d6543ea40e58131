"""The token bucket: whatever comes when, a party never gets more than its measure, and never less than is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from mufakat.rules import mandate
from mufakat.rules.mandate import TOKEN, Bucket, Quota

START = datetime(2017, 7, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

quotas = st.builds(Quota, st.integers(1, 50), st.integers(1, 5_000))
steps = st.lists(
    st.tuples(st.integers(-90_000, 180_000).map(lambda ms: timedelta(milliseconds=ms)), st.integers(0, 60)), max_size=60
)


def played(bucket: Bucket, moves: list[tuple[timedelta, int]]) -> tuple[Bucket, list[tuple[datetime, int, int]]]:
    """The bucket after these draws, and each draw: when, how much was asked for, how much was granted."""
    at, found = bucket.at, []
    for apart, asked in moves:
        at += apart
        bucket, granted = mandate.draw(bucket, asked, at=at)
        found.append((at, asked, granted))
    return bucket, found


@given(quotas, steps)
def test_never_more_than_the_burst_and_what_time_brought(quota: Quota, moves: list[tuple[timedelta, int]]) -> None:
    _, draws = played(mandate.full(quota, at=START), moves)
    total, latest = 0, START
    for at, _, granted in draws:
        total += granted
        latest = max(latest, at)
        assert total <= quota.burst + quota.per_minute * ((latest - START) / MINUTE) + 1


@given(quotas, steps)
def test_never_less_than_is_there(quota: Quota, moves: list[tuple[timedelta, int]]) -> None:
    bucket = mandate.full(quota, at=START)
    at = START
    for apart, asked in moves:
        at += apart
        there = mandate.left(bucket, at=at)
        bucket, granted = mandate.draw(bucket, asked, at=at)
        assert granted == min(asked, there)


@given(quotas, steps)
def test_the_level_stays_between_empty_and_full(quota: Quota, moves: list[tuple[timedelta, int]]) -> None:
    bucket = mandate.full(quota, at=START)
    for step in moves:
        bucket, _ = played(bucket, [step])
        assert 0 <= bucket.level <= quota.burst * TOKEN


@given(quotas, st.integers(1, 60), st.integers(1, 10**6).map(lambda ms: timedelta(milliseconds=ms)))
def test_a_clock_set_back_brings_nothing(quota: Quota, asked: int, back: timedelta) -> None:
    drawn, _ = mandate.draw(mandate.full(quota, at=START), asked, at=START)
    assert mandate.refilled(drawn, at=START - back) == drawn
    again, _ = mandate.draw(drawn, 0, at=START - back)
    assert mandate.refilled(again, at=START) == drawn


@given(quotas, steps, st.integers(1, 60))
def test_whoever_waits_as_long_as_told_finds_the_tokens_and_no_sooner(
    quota: Quota, moves: list[tuple[timedelta, int]], wanted: int
) -> None:
    bucket, draws = played(mandate.full(quota, at=START), moves)
    at = draws[-1][0] if draws else START
    wanted = min(wanted, quota.burst)
    wait = mandate.wait(bucket, wanted, at=at)
    assert mandate.left(bucket, at=at + wait) >= wanted
    if wait:
        assert mandate.left(bucket, at=at + wait - timedelta(milliseconds=1)) < wanted


@given(quotas, steps)
def test_small_draws_and_one_large_one_get_the_same(quota: Quota, moves: list[tuple[timedelta, int]]) -> None:
    """Thirty-two tokens that come one after the other at one moment get what one would that asks for all at once."""
    bucket, draws = played(mandate.full(quota, at=START), moves)
    at = draws[-1][0] if draws else START
    alone, granted = mandate.draw(bucket, 32, at=at)
    total = 0
    for _ in range(32):
        bucket, one = mandate.draw(bucket, 1, at=at)
        total += one
    assert (bucket, total) == (alone, granted)


@given(quotas, quotas, steps)
def test_to_suspend_and_resume_brings_nothing(large: Quota, small: Quota, moves: list[tuple[timedelta, int]]) -> None:
    bucket, draws = played(mandate.full(large, at=START), moves)
    at = max([START, *(at for at, _, _ in draws)])
    before = mandate.left(bucket, at=at)
    there = mandate.regraded(bucket, small, granted=False, at=at)
    back = mandate.regraded(there, large, granted=False, at=at)
    assert mandate.left(back, at=at) <= before


@given(quotas, quotas)
def test_a_grant_brings_the_difference_of_the_burst_at_once(before: Quota, after: Quota) -> None:
    empty, _ = mandate.draw(mandate.full(before, at=START), before.burst, at=START)
    regraded = mandate.regraded(empty, after, granted=True, at=START)
    assert mandate.left(regraded, at=START) == max(0, after.burst - before.burst)
