"""Fetched, delivered, seen, acknowledged: four things, each set once, none implied by another but one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import passages
from mufakat.rules.events import EventType
from mufakat.rules.passages import PASSAGES, Passage, Times

RECEIVED = datetime(2017, 7, 14, tzinfo=UTC)
events = st.sampled_from(list(EventType))
moments = st.integers(0, 10**6).map(lambda seconds: RECEIVED + timedelta(seconds=seconds))
histories = st.lists(st.tuples(moments, events), max_size=12).map(lambda found: sorted(found, key=lambda one: one[0]))


def told(history: list[tuple[datetime, EventType]]) -> Times:
    """The times after a history."""
    times = Times()
    for at, event in history:
        times = passages.after(times, event, at=at)
    return times


def test_the_table_has_every_passage_and_every_passage_a_time() -> None:
    assert set(PASSAGES) == set(Passage)
    assert set(Times.__struct_fields__) == {passage.value for passage in Passage}


@pytest.mark.parametrize(
    ("event", "sets"),
    [
        (EventType.NOTICE_DELIVERED, {"delivered"}),
        (EventType.NOTICE_SEEN, {"seen"}),
        (EventType.NOTICE_ACKNOWLEDGED, {"seen", "acknowledged"}),
        (EventType.NOTICE_RECEIVED, set()),
        (EventType.NOTICE_WITHDRAWN, set()),
        (EventType.MESSAGE_SENT, set()),
        (EventType.NOTICE_HANDED_OVER, set()),
    ],
)
def test_an_event_sets_its_own_times_and_no_other(event: EventType, sets: set[str]) -> None:
    times = passages.after(Times(), event, at=RECEIVED)
    assert {passage.value for passage in Passage if getattr(times, passage.value)} == sets


def test_no_event_says_that_it_was_fetched() -> None:
    assert PASSAGES[Passage.FETCHED].set_by == ()


@given(histories, events, moments)
def test_a_time_that_is_set_stays(history: list[tuple[datetime, EventType]], event: EventType, at: datetime) -> None:
    before = told(history)
    after = passages.after(before, event, at=at)
    assert all(getattr(before, one.value) in {None, getattr(after, one.value)} for one in Passage)


@given(histories)
def test_each_time_is_that_of_the_first_event_that_counts(history: list[tuple[datetime, EventType]]) -> None:
    times = told(history)
    for passage, line in PASSAGES.items():
        first = next((at for at, event in history if event in line.set_by), None)
        assert getattr(times, passage.value) == first


@given(histories)
def test_whatever_happens_the_times_are_sane(history: list[tuple[datetime, EventType]]) -> None:
    assert passages.are_sane(told(history), received_at=RECEIVED)


@pytest.mark.parametrize(
    "times",
    [
        Times(fetched=RECEIVED - timedelta(seconds=1)),
        Times(acknowledged=RECEIVED),
        Times(seen=RECEIVED + timedelta(seconds=1), acknowledged=RECEIVED),
    ],
    ids=["before the notice", "acknowledged unseen", "seen after it was acknowledged"],
)
def test_times_that_cannot_be_are_known(times: Times) -> None:
    assert not passages.are_sane(times, received_at=RECEIVED)


@given(st.tuples(moments, moments, moments))
def test_acknowledged_implies_nothing_of_carriers_and_readers(found: tuple[datetime, datetime, datetime]) -> None:
    fetched, delivered, seen = found
    assert passages.are_sane(Times(fetched, delivered, seen, seen), received_at=RECEIVED)
    assert passages.are_sane(Times(None, None, seen, seen), received_at=RECEIVED)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        passages.after(Times(), EventType.NOTICE_SEEN, at=datetime(2017, 7, 14))  # noqa: DTZ001 - the fault.
