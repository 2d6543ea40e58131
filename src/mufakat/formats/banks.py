"""A bank as a file: what it is on the first line, then one entry a line (NDJSON, or a value alone). Pure.

    {"bank": "phrases", "kind": "phrase", "allow": false}
    {"id": "p1", "value": "pisang hijau", "source": "us", "category": "unripe", "ground": "terms 4.2"}

What the entries do not say themselves (`source`, `category`, `ground`, `author`) the first line may say for all of
them. A file in which anything is wrong is refused whole, with the line of every fault; what may not enter a bank is
said by `screening.entries`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta, Struct, inspect
from msgspec.structs import replace

from mufakat.formats.streams import json_pieces, lines_of
from mufakat.rules.errors import DocumentRefusedError
from mufakat.rules.fault import Fault, FaultCode, Faults
from mufakat.rules.reading import UNREAD, parse_json, read
from mufakat.screening import entries
from mufakat.screening.bank import BankKind  # noqa: TC001  # msgspec evaluates the annotations of a struct.
from mufakat.screening.entries import FaultKind
from mufakat.screening.policy import Name  # noqa: TC001  # As above.

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mufakat.formats.items import Stream
    from mufakat.screening.bank import Entry
    from mufakat.screening.entries import Code, LineFault

SUFFIX: Final = ".ndjson"
"""How the file of a bank ends; before it stands the name of the bank."""

# A line that was not kept because it is too long is handed on as one that is, so that it is said with the others.
_TOO_LONG: Final = b"x" * (entries.MAX_LINE + 1)


class BankHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on the first line. `allow`: what is found there ends the matter."""

    bank: Name
    kind: BankKind
    allow: bool = False
    source: Annotated[str, Meta(max_length=200)] = ""
    category: Annotated[str, Meta(max_length=64)] = ""
    ground: Annotated[str, Meta(max_length=500)] = ""
    author: Annotated[str, Meta(max_length=200)] = ""


class BankFile(NamedTuple):
    """A bank that was read: its entries may be in a bank of this kind, and no id stands twice."""

    head: BankHead
    entries: tuple[Entry, ...]


class BankRefusedError(DocumentRefusedError):
    """The bank cannot be used as it stands."""

    what = "bank"


_HEAD = inspect.type_info(BankHead)
_CODES: Final[Mapping[FaultKind | Code, FaultCode]] = {
    FaultKind.NOT_UTF8: FaultCode.NOT_UTF8,
    FaultKind.NOT_JSON: FaultCode.NOT_JSON,
    FaultKind.REPEATED_ID: FaultCode.REPEATED_ITEM,
    FaultKind.TOO_LONG: FaultCode.TOO_LONG,
    FaultKind.TOO_MANY: FaultCode.TOO_MANY,
    FaultKind.BAD_MOMENT: FaultCode.BAD_DATE,
}


def begin(stream: Stream) -> tuple[BankHead, Iterator[bytes]]:
    """What the file says it is, and the lines after the first one, read as they are taken: a file of any length.

    A line that is too long is not kept; one that is handed on in its place is too long as well, so that it is said with
    the others. Raises BankRefusedError where the first line does not say what the bank is.
    """
    pieces = json_pieces(stream, None)
    if isinstance(pieces, Fault):
        raise BankRefusedError([replace(pieces, line=1)])
    lines = lines_of(pieces, limit=entries.MAX_LINE)
    head = _head(next(lines, b""))
    return head, (_TOO_LONG if line is None else line for line in lines)


def told(head: BankHead) -> entries.Told:
    """What the first line says for all entries."""
    return entries.Told(source=head.source, category=head.category, ground=head.ground, author=head.author)


def read_bank(stream: Stream) -> BankFile:
    """The bank in this file. Raises BankRefusedError with every fault and its line (at most 250).

    `ImportError` for patterns where the extra `screening` is missing.
    """
    head, lines = begin(stream)
    found = entries.read_entries(lines, head.kind, told=told(head), first=2)
    if found.faults:
        raise BankRefusedError(map(_fault, found.faults))
    return BankFile(head, found.entries)


def write_bank(head: BankHead, held: Iterable[Entry]) -> Iterator[bytes]:
    """The lines of the file; `read_bank` reads them back alike."""
    for one in chain([head], held):
        given = {name: value for name, value in msgspec.to_builtins(one).items() if value not in {None, "", False}}
        yield msgspec.json.encode(given) + b"\n"


def _head(line: bytes | None) -> BankHead:
    faults = Faults()
    found: BankHead = UNREAD
    if not line:
        faults.add("", FaultCode.EMPTY, "The first line says what the bank is: {bank, kind, allow}.")
    elif (document := parse_json(line, faults)) is not UNREAD:
        found = read(document, _HEAD, "", faults)
    if faults.found:
        raise BankRefusedError(replace(fault, line=1) for fault in faults.found)
    return found


def code_of(code: FaultKind | Code) -> FaultCode:
    """The code of what is wrong with a line, as all documents say it."""
    return _CODES.get(code, FaultCode.BAD_FORM)


def _fault(one: LineFault) -> Fault:
    return Fault("", code_of(one.code), one.detail, one.line)
