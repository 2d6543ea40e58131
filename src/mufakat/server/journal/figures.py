"""Counting what goes on, cheaply enough for the hot way: plain numbers of this process that a scrape reads.

What the database knows is not counted here: it is asked (``queries.waiting``). These numbers begin anew with the
process, and every process has its own.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ROWS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 1024.0)


class Histogram:
    """How many observations fell below each bound, and their sum. The caller keeps two writers apart."""

    __slots__ = ("_bounds", "_counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """One more."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def buckets(self) -> list[tuple[str, float]]:
        """Upper bound and how many are not above it, as Prometheus wants it; the last is all of them."""
        found: list[tuple[str, float]] = []
        many = 0
        for bound, count in zip((*map(str, self._bounds), "+Inf"), list(self._counts), strict=True):
            many += count
            found.append((bound, many))
        return found


class WriterFigures:
    """What the writer does; only its thread writes here."""

    def __init__(self) -> None:
        self.waits = Histogram(SECONDS)
        self.groups = Histogram(ROWS)
        self.commits = Histogram(SECONDS)

    def committed(self, waited: Sequence[float], took: float) -> None:
        """A group became durable: how long each operation had waited, and how long the commit took."""
        for seconds in waited:
            self.waits.observe(max(0.0, seconds))
        self.groups.observe(len(waited))
        self.commits.observe(took)


class Tally:
    """Counts by name. Threads share it, so it has a lock; taking it costs a tenth of a microsecond."""

    def __init__(self) -> None:
        self._found: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, name: str, many: int = 1) -> None:
        """So many more of these."""
        with self._lock:
            self._found[name] = self._found.get(name, 0) + many

    def items(self) -> list[tuple[str, int]]:
        """Everything counted so far, by name."""
        with self._lock:
            return sorted(self._found.items())
