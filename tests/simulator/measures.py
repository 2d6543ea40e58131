"""What the model knows of mandates and of the measure of a party: written from docs, in whole numbers (I-04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

IN_FORCE, SUSPENDED, REVOKED = "in_force", "suspended", "revoked"
REACHED_FROM = {SUSPENDED: {IN_FORCE}, IN_FORCE: {SUSPENDED}, REVOKED: {IN_FORCE, SUSPENDED}}
PARTS = 60_000  # Of a notice: at one a minute, a millisecond brings one part.


class Measure(NamedTuple):
    """So many at once, and so many more with each minute."""

    burst: int
    per_minute: int


WIDE, NARROW = Measure(1_000_000, 1_000_000), Measure(4, 1)


@dataclass
class Mandate:
    """What a party was granted."""

    id: str
    kinds: frozenset[str]
    categories: frozenset[str]
    measure: Measure
    state: str = IN_FORCE

    def covers(self, kind: str, category: str) -> bool:
        return self.state == IN_FORCE and kind in self.kinds and category in self.categories


@dataclass
class Bucket:
    """How much a party may still send."""

    measure: Measure
    level: int  # In parts, as it was at `at`.
    at: datetime

    def level_at(self, at: datetime) -> int:
        """A clock that was set back brings nothing."""
        passed = max(0, (at - self.at) // timedelta(milliseconds=1))
        return min(self.measure.burst * PARTS, self.level + passed * self.measure.per_minute)

    def left(self, at: datetime) -> int:
        """How many notices there is room for."""
        return self.level_at(at) // PARTS

    def draw(self, at: datetime) -> bool:
        """Whether there was room for one more."""
        self.level, self.at = self.level_at(at) - PARTS, max(self.at, at)
        return self.level >= 0


def regraded(bucket: Bucket | None, held: Iterable[Mandate], at: datetime, *, granted: bool) -> Bucket | None:
    """The bucket after a mandate changed: the largest of those in force; only a wider grant brings anything."""
    counting = [one.measure for one in held if one.state == IN_FORCE]
    if not counting:
        return bucket
    measure = Measure(max(one.burst for one in counting), max(one.per_minute for one in counting))
    if bucket is None:
        return Bucket(measure, measure.burst * PARTS, at)
    gained = max(0, measure.burst - bucket.measure.burst) * PARTS if granted else 0
    level = min(bucket.level_at(at) + gained, measure.burst * PARTS)
    return Bucket(measure, level, max(bucket.at, at))
