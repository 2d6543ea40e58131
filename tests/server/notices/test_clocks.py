"""A clock runs out once, with one event; it stops at the event that the profile names, and rests with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction
from tests.server.notices.test_notices_operations import at_once
from tests.server.notices.ticking import START, Ticking, carried, events, leaf, said

from mufakat.rules import profile
from mufakat.rules.errors import ClockStandsError, NotFoundError, NotPermittedError
from mufakat.server.journal import door
from mufakat.server.journal.models import Event
from mufakat.server.notices import clocks, operations, pauses, queries
from mufakat.server.notices.models import Clock, Notice, Rest, Step

if TYPE_CHECKING:
    from tests.houses import House

ACKNOWLEDGE, DECIDE = "acknowledge_within", "takedown_same_day"


@pytest.fixture
def ticking(house: House) -> Ticking:
    return Ticking(house)


def breaches(notice: str) -> list[str]:
    return [said(event)["clock"] for event in events(notice, "clock.breached")]


def test_a_clock_that_runs_out_is_one_event_that_both_sides_are_told(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    ticking.wait(hours=4, seconds=1)
    (event,) = events(notice, "clock.breached")
    assert (event.sender, event.recipient, said(event)) == ("mufakat", "telegram", {"clock": ACKNOWLEDGE})
    assert leaf(event)["due"] == "2040-01-02T06:00:00.000Z"
    assert leaf(event)["ref"] == [queries.first_event(notice).id]
    assert carried(event) == {"party:kominfo", "party:telegram"}
    assert ticking.clock(notice).breached_at == event.at


def test_the_last_moment_is_still_in_time(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    ticking.wait(hours=4)
    assert breaches(notice) == []
    ticking.wait(microseconds=1000)
    assert breaches(notice) == [ACKNOWLEDGE]


def test_sweeping_again_and_from_many_threads_is_no_second_event(ticking: Ticking) -> None:
    notices = [ticking.house.submit(key=f"k{number}").subject for number in range(5)]
    ticking.at += timedelta(days=3)
    done = at_once(*[lambda: clocks.sweep(at=ticking.at).done] * 8)
    assert sum(done) == 10
    assert Event.objects.filter(type="clock.breached").count() == 10
    assert {tuple(breaches(notice)) for notice in notices} == {(ACKNOWLEDGE, DECIDE)}


def test_more_than_a_portion_runs_out_in_one_sweep(ticking: Ticking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "PORTION", 3)
    for number in range(8):
        ticking.house.submit(key=f"k{number}")
    before = ticking.house.writer.commits
    assert clocks.sweep(at=START + timedelta(hours=5)) == (8, False)
    assert ticking.house.writer.commits - before == 3


def test_what_was_answered_in_time_never_runs_out(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    operations.acknowledge(notice, by=ticking.house.caller("telegram", "reviewer"))
    ticking.wait(hours=5)
    assert breaches(notice) == []


def test_what_was_taken_back_never_runs_out(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    operations.withdraw(notice, by=ticking.house.caller("kominfo", "officer"), reason="A made-up one.")
    ticking.wait(days=3)
    assert breaches(notice) == []
    assert set(Clock.objects.filter(notice=notice).values_list("void", "next_at")) == {(True, None)}


@pytest.mark.parametrize(("deed", "state"), [("acknowledged", "missed"), ("withdrawn", "void")])
def test_what_ends_late_and_before_a_sweep_ran_out_all_the_same(ticking: Ticking, deed: str, state: str) -> None:
    notice = ticking.house.submit().subject
    ticking.at += timedelta(hours=5)
    if deed == "acknowledged":
        operations.acknowledge(notice, by=ticking.house.caller("telegram", "reviewer"))
    else:
        operations.withdraw(notice, by=ticking.house.caller("kominfo", "officer"), reason="A made-up one.")
    assert [event.type for event in events(notice)][-2:] == ["clock.breached", f"notice.{deed}"]
    assert breaches(notice) == [ACKNOWLEDGE]
    clock = ticking.clock(notice)
    assert (clock.breached_at, clock.ended_at) == (ticking.at, ticking.at)
    assert clocks.state_of(clock, profile.load("id-2017"), at=ticking.at) == state
    assert Step.objects.get(clock=clock).act == "breached"
    ticking.wait(hours=1)
    assert breaches(notice) == [ACKNOWLEDGE]


def test_the_notice_is_due_when_its_next_clock_is(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    assert Notice.objects.get(pk=notice).due_at == ticking.clock(notice).due_at
    operations.acknowledge(notice, by=ticking.house.caller("telegram", "reviewer"))
    assert Notice.objects.get(pk=notice).due_at == ticking.clock(notice, DECIDE).due_at


def test_overdue_clocks_are_counted_before_and_after_the_sweep(ticking: Ticking) -> None:
    ticking.house.submit()
    ticking.at += timedelta(hours=5)
    assert queries.overdue(at=ticking.at) == 1
    clocks.sweep(at=ticking.at)
    assert queries.overdue(at=ticking.at) == 1


# -- What the database itself refuses ----------------------------------------------------------------------------------


def refused(sql: str, *values: str | int) -> str:
    """The words with which the database refuses this statement, in a transaction that leaves nothing."""

    def run(moment: object) -> str:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, values)
        except IntegrityError as error:
            return str(error)
        return "taken"

    return door.commit(run)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("breached_at = NULL", "clock_never_climbs_down"),
        ("climbed = climbed - 1", "clock_never_climbs_down"),
        ("ended_at = due_at", "clock_climbs_only_while_it_runs"),
        ("paused_at = due_at, next_at = NULL", "clock_rests_only_while_it_runs_in_time"),
        ("aim = (1 = 1)", "clock_that_is_no_term_is_kept"),
    ],
)
def test_a_clock_that_ran_out_cannot_be_made_to_stand_otherwise(ticking: Ticking, change: str, name: str) -> None:
    notice = ticking.house.submit().subject
    ticking.wait(hours=5)
    statement = f"UPDATE notices_clock SET {change} WHERE notice_id = %s AND name = %s"  # noqa: S608 - our own words.
    assert name in refused(statement, notice, ACKNOWLEDGE)


def test_a_step_is_taken_once_for_ever(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    ticking.wait(hours=5)
    step = Step.objects.filter(clock__notice=notice, rung=0).values("clock_id").get()["clock_id"]
    told = refused(
        "INSERT INTO notices_step (clock_id, rung, name, act, at, event) "
        "SELECT clock_id, rung, name, act, at, event FROM notices_step WHERE clock_id = %s AND rung = 0",
        step,
    )
    assert told != "taken"


# -- Rests -------------------------------------------------------------------------------------------------------------


def test_a_pause_keeps_what_was_left_and_says_why_to_both(ticking: Ticking) -> None:
    notice, officer = ticking.house.submit().subject, ticking.house.caller("kominfo", "officer")
    ticking.wait(minutes=30)
    pauses.pause(notice, ACKNOWLEDGE, by=officer, reason="We look for the missing page.")
    clock, (event,) = ticking.clock(notice), events(notice, "clock.paused")
    assert (clock.remaining, clock.paused_at, clock.next_at) == (timedelta(hours=3, minutes=30), ticking.at, None)
    assert said(event) == {"clock": ACKNOWLEDGE, "reason": "We look for the missing page."}
    assert (event.sender, event.recipient) == ("kominfo", "telegram")
    assert carried(event) == {"party:kominfo", "party:telegram"}


def test_a_clock_that_rests_neither_runs_out_nor_climbs(ticking: Ticking) -> None:
    notice, officer = ticking.house.submit().subject, ticking.house.caller("kominfo", "officer")
    pauses.pause(notice, ACKNOWLEDGE, by=officer, reason="A made-up one.")
    ticking.wait(days=1)
    assert breaches(notice) == [DECIDE]
    assert events(notice, "escalation.climbed") == []


def test_a_clock_goes_on_with_what_was_left_and_its_ladder_with_it(ticking: Ticking) -> None:
    notice, officer = ticking.house.submit().subject, ticking.house.caller("kominfo", "officer")
    before = ticking.clock(notice)
    ticking.wait(minutes=30)
    pauses.pause(notice, ACKNOWLEDGE, by=officer, reason="A made-up one.")
    ticking.wait(hours=10)
    pauses.resume(notice, ACKNOWLEDGE, by=officer, reason="It came.")
    after = ticking.clock(notice)
    assert after.due_at - before.due_at == timedelta(hours=10)
    assert after.next_at is not None
    assert before.next_at is not None
    assert after.next_at - before.next_at == timedelta(hours=10)
    assert Notice.objects.get(pk=notice).due_at == min(after.due_at, ticking.clock(notice, DECIDE).due_at)


def test_the_due_time_of_the_notice_leaves_out_what_rests(ticking: Ticking) -> None:
    notice, officer = ticking.house.submit().subject, ticking.house.caller("kominfo", "officer")
    pauses.pause(notice, ACKNOWLEDGE, by=officer, reason="A made-up one.")
    assert Notice.objects.get(pk=notice).due_at == ticking.clock(notice, DECIDE).due_at


def test_who_owes_the_act_cannot_pause_its_own_clock(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    with pytest.raises(NotPermittedError, match="side that waits"):
        pauses.pause(notice, ACKNOWLEDGE, by=ticking.house.caller("telegram", "reviewer"), reason="We would like to.")
    assert Rest.objects.count() == 0


def test_who_owes_the_act_may_end_a_rest(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    pauses.pause(notice, ACKNOWLEDGE, by=ticking.house.caller("kominfo", "officer"), reason="A made-up one.")
    pauses.resume(notice, ACKNOWLEDGE, by=ticking.house.caller("telegram", "reviewer"), reason="We have it.")
    assert ticking.clock(notice).paused_at is None


def test_a_stranger_finds_no_clock(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    with pytest.raises(NotFoundError):
        pauses.pause(notice, ACKNOWLEDGE, by=ticking.house.caller("bnpt", "officer"), reason="A made-up one.")


def test_an_auditor_pauses_nothing(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    with pytest.raises(NotPermittedError):
        pauses.pause(notice, ACKNOWLEDGE, by=ticking.house.caller("auditor", "auditor"), reason="A made-up one.")


def test_a_clock_of_no_such_name_is_not_there(ticking: Ticking) -> None:
    notice = ticking.house.submit().subject
    with pytest.raises(NotFoundError, match="clock"):
        pauses.pause(notice, "tea_time", by=ticking.house.caller("kominfo", "officer"), reason="A made-up one.")


@pytest.mark.parametrize("looks", [0, 1], ids=["before-a-sweep", "after-a-sweep"])
def test_an_overdue_clock_does_not_rest(ticking: Ticking, looks: int) -> None:
    notice, officer = ticking.house.submit().subject, ticking.house.caller("kominfo", "officer")
    ticking.at += timedelta(hours=5)
    for _ in range(looks):
        ticking.work()
    with pytest.raises(ClockStandsError, match="overdue"):
        pauses.pause(notice, ACKNOWLEDGE, by=officer, reason="Too late.")


def test_a_clock_rests_once_at_a_time(ticking: Ticking) -> None:
    notice, officer = ticking.house.submit().subject, ticking.house.caller("kominfo", "officer")
    pauses.pause(notice, ACKNOWLEDGE, by=officer, reason="A made-up one.")
    with pytest.raises(ClockStandsError, match="paused"):
        pauses.pause(notice, ACKNOWLEDGE, by=officer, reason="Once more.")


def test_an_answer_while_the_clock_rests_is_in_time(ticking: Ticking) -> None:
    notice, officer = ticking.house.submit().subject, ticking.house.caller("kominfo", "officer")
    pauses.pause(notice, ACKNOWLEDGE, by=officer, reason="A made-up one.")
    ticking.wait(days=2)
    operations.acknowledge(notice, by=ticking.house.caller("telegram", "reviewer"))
    clock = ticking.clock(notice)
    assert clock.ended_at is not None
    assert clock.ended_at <= clock.due_at
    assert (clock.paused_at, clock.remaining) == (None, None)
    assert Rest.objects.get(clock=clock).resumed_at == ticking.at
