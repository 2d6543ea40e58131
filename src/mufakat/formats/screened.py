"""Items to screen as NDJSON: one a line, each an object as the API takes it. Pure.

Two readings, as for notices: one typed decode where the shape is right beyond doubt, else the careful reader, which
names every fault. A member that stands twice is refused: of two `visibility`, nobody knows which was meant (I-13).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import inspect

from mufakat.formats.items import MAX_RECORD, Bad
from mufakat.formats.json_files import json_lines
from mufakat.formats.members import too_large
from mufakat.rules.fault import Fault, Faults
from mufakat.rules.reading import UNREAD, parse_json, read
from mufakat.screening.item import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mufakat.formats.items import Stream

_DECODER = msgspec.json.Decoder(Item)
_ITEM = inspect.type_info(Item)
# As in `rules.notice_reading`: finds each name of ours at least as often as it stands there, unless it is escaped.
_NAME = re.compile(rb'"([a-z0-9_]++)"[ \t\n\r]*+:')
_LINE_TOO_LONG = too_large(f"This line has more than {MAX_RECORD} bytes.")


def read_items(stream: Stream) -> Iterator[tuple[int, Item] | Bad]:
    """Each item with its line, from 1; a line that is no item has its faults; empty lines are passed over."""
    for line in json_lines(stream, too_long=_LINE_TOO_LONG):
        if isinstance(line, Bad):
            yield line
            continue
        number, raw = line
        found = read_item(raw)
        yield (number, found) if isinstance(found, Item) else Bad(number, found)


def read_item(raw: bytes) -> Item | tuple[Fault, ...]:
    """One item, or everything that is wrong with it."""
    return _at_once(raw) or _carefully(raw)


def _at_once(raw: bytes) -> Item | None:
    try:
        item = _DECODER.decode(raw)
    except (ValueError, RecursionError):
        return None
    names = _NAME.findall(raw)
    return None if len(names) != len(set(names)) or b"\\u00" in raw else item


def _carefully(raw: bytes) -> Item | tuple[Fault, ...]:
    faults = Faults()
    document = parse_json(raw, faults)
    item: Item = UNREAD if document is UNREAD else read(document, _ITEM, "", faults)
    return tuple(faults.found) or item
