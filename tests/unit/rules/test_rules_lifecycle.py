import itertools

import pytest

from mufakat.rules import lifecycle
from mufakat.rules.errors import IllegalTransitionError
from mufakat.rules.lifecycle import OPEN_STATES, TRANSITIONS, NoticeDeed, NoticeState, Turn, advance, turn

STEPS = [
    ("received", "acknowledge", "acknowledged"),
    ("received", "withdraw", "withdrawn"),
    ("acknowledged", "ask", "needs_information"),
    ("acknowledged", "decide", "decided"),
    ("acknowledged", "withdraw", "withdrawn"),
    ("needs_information", "answer", "acknowledged"),
    ("needs_information", "decide", "decided"),
    ("needs_information", "withdraw", "withdrawn"),
    ("decided", "reopen", "acknowledged"),
    ("decided", "close", "closed"),
    ("closed", "reopen", "acknowledged"),
]
OTHERS = set(itertools.product(NoticeState, NoticeDeed)) - {
    (NoticeState(state), NoticeDeed(deed)) for state, deed, _ in STEPS
}


@pytest.mark.parametrize(("state", "deed", "after"), STEPS)
def test_a_step_leads_where_the_table_says(state, deed, after):
    assert advance(NoticeState(state), NoticeDeed(deed)) is NoticeState(after)


@pytest.mark.parametrize(("state", "deed"), sorted(OTHERS))
def test_every_other_step_is_refused_and_says_which(state, deed):
    with pytest.raises(IllegalTransitionError, match=f"state {state} .* {deed}") as refused:
        advance(state, deed)
    assert (refused.value.state, refused.value.deed) == (state, deed)


@pytest.mark.parametrize(
    ("state", "whose"),
    [
        ("received", Turn.RECIPIENT),
        ("acknowledged", Turn.RECIPIENT),
        ("needs_information", Turn.SENDER),
        ("decided", Turn.AFFECTED),
        ("closed", Turn.NOBODY),
        ("withdrawn", Turn.NOBODY),
    ],
)
def test_a_state_says_whose_turn_it_is(state, whose):
    assert turn(NoticeState(state)) is whose


def test_open_are_the_states_that_wait_for_recipient_or_sender():
    assert {"received", "acknowledged", "needs_information"} == OPEN_STATES


def test_clocks_run_until_it_is_nobodys_turn():
    assert set(NoticeState) - {NoticeState.CLOSED, NoticeState.WITHDRAWN} == lifecycle.GOING_ON


def test_nothing_but_a_reversal_leads_out_of_a_state_where_it_is_nobodys_turn():
    ended = {(state.value, deed.value) for state, deed in TRANSITIONS if turn(state) is Turn.NOBODY}
    assert ended == {("closed", "reopen")}


def test_every_state_can_be_reached_from_the_first():
    reached = {lifecycle.FIRST_STATE}
    for _ in NoticeState:
        reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
    assert reached == set(NoticeState)


def test_the_database_admits_exactly_the_states():
    assert lifecycle.check_constraint_values() == tuple(state.value for state in NoticeState)


def test_the_diagram_draws_every_step():
    drawn = [line.strip() for line in lifecycle.mermaid().splitlines() if ":" in line]
    assert drawn == [f"{before} --> {after}: {deed}" for before, deed, after in STEPS]
