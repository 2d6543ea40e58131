"""Rows of a csv file (RFC 4180), in constant memory, each with the numbers of its lines.

A quotation mark opens a cell only where the cell begins; inside, two mean one. A row whose quotes are wrong is refused
as far as its quotes reach, and nothing inside of it is taken for rows: a text that somebody pasted into a cell must
not become a notice because a mark was forgotten.
"""

from __future__ import annotations

import functools
import re
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from mufakat.formats.csv_text import DELIMITERS
from mufakat.formats.items import MAX_RECORD
from mufakat.formats.members import too_large
from mufakat.rules.fault import Fault, FaultCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Row(NamedTuple):
    """The bytes of a row without its line end, its first and last line (1-based), or what is wrong with it."""

    first: int
    last: int
    raw: bytes
    fault: Fault | None = None


class _Place(Enum):
    BEGIN = auto()  # Of a cell.
    BARE = auto()  # In a cell without quotes.
    QUOTED = auto()
    CLOSED = auto()  # Behind a quotation mark in a quoted cell: its end, or the first of two.


class Rows:
    """Cuts a file into rows. The first row is cut before anybody knows the delimiter, so any of the three will do."""

    def __init__(self, pieces: Iterable[bytes], *, limit: int = MAX_RECORD) -> None:
        self._pieces = pieces
        self._limit = limit
        self._delimiters = b"".join(DELIMITERS)
        self._held = bytearray()
        self._size = 0
        self._place = _Place.BEGIN
        self._first = self._line = 1

    def use(self, delimiter: bytes) -> None:
        """From the next row on, this delimiter alone ends a cell; b"" where there is one column."""
        self._delimiters = delimiter

    def __iter__(self) -> Iterator[Row]:
        for piece in self._pieces:
            yield from self._feed(piece)
        if self._size:
            yield self._row() if self._place is not _Place.QUOTED else self._unclosed()

    def _feed(self, piece: bytes) -> Iterator[Row]:
        at = 0
        while at < len(piece):
            end = piece.find(b"\n", at)
            # Most rows have no quotes and lie in one piece: these need no scanning.
            if end >= 0 and not self._size and piece.find(b'"', at, end) < 0 and end - at <= self._limit:
                yield Row(self._first, self._line, piece[at:end].removesuffix(b"\r"))
                self._line += 1
                self._first = self._line
                at = end + 1
                continue
            at, start = self._scan(piece, at), at
            self._keep(piece[start:at])
            if self._place is _Place.BEGIN and piece[at - 1] == 0x0A:
                yield self._row()
                self._line += 1
                self._first = self._line

    def _scan(self, piece: bytes, at: int) -> int:
        """Where the row's part in this piece ends: behind its line end (BEGIN), or at the end of the piece."""
        while at < len(piece):
            match self._place:
                case _Place.BEGIN:
                    quoted = piece[at] == 0x22
                    self._place = _Place.QUOTED if quoted else _Place.BARE
                    at += quoted
                case _Place.BARE:
                    found = _end_of_bare(self._delimiters).search(piece, at)
                    if found is None:
                        return len(piece)
                    at, self._place = found.end(), _Place.BEGIN
                    if found[0] == b"\n":
                        return at
                case _Place.QUOTED:
                    end = piece.find(b'"', at)
                    stop = end if end >= 0 else len(piece)
                    self._line += piece.count(b"\n", at, stop)
                    at, self._place = (end + 1, _Place.CLOSED) if end >= 0 else (stop, _Place.QUOTED)
                case _Place.CLOSED:
                    doubled = piece[at] == 0x22
                    self._place = _Place.QUOTED if doubled else _Place.BARE
                    at += doubled
        return at

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit + 2:  # The line end is no part of the row.
            self._held.clear()
        else:
            self._held += part

    def _row(self) -> Row:
        raw = bytes(self._held).removesuffix(b"\n").removesuffix(b"\r")
        fault = self._too_large() if self._size > self._limit + 2 else None
        self._held.clear()
        self._size, self._place = 0, _Place.BEGIN
        return Row(self._first, self._line, raw, fault)

    def _too_large(self) -> Fault:
        return too_large(f"{lines(self._first, self._line)} hold one row of more than {self._limit} bytes; not taken.")

    def _unclosed(self) -> Row:
        detail = (
            f"A quotation mark is opened in the row of line {self._first} and never closed. From there to the end"
            " of the file nothing was taken. Close it, or double it where it belongs to the text."
        )
        return Row(self._first, self._line, b"", Fault("", FaultCode.BAD_FORM, detail))


def lines(first: int, last: int) -> str:
    """The lines of a row, at the beginning of a sentence."""
    return f"Line {first}" if first == last else f"Lines {first} to {last}"


def cells_of(row: Row, delimiter: bytes) -> list[bytes] | Fault:
    """The cells of a row, without their quotes, or what is wrong with it."""
    raw = row.raw
    if b"\x00" in raw:
        detail = f"{lines(row.first, row.last)} hold a NUL character: the file is damaged, or in another encoding."
        return Fault("", FaultCode.BAD_TEXT, detail)
    if b'"' not in raw and b"\r" not in raw:
        return raw.split(delimiter) if delimiter else [raw]
    cells: list[bytes] = []
    cell, at = _cell(delimiter), 0
    while found := cell.match(raw, at):
        quoted = found[1]
        cells.append(found[2] if quoted is None else quoted.replace(b'""', b'"'))
        if not found[3]:
            return cells
        at = found.end()
    return _malformed(row, len(cells) + 1, quoted=raw[at : at + 1] == b'"')


def _malformed(row: Row, column: int, *, quoted: bool) -> Fault:
    where = lines(row.first, row.last)
    if quoted:
        detail = (
            f"{where}, column {column}: text stands behind the closing quotation mark. Double the marks that belong to"
            " the text; nothing of these lines was taken."
        )
    else:
        detail = f"{where}, column {column}: a line break (CR) stands here outside of quotation marks."
    return Fault("", FaultCode.BAD_FORM, detail)


@functools.cache
def _end_of_bare(delimiters: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"[\n" + re.escape(delimiters) + rb"]")


@functools.cache
def _cell(delimiter: bytes) -> re.Pattern[bytes]:
    sign = re.escape(delimiter)
    bare = rb'((?!")[^\r' + sign + rb"]*+)"
    end = rb"(" + sign + rb"|\Z)" if delimiter else rb"(\Z)"
    return re.compile(rb'(?:"([^"]*+(?:""[^"]*+)*+)"|' + bare + rb")" + end)
