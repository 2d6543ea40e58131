"""How many long works of one kind run at once."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mufakat.server.journal.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Slots:
    """So many at once, and so many of one party: one that sends much must not keep the others out."""

    def __init__(self, *, at_once: int, of_one_party: int) -> None:
        self._at_once = at_once
        self._of_one_party = of_one_party
        self._lock = threading.Lock()
        self._of: Counter[str] = Counter()

    @contextmanager
    def one(self, party: str) -> Iterator[None]:
        """A slot, or BusyError."""
        with self._lock:
            if self._of.total() >= self._at_once or self._of[party] >= self._of_one_party:
                raise BusyError("as many as can run at once are running")
            self._of[party] += 1
        try:
            yield
        finally:
            with self._lock:
                self._of[party] -= 1
