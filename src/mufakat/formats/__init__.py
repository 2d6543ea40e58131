"""Foreign words: notices from files and to files, in json, ndjson, csv, XARF v4, and as mails. Pure.

Every format is a stream of numbered results, one for each line, row or record: an `Item` with the body of a notice as
the API takes it, or a `Bad` with its faults. Good ones are taken, bad ones fail alone; nothing is kept but the record
at hand, of at most 2 MiB. The page for people is ``docs/files.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.formats.csv_columns import column_of
from mufakat.formats.csv_files import read_csv, table, write_csv
from mufakat.formats.detection import HEAD, detect
from mufakat.formats.eml import read_eml, write_eml
from mufakat.formats.items import (
    MAX_RECORD,
    Bad,
    Chunk,
    Contact,
    Encoding,
    Envelope,
    Format,
    Item,
    Loss,
    Outgoing,
    Reader,
    Stream,
    Writer,
)
from mufakat.formats.json_files import read_json, read_ndjson, write_json, write_ndjson
from mufakat.formats.keys import key_of
from mufakat.formats.runs import runs
from mufakat.formats.xarf import read_xarf, write_xarf

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "HEAD",
    "MAX_RECORD",
    "Bad",
    "Chunk",
    "Contact",
    "Encoding",
    "Envelope",
    "Format",
    "Item",
    "Loss",
    "Outgoing",
    "Reader",
    "Stream",
    "Writer",
    "column_of",
    "detect",
    "key_of",
    "reader",
    "runs",
    "table",
    "writer",
]

_READERS: Mapping[Format, Reader] = {
    Format.JSON: read_json,
    Format.NDJSON: read_ndjson,
    Format.CSV: read_csv,
    Format.EML: read_eml,
    Format.XARF: read_xarf,
}
_WRITERS: Mapping[Format, Writer] = {
    Format.JSON: write_json,
    Format.NDJSON: write_ndjson,
    Format.CSV: write_csv,
    Format.EML: write_eml,
    Format.XARF: write_xarf,
}


def reader(form: Format) -> Reader:
    """What reads this format: `reader(form)(stream, defaults=…, encoding=…)` gives an iterator of `Item | Bad`.

    `defaults` fill the members of a notice that a line, row or record leaves out (or has as null), whole: a ground that
    stands there in part is not completed. `encoding` is for csv alone. What the stream raises, the iterator raises;
    by itself it raises nothing, whatever the bytes are.
    """
    return _READERS[form]


def writer(form: Format) -> Writer:
    """What writes this format: `writer(form)(notices)` gives an iterator of `Chunk | Bad`; join the chunks' data."""
    return _WRITERS[form]
