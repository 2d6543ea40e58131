"""Digests of files, in hexadecimal: SHA-256 (FIPS 180-4), and SHA-1 and MD5, of which older lists still speak."""

from __future__ import annotations

import re

# Hexadecimal digits by the name of the digest.
LENGTHS = {"sha256": 64, "sha1": 40, "md5": 32}
NAMES = {"sha256": "sha256", "sha-256": "sha256", "sha1": "sha1", "sha-1": "sha1", "md5": "md5"}
BY_LENGTH = {length: name for name, length in LENGTHS.items()}
HEXADECIMAL = re.compile(r"[0-9a-f]+")


def is_name(word: str) -> bool:
    """Whether a word, in lower case, names a digest."""
    return word in NAMES


def named(name: str, value: str) -> str | None:
    """The canonical form of a digest whose name was given, or None if the value is no such digest."""
    canonical, digits = NAMES[name], value.strip(" ").lower()
    if len(digits) != LENGTHS[canonical] or not HEXADECIMAL.fullmatch(digits):
        return None
    return f"{canonical}:{digits}"


def bare(text: str) -> str | None:
    """The canonical form of hexadecimal digits whose number tells the digest, or None."""
    name = BY_LENGTH.get(len(text))
    return named(name, text) if name else None
