"""What the model knows of clocks that run by themselves, and of the ladder of one: written from the profile's own text.

A clock runs out once, after its time; its ladder is climbed step by step, each once, and not faster than people can
answer. While a clock rests nothing of its time passes, and what was planned for it is later by as much.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

NOTHING, MINUTE, HOUR = timedelta(), timedelta(minutes=1), timedelta(hours=1)
JAKARTA = 7 * HOUR  # No summer time since 1964.
ACKNOWLEDGE, SAME_DAY = "acknowledge_within", "takedown_same_day"
WINDOW = "appeal_window"  # The time in which a decision may be contested: a right, whose end is nobody's failure.
MONTH = timedelta(days=30)
GAP, HASTE = 15 * MINUTE, 10 * MINUTE


class Step(NamedTuple):
    """A step of the ladder of id-2017: from where it counts, and how long."""

    name: str
    act: str
    since: str
    after: timedelta


LADDER = (
    Step("reminder", "remind", "start", 1 * HOUR),
    Step("second_contact", "second_contact", "start", 2 * HOUR),
    Step("senior_contact", "senior_contact", "start", 3 * HOUR),
    Step("phone_task", "phone_task", "due", NOTHING),
    Step("unreachable", "unreachable", "due", 2 * HOUR),
    Step("notice_of_intended_block", "propose", "unreachable", 24 * HOUR),
)
TELLS = {"remind", "second_contact", "senior_contact", "phone_task"}  # The others say that time has passed.
AUTHORITY = {"trusted_flag", "request", "order"}  # To who sends another kind nothing is proposed.
ASKS = {"phone_task", "propose"}  # Of people of the side that waits.


@dataclass
class Timer:
    """A clock of a notice, as its events make it."""

    name: str
    started: datetime
    due: datetime
    ended: datetime | None = None
    void: bool = False
    breached: datetime | None = None
    climbed: int = 0
    next_at: datetime | None = None
    paused: datetime | None = None
    remaining: timedelta | None = None
    paused_by: str = ""
    rests: list[tuple[datetime, datetime]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # Contacts whom its ladder told, other than by a call.
    named: list[str] = field(default_factory=list)  # Contacts that any step named.

    @property
    def row(self) -> tuple[object, ...]:
        """As the table holds it."""
        return (
            *(self.due, self.ended, self.void, self.breached),
            *(self.climbed, self.next_at, self.paused, self.remaining),
        )

    @property
    def runs(self) -> bool:
        """Whether its time passes."""
        return self.ended is None and self.paused is None

    def is_overdue(self, at: datetime) -> bool:
        """Whether its time has passed, and no event says so yet."""
        return self.runs and self.breached is None and self.due < at and not self.is_right

    @property
    def is_right(self) -> bool:
        """Whether it is a time in which somebody may act, and need not."""
        return self.name == WINDOW

    def planned(self) -> list[datetime]:
        """When each step of its ladder is due at the soonest, if it has one."""
        if self.name != ACKNOWLEDGE:
            return []
        known = {"start": self.started, "due": self.due}
        found: list[datetime] = []
        for step in LADDER:
            base = known[step.since]
            at = base + step.after
            for paused, resumed in self.rests:
                if resumed > base and at > paused:
                    at = resumed + (at - max(paused, base))
            at = max(at, found[-1]) if found else at
            known[step.name] = at
            found.append(at)
        return found

    def state(self, at: datetime) -> str:
        """How it stands: running, paused, met, overdue, missed or void."""
        if self.void:
            return "void"
        if self.ended is not None and self.ended <= self.due:
            return "met"
        if self.ended is None and self.paused is not None:
            return "paused"
        if self.ended is None and at <= self.due:
            return "running"
        if self.is_right:
            return "lapsed"
        return "overdue" if self.ended is None else "missed"

    # -- What happens to it --

    def pause(self, at: datetime, by: str) -> None:
        """It rests from now on."""
        self.paused, self.remaining, self.next_at, self.paused_by = at, self.due - at, None, by

    def resume(self, at: datetime) -> None:
        """It goes on with the time that was left."""
        assert self.paused is not None
        assert self.remaining is not None
        self.rests.append((self.paused, at))
        self.due, self.paused, self.remaining = at + self.remaining, None, None
        planned = self.planned()
        self.next_at = max(planned[self.climbed], at) if self.climbed < len(planned) else None

    def end(self, at: datetime, *, void: bool) -> None:
        """Nobody waits any more; what rested, rested until now."""
        if self.ended is not None:
            return
        if self.paused is not None:
            self.resume(at)
        self.ended, self.void, self.next_at = at, void, None

    def climb(self, at: datetime, *, missing: bool) -> None:
        """A step was taken; the next one comes no sooner than people can answer."""
        planned, taken = self.planned(), self.climbed
        self.climbed += 1
        if self.climbed == len(planned):
            self.next_at = None
            return
        tells = LADDER[self.climbed].act in TELLS
        if missing and tells:
            self.next_at = at
            return
        between = max(planned[self.climbed] - planned[taken], NOTHING)
        self.next_at = max(planned[self.climbed], at + (min(GAP, between) if tells else between))

    def hasten(self, at: datetime) -> None:
        """Somebody was not reached: the next one is turned to soon, if the next step turns to anybody."""
        if self.next_at is not None and LADDER[self.climbed].act in TELLS:
            self.next_at = min(self.next_at, at + HASTE)


def window(at: datetime) -> Timer:
    """The clock that a decision starts: a month to contest it."""
    return Timer(WINDOW, at, at + MONTH)


def begun(at: datetime) -> dict[str, Timer]:
    """The clocks that a notice of profile id-2017 starts: four hours, and the end of the day in Jakarta."""
    midnight = (at + JAKARTA).replace(hour=0, minute=0, second=0, microsecond=0)
    same_day = midnight + timedelta(days=1, milliseconds=-1) - JAKARTA
    first = at + LADDER[0].after
    return {
        ACKNOWLEDGE: Timer(ACKNOWLEDGE, at, at + 4 * HOUR, next_at=first),
        SAME_DAY: Timer(SAME_DAY, at, same_day),
    }
