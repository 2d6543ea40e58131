"""The PostgreSQL engine: every thread but the writer reads only, and our own tables change by operations alone.

PostgreSQL has no trouble with several writers, so what third-party apps write (a sign-in, a lock-out counter) goes out
on the thread's own connection. Its transactions are read-only unless asked otherwise: a statement that turns out to
write fails first (SQLSTATE 25006, said by the server, so no SQL is guessed at), is then looked at, and runs again in a
transaction that may write. A block of Django's ``atomic`` may write from its beginning, because a transaction in which
a statement failed cannot go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base
from psycopg import errors

from mufakat.server.journal import database

if TYPE_CHECKING:
    from collections.abc import Callable

READER = "-c default_transaction_read_only=on"
# The writer prepares its statements, and PostgreSQL its checks of foreign keys, when a connection is young: on a young
# database they are planned for empty tables, which are read from end to end, and the plans stay while the tables grow
# (measured: two thirds of the database's time for a batch). All that the hot path reads it finds by an index.
WRITER = "-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off"


class CarryingCursor(base.Cursor):
    """A cursor of a reading thread."""

    connection: Any

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return self._run(lambda: super(CarryingCursor, self).execute(query, params, **options), query)  # type: ignore[misc]

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
        rows = list(params_seq)
        return self._run(lambda: super(CarryingCursor, self).executemany(query, rows, **options), query)  # type: ignore[misc]

    def _run(self, statement: Callable[[], Any], query: Any) -> Any:
        if not self.connection.autocommit:
            database.refuse_ours(str(query))
            return statement()
        try:
            return statement()
        except errors.ReadOnlySqlTransaction:
            database.refuse_ours(str(query))
        with self.connection.transaction():
            return statement()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL with one writing thread in each process."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if database.writes_here():
            return super().get_new_connection({**conn_params, "options": WRITER})
        told = {**conn_params, "cursor_factory": CarryingCursor, "options": READER}
        connection = super().get_new_connection(told)
        connection.read_only = False  # Transactions that are begun in so many words may write.
        return connection
