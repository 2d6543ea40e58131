"""A profile rehearsed on notices of the past: by table, and against what clocks say of each by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import profile, rehearsing
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.parties import PartyKind
from mufakat.rules.rehearsing import Past, rehearse

START = datetime(2026, 1, 7, 1, 0, tzinfo=UTC)  # Eight in the morning in Jakarta.
AT = START + timedelta(days=30)
THEN = {"id-2017": profile.load("id-2017")}

OWN = """
name: own
title: Own
certainty: low
note: Made up.
sources: []
categories: []
clocks:
  - name: taken_on
    starts: notice.received
    stops: notice.acknowledged
    duration: {elapsed: PT1H}
    actor: recipient
    certainty: ours
    sources: []
  - name: decided
    starts: notice.acknowledged
    stops: decision.made
    duration: {elapsed: PT10H}
    actor: recipient
    certainty: ours
    sources: []
    pauses: [information.asked]
    resumes: [message.sent]
  - name: listed
    starts: notice.received
    stops: reopening.answered
    duration: {elapsed: PT1H}
    actor: operator
    certainty: ours
    sources: []
"""


def past(
    *events: tuple[str, float], kind: NoticeKind = NoticeKind.REQUEST, category: Category = Category.FRAUD
) -> Past:
    """A notice that came at START; hours after it for what happened then."""
    history = [("notice.received", START), *((type_, START + timedelta(hours=hours)) for type_, hours in events)]
    return Past(PartyKind.REGULATOR, kind, category, Urgency.NORMAL, "id-2017", history)


def own(at: datetime = AT, *notices: Past) -> dict[str, dict[str, int]]:
    found = rehearse(notices, profile.parse(OWN.encode()), then=THEN, at=at)
    return {clock.name: clock.states for clock in found.clocks}


TAKEN, DECIDED, ASKED, GIVEN = "notice.acknowledged", "decision.made", "information.asked", "message.sent"


@pytest.mark.parametrize(
    ("events", "hours", "states"),
    [
        pytest.param([], 0.5, {"taken_on": "running"}, id="it came just now"),
        pytest.param([], 2, {"taken_on": "overdue"}, id="nobody took it on"),
        pytest.param([(TAKEN, 1)], 2, {"taken_on": "met", "decided": "running"}, id="taken on in time"),
        pytest.param([(TAKEN, 1.1)], 2, {"taken_on": "missed", "decided": "running"}, id="taken on late"),
        pytest.param([(TAKEN, 1), (DECIDED, 11)], 20, {"taken_on": "met", "decided": "met"}, id="all in time"),
        pytest.param([(TAKEN, 1), (DECIDED, 11.1)], 20, {"taken_on": "met", "decided": "missed"}, id="decided late"),
        pytest.param([("notice.withdrawn", 0.5)], 20, {"taken_on": "void"}, id="withdrawn"),
        pytest.param(
            [(TAKEN, 1), (ASKED, 2), (GIVEN, 20), (DECIDED, 28)],
            40,
            {"taken_on": "met", "decided": "met"},
            id="it rested",
        ),
        pytest.param(
            [(TAKEN, 1), (ASKED, 2), (GIVEN, 20), (DECIDED, 30)],
            40,
            {"taken_on": "met", "decided": "missed"},
            id="too long",
        ),
        pytest.param([(TAKEN, 1), (ASKED, 2)], 40, {"taken_on": "met", "decided": "paused"}, id="it rests"),
        pytest.param(
            [(TAKEN, 1), (ASKED, 12), (DECIDED, 13)],
            40,
            {"taken_on": "met", "decided": "missed"},
            id="overdue: no rest",
        ),
        pytest.param(
            [(TAKEN, 1), (ASKED, 2), (DECIDED, 28)],
            40,
            {"taken_on": "met", "decided": "met"},
            id="decided while it rests",
        ),
    ],
)
def test_clocks_of_a_draft_stand_as_things_went(events, hours, states):
    found = own(START + timedelta(hours=hours), past(*events))
    assert found == {name: {state: 1} for name, state in states.items()}


def test_what_no_part_writes_yet_is_said_and_not_counted():
    found = rehearse([past()], profile.parse(OWN.encode()), then=THEN, at=AT)
    assert found.not_seen == ["listed"]


def test_a_step_says_what_the_draft_gains_and_loses():
    # As it was: four hours to take it on. The draft: one.
    notices = [past((TAKEN, 0.5)), past((TAKEN, 2)), past((TAKEN, 9)), past()]
    step = rehearse(notices, profile.parse(OWN.encode()), then=THEN, at=AT).steps[0]
    assert (step.both, step.gained, step.lost, step.neither, step.open) == (1, 0, 1, 2, 0)
    assert (step.was.part, step.would.part, step.was.whole) == (2, 1, 4)
    assert step.difference.value == -0.25


def test_what_such_a_party_cannot_send_under_the_draft_has_no_clocks_under_it():
    notice = past()._replace(sender=PartyKind.TRUSTED_FLAGGER)
    found = rehearse([notice, notice], profile.load("eu-tco"), then=THEN, at=AT)
    assert found.not_taken == {"request": 2}
    assert found.clocks == []
    assert rehearse([past()], profile.load("eu-tco"), then=THEN, at=AT).not_taken == {}


def test_an_order_about_what_the_draft_does_not_list_is_not_taken():
    found = rehearse([past(kind=NoticeKind.ORDER)], THEN["id-2017"], then=THEN, at=AT)
    assert found.not_taken == {"order": 1}


histories = st.lists(
    st.tuples(st.sampled_from([TAKEN, DECIDED, ASKED, GIVEN, "notice.withdrawn"]), st.integers(0, 2_000)), max_size=6
).map(lambda events: past(*((type_, minutes / 60) for type_, minutes in sorted(events, key=lambda each: each[1]))))
notices = st.lists(histories, max_size=12)


@given(notices, st.sampled_from(profile.names()))
def test_every_notice_is_counted_once_in_every_step(found, name):
    said = rehearse(found, profile.load(name), then=THEN, at=AT)
    assert said.notices == len(found)
    for step in said.steps:
        assert step.both + step.gained + step.lost + step.neither + step.open == len(found)


@given(notices)
def test_the_profile_that_they_ran_by_changes_nothing(found):
    for step in rehearse(found, THEN["id-2017"], then=THEN, at=AT).steps:
        assert (step.gained, step.lost) == (0, 0)
        assert step.was == step.would
        assert step.difference.value in {0.0, None}


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200))
def test_a_difference_lies_within_its_bounds(gained, lost, others):
    found = rehearsing._difference(gained, lost, gained + lost + others)
    if found.value is not None:
        assert -1.0 <= found.lower <= found.value <= found.upper <= 1.0


@pytest.mark.invariant("I-05")
def test_no_outcome_gets_into_a_rehearsal():
    names = set(rehearsing.Rehearsal.__struct_fields__)
    assert not (names | set(Past._fields)) & {"outcome", "refusal", "measure"}
