"""When something that failed is tried again, and when no more: one ladder for everything that is carried out.

The waits are those of Standard Webhooks 1.0 (spec, "Retry schedule"): ten attempts within 75 hours. Chance is a value
here (`roll`, from 0 to 1), so that the rules stay a table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

SINCE_START = (0, 5, 305, 2_105, 9_305, 27_305, 63_305, 113_705, 185_705, 272_105)
"""Seconds from the first attempt to each; the last one that fails ends in a dead letter."""

WAITS = tuple(timedelta(seconds=later - former) for former, later in pairwise(SINCE_START))
ATTEMPTS = len(SINCE_START)
JITTER = 0.2  # Of a wait, added by chance: what failed together must not come back together.
LONGEST = timedelta(days=1)  # What a recipient may ask for with Retry-After.

SUSPECT = 5  # Failures in a row from which an address is asked by one attempt at a time.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
# An address that failed for so long, and never answered, is closed: what waits for it first reached its ladder's end.
GIVEN_UP = 2 * timedelta(seconds=SINCE_START[-1])


def next_attempt(attempts: int, *, at: datetime, roll: float, after: timedelta | None = None) -> datetime | None:
    """When to try again after so many attempts, the last of which failed at `at`; None: never by itself.

    `after` is what the recipient asked for: it can make the wait longer, up to a day, and never shorter, or a recipient
    that answers "in a second" would use up the ladder in ten.
    """
    if attempts >= ATTEMPTS:
        return None
    wait = WAITS[max(attempts, 1) - 1] * (1 + JITTER * roll)
    if after is not None:
        wait = max(wait, min(after, LONGEST))
    return at + wait


@dataclass(frozen=True, slots=True)
class Health:
    """How an address does: failures in a row, since when, and until when it is left alone (the circuit breaker)."""

    failures: int = 0
    failing_since: datetime | None = None
    paused_until: datetime | None = None

    @property
    def is_suspect(self) -> bool:
        """Whether it gets one attempt at a time, after each pause, until one succeeds."""
        return self.failures >= SUSPECT

    def is_paused(self, *, at: datetime) -> bool:
        return self.paused_until is not None and at < self.paused_until

    def has_failed_for_good(self, *, at: datetime) -> bool:
        """Whether nothing has succeeded for twice as long as the whole ladder takes."""
        return self.is_suspect and self.failing_since is not None and at - self.failing_since >= GIVEN_UP

    def failed(self, *, at: datetime, roll: float, after: timedelta | None = None) -> Health:
        """After one more failure; `after` is what the recipient asked for."""
        failures = self.failures + 1
        pause = None
        if failures >= SUSPECT:
            doubled = FIRST_PAUSE * 2 ** min(failures - SUSPECT, 10)
            pause = at + min(doubled, LONGEST_PAUSE) * (1 + JITTER * roll)
        if after is not None:
            asked = at + min(after, LONGEST)
            pause = max(pause, asked) if pause is not None else asked
        return replace(self, failures=failures, failing_since=self.failing_since or at, paused_until=pause)


WELL = Health()
