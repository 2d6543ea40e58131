"""Entries as somebody hands them in, each with its place: a line of a file, or its number in a list.

`screening.entries` says what may be in a bank; here stands beside it what this house asks of every text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mufakat.formats.banks import code_of
from mufakat.rules import admissibility
from mufakat.rules.errors import NotNowError
from mufakat.rules.fault import Fault, FaultCode, Faults
from mufakat.screening import entries as reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mufakat.screening.bank import BankKind, Entry
    from mufakat.screening.entries import Reading, Told

OTHER = "Another entry has this id."
TEXTS = ("id", "source", "category", "ground", "author")


class Judged(NamedTuple):
    """Entries by their place; the faults, each with the place in `line`; which places said something once more.

    `rewritten` are the places whose value was taken in its one form.
    """

    entries: dict[int, Entry]
    faults: list[Fault]
    repeated: list[int]
    rewritten: list[int]


def judge(kind: BankKind, lines: Iterable[tuple[int, bytes]], *, told: Told) -> Judged:
    """The entries of these lines. Raises NotNowError where this server cannot judge entries of this kind."""
    found = Judged({}, [], [], [])
    known: dict[str, Entry] = {}
    for place, line in lines:
        one = _read(kind, line, told=told, place=place)
        faults = [Fault("", code_of(each.code), each.detail, place) for each in one.faults]
        for entry in one.entries:
            faults += _texts(entry, place)
            before = known.setdefault(entry.id, entry)
            if before != entry:
                faults.append(Fault("", FaultCode.REPEATED_ITEM, OTHER, place))
            elif before is not entry:
                found.repeated.append(place)
            elif not faults:
                found.entries[place] = entry
        found.faults.extend(faults)
        found.rewritten.extend(place for _ in one.rewritten if not faults)
    return found


def _read(kind: BankKind, line: bytes, *, told: Told, place: int) -> Reading:
    try:
        return reading.read_entries([line], kind, told=told, first=place)
    except ImportError as error:
        raise NotNowError(f"This server cannot judge entries of the kind {kind}: {error}") from error


def _texts(entry: Entry, place: int) -> list[Fault]:
    """What is wrong with the texts beside the value: each is one line of characters."""
    faults = Faults()
    for member in TEXTS:
        admissibility.judge_text(getattr(entry, member), f"/{member}", faults)
    if entry.id != entry.id.strip():
        faults.add("/id", FaultCode.BAD_FORM, "An id begins and ends with a character that can be seen.")
    return [Fault(each.pointer, each.code, each.detail, place) for each in faults.found]
