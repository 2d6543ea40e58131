"""The daily files: the entries of one day (UTC), as the register shows them at the moment somebody asks.

They are made when they are asked for and kept nowhere: what was erased or hidden since is erased and hidden in them
too, and what is published later comes in by itself. Few are made at a time, a page of entries is in memory at once, and
the bytes lie in a file without a name until the reader has them: a slow reader holds neither a thread nor a connection.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import IO, TYPE_CHECKING

from mufakat.formats import columns, register_table
from mufakat.server.notices.slots import Slots
from mufakat.server.register import queries
from mufakat.server.register.models import Entry as Row
from mufakat.server.register.queries import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mufakat.rules.entries import Entry

PAGE = 500  # Entries.
IN_MEMORY = 1024 * 1024  # Bytes; longer files lie on the disk.
BLOCK = 64 * 1024  # Bytes that are handed on at once.
slots = Slots(at_once=2, of_one_party=1, patience=0.5)


class Form(StrEnum):
    """How a file is written."""

    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.PARQUET: "application/vnd.apache.parquet",
}


class File:
    """A file that was made: how long it is, and its bytes, once."""

    def __init__(self, held: IO[bytes]) -> None:
        self.size = held.tell()
        held.seek(0)
        self._held = held

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if piece := self._held.read(BLOCK):
            return piece
        self.close()
        raise StopIteration

    def close(self) -> None:
        """The reader has it, or has gone."""
        self._held.close()

    def __del__(self) -> None:
        self.close()  # Whoever leaves in the middle says nothing.


def first_day() -> date | None:
    """The day (UTC) of the oldest entry; None where there is none."""
    oldest = Row.objects.order_by("place").values_list("id", flat=True).first()
    return date.fromisoformat(queries.get(oldest).at[:10]) if oldest is not None else None


def entries_of(day: date) -> Iterator[Entry]:
    """The entries that began on this day, newest first."""
    begins = datetime.combine(day, time(), tzinfo=UTC)
    narrowed, after = Filters(since=begins, until=begins + timedelta(days=1)), None
    while True:
        page = queries.search("", narrowed, after=after, limit=PAGE)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def made(day: date, form: Form, *, asked_by: str) -> File:
    """The file of a day. ImportError where Parquet cannot be written here, BusyError where too many are made."""
    write = columns.csv if form is Form.CSV else columns.parquet
    with slots.one(asked_by):
        held = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - whoever reads it closes it.
        for piece in write(register_table.COLUMNS, map(register_table.row_of, entries_of(day))):
            held.write(piece)
    return File(held)
