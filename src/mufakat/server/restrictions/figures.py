"""How restrictions, the operators that carry them, and their resolvers stand; counted, and nobody named."""

from __future__ import annotations

from collections import Counter

from django.db.models import Count

from mufakat.server.restrictions.models import Carrying, Resolver, Restriction
from mufakat.server.restrictions.resolvers import ResolverState, state_of


def standing() -> list[tuple[str, int]]:
    """Restrictions by state."""
    return list(Restriction.objects.order_by().values_list("state").annotate(many=Count("pk")))


def late() -> int:
    """How often an operator is late with opening what was lifted."""
    return Carrying.objects.filter(overdue_at__isnull=False, opened_at=None).count()


def resolvers() -> list[tuple[str, int]]:
    """The resolvers that are asked, by how they stand; there are few."""
    found = Counter(state_of(row).value for row in Resolver.objects.filter(removed_at=None))
    return [(state.value, found[state.value]) for state in ResolverState if state is not ResolverState.REMOVED]
