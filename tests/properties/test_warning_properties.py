"""No sequence of deeds skips a step of a ladder, sends one early, or sends more letters than the profile knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import warning
from mufakat.rules.errors import RefusedError
from mufakat.rules.profile import Act, Duration, Ladder, LadderStep, Letter
from mufakat.rules.warning import Sent

START = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    """A ladder of letters, with other steps between them, that ends in the announcement of a block."""
    steps: list[LadderStep] = []
    letters = 0
    for number in range(draw(st.integers(1, 7))):
        hours = Duration(elapsed=f"PT{draw(st.integers(1, 48))}H")
        base = draw(st.sampled_from(["start", "due", *(step.name for step in steps)]))
        kind = draw(st.sampled_from(["remind", "letter", "block"]))
        name = f"step_{number}"
        if kind == "remind":
            steps.append(LadderStep(name, Act.REMIND, hours, base))
        elif kind == "block":
            steps.append(LadderStep(name, Act.PROPOSE, hours, base, "notice_of_intended_block"))
        else:
            letters += 1
            letter = Letter(f"L{letters}", letters)
            steps.append(LadderStep(name, Act.PROPOSE, hours, base, "warning_letter", letter=letter))
    most = draw(st.none() | st.integers(1, 5))
    return Ladder("made-up", "soon", tuple(steps), most)


@pytest.mark.invariant("I-07")
@given(st.data())
def test_no_sequence_of_deeds_skips_a_step_or_sends_more_letters_than_the_profile_knows(data: st.DataObject) -> None:
    found = data.draw(ladders())
    names = [step.name for step in found.steps]
    sent: list[Sent] = []
    at = START
    came: set[str] = set()
    for _ in range(data.draw(st.integers(0, 25))):
        at += timedelta(minutes=data.draw(st.integers(0, 60 * 60)))
        came |= set(data.draw(st.lists(st.sampled_from(names))))
        wanted = data.draw(st.sampled_from([*names, "no_such_step"]))
        try:
            taken = warning.require(found, wanted, came=came, sent=sent, at=at)
        except RefusedError:
            continue
        assert taken.name in came
        sent.append(Sent(taken.name, at))
    order = [one.step for one in sent]
    people = [step.name for step in warning.documents(found)]
    assert order == people[: len(order)]  # In their order, each once, none skipped.
    letters = [step for step in found.steps if step.letter is not None and step.name in order]
    assert [step.letter.number for step in letters if step.letter] == list(range(1, len(letters) + 1))
    if found.at_most_letters is not None:
        assert len(letters) <= found.at_most_letters
    when = {one.step: one.at for one in sent}
    for step in found.steps:
        if step.name in when and step.counted_from in when and step.after.elapsed:
            waited = timedelta(hours=int(step.after.elapsed[2:-1]))
            assert when[step.name] - when[step.counted_from] >= waited
