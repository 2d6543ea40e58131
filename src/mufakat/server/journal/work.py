"""What goes through the writer: operations, the moment they are given, and their places in the queue."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from mufakat.server.journal import store

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from mufakat.rules.errors import RefusedError
    from mufakat.server.journal.answers import Answer, Key
    from mufakat.server.journal.ids import Ids
    from mufakat.server.journal.store import Question, Row


@dataclass(slots=True)
class Moment:
    """What one commit is given: the time, ids in commit order, the raw connection.

    `shard` is set where everything that happens goes to one shard: while a story is told (``examples``). `hurried` says
    that single notices come, too: what may be cut into portions takes small ones. `news` is another number once what
    processes remember has changed, where several write (`store.begin_turn`); `told` that this very commit does so.
    """

    at: datetime
    millisecond: int
    ids: Ids
    raw: Any
    shard: str | None = None
    hurried: bool = False
    news: int = 0
    told: bool = False
    after: list[Callable[[], None]] = field(default_factory=list)
    ahead: dict[tuple[str, tuple[Any, ...]], list[Row]] = field(default_factory=dict)

    def id(self, prefix: str) -> str:
        return self.ids.next(prefix, self.millisecond)

    def ask(self, *questions: Question) -> list[list[Row]]:
        """The rows of these questions, waited for once, or not at all where the turn began with them.

        An answer from the beginning of the turn is given once, and none after an event was appended (``operations``):
        what is read twice may have changed in between.
        """
        places = [(sql, tuple(values)) for sql, values in questions]
        if all(place in self.ahead for place in places):
            return [self.ahead.pop(place) for place in places]
        return store.fetch_each(*questions)


class Operation(Protocol):
    """One deed, prepared: no clock, no input or output left to do."""

    @property
    def weight(self) -> int:
        """Rows of work, for the bound."""

    @property
    def key(self) -> Key | None:
        """The idempotency key, where there is one."""

    @property
    def plan(self) -> Plan | None:
        """Operations of one plan may share statements; one without a plan runs alone in its savepoint.

        One that has `urgent = True` besides goes ahead of everything that waits, and through a disk that is full: it
        opens what was closed, and nothing else may.
        """

    def run(self, moment: Moment) -> Any:
        """Do it (ORM allowed) in the writer's thread.

        With a key the result is the Answer that a repetition gets too. ``MORE`` says that this was a portion: it is
        committed, and ``run`` is called again in a later turn, with others in between.
        """


MORE = object()
"""The result of a portion that is not the last one."""


class Deed:
    """An ordinary operation: one function, its own savepoint, no key.

    One that is `brief` asks through `store` alone, so that it keeps no group from being sent without waiting.
    """

    weight = 1
    plan: Plan | None = None
    brief = False

    def __init__(self, run: Callable[[Moment], Any], *, key: Key | None = None) -> None:
        self.run = run
        self.key = key


class Plan(Protocol):
    """Writes many operations of one kind with one statement per table."""

    def questions(self, operations: Sequence[Any], shard: str | None) -> Sequence[Question]:
        """What it will ask first (`Moment.ask`), so that the turn of a group of nothing else begins with that."""

    def write(self, operations: Sequence[Any], moment: Moment) -> Sequence[Answer | RefusedError]:
        """The answer to each; an error in an answer's place is that operation's alone, and nothing of it is written."""


class Slot:
    """One operation in the queue and where its result goes; ``begun`` once a portion of it is committed."""

    __slots__ = ("begun", "by", "done", "error", "future", "loop", "operation", "result", "urgent")

    def __init__(self, operation: Operation | Handover, by: float, loop: asyncio.AbstractEventLoop | None) -> None:
        self.operation = operation
        self.by = by
        self.loop = loop
        self.begun = False
        self.urgent: bool = getattr(operation, "urgent", False)
        self.result: Any = None
        self.error: BaseException | None = None
        self.done: threading.Event | None = None if loop else threading.Event()
        self.future: asyncio.Future[Any] | None = loop.create_future() if loop else None


class Handover:
    """The connection in the hands of another thread (``database.Loan``)."""

    weight = 1
    key = None
    plan = None

    def __init__(self) -> None:
        self.raw: Any = None
        self.lent = threading.Event()
        self.returned = threading.Event()
        self._revoked = False
        self._use = threading.Lock()

    @property
    def connection(self) -> sqlite3.Connection:
        raw: sqlite3.Connection = self.raw
        return raw

    @contextmanager
    def held(self) -> Iterator[None]:
        # Between a look at the flag and the statement the writer could begin somebody else's transaction on this very
        # connection; the lock keeps it from doing so.
        with self._use:
            if self._revoked:
                raise sqlite3.OperationalError("the writer lent its connection, waited, and took it back")
            yield

    def revoke(self) -> None:
        """Take the connection back: no further statement of the borrower runs on it."""
        self._revoked = True
        self.raw.interrupt()
        with self._use:
            self.raw.rollback()

    def give_back(self) -> None:
        self.returned.set()
