"""The banks of a platform as the engine asks them, built from their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mufakat.rules.errors import NotNowError
from mufakat.rules.filtering import EntryState
from mufakat.screening import bank as engine, banks as shelves
from mufakat.server.filters.models import Bank, Entry
from mufakat.server.notices.faces import or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

COUNTING = [EntryState.SHADOW.value, EntryState.LIVE.value]
COLUMNS = ("name", "value", "source", "category", "ground", "author", "review_at", "expires_at", "state")
PORTION = 2_000  # Rows that are fetched at once.


class Shelf(NamedTuple):
    """The banks, and how often each was changed when they were read."""

    banks: Sequence[engine.Bank]
    changes: Mapping[str, int]


def known(platform: str) -> Mapping[str, bool]:
    """The names of the banks of a platform (its id), and whether each allows."""
    return dict(Bank.objects.filter(platform=platform).values_list("name", "allow"))


def changes(platform: str) -> Mapping[str, int]:
    """How often each bank of a platform was changed so far."""
    return dict(Bank.objects.filter(platform=platform).order_by("name").values_list("name", "changes"))


def shelf(platform: str) -> Shelf:
    """Every bank of a platform as it stands: what is in shadow is told as such (I-17).

    The numbers are read first: what changes while the entries are read is then known to have changed. Raises
    NotNowError where this server lacks what patterns or perceptual hashes need.
    """
    before = changes(platform)
    try:
        made = [
            shelves.make(row.name, engine.BankKind(row.kind), _entries(row), allow=row.allow)
            for row in Bank.objects.filter(platform=platform).order_by("name")
        ]
    except ImportError as error:
        raise NotNowError(str(error)) from None
    return Shelf(made, before)


def _entries(bank: Bank) -> Iterator[engine.Entry]:
    rows = Entry.objects.filter(bank=bank, state__in=COUNTING).order_by("pk").values_list(*COLUMNS)
    for name, value, source, category, ground, author, review_at, expires_at, state in rows.iterator(PORTION):
        yield engine.Entry(
            id=name,
            value=value,
            source=source,
            category=category,
            ground=ground,
            author=author,
            review_at=or_none(review_at),
            expires_at=or_none(expires_at),
            shadow=state == EntryState.SHADOW,
        )
