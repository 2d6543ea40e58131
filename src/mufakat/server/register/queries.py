"""Read the register: search, newest first, and look one entry up. Everybody may; nothing here knows a viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.rules.entries import Entry

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a search; None is everything. `since` is inclusive, `until` is not."""

    kind: str | None = None
    party: str | None = None
    category: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of entries, newest first, and where the next begins."""

    items: Sequence[Entry]
    next: str | None


def search(text: str = "", filters: Filters | None = None, *, after: str | None = None, limit: int = PAGE) -> Page:
    """Entries in which every word of the text stands; `after` is the `next` of the page before.

    Raises BadTokenError for an `after` that is none of ours.
    """
    raise NotImplementedError


def get(id_: str) -> Entry:
    """The entry of this id. Raises NotFoundError."""
    raise NotImplementedError
