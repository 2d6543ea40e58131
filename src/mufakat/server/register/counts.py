"""How much there is in the register, for the front page: counted at most every half minute, whoever asks how often."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from mufakat.rules.lifecycle import OPEN_STATES, NoticeState
from mufakat.rules.restriction import LIVE, RestrictionState
from mufakat.server.register import queries

FRESH = 30.0  # Seconds for which a count is believed.


class Counts(NamedTuple):
    """Notices are `waiting`, `decided` or `withdrawn`, each exactly once (I-11).

    Restrictions, as far as they were published, are `closing` something, or `opened`: lifted or ended.
    """

    notices: int
    waiting: int
    decided: int
    withdrawn: int
    decisions: int
    reversed: int
    appeals: int
    mandates: int
    representatives: int
    restrictions: int
    closing: int
    opened: int


class Remembered:
    """The last count; while one request counts anew, the others are given the old one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: Counts | None = None
        self._until = float("-inf")

    def get(self) -> Counts:
        """The count, at most `FRESH` seconds old where nobody counts just now."""
        found = self._found
        if found is not None and (time.monotonic() < self._until or not self._lock.acquire(blocking=False)):
            return found
        if found is None:
            self._lock.acquire()
        try:
            self._found = found = counted()
            self._until = time.monotonic() + FRESH
        finally:
            self._lock.release()
        return found

    def forget(self) -> None:
        """Count anew next time."""
        self._until = float("-inf")
        self._found = None


def counted() -> Counts:
    """Count now."""
    found = queries.counts()

    def many(kind: str, *states: str) -> int:
        return sum(count for (of, state), count in found.items() if of == kind and (not states or state in states))

    return Counts(
        notices=many("notice"),
        waiting=many("notice", *OPEN_STATES),
        decided=many("notice", NoticeState.DECIDED, NoticeState.CLOSED),
        withdrawn=many("notice", NoticeState.WITHDRAWN),
        decisions=many("decision"),
        reversed=many("decision", "reversed", "partly_reversed"),
        appeals=many("appeal"),
        mandates=many("mandate", "in_force"),
        representatives=many("representative", "in_force"),
        restrictions=many("restriction"),
        closing=many("restriction", *LIVE),
        opened=many("restriction", RestrictionState.LIFTED, RestrictionState.EXPIRED),
    )


remembered = Remembered()
