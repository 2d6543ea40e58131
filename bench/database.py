"""Both databases behind one seam: a connection of the plain driver, and what the two spell differently."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FILE = "mufakat.sqlite3"
DURABLE = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")  # As the server sets them.


@dataclass(frozen=True, slots=True)
class Instance:
    """A data directory and its database: the embedded one, or one of PostgreSQL by its URL."""

    data: Path
    url: str | None = None

    @property
    def embedded(self) -> bool:
        return self.url is None

    def environ(self) -> dict[str, str]:
        """What a process of this instance is told."""
        told = {"MUFAKAT_DATA": str(self.data)}
        return told if self.url is None else {**told, "DATABASE_URL": self.url}

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A connection that changes nothing."""
        if self.url is None:
            with closing(sqlite3.connect(f"file:{self.data / FILE}?mode=ro", uri=True)) as connection:
                yield connection
            return
        with closing(_postgres(self.url)) as connection:
            connection.read_only = True
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """A connection that is as durable as the server's; its user commits."""
        if self.url is None:
            with closing(sqlite3.connect(self.data / FILE, isolation_level=None)) as connection:
                for pragma in DURABLE:
                    connection.execute(f"PRAGMA {pragma}")
                yield connection
            return
        with closing(_postgres(self.url)) as connection:
            yield connection

    def fetch(self, connection: Any, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query whose values stand as ``%s``."""
        found: list[tuple[Any, ...]] = connection.execute(self.marked(sql), values).fetchall()
        return found

    def marked(self, sql: str) -> str:
        """The statement with the placeholders of its driver."""
        return _question_marks(sql) if self.embedded else sql

    def columns(self, connection: Any, table: str) -> list[str]:
        """The columns of a table that are written, in their order; what the database computes is not among them."""
        if self.embedded:
            # "Hidden" is 2 and 3 for computed columns.
            rows = self.fetch(connection, f"SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden = 0")  # noqa: S608
        else:
            sql = (
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
                " AND is_generated = 'NEVER' ORDER BY ordinal_position"
            )
            rows = self.fetch(connection, sql, [table])
        return [name for (name,) in rows]

    def time(self, at: datetime) -> Any:
        """A time as the server writes it."""
        return str(at.astimezone(UTC).replace(tzinfo=None)) if self.embedded else at


def insert(table: str, names: Sequence[str]) -> str:
    """One row's statement, with ``%s`` for each value."""
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("%s" for _ in names)
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of the database itself.


@cache
def _question_marks(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")


def _postgres(url: str) -> Any:
    import psycopg

    return psycopg.connect(url)
