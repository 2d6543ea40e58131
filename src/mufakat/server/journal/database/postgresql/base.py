"""The PostgreSQL engine: every thread but the writer reads only, and our own tables change by operations alone.

PostgreSQL has no trouble with several writers, so what third-party apps write (a sign-in, a lock-out counter) goes out
on the thread's own connection. Its transactions are read-only unless asked otherwise: a statement that turns out to
write fails first (SQLSTATE 25006, said by the server, so no SQL is guessed at), is then looked at, and runs again in a
transaction that may write. A block of Django's ``atomic`` may write from its beginning, because a transaction in which
a statement failed cannot go on.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import errors
from psycopg.generators import send

from mufakat.server.journal import database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READER = "-c default_transaction_read_only=on"
# The writer prepares its statements, and PostgreSQL its checks of foreign keys, when a connection is young: on a young
# database they are planned for empty tables, which are read from end to end, and the plans stay while the tables grow
# (measured: two thirds of the database's time for a batch). All that the hot path reads it finds by an index. Processes
# that help with a question take longer to start than the writer's questions take.
WRITER = "-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off -c max_parallel_workers_per_gather=0"

PREPARED = 800  # Statements: eighteen numbers of rows for each table, and the numbers of keys that are looked up.


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


class TellingCursor(psycopg.RawCursor[Any]):
    """A cursor of the writer for what it says and need not hear: in a pipeline the next question takes it along.

    The driver sends each statement by itself: a dozen packets for a group of notices, each of which wakes the server.
    """

    def _execute_gen(self, query: Any, params: Any = None, *, prepare: Any = None, binary: Any = None) -> Any:
        if self._conn._pipeline is None:  # noqa: SLF001 - the driver has no other way to say it; a test holds it to this.
            yield from super()._execute_gen(query, params, prepare=prepare, binary=binary)
            return
        yield from self._start_query(query)
        yield from self._maybe_prepare_gen(self._convert_query(query, params), prepare=prepare, binary=binary)
        self._last_query = query
        yield from self._conn._prepared.maintain_gen(self._conn)  # noqa: SLF001 - the same.


def send_whole(pipeline: psycopg.Pipeline) -> Any:
    """Send all that the pipeline holds, the sync last, and only then wait for what the server says to it.

    The driver's own way tries to send once for each statement and then waits to read: where megabytes go, the rest of
    them lay here while the server waited for it, and both waited for ever.
    """
    pipeline._enqueue_sync()  # noqa: SLF001 - the parts of the driver's own `_sync_gen`, and one between them.
    yield from pipeline._communicate_gen()  # noqa: SLF001
    yield from send(pipeline.pgconn)
    yield from pipeline._fetch_gen(flush=False)  # noqa: SLF001


class WritingCursor(base.Cursor):
    """A cursor of the writer: in a pipeline (``DatabaseWrapper.pipelined``) it waits for what it asked.

    Django reads the number of changed rows without fetching, and expects a statement's error from the statement.
    """

    connection: Any
    pipeline: psycopg.Pipeline | None = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if self.pipeline is None:
            return super().execute(query, params, **options)  # type: ignore[misc]
        said = str(query)
        if said.startswith("ROLLBACK TO SAVEPOINT"):
            self._undo(query)
            return self
        if said.startswith("SAVEPOINT"):
            TellingCursor(self.connection).execute(query, prepare=False)
            return self
        super().execute(query, params, **options)  # type: ignore[misc]
        self.pipeline.sync()  # Raises the first error of all that was sent before, too.
        return self

    def _undo(self, query: str) -> None:
        if self.pipeline is not None:
            with suppress(psycopg.Error):
                self.pipeline.sync()  # What failed was told already; until it is settled the server skips what comes.
            super().execute(query)  # type: ignore[misc]
            self.pipeline.sync()
            # A rollback makes the driver forget its prepared statements, and after the next statement the server too;
            # that one must not be prepared, or it would be known here and gone there.
            super().execute("SELECT 1", prepare=False)  # type: ignore[misc]
            self.pipeline.sync()

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
        super().executemany(query, params_seq, **options)  # type: ignore[misc]
        if self.pipeline is not None:
            self.pipeline.sync()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL with one writing thread in each process."""

    pipeline: psycopg.Pipeline | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if database.writes_here():
            connection = super().get_new_connection({**conn_params, "cursor_factory": WritingCursor, "options": WRITER})
            connection.prepared_max = PREPARED
            return connection
        told = {**conn_params, "cursor_factory": CarryingCursor, "options": READER}
        connection = super().get_new_connection(told)
        connection.read_only = False  # Transactions that are begun in so many words may write.
        return connection

    def asking(self) -> psycopg.RawCursor[Any]:
        """A cursor of the driver that binds on the server; Django's own writes the values into the statement.

        It reads no placeholders either: finding a hundred of them took longer than the insert.
        """
        return psycopg.RawCursor(self.connection)

    def telling(self) -> TellingCursor:
        """The same for what is told and not asked."""
        return TellingCursor(self.connection)

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        if self.pipeline is not None:
            cursor.pipeline = self.pipeline
        return cursor

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """Send the statements of the block without waiting for one after the other (``journal.store``)."""
        with self.wrap_database_errors, self.connection.pipeline() as pipeline:
            pipeline._sync_gen = partial(send_whole, pipeline)  # noqa: SLF001 - of this pipeline alone.
            self.pipeline = pipeline
            try:
                yield
            except BaseException:
                with suppress(psycopg.Error):
                    pipeline.sync()  # Or the driver would log what else failed, values and all.
                raise
            finally:
                self.pipeline = None
