"""The due times of many notices under one profile: as `rules.clock` derives them of one, and much faster. Pure.

The end of a day, of a period and of so many working days is the same for every moment of one day, and working hours
add up over a list of stretches that is made once. So a hundred thousand notices cost hardly more than their days. A
property test holds both against each other.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from mufakat.rules import calendars as working, clock
from mufakat.rules.durations import parse_working
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile_shape import Calendar, ClockRule, Profile

Dues = Callable[[datetime], tuple[datetime, ...]]
"""From the moment (UTC) at which a clock starts to each of its turns."""

_CHUNK = timedelta(days=400)
_SEARCHED = timedelta(days=366 * 40)


class Timed(Struct, frozen=True):
    """A rule with its names (one, or one for each turn) and its due times."""

    rule: ClockRule
    names: tuple[str, ...]
    dues: Dues


class DueTimes:
    """The clocks of a profile, ready for many notices."""

    def __init__(self, profile: Profile) -> None:
        self._timed = tuple(_timed(rule, profile) for rule in profile.clocks)
        self._found: dict[tuple[str, NoticeKind, Category, Urgency], tuple[Timed, ...]] = {}

    def started(self, event: str, kind: NoticeKind, category: Category, urgency: Urgency) -> tuple[Timed, ...]:
        """The clocks that `event` starts for such a notice, in the order of the profile."""
        key = (event, kind, category, urgency)
        found = self._found.get(key)
        if found is None:
            rules = (one for one in self._timed if one.rule.starts == event)
            found = self._found[key] = tuple(one for one in rules if clock.covers(one.rule, kind, category, urgency))
        return found


def _timed(rule: ClockRule, profile: Profile) -> Timed:
    times = rule.duration.times
    names = (rule.name,) if times is None else tuple(f"{rule.name}#{turn}" for turn in range(1, times + 1))
    return Timed(rule, names, _dues(rule, profile))


def _dues(rule: ClockRule, profile: Profile) -> Dues:
    duration, calendars = rule.duration, profile.calendars

    def exactly(at: datetime) -> tuple[datetime, ...]:
        return clock.turns(duration, at=at, calendars=calendars)

    if duration.working is not None:
        calendar, work = working.named(calendars, duration.calendar), parse_working(duration.working)
        if isinstance(work, timedelta):
            return _WorkingHours(calendar, work)
        return _by_day(calendar.zone, exactly)
    if (zone := duration.calendar_day or duration.zone) is not None:
        return _by_day(zone, exactly)
    # The rest passes evenly: what it takes once, it always takes.
    start = datetime(2000, 1, 1, tzinfo=UTC)
    spans = [due - start for due in exactly(start)]
    return lambda at: tuple([at + span for span in spans])


def _by_day(name: str, exactly: Dues) -> Dues:
    zone = ZoneInfo(name)
    known: dict[int, tuple[datetime, ...]] = {}

    def due(at: datetime) -> tuple[datetime, ...]:
        day = at.astimezone(zone).toordinal()
        found = known.get(day)
        if found is None:
            found = known[day] = exactly(at)
        return found

    return due


class _WorkingHours:
    """So many working hours of a calendar: the stretches of work, with how much was worked before each."""

    def __init__(self, calendar: Calendar, work: timedelta) -> None:
        self._calendar, self._work = calendar, work
        self._first = self._until = date.min
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        self._worked: list[timedelta] = []  # Until the end of each stretch.

    def __call__(self, at: datetime) -> tuple[datetime, ...]:
        day = at.date()
        if not self._first + timedelta(days=2) <= day < self._until:
            self._build(day - timedelta(days=30), day + 2 * _CHUNK)
        while (due := self._due(at)) is None:
            self._build(self._first, self._until + _CHUNK)
        return (due,)

    def _due(self, at: datetime) -> datetime | None:
        place = bisect_right(self._starts, at) - 1
        before = self._worked[place - 1] if place > 0 else timedelta(0)
        here = min(at, self._ends[place]) - self._starts[place] if place >= 0 else timedelta(0)
        wanted = before + here + self._work
        last = bisect_left(self._worked, wanted)
        return None if last == len(self._worked) else self._ends[last] - (self._worked[last] - wanted)

    def _build(self, first: date, until: date) -> None:
        known = self._starts and self._first <= first <= self._until
        self._first, self._until = (min(first, self._first), max(until, self._until)) if known else (first, until)
        stretches = list(working.stretches(self._calendar, since=self._first, until=self._until))
        if self._until - self._first > _SEARCHED:
            raise ValueError(f"The calendar {self._calendar.name} has not so much working time in forty years.")
        self._starts = [start for start, _ in stretches]
        self._ends = [end for _, end in stretches]
        self._worked, done = [], timedelta(0)
        for start, end in stretches:
            done += end - start
            self._worked.append(done)
