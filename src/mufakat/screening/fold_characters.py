"""Folding character by character: what one character, or a base with its marks, becomes in each view. Pure.

Sources: UAX 15 (NFKC, NFKD; clusters are bounded as in its stream-safe format), the Unicode standard, 3.13 (casefold),
UTS 39 (confusables).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from mufakat.locator import confusables
from mufakat.screening import fold_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 32
"""Characters of a cluster that is normalised as one. Longer ones are no letters of any language, and sorting their
marks takes quadratic time; they are folded one by one."""

_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0")
"""Fillers of Hangul: letters by their category, and nothing to the eye."""

_BLANK = "\u2800"  # A Braille cell without dots: a sign by its category, a blank to the eye.
_STEPS = 8
_STRANGE = re.compile(r"[^\x00-\x7f]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")  # Those that are no blanks.


@cache
def clusters() -> re.Pattern[str]:
    """Runs of ASCII that no mark follows, and else a character with all that joins it."""
    joining = re.escape(fold_tables.joining())
    return re.compile(f"[\\x00-\\x7f]+(?![{joining}])|.[{joining}]*", re.DOTALL)


@lru_cache(maxsize=65_536)
def plain(cluster: str) -> str:
    """Compatibility form and case of one cluster, until nothing changes any more."""
    for _ in range(_STEPS):
        after = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
        if after == cluster:
            break
        cluster = after
    return cluster


def plain_in_place(text: str) -> str | None:
    """A text in which nothing but case is to be folded, one character for each; nothing where it is more."""
    if not unicodedata.is_normalized("NFKC", text):
        return None
    folded = text.casefold()
    return folded if len(folded) == len(text) and unicodedata.is_normalized("NFKC", folded) else None


def plain_parts(cluster: str) -> Iterator[tuple[int, int, str]]:
    """The folded parts of one cluster, each with the characters from which it came."""
    if len(cluster) <= LONGEST:
        yield 0, len(cluster), plain(cluster)
        return
    yield 0, 1, plain(cluster[0])
    for place, mark in enumerate(cluster[1:], 1):
        after = plain(mark)
        stays = all(unicodedata.category(one).startswith("M") for one in after)
        yield place, place + 1, after if stays else mark


@lru_cache(maxsize=65_536)
def bare(character: str) -> str:
    """What one character looks like in small letters; nothing, where there is nothing to see."""
    for _ in range(_STEPS):
        parts = unicodedata.normalize("NFKD", character)
        after = "".join(map(_look, parts)).casefold()
        if after == character:
            break
        character = after
    return character


def is_bare(text: str) -> bool:
    """Whether it is quickly seen that a text is bare but for its capitals: ASCII and signs, as most texts are."""
    return _CONTROLS.search(text) is None and all(map(_is_bare, _STRANGE.findall(text)))


@lru_cache(maxsize=65_536)
def _is_bare(character: str) -> bool:
    return character == bare(character) == character.lower()


def _look(character: str) -> str:
    own = fold_tables.look_alikes().get(character)
    if own is not None or _is_unseen(character):
        return own or ""
    if character == _BLANK:
        return " "
    category = unicodedata.category(character)
    if character.isascii() or category[0] not in "LN":
        return character  # Signs that look like letters (of money, dashes) are no letters.
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return confusables.table().get(ord(character), character).replace("rn", "m")


def _is_unseen(character: str) -> bool:
    """Marks, formats, controls that are no blanks, fillers."""
    category = unicodedata.category(character)
    return category in {"Mn", "Me", "Cf"} or (category == "Cc" and not character.isspace()) or character in _UNSEEN
