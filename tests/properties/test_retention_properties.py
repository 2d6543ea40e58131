"""Retention, for every class and every moment: time only adds, a hold always wins, what is open stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import retention
from mufakat.rules.retention import OF_A_NOTICE, RETENTION, Erasable, Start

MOMENTS = st.datetimes(datetime(2017, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone.
SPANS = st.timedeltas(timedelta(0), timedelta(days=4_000))
CLASSES = st.sampled_from(Erasable)
JUMP = timedelta(days=400)
# The shortest that anything written is kept, whatever becomes of its case.
BOUND = min(line.period for line in RETENTION.values() if line.starts is Start.WRITTEN)


@given(what=CLASSES, written=MOMENTS, open_for=st.none() | SPANS, at=MOMENTS, more=SPANS)
def test_what_is_due_stays_due(what, written, open_for, at, more):
    ended = None if open_for is None else written + open_for
    before = retention.is_due(what, written_at=written, ended_at=ended, at=at)
    after = retention.is_due(what, written_at=written, ended_at=ended, at=at + more)
    assert after >= before


@given(what=CLASSES, written=MOMENTS, open_for=SPANS, later=SPANS, at=MOMENTS)
def test_a_case_that_ends_later_is_due_no_sooner(what, written, open_for, later, at):
    sooner = retention.is_due(what, written_at=written, ended_at=written + open_for, at=at)
    after = retention.is_due(what, written_at=written, ended_at=written + open_for + later, at=at)
    assert after <= sooner


@given(what=CLASSES, written=MOMENTS, open_for=st.none() | SPANS, jumps=st.integers(0, 100))
def test_a_hold_beats_any_jump_of_the_clock(what, written, open_for, jumps):
    ended = None if open_for is None else written + open_for
    at = written + jumps * JUMP
    assert not retention.is_due(what, written_at=written, ended_at=ended, held=True, at=at)
    assert retention.due_of(received_at=written, ended_at=ended, held=True, at=at) == frozenset()


@given(what=CLASSES, written=MOMENTS, since=SPANS)
def test_nothing_of_an_open_case_is_due_before_the_bound(what, written, since):
    due = retention.is_due(what, written_at=written, ended_at=None, at=written + since)
    assert not due or (since >= BOUND and RETENTION[what].starts is Start.WRITTEN)


@given(written=MOMENTS, since=SPANS)
def test_the_content_of_an_open_case_is_never_due(written, since):
    assert retention.due_of(received_at=written, ended_at=None, held=False, at=written + since) == frozenset()


@given(written=MOMENTS, open_for=SPANS, at=MOMENTS)
def test_what_is_due_of_a_case_takes_its_repetitions_along(written, open_for, at):
    due = retention.due_of(received_at=written, ended_at=written + open_for, held=False, at=at)
    assert retention.with_repetitions(due) == due
    assert due <= OF_A_NOTICE


@given(written=MOMENTS, open_for=SPANS, at=MOMENTS)
def test_the_query_of_the_sweep_misses_nothing_that_is_due(written, open_for, at):
    ended = written + open_for
    if retention.due_of(received_at=written, ended_at=ended, held=False, at=at):
        assert ended <= retention.soonest_end(at=at)


@pytest.mark.invariant("I-09")
@given(classes=st.frozensets(CLASSES))
def test_no_order_reaches_the_proof(classes):
    fields = retention.fields_of(retention.with_repetitions(classes))
    assert fields.isdisjoint({"classes", "name"})


@given(classes=st.frozensets(CLASSES), more=st.frozensets(CLASSES))
def test_more_classes_never_erase_less(classes, more):
    assert retention.with_repetitions(classes) <= retention.with_repetitions(classes | more)


@given(classes=st.frozensets(CLASSES))
def test_repetitions_are_found_at_once(classes):
    once = retention.with_repetitions(classes)
    assert retention.with_repetitions(once) == once
    assert classes <= once
