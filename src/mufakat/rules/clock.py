"""Clocks: when a step is due, and how the clock stands. Time is a value; nothing here asks what time it is.

Moments are aware, in UTC, and counted in whole milliseconds outside.
"""

from datetime import UTC, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from mufakat.rules.durations import parse_elapsed
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile import Actor, Certainty, ClockRule, Duration, Profile

_LAST_MILLISECOND = time(23, 59, 59, 999000)


class ClockState(StrEnum):
    """How a clock stands."""

    RUNNING = "running"  # The step is not done and not yet due.
    MET = "met"  # The step was done in time, be it a refusal (I-05).
    OVERDUE = "overdue"  # The step is not done and was due.
    MISSED = "missed"  # The step was done, too late.
    VOID = "void"  # The step can no longer be done: the notice was withdrawn.


class DueClock(Struct, frozen=True):
    """A clock that an event started: event `stops` ends it, `actor` has to act by `due_at` (inclusive)."""

    name: str
    started_at: datetime
    due_at: datetime
    stops: str
    actor: Actor
    certainty: Certainty


def derive(  # noqa: PLR0913 - what a rule may ask about, each by name.
    profile: Profile, *, event: str, kind: NoticeKind, category: Category, urgency: Urgency, at: datetime
) -> tuple[DueClock, ...]:
    """The clocks that `event` starts for such a notice, in the order of the profile."""
    started_at = _in_utc(at)
    return tuple(
        DueClock(rule.name, started_at, due_at(rule.duration, at=at), rule.stops, rule.actor, rule.certainty)
        for rule in profile.clocks
        if rule.starts == event and _covers(rule, kind, category, urgency)
    )


def due_at(duration: Duration, *, at: datetime) -> datetime:
    """The last moment (UTC) that is still in time for a clock started at `at`.

    Elapsed time passes evenly, whatever the clocks on the wall do. A calendar day ends with its last millisecond in
    its zone: 23:59:59.999, the second one where the clocks go back over midnight, and the one before the jump where
    they go forward.
    """
    start = _in_utc(at)
    if duration.elapsed is not None:
        return start + parse_elapsed(duration.elapsed)
    zone = ZoneInfo(duration.calendar_day or "")
    end = datetime.combine(start.astimezone(zone).date(), _LAST_MILLISECOND, zone)
    return end.replace(fold=1).astimezone(UTC)


def state_at(due_at: datetime, ended_at: datetime | None, *, at: datetime, void: bool = False) -> ClockState:
    """How a clock stands at `at`; `ended_at` is when the step was done, None while it is not. `due_at` is in time."""
    if void:
        return ClockState.VOID
    if ended_at is not None:
        return ClockState.MET if ended_at <= due_at else ClockState.MISSED
    return ClockState.RUNNING if at <= due_at else ClockState.OVERDUE


def _covers(rule: ClockRule, kind: NoticeKind, category: Category, urgency: Urgency) -> bool:
    return (
        (rule.kinds is None or kind in rule.kinds)
        and (rule.categories is None or category in rule.categories)
        and (rule.urgencies is None or urgency in rule.urgencies)
    )


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("A moment without a zone is no moment.")
    return at.astimezone(UTC)
