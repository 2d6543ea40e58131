"""How many agreements and obligations there are, by how they stand; for `/metrics`."""

from __future__ import annotations

from django.db.models import Count, Q

from mufakat.rules.agreement import AgreementState
from mufakat.server.agreements.models import Agreement, Obligation, Version


def standing() -> list[tuple[str, int]]:
    """How many agreements there are in each state."""
    bound = Q(pk__in=Version.objects.filter(until=None).values("agreement"))
    found = Agreement.objects.aggregate(
        talks=Count("pk", filter=Q(ended_at=None) & ~bound),
        in_force=Count("pk", filter=Q(ended_at=None) & bound),
        ended=Count("pk", filter=~Q(ended_at=None)),
    )
    return [(state.value, found[state.value]) for state in AgreementState]


def obligations() -> list[tuple[str, int]]:
    """How many obligations of agreements that have not ended stand in each state."""
    living = Obligation.objects.filter(agreement__ended_at=None)
    return list(living.values_list("state").annotate(many=Count("pk")).order_by("state"))
