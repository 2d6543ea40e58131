"""How many hits of a week an authority is told by itself: counts of ten at least, and nothing less can be worked out.

The cells of a week are fixed: how many items live rules hit, by category, each item in one cell; beside them all hits,
and how many items were screened at all. The same cells are told to everybody, once, and never again in another form:
two sets that overlap could be subtracted from each other, and weeks do not overlap.

A cell below ten is not told, and neither is a sum that would give it away (complementary suppression, as offices of
statistics do it). The measure is strict: after all that is told, and knowing these very rules, each cell that is not
told can still be anything from 0 to 9. So also that nothing was found stays unsaid.

Pure: plain values in, plain values out.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import rfc8785
from msgspec import Struct, to_builtins

from mufakat.rules.filtering import LEAST
from mufakat.rules.notice import Category
from mufakat.rules.notifying import category_of
from mufakat.rules.profile_shape import Profile

WEEK: Final = timedelta(days=7)
MOST_UNTOLD: Final = LEAST - 1
"""What a cell that is not told can be at most."""


class CountsTold(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is told of a week: null is what is not told, because it would say of fewer than ten."""

    cells: dict[Category, int | None]
    hits: int | None
    screened: int | None


def tell(counted: Iterable[tuple[str, int]], screened: int) -> CountsTold:
    """What may be told of these counts (as banks call the category, and how many) and of so many items screened."""
    cells = dict.fromkeys(Category, 0)
    for text, many in counted:
        cells[category_of(text)] += many
    told = {category: many if many >= LEAST else None for category, many in cells.items()}
    return CountsTold(cells=told, hits=_hits(cells), screened=_screened(told, screened))


def _hits(cells: Mapping[Category, int]) -> int | None:
    """The sum, where it leaves every cell that is not told as open as it was.

    What is left after the cells that are told is the sum of those that are not. It has to be ten at least itself, and
    so much less than these could be at most that each of them can still be nothing at all.
    """
    untold = [many for many in cells.values() if many < LEAST]
    left = sum(untold)
    if not untold or LEAST <= left <= MOST_UNTOLD * (len(untold) - 1):
        return sum(cells.values())
    return None


def _screened(told: Mapping[Category, int | None], screened: int) -> int | None:
    """How many were screened, where ten at least remain that nothing hit, whatever the cells that are not told hold.

    It is asked of what is told alone: that it is told, or is not, says nothing about any other cell.
    """
    shown = sum(many for many in told.values() if many is not None)
    open_ = sum(many is None for many in told.values())
    return screened if screened - shown >= LEAST + MOST_UNTOLD * open_ else None


def is_empty(told: CountsTold) -> bool:
    """Whether there is nothing in it."""
    return told.hits is None and told.screened is None and not any(told.cells.values())


def to_json(told: CountsTold) -> bytes:
    """What the event commits to; RFC 8785, so that anybody makes the same bytes."""
    return rfc8785.dumps(to_builtins(told))


def zone_of(profile: Profile, *, otherwise: str) -> str:
    """The zone in which an agreement under this profile counts its days: its calendar's, else that of its clocks."""
    named = [one.zone for one in profile.calendars]
    named += [zone for rule in profile.clocks if (zone := rule.duration.calendar_day or rule.duration.zone)]
    return next(iter(named), otherwise)


def monday(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def began(week: date, *, zone: str) -> datetime:
    """When the week of this Monday has begun, by the days that are counted (UTC) and by those of its zone."""
    return max(datetime.combine(week, time.min, where).astimezone(UTC) for where in (UTC, ZoneInfo(zone)))


def is_over(week: date, *, zone: str, at: datetime) -> bool:
    """Whether the week of this Monday has ended, by both."""
    return at >= began(week + WEEK, zone=zone)


def last_over(*, zone: str, at: datetime) -> date:
    """The Monday of the last week that is over."""
    week = monday(at.astimezone(UTC).date())
    while not is_over(week, zone=zone, at=at):
        week -= WEEK
    return week
