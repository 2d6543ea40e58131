"""How well notices hold: fates, shares with their bounds, and what follows for a quota."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.histories import CLOCKS

from mufakat.rules import accuracy, consequences, conservation, histories, profile, timeliness
from mufakat.rules.accuracy import Fate, Happened, Standing, Tally
from mufakat.rules.consequences import Consequence
from mufakat.rules.decision import Outcome, Refusal
from mufakat.rules.events import EventType
from mufakat.rules.histories import Occurrence
from mufakat.rules.mandate import Quota
from mufakat.rules.timeliness import Timeliness, Turn

AT = datetime(2026, 7, 14, tzinfo=UTC)
CAME = Happened(EventType.NOTICE_RECEIVED)
ACTED = Happened(EventType.DECISION_MADE, Outcome.ACT_FULL)
REFUSED = Happened(EventType.DECISION_MADE, Outcome.REFUSE, Refusal.NOT_ILLEGAL)
REVERSED = Happened(EventType.APPEAL_REVERSED)
PARTLY = Happened(EventType.APPEAL_PARTLY_REVERSED)
BY_SENDER = Happened(EventType.APPEAL_REVERSED, by_sender=True)
TAKEN_BACK = Happened(EventType.NOTICE_WITHDRAWN)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], None),
        ([CAME], Standing(Fate.OPEN)),
        ([CAME, TAKEN_BACK], Standing(Fate.WITHDRAWN)),
        ([CAME, ACTED], Standing(Fate.ACT_FULL)),
        ([CAME, REFUSED], Standing(Fate.REFUSED_NOT_ILLEGAL)),
        ([CAME, ACTED, REVERSED], Standing(Fate.ACT_FULL, overturned=True)),
        ([CAME, ACTED, PARTLY], Standing(Fate.ACT_FULL, partly_overturned=True)),
        ([CAME, ACTED, PARTLY, REVERSED], Standing(Fate.ACT_FULL, overturned=True)),
        ([CAME, ACTED, REVERSED, PARTLY], Standing(Fate.ACT_FULL, overturned=True)),
        ([CAME, REFUSED, REVERSED], Standing(Fate.OPEN)),
        ([CAME, REFUSED, REVERSED, ACTED], Standing(Fate.ACT_FULL)),
        ([CAME, ACTED, BY_SENDER], Standing(Fate.OPEN)),
        ([CAME, REVERSED], Standing(Fate.OPEN)),
        ([ACTED], None),
    ],
)
def test_a_notice_is_what_its_last_word_makes_it(history: list[Happened], expected: Standing | None) -> None:
    assert accuracy.standing(history) == expected


@pytest.mark.parametrize("fate", Fate)
def test_every_fate_says_something_about_the_notice(fate: Fate) -> None:
    assert fate in accuracy.VERDICTS
    assert fate.value in accuracy.COUNTED


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_fate(outcome: Outcome) -> None:
    expected = Fate.OPEN if outcome is Outcome.NEEDS_INFORMATION else None
    found = accuracy.fate_of(outcome, Refusal.UNCLEAR if outcome is Outcome.REFUSE else None)
    assert (found is Fate.OPEN) == (expected is Fate.OPEN)


@pytest.mark.invariant("I-11")
def test_every_decided_fate_belongs_to_one_outcome_of_the_report() -> None:
    named = [fate for fates in conservation.OUTCOMES.values() for fate in fates]
    assert (len(named), set(named)) == (len(set(named)), set(accuracy.DECIDED))


@pytest.mark.invariant("I-11")
def test_a_report_that_loses_a_notice_is_not_made() -> None:
    with pytest.raises(conservation.UnbalancedError):
        conservation.report([Tally(received=2, open=1)])


@pytest.mark.parametrize(
    ("part", "whole", "lower", "upper"),
    [
        # Computed by hand from Wilson (1927), z = 1.959964.
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (1, 2, 0.0945, 0.9055),
        (90, 100, 0.8256, 0.9448),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_bounds_are_wilsons(part: int, whole: int, lower: float, upper: float) -> None:
    found = accuracy.share(part, whole)
    assert found.lower == pytest.approx(lower, abs=1e-4)
    assert found.upper == pytest.approx(upper, abs=1e-4)


@pytest.mark.parametrize(("part", "whole"), [(-1, 1), (2, 1)])
def test_more_than_all_is_no_share(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        accuracy.share(part, whole)


def judged(right: int, wrong: int) -> Tally:
    return Tally(received=right + wrong, act_full=right, refused_not_illegal=wrong)


@pytest.mark.parametrize(
    ("tally", "former", "percent", "proposes"),
    [
        (judged(0, 29), 100, 100, False),  # Too few to say anything.
        (judged(0, 30), 100, 10, True),
        (judged(100, 0), 100, 100, False),
        (judged(60, 40), 100, 50 if accuracy.share(60, 100).upper < 0.7 else 100, False),
        (judged(50, 50), 100, 50, False),
        (judged(30, 70), 100, 25, False),
        (judged(10, 90), 100, 10, True),
        (judged(10, 90), 10, 10, True),
        (judged(90, 10), 10, 100, False),  # It recovers as it fell.
        (judged(62, 38), 50, 50, False),  # Just above the edge: it stays.
        (Tally(received=500, withdrawn=500), 100, 100, False),  # Taking back is no fault.
        (Tally(received=500, refused_already_gone=500), 100, 100, False),
    ],
)
def test_what_follows_from_a_count(tally: Tally, former: int, percent: int, *, proposes: bool) -> None:
    found = consequences.consequence(tally, former=former)
    assert (found.percent, found.proposes) == (percent, proposes)


@pytest.mark.parametrize("quota", [Quota(1, 1), Quota(3, 9), Quota(20_000, 1_000)])
@pytest.mark.parametrize("percent", [step.percent for step in consequences.STEPS] + [1])
def test_a_quota_is_never_lowered_to_nothing(quota: Quota, percent: int) -> None:
    found = consequences.lowered(quota, percent)
    assert 1 <= found.burst <= quota.burst
    assert 1 <= found.per_minute <= quota.per_minute


def test_a_quota_that_is_whole_is_as_it_was_granted() -> None:
    assert consequences.lowered(Quota(7, 3), consequences.WHOLE) == Quota(7, 3)


def test_what_people_lifted_is_not_counted_again() -> None:
    assert consequences.counted_from(lifted_on=None, at=AT) == date(2026, 1, 15)
    assert consequences.counted_from(lifted_on=date(2026, 7, 1), at=AT) == date(2026, 7, 2)
    assert consequences.counted_from(lifted_on=date(2020, 1, 1), at=AT) == date(2026, 1, 15)


def test_the_evidence_can_be_counted_again() -> None:
    tally = judged(5, 95)
    found = consequences.consequence(tally)
    told = consequences.evidence(tally, found, since=AT.date() - timedelta(days=9), until=AT.date())
    again = consequences.from_json(consequences.to_json(told))
    assert again == told
    assert consequences.consequence(Tally(**again.counted)) == found


def test_no_evidence_is_made_where_nothing_follows() -> None:
    with pytest.raises(ValueError, match="nothing"):
        consequences.evidence(judged(1, 0), Consequence(), since=AT.date(), until=AT.date())


@pytest.mark.parametrize(("right", "wrong", "says"), [(0, 0, "nothing"), (1, 1, "too few"), (90, 10, "90 of 100")])
def test_a_share_is_explained_in_a_sentence(right: int, wrong: int, says: str) -> None:
    told = consequences.explained(accuracy.precision(judged(right, wrong)))
    assert says in told.replace("No decided notice says anything", "nothing")


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([], Timeliness()),
        ([Turn.RECEIVED], Timeliness(received=1, waiting=1)),
        ([Turn.RECEIVED, Turn.WITHDRAWN], Timeliness(received=1, withdrawn=1)),
        (
            [Turn.RECEIVED, Turn.ACKNOWLEDGED, Turn.ANSWERED],
            Timeliness(received=1, answered_in_time=1, acknowledged_in_time=1),
        ),
        (
            [Turn.RECEIVED, Turn.ACKNOWLEDGEMENT_LATE, Turn.ACKNOWLEDGED, Turn.ANSWER_LATE, Turn.ANSWERED],
            Timeliness(received=1, answered_late=1, acknowledged_late=1),
        ),
        (
            [Turn.RECEIVED, Turn.ACKNOWLEDGEMENT_LATE, Turn.ANSWER_LATE],
            Timeliness(received=1, unanswered_late=1, unacknowledged_late=1),
        ),
        (
            [Turn.RECEIVED, Turn.ANSWERED, Turn.ANSWER_LATE, Turn.APPEAL_STOOD, Turn.APPEAL_OVERTURNED],
            Timeliness(received=1, answered_in_time=1, appeals_resolved=2, appeals_overturned=1),
        ),
    ],
)
def test_an_answer_is_in_time_or_not(turns: list[Turn], expected: Timeliness) -> None:
    assert timeliness.of_one(turns) == expected


@pytest.mark.invariant("I-05")
def test_nothing_that_counts_answers_knows_an_outcome() -> None:
    words = {turn.value for turn in Turn} | set(timeliness.COUNTED)
    outcomes = {outcome.value for outcome in Outcome} | {code.value for code in Refusal} | {"refuse", "acted"}
    assert not words & outcomes
    assert not {"Outcome", "Refusal", "Fate", "Tally"} & set(vars(timeliness))


def test_a_clock_that_repeats_is_known_by_its_name() -> None:
    history = [Occurrence(EventType.CLOCK_BREACHED, clock="takedown_same_day#2")]
    assert list(histories.turns(history, clocks=CLOCKS)) == [Turn.ANSWER_LATE]


def test_the_clocks_of_a_profile_are_told_apart() -> None:
    assert histories.clocks_of(profile.load("id-2017")) == CLOCKS
