"""Who may write: one thread of one process, and whoever it lends its connection to.

SQLite has one write lock, and with several connections competing for it the unlucky ones back off for seconds. Worse,
two connections that write and checkpoint the same file can corrupt it in SQLite up to 3.51.2 (the WAL-reset bug). So
exactly one connection writes; the engine in ``base`` opens every other one read-only and carries its writes to the
writer.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

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
