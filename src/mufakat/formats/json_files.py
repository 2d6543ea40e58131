"""Notices as JSON: one, an array of them (json), or one a line (ndjson). The bytes of each notice are kept exactly."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from mufakat.formats.items import MAX_RECORD, Bad, Chunk, Encoding, Item, Outgoing, Stream
from mufakat.formats.members import draft_of, item_of, too_large
from mufakat.formats.records import records_of
from mufakat.formats.streams import json_pieces, lines_of
from mufakat.rules.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NO_DEFAULTS: Mapping[str, object] = MappingProxyType({})

_BLANK = b" \t\r"
_LINE_TOO_LONG = too_large(f"This line has more than {MAX_RECORD} bytes; upload large evidence first.")


def read_json(
    stream: Stream, *, defaults: Mapping[str, object] = NO_DEFAULTS, encoding: Encoding | None = None
) -> Iterator[Item | Bad]:
    """Read one notice, an array of notices, or notices one behind the other; numbered by record."""
    pieces = json_pieces(stream, encoding)
    if isinstance(pieces, Fault):
        yield Bad(1, (pieces,))
        return
    for number, record in enumerate(records_of(pieces), start=1):
        yield Bad(number, (record,)) if isinstance(record, Fault) else item_of(number, record, defaults)


def read_ndjson(
    stream: Stream, *, defaults: Mapping[str, object] = NO_DEFAULTS, encoding: Encoding | None = None
) -> Iterator[Item | Bad]:
    """Read one notice a line; numbered by line; empty lines say nothing and are passed over."""
    for line in json_lines(stream, encoding, too_long=_LINE_TOO_LONG):
        yield line if isinstance(line, Bad) else item_of(*line, defaults)


def json_lines(
    stream: Stream, encoding: Encoding | None = None, *, too_long: Fault
) -> Iterator[tuple[int, bytes] | Bad]:
    """Each line that says something, with its number from 1; `too_long` is said of one with too many bytes."""
    pieces = json_pieces(stream, encoding)
    if isinstance(pieces, Fault):
        yield Bad(1, (pieces,))
        return
    for number, line in enumerate(lines_of(pieces), start=1):
        if line is None:
            yield Bad(number, (too_long,))
        elif line.strip(_BLANK):
            yield number, line


def write_json(notices: Iterable[Outgoing]) -> Iterator[Chunk | Bad]:
    """Write an array, one notice a line, each with the bytes it has."""
    before = b"[\n"
    for number, outgoing in enumerate(notices, start=1):
        if isinstance(faults := draft_of(outgoing.body), tuple):
            yield Bad(number, faults)
            continue
        yield Chunk(number, before + outgoing.body)
        before = b",\n"
    yield Chunk(0, b"[]\n" if before == b"[\n" else b"\n]\n")


def write_ndjson(notices: Iterable[Outgoing]) -> Iterator[Chunk | Bad]:
    """Write one notice a line, each with the bytes it has, without the line breaks that it may have between members."""
    for number, outgoing in enumerate(notices, start=1):
        if isinstance(faults := draft_of(outgoing.body), tuple):
            yield Bad(number, faults)
            continue
        body = outgoing.body
        one_line = msgspec.json.format(body, indent=-1) if b"\n" in body or b"\r" in body else body
        yield Chunk(number, one_line + b"\n")
