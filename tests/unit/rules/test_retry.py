"""When something is tried again: the ladder, the breaker, and their bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import retry
from mufakat.rules.retry import WELL, Health

AT = datetime(2026, 1, 1, tzinfo=UTC)
ROLLS = st.floats(min_value=0, max_value=1, exclude_max=True)
ASKED = st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))


def test_the_ladder_is_that_of_standard_webhooks() -> None:
    at, seconds = AT, [0]
    for attempts in range(1, retry.ATTEMPTS):
        later = retry.next_attempt(attempts, at=at, roll=0)
        assert later is not None
        seconds.append(int((later - AT).total_seconds()))
        at = later
    assert tuple(seconds) == retry.SINCE_START


@given(attempts=st.integers(1, retry.ATTEMPTS - 1), roll=ROLLS, after=ASKED)
def test_a_wait_is_never_shorter_than_its_rung_and_never_longer_than_a_day_and_a_fifth(
    attempts: int, roll: float, after: timedelta | None
) -> None:
    later = retry.next_attempt(attempts, at=AT, roll=roll, after=after)
    assert later is not None
    assert retry.WAITS[attempts - 1] <= later - AT <= retry.LONGEST * (1 + retry.JITTER)


@given(roll=ROLLS, after=ASKED)
def test_after_the_last_rung_nothing_is_tried_by_itself(roll: float, after: timedelta | None) -> None:
    assert retry.next_attempt(retry.ATTEMPTS, at=AT, roll=roll, after=after) is None


@pytest.mark.parametrize("failures", range(retry.SUSPECT))
def test_a_few_failures_pause_nothing(failures: int) -> None:
    health = WELL
    for _ in range(failures):
        health = health.failed(at=AT, roll=0.5)
    assert (health.is_paused(at=AT), health.is_suspect) == (False, False)


@given(failures=st.integers(retry.SUSPECT, 200), roll=ROLLS)
def test_many_failures_pause_it_for_a_bounded_time(failures: int, roll: float) -> None:
    health = WELL
    for _ in range(failures):
        health = health.failed(at=AT, roll=roll)
    assert health.is_suspect
    assert health.is_paused(at=AT)
    assert not health.is_paused(at=AT + retry.LONGEST_PAUSE * (1 + retry.JITTER))


@given(after=st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=400)), roll=ROLLS)
def test_a_recipient_that_asks_for_a_rest_gets_it_for_a_day_at_most(after: timedelta, roll: float) -> None:
    health = WELL.failed(at=AT, roll=roll, after=after)
    assert health.is_paused(at=AT)
    assert not health.is_paused(at=AT + timedelta(days=1))


def test_the_time_of_the_first_failure_stays_until_something_succeeds() -> None:
    health = WELL.failed(at=AT, roll=0).failed(at=AT + timedelta(days=1), roll=0)
    assert health.failing_since == AT


def test_an_address_is_given_up_after_twice_the_ladder_and_only_when_it_is_suspect() -> None:
    long_ago = AT - retry.GIVEN_UP
    assert Health(retry.SUSPECT, long_ago).has_failed_for_good(at=AT)
    assert not Health(retry.SUSPECT - 1, long_ago).has_failed_for_good(at=AT)
    assert not Health(retry.SUSPECT, long_ago + timedelta(seconds=1)).has_failed_for_good(at=AT)
    assert not WELL.has_failed_for_good(at=AT)
