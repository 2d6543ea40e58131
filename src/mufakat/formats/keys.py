"""A key for each notice of a file, so that an import that was cut off can be started again and doubles nothing."""

from __future__ import annotations

import hashlib

from mufakat.proof import canonical
from mufakat.proof.errors import ProofError
from mufakat.rules.fault import Faults
from mufakat.rules.reading import UNREAD, Members, parse_json


def key_of(body: bytes) -> str:
    """The idempotency key of a notice: "item-" and 64 hexadecimal digits, 69 characters, all visible ASCII.

    It is the SHA-256 of the canonical JSON (RFC 8785), so that blanks and the order of members make no difference:
    the same notice twice in one file, or in two, is one notice. Bytes that have no canonical form (no JSON, a name
    twice, numbers that two readers read differently) are hashed as they are. Never raises.
    """
    return f"item-{hashlib.sha256(_canonical(body)).hexdigest()}"


def _canonical(body: bytes) -> bytes:
    value = parse_json(body, Faults())
    if value is UNREAD:
        return body
    try:
        form = canonical.encode(value)  # Refuses what is nested deeply, so that the search below is shallow.
    except ProofError:
        return body
    return body if _repeats_a_name(value) else form


def _repeats_a_name(value: object) -> bool:
    if isinstance(value, Members):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_repeats_a_name, inner))
