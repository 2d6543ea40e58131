"""The careful reader: every fault of a document at once, each with its pointer.

A typed decoder stops at the first fault, takes the last of two members of one name without a word, and speaks to
programmers. This reader is slower, lists everything, and obeys the same limits, because it reads them from the same
types (`msgspec.inspect`). JSON: RFC 8259; pointers: RFC 6901; two members of one name are refused, as I-JSON does
(RFC 7493, 2.3), because two readers would read two different notices.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import inspect

from mufakat.rules.fault import MAX_NAME_LENGTH, FaultCode, Faults, can_be_repeated, excerpt, within

MAX_DEPTH = 32
"""Objects and lists inside each other, the document itself being the first."""

UNREAD: Any = msgspec.UNSET
"""Stands where a value could not be read; falsy. It never leaves a document that has no faults."""

_MAX_INTEGER_TEXT = 20  # Characters of -2^63; JSON writes no leading zeros. Longer texts need not be read.
_INT64, _UINT64 = -(2**63), 2**64 - 1

_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")  # SQLite stores a NUL, PostgreSQL refuses it; so we refuse it.


class Members(dict[str, Any]):
    """A JSON object that held a name more than once."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = tuple(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        """A plain dict where every name stands once."""
        found = dict(pairs)
        return found if len(found) == len(pairs) else cls(pairs)


class BadNumber:
    """A number that no other reader would read alike: NaN, Infinity, or beyond 64 bits."""


_BAD_NUMBER = BadNumber()
_BAD_NUMBER_DETAIL = "No two readers would read this number alike: it is not finite or does not fit into 64 bits."


def _integer(text: str) -> int | BadNumber:
    return _BAD_NUMBER if len(text) > _MAX_INTEGER_TEXT else int(text)


def _float(text: str) -> float | BadNumber:
    number = float(text)
    return number if math.isfinite(number) else _BAD_NUMBER


_JSON = json.JSONDecoder(
    object_pairs_hook=Members.of, parse_int=_integer, parse_float=_float, parse_constant=lambda _: _BAD_NUMBER
)


def parse_json(raw: bytes, faults: Faults) -> Any:
    """The plain values of a JSON text, or UNREAD and one fault. Names held twice are left for `read` to point at."""
    try:
        return _JSON.decode(raw.decode())
    except UnicodeDecodeError as error:
        faults.add("", FaultCode.NOT_UTF8, f"This is not UTF-8: byte {error.start + 1} begins no valid character.")
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        faults.add("", FaultCode.NOT_JSON, f"This is not JSON: it stops making sense at {where}.")
    except RecursionError:
        _add_too_deep("", faults)
    return UNREAD


def read(value: Any, kind: inspect.Type, pointer: str, faults: Faults, *, description: str = "") -> Any:
    """The typed value of plain `value`, UNREAD in the places that could not be read; each such place is a fault.

    `kind` comes from `msgspec.inspect.type_info`. A struct is built even when members of it are UNREAD, so that the
    caller can still judge the others; a struct with a `__post_init__` is not.
    """
    if isinstance(kind, inspect.Metadata):
        words = (kind.extra_json_schema or {}).get("description", "")
        return read(value, kind.type, pointer, faults, description=str(words))
    if isinstance(kind, inspect.UnionType):  # Ours are all "this or null".
        (other,) = (one for one in kind.types if not isinstance(one, inspect.NoneType))
        return None if value is None else read(value, other, pointer, faults)
    if isinstance(kind, inspect.StrType):
        return _read_text(value, kind, pointer, faults, description)
    return _READERS[type(kind)](value, kind, pointer, faults)


def check_foreign(value: Any, pointer: str, faults: Faults, *, depth: int) -> None:
    """Fault what no database or second reader would take in plain values that we keep as they are.

    `depth` is how many objects and lists are around `value`.
    """
    waiting: list[tuple[Any, str, int]] = [(value, pointer, depth)]
    while waiting:
        item, place, around = waiting.pop()
        if isinstance(item, dict | list):
            if around >= MAX_DEPTH:
                _add_too_deep(place, faults)
            elif isinstance(item, dict):
                _check_names(item, place, faults)
                # What stands under a name that no pointer can repeat is not looked at: the name is fault enough.
                waiting.extend(
                    (inner, within(place, name), around + 1) for name, inner in item.items() if can_be_repeated(name)
                )
            else:
                waiting.extend((inner, f"{place}/{index}", around + 1) for index, inner in enumerate(item))
        elif isinstance(item, str):
            if _NOT_STORABLE.search(item):
                faults.add(place, FaultCode.BAD_TEXT, "This text holds a NUL or half a character and cannot be stored.")
        elif isinstance(item, BadNumber) or (isinstance(item, int) and not _INT64 <= item <= _UINT64):
            faults.add(place, FaultCode.BAD_NUMBER, _BAD_NUMBER_DETAIL)


def _read_struct(value: Any, kind: inspect.StructType, pointer: str, faults: Faults) -> Any:
    if not isinstance(value, dict):
        return _wrong_type("an object", value, pointer, faults)
    _add_repeated(value, pointer, faults)
    known = {field.encode_name for field in kind.fields}
    for name in value:
        if name not in known:
            faults.add(within(pointer, str(name)), FaultCode.UNKNOWN_MEMBER, f"{excerpt(str(name))} is not known here.")
    members: dict[str, Any] = {}
    for field in kind.fields:
        place = f"{pointer}/{field.encode_name}"
        if field.encode_name in value:
            members[field.name] = read(value[field.encode_name], field.type, place, faults)
        elif field.required:
            faults.add(place, FaultCode.MISSING, f"{field.encode_name} is required.")
            members[field.name] = UNREAD
    if not hasattr(kind.cls, "__post_init__"):
        return kind.cls(**members)
    if any(member is UNREAD for member in members.values()):
        return UNREAD
    try:
        return kind.cls(**members)
    except ValueError as error:  # Our own sentence, from __post_init__.
        faults.add(pointer, FaultCode.BAD_FORM, str(error))
        return UNREAD


def _read_list(value: Any, kind: inspect.VarTupleType, pointer: str, faults: Faults) -> Any:
    if not isinstance(value, list):
        return _wrong_type("a list", value, pointer, faults)
    if kind.max_length is not None and len(value) > kind.max_length:
        detail = f"At most {kind.max_length} are taken; these are {len(value)}."
        faults.add(pointer, FaultCode.TOO_MANY, detail)
        return UNREAD
    if kind.min_length is not None and len(value) < kind.min_length:
        faults.add(pointer, FaultCode.EMPTY, f"At least {kind.min_length} is needed.")
        return UNREAD
    return tuple(read(item, kind.item_type, f"{pointer}/{index}", faults) for index, item in enumerate(value))


def _read_enum(value: Any, kind: inspect.EnumType, pointer: str, faults: Faults) -> Any:
    if not isinstance(value, str):
        return _wrong_type("text", value, pointer, faults)
    for member in kind.cls:
        if member.value == value:
            return member
    allowed = ", ".join(str(member.value) for member in kind.cls)
    faults.add(pointer, FaultCode.NOT_IN_LIST, f"{excerpt(value)} is not one of: {allowed}.")
    return UNREAD


def _read_text(value: Any, kind: inspect.StrType, pointer: str, faults: Faults, description: str) -> Any:
    if not isinstance(value, str):
        return _wrong_type("text", value, pointer, faults)
    if _SURROGATE.search(value):
        faults.add(pointer, FaultCode.BAD_TEXT, "This text holds half a character (a lone surrogate).")
    elif kind.min_length is not None and len(value) < kind.min_length:
        faults.add(pointer, FaultCode.EMPTY, "This must not be empty.")
    elif kind.max_length is not None and len(value) > kind.max_length:
        detail = f"At most {kind.max_length} characters are taken; these are {len(value)}."
        faults.add(pointer, FaultCode.TOO_LONG, detail)
    elif kind.pattern is not None and not re.search(kind.pattern, value):
        faults.add(pointer, FaultCode.BAD_FORM, f"Expected {description}; got {excerpt(value)}.")
    else:
        return value
    return UNREAD


def _read_truth(value: Any, _kind: inspect.BoolType, pointer: str, faults: Faults) -> Any:
    return value if isinstance(value, bool) else _wrong_type("true or false", value, pointer, faults)


def _read_integer(value: Any, kind: inspect.IntType, pointer: str, faults: Faults) -> Any:
    if not isinstance(value, int) or isinstance(value, bool):
        return _wrong_type("a whole number", value, pointer, faults)
    low = kind.ge if kind.ge is not None else _INT64
    high = kind.le if kind.le is not None else _UINT64
    if low <= value <= high:
        return value
    faults.add(pointer, FaultCode.BAD_NUMBER, f"Expected a whole number from {low} to {high}.")
    return UNREAD


def _read_foreign(value: Any, _kind: inspect.DictType, pointer: str, faults: Faults) -> Any:
    if not isinstance(value, dict):
        return _wrong_type("an object", value, pointer, faults)
    before = len(faults)
    check_foreign(value, pointer, faults, depth=pointer.count("/"))
    return value if len(faults) == before else UNREAD


def _check_names(item: dict[str, Any], pointer: str, faults: Faults) -> None:
    _add_repeated(item, pointer, faults)
    for name in item:
        if not can_be_repeated(name):
            detail = f"A member's name has at most {MAX_NAME_LENGTH} characters, all printable; got {excerpt(name)}."
            faults.add(pointer, FaultCode.BAD_TEXT, detail)


def _add_repeated(item: dict[str, Any], pointer: str, faults: Faults) -> None:
    if isinstance(item, Members):
        for name in item.repeated:
            detail = f"{excerpt(name)} stands here more than once; which one counts cannot be known."
            faults.add(within(pointer, name), FaultCode.REPEATED_MEMBER, detail)


def _add_too_deep(pointer: str, faults: Faults) -> None:
    detail = f"More than {MAX_DEPTH} objects or lists stand inside each other here."
    faults.add(pointer, FaultCode.TOO_DEEP, detail)


def _wrong_type(expected: str, value: Any, pointer: str, faults: Faults) -> Any:
    faults.add(pointer, FaultCode.WRONG_TYPE, f"Expected {expected}, got {_name_of(value)}.")
    return UNREAD


def _name_of(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), "something else")


_TYPE_NAMES: Mapping[type, str] = {
    type(None): "null",
    bool: "true or false",
    str: "text",
    int: "a number",
    float: "a number",
    BadNumber: "a number",
    dict: "an object",
    Members: "an object",
    list: "a list",
}

_READERS: Mapping[type[inspect.Type], Callable[[Any, Any, str, Faults], Any]] = {
    inspect.StructType: _read_struct,
    inspect.VarTupleType: _read_list,
    inspect.EnumType: _read_enum,
    inspect.BoolType: _read_truth,
    inspect.IntType: _read_integer,
    inspect.DictType: _read_foreign,
}
