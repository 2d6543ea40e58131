"""The views of one text, each made when a bank first asks for it, and the words of each.

Most banks need one view and most messages match nothing, so that what nobody asks for is never made.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from mufakat.screening import fold
from mufakat.screening.fold import SEAM, Folded, View

PLAIN_WORD = re.compile(r"[^\W_]+", re.ASCII)
_BETWEEN_WORDS = bytes(point if chr(point).isalnum() else ord(" ") for point in range(0x80)) + bytes(0x80)
"""What is no word is a blank; also the `?` that stands for what is not ASCII."""


class Views(Mapping[View, Folded]):
    """A text in each `View`, and its words in each; what has been made once is kept."""

    __slots__ = ("_both", "_folded", "_places", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._folded: Mapping[View, Folded] | None = None
        self._both: tuple[list[str], list[str]] | None = None
        self._places: dict[View, list[tuple[int, int]]] = {}

    def __getitem__(self, view: View) -> Folded:
        if self._folded is None:
            self._folded = fold.views(self._text)
        return self._folded[view]

    def __iter__(self) -> Iterator[View]:
        return iter(View)

    def __len__(self) -> int:
        return len(View)

    def words(self, view: View) -> list[str]:
        """The words of a view, in order. The list is kept: nobody changes it.

        Where nothing more was undone in the bare view, it is the very list of the plain one.
        """
        if view is View.LETTERS:
            return words(self[view].text)  # Which no bank asks for.
        return self.plain_and_bare()[view is View.BARE]

    def plain_and_bare(self) -> tuple[list[str], list[str]]:
        """The words of both views that are read, as `words` gives them; every message comes by here."""
        if self._both is None:
            plain, bare = self[View.PLAIN], self[View.BARE]
            found = words(plain.text)
            self._both = found, found if bare is plain else words(bare.text)
        return self._both

    def span_of_words(self, view: View, first: int, count: int) -> tuple[int, int]:
        """The characters of the original in which so many words of a view stand, from this one on."""
        folded = self[view]
        places = self._places.get(view)
        if places is None:  # Kept: whoever pastes a whole bank into a message is found a thousand times.
            places = self._places[view] = places_of_words(folded.text)
        start, end = places[first][0], places[first + count - 1][1]
        return folded.span(start, end)


def words(text: str) -> list[str]:
    """The words of a folded text: runs of letters, digits and the marks that belong to them; linear in the text."""
    if fold.has_plain_letters(text):
        return text.encode("ascii", "replace").translate(_BETWEEN_WORDS).decode().split()
    return _word().findall(text.replace("_", " "))


def places_of_words(text: str) -> list[tuple[int, int]]:
    """From and up to where each of `words` stands in the text."""
    found = PLAIN_WORD.finditer(text) if fold.has_plain_letters(text) else _word().finditer(text.replace("_", " "))
    return [one.span() for one in found]


@cache
def _word() -> re.Pattern[str]:
    # Marks are no word characters to `re`, though most scripts of India cannot write a word without them.
    ranges: list[list[int]] = []
    for code in range(0x300, min(sys.maxunicode, 0xE0200) + 1):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    marks = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    # The seam is a word of its own: what ends before it and what begins behind it do not follow one another.
    return re.compile(rf"[\w{marks}]+|{SEAM}")
