"""The code by which somebody without an account appeals: how it is written and read.

26 characters of Crockford's base32 (130 bits), in groups, because people copy it from paper. Reading is kind: case,
hyphens and blanks do not matter, O is read as 0, I and L as 1. What is stored is its SHA-256 alone; nobody can guess
130 bits, so no salt is needed, and a code is found by its digest without comparing secrets.
"""

import hashlib
import hmac
import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
GROUPS = (5, 5, 5, 5, 6)
LONGEST_INPUT = 80

_READ_AS = str.maketrans("OIL", "011", " -\u2010\u2011\u2012\u2013\t\r\n")
_FORM = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
_DOMAIN = b"mufakat/appeal-code/v1\x00"


def make(secret: bytes, decision: str) -> str:
    """The code of a decision under the house's secret; the same at every call, known to nobody without the secret."""
    value = int.from_bytes(hmac.digest(secret, _DOMAIN + decision.encode(), "sha256")) >> (256 - 5 * LENGTH)
    return "".join(ALPHABET[(value >> shift) & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def read(text: str) -> str | None:
    """The code as it was made, however it was typed; None where it is none."""
    if len(text) > LONGEST_INPUT:
        return None
    found = text.upper().translate(_READ_AS)
    return found if _FORM.fullmatch(found) else None


def shown(code: str) -> str:
    """In groups, as people read it out."""
    parts, start = [], 0
    for length in GROUPS:
        parts.append(code[start : start + length])
        start += length
    return "-".join(parts)


def digest(code: str) -> bytes:
    """What is stored of a code that `make` or `read` gave."""
    return hashlib.sha256(code.encode()).digest()
