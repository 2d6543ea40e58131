"""Who is in force as a contact of a party, in which order they are turned to, and the marker of the unreachable.

What is read here is for our own machines: a ladder, a carrier. What a person of another party may see of a contact is
decided by ``rules.publicity`` and nowhere else (I-18).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from mufakat.rules import contact as rules
from mufakat.rules.contact import ContactRole
from mufakat.rules.errors import NotFoundError
from mufakat.rules.events import EventType
from mufakat.server.journal import ids, operations as journal
from mufakat.server.parties.models import ContactVersion
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.journal.work import Moment


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as one of its versions says; what is personal is empty once it was erased."""

    id: str
    party_id: str
    role: ContactRole
    rank: int
    senior: bool
    name: str
    organisation: str
    email: str
    phone: str
    languages: tuple[str, ...]
    country: str
    unreachable_since: datetime | None
    verified_at: datetime | None
    postal_address: str = ""
    hours: str = ""
    time_zone: str = ""

    @classmethod
    def of(cls, row: ContactVersion) -> Contact:
        return cls(
            row.contact_id,
            row.party_id,
            ContactRole(row.role),
            row.rank,
            row.senior,
            row.name,
            row.organisation,
            row.email,
            row.phone,
            tuple(row.languages),
            row.country,
            row.unreachable_since,
            row.verified_at,
            row.postal_address,
            row.hours,
            row.time_zone,
        )


def versions_in_force(*, at: datetime) -> QuerySet[ContactVersion]:
    """The versions that hold at `at`: of each contact at most one."""
    return ContactVersion.objects.filter(Q(until=None) | Q(until__gt=at), valid_from__lte=at)


def in_order(party_id: str, *, at: datetime) -> list[Contact]:
    """The contacts in force, in the order in which they are turned to: those who can be reached first, then by rank."""
    found = {row.contact_id: Contact.of(row) for row in versions_in_force(at=at).filter(party=party_id)}
    reached = [rules.Reached(one.id, one.rank, one.unreachable_since is not None) for one in found.values()]
    return [found[pk] for pk in rules.order(reached)]


def get(contact_id: str, *, at: datetime | None = None) -> Contact:
    """The contact as it is at `at` (now, where no time is given).

    Where none of its versions is in force it is as the last one that was, or else as the one that waits: whoever was
    removed is still told of it. Raises NotFoundError.
    """
    return Contact.of(version_of(contact_id, at=timezone.now() if at is None else at))


def named(contact_ids: Collection[str], *, at: datetime) -> dict[str, Contact]:
    """Those of them who are in force at `at`, by id: whoever was removed is neither called nor written to."""
    rows = versions_in_force(at=at).filter(contact__in=contact_ids)
    return {row.contact_id: Contact.of(row) for row in rows}


def version_of(contact_id: str, *, at: datetime) -> ContactVersion:
    """The version that counts at `at`. Raises NotFoundError."""
    known = ContactVersion.objects.select_related("party").filter(contact=contact_id).order_by("number")
    rows = list(known) if ids.is_id(contact_id, "ctc") else []
    if not rows:
        raise NotFoundError("contact")
    return _counting(rows, at=at)


def _counting(rows: Sequence[ContactVersion], *, at: datetime) -> ContactVersion:
    begun = [row for row in rows if row.valid_from <= at and row.withdrawn_at is None]
    if begun:
        return max(begun, key=lambda row: (row.valid_from, row.number))
    waiting = [row for row in rows if row.withdrawn_at is None] or list(rows)
    return waiting[-1]


def hosts_of(party_ids: Collection[str], *, at: datetime) -> frozenset[str]:
    """The hosts to which letters to these parties go, as they were written; never whose addresses they are (I-18)."""
    rows = versions_in_force(at=at).filter(party__in=set(party_ids)).exclude(email="")
    return frozenset(email.rpartition("@")[2] for email in rows.values_list("email", flat=True))


def mark_unreachable(contact_id: str, *, moment: Moment, because: str, since: datetime | None = None) -> bool:
    """Mark the contact, for both sides to see; False where it is marked already, or no longer in force.

    Called inside an operation of the writer. `because` is a code of ours (``rules.contact.Unreachable``), `since` when
    it was tried, where that is not now: a bounce comes days later, and shows nothing of an address that came into
    force, or was answered from, in between.
    """
    row = _in_force(contact_id, moment)
    if row is None or row.unreachable_since is not None:
        return False
    if since is not None and max(row.valid_from, row.verified_at or row.valid_from) > since:
        return False
    row.unreachable_since, row.unreachable_because = moment.at, str(because)
    row.save(update_fields=["unreachable_since", "unreachable_because"])
    _tell(row, EventType.CONTACT_UNREACHABLE, moment, {"because": str(because).encode()})
    return True


def mark_reachable(contact_id: str, *, moment: Moment) -> bool:
    """Take the marker off; False where there is none. Called inside an operation of the writer."""
    row = _in_force(contact_id, moment)
    if row is None or row.unreachable_since is None:
        return False
    row.unreachable_since, row.unreachable_because = None, ""
    row.save(update_fields=["unreachable_since", "unreachable_because"])
    _tell(row, EventType.CONTACT_REACHABLE, moment)
    return True


def verify(row: ContactVersion, *, moment: Moment) -> None:
    """Note that somebody of this version answered. Called inside an operation of the writer."""
    row.verified_at = moment.at
    row.save(update_fields=["verified_at"])
    _tell(row, EventType.CONTACT_VERIFIED, moment)


def _in_force(contact_id: str, moment: Moment) -> ContactVersion | None:
    found = versions_in_force(at=moment.at).select_related("party")
    return found.filter(contact=contact_id).first()


def _tell(row: ContactVersion, type_: EventType, moment: Moment, committed: dict[str, bytes] | None = None) -> None:
    happening = journal.Happening(
        type=type_,
        sender=HOUSE,
        recipient=row.party.handle,
        case=row.contact_id,
        actor=HOUSE,
        committed=committed or {},
        ref=(row.event,),
        to=(f"party:{row.party.handle}",),
    )
    journal.append([happening], moment)
