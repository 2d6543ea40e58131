"""What is done again and again, part by part: how a part looks, and how it writes without standing in anybody's way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from mufakat.server.journal import door
from mufakat.server.journal.work import Deed
from mufakat.server.journal.writer import GROUP

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from datetime import datetime

    from mufakat.server.journal.work import Moment

T = TypeVar("T")

WAIT = 30.0  # Seconds that a portion waits for its turn behind batches.


class Swept(NamedTuple):
    """How much a part did, and whether it stopped at its bound with more to do."""

    done: int
    more: bool


class Part(Protocol):
    """One bounded part of a work, for what is due at this time; gives how much it did and whether more is left."""

    def __call__(self, *, at: datetime, stop: threading.Event | None = None) -> tuple[int, bool]: ...


class Alone(Deed):
    """An operation in the writer's second lane, which commits it alone: single notices never wait for two of them."""

    weight = GROUP + 1


class Along(Deed):
    """A small operation that shares the next commit with whoever waits for it; through `store` alone."""

    brief = True

    def __init__(self, run: Callable[[Moment], object], *, weight: int) -> None:
        super().__init__(run)
        self.weight = weight


def alone(run: Callable[[Moment], T]) -> T:
    """Run one portion in the writer's second lane and return its result once it is durable."""
    result: T = door.writer().commit(Alone(run), wait=WAIT)
    return result


def along(run: Callable[[Moment], T], *, rows: int) -> T:
    """The same for what writes few rows and comes often: it takes no turn and no commit of its own.

    All it asks goes through `store`. What writes more rows than a group has goes alone.
    """
    operation = Along(run, weight=max(rows, 1)) if rows <= GROUP else Alone(run)
    result: T = door.writer().commit(operation, wait=WAIT)
    return result


class Lead(Generic[T]):
    """Who of several processes goes on with a work that one can do: whoever does, until another one was faster.

    Each looks how far it stands. Where another one moved it since the last look, and that was just now, the work is
    in its hands: to do it as well would only make both wait. Where it does not move, it is taken up.
    """

    def __init__(self, recent: float) -> None:
        self._recent = recent
        self._seen: dict[str, tuple[T, float]] = {}

    def is_anothers(self, work: str, stands: T) -> bool:
        """Whether another process does this work, which stands so; it is asked once a look."""
        seen, now = self._seen.get(work), time.monotonic()
        self._seen[work] = (stands, now)
        return seen is not None and seen[0] != stands and now - seen[1] < self._recent

    def did(self, work: str, stands: T) -> None:
        """This process did it, and it stands so now."""
        self._seen[work] = (stands, time.monotonic())
