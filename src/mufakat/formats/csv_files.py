"""Notices as csv: one a row, under a header with the names of our columns (docs/files.md)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mufakat.formats import csv_columns
from mufakat.formats.csv_columns import COLUMNS, MARK, MARKED, guard
from mufakat.formats.csv_rows import Row, Rows, cells_of, lines
from mufakat.formats.csv_text import DELIMITERS, Text, text_of, undecodable
from mufakat.formats.items import Bad, Chunk, Encoding, Item, Outgoing, Stream
from mufakat.formats.json_files import NO_DEFAULTS
from mufakat.formats.members import bounded, draft_of, filled, plain
from mufakat.formats.streams import pieces_of
from mufakat.rules.fault import Fault, FaultCode, Faults, can_be_repeated, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_COLUMNS = 1000
"""Columns of a header; a spreadsheet's whole width is a slip of the hand."""

_NEEDS_QUOTES = re.compile(r'[",;\t\r\n]|^\s|\s$')
_NOTHING_TAKEN = "Nothing of this file was taken."
_EMPTY = Fault("", FaultCode.EMPTY, "This line is empty; delete it, or fill it.")


class Header(NamedTuple):
    """The names of the columns in order ("" for one without a name), and what separates them (b"" for one column)."""

    names: tuple[str, ...]
    delimiter: bytes


def read_csv(
    stream: Stream, *, defaults: Mapping[str, object] = NO_DEFAULTS, encoding: Encoding | None = None
) -> Iterator[Item | Bad]:
    """Read one notice a row; numbered by the row's first line. Where the header cannot be used, nothing is read."""
    text = text_of(pieces_of(stream), encoding)
    if isinstance(text, Fault):
        yield Bad(1, (text,))
        return
    cutter = Rows(text.pieces)
    rows = iter(cutter)
    first = next(rows, None)
    header = header_of(first, text) if first else Fault("", FaultCode.EMPTY, "There is nothing in this file.")
    if isinstance(header, Fault):
        yield Bad(first.first if first else 1, (header,))
        return
    cutter.use(header.delimiter)
    empty = range(0)
    for row in rows:
        if not row.fault and not row.raw.strip(header.delimiter + b' "'):
            # Empty lines at the end of a file are everybody's; in between something is missing.
            empty = range(empty.start if empty else row.first, row.last + 1)
            continue
        for number in empty:
            yield Bad(number, (_EMPTY,))
        empty = range(0)
        yield _item(row, header, text, defaults)


def header_of(row: Row, text: Text) -> Header | Fault:
    """The header, or why it cannot be used."""
    if row.fault:
        return row.fault
    if b"\r" in row.raw and b'"' not in row.raw:
        detail = f"The lines of this file end in CR alone, as on very old machines; save it again. {_NOTHING_TAKEN}"
        return Fault("", FaultCode.BAD_FORM, detail)
    candidates = [found for sign in (b"", *DELIMITERS) if isinstance(found := _split(row, sign, text), Header)]
    if not candidates:
        fault = cells_of(row, DELIMITERS[0])
        return fault if isinstance(fault, Fault) else undecodable(text, row.first, row.last)
    # The delimiter is the one that makes most of our names. A single name needs none: its cells may hold commas.
    best = max(candidates, key=lambda one: sum(name in COLUMNS for name in one.names))
    return _why_not(best) or best


def _split(row: Row, delimiter: bytes, text: Text) -> Header | None:
    cells = cells_of(row, delimiter)
    if isinstance(cells, Fault):
        return None
    try:
        names = (" ".join(text.decode(cell).split()) for cell in cells)
        return Header(tuple(name.lower() if name.lower() in COLUMNS else name for name in names), delimiter)
    except UnicodeDecodeError:
        return None


def _why_not(header: Header) -> Fault | None:
    names = [name for name in header.names if name]
    if not set(names) & set(COLUMNS):
        detail = f"The first line must name the columns; it names none of {', '.join(COLUMNS)}. {_NOTHING_TAKEN}"
        return Fault("", FaultCode.MISSING, detail)
    if len(header.names) > MAX_COLUMNS:
        detail = f"The first line names {len(header.names)} columns; at most {MAX_COLUMNS} are read. {_NOTHING_TAKEN}"
        return Fault("", FaultCode.TOO_MANY, detail)
    if twice := next((name for index, name in enumerate(names) if name in names[:index]), None):
        detail = f"The first line names the column {excerpt(twice)} twice; which one counts is not known."
        return Fault("", FaultCode.REPEATED_MEMBER, f"{detail} {_NOTHING_TAKEN}")
    if odd := next((name for name in names if not can_be_repeated(name)), None):
        detail = f"A column's name has at most 128 printable characters; got {excerpt(odd)}. {_NOTHING_TAKEN}"
        return Fault("", FaultCode.BAD_TEXT, detail)
    return None


def _item(row: Row, header: Header, text: Text, defaults: Mapping[str, object]) -> Item | Bad:
    cells = row.fault or cells_of(row, header.delimiter)
    if isinstance(cells, Fault):
        return Bad(row.first, (cells,))
    if len(cells) != len(header.names):
        return Bad(row.first, (_ragged(row, len(cells), header),))
    try:
        texts = [text.decode(cell) for cell in cells]
    except UnicodeDecodeError:
        return Bad(row.first, (undecodable(text, row.first, row.last),))
    faults = Faults()
    for position, (name, cell) in enumerate(zip(header.names, texts, strict=True), start=1):
        if not name and cell.strip():
            faults.add(
                "", FaultCode.MISSING, f"Column {position} holds a value here but has no name in the first line."
            )
    named = {name: cell for name, cell in zip(header.names, texts, strict=True) if name}
    members = csv_columns.members_of(named, faults)
    if faults.found:
        return Bad(row.first, tuple(faults.found))
    return bounded(Item(row.first, msgspec.json.encode(filled(members, defaults))))


def _ragged(row: Row, count: int, header: Header) -> Fault:
    where, wanted = lines(row.first, row.last), len(header.names)
    why = "a text that holds the delimiter needs quotation marks" if count > wanted else "some are missing at its end"
    detail = f"{where}: this row has {count} cells, the first line names {wanted}; {why}."
    return Fault("", FaultCode.BAD_FORM, detail)


def write_csv(notices: Iterable[Outgoing]) -> Iterator[Chunk | Bad]:
    """Write UTF-8 with a mark, commas, CR LF. Every cell is safe in a spreadsheet, and `read_csv` restores it."""
    yield Chunk(0, _line(COLUMNS, mark="\ufeff"))
    for number, outgoing in enumerate(notices, start=1):
        if isinstance(draft := draft_of(outgoing.body), tuple):
            yield Bad(number, draft)
            continue
        cells = csv_columns.cells_of(plain(draft)) | {MARK: MARKED}
        yield Chunk(number, _line(guard(cells[name]) for name in COLUMNS))


def _line(cells: Iterable[str], mark: str = "") -> bytes:
    quoted = ('"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell for cell in cells)
    return f"{mark}{','.join(quoted)}\r\n".encode()


def table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """Any table as csv: UTF-8 with a mark, commas, CR LF, every cell safe in a spreadsheet; piece by piece."""
    yield _line(names, mark="\ufeff")
    for row in rows:
        yield _line(guard(cell.replace("\x00", "")) for cell in row)
