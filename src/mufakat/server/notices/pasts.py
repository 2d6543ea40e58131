"""What happened to notices of the past, by times alone: for whoever rehearses other terms on them. No content."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q

from mufakat.rules.events import EventType
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.parties import PartyKind
from mufakat.rules.rehearsing import Past
from mufakat.server.journal import histories
from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

PARTIES = {kind.value: kind for kind in PartyKind}
KINDS = {kind.value: kind for kind in NoticeKind}
CATEGORIES = {category.value: category for category in Category}
URGENCIES = {urgency.value: urgency for urgency in Urgency}
# Every notice has the first event, nearly every one the second; their times stand in its row.
RECEIVED, ACKNOWLEDGED = EventType.NOTICE_RECEIVED.value, EventType.NOTICE_ACKNOWLEDGED.value
PORTION = 5_000  # Notices whose events are in memory at once.

COLUMNS = ("id", "sender__kind", "kind", "category", "urgency", "profile", "received_at", "acknowledged_at")


def profiles_of(pairs: Collection[tuple[str, str]]) -> list[str]:
    """The profiles by which notices between these pairs (sender, recipient) ran."""
    found = Notice.objects.filter(_between(pairs)).order_by().values_list("profile", flat=True).distinct()
    return sorted(found) if pairs else []


def newest(pairs: Collection[tuple[str, str]], *, limit: int, types: Collection[str]) -> Iterator[Past]:
    """The newest notices of these senders to these recipients, in the order in which they came, with such events."""
    if not pairs:
        return
    later = sorted(set(types) - {RECEIVED, ACKNOWLEDGED})
    rows = list(Notice.objects.filter(_between(pairs)).order_by("-id").values_list(*COLUMNS)[:limit])
    rows.reverse()
    for start in range(0, len(rows), PORTION):
        some = rows[start : start + PORTION]
        happened = histories.times_of([row[0] for row in some], types=later)
        for pk, sender, kind, category, urgency, profile, came, taken in some:
            about = (PARTIES[sender], KINDS[kind], CATEGORIES[category], URGENCIES[urgency])
            yield Past(*about, profile, _events(came, taken, happened.get(pk)))


def arrivals(
    pairs: Collection[tuple[str, str]], *, since: datetime, limit: int
) -> list[tuple[NoticeKind, Category, Urgency, datetime]]:
    """What came in between these pairs since then, and when; the newest, so many at most."""
    if not pairs:
        return []
    found = Notice.objects.filter(_between(pairs), received_at__gte=since).order_by("-id")
    rows = found.values_list("kind", "category", "urgency", "received_at")[:limit]
    return [(KINDS[kind], CATEGORIES[category], URGENCIES[urgency], at) for kind, category, urgency, at in rows]


def _events(
    came: datetime, taken: datetime | None, later: list[tuple[str, datetime]] | None
) -> list[tuple[str, datetime]]:
    found = [(RECEIVED, came)]
    if taken is not None:
        found.append((ACKNOWLEDGED, taken))
    if later:
        found += later
        found.sort(key=_at)  # Stable: what happened at one moment stays in its order.
    return found


def _at(event: tuple[str, datetime]) -> datetime:
    return event[1]


def _between(pairs: Collection[tuple[str, str]]) -> Q:
    return reduce(or_, [Q(sender=sender, recipient=recipient) for sender, recipient in pairs], Q())
