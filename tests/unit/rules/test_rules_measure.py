"""Measures: each has an inverse, a state says who moves it, and what cannot be undone waits for a second person."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from mufakat.rules import appeal_code, measure, profile, window
from mufakat.rules.errors import MeasureStandsError
from mufakat.rules.measure import (
    IRREVERSIBLE,
    MEASURES,
    TRANSITIONS,
    MeasureDeed,
    MeasureState,
    advance,
    after_reversal,
    first_state,
)
from mufakat.rules.notice import Category, MeasureName, NoticeKind, Urgency

AT = datetime(2017, 7, 12, 9, 0, tzinfo=UTC)


def test_every_measure_stands_in_the_table_with_its_own_inverse() -> None:
    assert set(MEASURES) == set(MeasureName)
    inverses = [line.inverse for line in MEASURES.values()]
    assert len(set(inverses)) == len(inverses)
    assert not set(inverses) & set(MeasureName)


@pytest.mark.invariant("I-06")
def test_what_cannot_be_undone_begins_as_proposed_and_all_else_in_hand() -> None:
    assert {MeasureName.TERMINATE_ACCOUNT, MeasureName.CLOSE_CHANNEL} == IRREVERSIBLE
    assert {name for name in MeasureName if first_state(name) is MeasureState.PROPOSED} == IRREVERSIBLE


@pytest.mark.parametrize(("state", "deed"), sorted(set(itertools.product(MeasureState, MeasureDeed))))
def test_a_step_that_is_not_in_the_table_is_refused_and_says_which(state: MeasureState, deed: MeasureDeed) -> None:
    if (state, deed) in TRANSITIONS:
        assert advance(state, deed) is TRANSITIONS[state, deed]
        return
    with pytest.raises(MeasureStandsError, match=f"is {state} .* {deed}"):
        advance(state, deed)


@pytest.mark.invariant("I-06")
def test_nothing_but_a_second_person_puts_in_hand_what_is_proposed() -> None:
    ways = {deed: after for (before, deed), after in TRANSITIONS.items() if before is MeasureState.PROPOSED}
    assert {deed for deed, after in ways.items() if after in measure.PUT_IN_HAND} == {MeasureDeed.APPROVE}


@pytest.mark.parametrize("state", MeasureState)
@pytest.mark.invariant("I-08")
def test_a_reversal_leaves_nothing_in_hand(state: MeasureState) -> None:
    after = after_reversal(state)
    assert after in {MeasureState.DECLINED, MeasureState.REVERTING, MeasureState.REVERTED}
    assert after_reversal(after) is after


def test_every_state_can_be_reached() -> None:
    reached = {first_state(name) for name in MeasureName}
    for _ in MeasureState:
        reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
    assert reached == set(MeasureState)


# -- The code of an appeal --


def test_a_code_is_the_houses_secret_about_one_decision() -> None:
    made = {appeal_code.make(secret, name) for secret in (b"a", b"b") for name in ("dec_1", "dec_2")}
    assert len(made) == 4
    assert {len(code) for code in made} == {appeal_code.LENGTH}
    assert appeal_code.make(b"a", "dec_1") == appeal_code.make(b"a", "dec_1")


@pytest.mark.parametrize("typed", [str.lower, str.upper, lambda text: f" {text} ", lambda text: text.replace("-", " ")])
def test_a_code_is_read_however_it_is_typed(typed) -> None:
    code = appeal_code.make(b"secret", "dec_1")
    assert appeal_code.read(typed(appeal_code.shown(code))) == code


def test_letters_that_look_like_digits_are_read_as_these() -> None:
    assert appeal_code.read("o" * 13 + "I" * 7 + "l" * 6) == "0" * 13 + "1" * 13


@pytest.mark.parametrize("text", ["", "0" * 25, "0" * 27, "U" * 26, "0" * 25 + "!", "\u0660" * 26, "0" * 10_000])
def test_what_is_no_code_is_none(text: str) -> None:
    assert appeal_code.read(text) is None


# -- Until when --


def until(name: str, **times: datetime) -> datetime | None:
    about: dict[str, Any] = {"kind": NoticeKind.TRUSTED_FLAG, "category": Category.TERRORISM, "urgency": Urgency.NORMAL}
    return window.end(profile.load(name), **{**about, **times})


@pytest.mark.parametrize("name", ["id-2017", "id-mr5-2020"])
def test_the_window_of_the_shipped_profiles_of_indonesia_is_a_month(name: str) -> None:
    assert until(name, decided_at=AT) == datetime(2017, 8, 11, 9, 0, tzinfo=UTC)


def test_where_the_law_counts_from_hearing_of_it_the_window_is_known_before_and_moves_later() -> None:
    before = until("eu-dsa", decided_at=AT)
    after = until("eu-dsa", decided_at=AT, informed_at=datetime(2017, 9, 1, tzinfo=UTC))
    assert before == datetime(2018, 1, 12, 22, 59, 59, 999000, tzinfo=UTC)
    assert window.later(before, after) == after == datetime(2018, 3, 1, 22, 59, 59, 999000, tzinfo=UTC)
    assert window.later(after, before) == after
