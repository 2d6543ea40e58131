"""Whatever people do and whenever the server is there: each clock runs out once, each step is taken once, in order.

Hypothesis plays people, time that jumps, sweeps of other workers, and crashes in the middle of a portion.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.server.notices.ticking import Ticking, contact, events, said

from mufakat.rules import pace, profile
from mufakat.rules.errors import RefusedError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.journal import door, store
from mufakat.server.journal.database import is_embedded
from mufakat.server.notices import clocks, escalation, operations, pauses
from mufakat.server.notices.models import Clock, Notice, Step, Task
from mufakat.server.parties import operations as people_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

CLOCKS = ("acknowledge_within", "takedown_same_day")
MINUTES = st.sampled_from([1, 9, 15, 61, 119, 241, 1441, 4000])
DEEDS = st.one_of(
    st.tuples(st.just("wait"), MINUTES),
    st.tuples(st.just("live"), st.sampled_from([30, 90, 300])),
    st.tuples(st.just("back"), MINUTES),
    st.tuples(st.sampled_from(["breach", "climb"]), st.none()),
    st.tuples(st.just("crash"), st.integers(0, 6)),
    st.tuples(st.sampled_from(["acknowledge", "withdraw", "hasten"]), st.integers(0, 1)),
    st.tuples(st.sampled_from(["pause", "resume"]), st.tuples(st.integers(0, 1), st.sampled_from(CLOCKS))),
)


class Cut(RuntimeError):  # noqa: N818 - the power, not the program, failed.
    """Here the process is killed: nothing of the transaction is kept."""


class Play:
    """Two notices and everybody around them."""

    def __init__(self, ticking: Ticking, number: int) -> None:
        self.ticking = ticking
        self.notices = [str(ticking.submit(key=f"{number}-{each}").subject) for each in range(2)]
        self.sender = ticking.house.caller("kominfo", "officer")
        self.reviewer = ticking.house.caller("quiet", "reviewer")

    def wait(self, minutes: int) -> None:
        self.ticking.wait(minutes=minutes)

    def live(self, minutes: int) -> None:
        self.ticking.live(minutes=minutes, every=10)

    def back(self, minutes: int) -> None:
        """The clock of the machine is set back, and a sweep is done by it; the writer's time does not go back."""
        before = self.ticking.at
        self.ticking.at -= timedelta(minutes=minutes)
        self.ticking.work()
        self.ticking.at = before

    def breach(self, _: None) -> None:
        clocks.sweep(at=self.ticking.at)

    def climb(self, _: None) -> None:
        escalation.sweep(at=self.ticking.at)

    def crash(self, statement: int) -> None:
        """Both sweeps, killed before one of their statements: at the next look everything is as before."""
        for part in (clocks.sweep, escalation.sweep):
            broken: Any = cut(statement)
            with mock.patch.multiple(store, **broken), suppress(Cut):
                part(at=self.ticking.at)

    def acknowledge(self, which: int) -> None:
        operations.acknowledge(self.notices[which], by=self.reviewer)

    def withdraw(self, which: int) -> None:
        operations.withdraw(self.notices[which], by=self.sender, reason="A made-up one.")

    def hasten(self, which: int) -> None:
        notice, at = self.notices[which], self.ticking.at
        door.commit(lambda moment: escalation.hasten(notice, at=at, moment=moment))

    def pause(self, what: tuple[int, str]) -> None:
        pauses.pause(self.notices[what[0]], what[1], by=self.sender, reason="A made-up one.")

    def resume(self, what: tuple[int, str]) -> None:
        pauses.resume(self.notices[what[0]], what[1], by=self.reviewer, reason="A made-up one.")


def cut(statement: int) -> dict[str, Callable[..., Any]]:
    """The writer's statements, of which the one of this number finds no power."""
    left = [statement]
    made: dict[str, Callable[..., Any]] = {}
    for name in ("insert", "change", "move", *(() if is_embedded() else ("tell",))):
        true = getattr(store, name)

        def run(*words: Any, true: Callable[..., Any] = true) -> Any:
            if left[0] == 0:
                left[0] = -1
                raise Cut
            left[0] -= 1
            return true(*words)

        made[name] = run
    return made


def require_sane(play: Play) -> None:
    for notice in play.notices:
        row = Notice.objects.get(pk=notice)
        running = list(Clock.objects.filter(notice=notice).order_by("pk"))
        free = [one.due_at for one in running if one.ended_at is None and one.paused_at is None]
        assert row.due_at == min(free, default=None)
        assert (row.unreachable_since is None) or row.state == "received"
        for one in running:
            require_clock(notice, one)


def require_clock(notice: str, one: Clock) -> None:
    breaches = [event for event in events(notice, "clock.breached") if said(event)["clock"] == one.name]
    climbs = [event for event in events(notice, "escalation.climbed") if said(event)["clock"] == one.name]
    ladder = profile.load("id-2017").ladder_of(one.name)
    names = [step.name for step in ladder.steps] if ladder else []
    # (1) It ran out once, or not at all, and never where it was done in time.
    assert len(breaches) == (one.breached_at is not None)
    assert one.ended_at is None or one.ended_at > one.due_at or not breaches
    # (2) The steps are the first of the ladder, each once, in their order.
    assert [said(event)["step"] for event in climbs] == names[: one.climbed]
    kept = Step.objects.filter(clock=one).order_by("rung").values_list("rung", "event")
    assert list(kept) == [(0, event.id) for event in breaches] + [
        (place + 1, event.id) for place, event in enumerate(climbs)
    ]
    # (3) Between two steps there was time to answer, unless nobody was there to be told.
    for before, after in pairwise(climbs):
        assert after.at - before.at >= (timedelta(0) if "missing" in said(before) else pace.HASTE)
    # (4) What has ended or rests has no next step; what people are asked to do ends with it.
    assert one.next_at is None or (one.ended_at is None and one.paused_at is None)
    assert one.ended_at is None or not Task.objects.filter(clock=one, done_at=None, ended_at=None).exists()


@pytest.fixture
def ticking(house: House) -> Ticking:
    made = Ticking(house, to="quiet")
    party = people_of.register_party("quiet", kind=PartyKind.PLATFORM, name="Quiet Platform", country="ID")
    people_of.enrol_person(party, role=Role.REVIEWER, ordinal=1, email="reviewer@quiet.example", name="A reviewer")
    contact("quiet", 1)
    contact("quiet", 2, senior=True, phone="+62 21 555 0100")
    return made


@pytest.mark.invariant("I-03")
@pytest.mark.invariant("I-05")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(DEEDS, min_size=3, max_size=14))
def test_everything_happens_once_and_in_its_order(ticking: Ticking, deeds: list[tuple[str, Any]]) -> None:
    ticking.at += timedelta(days=30)  # Each example begins when the former is long over.
    play = Play(ticking, Notice.objects.count())
    for name, what in deeds:
        with suppress(RefusedError):
            getattr(play, name)(what)
        require_sane(play)
    ticking.work()
    require_sane(play)
