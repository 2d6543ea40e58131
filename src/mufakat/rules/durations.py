"""Durations of ISO 8601 that mean the same everywhere: weeks, days, hours, minutes and seconds that pass.

Years and months are refused: how long they are depends on when they begin.
"""

import functools
import re
from datetime import timedelta

MAX_ELAPSED = timedelta(days=3660)
"""Ten years; a longer term is a slip of the pen."""

_ELAPSED = re.compile(
    r"P(?=.)(?:(?P<weeks>[0-9]{1,4})W|(?:(?P<days>[0-9]{1,4})D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]{1,5})H)?(?:(?P<minutes>[0-9]{1,7})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?)"
)


@functools.lru_cache(maxsize=256)
def parse_elapsed(text: str) -> timedelta:
    """The time that "PT4H", "P14D", "P1DT12H" or "P2W" takes; ValueError, with a sentence, for anything else."""
    match = _ELAPSED.fullmatch(text)
    elapsed = timedelta(**{unit: int(count) for unit, count in match.groupdict().items() if count}) if match else None
    if elapsed is None or not timedelta(0) < elapsed <= MAX_ELAPSED:
        raise ValueError("The duration is not one of weeks, days, hours, minutes or seconds, such as PT4H or P14D.")
    return elapsed
