"""Who may write: one thread of a process, and on SQLite whoever it lends its connection to.

SQLite has one write lock, and with several connections competing for it the unlucky ones back off for seconds. Worse,
two connections that write and checkpoint the same file can corrupt it in SQLite up to 3.51.2 (the WAL-reset bug). So
exactly one connection writes; the engine in ``base`` opens every other one read-only and carries its writes to the
writer.

On PostgreSQL each process has one writing thread, and the writers of all processes take turns (``take_turn``): inside
an operation nobody else writes, on either database.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class Loan(Protocol):
    """The writer's raw connection in the hands of another thread, until it is returned or its time is up."""

    @property
    def connection(self) -> sqlite3.Connection: ...
    def give_back(self) -> None: ...
    def held(self) -> AbstractContextManager[None]:
        """Keep the writer from taking its connection back while a statement runs; raises when it has."""


class Lender(Protocol):
    """What the engine needs of the writer."""

    def lend(self) -> Loan: ...


class WrongDoorError(RuntimeError):
    """A web thread tried to write one of our own tables past the operations."""


# Third-party apps write their own tables, and the person's row at sign-in; ours change by operations alone. A verb that
# writes, and behind it a table of ours, wherever they stand: values are never part of the statement.
OURS = re.compile(
    r"\b(?:INSERT|UPDATE|DELETE|REPLACE\s+INTO|MERGE|TRUNCATE|COPY)\b"
    r".*\b(?:agreements_|appeals_|connectors_|decisions_|filters_|governance_|government_bot_|journal_|notices_|parties_(?!person\b)"
    r"|register_|restrictions_)\w",
    re.IGNORECASE | re.DOTALL,
)
TURN = 0x6D75666B_00000001  # "mufk": the advisory lock by which the writers of several processes take turns.
MIGRATING = TURN + 1
LOOK = 0.01  # Seconds between two looks whether another process has ended what one at a time may do.


def refuse_ours(sql: str) -> None:
    """Raise when a statement of a reading thread would write a table of ours."""
    if OURS.search(sql):
        raise WrongDoorError(f"write this through an operation: {sql[:60]}")


@cache
def is_embedded() -> bool:
    """Tell whether the database is a file of this very process, which it stays as long as the process lives."""
    from django.db import connection

    return connection.vendor == "sqlite"


def take_turn() -> None:
    """In the transaction just begun: wait until no other process writes, and keep it so until the commit.

    Every process's writer gathers a group while it waits, so turns cost little; and what an operation reads stays true
    until its commit: channel heads, states, keys that were answered before, names that are taken.
    """
    from django.db import connection

    if not is_embedded():
        with connection.wrap_database_errors:
            # Not Django's cursor, which would wait for it in a pipeline: the next answer that is read says it too.
            connection.telling().execute("SELECT pg_advisory_xact_lock($1)", [TURN], prepare=True)  # type: ignore[attr-defined]  # Our own engine's.


@contextmanager
def only_here(what: str, *, patience: float) -> Iterator[bool]:
    """Do this in one process at a time; False where another one is at it for longer than `patience` seconds.

    It is a lease as long as this thread's connection lives: the server takes it back however the process ends. Whoever
    lost it without knowing may still be at work, so that what it writes is fenced by its own compare-and-set. On the
    embedded database there is one process.
    """
    if is_embedded():
        yield True
        return
    from django.db import DatabaseError, connection

    key = int.from_bytes(hashlib.sha256(f"mufakat/{what}".encode()).digest()[:8], signed=True)
    until = time.monotonic() + patience
    with connection.cursor() as cursor:
        while not (ours := _is_ours(cursor, key)) and time.monotonic() < until:
            time.sleep(LOOK)
        try:
            yield ours
        finally:
            if ours:
                with suppress(DatabaseError):  # With the connection the lease is gone as well.
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _is_ours(cursor: Any, key: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
    return bool(cursor.fetchone()[0])


_thread = threading.local()
_lender: Lender | None = None


def writes_here() -> bool:
    """Tell whether this is the thread whose connection may write."""
    return bool(getattr(_thread, "writes", False))


@contextmanager
def claim() -> Iterator[None]:
    """Make this thread the writing one. The caller holds the lock of the data directory."""
    from django.db import connection

    connection.close()  # A read-only connection of before must not stay.
    _thread.writes = True
    try:
        yield
    finally:
        connection.close()
        _thread.writes = False


def set_lender(lender: Lender | None) -> None:
    """Name the writer to which the other threads' writes are carried; None when it closes."""
    global _lender  # noqa: PLW0603 - one writer per process is the point.
    _lender = lender


def lender() -> Lender | None:
    """The writer of this process, where one runs."""
    return _lender


@contextmanager
def alone() -> Iterator[None]:
    """Keep a second process from migrating the same database at the same time."""
    from django.db import connection

    if is_embedded():  # The lock of the data directory does it.
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])
