"""A bank as a file: what it is on the first line, then one entry a line (NDJSON). Pure.

    {"bank": "phrases", "kind": "phrase", "allow": false}
    {"id": "p1", "value": "pisang hijau", "source": "us", "category": "unripe", "ground": "terms 4.2"}

A file in which anything is wrong is refused whole, with the line of every fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import Struct, inspect
from msgspec.structs import replace

from mufakat.formats.streams import json_pieces, lines_of
from mufakat.rules.errors import DocumentRefusedError
from mufakat.rules.fault import Fault, FaultCode, Faults
from mufakat.rules.reading import UNREAD, parse_json, read
from mufakat.screening.bank import BankKind, Entry
from mufakat.screening.policy import Name  # noqa: TC001  # msgspec evaluates the annotations of a struct.

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mufakat.formats.items import Stream

MAX_LINE: Final = 64 * 1024
"""Bytes of one line: an entry at its longest, written with escapes."""

MAX_ENTRIES: Final = 1_000_000

SUFFIX: Final = ".ndjson"
"""How the file of a bank ends; before it stands the name of the bank."""

_BLANK: Final = b" \t\r"


class BankHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on the first line. `allow`: what is found there ends the matter."""

    bank: Name
    kind: BankKind
    allow: bool = False


class BankFile(NamedTuple):
    """A bank that was read: its entries are sound each by itself, and no id stands twice."""

    head: BankHead
    entries: tuple[Entry, ...]


class BankRefusedError(DocumentRefusedError):
    """The bank cannot be used as it stands."""

    what = "bank"


_HEAD = inspect.type_info(BankHead)
_ENTRY = inspect.type_info(Entry)


def read_bank(stream: Stream) -> BankFile:
    """The bank in this file. Raises BankRefusedError with every fault and its line (at most 250)."""
    faults = Faults()
    pieces = json_pieces(stream, None)
    if isinstance(pieces, Fault):
        raise BankRefusedError([replace(pieces, line=1)])
    head, entries = _read(lines_of(pieces, limit=MAX_LINE), faults)
    if faults.found:
        raise BankRefusedError(faults.found)
    return BankFile(head, tuple(entries))


def write_bank(head: BankHead, entries: Iterable[Entry]) -> Iterator[bytes]:
    """The lines of the file; `read_bank` reads them back alike."""
    yield msgspec.json.encode(head) + b"\n"
    for entry in entries:
        given = {name: value for name, value in msgspec.to_builtins(entry).items() if value not in {None, "", False}}
        yield msgspec.json.encode(given) + b"\n"


def _read(lines: Iterable[bytes | None], faults: Faults) -> tuple[BankHead, list[Entry]]:
    head: BankHead = UNREAD
    entries: dict[str, Entry] = {}
    number = 0
    for number, line in enumerate(lines, start=1):
        if number == 1:
            head = _line(line, _HEAD, number, faults)
        elif line is None or line.strip(_BLANK):
            entry: Entry = _line(line, _ENTRY, number, faults)
            if entry is not UNREAD and entry.id in entries:
                _add(faults, Fault("/id", FaultCode.REPEATED_ITEM, "This id stands above already."), number)
            elif entry is not UNREAD:
                entries[entry.id] = entry
            if len(entries) > MAX_ENTRIES:
                _add(faults, Fault("", FaultCode.TOO_MANY, f"At most {MAX_ENTRIES} entries are taken."), number)
                break
    if number == 0:
        _add(faults, Fault("", FaultCode.EMPTY, "The first line says what the bank is; this file is empty."), 1)
    return head, list(entries.values())


def _line(line: bytes | None, kind: Any, number: int, faults: Faults) -> Any:
    """What a line holds, or UNREAD with its faults."""
    inner = Faults()
    if line is None:
        inner.add("", FaultCode.TOO_LARGE, f"This line has more than {MAX_LINE} bytes.")
    document = UNREAD if line is None else parse_json(line, inner)
    found = UNREAD if document is UNREAD else read(document, kind, "", inner)
    for fault in inner.found:
        _add(faults, fault, number)
    return UNREAD if inner.found else found


def _add(faults: Faults, fault: Fault, number: int) -> None:
    before = len(faults)
    faults.add(fault.pointer, fault.code, fault.detail)
    if len(faults) > before:
        faults.found[-1] = replace(faults.found[-1], line=number)
