"""How well screening runs, for whoever judges or watches it: totals and times, nothing of any item."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count as Counted, Max, Min, Sum

from mufakat.rules.filtering import LEAST
from mufakat.server.filters.models import Count, Hit, Notification

if TYPE_CHECKING:
    from collections.abc import Collection


class Screened(NamedTuple):
    """The last day on which a platform screened, as its beginning, and by which version of its policy (its event)."""

    at: datetime
    event: str


class Waiting(NamedTuple):
    """What waits for people of platforms: how many, and since when the oldest does."""

    notifications: int
    notified: datetime | None
    holds: int
    held: datetime | None


def last_screened(platforms: Collection[str], *, at: datetime) -> dict[str, Screened]:
    """When each of these platforms (ids) screened last, until this time.

    A day counts on which ten items at least were screened by a live policy: that it ran is told to the other side, and
    of fewer items than ten nothing is (I-14).
    """
    live = Count.objects.filter(
        policy__platform__in=platforms, rule="", shadow=False, day__lte=at.astimezone(UTC).date()
    )
    days = live.order_by().values("policy__platform", "day").annotate(many=Sum("count"), newest=Max("policy__event"))
    found: dict[str, Screened] = {}
    for platform, day, event in (
        days.filter(many__gte=LEAST).order_by("day").values_list("policy__platform", "day", "newest")
    ):
        found[platform] = Screened(datetime.combine(day, time.min, UTC), event)
    return found


def waiting() -> Waiting:
    """Counted in indexes that hold what waits alone."""
    told = Notification.objects.filter(due_at__isnull=False).aggregate(many=Counted("pk"), since=Min("proposed_at"))
    held = Hit.objects.filter(due_at__isnull=False).aggregate(many=Counted("pk"), since=Min("at"))
    return Waiting(told["many"], told["since"], held["many"], held["since"])
