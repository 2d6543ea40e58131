"""What every bank is: entries with their provenance, and one question, what of it stands in this item.

A reference implementation for each kind is in `banks/`, one obvious file each; a faster kernel stands beside it and
agrees with it. Inverting an entry is impossible here: `allow` always wins, which the policy sees to.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NamedTuple, Protocol

from msgspec import Meta, Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mufakat.locator import Locator
    from mufakat.screening.item import Item
    from mufakat.screening.views import Views


class BankKind(StrEnum):
    """What its entries are."""

    DIGEST = "digest"  # SHA-256 of a file, lower-case hex.
    LOCATOR = "locator"  # A host with everything below it, an address, a channel: the canonical form of `locator`.
    PHRASE = "phrase"  # Words one after the other, with word boundaries.
    PATTERN = "pattern"  # A regular expression that is matched in linear time.
    PDQ = "pdq"  # A perceptual hash; what is near enough is found.


class Entry(Struct, frozen=True, kw_only=True):
    """One entry: what it is, whence it came, and until when it counts. Times are RFC 3339 in UTC.

    An entry whose `expires_at` has passed is not there. `shadow` is one that was imported and not reviewed yet (I-17).
    """

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    value: Annotated[str, Meta(min_length=1, max_length=4_096)]
    source: Annotated[str, Meta(min_length=1, max_length=200)]
    category: Annotated[str, Meta(min_length=1, max_length=64)]
    ground: Annotated[str, Meta(min_length=1, max_length=500)]
    author: Annotated[str, Meta(max_length=200)] = ""
    review_at: str | None = None
    expires_at: str | None = None
    shadow: bool = False


class Hit(NamedTuple):
    """An entry that was found, and where: characters of the original text, from and up to; None where it has none."""

    entry: Entry
    span: tuple[int, int] | None


class Seen(NamedTuple):
    """An item with all that was taken out of it, once, for every bank.

    `views` are its text in each view; `locators` what it points at, each with its place in the text (None: it stood
    beside the text, in `urls`); `digests` are SHA-256, lower-case hex; `pdq` 32 bytes, of a quality that is matched.
    `more` says that the item points at more than was looked at.
    """

    item: Item
    views: Views
    locators: Sequence[tuple[Locator, tuple[int, int] | None]]
    digests: Sequence[str]
    pdq: bytes | None
    more: bool = False


class Bank(Protocol):
    """A bank: its name, what its entries are, whether it allows rather than accuses, and the one question."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> BankKind: ...

    @property
    def allow(self) -> bool:
        """Whether what is found here is never acted upon."""
        ...

    def find(self, seen: Seen, *, at: datetime) -> Iterable[Hit]:
        """What of this bank stands in the item, at this time, in the order of the text."""
        ...
