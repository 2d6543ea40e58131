"""Read contacts: a party's own whole, and those in force as another may see them; a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Max

from mufakat.rules.errors import NotFoundError
from mufakat.server.journal import ids
from mufakat.server.parties import contacts
from mufakat.server.parties.contact_faces import ContactOut, DrillOut, OwnContactOut
from mufakat.server.parties.models import ContactPoint, ContactVersion, Drill

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.rules.publicity import Standing
    from mufakat.server.parties.models import Party
    from mufakat.server.parties.queries import Caller


DRILLS = 20  # Of one contact, newest first.


def point_for(by: Caller | None, contact: str) -> ContactPoint:
    """The contact of the caller's own party; `by` None is the operator, who finds all. Raises NotFoundError."""
    found = ContactPoint.objects.select_related("party").filter(pk=contact) if ids.is_id(contact, "ctc") else None
    point = found.first() if found is not None else None
    if point is None or (by is not None and by.party_id != point.party_id):
        raise NotFoundError("contact")
    return point


def require_of(party: Party, contact: str) -> None:
    """Raise NotFoundError where the contact is another party's: a slip of the operator must not hit a neighbour."""
    if point_for(None, contact).party_id != party.id:
        raise NotFoundError("contact")


def whole(point: ContactPoint, *, at: datetime) -> OwnContactOut:
    """One contact as its party sees it."""
    return _whole([point], at=at)[0]


def own(party_id: str, *, at: datetime) -> list[OwnContactOut]:
    """The contacts of a party that are not removed, in the order in which they are turned to, then those who wait."""
    points = list(ContactPoint.objects.filter(party=party_id, removed_at=None).order_by("id"))
    turns = {one.id: place for place, one in enumerate(contacts.in_order(party_id, at=at))}
    return sorted(_whole(points, at=at), key=lambda one: (turns.get(one.id, len(turns)), one.id))


def seen(party_id: str, seen_from: Standing, *, at: datetime) -> list[ContactOut]:
    """The contacts in force as whoever stands there may see them (I-18); the order tells the public nothing."""
    rows = {row.contact_id: row for row in contacts.versions_in_force(at=at).filter(party=party_id)}
    turns = [one.id for one in contacts.in_order(party_id, at=at)] if seen_from != "public" else sorted(rows)
    return [ContactOut.of(rows[pk], seen_from) for pk in turns if pk in rows]


def roles_ever(party_id: str) -> set[str]:
    """The roles in which the party ever had a contact."""
    return set(ContactPoint.objects.filter(party=party_id).values_list("role", flat=True))


def open_drills(party_id: str) -> int:
    """How many drills of the party wait for their answer."""
    return Drill.objects.filter(contact__party=party_id, answered_at=None, missed_at=None, void_at=None).count()


def drill_for(by: Caller, drill: str) -> DrillOut:
    """A drill of the caller's own party. Raises NotFoundError."""
    found = Drill.objects.filter(pk=drill, contact__party=by.party_id) if ids.is_id(drill, "drl") else None
    row = found.first() if found is not None else None
    if row is None:
        raise NotFoundError("drill")
    return DrillOut.of(row)


def drills_of(point: ContactPoint) -> list[DrillOut]:
    """The newest drills of a contact."""
    return [DrillOut.of(row) for row in Drill.objects.filter(contact=point).order_by("-id")[:DRILLS]]


def _whole(points: Sequence[ContactPoint], *, at: datetime) -> list[OwnContactOut]:
    versions: defaultdict[str, list[ContactVersion]] = defaultdict(list)
    for row in ContactVersion.objects.filter(contact__in=points).order_by("number"):
        versions[row.contact_id].append(row)
    newest = Drill.objects.filter(contact__in=points).values("contact").annotate(last=Max("id")).values("last")
    drills = {row.contact_id: row for row in Drill.objects.filter(pk__in=newest)}
    return [OwnContactOut.of(one, versions[one.id], drills.get(one.id), at=at) for one in points]


class Tried(NamedTuple):
    """A drill that has an end: when it was sent, and whether it was answered in time."""

    sent_at: datetime
    answered: bool


def tried(party_id: str, *, since: datetime, until: datetime) -> list[Tried]:
    """How the drills of a party that were sent in this time ended; those that wait or were taken back say nothing."""
    rows = Drill.objects.filter(contact__party=party_id, sent_at__gte=since, sent_at__lt=until, void_at=None)
    ends = rows.order_by("sent_at").values_list("sent_at", "answered_at", "missed_at")
    return [Tried(sent, missed is None) for sent, answered, missed in ends if answered or missed]
