"""How many decisions came back to whoever asked, agreement by agreement: counts alone, for whoever judges that."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from mufakat.server.decisions.models import ASKING, Decision

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

GRACE = timedelta(days=1)
"""How long a decision may be on its way before it counts as one that did not arrive."""


class Reached(NamedTuple):
    """Of a day's decisions of a party under an agreement, how many count, and how many arrived."""

    agreement: str
    party: str
    day: date
    whole: int
    part: int


def of_agreements(agreements: Collection[str], *, since: datetime, at: datetime) -> list[Reached]:
    """The decisions since then on notices that came under these agreements, day by day (UTC); in one query.

    What was decided is not asked. Questions to the sender are no decisions and count for nothing.
    """
    rows = Decision.objects.filter(
        notice__version__agreement__in=agreements, decided_at__gte=since, decided_at__lte=at
    ).exclude(state__in=[state.value for state in ASKING])
    arrived = Q(informed_at__isnull=False, informed_at__lte=at)
    found = (
        rows.order_by()
        .annotate(day=TruncDate("decided_at", tzinfo=UTC))
        .values_list("notice__version__agreement_id", "party_id", "day")
        .annotate(whole=Count("pk", filter=arrived | Q(decided_at__lte=at - GRACE)), part=Count("pk", filter=arrived))
    )
    return [Reached(*row) for row in found]
