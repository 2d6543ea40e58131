"""The kernel of patterns: all are asked in one pass which of them may be found at all, and those few are searched for.

RE2 says of a set which patterns match. Where its memory does not suffice it says nothing, as if none did. So a pattern
that always matches is in every set, and where it is missing each pattern is searched for by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.patterns import PATTERN_VIEWS, compiled, encodable, first_place, one_pass
from mufakat.screening.banks.shelf import OrderedShelf
from mufakat.screening.expiry import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mufakat.screening.bank import Entry, Seen


class PatternSet(OrderedShelf):
    """Patterns in one set."""

    kind: ClassVar = BankKind.PATTERN

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        super().__init__(name, entries, allow=allow)
        self._patterns = [compiled(entry.value) for entry in self.entries]
        self._ends = [until(entry) for entry in self.entries]
        self._set = one_pass([*(entry.value for entry in self.entries), ""])

    def find(self, seen: Seen, *, at: datetime) -> list[Hit]:
        """As `Bank.find`."""
        return super().find(seen, at=at) if self.entries and seen.item.text else []

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        for number in self._possible(seen):
            end = self._ends[number]
            span = first_place(seen, self._patterns[number]) if end is None or at < end else None
            if span is not None:
                yield Hit(self.entries[number], span)

    def _possible(self, seen: Seen) -> Iterable[int]:
        """The patterns that some view holds, by number."""
        always = len(self._patterns)
        found: set[int] = set()
        for text in {encodable(seen.views[view].text) for view in PATTERN_VIEWS}:
            matching = self._set.Match(text) or ()
            if always not in matching:
                return range(always)
            found.update(matching)
        return found - {always}
