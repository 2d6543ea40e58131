"""One value, one spelling: JSON (RFC 8785), base64 (RFC 4648, section 4) and time (RFC 3339).

What is hashed or signed must not be writable in two ways, or two readers may see two things under one signature.
"""

import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import rfc8785

from mufakat.proof.errors import (
    DuplicateMemberError,
    NaiveTimeError,
    NotCanonicalError,
    NotEncodableError,
    NotJSONError,
    TooDeepError,
)

# Levels of objects and lists. Ours have three; the limit keeps a hostile document away from the recursion limit.
MAX_DEPTH: Final = 16

_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z").fullmatch


def encode(value: Any) -> bytes:
    """Give the RFC 8785 bytes of a value of None, bool, int, float, str, list, tuple and dict.

    Raises NotEncodableError (NaN, infinity, an integer beyond 2^53-1, a lone surrogate, a key that is no string, a
    foreign type) and TooDeepError.
    """
    _refuse_depth(value)
    try:
        return rfc8785.dumps(value)
    except ValueError:  # UnicodeEncodeError among them: a lone surrogate in a key.
        raise NotEncodableError from None


def decode(data: bytes) -> Any:
    """Read JSON that is its own canonical spelling; everything else is refused.

    Raises NotJSONError, DuplicateMemberError, TooDeepError or NotCanonicalError. The caller limits the length.
    """
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_read_whole
        )
    except RecursionError:
        raise TooDeepError from None
    except ValueError:
        raise NotJSONError from None
    try:
        canonical = encode(value)
    except NotEncodableError:
        raise NotCanonicalError from None
    if canonical != data:
        raise NotCanonicalError
    return value


def to_base64(data: bytes) -> str:
    """Give the base64 of bytes: standard alphabet, padded, one line."""
    return binascii.b2a_base64(data, newline=False).decode()


def from_base64(text: str, *, length: int | None = None) -> bytes | None:
    """Read canonical base64 of `length` bytes; None for any other text.

    Unused bits must be zero (RFC 4648, section 3.5), or one value would have several spellings.
    """
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    if to_base64(data) != text or (length is not None and len(data) != length):
        return None
    return data


def timestamp(at: datetime) -> str:
    """Give an aware time as RFC 3339 in UTC with milliseconds, `2026-11-22T01:02:03.456Z`; the rest is cut off.

    Raises NaiveTimeError.
    """
    if at.utcoffset() is None:
        raise NaiveTimeError
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def is_timestamp(text: str) -> bool:
    """Ask whether `timestamp` could have written this: the form to the byte, and a day that exists."""
    if _TIMESTAMP(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateMemberError
    return members


def _read_whole(digits: str) -> int | float:
    """Read a whole number; beyond 2^53-1 it is a double, because RFC 8785 writes large doubles without exponent."""
    whole = float(digits)
    return int(digits) if abs(whole) < 2**53 else whole


def _refuse_constant(_name: str) -> NoReturn:
    raise NotJSONError


def _refuse_depth(value: Any, allowed: int = MAX_DEPTH) -> None:
    if not isinstance(value, (dict, list, tuple)):
        return
    if allowed == 0:
        raise TooDeepError
    for item in value.values() if isinstance(value, dict) else value:
        _refuse_depth(item, allowed - 1)
