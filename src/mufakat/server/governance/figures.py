"""The figures that objectives are measured by: so many of so many, month by month, from what is counted already.

Nothing is stored for them: a month's count moves as long as appeals against its decisions come, and a copy would stay
behind. The number of queries does not depend on how many months, objectives or notices there are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from mufakat.rules import accuracy, objective, timeliness
from mufakat.rules.accuracy import Tally
from mufakat.rules.objective import FIGURES, WINDOW, Figure, Source
from mufakat.rules.timeliness import Timeliness
from mufakat.server.governance import queries
from mufakat.server.governance.models import MONTH, Answering, Recorded, Total
from mufakat.server.parties import contact_lists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.rules.accuracy import Share


class Month(NamedTuple):
    """A month by its first day, and so many of so many in it."""

    first: date
    part: int
    whole: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure month by month, the oldest first, and what it comes to over its last months."""

    figure: Figure
    months: Sequence[Month]
    now: Share

    @property
    def source(self) -> Source:
        """Who counts it."""
        return FIGURES[self.figure].source


Parts = dict[date, tuple[int, int]]


def trends(party: str, *, last: date, count: int = objective.TREND, window: int = WINDOW) -> dict[Figure, Trend]:
    """Every figure of a party over so many months, the last of them that of `last`."""
    months = objective.months(last, count=count)
    found = _parts(party, months)
    return {figure: _trend(figure, months, found[figure], window) for figure in Figure}


def _trend(figure: Figure, months: Sequence[date], parts: Mapping[date, tuple[int, int]], window: int) -> Trend:
    told = tuple(Month(first, *parts.get(first, (0, 0))) for first in months)
    read = told[-window:]
    if FIGURES[figure].source is Source.RECORDED:
        # The same people are written down again in each review: the newest word counts, not their sum.
        read = tuple(one for one in read if one.whole)[-1:]
    return Trend(figure, told, accuracy.share(sum(one.part for one in read), sum(one.whole for one in read)))


def _parts(party: str, months: Sequence[date]) -> dict[Figure, Parts]:
    found: dict[Figure, Parts] = defaultdict(dict)
    end = objective.after(months[-1])
    # (1) How it answers, and what its own notices were worth: counted by month already.
    span = {"party": party, "grain": MONTH, "day__gte": months[0], "day__lt": end}
    for day, answered in queries.by_day(Answering.objects.filter(**span), timeliness.COUNTED).items():
        _answered(found, day, Timeliness(**answered))
    asked = Total.objects.filter(**span, kind__in=queries.OFFICIAL)
    for day, tallied in queries.by_day(asked, accuracy.COUNTED).items():
        tally = Tally(**tallied)
        found[Figure.NOTICES_HELD][day] = (tally.right, tally.judged)
    # (2) Its drills, and what its reviews wrote down; of a month the newest.
    for one in contact_lists.tried(party, since=_begin(months[0]), until=_begin(end)):
        day = one.sent_at.astimezone(UTC).date().replace(day=1)
        part, whole = found[Figure.DRILLS_ANSWERED].get(day, (0, 0))
        found[Figure.DRILLS_ANSWERED][day] = (part + one.answered, whole + 1)
    recorded = Recorded.objects.filter(party=party, day__gte=months[0], day__lt=end).order_by("day", "pk")
    for figure, day, part, whole in recorded.values_list("figure", "day", "part", "whole"):
        found[Figure(figure)][day.replace(day=1)] = (part, whole)
    return found


def _answered(found: dict[Figure, Parts], day: date, counts: Timeliness) -> None:
    found[Figure.ANSWERED_IN_TIME][day] = (counts.answered_in_time, counts.due)
    taken = counts.acknowledged_in_time
    found[Figure.ACKNOWLEDGED_IN_TIME][day] = (taken, taken + counts.acknowledged_late + counts.unacknowledged_late)
    stood = counts.appeals_resolved - counts.appeals_overturned
    found[Figure.DECISIONS_UPHELD][day] = (stood, counts.appeals_resolved)


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
