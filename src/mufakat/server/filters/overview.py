"""What screening looks like from afar, for somebody of a platform: what is live, what waits, and the last seven days.

And what of it waits for a seat, for its desk. A constant number of queries, however much there is (I-10).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count as Many, Q, Sum

from mufakat.rules.errors import NotPermittedError
from mufakat.rules.filtering import EntryState, HitState, NotificationState, PolicyState, RestoringState
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.filters import hits, holdings
from mufakat.server.filters.models import Bank, Count, Entry, Hit, Notification, Policy, Restoring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.filters.hits import Whole
    from mufakat.server.parties.queries import Caller

DAYS = 7
SHOWN = 10  # Held items that are named one by one; the rest is in their list.
OPEN = [PolicyState.PROPOSED.value, PolicyState.SHADOW.value]


class Waiting(NamedTuple):
    """How much waits for a seat: held items, notifications, and entries that somebody else put in."""

    held: int = 0
    notifications: int = 0
    entries: int = 0


class Hitting(NamedTuple):
    """How many items a rule of a version hit within the days, or would have hit; an empty rule: all that were seen.

    Without a hit among them (`acted`) it is a rule that says `none`: it let them go.
    """

    policy: str
    version: int
    rule: str
    shadow: bool
    many: int
    acted: bool


class Unreviewed(NamedTuple):
    """Entries of a bank that wait for a second person, and how many of them the viewer put in."""

    bank: str
    entries: int
    own: int


class Overview(NamedTuple):
    """All of it. `held` are the items whose hold ends first."""

    banks: int
    live: Policy | None
    open: Sequence[Policy]
    held: Sequence[Whole]
    waiting: Waiting
    unreviewed: Sequence[Unreviewed]
    week: Sequence[Hitting]
    restoring: int


def overview(viewer: Caller, *, at: datetime) -> Overview:
    """How screening stands on the viewer's platform."""
    holdings.require(viewer, Deed.READ)
    own = Policy.objects.filter(platform=viewer.party_id).defer("text")
    standing = list(own.filter(state__in=[*OPEN, PolicyState.LIVE.value]).select_related("proposer").order_by("-pk"))
    unreviewed = _unreviewed(viewer)
    restoring = Q(entry__bank__platform=viewer.party_id) | Q(policy__platform=viewer.party_id)
    return Overview(
        Bank.objects.filter(platform=viewer.party_id).count(),
        next((one for one in standing if one.state == PolicyState.LIVE), None),
        [one for one in standing if one.state != PolicyState.LIVE],
        hits.held_first(viewer, size=SHOWN),
        Waiting(_held(viewer), _notifications(viewer), sum(one.entries for one in unreviewed)),
        unreviewed,
        _week(viewer, at=at),
        Restoring.objects.filter(restoring, state=RestoringState.RUNNING.value).count(),
    )


def waiting_for(viewer: Caller) -> Waiting:
    """What of it waits for this seat. Nothing for whoever is of no platform, without asking the database."""
    if viewer.kind is not PartyKind.PLATFORM:
        return Waiting()
    return Waiting(
        _held(viewer) if _may(viewer, Deed.DECIDE_HIT) else 0,
        _notifications(viewer) if _may(viewer, Deed.RELEASE_NOTIFICATION) else 0,
        _in_shadow(viewer).exclude(added_by=viewer.person_id).count() if _may(viewer, Deed.REVIEW_ENTRY) else 0,
    )


def _held(viewer: Caller) -> int:
    return Hit.objects.filter(platform=viewer.party_id, state=HitState.HELD.value).count()


def _notifications(viewer: Caller) -> int:
    return Notification.objects.filter(platform=viewer.party_id, state=NotificationState.WAITING.value).count()


def _in_shadow(viewer: Caller) -> QuerySet[Entry]:
    return Entry.objects.filter(bank__platform=viewer.party_id, state=EntryState.SHADOW.value)


def _unreviewed(viewer: Caller) -> list[Unreviewed]:
    by_bank = _in_shadow(viewer).order_by("bank__name").values_list("bank__name")
    own = Many("id", filter=Q(added_by=viewer.person_id))
    return [Unreviewed(*one) for one in by_bank.annotate(many=Many("id"), own=own)]


def _week(viewer: Caller, *, at: datetime) -> list[Hitting]:
    """The newest version first, what acts before what only would have acted, the most frequent first."""
    first = at.date() - timedelta(days=DAYS - 1)
    kept = Count.objects.filter(policy__platform=viewer.party_id, day__gte=first).order_by()
    columns = ("policy", "policy__name", "policy__version", "rule", "shadow")
    struck = Many("id", filter=~Q(category=""))  # As the weekly counts know it: without a category it was no hit.
    rows = [(*one,) for one in kept.values_list(*columns).annotate(many=Sum("count"), struck=struck)]
    rows.sort(key=lambda one: (one[0], bool(not one[3]), not one[4], one[5]), reverse=True)
    return [
        Hitting(policy, version, rule, shadow, many, bool(acted) and not shadow)
        for _, policy, version, rule, shadow, many, acted in rows
    ]


def _may(viewer: Caller, deed: Deed) -> bool:
    try:
        viewer.require(deed)
    except NotPermittedError:
        return False
    return True
