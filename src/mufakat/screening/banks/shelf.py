"""What every bank has: its name, its kind, its entries, and the order in which it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mufakat.screening.bank import BankKind, Entry, Hit, Seen

BESIDE = (float("inf"), float("inf"))
"""Where a hit comes that has no place in the text: behind all that have one."""


class Shelf(ABC):
    """A bank without its question. `allow`: whether what is found here is never acted upon."""

    kind: ClassVar[BankKind]

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        self.name = name
        self.allow = allow
        self.entries = tuple(entries)

    @abstractmethod
    def find(self, seen: Seen, *, at: datetime) -> list[Hit]:
        """What of this bank stands in the item, at this time, in the order of the text; each entry once."""


class OrderedShelf(Shelf):
    """One that finds its hits in any order."""

    def find(self, seen: Seen, *, at: datetime) -> list[Hit]:
        return in_order(self._hits(seen, at))

    @abstractmethod
    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]: ...


def in_order(hits: Iterable[Hit]) -> list[Hit]:
    """Hits in the order in which every bank answers."""
    found = list(hits)
    if len(found) > 1:
        found.sort(key=_place)
    return found


def _place(hit: Hit) -> tuple[tuple[float, float], str]:
    return hit.span or BESIDE, hit.entry.id
