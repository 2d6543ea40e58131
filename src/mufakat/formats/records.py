"""A stream of JSON cut into its records: one object, several one behind the other, or the elements of one array.

Only brackets and strings are told apart (RFC 8259); whether a record is JSON its reader says. Where a record is broken,
nothing inside of it is guessed: what stands in an unfinished string is never taken for a record.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from mufakat.formats.items import MAX_RECORD
from mufakat.formats.members import too_large
from mufakat.rules.fault import Fault, FaultCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BLANK = b" \t\r\n"
_NOT_BLANK = re.compile(rb"[^ \t\r\n]")
_MARK = re.compile(rb'["{}\[\]]')
_MARK_IN_STRING = re.compile(rb'["\\]')
_END_OF_WORD = re.compile(rb'[,\]{\["]')

_TOO_LARGE = too_large(f"This record has more than {MAX_RECORD} bytes; upload large evidence first.")
_CUT_OFF = Fault("", FaultCode.NOT_JSON, "The file ends in the middle of this record: it was cut off, or quotes miss.")
_NOT_ENDED = Fault("", FaultCode.NOT_JSON, "The file ends before its list does: it was cut off behind the last record.")
_NO_COMMA = Fault("", FaultCode.NOT_JSON, "A comma is missing in front of this record.")
_NO_RECORD = Fault("", FaultCode.NOT_JSON, "Behind a comma a record was expected.")
_NO_JSON = Fault("", FaultCode.NOT_JSON, "This is not JSON: an object or a list was expected. Nothing more was read.")
_BEHIND_END = Fault("", FaultCode.NOT_JSON, "Something stands behind the end of the list. It was not read.")


class _Place(Enum):
    START = auto()
    BETWEEN = auto()  # Objects without a list around them.
    FIRST = auto()  # Behind the [ of the list.
    ELEMENT = auto()  # Behind a comma.
    SEPARATOR = auto()  # Behind an element.
    RECORD = auto()
    OVER = auto()  # Behind the list, or behind what cannot be read on.


def records_of(pieces: Iterable[bytes], *, limit: int = MAX_RECORD) -> Iterator[bytes | Fault]:
    """The records, or for a record that cannot be had, why; one of more than `limit` bytes is not kept in memory."""
    cutter = _Cutter(limit)
    for piece in pieces:
        yield from cutter.feed(piece)
        if cutter.place is _Place.OVER and cutter.said:
            return
    yield from cutter.end()


class _Cutter:
    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.place = _Place.START
        self.said = False  # That something stands where nothing can be read any more.
        self._in_list = False
        self._held = bytearray()
        self._size = 0
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._word = False  # The record is no object, list or string.
        self._fault: Fault | None = None

    def feed(self, piece: bytes) -> Iterator[bytes | Fault]:
        at = 0
        while at < len(piece) and not self.said:
            if self.place is _Place.RECORD:
                end, complete = self._through(piece, at)
                self._keep(piece[at:end])
                at = end
                if complete:
                    yield self._record()
                continue
            found = _NOT_BLANK.search(piece, at)
            if found is None:
                return
            at = found.start()
            step, fault = self._outside(found[0])
            at += step
            if fault:
                yield fault

    def end(self) -> Iterator[bytes | Fault]:
        if self.place is _Place.RECORD:
            yield _CUT_OFF
        elif self.place in {_Place.FIRST, _Place.ELEMENT, _Place.SEPARATOR}:
            yield _NOT_ENDED
        elif self.place is _Place.START:
            yield Fault("", FaultCode.EMPTY, "There is nothing in this file.")

    def _outside(self, char: bytes) -> tuple[int, Fault | None]:
        """What a character between records means: how many bytes it takes, and what is wrong."""
        if self.place is _Place.OVER:
            self.said = True
            return 1, _BEHIND_END
        if self.place in {_Place.START, _Place.BETWEEN}:
            if char == b"[" and self.place is _Place.START:
                self.place, self._in_list = _Place.FIRST, True
                return 1, None
            if char != b"{":
                self.place, self.said = _Place.OVER, True
                return 1, _NO_JSON
        elif char == b"]":
            fault = _NO_RECORD if self.place is _Place.ELEMENT else None
            self.place = _Place.OVER
            return 1, fault
        elif char == b",":
            fault = None if self.place is _Place.SEPARATOR else _NO_RECORD
            self.place = _Place.ELEMENT
            return 1, fault
        self._fault = _NO_COMMA if self.place is _Place.SEPARATOR else None
        self.place, self._word = _Place.RECORD, char not in b'{["'
        return 0, None

    def _through(self, piece: bytes, at: int) -> tuple[int, bool]:
        """Where the part of the record in this piece ends, and whether the record ends there."""
        if self._word:
            end = _END_OF_WORD.search(piece, at + (self._size == 0))
            return (end.start(), True) if end else (len(piece), False)
        while at < len(piece):
            if self._escaped:
                at, self._escaped = at + 1, False
                continue
            found = (_MARK_IN_STRING if self._in_string else _MARK).search(piece, at)
            if found is None:
                return len(piece), False
            at = found.end()
            match found[0]:
                case b"\\":
                    self._escaped = True
                case b'"':
                    self._in_string = not self._in_string
                case b"{" | b"[":
                    self._depth += 1
                case _:
                    self._depth -= 1
            if self._depth == 0 and not self._in_string:
                return at, True
        return at, False

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self.limit:
            self._held.clear()
        else:
            self._held += part

    def _record(self) -> bytes | Fault:
        record = bytes(self._held).rstrip(_BLANK)
        fault = self._fault or (_TOO_LARGE if self._size > self.limit else None)
        self._held.clear()
        self._size, self._fault = 0, None
        self.place = _Place.SEPARATOR if self._in_list else _Place.BETWEEN
        return fault or record
