"""Ids that sort in the order of the commits.

A prefix and a UUIDv7 (RFC 9562, section 5.7) in Crockford's base32, lower case.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Ten bits at a time, so that an id takes 13 look-ups instead of 26.
PAIRS = tuple(a + b for a in ALPHABET for b in ALPHABET)
SHIFTS = tuple(range(120, -1, -10))
RANDOM = (1 << 74) - 1
LOW = (1 << 62) - 1
HALF = (1 << 40) - 1
POOL = 4096
FORM = re.compile(r"([a-z]{3})_[0-9a-hjkmnp-tv-z]{26}")

# Where ids and salts get their random bytes. Only the simulator puts a seeded source in this place, so that a run can
# be repeated byte for byte (docs/simulator.md).
entropy: Callable[[int], bytes] = os.urandom


def base32(value: int) -> str:
    """128 bits as 26 characters (two leading bits are zero)."""
    return "".join([PAIRS[(value >> shift) & 1023] for shift in SHIFTS])


def is_id(text: str, prefix: str) -> bool:
    """Whether it has the form of an id of this kind; what has not is never asked of the database."""
    found = FORM.fullmatch(text)
    return found is not None and found[1] == prefix


def lowest(prefix: str, at: datetime) -> str:
    """No id of this kind that was made at this time, or later, sorts before this text."""
    return f"{prefix}_{base32(max(0, int(at.timestamp() * 1000)) << 80)}"


class Ids:
    """Makes ids for one writer.

    Within a millisecond each is greater than the one before (RFC 9562, section 6.2, method 2).
    """

    def __init__(self) -> None:
        self._millisecond = -1
        self._beginning = ""
        self._tail = 0
        self._pool = b""
        self._used = 0

    def _random(self, size: int) -> int:
        # One system call for hundreds of ids: each call lets go of the interpreter and invites a change of thread.
        if self._used + size > len(self._pool):
            self._pool, self._used = entropy(POOL), 0
        part = self._pool[self._used : self._used + size]
        self._used += size
        return int.from_bytes(part, "big")

    def next(self, prefix: str, millisecond: int) -> str:
        """An id like ``ntc_…`` for a moment that never goes back."""
        if millisecond == self._millisecond:
            self._tail += 1 + self._random(4)
            if self._tail > RANDOM:
                raise OverflowError("more ids in one millisecond than there are")
        else:
            self._millisecond = millisecond
            self._beginning = base32(millisecond << 80)[:10]  # What a millisecond's ids have in common is spelt once.
            self._tail = self._random(10) & (RANDOM >> 1)  # The top bit is room to count.
        # The version, twelve bits, the variant, 62 bits: in two halves, each of a size that is shifted fast.
        tail = 0x7 << 76 | self._tail >> 62 << 64 | 0x2 << 62 | self._tail & LOW
        high, low = tail >> 40, tail & HALF
        return (
            f"{prefix}_{self._beginning}"
            f"{PAIRS[high >> 30]}{PAIRS[high >> 20 & 1023]}{PAIRS[high >> 10 & 1023]}{PAIRS[high & 1023]}"
            f"{PAIRS[low >> 30]}{PAIRS[low >> 20 & 1023]}{PAIRS[low >> 10 & 1023]}{PAIRS[low & 1023]}"
        )


def salts(count: int) -> list[bytes]:
    """Fresh 32-byte salts, one per committed field."""
    pool = entropy(32 * count)
    return [pool[start : start + 32] for start in range(0, 32 * count, 32)]
