"""Rows of many operations become one statement per table.

Values go in as Django stores them (tested by reading them back through the ORM); every column is named, because
Django's defaults are not in the schema.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model


@cache
def statement(model: type[Model], columns: tuple[str, ...]) -> str:
    """``INSERT INTO table (columns) VALUES (…)`` with the placeholders of the raw driver."""
    names = ", ".join(f'"{column}"' for column in columns)
    meta = model._meta  # noqa: SLF001 - Django's documented interface to its models.
    known = {field.column for field in meta.concrete_fields}
    if unknown := set(columns) - known:
        raise LookupError(f"{model.__name__} has no column {sorted(unknown)}")
    marks = ", ".join("?" for _ in columns)
    return f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({marks})'  # noqa: S608 - names come from the models.


def stamp(at: datetime) -> str:
    """A time as Django writes it on SQLite: UTC, without zone, microseconds only when there are any."""
    return str(at.astimezone(UTC).replace(tzinfo=None))


def insert(model: type[Model], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Write the rows in the open transaction of the writer's connection."""
    if not rows:
        return
    with connection.wrap_database_errors:
        connection.connection.executemany(statement(model, columns), _stamped(rows))


def _stamped(rows: Sequence[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
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


def fetch(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query in the open transaction, as the driver gives them.

    For the few reads of the hot path: building them through the ORM cost a quarter of a group's time.
    """
    with connection.wrap_database_errors:
        found: list[tuple[Any, ...]] = connection.connection.execute(sql, values).fetchall()
    return found


def change(sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement once for each row of values in the open transaction."""
    with connection.wrap_database_errors:
        connection.connection.executemany(sql, rows)


def last_moment() -> datetime:
    """The time of the newest event, so that a clock set back cannot date a new one before it."""
    from mufakat.server.journal.models import Event

    newest = Event.objects.order_by("-at").values_list("at", flat=True).first()
    return newest or datetime(1970, 1, 1, tzinfo=UTC)
