"""Folding word by word: signs inside words, drawn-out letters, doubling by a two, chat spelling. Pure."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from string import ascii_lowercase
from typing import TYPE_CHECKING

from mufakat.screening import fold_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_WORD = re.compile(r"(?:[^\W_]|[@$!|])+")
_ASCII_WORD = re.compile(r"[0-9a-z@$!|]+")
_PLAIN_WORD = re.compile(r"(?<![^\W_])[a-z]+(?![^\W_])")
_RUN = re.compile(r"([a-z])\1{2,}|.", re.DOTALL)
"""A letter that is drawn out, or any character: no Indonesian word has one letter three times in a row."""

_SIGNED = re.compile(r"(?<![^\W_])[a-z0-9](?:([^\w\s]|_)[a-z0-9])(?:\1[a-z0-9])+(?![^\W_])")
_SPACED = re.compile(r"(?<!\S)[a-z0-9](?: [a-z0-9]){2,}(?!\S)")
"""Three letters or more: fewer are no word."""

_SIGNS = b"0123456789@$!|"
_DRAWN = re.compile(rb"([a-z])\1\1")
_AT_ONCE = 1_000
"""Characters of a text that is held against itself as one number; longer ones are rare."""
_BETWEEN_WORDS = bytes(point if chr(point) in ascii_lowercase else ord(" ") for point in range(0x100))
_ALONE = frozenset(letter.encode() for letter in ascii_lowercase)
_DOUBLED = re.compile(r"([a-z]{3,})2([a-z]{0,4})")
"""A word that is said twice, with what may hang at its end: anak2, anak2nya."""

_LONGEST = 64
"""Characters of the longest word that is looked at as a doubled one, and that is remembered."""


def is_as_meant(text: str) -> bool:
    """Whether it is quickly seen that there is nothing to do: most texts are like that."""
    plain = text.encode("ascii", "replace")  # What is to be written otherwise is in plain letters by now.
    return (
        len(plain.translate(None, _SIGNS)) == len(plain)
        and _short_forms().isdisjoint(plain.translate(_BETWEEN_WORDS).split())
        and not _is_drawn(plain)
    )


def is_in_words(text: str) -> bool:
    """Whether it is quickly seen that nothing but the spelling of chats can be otherwise than it is meant.

    No letter stands alone or is drawn out, and no sign stands for one: then no word is torn apart or written in signs.
    """
    plain = text.encode("ascii", "replace")
    return (
        len(plain.translate(None, _SIGNS)) == len(plain)
        and _ALONE.isdisjoint(plain.translate(_BETWEEN_WORDS).split())
        and not _is_drawn(plain)
    )


def _is_drawn(plain: bytes) -> bool:
    """Whether a letter of ASCII stands three times in a row."""
    if len(plain) > _AT_ONCE:
        return _DRAWN.search(plain) is not None
    # Each byte against the next two: zero where all three are one, and then alone nothing is carried to its eighth bit.
    number = int.from_bytes(plain)
    other = number ^ number >> 8
    low, high = _masks(len(plain))
    return ((other | other >> 8) + low) & high != high and _DRAWN.search(plain) is not None


@cache
def _masks(length: int) -> tuple[int, int]:
    return int.from_bytes(b"\x7f" * length), int.from_bytes(b"\x80" * length)


def is_spelt_out(text: str) -> bool:
    """Whether letters stand alone one after the other."""
    return _SPACED.search(text) is not None


def spaced(text: str) -> Iterator[tuple[int, int, str]]:
    """The blanks between the letters of a word that is spelt out, to be dropped; more than one blank ends the word."""
    return _without_signs(_SPACED.finditer(text))


def signed(text: str) -> Iterator[tuple[int, int, str]]:
    """The signs between the letters of a word, to be dropped, where it is the same between all of them."""
    return _without_signs(_SIGNED.finditer(text))


def _without_signs(every: Iterable[re.Match[str]]) -> Iterator[tuple[int, int, str]]:
    for found in every:
        if any(map(str.isalpha, found[0][::2])):
            start, end = found.span()
            yield from ((place, place + 1, "") for place in range(start + 1, end, 2))


def letters(text: str) -> Iterator[tuple[int, int, str]]:
    """What stands for letters, drawn-out letters, doubled words: from where, up to where, and as what it is read."""
    for found in (_ASCII_WORD if text.isascii() else _WORD).finditer(text):
        word = found[0]
        if changes := _of_short(word) if len(word) <= _LONGEST else _of_word(word):
            begin = found.start()
            for start, end, read in changes:
                yield begin + start, begin + end, read


def spellings(text: str) -> Iterator[tuple[int, int, str]]:
    """The spelling of chats: from where, up to where, and as what it is read."""
    chat = fold_tables.chat()
    return ((*found.span(), chat[found[0]]) for found in _PLAIN_WORD.finditer(text) if found[0] in chat)


def _of_word(signs: str) -> Sequence[tuple[int, int, str]]:
    """As `letters`, of one word, in which signs may stand before and after what is read."""
    word = signs.rstrip("!|")
    end = len(word)
    word = word.lstrip("!|")
    begin = end - len(word)
    if not any(map(str.isalpha, word)):
        return ()  # A number, a price.
    read = word.translate(fold_tables.leet())
    parts = [(*found.span(), found[1] or found[0]) for found in _RUN.finditer(read)]
    if len(parts) == 1:
        parts = [(place, place + 1, letter) for place, letter in enumerate(read)]  # One letter alone is no word.
    if len(parts) <= _LONGEST and (twice := _DOUBLED.fullmatch("".join(part for _, _, part in parts))) is not None:
        return ((begin, end, f"{twice[1]} {twice[1]}{twice[2]}"),)
    return tuple((begin + start, begin + stop, part) for start, stop, part in parts if part != word[start:stop])


_of_short = lru_cache(maxsize=65_536)(_of_word)


@cache
def _short_forms() -> frozenset[bytes]:
    """What may have to be written otherwise: chat spelling, and letters that stand alone."""
    return frozenset(word.encode() for word in (*fold_tables.chat(), *ascii_lowercase))
