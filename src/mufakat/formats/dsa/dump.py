"""The csv files of the daily dump, full version: one statement a row, its lists as JSON texts, days with a midnight.

What people typed may begin like a formula. In our files an apostrophe stands before it (`csv_columns.guard`), and they
begin with the mark of UTF-8: where that stands, the apostrophe is taken off again. The files of the public database
have no mark, and their cells are read as they are.
"""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.formats.csv_columns import guard, unguard
from mufakat.formats.dsa.attributes import ATTRIBUTES, Kind
from mufakat.formats.dsa.checking import is_day
from mufakat.formats.dsa.columns import COLUMNS, MIDNIGHT, NAMES, header_fault
from mufakat.formats.dsa.lines import Lines, rows_of
from mufakat.formats.dsa.rows import BadRow, Row, RowReader, list_text
from mufakat.formats.dsa.statement import restored
from mufakat.formats.streams import peek, pieces_of, without
from mufakat.rules.fault import Fault, FaultCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mufakat.formats.items import Stream

PIECE = 1024 * 1024
"""Bytes of a dump that are read at once: to wait for the disk, and for other threads after it, costs more than they."""

_EMPTY = Fault("", FaultCode.EMPTY, "There is nothing in this file.")


def read_dump(stream: Stream) -> Iterator[Row | BadRow]:
    """Read a dump in constant memory. Where its header cannot be used, one BadRow is all that comes."""
    head, pieces = peek(pieces_of(stream, PIECE), len(codecs.BOM_UTF8))
    marked = head == codecs.BOM_UTF8
    lines = Lines(without(codecs.BOM_UTF8, pieces))
    rows = rows_of(lines)
    names = next(rows, _EMPTY)
    fault = names if isinstance(names, Fault) else header_fault(names)
    if isinstance(names, Fault) or fault is not None:
        yield BadRow(1, (fault,) if fault else ())
        return
    order = [names.index(column) for column in COLUMNS]
    in_order = order == list(range(len(COLUMNS)))
    reader = RowReader()
    for found in rows:
        number = lines.number
        if isinstance(found, Fault):
            yield BadRow(number, (found,))
        elif found:
            if len(found) != len(COLUMNS):
                detail = f"This row has {len(found)} cells, the first line names {len(COLUMNS)}."
                yield BadRow(number, (Fault("", FaultCode.BAD_FORM, detail),))
                continue
            texts = found if in_order else [found[place] for place in order]
            cells_read = [unguard(text) for text in texts] if marked else texts
            yield reader.read(number, cells_read, odd=lines.odd)


def write_dump(rows: Iterable[Row]) -> Iterator[bytes]:
    """Write the statements as a dump: UTF-8 with a mark, commas, LF. `read_dump` reads the same statements again."""
    yield _line(COLUMNS, mark="\ufeff")
    for row in rows:
        yield _line(guard(cell.replace("\x00", "")) for cell in cells_of(row))


def cells_of(row: Row) -> list[str]:
    """The cells of a statement, in the order of COLUMNS."""
    residue = msgspec.json.decode(row.residue) if row.residue else {}
    document = restored(row.statement, residue)
    said = {"uuid": row.uuid, "platform_name": row.platform, "created_at": f"{row.created_at:%Y-%m-%d %H:%M:%S}"}
    return [said[column] if column in said else _cell(document, column) for column in COLUMNS]


def _cell(document: Mapping[str, Any], column: str) -> str:
    name = NAMES.get(column, column)
    value = document.get(name)
    if value is None:
        return ""
    if isinstance(value, list):
        return list_text(value)
    if isinstance(value, dict):
        return str(value.get("EAN-13", ""))
    return f"{value}{MIDNIGHT}" if ATTRIBUTES[name].kind is Kind.DATE and is_day(str(value)) else str(value)


def _line(cells: Iterable[str], mark: str = "") -> bytes:
    line = io.StringIO()
    # The signs of the line's end are those that it puts into quotation marks: a CR alone would end a row, too.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return f"{mark}{line.getvalue()[:-2]}\n".encode()
