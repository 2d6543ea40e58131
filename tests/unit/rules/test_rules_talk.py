"""Who speaks for a side, and what a message does to the state of a notice."""

from __future__ import annotations

import pytest

from mufakat.rules import lifecycle, talk
from mufakat.rules.errors import EndedError
from mufakat.rules.lifecycle import NoticeState, Turn
from mufakat.rules.permissions import Role
from mufakat.rules.talk import Side


@pytest.mark.parametrize(
    ("side", "roles"),
    [(Side.SENDER, {Role.OFFICER}), (Side.RECIPIENT, {Role.OFFICER, Role.REPRESENTATIVE, Role.REVIEWER})],
)
def test_the_table_of_roles_says_who_speaks_for_a_side(side: Side, roles: set[Role]) -> None:
    assert {role for role in Role if talk.answers_for(role, side)} == roles


@pytest.mark.parametrize("state", NoticeState)
@pytest.mark.parametrize("side", Side)
def test_a_message_moves_nothing_but_an_awaited_answer(state: NoticeState, side: Side) -> None:
    if lifecycle.turn(state) is Turn.NOBODY:
        with pytest.raises(EndedError):
            talk.after_message(state, by=side)
        return
    awaited = state is NoticeState.NEEDS_INFORMATION and side is Side.SENDER
    assert talk.after_message(state, by=side) is (NoticeState.ACKNOWLEDGED if awaited else state)


@pytest.mark.parametrize("state", NoticeState)
def test_what_has_ended_is_open_to_nobody(state: NoticeState) -> None:
    if state in {NoticeState.CLOSED, NoticeState.WITHDRAWN}:
        with pytest.raises(EndedError, match=state.value):
            talk.require_open(state)
    else:
        talk.require_open(state)
