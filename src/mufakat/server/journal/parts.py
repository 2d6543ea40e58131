"""What is done again and again, part by part: how a part looks, and how it writes without standing in anybody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

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


def alone(run: Callable[[Moment], T]) -> T:
    """Run one portion in the writer's second lane and return its result once it is durable."""
    result: T = door.writer().commit(Alone(run), wait=WAIT)
    return result
