"""Streams of bytes: pieces of any size, their beginning, their lines. Nothing here keeps more than one record."""

from __future__ import annotations

import codecs
import itertools
from typing import TYPE_CHECKING, cast

from mufakat.formats.items import MAX_RECORD, Encoding
from mufakat.rules.fault import Fault, FaultCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mufakat.formats.items import Stream

PIECE = 64 * 1024
"""Bytes that are asked of a file at once."""

UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def pieces_of(stream: Stream, size: int = PIECE) -> Iterator[bytes]:
    """The bytes of a stream, in pieces that are never empty; of a file, so many are asked for at once."""
    read = getattr(stream, "read", None)
    yield from filter(None, cast("Iterable[bytes]", stream)) if read is None else _reads(read, size)


def _reads(read: Callable[[int], bytes | None], size: int) -> Iterator[bytes]:
    while piece := read(size):
        yield piece


def peek(pieces: Iterator[bytes], count: int) -> tuple[bytes, Iterator[bytes]]:
    """The first `count` bytes, fewer where there are fewer, and all pieces once more."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= count:
            break
    return head[:count], itertools.chain([head] if head else [], pieces)


def without(mark: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces without a mark at their beginning, where it is there."""
    head, pieces = peek(pieces, len(mark))
    first = next(pieces, b"")
    rest = first[len(mark) :] if head == mark else first
    return itertools.chain([rest] if rest else [], pieces)


def lines_of(pieces: Iterable[bytes], *, limit: int = MAX_RECORD) -> Iterator[bytes | None]:
    """The lines without their ends (LF or CR LF); None for a line of more than `limit` bytes, which is not kept."""
    held, size = bytearray(), 0
    for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for part in ended:
            line = bytes(held) + part if held else part
            size += len(part)
            yield line.removesuffix(b"\r") if size <= limit else None
            held.clear()
            size = 0
        size += len(rest)
        if size > limit:
            held.clear()
        else:
            held += rest
    if size:
        yield bytes(held).removesuffix(b"\r") if size <= limit else None


def json_pieces(stream: Stream, encoding: Encoding | None) -> Iterator[bytes] | Fault:
    """The bytes of a file of JSON without a mark, or why it is none: JSON is UTF-8 (RFC 8259, 8.1)."""
    if encoding is Encoding.WINDOWS_1252:
        return Fault("", FaultCode.NOT_UTF8, "JSON is always UTF-8; only csv files come in windows-1252.")
    pieces = without(codecs.BOM_UTF8, pieces_of(stream))
    head, pieces = peek(pieces, 2)
    if head in UTF_16 or b"\x00" in head:
        detail = "This file is UTF-16 or UTF-32; JSON is always UTF-8. Save it again as UTF-8."
        return Fault("", FaultCode.NOT_UTF8, detail)
    return pieces
