"""What somebody of a platform sees of its banks: the JSON of the API, made in one place. Seats stand here, no names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - msgspec evaluates the annotations of a struct.
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.filtering import AFTER, EntryState, Origin
from mufakat.rules.permissions import Role, seat_name
from mufakat.server.notices.faces import instant, or_none

if TYPE_CHECKING:
    from mufakat.rules.filtering import EntryDeed
    from mufakat.server.filters.bank_queries import Stats, Whole
    from mufakat.server.filters.models import Bank, Entry


class BankOut(msgspec.Struct, frozen=True):
    """A bank. `entries` counts them by state; `changes` goes up with everything that alters what it finds."""

    id: str
    name: str
    kind: str
    allow: bool
    made_at: str
    made_by: str
    changes: int
    entries: Mapping[str, int]
    links: Mapping[str, str]

    @classmethod
    def of(cls, whole: Whole) -> BankOut:
        row = whole.row
        place = f"/api/v1/banks/{row.name}"
        return cls(
            row.id,
            row.name,
            row.kind,
            row.allow,
            instant(row.made_at),
            seat(row.made_by) or "",
            row.changes,
            {state.value: whole.counts.get(state.value, 0) for state in EntryState},
            {"self": place, **{name: f"{place}/{name}" for name in ("entries", "export", "stats")}},
        )


class BankList(msgspec.Struct, frozen=True):
    """The banks of a platform, by name; there is one page."""

    items: Sequence[BankOut]
    next: None = None


class BankEntryOut(msgspec.Struct, frozen=True):
    """An entry: what it is and whence it came, and who looked at it. `value` is null once it is erased."""

    id: str
    value: str | None
    source: str
    category: str
    ground: str
    author: str
    origin: str
    notice: str | None
    state: str
    added_at: str
    added_by: str | None
    review_at: str | None
    expires_at: str | None
    reviewed_at: str | None
    reviewed_by: str | None
    note: str | None
    retracted_at: str | None
    retracted_by: str | None
    reason: str | None

    @classmethod
    def of(cls, row: Entry, said: Mapping[str, str]) -> BankEntryOut:
        """An entry for somebody of its platform; `said` is what events say in words, by their ids."""
        return cls(
            row.name,
            row.value or None,
            row.source,
            row.category,
            row.ground,
            row.author,
            row.origin,
            row.notice or None,
            row.state,
            instant(row.added_at),
            seat(row.added_by),
            or_none(row.review_at),
            or_none(row.expires_at),
            or_none(row.reviewed_at),
            seat(row.reviewed_by),
            said.get(row.reviewed_event),
            or_none(row.retracted_at),
            seat(row.retracted_by),
            said.get(row.retracted_event),
        )


class BankEntryList(msgspec.Struct, frozen=True):
    """A page of entries in the order in which they came; ``next`` goes back as ``after``."""

    items: Sequence[BankEntryOut]
    next: str | None


class AddedOut(msgspec.Struct, frozen=True):
    """What came in, by id, and what stood there already."""

    bank: str
    taken: Sequence[str]
    standing: Sequence[str]


class MovedOut(msgspec.Struct, frozen=True):
    """How entries stand after a deed: those that it changed, and those that stood so before."""

    bank: str
    state: str
    changed: Sequence[str]
    standing: Sequence[str]

    @classmethod
    def of(cls, bank: Bank, deed: EntryDeed, moved: Sequence[Entry], standing: Sequence[Entry]) -> MovedOut:
        return cls(bank.name, AFTER[deed].value, [row.name for row in moved], [row.name for row in standing])


class CategoryCountOut(msgspec.Struct, frozen=True):
    """So many of something."""

    name: str
    count: int


class HittingOut(msgspec.Struct, frozen=True):
    """An entry and what it hit within the days: how many items, and how many of those were restored since."""

    entry: str
    state: str
    hits: int
    restored: int


class BankStatsOut(msgspec.Struct, frozen=True):
    """A bank in figures. `categories` are the most frequent ones; `hitting` the entries that hit most."""

    bank: str
    entries: Mapping[str, int]
    origins: Mapping[str, int]
    categories: Sequence[CategoryCountOut]
    expired: int
    to_review: int
    days: int
    hits: int
    restored: int
    hitting: Sequence[HittingOut]

    @classmethod
    def of(cls, stats: Stats) -> BankStatsOut:
        return cls(
            stats.row.name,
            {state.value: stats.states.get(state.value, 0) for state in EntryState},
            {origin.value: stats.origins.get(origin.value, 0) for origin in Origin},
            [CategoryCountOut(*one) for one in stats.categories],
            stats.expired,
            stats.to_review,
            stats.days,
            stats.hits,
            stats.restored,
            [HittingOut(*one) for one in stats.hitting],
        )


def seat(person: Any) -> str | None:
    """``reviewer-2``, of a person's row."""
    return None if person is None else seat_name(Role(person.role), person.ordinal)
