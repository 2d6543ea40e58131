"""Rows of many operations become one statement per table.

Statements are written with ``%s`` for a value; the driver of SQLite is given question marks. Values go in as Django
stores them (tested by reading them back through the ORM). Django's defaults are not in the schema: every column is
named but those that begin as null, whose values would only cost time.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import connection

from mufakat.server.journal.database import is_embedded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import Model

Row = tuple[Any, ...]
Question = tuple[str, "Sequence[Any]"]  # A statement that reads, and its values.

# PostgreSQL parses and plans a statement once for each number of rows. A group of single notices is one statement for
# each table, whatever its number: to send and hear three costs more than to write a dozen rows. Beyond that: few
# numbers, many uses.
PORTIONS = (64, *range(32, 0, -1))
COPIED = 96  # Rows from which COPY is faster than INSERT.
# Rows of one statement of SQLite where there are so many. Between two steps of it the interpreter's lock is given away,
# and who computes beside the writer keeps it for milliseconds: a step a row took it four times as long as it worked.
TOGETHER = (5_000, 2_000, 1_000, 500)
VARIABLES = 32_766  # SQLite takes no more of them in one statement.
TYPES = {
    "BigAutoField": "int8",
    "BigIntegerField": "int8",
    "BinaryField": "bytea",
    "BooleanField": "bool",
    "CharField": "varchar",
    "DateField": "date",
    "DateTimeField": "timestamptz",
    "IntegerField": "int4",
    "JSONField": "jsonb",
    "PositiveBigIntegerField": "int8",
    "PositiveIntegerField": "int4",
    "PositiveSmallIntegerField": "int2",
    "TextField": "text",
}


@cache
def named(model: type[Model], columns: tuple[str, ...]) -> str:
    """``"table" ("column", …)``. Raises LookupError where the model has no such column."""
    meta = model._meta  # noqa: SLF001 - Django's documented interface to its models.
    known = {field.column for field in meta.concrete_fields}
    if unknown := set(columns) - known:
        raise LookupError(f"{model.__name__} has no column {sorted(unknown)}")
    names = ", ".join(f'"{column}"' for column in columns)
    return f'"{meta.db_table}" ({names})'


@cache
def statement(model: type[Model], columns: tuple[str, ...], rows: int = 1) -> str:
    """``INSERT INTO table (columns) VALUES (…), …`` with ``%s`` for each value."""
    marks = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * rows)
    return f"INSERT INTO {named(model, columns)} VALUES {marks}"  # noqa: S608 - names come from the models.


@cache
def types(model: type[Model], columns: tuple[str, ...]) -> tuple[str, ...]:
    """What PostgreSQL calls the types of the columns, for COPY in its binary form."""
    fields: Any = {field.column: field for field in model._meta.concrete_fields}  # noqa: SLF001 - as above.
    found = []
    for column in columns:
        field = fields[column]
        while field.remote_field is not None:
            field = field.target_field
        found.append(TYPES[field.get_internal_type()])
    return tuple(found)


@cache
def _marked(sql: str) -> str:
    """The statement as the driver takes it: with question marks, or as PostgreSQL itself reads it, with numbers."""
    if is_embedded():
        return sql.replace("%s", "?")
    head, *rest = sql.split("%s")
    return head + "".join(f"${number}{part}" for number, part in enumerate(rest, start=1))


def stamp(at: datetime) -> str:
    """A time as Django writes it on SQLite: UTC, without zone, microseconds only when there are any."""
    return str(at.astimezone(UTC).replace(tzinfo=None))


@contextmanager
def pipelined() -> Iterator[None]:
    """Send what is written in the block without waiting for one statement after the other.

    On PostgreSQL a group of notices is thirty statements, and to wait for each costs more than to carry it out. The
    answer to a question is still waited for, and so is every statement of the ORM (``WritingCursor``); an error of a
    row is told by the next of them, at the end of its savepoint at the latest. In a pipeline there is no COPY.
    """
    if is_embedded() or connection.pipeline is not None:  # type: ignore[attr-defined]  # Our own engine's.
        yield
        return
    with connection.pipelined():  # type: ignore[attr-defined]  # Our own engine's.
        yield


def insert(model: type[Model], columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Write the rows in the open transaction of the writer's connection."""
    if not rows:
        return
    with connection.wrap_database_errors:
        if is_embedded():
            _insert_embedded(model, columns, _stamped(rows))
        elif len(rows) >= COPIED and connection.pipeline is None:  # type: ignore[attr-defined]  # Our own engine's.
            _copy(model, columns, rows)
        else:
            _insert(model, columns, rows)


def _insert_embedded(model: type[Model], columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    database, start = connection.connection, 0
    for many in TOGETHER:
        while len(rows) - start >= many and len(columns) * many <= VARIABLES:
            values = list(chain.from_iterable(rows[start : start + many]))
            database.execute(_marked(statement(model, columns, many)), values)
            start += many
    if start < len(rows):
        database.executemany(_marked(statement(model, columns)), rows[start:] if start else rows)


def _stamped(rows: Sequence[Row]) -> Sequence[Sequence[Any]]:
    """Rows with their times as texts; rows of a table that holds none now are given on as they are."""
    empty = [place for place, value in enumerate(rows[0]) if value is None]
    times = [place for place, value in enumerate(rows[0]) if type(value) is datetime]
    times += [place for place in empty if any(type(row[place]) is datetime for row in rows)]
    if not times:
        return rows
    stamps: dict[datetime, str] = {}
    stamped = []
    for row in rows:
        copy = list(row)
        for place in times:
            value = copy[place]
            if value is not None:
                text = stamps.get(value)
                if text is None:
                    text = stamps[value] = stamp(value)
                copy[place] = text
        stamped.append(copy)
    return stamped


def _insert(model: type[Model], columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    cursor = _telling()
    start = 0
    for portion in PORTIONS:
        sql = statement(model, columns, portion)
        while len(rows) - start >= portion:
            values = [value for row in rows[start : start + portion] for value in row]
            cursor.execute(_marked(sql), values, prepare=True)
            start += portion


def _copy(model: type[Model], columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    sql = f"COPY {named(model, columns)} FROM STDIN (FORMAT BINARY)"
    with _asking().copy(sql) as copy:
        copy.set_types(types(model, columns))
        for row in rows:
            copy.write_row(row)


def _asking() -> Any:
    """The driver's cursor for a question (``database.postgresql``)."""
    return connection.asking()  # type: ignore[attr-defined]  # Our own engine's.


def _telling() -> Any:
    """The driver's cursor for what is written and not waited for."""
    return connection.telling()  # type: ignore[attr-defined]  # Our own engine's.


def fetch(sql: str, values: Sequence[Any]) -> list[Row]:
    """The rows of a query in the open transaction, as the driver gives them.

    For the few reads of the hot path: building them through the ORM cost a quarter of a group's time.
    """
    with connection.wrap_database_errors:
        if is_embedded():
            found: list[Row] = connection.connection.execute(_marked(sql), values).fetchall()
        else:
            found = _asking().execute(_marked(sql), values, prepare=True).fetchall()
    return found


def rounded(count: int) -> int:
    """The next power of two: a question with as many values as there are rows is prepared for few numbers of them."""
    return 1 << (count - 1).bit_length()


def fetch_each(*questions: Question) -> list[list[Row]]:
    """The rows of several queries, which are asked at once."""
    if not questions or is_embedded() or connection.pipeline is None:  # type: ignore[attr-defined]
        return [fetch(sql, values) for sql, values in questions]
    with connection.wrap_database_errors:
        *others, last = questions
        asked = [_telling().execute(_marked(sql), values, prepare=True) for sql, values in others]
        asked.append(_asking().execute(_marked(last[0]), last[1], prepare=True))
        return [cursor.fetchall() for cursor in asked]


def change(sql: str, rows: Sequence[Row]) -> int:
    """Run a statement once for each row of values in the open transaction; how many rows it changed in all."""
    with connection.wrap_database_errors:
        if is_embedded():
            return int(connection.connection.executemany(_marked(sql), _stamped(rows)).rowcount) if rows else 0
        cursor = _asking()
        cursor.executemany(_marked(sql), rows)
        return int(cursor.rowcount)


def tell(sql: str, rows: Sequence[Row]) -> None:
    """Run a statement once for each row of values, whatever it changes; in a pipeline nobody waits for it."""
    if is_embedded() or connection.pipeline is None:  # type: ignore[attr-defined]  # Our own engine's.
        change(sql, rows)
        return
    with connection.wrap_database_errors:
        cursor = _telling()
        for row in rows:
            cursor.execute(_marked(sql), row, prepare=True)


def move(model: type[Model], columns: tuple[str, ...], known: tuple[str, ...], rows: Sequence[Row]) -> int:
    """Compare and set: `columns` get new values where `known` are still as each row names them; how many rows moved.

    Each of `rows` holds the new values, then the known ones, by which it is one row of the table at most. PostgreSQL is
    told of all of them in one statement, a list for each column: five hundred alone took it and us four times as long.
    """
    if not rows:
        return 0
    if is_embedded():
        return change(_moved(model, columns, known), rows)
    with connection.wrap_database_errors:
        lists = [list(values) for values in zip(*rows, strict=True)]
        return int(_asking().execute(_marked(_moved_at_once(model, columns, known)), lists, prepare=True).rowcount)


@cache
def _moved(model: type[Model], columns: tuple[str, ...], known: tuple[str, ...]) -> str:
    changes = ", ".join(f'"{column}" = %s' for column in columns)
    wanted = " AND ".join(f'"{column}" = %s' for column in known)
    return f'UPDATE "{model._meta.db_table}" SET {changes} WHERE {wanted}'  # noqa: S608, SLF001 - as above.


@cache
def _moved_at_once(model: type[Model], columns: tuple[str, ...], known: tuple[str, ...]) -> str:
    lists = ", ".join(f"%s::{kind}[]" for kind in types(model, columns + known))
    places = ", ".join(f"v{place}" for place in range(len(columns + known)))
    changes = ", ".join(f'"{column}" = v{place}' for place, column in enumerate(columns))
    wanted = " AND ".join(f'"{column}" = v{place}' for place, column in enumerate(known, start=len(columns)))
    given = f"unnest({lists}) AS given ({places})"
    return f'UPDATE "{model._meta.db_table}" SET {changes} FROM {given} WHERE {wanted}'  # noqa: S608, SLF001 - as above.


def last_moment(shard: str | None = None) -> datetime:
    """The time of the newest event, so that a clock set back cannot date a new one before it.

    A story is told of days that have passed: there the newest event of its own shard counts.
    """
    connection.ensure_connection()
    where, values = _of_shard(shard)
    return _moment(fetch(f"SELECT max(at) FROM journal_event{where}", values)[0][0])  # noqa: S608 - one of two texts.


def begin_turn(shard: str | None) -> tuple[datetime, int]:
    """The same with the number of the news, where several processes write: both are of the turn that this one has.

    The number is another once anything changed that processes remember, and the change was committed or taken back.
    """
    where, values = _of_shard(shard)
    sql = f"SELECT max(at), (SELECT last_value FROM journal_news) FROM journal_event{where}"  # noqa: S608 - the same.
    newest, news = fetch(sql, values)[0]
    return _moment(newest), int(news)


def count_news(channel: str) -> None:
    """Say that something changed which processes remember, to those who listen and to the next turns."""
    fetch("SELECT nextval('journal_news'), pg_notify(%s, '')", [channel])


def _of_shard(shard: str | None) -> tuple[str, list[str]]:
    return ("", []) if shard is None else (" WHERE shard = %s", [shard])


def _moment(newest: Any) -> datetime:
    if newest is None:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return newest if isinstance(newest, datetime) else datetime.fromisoformat(newest).replace(tzinfo=UTC)
