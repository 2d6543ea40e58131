"""What an item points at and holds, taken out of it once for every bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.screening.bank import Seen
from mufakat.screening.views import Views

if TYPE_CHECKING:
    from mufakat.screening.item import Item

MIN_PDQ_QUALITY = 50
"""A hash of less quality (0 to 100) comes from a picture without features, and is near to many."""


def see(item: Item) -> Seen:
    """Everything that banks ask about an item."""
    has_pdq = item.pdq is not None and item.pdq_quality is not None and item.pdq_quality >= MIN_PDQ_QUALITY
    return Seen(
        item=item,
        views=Views(item.text),
        locators=(),
        digests=(item.sha256,) if item.sha256 else (),
        pdq=bytes.fromhex(item.pdq) if has_pdq and item.pdq else None,
    )
