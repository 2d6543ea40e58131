"""What others see of a notification, and of the counts of a week: the JSON of the API.

The platform sees which hit it is about and who decided. The authority sees what it was told: codes, the ground, the
agreement, and when; nobody's name stands here, a seat does (I-18).
"""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - msgspec evaluates the annotations of a struct.
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.events import EventType
from mufakat.rules.notice import LegalGround
from mufakat.rules.notifying import ToldCodes  # noqa: TC001 - the same.
from mufakat.rules.permissions import Role, seat_name
from mufakat.rules.weekly import CountsTold
from mufakat.server.filters import notification_queries as queries
from mufakat.server.journal import histories, queries as journal
from mufakat.server.notices.faces import encode as encode, instant, or_none  # noqa: PLC0414 - given on.

if TYPE_CHECKING:
    from mufakat.server.filters.models import WeeklyCounts
    from mufakat.server.filters.notification_queries import Whole
    from mufakat.server.parties.queries import Caller

WEEK = timedelta(days=6)


class NotificationOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notification as the API shows it: to its platform, or to the authority that it was released to."""

    id: str
    state: str
    codes: ToldCodes
    links: dict[str, str]
    to: str | None = None
    legal_ground: LegalGround | None = None
    agreement: str | None = None
    released_at: str | None = None
    withdrawn_at: str | None = None
    receipt: str | None = None
    told: str | None = None
    hit: str | None = None
    rule: str | None = None
    proposed_at: str | None = None
    due_at: str | None = None
    decided_at: str | None = None
    by: str | None = None
    reason: str | None = None

    @classmethod
    def of(cls, whole: Whole, *, viewer: Caller) -> NotificationOut:
        """All of it, as far as this viewer may see it."""
        row, inside = whole.row, queries.is_inside(viewer)
        made = cls(row.id if inside else row.told or "", row.state, whole.codes, {})
        if row.told is not None and row.authority is not None and row.version is not None and row.decided_at:
            released = next(one for one in whole.events if one.type == EventType.NOTIFICATION_RELEASED.value)
            made = msgspec.structs.replace(
                made,
                to=row.authority.handle,
                legal_ground=msgspec.convert(row.ground, LegalGround),
                agreement=row.version.agreement_id,
                released_at=instant(row.decided_at),
                withdrawn_at=or_none(row.withdrawn_at),
                receipt=journal.custody(released),
            )
        if inside:
            made = msgspec.structs.replace(
                made,
                told=row.told,
                hit=row.hit_id,
                rule=row.hit.rule,
                proposed_at=instant(row.proposed_at),
                due_at=or_none(row.due_at),
                decided_at=or_none(row.decided_at),
                by=seat_name(Role(row.decided_by.role), row.decided_by.ordinal) if row.decided_by else None,
            )
        return msgspec.structs.replace(made, links={"self": f"/api/v1/notifications/{made.id}"})

    @classmethod
    def single(cls, whole: Whole, *, viewer: Caller) -> NotificationOut:
        """The same of one by itself: with the words in which nobody was told, for the platform."""
        made = cls.of(whole, viewer=viewer)
        return msgspec.structs.replace(made, reason=_reason(whole.row.id) if queries.is_inside(viewer) else None)


def _reason(notification: str) -> str | None:
    declined = [
        event.id for event in journal.events_of(notification) if event.type == EventType.NOTIFICATION_DECLINED.value
    ]
    opened = histories.openings_of(declined, fields=["reason"])
    return next((fields.get("reason") for fields in opened.values()), None)


class NotificationList(msgspec.Struct, frozen=True):
    """A page of notifications; ``next`` goes back as ``after``."""

    items: Sequence[NotificationOut]
    next: str | None


class WeekOut(msgspec.Struct, frozen=True):
    """What an authority was told of a week, Monday to Sunday, of a platform: counts of ten at least."""

    id: str
    platform: str
    authority: str
    agreement: str
    week: str
    until: str
    counts: CountsTold
    told_at: str

    @classmethod
    def of(cls, row: WeeklyCounts) -> WeekOut:
        return cls(
            row.id,
            row.platform.handle,
            row.authority.handle,
            row.version.agreement_id,
            row.week.isoformat(),
            (row.week + WEEK).isoformat(),
            msgspec.convert(row.counts, CountsTold),
            instant(row.told_at),
        )


class WeekList(msgspec.Struct, frozen=True):
    """A page of weeks; ``next`` goes back as ``after``."""

    items: Sequence[WeekOut]
    next: str | None
