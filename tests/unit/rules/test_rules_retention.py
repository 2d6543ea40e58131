"""The table of retention: every class once, every committed field in a class or named as staying."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mufakat.rules import retention
from mufakat.rules.errors import BadReasonError
from mufakat.rules.events import COMMITTED, EventType
from mufakat.rules.lifecycle import OPEN_STATES, NoticeState
from mufakat.rules.profile import Certainty
from mufakat.rules.retention import OF_A_NOTICE, RETENTION, Erasable, Start

THEN = datetime(2017, 7, 14, tzinfo=UTC)
YEAR = timedelta(days=365)


def test_every_class_has_its_line():
    assert set(RETENTION) == set(Erasable)


def test_every_period_is_a_time_that_passes():
    assert all(line.period > timedelta(0) for line in RETENTION.values())


def test_every_line_says_why_and_how_sure_it_is():
    assert [what for what, line in RETENTION.items() if not line.reason.endswith(".") or not line.source] == []
    assert {line.certainty for line in RETENTION.values()} <= set(Certainty)


def test_a_period_that_no_law_names_is_marked_as_ours():
    assert {line.certainty for line in RETENTION.values() if line.source == "ours"} == {Certainty.OURS}


@pytest.mark.parametrize(
    ("what", "days"), [(Erasable.ANSWERS, 400), (Erasable.OTHER_ANSWERS, 30)], ids=["about-notices", "others"]
)
def test_answers_are_kept_as_long_as_somebody_may_repeat(what, days):
    assert (RETENTION[what].starts, RETENTION[what].period) == (Start.WRITTEN, timedelta(days=days))


def test_the_content_of_a_case_is_kept_from_its_end():
    content = OF_A_NOTICE - {Erasable.ANSWERS}
    assert {RETENTION[what].starts for what in content} == {Start.ENDED}


def test_every_committed_field_goes_with_a_class_or_stays_on_purpose():
    committed = {name for fields in COMMITTED.values() for name in fields}
    assert committed - set(retention.OPENED_BY) == set()


def test_no_class_is_named_for_a_field_that_nothing_commits_to():
    committed = {name for fields in COMMITTED.values() for name in fields}
    assert set(retention.OPENED_BY) - committed == set()


@pytest.mark.invariant("I-09")
def test_what_was_erased_and_why_stays_readable():
    assert EventType.NOTICE_ERASED in retention.STAYING
    assert "classes" not in retention.fields_of(set(Erasable))


@pytest.mark.invariant("I-09")
@pytest.mark.parametrize("word", ["leaf", "leaves", "receipt", "event", "channel", "chain", "custody"])
def test_no_class_names_what_the_log_is_made_of(word):
    assert [what for what in Erasable if word in what.value] == []


@pytest.mark.parametrize("what", [Erasable.EXPLANATION, Erasable.LOCATORS, Erasable.EVIDENCE])
def test_who_erases_a_content_erases_the_body_that_repeats_it(what):
    assert Erasable.PAYLOAD in retention.with_repetitions({what})


@pytest.mark.parametrize("what", sorted(OF_A_NOTICE))
def test_who_erases_anything_of_a_notice_erases_the_stored_answers(what):
    assert Erasable.ANSWERS in retention.with_repetitions({what})


@pytest.mark.parametrize("state", NoticeState)
def test_a_case_has_ended_when_it_is_nobodys_turn(state):
    assert retention.has_ended(state) is (state in {NoticeState.CLOSED, NoticeState.WITHDRAWN})


def test_no_open_state_has_ended():
    assert [state for state in OPEN_STATES if retention.has_ended(state)] == []


@pytest.mark.parametrize(
    ("later", "due"),
    [(timedelta(0), False), (YEAR - timedelta(milliseconds=1), False), (YEAR, True), (YEAR * 10, True)],
    ids=["at-the-end", "a-moment-before", "to-the-moment", "years-later"],
)
def test_content_is_due_a_year_after_the_end(later, due):
    found = retention.is_due(Erasable.PAYLOAD, written_at=THEN, ended_at=THEN, at=THEN + later)
    assert found is due


@pytest.mark.parametrize(
    ("subject", "what"),
    [
        ("ntc_01", Erasable.ANSWERS),
        ("dec_01", Erasable.ANSWERS),
        ("agr_01", Erasable.OTHER_ANSWERS),
        ("", Erasable.OTHER_ANSWERS),
        ("xntc_", Erasable.OTHER_ANSWERS),
    ],
)
def test_an_answer_is_kept_by_what_it_is_about(subject, what):
    assert retention.answer_class(subject) is what


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        retention.due_at(Erasable.ANSWERS, written_at=datetime(2017, 7, 14), ended_at=None)  # noqa: DTZ001 - the fault.


def test_classes_are_committed_in_one_order():
    assert retention.encode_classes({Erasable.PAYLOAD, Erasable.ANSWERS}) == b'["answers","payload"]'


@pytest.mark.parametrize("text", ["A court asked for it.", "satu\ndua\ttiga", "ابت", "x" * 2_000])
def test_a_reason_is_taken(text):
    assert retention.read_reason(f"  {text}\n") == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("x" * 2_001, "2000"),
        ("a\x00b", "Character 2"),
        ("a\x1b[2J", "control"),
        ("a\u202eb", "control"),
        ("a\x85b", "control"),
        ("a\ud800", "UTF-8"),
    ],
    ids=["empty", "blanks", "long", "nul", "escape", "override", "c1", "surrogate"],
)
def test_a_bad_reason_is_refused_with_a_sentence(text, says):
    with pytest.raises(BadReasonError, match=says):
        retention.read_reason(text)
