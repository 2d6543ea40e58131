"""Load a prepared database as fast as may be: nobody else is there, and what a power cut would cost is a minute."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench.database import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from bench.database import Instance

UNSAFE = ("foreign_keys = OFF", "journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000")


@contextmanager
def loading(instance: Instance, tables: Collection[str]) -> Iterator[Any]:
    """A connection for the load, all in one transaction; the indexes of these tables are made at its end."""
    with instance.writing() as connection:
        if instance.embedded:
            for pragma in UNSAFE:
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN")
        else:
            connection.execute("SET session_replication_role = replica")  # No look-up of foreign keys.
        indexes = list(_indexes(instance, connection, tables))
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        yield connection
        for _, statement in indexes:
            connection.execute(statement)
        connection.execute("COMMIT")
        if instance.embedded:
            connection.execute("PRAGMA journal_mode = WAL")
        else:
            connection.autocommit = True
            connection.execute("VACUUM (ANALYZE)")


def write(instance: Instance, connection: Any, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Put the rows into the table."""
    if instance.embedded:
        connection.executemany(instance.marked(insert(table, names)), rows)
        return
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _indexes(instance: Instance, connection: Any, tables: Collection[str]) -> Iterator[tuple[str, str]]:
    """The indexes that no constraint needs, and how to make them: made at the end they are sorted once."""
    listed = ", ".join(f"'{table}'" for table in tables)
    if instance.embedded:
        sql = f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > '' AND tbl_name IN ({listed})"  # noqa: S608
    else:
        sql = (
            f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({listed})"  # noqa: S608 - names of ours.
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    for name, statement in instance.fetch(connection, sql):
        yield f'"{name}"', statement
