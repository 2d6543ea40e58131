"""Hosts, addresses and what Telegram names: an entry covers what it names, and what lies below it.

An entry is the canonical form of `locator`, with one addition of ours:

- a host covers itself and every host below it; an IP address covers itself alone;
- an address covers exactly itself, whether over http or https;
- an address that ends in ``/*`` covers the address without it and every path below, whatever the query;
- what Telegram names covers itself and what lies in it: a channel its messages and stories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.shelf import OrderedShelf
from mufakat.screening.expiry import is_there

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mufakat.locator import Locator
    from mufakat.screening.bank import Seen

WEB = ("https://", "http://")
BELOW = "/*"


class LocatorBank(OrderedShelf):
    """The reference: every entry is held against every locator of the item."""

    kind: ClassVar = BankKind.LOCATOR

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        for entry in self.entries:
            for locator, span in seen.locators:
                if covers(entry.value, locator) and is_there(entry, at=at):
                    yield Hit(entry, span)
                    break


def covers(value: str, locator: Locator) -> bool:
    """Whether an entry of this value covers a locator."""
    if "://" in value:
        return _covers_address(without_scheme(value), locator)
    if ":" in value and value[0] != "[":
        return locator.canonical == value or locator.canonical.startswith(f"{value}/")
    host = locator.host
    return host is not None and (host == value or host.endswith(f".{value}"))


def _covers_address(value: str, locator: Locator) -> bool:
    if "://" not in locator.canonical:
        return False
    address = without_scheme(locator.canonical)
    if not value.endswith(BELOW):
        return address == value
    path = address.partition("?")[0]
    return path == value.removesuffix(BELOW) or path.startswith(value.removesuffix("*"))


def without_scheme(canonical: str) -> str:
    """An address without ``https://`` or ``http://``, which both lead to the same page; ``ftp://`` stays."""
    return canonical.partition("://")[2] if canonical.startswith(WEB) else canonical
