"""What of the talks waits for a party: proposals on the table that it has not signed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from mufakat.rules.agreement import ON_THE_TABLE
from mufakat.server.agreements.models import Point, Signature

if TYPE_CHECKING:
    from django.db.models import QuerySet


def waiting(party: str) -> QuerySet[Point]:
    """The points whose newest proposal the party has not signed, and that can still be answered."""
    signed = Signature.objects.filter(
        proposal__point=OuterRef("pk"), proposal__number=OuterRef("proposals"), party=party
    )
    return Point.objects.filter(
        agreement__sides__party=party, agreement__ended_at=None, state__in=[state.value for state in ON_THE_TABLE]
    ).exclude(Exists(signed))


def count_for(party: str) -> int:
    """How many points wait for it."""
    return waiting(party).count()


def by_agreement(party: str) -> Counter[str]:
    """The same for each agreement in which one waits."""
    return Counter(waiting(party).values_list("agreement_id", flat=True))
