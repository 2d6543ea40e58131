"""The kernel of phrases: the first words of every phrase are looked up, and the rest only where they are met.

Most messages hold the beginning of no phrase, and two questions to a set, of words and of pairs of words, say so. Among
the letters alone every third place is looked at: a phrase of twelve letters holds, wherever it begins, ten that begin
at such a place.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, ClassVar

from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.phrases import LONG, forms
from mufakat.screening.banks.shelf import Shelf, in_order
from mufakat.screening.expiry import until
from mufakat.screening.fold import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from mufakat.screening.bank import Entry, Seen
    from mufakat.screening.views import Views

GRAM = 10
"""Letters that are looked up together."""
STEP = LONG - GRAM + 1
"""Letters from one place that is looked at to the next: so many that none of `LONG` letters is passed over."""

MANY = 400
"""Places of a text that are cut out at once; longer texts are rare."""

Words = tuple[str, ...]


class PhraseIndex(Shelf):
    """Phrases by their first words, and by their letters."""

    kind: ClassVar = BankKind.PHRASE

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        super().__init__(name, entries, allow=allow)
        self._ends = [until(entry) for entry in self.entries]
        spelt = [forms(entry.value) for entry in self.entries]
        self._plain = _WordIndex([plain for (plain, _), _ in spelt])
        self._bare = _WordIndex([bare for (_, bare), _ in spelt])
        # Where nothing was to be undone in a text, the phrases in which something was may still stand.
        self._undone = _WordIndex([() if plain == bare else bare for (plain, bare), _ in spelt])
        # Nearly every text is such a one, and begins no phrase at all: one question for both.
        self._singles = self._plain.singles | self._undone.singles
        self._pairs = {*self._plain.pairs, *self._undone.pairs}
        self._letters = _LetterIndex([letters for _, letters in spelt])

    def find(self, seen: Seen, *, at: datetime) -> list[Hit]:
        """As `Bank.find`."""
        found = self._in_words(seen.views)
        if self._letters:
            alone = seen.views[View.LETTERS]
            for number, (start, stop) in self._letters.find(alone.text).items():
                if number not in found:
                    found[number] = alone.span(start, stop)
        if not found:
            return []
        ends, entries = self._ends, self.entries
        return in_order(
            Hit(entries[number], span) for number, span in found.items() if (end := ends[number]) is None or at < end
        )

    def _in_words(self, views: Views) -> dict[int, tuple[int, int]]:
        plain, bare = views.plain_and_bare()
        if bare is plain and self._singles.isdisjoint(plain) and self._pairs.isdisjoint(_pairs(plain)):
            return {}
        found: dict[int, tuple[int, int]] = {}
        for number, (place, count) in self._plain.find(plain).items():
            found[number] = views.span_of_words(View.PLAIN, place, count)
        for number, (place, count) in (self._undone if bare is plain else self._bare).find(bare).items():
            if number not in found:
                found[number] = views.span_of_words(View.BARE, place, count)
        return found


class _WordIndex:
    """Phrases of one view: which are single words, which pairs begin longer ones, how long those are."""

    def __init__(self, phrases: Sequence[Words]) -> None:
        self._phrases: dict[Words, list[int]] = {}
        for number, phrase in enumerate(phrases):
            if phrase:
                self._phrases.setdefault(phrase, []).append(number)
        self.singles = {phrase[0] for phrase in self._phrases if len(phrase) == 1}
        self._lengths: dict[Words, set[int]] = {}
        for phrase in self._phrases:
            if len(phrase) > 1:
                self._lengths.setdefault(phrase[:2], set()).add(len(phrase))
        self.pairs = self._lengths.keys()

    def find(self, words: list[str]) -> dict[int, tuple[int, int]]:
        """By number of the phrase, the first word at which it stands, and how many words it has."""
        found: dict[int, tuple[int, int]] = {}
        if self.singles and not self.singles.isdisjoint(words):
            for place, word in enumerate(words):
                if word in self.singles:
                    self._take(found, (word,), place)
        if self.pairs and not self.pairs.isdisjoint(_pairs(words)):
            for place in range(len(words) - 1):
                for length in self._lengths.get((words[place], words[place + 1]), ()):
                    self._take(found, tuple(words[place : place + length]), place)
        return found

    def _take(self, found: dict[int, tuple[int, int]], phrase: Words, place: int) -> None:
        for number in self._phrases.get(phrase, ()):
            found.setdefault(number, (place, len(phrase)))


def _pairs(words: list[str]) -> Iterable[Words]:
    return zip(words, islice(words, 1, None), strict=False)


@cache
def _cutter(many: int) -> Callable[[str], tuple[str, ...]]:
    """Cuts so many places out of a text in one call."""
    return itemgetter(*(slice(place, place + GRAM) for place in range(0, many * STEP, STEP)))


class _LetterIndex:
    """Long phrases as letters alone, by every ten letters with which a place that is looked at may begin."""

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
        grams = self._grams
        many = (len(text) - GRAM) // STEP + 1
        if 1 < many <= MANY and grams.keys().isdisjoint(_cutter(many)(text)):
            return {}
        places = range(0, len(text) - GRAM + 1, STEP)
        if not (met := [place for place in places if text[place : place + GRAM] in grams]):
            return {}
        found: dict[int, tuple[int, int]] = {}
        for place in met:
            for offset, length in grams[text[place : place + GRAM]]:
                start = place - offset
                if start < 0:
                    continue
                for number in self._letters.get(text[start : start + length], ()):
                    known = found.get(number)
                    if known is None or start < known[0]:
                        found[number] = start, start + length
        return found
