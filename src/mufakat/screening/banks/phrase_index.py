"""The kernel of phrases: the first words of every phrase are looked up, and the rest only where they are met.

Most messages hold the beginning of no phrase, and two questions to a set, of words and of pairs of words, say so. Among
the letters alone every fifth place is looked at: a phrase of twelve letters holds, wherever it begins, eight that begin
at such a place.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.phrases import LONG, WORD_VIEWS, forms
from mufakat.screening.banks.shelf import Shelf
from mufakat.screening.expiry import until
from mufakat.screening.fold import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mufakat.screening.bank import Entry, Seen

GRAM = 8
"""Letters that are looked up together."""
STEP = LONG - GRAM + 1
"""Letters from one place that is looked at to the next: so many that none of `LONG` letters is passed over."""

Words = tuple[str, ...]


class PhraseIndex(Shelf):
    """Phrases by their first words, and by their letters."""

    kind: ClassVar = BankKind.PHRASE

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        super().__init__(name, entries, allow=allow)
        self._ends = [until(entry) for entry in self.entries]
        spelt = [forms(entry.value) for entry in self.entries]
        self._views = [
            (view, _WordIndex([phrases[place] for phrases, _ in spelt])) for place, view in enumerate(WORD_VIEWS)
        ]
        self._letters = _LetterIndex([letters for _, letters in spelt])

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        views, found = seen.views, {}
        before: list[str] | None = None
        for view, index in self._views:
            words = views.words(view)
            if words is not before or before is None:
                for number, (place, count) in index.find(words).items():
                    if number not in found:
                        found[number] = views.span_of_words(view, place, count)
            before = words
        if self._letters:
            alone = views[View.LETTERS]
            for number, (start, stop) in self._letters.find(alone.text).items():
                if number not in found:
                    found[number] = alone.span(start, stop)
        for number, span in found.items():
            end = self._ends[number]
            if end is None or at < end:
                yield Hit(self.entries[number], span)


class _WordIndex:
    """Phrases of one view: which are single words, which pairs begin longer ones, how long those are."""

    def __init__(self, phrases: Sequence[Words]) -> None:
        self._phrases: dict[Words, list[int]] = {}
        for number, phrase in enumerate(phrases):
            if phrase:
                self._phrases.setdefault(phrase, []).append(number)
        self._singles = {phrase[0] for phrase in self._phrases if len(phrase) == 1}
        self._lengths: dict[Words, set[int]] = {}
        for phrase in self._phrases:
            if len(phrase) > 1:
                self._lengths.setdefault(phrase[:2], set()).add(len(phrase))
        self._pairs = self._lengths.keys()

    def find(self, words: list[str]) -> dict[int, tuple[int, int]]:
        """By number of the phrase, the first word at which it stands, and how many words it has."""
        found: dict[int, tuple[int, int]] = {}
        if self._singles and not self._singles.isdisjoint(words):
            for place, word in enumerate(words):
                if word in self._singles:
                    self._take(found, (word,), place)
        if self._pairs and not self._pairs.isdisjoint(zip(words, islice(words, 1, None), strict=False)):
            for place in range(len(words) - 1):
                for length in self._lengths.get((words[place], words[place + 1]), ()):
                    self._take(found, tuple(words[place : place + length]), place)
        return found

    def _take(self, found: dict[int, tuple[int, int]], phrase: Words, place: int) -> None:
        for number in self._phrases.get(phrase, ()):
            found.setdefault(number, (place, len(phrase)))


class _LetterIndex:
    """Long phrases as letters alone, by every eight letters with which a place that is looked at may begin."""

    def __init__(self, letters: Sequence[str]) -> None:
        self._letters: dict[str, list[int]] = {}
        for number, one in enumerate(letters):
            if one:
                self._letters.setdefault(one, []).append(number)
        self._grams: dict[str, set[tuple[int, int]]] = {}
        for one in self._letters:
            for offset in range(STEP):
                self._grams.setdefault(one[offset : offset + GRAM], set()).add((offset, len(one)))

    def __bool__(self) -> bool:
        return bool(self._letters)

    def find(self, text: str) -> dict[int, tuple[int, int]]:
        """By number of the phrase, from and up to where it stands first."""
        found: dict[int, tuple[int, int]] = {}
        places = range(0, len(text) - GRAM + 1, STEP)
        if self._grams.keys().isdisjoint([text[place : place + GRAM] for place in places]):
            return found
        for place in places:
            for offset, length in self._grams.get(text[place : place + GRAM], ()):
                start = place - offset
                if start < 0:
                    continue
                for number in self._letters.get(text[start : start + length], ()):
                    known = found.get(number)
                    if known is None or start < known[0]:
                        found[number] = start, start + length
        return found
