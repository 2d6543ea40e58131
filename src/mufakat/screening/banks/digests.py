"""Digests: SHA-256 of a file (FIPS 180-4), found when it is the very same. Hashes that match nearly are in `pdq`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.shelf import OrderedShelf
from mufakat.screening.expiry import is_there

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mufakat.screening.bank import Seen


class DigestBank(OrderedShelf):
    """The reference: an entry is there if its digest is one of the item's. Digests have no place in the text."""

    kind: ClassVar = BankKind.DIGEST

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        for entry in self.entries:
            if entry.value in seen.digests and is_there(entry, at=at):
                yield Hit(entry, None)
