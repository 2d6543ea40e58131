"""Phrases: words one after the other, whatever stands between them, with word boundaries at both ends.

A phrase is looked for in the plain view of a text, then in the bare one. One of at least `LONG` letters is also looked
for among the letters alone, without any boundary: there a shorter one would be found inside innocent words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mufakat.screening import fold
from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.shelf import OrderedShelf
from mufakat.screening.expiry import is_there
from mufakat.screening.fold import View
from mufakat.screening.views import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mufakat.screening.bank import Entry, Seen

LONG = 12
"""Letters that a phrase must have, runs of one letter counted as one, to be looked for without word boundaries."""

WORD_VIEWS = (View.PLAIN, View.BARE)


class PhraseBank(OrderedShelf):
    """The reference: every phrase is held against every place of every view."""

    kind: ClassVar = BankKind.PHRASE

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        super().__init__(name, entries, allow=allow)
        self._phrases = [(entry, *forms(entry.value)) for entry in self.entries]

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        for entry, phrases, letters in self._phrases:
            span = _first_place(seen, phrases, letters) if is_there(entry, at=at) else None
            if span is not None:
                yield Hit(entry, span)


def forms(phrase: str) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The words of a phrase in the plain and the bare view, and its letters alone, empty where they are too few."""
    folded = fold.views(phrase)
    letters = folded[View.LETTERS].text
    return tuple(tuple(words(folded[view].text)) for view in WORD_VIEWS), letters if len(letters) >= LONG else ""


def _first_place(seen: Seen, phrases: Sequence[tuple[str, ...]], letters: str) -> tuple[int, int] | None:
    for view, phrase in zip(WORD_VIEWS, phrases, strict=True):
        text = seen.views.words(view)
        for place in range(len(text) - len(phrase) + 1):
            if phrase and tuple(text[place : place + len(phrase)]) == phrase:
                return seen.views.span_of_words(view, place, len(phrase))
    if not letters:
        return None
    alone = seen.views[View.LETTERS]
    place = alone.text.find(letters)
    return None if place < 0 else alone.span(place, place + len(letters))
