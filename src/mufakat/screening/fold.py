"""Text as it is meant: three views of one text, each undoing more of what hides words, with the way back.

Every character of a view knows which characters of the original it came from, so that a match is shown where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    """A stand-in until the whole of it is there: case in every view, letters alone in the last."""
    kept = [(lowered, place) for place, lowered in enumerate(text.lower() if len(text.lower()) == len(text) else text)]
    if view is View.LETTERS:
        kept = [(letter, place) for letter, place in kept if letter.isalpha()]
    places = [place for _, place in kept]
    return Folded("".join(letter for letter, _ in kept), places, [place + 1 for place in places])
