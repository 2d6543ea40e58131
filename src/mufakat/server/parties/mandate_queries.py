"""Read mandates, for their holder, for the operator, and for those on the other side.

The holder and the operator of this instance see everything. Who decides, carries out or watches sees what is in force
and its scope: who asks it must be able to tell that it may. Reasons, replies and measures stay between the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from mufakat.rules import mandate as rules
from mufakat.rules.errors import NotFoundError
from mufakat.rules.mandate import MandateState
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.journal import ids
from mufakat.server.parties import quotas
from mufakat.server.parties.models import Mandate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.parties.queries import Caller

PAGE = 50
WATCHING = frozenset({PartyKind.PLATFORM, PartyKind.OPERATOR, PartyKind.AUDITOR})


@dataclass(frozen=True, slots=True)
class Page:
    """One page of mandates, newest first, and where the next begins."""

    items: Sequence[Mandate]
    next: str | None


def seen_by(viewer: Caller) -> QuerySet[Mandate]:
    """The mandates that a viewer may see at all; what of each, says `sees_all_of`."""
    viewer.require(Deed.READ)
    found = Mandate.objects.select_related("party")
    if viewer.kind is PartyKind.HOUSE:
        return found
    own = Q(party_id=viewer.party_id)
    return found.filter(own | Q(state=MandateState.IN_FORCE.value) if viewer.kind in WATCHING else own)


def sees_all_of(viewer: Caller, mandate: Mandate) -> bool:
    """Whether reason, reply and measure are the viewer's to see."""
    return viewer.kind is PartyKind.HOUSE or mandate.party_id == viewer.party_id


def listed(viewer: Caller, *, party: str | None = None, after: str | None = None, size: int = PAGE) -> Page:
    """Newest first, a page at a time; of one party where it is named."""
    found = seen_by(viewer)
    if party is not None:
        found = found.filter(party__handle=party)
    if after is not None:
        found = found.filter(id__lt=after)
    rows = list(found.order_by("-id")[: size + 1])
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else None)


def get_for(viewer: Caller, pk: str) -> Mandate:
    """The mandate, if the viewer may see it; a stranger's and an unknown one are the same to the viewer."""
    found = seen_by(viewer).filter(pk=pk).first() if ids.is_id(pk, "mnd") else None
    if found is None:
        raise NotFoundError("mandate")
    return found


def by_id(pk: str) -> Mandate | None:
    """What a notice was sent under: for its two parties, who see the notice."""
    return Mandate.objects.filter(pk=pk).first()


def every(party: str | None = None) -> Sequence[Mandate]:
    """All of them, or all of one party, newest first: for who runs the instance."""
    found = Mandate.objects.select_related("party").order_by("-id")
    return list(found if party is None else found.filter(party__handle=party))


def of_party(party: str) -> Sequence[Mandate]:
    """Every mandate of a party (its id), oldest first: for who counts what came of its notices."""
    return list(Mandate.objects.filter(party=party).select_related("party").order_by("id"))


def is_held_by(parties: Collection[str]) -> bool:
    """Whether one of these parties (their ids) holds a mandate in force."""
    return Mandate.objects.filter(party__in=parties, state=MandateState.IN_FORCE.value).exists()


@dataclass(frozen=True, slots=True)
class Use:
    """How much of its quota a party has left, and when it is full again if nothing is sent."""

    burst: int
    per_minute: int
    left: int
    full_at: datetime


def use_of(parties: Sequence[str], *, at: datetime) -> dict[str, Use]:
    """The use of each of these parties that ever held a mandate, in one query."""
    found = {}
    for party, bucket in quotas.buckets_of(parties).items():
        full_at = at + rules.wait_until_full(bucket, at=at)
        found[party] = Use(bucket.burst, bucket.per_minute, rules.left(bucket, at=at), full_at)
    return found


def last_of(parties: Collection[str]) -> dict[str, Mandate]:
    """By party, a mandate in force, or else the last that it held; in one query."""
    found: dict[str, Mandate] = {}
    for row in Mandate.objects.filter(party__in=parties).order_by("id"):
        held = found.get(row.party_id)
        if held is None or held.state != MandateState.IN_FORCE.value or row.state == MandateState.IN_FORCE.value:
            found[row.party_id] = row
    return found
