"""What folding knows: look-alikes, digits that stand for letters, and how words are shortened in chats. Pure.

The tables lie as text beside this module (`written/`), each with its source, so that whoever knows better can read and
correct them. Unicode's own table of confusable characters is in `locator`.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FOLDER = resources.files("mufakat.screening") / "written"

_JAMO = range(0x1161, 0x1200)
"""Vowels and finals of Hangul, which are one syllable with what stands before them."""

_HIDDEN = (*range(0x3131, 0x318F), *range(0xFFA0, 0xFFDD), 0xFF9E, 0xFF9F, 0x0E33, 0x0EB3)
"""Among these are letters that come apart into such vowels, finals and marks: of Hangul, Katakana, Thai and Lao."""


@cache
def chat() -> Mapping[str, str]:
    """By spelling, the word or words that are meant."""
    return {spelling: meant for meant, spelling in _pairs("chat.txt")}


@cache
def leet() -> Mapping[int, str]:
    """By code point of a digit or sign, the letter. For `translate`."""
    return {ord(sign): letter for letter, sign in _pairs("leet.txt")}


@cache
def look_alikes() -> Mapping[str, str]:
    """By character, the letter that it looks like; besides Unicode's own table, and before it."""
    return {character: letter for letter, character in _pairs("look_alikes.txt")}


@cache
def joining() -> str:
    """Every character that may become one with what stands before it: marks, vowels and finals of Hangul."""
    first = {chr(point) for point in (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0)) if _is_mark(chr(point))}
    first.update(map(chr, _JAMO))
    hidden = {chr(point) for point in _HIDDEN if unicodedata.normalize("NFKD", chr(point))[0] in first}
    return "".join(sorted(first | hidden))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _pairs(name: str) -> Iterator[tuple[str, str]]:
    """What stands before the colon of each line, with every word after it."""
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            left, _, right = line.partition(": ")
            yield from ((sys.intern(left), one) for one in right.split())
