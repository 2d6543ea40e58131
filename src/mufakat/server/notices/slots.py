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
    """So many at once, and so many of one party: one that sends much must not keep the others out.

    A place is waited for `patience` seconds before it is said that there is none: who asks for the next file when the
    last byte of the former one has come may be faster than the thread that gave it. One waits at once, for each holds a
    thread; and nobody in an event loop.
    """

    def __init__(self, *, at_once: int, of_one_party: int, patience: float = 0.0) -> None:
        self._at_once = at_once
        self._of_one_party = of_one_party
        self._patience = patience
        self._somebody_waits = False
        self._changed = threading.Condition()
        self._of: Counter[str] = Counter()

    @contextmanager
    def one(self, party: str) -> Iterator[None]:
        """A slot, or BusyError."""
        with self._changed:
            if not (self._is_free(party) or self._becomes_free(party)):
                raise BusyError("as many as can run at once are running")
            self._of[party] += 1
        try:
            yield
        finally:
            with self._changed:
                self._of[party] -= 1
                self._changed.notify_all()

    def _is_free(self, party: str) -> bool:
        return self._of.total() < self._at_once and self._of[party] < self._of_one_party

    def _becomes_free(self, party: str) -> bool:
        if self._somebody_waits or not self._patience:
            return False
        self._somebody_waits = True
        try:
            return self._changed.wait_for(lambda: self._is_free(party), timeout=self._patience)
        finally:
            self._somebody_waits = False
