"""The SQLite engine: every thread but the writer reads only, and a third party's write is carried to the writer.

Django finds it as ``ENGINE = "mufakat.server.journal.database"``. A statement runs on the thread's own read-only
connection first; SQLite itself says whether it writes (SQLITE_READONLY), so no SQL is guessed at. Then it runs on the
writer's connection, lent for one statement, or from BEGIN to COMMIT where Django opens a transaction.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from mufakat.server.journal import database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mufakat.server.journal.database import Loan

# A reading connection never checkpoints: only the writer moves pages from the log into the file.
READER = ("PRAGMA query_only = ON", "PRAGMA wal_autocheckpoint = 0")
# The writer keeps 64 MiB of pages: the default, 2 MiB, holds none of the indexes that a batch touches once there are a
# million notices (measured there: a tenth less processor time). The log is moved into the file every 16 MiB, not every
# four: a page that many commits touched is then moved once.
WRITER = ("PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 4000")


class Results:
    """The whole answer of a statement that ran on a lent connection, kept after the connection was given back."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self.rows: Iterator[Any] = iter(cursor.fetchall())
        self.lastrowid = cursor.lastrowid
        self.rowcount = cursor.rowcount

    def fetchone(self) -> Any:
        return next(self.rows, None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [row for row, _ in zip(self.rows, range(size), strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self.rows)

    def __iter__(self) -> Iterator[Any]:
        return self.rows

    def close(self) -> None:
        self.rows = iter(())


class CarryingCursor:
    """A cursor of a reading thread: reads where it is, writes through the writer."""

    def __init__(self, wrapper: DatabaseWrapper) -> None:
        self._wrapper = wrapper
        self._cursor: Any = wrapper.connection.cursor(factory=SQLiteCursorWrapper)

    def execute(self, sql: str, params: Any = None) -> Any:
        return self._run("execute", sql, params)

    def executemany(self, sql: str, params: Sequence[Any]) -> Any:
        return self._run("executemany", sql, list(params))

    def _run(self, method: str, sql: str, params: Any) -> Any:
        loan = self._wrapper.loan
        if loan is not None:
            database.refuse_ours(sql)
            with loan.held():
                return getattr(self._cursor, method)(sql, params)
        try:
            return getattr(self._cursor, method)(sql, params)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY or database.lender() is None:
                raise
        database.refuse_ours(sql)
        with self._wrapper.borrowed() as connection:
            cursor = connection.cursor(factory=SQLiteCursorWrapper)
            getattr(cursor, method)(sql, params)
            self._cursor = Results(cursor)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite with one writing connection in the process."""

    loan: Loan | None = None
    _own: Any = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        for pragma in WRITER if database.writes_here() else READER:
            connection.execute(pragma)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if database.writes_here():
            return super().create_cursor(name)
        return CarryingCursor(self)

    def _start_transaction_under_autocommit(self) -> None:
        if database.writes_here():
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # Private in Django's stubs.
            return
        if database.lender() is None:
            # query_only refuses BEGIN IMMEDIATE even for a block that only reads.
            self.cursor().execute("BEGIN")
            return
        loan = self.borrow()
        try:
            with loan.held():
                loan.connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self.give_back()
            raise

    @contextmanager
    def borrowed(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the writer's connection, for one statement."""
        loan = self.borrow()
        try:
            with loan.held():
                loan.connection.execute("BEGIN IMMEDIATE")
                try:
                    yield loan.connection
                    loan.connection.commit()
                except BaseException:
                    loan.connection.rollback()
                    raise
        finally:
            self.give_back()

    def borrow(self) -> Loan:
        """Put the writer's connection in the place of this thread's own."""
        found = database.lender()
        if found is None:
            raise sqlite3.OperationalError("nobody writes here: the writer is closed")
        loan = found.lend()
        self._own, self.connection, self.loan = self.connection, loan.connection, loan
        return loan

    def give_back(self) -> None:
        """Undo ``borrow``."""
        loan, self.loan = self.loan, None
        if loan is not None:
            self.connection, self._own = self._own, None
            loan.give_back()

    def _commit(self) -> None:
        if self.loan is None:
            super()._commit()  # type: ignore[misc]  # Private in Django's stubs.
            return
        try:
            with self.wrap_database_errors, self.loan.held():
                self.connection.commit()
        except BaseException:
            self._undo()
            raise
        self.give_back()

    def _rollback(self) -> None:
        if self.loan is None:
            super()._rollback()  # type: ignore[misc]  # Private in Django's stubs.
        else:
            self._undo()

    def _undo(self) -> None:
        """Roll the borrowed transaction back, unless the writer did so itself when it took its connection back."""
        if self.loan is not None:
            with suppress(sqlite3.Error), self.loan.held():
                self.connection.rollback()
            self.give_back()

    def close(self) -> None:
        self._undo()
        super().close()
