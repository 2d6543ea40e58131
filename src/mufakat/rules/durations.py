"""Durations of ISO 8601, read strictly: time that passes, working time, and periods of the calendar.

Weeks, days, hours, minutes and seconds that pass mean the same everywhere. Months and years are periods of a calendar:
how long they are depends on when they begin, so they are written elsewhere (`period`) and refused here.
"""

import functools
import re
from datetime import timedelta

MAX_ELAPSED = timedelta(days=3660)
"""Ten years; a longer term is a slip of the pen."""
MAX_MONTHS = 120
"""Ten years."""
MAX_WORKING_DAYS = 1000
MAX_WORKING_HOURS = 8000
"""About four years of work; a longer term is a slip of the pen."""

_ELAPSED = re.compile(
    r"P(?=.)(?:(?P<weeks>[0-9]{1,4})W|(?:(?P<days>[0-9]{1,4})D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]{1,5})H)?(?:(?P<minutes>[0-9]{1,7})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?)"
)
_PERIOD = re.compile(r"P(?=.)(?:(?P<years>[0-9]{1,2})Y)?(?:(?P<months>[0-9]{1,3})M)?")
_WORKING = re.compile(r"P(?=.)(?:(?P<days>[0-9]{1,4})D|T(?=.)(?:(?P<hours>[0-9]{1,4})H)?(?:(?P<minutes>[0-9]{1,6})M)?)")


@functools.lru_cache(maxsize=256)
def parse_elapsed(text: str) -> timedelta:
    """The time that "PT4H", "P14D", "P1DT12H" or "P2W" takes; ValueError, with a sentence, for anything else."""
    match = _ELAPSED.fullmatch(text)
    elapsed = timedelta(**{unit: int(count) for unit, count in match.groupdict().items() if count}) if match else None
    if elapsed is None or not timedelta(0) < elapsed <= MAX_ELAPSED:
        raise ValueError("The duration is not one of weeks, days, hours, minutes or seconds, such as PT4H or P14D.")
    return elapsed


@functools.lru_cache(maxsize=256)
def parse_period(text: str) -> int:
    """The months of "P6M", "P1Y" or "P1Y6M"; ValueError, with a sentence, for anything else."""
    match = _PERIOD.fullmatch(text)
    months = 12 * int(match["years"] or 0) + int(match["months"] or 0) if match else 0
    if not 0 < months <= MAX_MONTHS:
        raise ValueError("The period is not one of months or years, such as P6M or P1Y.")
    return months


@functools.lru_cache(maxsize=256)
def parse_working(text: str) -> timedelta | int:
    """Working time as "PT8H" or "PT90M" (a timedelta), or whole working days as "P5D" (their number).

    ValueError, with a sentence, for anything else.
    """
    match = _WORKING.fullmatch(text)
    if match and match["days"]:
        days = int(match["days"])
        if 0 < days <= MAX_WORKING_DAYS:
            return days
    elif match:
        time = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
        if timedelta(0) < time <= timedelta(hours=MAX_WORKING_HOURS):
            return time
    raise ValueError("Working time is given in hours and minutes, such as PT8H, or in whole working days, such as P5D.")
