"""Folding word by word: digits and signs inside words, doubling by a two, chat spelling. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mufakat.screening import fold_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(r"(?:[^\W_]|[@$!|])+")
_DOUBLED = re.compile(r"([a-z]{3,})2([a-z]{0,4})")
"""A word that is said twice, with what may hang at its end: anak2, anak2nya."""

_LONGEST = 64
"""Characters of the longest word that is looked at as chat spelling or as a doubled one."""


def rewrites(text: str) -> Iterator[tuple[int, int, str]]:
    """What is to be written otherwise: from where, up to where, and as what; from left to right."""
    for found in _WORD.finditer(text):
        word = found[0].rstrip("!|@$")
        begin = found.start() + len(word)
        word = word.lstrip("!|")
        begin -= len(word)
        if any(map(str.isalpha, word)):
            yield from _of_word(word, begin)


def _of_word(word: str, begin: int) -> Iterator[tuple[int, int, str]]:
    meant = _meant(word) if len(word) <= _LONGEST else None
    if meant is not None:
        yield begin, begin + len(word), meant
        return
    letters = word.translate(fold_tables.leet())
    if letters != word:
        yield from (
            (begin + place, begin + place + 1, letter)
            for place, (letter, sign) in enumerate(zip(letters, word, strict=True))
            if letter != sign
        )


@lru_cache(maxsize=65_536)
def _meant(word: str) -> str | None:
    """The whole word as it is meant, or nothing: then its letters keep their places."""
    letters = word.translate(fold_tables.leet())
    if (doubled := _DOUBLED.fullmatch(letters)) is not None:
        once = fold_tables.chat().get(doubled[1], doubled[1])
        return f"{once} {once}{doubled[2]}"
    return fold_tables.chat().get(letters)
