"""Folding word by word: digits and signs inside words, doubling by a two, chat spelling. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mufakat.screening import fold_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD = re.compile(r"(?:[^\W_]|[@$!|])+")
_ASCII_WORD = re.compile(r"[0-9a-z@$!|]+")
_SIGN = re.compile(r"[0-9@$!|]")
_BETWEEN_WORDS = {point: " " for point in range(0x80) if not chr(point).isalpha()}
_DOUBLED = re.compile(r"([a-z]{3,})2([a-z]{0,4})")
"""A word that is said twice, with what may hang at its end: anak2, anak2nya."""

_LONGEST = 64
"""Characters of the longest word that is looked at as chat spelling or as a doubled one, and that is remembered."""


def rewrites(text: str) -> Iterator[tuple[int, int, str]]:
    """What is to be written otherwise: from where, up to where, and as what; from left to right."""
    if _is_as_meant(text):
        return
    for found in (_ASCII_WORD if text.isascii() else _WORD).finditer(text):
        word = found[0]
        if changes := _of_short(word) if len(word) <= _LONGEST else _of_word(word):
            begin = found.start()
            for start, end, meant in changes:
                yield begin + start, begin + end, meant


def _is_as_meant(text: str) -> bool:
    """Whether it is quickly seen that there is nothing to do: most texts are like that."""
    if not text.isascii() or _SIGN.search(text) is not None:
        return False
    return fold_tables.chat().keys().isdisjoint(text.translate(_BETWEEN_WORDS).split())


def _of_word(signs: str) -> Sequence[tuple[int, int, str]]:
    """The same of one word, in which signs may stand before and after the letters."""
    word = signs.rstrip("!|@$")
    end = len(word)
    word = word.lstrip("!|")
    begin = end - len(word)
    if not any(map(str.isalpha, word)):
        return ()  # A number, a price.
    letters = word.translate(fold_tables.leet())
    if len(word) <= _LONGEST and (meant := _meant(letters)) is not None:
        return ((begin, end, meant),)
    return tuple(
        (place, place + 1, letter)
        for place, letter, sign in zip(range(begin, end), letters, word, strict=True)
        if letter != sign
    )


_of_short = lru_cache(maxsize=65_536)(_of_word)


def _meant(letters: str) -> str | None:
    """What stands for the whole word; nothing where its letters keep their places."""
    if (doubled := _DOUBLED.fullmatch(letters)) is not None:
        once = fold_tables.chat().get(doubled[1], doubled[1])
        return f"{once} {once}{doubled[2]}"
    return fold_tables.chat().get(letters)
