"""The planner never does more than was decided, and never calls something done that it cannot do."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from mufakat.rules.measures_planning import (
    FULFILS,
    REACHES,
    TABLE,
    VERBS,
    Capability,
    Hand,
    Scope,
    Step,
    Subject,
    Task,
    Way,
    Why,
    declared,
    plan,
)
from mufakat.rules.notice import MeasureName

BOT = Hand(Way.TELEGRAM_BOT, declared(Way.TELEGRAM_BOT))
MAIL = Hand(Way.MAIL, declared(Way.MAIL))
HANDS = st.lists(
    st.builds(Hand, st.sampled_from(Way), st.frozensets(st.sampled_from(list(VERBS)))), max_size=4, unique=True
)


@pytest.mark.parametrize(
    ("measure", "consent", "found"),
    [
        (MeasureName.WARN, False, Step(Way.TELEGRAM_BOT, Capability.WARN, Subject.AUTHOR, Capability.RESTORE)),
        (MeasureName.REMOVE, True, Step(Way.TELEGRAM_BOT, Capability.REMOVE, Subject.CONTENT, None)),
        (MeasureName.REMOVE, False, Task(MeasureName.REMOVE, Why.CANNOT_BE_UNDONE)),
        (MeasureName.DISABLE, True, Task(MeasureName.DISABLE, Why.NO_VERB)),
        (MeasureName.LABEL, True, Task(MeasureName.LABEL, Why.NO_VERB)),
        (
            MeasureName.SUSPEND_ACCOUNT,
            False,
            Step(Way.TELEGRAM_BOT, Capability.HIDE, Subject.AUTHOR, Capability.RESTORE),
        ),
        (MeasureName.CLOSE_CHANNEL, True, Task(MeasureName.CLOSE_CHANNEL, Why.NO_VERB)),
        (MeasureName.TERMINATE_ACCOUNT, True, Task(MeasureName.TERMINATE_ACCOUNT, Why.NO_VERB)),
    ],
)
def test_a_bot_in_its_chat(measure, consent, found):
    assert plan(measure, [BOT], irreversibly=consent) == found


def test_an_author_is_not_suspended_on_the_whole_service_by_one_chat():
    found = plan(MeasureName.SUSPEND_ACCOUNT, [BOT], scope=Scope.SERVICE)
    assert found == Task(MeasureName.SUSPEND_ACCOUNT, Why.ONLY_IN_CHAT)


def test_a_right_that_the_chat_did_not_give_is_a_task():
    less = Hand(Way.TELEGRAM_BOT, BOT.able - {(Capability.REMOVE, Subject.CONTENT)})
    assert plan(MeasureName.REMOVE, [less], irreversibly=True) == Task(MeasureName.REMOVE, Why.NO_RIGHT)


def test_without_the_milder_right_the_next_verb_is_taken():
    less = Hand(Way.TELEGRAM_BOT, BOT.able - {(Capability.HIDE, Subject.AUTHOR)})
    found = plan(MeasureName.SUSPEND_ACCOUNT, [less])
    assert isinstance(found, Step)
    assert found.verb is Capability.SUSPEND


def test_a_letter_only_asks():
    assert plan(MeasureName.REMOVE, [MAIL], irreversibly=True) == Task(MeasureName.REMOVE, Why.REQUEST_ONLY)


def test_a_service_without_a_connector_is_its_representatives_task():
    assert plan(MeasureName.REMOVE, [], irreversibly=True) == Task(MeasureName.REMOVE, Why.NO_VERB)


@given(st.sampled_from(MeasureName), HANDS, st.sampled_from(Scope), st.booleans())
def test_what_is_done_fulfils_the_measure_and_is_within_the_rights(measure, hands, scope, consent):
    found = plan(measure, hands, scope=scope, irreversibly=consent)
    if isinstance(found, Step):
        verb = (found.verb, found.subject)
        assert verb in FULFILS[measure]
        assert any(hand.way is found.way and verb in hand.able for hand in hands)
        assert TABLE[found.way][verb].level in REACHES


@given(st.sampled_from(MeasureName), HANDS, st.sampled_from(Scope), st.booleans())
def test_no_milder_verb_was_passed_over(measure, hands, scope, consent):
    found = plan(measure, hands, scope=scope, irreversibly=consent)
    if isinstance(found, Step):
        milder = FULFILS[measure][: FULFILS[measure].index((found.verb, found.subject))]
        alone = [Hand(hand.way, hand.able & {verb}) for hand in hands for verb in milder]
        assert all(isinstance(plan(measure, [one], scope=scope, irreversibly=consent), Task) for one in alone)


@pytest.mark.invariant("I-06")
@given(st.sampled_from(MeasureName), HANDS, st.sampled_from(Scope))
def test_without_consent_nothing_is_done_that_cannot_be_undone(measure, hands, scope):
    found = plan(measure, hands, scope=scope)
    assert isinstance(found, Task) or found.undone_by is not None or found.verb is Capability.SNAPSHOT


def test_every_measure_has_its_line():
    assert set(FULFILS) == set(MeasureName)


@pytest.mark.parametrize("way", Way)
def test_every_cell_is_filled(way):
    assert set(TABLE[way]) == set(VERBS)


@pytest.mark.parametrize("way", Way)
def test_what_can_be_undone_is_undone_by_a_declared_verb(way):
    named = {cell.undone_by for verb, cell in TABLE[way].items() if verb in declared(way)} - {None}
    assert named <= {capability for capability, _ in declared(way)}
