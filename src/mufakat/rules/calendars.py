"""Working time: how it adds up over the hours, days and holidays of a calendar. Pure; the years asked for are given.

Hours are of the wall in the calendar's zone, so an hour that summer time leaves out is no work and one that comes twice
is two. Holidays are those of the package `holidays`, whose version is kept with every due time it had a part in:
dates that follow the moon are estimates until a government has set them.
"""

import functools
import importlib.metadata
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mufakat.rules.profile_shape import Calendar, Weekday

_ONE_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_SEARCHED_DAYS = 366 * 40
_WEEKDAYS = tuple(Weekday)


def named(calendars: Sequence[Calendar], name: str | None) -> Calendar:
    """The calendar of this name; ValueError, with a sentence, where there is none."""
    for calendar in calendars:
        if calendar.name == name:
            return calendar
    raise ValueError(f"There is no calendar called {name}.")


def after_hours(calendar: Calendar, work: timedelta, *, at: datetime) -> datetime:
    """The moment (UTC) at which so much working time has passed since `at`; at the end of hours it is that end."""
    left = work
    if left <= _NOTHING:
        return at.astimezone(UTC)
    for start, end in _stretches(calendar, at):
        here = end - start
        if left <= here:
            return start + left
        left -= here
    raise ValueError(f"The calendar {calendar.name} has not so much working time in forty years.")


def after_days(calendar: Calendar, days: int, *, at: datetime) -> datetime:
    """The end (UTC) of the hours of the last of so many working days; the day of `at` is not counted."""
    first = at.astimezone(ZoneInfo(calendar.zone)).date()
    for offset in range(1, _SEARCHED_DAYS):
        hours = _hours_of(calendar, first + offset * _ONE_DAY)
        if hours:
            days -= 1
            if days == 0:
                return hours[-1][1]
    raise ValueError(f"The calendar {calendar.name} has not so many working days in forty years.")


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The working time from `start` to `end`; none where `end` is not later."""
    found = _NOTHING
    if end <= start:
        return found
    for opens, closes in _stretches(calendar, start):
        if opens >= end:
            break
        found += min(closes, end) - opens
    return found


def offered(calendar: Calendar, *, since: date, until: date) -> tuple[timedelta, int]:
    """The working time, and the number of working days, from `since` to the day before `until`."""
    days = ((since + count * _ONE_DAY) for count in range((until - since).days))
    found = [hours for day in days if (hours := _hours_of(calendar, day))]
    return sum((end - start for hours in found for start, end in hours), _NOTHING), len(found)


def stretches(calendar: Calendar, *, since: date, until: date) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of work (UTC) of the days of the calendar's zone from `since` to the day before `until`."""
    for count in range((until - since).days):
        yield from _hours_of(calendar, since + count * _ONE_DAY)


def is_working(calendar: Calendar, day: date) -> bool:
    """Whether work is done on this day of the calendar's zone."""
    text = day.isoformat()
    if text in calendar.open:
        return True
    if text in calendar.closed or _WEEKDAYS[day.weekday()] not in calendar.days:
        return False
    return calendar.holidays is None or day not in _holidays(calendar.holidays, day.year)


@functools.cache
def holidays_version() -> str:
    """The package that knows the holidays, with its version, such as "holidays 0.109"."""
    return f"holidays {importlib.metadata.version('holidays')}"


@functools.cache
def known_places() -> frozenset[str]:
    """The places whose holidays the package knows: ID, DE, DE-BY."""
    import holidays  # A large package, and few profiles need it.

    found = set()
    for country, parts in holidays.list_supported_countries(include_aliases=False).items():
        found |= {country, *(f"{country}-{part}" for part in parts)}
    return frozenset(found)


@functools.lru_cache(maxsize=512)
def _holidays(place: str, year: int) -> frozenset[date]:
    import holidays  # A large package, and few profiles need it.

    country, _, part = place.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year, expand=False))


@functools.lru_cache(maxsize=4096)
def _hours_of(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches of work of one day, in UTC; none on a day without work."""
    if not is_working(calendar, day):
        return ()
    zone = ZoneInfo(calendar.zone)
    found = []
    for hours in calendar.hours:
        opens, closes = hours.split("-")
        start = datetime.combine(day, time.fromisoformat(opens), zone).astimezone(UTC)
        last = day + _ONE_DAY if closes == "24:00" else day
        ends = time(0) if closes == "24:00" else time.fromisoformat(closes)
        end = datetime.combine(last, ends, zone).replace(fold=1).astimezone(UTC)
        if start < end:  # Not where summer time leaves these hours out.
            found.append((start, end))
    return tuple(found)


def _stretches(calendar: Calendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of work from `at` on, in UTC, the first one cut where `at` falls into it."""
    start = at.astimezone(UTC)
    first = at.astimezone(ZoneInfo(calendar.zone)).date() - _ONE_DAY  # Hours to 24:00 end on the day after.
    for offset in range(_SEARCHED_DAYS):
        for opens, closes in _hours_of(calendar, first + offset * _ONE_DAY):
            if closes > start:
                yield max(opens, start), closes
