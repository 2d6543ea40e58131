"""Where somebody stands before a party: what `rules.publicity` decides, asked with what the rooms know (I-18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from mufakat.rules import publicity
from mufakat.rules.errors import NotPermittedError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed, Reach
from mufakat.rules.publicity import OFFICIAL, Standing
from mufakat.server.agreements import counterparties as agreements
from mufakat.server.notices.models import Notice
from mufakat.server.parties import mandate_queries

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.parties.queries import Caller, Party


def standing(viewer: Caller | None, owner: Party, *, at: datetime) -> Standing:
    """Where the viewer stands before the party at this time.

    A token that was not issued for reading stands with the public. So does a seat that looks after people and keys
    alone: only its own party's contacts are its business.
    """
    if viewer is None or not _reads(viewer, owner):
        return Standing.PUBLIC
    other = viewer.party_id != owner.id
    agreed = other and agreements.are_bound(viewer.party_id, owner.id, at=at)
    mandated = other and not agreed and mandate_queries.is_held_by([viewer.party_id, owner.id])
    return publicity.standing(
        viewer=viewer.party_id,
        viewer_kind=viewer.kind,
        owner=owner.id,
        owner_kind=PartyKind(owner.kind),
        agreed=agreed,
        mandated=mandated,
        # Asked only where it decides: no index knows the kinds.
        exchanged=other and not (agreed or mandated) and exchanged(viewer.party_id, owner.id),
    )


def exchanged(one: str, other: str) -> bool:
    """Whether one of the two parties ever asked the other with authority."""
    there = Q(sender=one, recipient=other) | Q(sender=other, recipient=one)
    return Notice.objects.filter(there, kind__in=[kind.value for kind in OFFICIAL]).exists()


def _reads(viewer: Caller, owner: Party) -> bool:
    try:
        reach = viewer.require(Deed.READ)
    except NotPermittedError:
        return False
    return reach is not Reach.PEOPLE_AND_KEYS or viewer.party_id == owner.id
