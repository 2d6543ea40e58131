"""What an authority learns of a hit: by a named person's release, under a ground that the agreement lists, or never.

(1) A rule proposes; the notification waits. Nobody outside of the platform knows of it. (2) A person of the platform
releases it to one authority: codes alone, on the channel from the platform to this authority, and nothing that would
lead back to the item (`rules.notifying`). (3) Or the person declines, or nobody decides in its time: it is over, and
nobody was told. (4) What was hit is restored: an authority that was told is told that, too, and what still waited is
told to nobody any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import filtering, notifying as rules, notifying_reading as reading
from mufakat.rules.errors import ScreeningStandsError
from mufakat.rules.events import EventType
from mufakat.rules.filtering import HitState, NotificationDeed, NotificationState
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import counterparties
from mufakat.server.filters import notification_queries as queries, telling
from mufakat.server.filters.models import Notification
from mufakat.server.filters.notification_faces import NotificationOut, encode
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.operations import Happening
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection
    from datetime import datetime

    from mufakat.rules.notifying import NotificationRefusalIn, NotificationReleaseIn, ToldCodes
    from mufakat.rules.parties import PartyKind
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

PORTION = 100  # Notifications that lapse in one commit.


@dataclass(slots=True)
class Releasing:
    """A release on its way to the writer."""

    notification: str
    told: NotificationReleaseIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = queries.own(self.by, self.notification, Deed.RELEASE_NOTIFICATION)
        # (1) It waits, in its time, and what it is about was not undone.
        after = _advance(row, NotificationDeed.RELEASE, at=moment.at)
        if row.hit.state == HitState.RESTORED.value:
            raise ScreeningStandsError(row.hit.state, NotificationDeed.RELEASE.value)
        # (2) The agreement in force at this very moment lists the ground, and is about this category.
        directory = parties.directory()
        authority, kind = directory.get(self.told.to, (None, None))
        between = counterparties.between(row.platform_id, authority, at=moment.at) if authority is not None else []
        codes = queries.codes_of(row, kind=queries.kind_of(row))
        kinds: dict[str, PartyKind] = {self.told.to: kind} if kind is not None else {}
        found = rules.choose(self.told, codes.category, kind_of=kinds.get, between=between)
        # (3) A name of its own, the event, then the row.
        row.told = moment.id(queries.PREFIX)
        happening = _telling(
            EventType.NOTIFICATION_RELEASED,
            row.told,
            codes,
            to=self.told.to,
            actor=self.by.handle,
            ground=rules.to_json(self.told.legal_ground),
            law=self.told.legal_ground.system,
        )
        journal.append([happening], moment)
        row.state, row.due_at, row.decided_by_id, row.decided_at = after.value, None, self.by.person_id, moment.at
        row.authority_id, row.version_id = authority, found.version
        row.ground = msgspec.to_builtins(self.told.legal_ground)
        row.save()
        return _answered(row, self.by)


@dataclass(slots=True)
class Declining:
    """A no on its way to the writer."""

    notification: str
    told: NotificationRefusalIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = queries.own(self.by, self.notification, Deed.RELEASE_NOTIFICATION)
        after = _advance(row, NotificationDeed.DECLINE, at=moment.at)
        happening = telling.happening(
            EventType.NOTIFICATION_DECLINED,
            row.id,
            platform=row.platform_id,
            actor=self.by.handle,
            committed={"reason": self.told.reason.encode()},
            ref=(row.event,),
        )
        journal.append([happening], moment)
        row.state, row.due_at, row.decided_by_id, row.decided_at = after.value, None, self.by.person_id, moment.at
        row.save()
        return _answered(row, self.by)


def release(notification: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Tell an authority, in codes, on a ground that the agreement with it lists.

    Raises BadScreeningError, ScreeningStandsError, NotFoundError, NotPermittedError.
    """
    queries.own(by, notification, Deed.RELEASE_NOTIFICATION)
    told = reading.read_release(raw)
    answer: Answer = door.writer().commit(Releasing(notification, told, by, key))
    return answer


def decline(notification: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Tell nobody, and say why. Raises BadScreeningError, ScreeningStandsError, NotFoundError, NotPermittedError."""
    queries.own(by, notification, Deed.RELEASE_NOTIFICATION)
    told = reading.read_refusal(raw)
    answer: Answer = door.writer().commit(Declining(notification, told, by, key))
    return answer


def next_due() -> datetime | None:
    """When the time of the first one that waits is over."""
    due = Notification.objects.filter(due_at__isnull=False).order_by("due_at")
    return due.values_list("due_at", flat=True).first()


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Let lapse what nobody decided in its time; a part of the worker."""
    due = Notification.objects.filter(due_at__lte=at).order_by("due_at", "pk")
    found = list(due.values_list("pk", flat=True)[:PORTION])
    if not found or (stop is not None and stop.is_set()):
        return Swept(0, more=False)
    return Swept(alone(partial(_lapse_all, found)), more=len(found) == PORTION)


def withdrawn(hits: Collection[str], moment: Moment) -> list[Happening]:
    """What authorities are told that were told of these hits, which are restored in this commit; each of it once.

    Of what it was about no more is said than was said before. Called inside an operation of the writer, which appends
    the events.
    """
    told = Notification.objects.filter(hit__in=hits, state=NotificationState.RELEASED.value, withdrawn_at=None)
    found = queries.wholes(list(told.select_related(*queries.JOINED).order_by("told")))
    Notification.objects.filter(pk__in=[one.row.pk for one in found]).update(withdrawn_at=moment.at)
    return [
        _telling(EventType.NOTIFICATION_WITHDRAWN, one.row.told, one.codes, to=one.row.authority.handle, actor=HOUSE)
        for one in found
        if one.row.told is not None and one.row.authority is not None
    ]


def _lapse_all(keys: list[str], moment: Moment) -> int:
    """Inside the writer nobody else writes: what is read here is true until the commit."""
    rows = list(Notification.objects.select_related(*queries.JOINED).filter(pk__in=keys, due_at__lte=moment.at))
    for row in rows:
        _lapse(row, moment)
    return len(rows)


def _lapse(row: Notification, moment: Moment) -> None:
    after = filtering.advance(NotificationState(row.state), NotificationDeed.LAPSE)
    told = telling.happening(EventType.NOTIFICATION_LAPSED, row.id, platform=row.platform_id, ref=(row.event,))
    journal.append([told], moment)
    row.state, row.due_at, row.decided_at = after.value, None, moment.at
    row.save(update_fields=["state", "due_at", "decided_at"])


def _advance(row: Notification, deed: NotificationDeed, *, at: datetime) -> NotificationState:
    """The state after this deed of a person; whose time is over has lapsed, though the sweep has not come by."""
    after = filtering.advance(NotificationState(row.state), deed)
    if row.due_at is not None and row.due_at <= at:
        raise ScreeningStandsError(NotificationState.LAPSED.value, deed.value)
    return after


def _telling(  # noqa: PLR0913 - an event has so many sides.
    type_: EventType, told: str, codes: ToldCodes, *, to: str, actor: str, ground: bytes = b"", law: str | None = None
) -> Happening:
    """An event that an authority gets. It refers to nothing: neither the proposal nor the hit can be found by it."""
    committed = {"codes": rules.to_json(codes), "ground": ground}
    return Happening(
        type=type_,
        sender=codes.platform,
        recipient=to,
        case=told,
        actor=actor,
        committed={name: value for name, value in committed.items() if value},
        law=law,
        to=(f"party:{to}",),
        receipt=True,
    )


def _answered(row: Notification, by: Caller) -> Answer:
    """The answer to a deed: the notification as it stands now."""
    out = NotificationOut.single(queries.whole(queries.known(row.id)), viewer=by)
    return Answer(200, encode(out), row.id)
