"""How many restrictions wait for a seat: to be approved, to be answered, to be carried out or opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from mufakat.rules.errors import NotPermittedError
from mufakat.rules.permissions import Deed
from mufakat.rules.restriction import CarryingState, RestrictionState
from mufakat.server.restrictions.models import Carrying, Restriction

if TYPE_CHECKING:
    from mufakat.server.parties.queries import Caller

BEFORE = [RestrictionState.PROPOSED.value, RestrictionState.APPROVED.value]
UNSAID = [CarryingState.TOLD.value, CarryingState.OPENING.value]


def count_for(viewer: Caller) -> int:
    """How many wait for this seat; a seat has one of these deeds at most, and one query."""
    if _may(viewer, Deed.APPROVE_RESTRICTION):
        asked = Restriction.objects.filter(authority=viewer.party_id, state=RestrictionState.PROPOSED.value)
        mine = Q(proposer=viewer.person_id) | Q(first_approver=viewer.person_id) | Q(second_approver=viewer.person_id)
        return asked.exclude(mine).count()
    if _may(viewer, Deed.OBJECT_RESTRICTION):
        return Restriction.objects.filter(platform=viewer.party_id, state__in=BEFORE, answered_at=None).count()
    if _may(viewer, Deed.CONFIRM_RESTRICTION):
        return Carrying.objects.filter(operator=viewer.party_id, state__in=UNSAID).count()
    return 0


def _may(viewer: Caller, deed: Deed) -> bool:
    try:
        viewer.require(deed)
    except NotPermittedError:
        return False
    return True
