"""The database of a server under test, whichever it is, with SQL of the test's own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.houses import Server

DATABASE = "mufakat.sqlite3"


@contextmanager
def connected(server: "Server") -> Iterator[Any]:
    """A connection with ``execute(sql).fetchall()``; both drivers have that."""
    if url := server.environ.get("DATABASE_URL"):
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            yield connection
    else:
        with closing(sqlite3.connect(server.data / DATABASE, isolation_level=None)) as database:
            yield database
