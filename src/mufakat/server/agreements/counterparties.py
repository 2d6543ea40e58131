"""Who is bound to whom: the parties of an agreement that is in force (I-18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from mufakat.server.agreements.models import Version

if TYPE_CHECKING:
    from datetime import datetime


def are_bound(one: str, other: str, *, at: datetime) -> bool:
    """Whether the two parties (ids) are sides of an agreement that is in force at `at`."""
    in_force = Version.objects.filter(Q(until=None) | Q(until__gt=at), from_at__lte=at)
    return in_force.filter(agreement__sides__party=one).filter(agreement__sides__party=other).exists()
