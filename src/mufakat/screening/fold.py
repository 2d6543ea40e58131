"""Text as it is meant: three views of one text, each undoing more of what hides words, with the way back.

Every character of a view knows which characters of the original it came from, so that a match is shown where it stands.
Pure, and linear in the length of the text whatever it holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mufakat.screening import fold_characters, fold_order, fold_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SEAM = "\uffff"
"""Stands in BARE and LETTERS between the text as it is stored and, where an override turns it around, as it is read."""

_BLANKS = re.compile(r"[^\S ]\s*| \s+")
_NO_LETTERS = re.compile(rf"[^\W\d_{SEAM}]")


class View(StrEnum):
    """How much is undone."""

    PLAIN = "plain"  # Compatibility forms and case (NFKC, casefold); what nobody would call hiding.
    BARE = "bare"  # Also format and bidi characters, marks, confusables, leet; Indonesian chat spelling word by word.
    LETTERS = "letters"  # Also everything but letters, and runs of one letter: for long phrases alone.


@dataclass(frozen=True, slots=True)
class Folded:
    """A view of a text. `begins[i]` and `ends[i]` bound what character i came from, in characters of the original."""

    text: str
    begins: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the original from which ``text[start:end]`` came; ``start < end``."""
        return min(self.begins[start:end]), max(self.ends[start:end])


def fold(text: str, view: View) -> Folded:
    """One view of a text."""
    return views(text)[view]


def views(text: str) -> Mapping[View, Folded]:
    """Every view of a text."""
    bare = _bare(text)
    return {View.PLAIN: _plain(text), View.BARE: bare, View.LETTERS: _letters(bare)}


def _plain(text: str) -> Folded:
    if text.isascii():
        return _with_one_blank(Folded(text.lower(), range(len(text)), range(1, len(text) + 1)))
    pieces: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    for found in fold_characters.clusters().finditer(text):
        begin, end = found.span()
        cluster = found[0]
        if cluster.isascii():
            pieces.append(cluster.lower())
            begins.extend(range(begin, end))
            ends.extend(range(begin + 1, end + 1))
        elif end - begin > fold_characters.LONGEST:
            for place, one in enumerate(cluster, begin):
                piece = fold_characters.plain_mark(one) if place > begin else fold_characters.plain(one)
                pieces.append(piece)
                begins.extend([place] * len(piece))
                ends.extend([place + 1] * len(piece))
        else:
            piece = fold_characters.plain(cluster)
            pieces.append(piece)
            begins.extend([begin] * len(piece))
            ends.extend([end] * len(piece))
    return _with_one_blank(Folded("".join(pieces), begins, ends))


def _bare(text: str) -> Folded:
    looks = _looks(text)
    return _in_words(_with_one_blank(looks))


def _looks(text: str) -> Folded:
    order: Iterable[int] = range(len(text))
    if text.isascii() and text.isprintable():
        return Folded(text.lower(), range(len(text)), range(1, len(text) + 1))
    looks = list(map(fold_characters.bare, text))
    turned = fold_order.as_read(text) if fold_order.OVERRIDE in text else None
    if turned is not None:
        order = (*order, len(text), *turned)
        looks.append(SEAM)
    begins = [place for place in order for _ in looks[place]]
    return Folded("".join(looks[place] for place in order), begins, [min(place + 1, len(text)) for place in begins])


def _in_words(folded: Folded) -> Folded:
    return _rewritten(folded, fold_words.rewrites(folded.text))


def _letters(bare: Folded) -> Folded:
    places = []
    last = ""
    for place, one in enumerate(bare.text):
        if one.isalpha() or one == SEAM:
            if one != last:
                places.append(place)
            last = one
    return Folded(
        "".join(bare.text[place] for place in places),
        [bare.begins[place] for place in places],
        [bare.ends[place] for place in places],
    )


def _with_one_blank(folded: Folded) -> Folded:
    """Newlines, tabs and blanks of any kind and number are one blank."""
    if _BLANKS.search(folded.text) is None:
        return folded
    return _rewritten(folded, ((*found.span(), " ") for found in _BLANKS.finditer(folded.text)))


def _rewritten(folded: Folded, rewrites: Iterable[tuple[int, int, str]]) -> Folded:
    """With other text from, and up to, these places; each of its characters came from all that it stands for."""
    pieces: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    last = 0
    for start, end, text in rewrites:
        begin, stop = folded.span(start, end)
        pieces += (folded.text[last:start], text)
        begins += (*folded.begins[last:start], *[begin] * len(text))
        ends += (*folded.ends[last:start], *[stop] * len(text))
        last = end
    if not pieces:
        return folded
    pieces.append(folded.text[last:])
    return Folded("".join(pieces), [*begins, *folded.begins[last:]], [*ends, *folded.ends[last:]])
