"""The kernels of digests and locators: what the item holds is looked up, however large the bank is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.locators import BELOW, without_scheme
from mufakat.screening.banks.shelf import OrderedShelf
from mufakat.screening.expiry import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mufakat.locator import Locator
    from mufakat.screening.bank import Entry, Seen

Kept = tuple["Entry", "datetime | None"]
"""An entry, and until when it counts."""
Index = dict[str, list[Kept]]


class DigestIndex(OrderedShelf):
    """Digests by themselves."""

    kind: ClassVar = BankKind.DIGEST

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        super().__init__(name, entries, allow=allow)
        self._index: Index = {}
        for entry in self.entries:
            self._index.setdefault(entry.value, []).append((entry, until(entry)))

    def find(self, seen: Seen, *, at: datetime) -> list[Hit]:
        """As `Bank.find`."""
        return super().find(seen, at=at) if seen.digests else []

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        for digest in seen.digests:
            for entry, end in self._index.get(digest, ()):
                if end is None or at < end:
                    yield Hit(entry, None)


class LocatorIndex(OrderedShelf):
    """Hosts by name, addresses without their scheme, what Telegram names by its canonical form."""

    kind: ClassVar = BankKind.LOCATOR

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        super().__init__(name, entries, allow=allow)
        self._hosts: Index = {}
        self._named: Index = {}
        self._addresses: Index = {}
        self._below: Index = {}
        for entry in self.entries:
            index, key = self._place_of(entry.value)
            index.setdefault(key, []).append((entry, until(entry)))
        # Nobody asks deeper than the deepest entry: a path of a thousand steps is not taken apart.
        self._deepest = max((key.count("/") for key in self._below), default=-1)

    def find(self, seen: Seen, *, at: datetime) -> list[Hit]:
        """As `Bank.find`."""
        return super().find(seen, at=at) if seen.locators else []

    def _place_of(self, value: str) -> tuple[Index, str]:
        if "://" in value:
            address = without_scheme(value)
            return (self._below, address[: -len(BELOW)]) if address.endswith(BELOW) else (self._addresses, address)
        return (self._named if ":" in value and value[0] != "[" else self._hosts), value

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        found: set[int] = set()
        for locator, span in seen.locators:
            for kept in self._covering(locator):
                for entry, end in kept:
                    if (end is None or at < end) and id(entry) not in found:
                        found.add(id(entry))
                        yield Hit(entry, span)

    def _covering(self, locator: Locator) -> list[list[Kept]]:
        canonical, host = locator.canonical, locator.host if self._hosts else None
        found: list[list[Kept]] = []
        if "://" in canonical:
            address = without_scheme(canonical)
            _add(found, self._addresses, (address,))
            if self._below:
                _add(found, self._below, _above(address.partition("?")[0], self._deepest))
        elif self._named:
            _add(found, self._named, _above(canonical, canonical.count("/")))
        if host is not None:
            _add(found, self._hosts, _parents(host))
        return found


def _add(found: list[list[Kept]], index: Index, keys: Iterable[str]) -> None:
    """Add what an index has under these keys."""
    if index:
        found += [index[key] for key in keys if key in index]


def _parents(host: str) -> list[str]:
    """A host and the names above it; of an IP address itself alone is ever found, since `8.8` is no entry."""
    if host[0] == "[":
        return [host]
    labels = host.split(".")
    return [".".join(labels[place:]) for place in range(len(labels))]


def _above(path: str, deepest: int) -> Iterator[str]:
    """What lies above a path, up to so many steps, and the path itself."""
    slash = path.find("/")
    for _ in range(deepest + 1):
        if slash < 0:
            yield path
            return
        yield path[:slash]
        slash = path.find("/", slash + 1)
