"""Entries as they come in: one a line, as JSON or as plain values, each checked before any is taken.

A line that begins with a brace is an entry as JSON, with the members of `Entry`; any other is a value alone. Blank
lines and those that begin with ``#`` say nothing. What a line does not say, `Told` says for all of them.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct, structs

from mufakat.screening.bank import BankKind, Entry
from mufakat.screening.entry_checks import Code, Refused, check
from mufakat.screening.expiry import BadMomentError, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Code", "FaultKind", "LineFault", "Reading", "Refused", "Told", "check", "id_of", "read_entries"]

MAX_LINE = 32_768
"""Bytes of a line."""
MAX_ENTRIES = 1_000_000
MAX_FAULTS = 250
"""Faults after which reading stops: nobody mends more in one go."""


class FaultKind(StrEnum):
    """What may be wrong with a line, beside what `Code` says of its value."""

    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    WRONG_MEMBER = "wrong_member"
    BAD_MOMENT = "bad_moment"
    REPEATED_ID = "repeated_id"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"


class LineFault(Struct, frozen=True):
    """What is wrong with a line; lines count from 1. The sentence does not repeat what a stranger wrote."""

    line: int
    code: FaultKind | Code
    detail: str


class Told(Struct, frozen=True, kw_only=True):
    """What holds of every line that does not say otherwise. `shadow`, where it is given, holds of all (I-17)."""

    source: str = ""
    category: str = ""
    ground: str = ""
    author: str = ""
    review_at: str | None = None
    expires_at: str | None = None
    shadow: bool | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """What was read. `rewritten` are values that were taken in their one form: line, as given, as taken.

    `repeated` counts lines that say once more what another one said.
    """

    entries: tuple[Entry, ...]
    faults: tuple[LineFault, ...]
    rewritten: tuple[tuple[int, str, str], ...] = ()
    repeated: int = 0


class _Line(Struct, forbid_unknown_fields=True):
    value: Annotated[str, Meta(min_length=1, max_length=4_096)]
    id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    source: str | None = None
    category: str | None = None
    ground: str | None = None
    author: str | None = None
    review_at: str | None = None
    expires_at: str | None = None
    shadow: bool = False


class _BadLineError(Exception):
    def __init__(self, code: FaultKind | Code, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def read_entries(
    lines: Iterable[str | bytes], kind: BankKind, *, told: Told | None = None, first: int = 1, keep_sound: bool = False
) -> Reading:
    """The entries of a file, or its faults by line.

    Where a line has a fault no entry is taken at all, unless `keep_sound` asks for those that have none. A value that
    is only not in its one form is taken in it. An id that a line does not give is made of kind and value, so that the
    same value has the same id wherever it is read. `first` is the number of the first line. Never raises for what a
    line holds; `ImportError` for patterns where the extra is missing.
    """
    taken: dict[str, Entry] = {}
    faults: list[LineFault] = []
    rewritten: list[tuple[int, str, str]] = []
    repeated = 0
    for number, text in _written(lines, first, faults):
        try:
            given = _given(text)
            entry = _entry(kind, given, told or Told())
            if _is_repeated(taken, entry):
                repeated += 1
            elif entry.value != given.value:
                rewritten.append((number, given.value, entry.value))
        except _BadLineError as error:
            faults.append(LineFault(number, error.code, str(error)))
        if len(faults) >= MAX_FAULTS:
            break
        if len(taken) > MAX_ENTRIES:
            faults.append(LineFault(number, FaultKind.TOO_MANY, f"A bank has at most {MAX_ENTRIES:,} entries."))
            break
    kept = tuple(taken.values()) if keep_sound or not faults else ()
    return Reading(entries=kept[:MAX_ENTRIES], faults=tuple(faults), rewritten=tuple(rewritten), repeated=repeated)


def _is_repeated(taken: dict[str, Entry], entry: Entry) -> bool:
    """Whether the very same was taken before; if not, it is taken."""
    known = taken.setdefault(entry.id, entry)
    if known != entry:
        raise _BadLineError(FaultKind.REPEATED_ID, "Another line has this id.")
    return known is not entry


def id_of(kind: BankKind, value: str) -> str:
    """The id of an entry that was given none: always the same for the same kind and value."""
    return f"e-{hashlib.sha256(f'{kind}:{value}'.encode()).hexdigest()[:24]}"


def _written(lines: Iterable[str | bytes], first: int, faults: list[LineFault]) -> Iterator[tuple[int, str]]:
    """The lines that say something, by number; what cannot be read becomes a fault."""
    for number, line in enumerate(lines, first):
        if len(line) > MAX_LINE:
            faults.append(LineFault(number, FaultKind.TOO_LONG, f"A line has at most {MAX_LINE:,} bytes."))
            continue
        try:
            text = line.decode() if isinstance(line, bytes) else line
        except UnicodeDecodeError:
            faults.append(LineFault(number, FaultKind.NOT_UTF8, "This is not UTF-8."))
            continue
        stripped = text.strip()
        if stripped and stripped[0] != "#":
            yield number, stripped


def _given(text: str) -> _Line:
    if text[0] != "{":
        if len(text) > 4_096:
            raise _BadLineError(Code.TOO_LONG, "A value has at most 4,096 characters.")
        return _Line(text)
    try:
        return msgspec.json.decode(text, type=_Line)
    except msgspec.ValidationError as error:
        raise _BadLineError(FaultKind.WRONG_MEMBER, ascii(str(error))[1:-1][:200]) from error
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise _BadLineError(FaultKind.NOT_JSON, "This begins like JSON and is none.") from error


def _entry(kind: BankKind, given: _Line, told: Told) -> Entry:
    value = _value(kind, given.value)
    members = {name: value for name, value in structs.asdict(given).items() if value is not None}
    entry = structs.asdict(told) | members | {"value": value, "id": given.id or id_of(kind, value)}
    entry["shadow"] = given.shadow if told.shadow is None else told.shadow
    for name in ("review_at", "expires_at"):
        try:
            _ = entry[name] is None or moment(entry[name])
        except BadMomentError as error:
            raise _BadLineError(FaultKind.BAD_MOMENT, f"{name}: {error}") from error
    try:
        return msgspec.convert(entry, Entry)
    except msgspec.ValidationError as error:
        raise _BadLineError(FaultKind.WRONG_MEMBER, ascii(str(error))[1:-1][:200]) from error


def _value(kind: BankKind, value: str) -> str:
    refused = check(kind, value)
    if refused is not None and refused.canonical is not None:
        value, refused = refused.canonical, check(kind, refused.canonical)
    if refused is not None:
        raise _BadLineError(refused.code, refused.detail)
    return value
