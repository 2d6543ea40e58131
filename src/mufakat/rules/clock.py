"""Clocks: when a step is due, and how the clock stands. Time is a value; nothing here asks what time it is.

Moments are aware, in UTC, and counted in whole milliseconds outside. A due time is worked out once, when the clock
starts, and stored; it changes only where the clock rests.
"""

import calendar as months_of
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from mufakat.rules import calendars as working
from mufakat.rules.durations import parse_elapsed, parse_period, parse_working
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile_shape import Actor, Calendar, Certainty, ClockRule, Duration, Profile

_LAST_MILLISECOND = time(23, 59, 59, 999000)
_NOTHING = timedelta(0)


class ClockState(StrEnum):
    """How a clock stands."""

    RUNNING = "running"  # The step is not done and not yet due.
    MET = "met"  # The step was done in time, be it a refusal (I-05).
    OVERDUE = "overdue"  # The step is not done and was due.
    MISSED = "missed"  # The step was done, too late.
    VOID = "void"  # The step can no longer be done: the notice was withdrawn.
    PAUSED = "paused"  # The clock rests, with a reason; what was left is kept.
    PAST_TARGET = "past_target"  # A target of ours has passed; no law sets this term.
    LAPSED = "lapsed"  # The time in which somebody might have acted is over; nobody had to.


class DueClock(Struct, frozen=True):
    """A clock that an event started: event `stops` ends it, `actor` has to act by `due_at` (inclusive).

    `target`: no law sets this term, it is an aim and is shown as one. `right`: the actor may act until then, and need
    not. `holidays`: the package and version whose holidays had a part in `due_at`; stored with it.
    """

    name: str
    started_at: datetime
    due_at: datetime
    stops: str
    actor: Actor
    certainty: Certainty
    target: bool = False
    right: bool = False
    holidays: str | None = None


class Rest(Struct, frozen=True):
    """A time in which a clock rested."""

    paused_at: datetime
    resumed_at: datetime


def derive(  # noqa: PLR0913 - what a rule may ask about, each by name.
    profile: Profile, *, event: str, kind: NoticeKind, category: Category, urgency: Urgency, at: datetime
) -> tuple[DueClock, ...]:
    """The clocks that `event` starts for such a notice, in the order of the profile.

    A repeated clock is several, one for each turn: `letters#1`, `letters#2` …
    """
    started_at = _in_utc(at)
    found: list[DueClock] = []
    for rule in profile.clocks:
        if rule.starts == event and covers(rule, kind, category, urgency):
            found.extend(_started(rule, started_at, profile.calendars))
    return tuple(found)


def due_at(  # noqa: PLR0911 - one for each form of duration.
    duration: Duration, *, at: datetime, calendars: Sequence[Calendar] = ()
) -> datetime:
    """The last moment (UTC) that is still in time for a clock started at `at`; of a repeated one, its first turn.

    Elapsed time passes evenly, whatever the clocks on the wall do. A calendar day ends with its last millisecond in
    its zone: 23:59:59.999, the second one where the clocks go back over midnight, and the one before the jump where
    they go forward. A period ends so too, on the day of the same number, or the last one of a shorter month.
    """
    start = _in_utc(at)
    if duration.elapsed is not None:
        return start + parse_elapsed(duration.elapsed)
    if duration.calendar_day is not None:
        zone = ZoneInfo(duration.calendar_day)
        return _end_of(start.astimezone(zone).date(), zone)
    if duration.working is not None:
        calendar, work = working.named(calendars, duration.calendar), parse_working(duration.working)
        if isinstance(work, int):
            return working.after_days(calendar, work, at=start)
        return working.after_hours(calendar, work, at=start)
    if duration.period is not None:
        zone = ZoneInfo(duration.zone or "")
        return _end_of(_months_later(start.astimezone(zone).date(), parse_period(duration.period)), zone)
    if duration.at_once:
        return start
    return start + parse_elapsed(duration.repeat or duration.undue_delay or "")


def turns(duration: Duration, *, at: datetime, calendars: Sequence[Calendar] = ()) -> tuple[datetime, ...]:
    """Every time at which the clock comes due: one, or as many as a repeated one has turns."""
    if duration.repeat is None:
        return (due_at(duration, at=at, calendars=calendars),)
    start, every = _in_utc(at), parse_elapsed(duration.repeat)
    return tuple(start + turn * every for turn in range(1, (duration.times or 1) + 1))


def extended(rule: ClockRule, *, due_at: datetime) -> datetime:
    """The due time (UTC) after the one extension that the rule allows; ValueError where it allows none."""
    if rule.extendable_by is None:
        raise ValueError(f"The clock {rule.name} cannot be extended.")
    return _in_utc(due_at) + parse_elapsed(rule.extendable_by.elapsed or "")


def left(duration: Duration, *, due_at: datetime, at: datetime, calendars: Sequence[Calendar] = ()) -> timedelta:
    """What is left of a clock that is paused at `at`: working time where it counts that, else time that passes.

    A calendar day and a period, once paused, have left the time to their end, and go on with just that.
    ValueError for a clock that was due before `at`: what is overdue does not rest.
    """
    if at > due_at:
        raise ValueError("A clock that is overdue does not rest.")
    if duration.working is not None:
        return working.between(working.named(calendars, duration.calendar), at, due_at)
    return _in_utc(due_at) - _in_utc(at)


def resume(duration: Duration, rest: timedelta, *, at: datetime, calendars: Sequence[Calendar] = ()) -> datetime:
    """The new due time (UTC) of a clock that goes on at `at` with `rest` left, as `left` gave it."""
    if rest < _NOTHING:
        raise ValueError("Less than nothing cannot be left.")
    if duration.working is not None:
        return working.after_hours(working.named(calendars, duration.calendar), rest, at=_in_utc(at))
    return _in_utc(at) + rest


def after_rest(
    duration: Duration, planned: datetime, *, since: datetime, rest: Rest, calendars: Sequence[Calendar] = ()
) -> datetime:
    """When a time `planned` by counting from `since` comes after this rest, which may have missed it."""
    if rest.resumed_at <= since or planned <= rest.paused_at:
        return planned
    paused_at = max(rest.paused_at, since)
    kept = left(duration, due_at=planned, at=paused_at, calendars=calendars)
    return resume(duration, kept, at=rest.resumed_at, calendars=calendars)


def state_at(  # noqa: PLR0911, PLR0913 - one for each state; what makes a state, each by name.
    due_at: datetime,
    ended_at: datetime | None,
    *,
    at: datetime,
    void: bool = False,
    paused: bool = False,
    target: bool = False,
    right: bool = False,
) -> ClockState:
    """How a clock stands at `at`; `ended_at` is when the step was done, None while it is not. `due_at` is in time.

    `target` and `right` as in `DueClock`: past its due time the first is past its target and the second has lapsed;
    neither is ever overdue.
    """
    if void:
        return ClockState.VOID
    if ended_at is not None and ended_at <= due_at:
        return ClockState.MET
    if ended_at is None and paused:
        return ClockState.PAUSED
    if ended_at is None and at <= due_at:
        return ClockState.RUNNING
    if right:
        return ClockState.LAPSED
    if target:
        return ClockState.PAST_TARGET
    return ClockState.OVERDUE if ended_at is None else ClockState.MISSED


def covers(rule: ClockRule, kind: NoticeKind, category: Category, urgency: Urgency) -> bool:
    """Whether the rule is for such notices."""
    return (
        (rule.kinds is None or kind in rule.kinds)
        and (rule.categories is None or category in rule.categories)
        and (rule.urgencies is None or urgency in rule.urgencies)
    )


def _started(rule: ClockRule, at: datetime, calendars: Sequence[Calendar]) -> list[DueClock]:
    due = turns(rule.duration, at=at, calendars=calendars)
    names = [rule.name] if rule.duration.repeat is None else [f"{rule.name}#{turn + 1}" for turn in range(len(due))]
    return [
        DueClock(
            name,
            at,
            end,
            rule.stops,
            rule.actor,
            rule.certainty,
            rule.duration.is_target,
            rule.right,
            _holidays_of(rule.duration, calendars),
        )
        for name, end in zip(names, due, strict=True)
    ]


def _holidays_of(duration: Duration, calendars: Sequence[Calendar]) -> str | None:
    if duration.calendar is None or working.named(calendars, duration.calendar).holidays is None:
        return None
    return working.holidays_version()


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, months_of.monthrange(year, month + 1)[1]))


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, _LAST_MILLISECOND, zone).replace(fold=1).astimezone(UTC)


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("A moment without a zone is no moment.")
    return at.astimezone(UTC)
