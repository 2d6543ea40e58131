"""Which format a file is in, by its name and its first bytes."""

from __future__ import annotations

import codecs
import re

from mufakat.formats.csv_files import header_of
from mufakat.formats.csv_rows import Rows
from mufakat.formats.csv_text import Text, text_of
from mufakat.formats.items import Format
from mufakat.rules.fault import Fault

HEAD = 4096
"""Bytes of a file's beginning that are enough to tell its format."""

_SUFFIXES = {
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".xarf": Format.XARF,
    ".eml": Format.EML,
    ".mbox": Format.EML,
}
# What every report has, of version 4 and later, and of version 3 before it.
_XARF = re.compile(rb'"(?:xarf_version|ReporterInfo)"\s*:')


def detect(name: str, head: bytes) -> Format | None:
    """The format of a file called `name` ("" or "-": no name) that begins with `head`; None where nothing tells it.

    `head` is the whole file or its first `HEAD` bytes. Where the name speaks of JSON alone, the content says whether it
    is XARF or one notice a line. Never raises.
    """
    suffix = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start[:1] in {b"{", b"["}:
        if _XARF.search(start):
            return Format.XARF
        return Format.NDJSON if _is_lines(start) else Format.JSON
    if suffix == ".json":
        return Format.JSON
    return Format.CSV if _has_header(head) else None


def _is_lines(start: bytes) -> bool:
    """Whether the first line is an object and another begins on the next; one object over many lines is not."""
    first, _, rest = start.partition(b"\n")
    return start[:1] == b"{" and first.rstrip().endswith(b"}") and rest.lstrip()[:1] == b"{"


def _has_header(head: bytes) -> bool:
    text = text_of(iter([head]) if head else iter([]), None)
    if not isinstance(text, Text):
        return False
    row = next(iter(Rows(text.pieces)), None)
    return row is not None and not isinstance(header_of(row, text), Fault)
