"""Commitments: a leaf holds the hash of a value, the value itself stays erasable.

SHA-256(`mufakat/commit/v1` ‖ 0x00 ‖ u16 length ‖ name ‖ 32-byte salt ‖ value); the length is that of the name, in
bytes, big-endian. The salt is random and fresh for each field of each leaf: so one field can be shown without another,
and once the salt is erased nobody can try out guesses. The length keeps a name from borrowing bytes of the salt.
"""

import functools
import hashlib
import hmac
import re
from typing import Final

from mufakat.proof.errors import CommitmentError

SALT_LENGTH: Final = 32  # Bytes: 256 bits cannot be guessed, whatever the value is.
FIELD: Final = re.compile(r"[a-z][a-z_]{0,31}")  # The names of the members of a leaf's `c`.

_DOMAIN: Final = b"mufakat/commit/v1\x00"


def commit(name: str, salt: bytes, value: bytes) -> bytes:
    """Give the 32-byte commitment to `value` as the field `name`. Raises CommitmentError."""
    if len(salt) != SALT_LENGTH:
        raise CommitmentError
    return hashlib.sha256(b"".join((_beginning(name), salt, value))).digest()


@functools.lru_cache(maxsize=256)
def _beginning(name: str) -> bytes:
    """What comes before the salt; there are few fields and many commitments."""
    if FIELD.fullmatch(name) is None:
        raise CommitmentError
    field = name.encode()
    return _DOMAIN + len(field).to_bytes(2) + field


def opens(commitment: bytes, name: str, salt: bytes, value: bytes) -> bool:
    """Ask whether name, salt and value are what was committed to, in constant time; False for what cannot be."""
    try:
        expected = commit(name, salt, value)
    except CommitmentError:
        return False
    return hmac.compare_digest(expected, commitment)
