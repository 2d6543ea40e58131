"""How many decisions came back to whoever asked, by version of an agreement: counts alone, for who judges that."""

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
    """Of a party's decisions under a version of an agreement, how many count and how many arrived; of a day, or all."""

    version: int
    party: str
    day: date | None
    whole: int
    part: int


def under_versions(
    versions: Collection[int] | None, *, since: datetime, at: datetime, by_day: bool = False
) -> list[Reached]:
    """The decisions since then on notices that came under these versions, or under any; in one query.

    What was decided is not asked. Questions to the sender are no decisions and count for nothing. Days are of UTC.
    """
    rows = Decision.objects.filter(decided_at__gte=since, decided_at__lte=at, notice__version__isnull=False)
    rows = rows.exclude(state__in=[state.value for state in ASKING]).order_by()
    if versions is not None:
        rows = rows.filter(notice__version__in=list(versions))
    key: tuple[str, ...] = ("notice__version_id", "party_id")
    if by_day:
        rows, key = rows.annotate(day=TruncDate("decided_at", tzinfo=UTC)), (*key, "day")
    arrived = Q(informed_at__isnull=False, informed_at__lte=at)
    counted = rows.values_list(*key).annotate(
        whole=Count("pk", filter=arrived | Q(decided_at__lte=at - GRACE)), part=Count("pk", filter=arrived)
    )
    return [Reached(one[0], one[1], one[2] if by_day else None, *one[-2:]) for one in counted]
