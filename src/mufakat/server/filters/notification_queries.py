"""Read notifications: a platform its own, an authority those that were released to it, and nobody else any.

An authority knows one by the name that its release made, and by no other: whoever guesses at the platform's own names
learns nothing, not even that there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.notifying import Thing, ToldCodes, category_of, day_of, thing_of
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed, Reach
from mufakat.server.filters import holdings
from mufakat.server.filters.models import Notification, WeeklyCounts
from mufakat.server.journal import histories, ids, queries as journal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from mufakat.rules.filtering import NotificationState
    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

PAGE = 50
PREFIX = "ntf"
JOINED = ("hit", "hit__policy", "platform", "authority", "version", "decided_by")


@dataclass(frozen=True, slots=True)
class Whole:
    """A notification with its codes, and the events of what was told, in their order; none before its release."""

    row: Notification
    codes: ToldCodes
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of notifications, newest first, and where the next begins."""

    items: Sequence[Whole]
    next: str | None


@dataclass(frozen=True, slots=True)
class Weeks:
    """One page of weeks, the last one told first, and where the next begins."""

    items: Sequence[WeeklyCounts]
    next: str | None


def is_inside(viewer: Caller) -> bool:
    """Whether the viewer looks as a platform, from inside; everybody else looks as somebody who was told."""
    return viewer.kind is PartyKind.PLATFORM


def seen_by(viewer: Caller) -> QuerySet[Notification]:
    """The notifications of the viewer's platform, or those that were released to the viewer's party (I-10, I-14)."""
    if viewer.require(Deed.READ) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(Deed.READ, viewer.role)
    rows = Notification.objects.select_related(*JOINED)
    return rows.filter(platform=viewer.party_id) if is_inside(viewer) else rows.filter(authority=viewer.party_id)


def get_for(viewer: Caller, notification: str) -> Whole:
    """The notification, by the name that the viewer knows it by. Raises NotFoundError."""
    seen = seen_by(viewer)
    by_name = seen.filter(pk=notification) if is_inside(viewer) else seen.filter(told=notification)
    found = by_name.first() if ids.is_id(notification, PREFIX) else None
    if found is None:
        raise NotFoundError("notification")
    return whole(found)


def own(by: Caller, notification: str, deed: Deed) -> Notification:
    """The notification, for a deed of the platform whose it is. Raises NotFoundError, NotPermittedError."""
    holdings.require(by, deed)
    rows = Notification.objects.select_related(*JOINED).filter(platform=by.party_id)
    found = rows.filter(pk=notification).first() if ids.is_id(notification, PREFIX) else None
    if found is None:
        raise NotFoundError("notification")
    return found


def page(viewer: Caller, *, state: NotificationState | None = None, after: str | None = None) -> Page:
    """Newest first, a page at a time, in a constant number of queries."""
    name = "pk" if is_inside(viewer) else "told"
    found = seen_by(viewer)
    if state is not None:
        found = found.filter(state=state.value)
    if after is not None:
        found = found.filter(**{f"{name}__lt": after})
    rows = list(found.order_by(f"-{name}")[: PAGE + 1])
    shown = rows[:PAGE]
    after = (shown[-1].id if name == "pk" else shown[-1].told) if len(rows) > PAGE else None
    return Page(wholes(shown), after)


def known(notification: str) -> Notification:
    """The notification, whoever asks. For who asked before who may see it."""
    return Notification.objects.select_related(*JOINED).get(pk=notification)


def whole(row: Notification) -> Whole:
    """The notification with what belongs to it. The caller has asked whether the viewer may see it."""
    found = wholes([row])[0]
    if found.codes.kind is None and row.told is None:
        return Whole(row, msgspec.structs.replace(found.codes, kind=kind_of(row)), found.events)
    return found


def kind_of(row: Notification) -> Thing | None:
    """What kind of thing was hit, while what was said of it is kept: by what the hit's own event opens."""
    opened = histories.openings_of([row.hit.event], fields=["item"]).get(row.hit.event, {})
    return _kind(opened.get("item"))


def _kind(text: str | None) -> Thing | None:
    said = msgspec.json.decode(text) if text else None
    return thing_of(said.get("kind")) if isinstance(said, dict) else None


def wholes(rows: Sequence[Notification]) -> list[Whole]:
    """The same of many, in as many queries as one. The kind is told where the proposal names it: items may be long."""
    told = journal.events_of_cases([row.told for row in rows if row.told is not None])
    proposed = histories.openings_of([row.event for row in rows if row.told is None], fields=["codes"])
    return [
        Whole(row, _codes(row, told.get(row.told or "", ()), proposed.get(row.event, {})), told.get(row.told or "", ()))
        for row in rows
    ]


def _codes(row: Notification, told: Sequence[Event], proposed: Mapping[str, str]) -> ToldCodes:
    """What was told, byte for byte as its release committed to it; before a release, what would be."""
    for event in told:
        if event.type == EventType.NOTIFICATION_RELEASED.value:
            for one in event.openings.all():
                if one.field == "codes" and one.value is not None:
                    return msgspec.json.decode(bytes(one.value), type=ToldCodes)
    return codes_of(row, kind=_kind(proposed.get("codes")))


def codes_of(row: Notification, *, kind: Thing | None) -> ToldCodes:
    """All that an authority would be told of the hit."""
    hit = row.hit
    return ToldCodes(
        platform=row.platform.handle,
        category=category_of(hit.category),
        action=hit.action,
        policy=hit.policy_id,
        version=hit.policy.version,
        kind=kind,
        day=day_of(hit.at),
    )


def weeks(viewer: Caller, *, after: str | None = None) -> Weeks:
    """What was told of the viewer's platform, or to the viewer's party, the last first."""
    if viewer.require(Deed.READ) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(Deed.READ, viewer.role)
    rows = WeeklyCounts.objects.select_related("platform", "authority", "version")
    side = "platform" if is_inside(viewer) else "authority"
    found = rows.filter(**{side: viewer.party_id})
    if after is not None:
        found = found.filter(pk__lt=after)
    listed = list(found.order_by("-pk")[: PAGE + 1])
    shown = listed[:PAGE]
    return Weeks(shown, shown[-1].id if len(listed) > PAGE else None)
