"""The rows of a csv file, as fast as the standard library reads them, and in constant memory whatever the bytes are."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from mufakat.rules.fault import Fault, FaultCode

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ROW = 2 * 1024 * 1024
"""Bytes of one row; a quotation mark that is never closed ends here."""


class _LineTooLongError(Exception):
    """A row that goes on for more than `MAX_ROW` bytes."""


class Lines:
    """The lines of a file as texts, with their ends; bytes that are no UTF-8 stay visible as half characters."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.number = 0
        self.row = 0  # Bytes since the row began.
        self.odd = False  # Whether the row holds bytes that are no text, or a NUL.
        self._lines = self._cut(pieces)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.row += len(line)
        if self.row > MAX_ROW:
            raise _LineTooLongError
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text = line.decode("utf-8", "surrogateescape")
            self.odd = True
        if "\x00" in text:
            self.odd = True
        return text

    def _cut(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        held = b""
        for piece in pieces:
            *lines, held = (held + piece).split(b"\n")
            for line in lines:
                yield line + b"\n"
            if len(held) > MAX_ROW:
                raise _LineTooLongError
        if held:
            yield held


def rows_of(lines: Lines) -> Iterator[list[str] | Fault]:
    """The rows, and a fault for each that is none. After one that has no end nothing is read."""
    cells = csv.reader(lines, strict=True)
    while True:
        lines.row, lines.odd = 0, False
        try:
            yield next(cells)
        except StopIteration:
            return
        except csv.Error:
            yield Fault("", FaultCode.BAD_FORM, "This row cannot be read as csv; look at its quotation marks.")
        except _LineTooLongError:
            detail = f"This row has more than {MAX_ROW} bytes; is a quotation mark missing? Nothing after it was read."
            yield Fault("", FaultCode.TOO_LARGE, detail)
            return
