"""The text of a csv file: which encoding, which delimiter; the same bytes in UTF-8 or windows-1252, never a guess."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, NamedTuple

from mufakat.formats.items import Encoding
from mufakat.formats.streams import UTF_16, peek, without
from mufakat.rules.fault import Fault, FaultCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DELIMITERS = (b",", b";", b"\t")

_BY_MARK = "The first bytes of this file say that it is {}, not windows-1252; leave the encoding out."


class Text(NamedTuple):
    """Pieces of a file in which commas, quotes and line ends are single bytes, and how its cells are decoded."""

    pieces: Iterator[bytes]
    codec: str
    was: str  # What the file was written in, for people.

    def decode(self, cell: bytes) -> str:
        """The text of a cell; UnicodeDecodeError where it is none."""
        return cell.decode(self.codec)


def text_of(pieces: Iterator[bytes], encoding: Encoding | None) -> Text | Fault:
    """UTF-8 with or without mark, UTF-16 with its mark, or windows-1252 where the caller says so."""
    head, pieces = peek(pieces, len(codecs.BOM_UTF8))
    utf_16 = UTF_16.get(head[:2])
    if encoding is Encoding.WINDOWS_1252:
        if utf_16 or head == codecs.BOM_UTF8:
            detail = _BY_MARK.format("UTF-16" if utf_16 else "UTF-8")
            return Fault("", FaultCode.NOT_UTF8, detail)
        return Text(pieces, "cp1252", "windows-1252")
    if utf_16:
        return Text(_recoded(without(head[:2], pieces), utf_16), "utf-8", "UTF-16")
    return Text(without(codecs.BOM_UTF8, pieces), "utf-8", "UTF-8")


def undecodable(text: Text, first: int, last: int) -> Fault:
    """The fault of a row whose bytes are no text."""
    where = f"Line {first}" if first == last else f"Lines {first} to {last}"
    hint = "" if text.was != "UTF-8" else " If a spreadsheet saved the file, its encoding may be windows-1252: say so."
    return Fault("", FaultCode.NOT_UTF8, f"{where} cannot be read as {text.was}.{hint}")


def _recoded(pieces: Iterable[bytes], codec: str) -> Iterator[bytes]:
    """UTF-16 as UTF-8; half a character becomes bytes that no UTF-8 has, so that its row alone is refused."""
    decoder = codecs.getincrementaldecoder(codec)(errors="surrogatepass")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text.encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:
        yield b"\xff"
