"""Chats with the Government Channel bot: whose they may be, and what is asked in which order."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import chat_steps, chats
from mufakat.rules.chat_steps import PLANS, TYPED, Plan, Step
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role

MAY = {
    *((kind, Role.OFFICER) for kind in (PartyKind.REGULATOR, PartyKind.TRUSTED_FLAGGER, PartyKind.COURT)),
    *((PartyKind.PLATFORM, role) for role in (Role.REPRESENTATIVE, Role.REVIEWER)),
}


def test_who_asks_and_who_answers_for_a_platform_may_have_a_chat_and_nobody_else():
    assert {(kind, role) for kind in PartyKind for role in Role if chats.may_be_bound(kind, role)} == MAY


def test_a_word_that_binds_fits_behind_start():
    word = base64.urlsafe_b64encode(bytes(chats.WORD_BYTES)).rstrip(b"=").decode()
    assert (chats.is_word(word), len(word) <= 64) == (True, True)


@pytest.mark.parametrize("text", ["", "a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "\n", "ä" * 43])
def test_what_has_not_the_form_of_a_word_is_none(text):
    assert not chats.is_word(text)


@pytest.mark.parametrize("plan", Plan)
def test_every_plan_ends_with_a_summary_that_somebody_agrees_to(plan):
    assert PLANS[plan][-1] is Step.CONFIRM


@given(plan=st.sampled_from(Plan), own=st.booleans())
def test_steps_are_asked_in_their_order_each_once_and_back_undoes_one(plan, own):
    said: dict[str, object] = {}
    asked = []
    while (step := chat_steps.next_step(plan, said)) is not Step.CONFIRM:
        before = dict(said)
        asked.append(step)
        said[step.value] = "own" if step is Step.GROUND and own else "x"
        assert chat_steps.without_last(plan, said) == before
    left_out = [] if own or plan is not Plan.NOTICE else [Step.LAW]
    assert asked == [step for step in PLANS[plan][:-1] if step not in left_out]


def test_the_last_step_is_answered_by_nothing_that_was_said():
    everything = dict.fromkeys((step.value for step in Step), "x")
    assert {chat_steps.next_step(plan, everything) for plan in Plan} == {Step.CONFIRM}
    assert Step.CONFIRM not in TYPED
