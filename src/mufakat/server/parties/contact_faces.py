"""A contact and a drill as their own party sees them, and as anybody else may (``rules.publicity``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.proof import canonical
from mufakat.rules import contact as rules
from mufakat.rules.contact import ContactState
from mufakat.rules.publicity import Standing, is_shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.parties.models import ContactPoint, ContactVersion, Drill


class CardOut(msgspec.Struct, frozen=True):
    """What one version of a contact says; null in what is personal once it was erased."""

    number: int
    set_at: str
    valid_from: str
    valid_to: str | None
    name: str | None
    organisation: str
    country: str
    email: str | None
    phone: str | None
    postal_address: str | None
    hours: str | None
    time_zone: str | None
    languages: list[str]
    mandate: str | None
    mandate_sha256: str | None
    rank: int
    senior: bool
    verified_at: str | None
    unreachable_since: str | None
    erased_at: str | None

    @classmethod
    def of(cls, row: ContactVersion) -> CardOut:
        return cls(
            row.number,
            canonical.timestamp(row.set_at),
            canonical.timestamp(row.valid_from),
            instant(row.until),
            row.name or None,
            row.organisation,
            row.country,
            row.email or None,
            row.phone or None,
            row.postal_address or None,
            row.hours or None,
            row.time_zone or None,
            list(row.languages),
            row.mandate or None,
            row.mandate_sha256 or None,
            row.rank,
            row.senior,
            instant(row.verified_at),
            instant(row.unreachable_since),
            instant(row.erased_at),
        )


class DrillOut(msgspec.Struct, frozen=True):
    """A drill. Its code stands in the message alone."""

    id: str
    contact: str
    state: str
    because: str
    sent_at: str
    due_at: str
    answered_at: str | None

    @classmethod
    def of(cls, row: Drill) -> DrillOut:
        state = rules.drill_state(answered_at=row.answered_at, missed_at=row.missed_at, void_at=row.void_at)
        return cls(
            row.id,
            row.contact_id,
            state.value,
            row.because,
            canonical.timestamp(row.sent_at),
            canonical.timestamp(row.due_at),
            instant(row.answered_at),
        )


class OwnContactOut(msgspec.Struct, frozen=True):
    """A contact as its own party sees it: what is in force, what waits, and the last drill."""

    id: str
    role: str
    state: str
    in_force: CardOut | None
    waiting: CardOut | None
    drill: DrillOut | None
    removed_at: str | None

    @classmethod
    def of(
        cls, point: ContactPoint, versions: Sequence[ContactVersion], drill: Drill | None, *, at: datetime
    ) -> OwnContactOut:
        holds = next((row for row in versions if is_in_force(row, at=at)), None)
        waits = next((row for row in versions if is_waiting(row, at=at)), None)
        if point.removed_at is not None:
            state = ContactState.REMOVED
        elif holds is not None:
            state = ContactState.IN_FORCE
        else:
            state = ContactState.WAITING if waits is not None else ContactState.ENDED
        return cls(
            point.id,
            point.role,
            state.value,
            CardOut.of(holds) if holds else None,
            CardOut.of(waits) if waits else None,
            DrillOut.of(drill) if drill else None,
            instant(point.removed_at),
        )


class ContactOut(msgspec.Struct, frozen=True):
    """A contact as another party or the public sees it; null where that is not for the one who looks (I-18)."""

    id: str
    role: str
    organisation: str
    country: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    postal_address: str | None = None
    hours: str | None = None
    time_zone: str | None = None
    languages: list[str] | None = None
    rank: int | None = None
    senior: bool | None = None
    verified_at: str | None = None
    unreachable_since: str | None = None

    @classmethod
    def of(cls, row: ContactVersion, seen_from: Standing) -> ContactOut:
        card = msgspec.structs.asdict(CardOut.of(row))
        members = {name for name in cls.__struct_fields__ if is_shown(name, seen_from)} - {"role"}
        return cls(id=row.contact_id, role=row.role, **{name: card[name] for name in members})


def is_in_force(row: ContactVersion, *, at: datetime) -> bool:
    """Whether the version holds at this time."""
    return row.valid_from <= at and (row.until is None or row.until > at)


def is_waiting(row: ContactVersion, *, at: datetime) -> bool:
    """Whether the version is still to come into force."""
    return row.valid_from > at and row.withdrawn_at is None


def instant(moment: datetime | None) -> str | None:
    """A time as everything here writes it, or null."""
    return canonical.timestamp(moment) if moment is not None else None
