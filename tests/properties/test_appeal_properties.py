"""Appeals: nobody judges themselves, a reversal has an effect, and what stands alone is never undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import appeal
from mufakat.rules.appeal import AppealState, Contested, Former, Level, Resolution, ResolutionIn, Standing
from mufakat.rules.errors import RefusedError
from mufakat.rules.fault import Faults
from mufakat.rules.permissions import Role

START = datetime(2017, 7, 14, tzinfo=UTC)

moments = st.integers(-(10**9), 10**9).map(lambda ms: START + timedelta(milliseconds=ms))
measures = st.lists(st.integers(1, 40).map("mea_{}".format), unique=True, max_size=6).map(tuple)


@st.composite
def decisions(draw: st.DrawFn) -> Contested:
    acted = draw(st.booleans())
    ids = draw(measures) if acted else ()
    return Contested(draw(st.integers(1, 4)), draw(moments), draw(st.booleans()), acted, ids)


formers = st.lists(
    st.builds(
        Former,
        st.sampled_from(Standing),
        st.sampled_from(Level),
        st.sampled_from(AppealState),
        st.sampled_from(["", "pty_1", "pty_2"]),
    ),
    max_size=25,
)


@pytest.mark.invariant("I-08")
@given(
    decisions(),
    st.sampled_from(Role),
    st.integers(1, 4),
    st.sampled_from(["pty_1", "pty_2"]),
    st.sampled_from(["pty_1", "pty_2"]),
)
def test_nobody_resolves_an_appeal_against_themselves(
    contested: Contested, role: Role, person: int, party: str, recipient: str
) -> None:
    if appeal.may_resolve(role, person=person, party=party, decider=contested.decider, recipient=recipient):
        assert person != contested.decider
        assert party == recipient


@pytest.mark.invariant("I-08")
@given(decisions(), st.sampled_from(Standing), st.sampled_from(Resolution), st.data())
def test_a_reversal_really_reverses_and_nothing_else_does(
    contested: Contested, standing: Standing, outcome: Resolution, data: st.DataObject
) -> None:
    chosen = tuple(data.draw(st.sets(st.sampled_from(contested.measures)))) if contested.measures else ()
    named = chosen or None if outcome is Resolution.PARTLY else None
    faults = Faults()
    appeal.judge(
        ResolutionIn(outcome=outcome, reasons="Three words suffice.", measures=named), contested, standing, faults
    )
    if len(faults):
        return
    done = appeal.effect(outcome, contested, standing, measures=named or ())
    reverses = outcome in {Resolution.REVERSED, Resolution.PARTLY}
    assert done.stands is not reverses
    # Whatever stood is undone, or the notice is decided anew; and nothing that was never done is undone.
    assert set(done.undone) <= set(contested.measures)
    if reverses:
        assert done.undone or done.reopens or not contested.measures
    else:
        assert not done.undone
        assert not done.reopens
    if outcome is Resolution.PARTLY:
        assert set(done.undone) == set(chosen)
        assert set(done.undone) < set(contested.measures)
    if outcome is Resolution.REVERSED and contested.acted and standing is not Standing.SENDER:
        assert set(done.undone) == set(contested.measures)


@given(decisions(), formers, st.sampled_from(Standing), st.sampled_from(Level), moments, st.integers(1, 10**9))
def test_who_comes_in_time_later_would_have_been_in_time_before(  # noqa: PLR0913, PLR0917 - what is drawn.
    contested: Contested, former: list[Former], standing: Standing, level: Level, at: datetime, earlier: int
) -> None:
    def passes(moment: datetime) -> bool:
        try:
            appeal.require_contestable(contested, former, standing=standing, level=level, at=moment)
        except RefusedError:
            return False
        return True

    if passes(at):
        assert passes(at - timedelta(milliseconds=earlier))


@given(decisions(), formers, st.sampled_from(Standing), st.sampled_from(Level), moments)
def test_an_appeal_that_is_taken_leaves_one_open_of_its_side(
    contested: Contested, former: list[Former], standing: Standing, level: Level, at: datetime
) -> None:
    try:
        appeal.require_contestable(contested, former, standing=standing, level=level, at=at)
    except RefusedError:
        return
    after = [*former, Former(standing, level, AppealState.LODGED)]
    same = [one for one in after if (one.standing, one.level, one.by) == (standing, level, "")]
    assert [one.state for one in same].count(AppealState.LODGED) == 1
    with pytest.raises(RefusedError):
        appeal.require_contestable(contested, after, standing=standing, level=level, at=at)


@given(moments, st.tuples(st.booleans(), st.booleans(), st.booleans()), moments)
def test_what_has_closed_would_stay_closed(until: datetime, stands: tuple[bool, bool, bool], at: datetime) -> None:
    def closes(moment: datetime) -> bool:
        return appeal.may_close(until=until, stands=stands[0], lodged=stands[1], unfinished=stands[2], at=moment)

    if closes(at):
        assert closes(at + timedelta(days=400))
        assert not stands[1]
