from __future__ import annotations

import inspect
from datetime import datetime, timedelta

import pytest

from mufakat.rules import clock, ladder, profile
from mufakat.rules.clock import Rest
from mufakat.rules.ladder import next_rung
from mufakat.rules.profile import Act, Calendar, Duration, Ladder, LadderStep, Weekday

STARTED = datetime.fromisoformat("2017-07-14T08:00:00+07:00")
DUE = datetime.fromisoformat("2017-07-14T12:00:00+07:00")
UNANSWERED = profile.load("id-2017").ladders[0]


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_the_ladder_of_2017_goes_from_a_reminder_to_a_proposal() -> None:
    found = ladder.rungs(UNANSWERED, started_at=STARTED, due_at=DUE)
    assert [(rung.act, rung.at - STARTED, rung.proposes) for rung in found] == [
        (Act.REMIND, hours(1), None),
        (Act.SECOND_CONTACT, hours(2), None),
        (Act.SENIOR_CONTACT, hours(3), None),
        (Act.PHONE_TASK, hours(4), None),
        (Act.UNREACHABLE, hours(6), None),
        (Act.PROPOSE, hours(30), "notice_of_intended_block"),
    ]


@pytest.mark.parametrize("climbed", range(6))
def test_the_next_step_is_the_one_after_those_climbed(climbed: int) -> None:
    found = next_rung(UNANSWERED, started_at=STARTED, due_at=DUE, climbed=climbed)
    assert found == ladder.rungs(UNANSWERED, started_at=STARTED, due_at=DUE)[climbed]


@pytest.mark.parametrize("climbed", [6, 7, 1000])
def test_there_is_nothing_above_the_top(climbed: int) -> None:
    assert next_rung(UNANSWERED, started_at=STARTED, due_at=DUE, climbed=climbed) is None


def test_nobody_has_climbed_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="fewer than no steps"):
        next_rung(UNANSWERED, started_at=STARTED, due_at=DUE, climbed=-1)


def of(*steps: LadderStep) -> Ladder:
    return Ladder("made_up", "soon", steps)


def step(name: str, after: Duration, counted_from: str = "start") -> LadderStep:
    return LadderStep(name, Act.REMIND, after, counted_from)


def test_a_step_is_never_before_the_one_under_it() -> None:
    made = of(step("late", Duration(elapsed="PT5H")), step("early", Duration(elapsed="PT1H")))
    assert [rung.at - STARTED for rung in ladder.rungs(made, started_at=STARTED, due_at=DUE)] == [hours(5), hours(5)]


def test_a_step_counts_from_the_planned_time_of_another() -> None:
    made = of(
        step("first", Duration(elapsed="PT1H"), "due"),
        step("second", Duration(elapsed="PT2H"), "first"),
        step("third", Duration(elapsed="PT30M"), "second"),
    )
    found = ladder.rungs(made, started_at=STARTED, due_at=DUE)
    assert [rung.at - DUE for rung in found] == [hours(1), hours(3), hours(3.5)]


def test_a_step_of_working_time_is_taken_when_people_work() -> None:
    office = Calendar("office", "Asia/Jakarta", tuple(Weekday)[:5], ("08:00-16:00",), "ID")
    made = of(step("monday", Duration(working="PT9H", calendar="office")))
    (rung,) = ladder.rungs(made, started_at=STARTED, due_at=DUE, calendars=(office,))
    assert rung.at == datetime.fromisoformat("2017-07-17T09:00:00+07:00")


REST = Rest(STARTED + hours(1.5), STARTED + hours(11.5))


def test_what_was_still_to_come_waits_out_a_rest_of_the_clock() -> None:
    due = clock.after_rest(Duration(elapsed="PT4H"), DUE, since=STARTED, rest=REST)
    found = ladder.rungs(UNANSWERED, started_at=STARTED, due_at=due, rests=[REST])
    assert [rung.at - STARTED for rung in found] == [hours(each) for each in (1, 12, 13, 14, 16, 40)]


def test_two_rests_are_waited_out_one_after_the_other() -> None:
    rests = [REST, Rest(STARTED + hours(12.5), STARTED + hours(13.5))]
    due = DUE
    for rest in rests:
        due = clock.after_rest(Duration(elapsed="PT4H"), due, since=STARTED, rest=rest)
    found = ladder.rungs(UNANSWERED, started_at=STARTED, due_at=due, rests=rests)
    assert [rung.at - STARTED for rung in found] == [hours(each) for each in (1, 12, 14, 15, 17, 41)]


@pytest.mark.invariant("I-05")
def test_no_ladder_asks_how_the_recipient_answered() -> None:
    asked = {name for made in (ladder.next_rung, ladder.rungs) for name in inspect.signature(made).parameters}
    assert asked == {"ladder", "started_at", "due_at", "climbed", "calendars", "rests"}


@pytest.mark.invariant("I-05")
@pytest.mark.parametrize("name", profile.names())
def test_a_ladder_ends_as_its_clock_does_and_its_steps_only_tell_or_propose(name: str) -> None:
    rules = profile.load(name)
    stops = {rule.stops for each in rules.ladders if (rule := rules.clock(each.clock))}
    assert stops <= {"notice.acknowledged", "decision.made"}  # A refusal is a decision as well as an action is.


@pytest.mark.parametrize("name", profile.names())
def test_every_ladder_of_the_package_first_tells_people_and_proposes_last(name: str) -> None:
    for each in profile.load(name).ladders:
        acts = [step.act is Act.PROPOSE for step in each.steps]
        assert acts == sorted(acts)


@pytest.mark.parametrize("name", profile.names())
def test_every_unanswered_notice_ends_in_the_marker_that_both_sides_see(name: str) -> None:
    rules = profile.load(name)
    unanswered = [each for each in rules.ladders if (rule := rules.clock(each.clock)) and "acknowledged" in rule.stops]
    order = [Act.REMIND, Act.SECOND_CONTACT, Act.SENIOR_CONTACT, Act.PHONE_TASK, Act.UNREACHABLE]
    assert unanswered
    assert all([step.act for step in each.steps][:5] == order for each in unanswered)
