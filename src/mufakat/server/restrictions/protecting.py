"""Names that are never closed here: what the house's admin protects and releases, beside the settings and our own.

What is protected, and why, everybody may read: a name is protected for the public and not for a party. A name that is
closed right now is not protected past those who closed it, which would open it without anybody having lifted it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.db.models import Q

from mufakat.rules import network_names, protected_reading as reading
from mufakat.rules.errors import NotFoundError, NotNowError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.rules.restriction import LIVE, Match
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.notices.faces import encode, instant, or_none
from mufakat.server.parties.operations import HOUSE
from mufakat.server.restrictions import zoning
from mufakat.server.restrictions.models import ClosedName, Protected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from mufakat.rules.protected_reading import ProtectedIn
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

PAGE = 50
MOST = 10_000
"""Names that are protected at once: each is two lines of every operator's allow-list."""


class NotTheHouseError(NotPermittedError):
    """An admin, but of another party."""

    def __str__(self) -> str:
        return "What is never closed is said by the operator of this instance alone."


class ProtectedOut(msgspec.Struct, frozen=True):
    """A name that is never closed, nor is what lies below it: why, since when, and until when it was."""

    name: str
    reason: str
    since: str
    released_at: str | None

    @classmethod
    def of(cls, row: Protected) -> ProtectedOut:
        return cls(row.name, row.reason, instant(row.at), or_none(row.released_at))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of names, in their order, and where the next begins."""

    items: Sequence[ProtectedOut]
    next: str | None


@dataclass(slots=True)
class Protecting:
    """A name on its way to the list."""

    told: ProtectedIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        name = self.told.name
        # (1) Two who protect the same come here one after the other: the second finds what the first made.
        if (known := Protected.objects.filter(name=name, released_at=None).first()) is not None:
            return Answer(200, encode(ProtectedOut.of(known)), known.event)
        if Protected.objects.filter(released_at=None).count() >= MOST:
            raise NotNowError(f"There are {MOST:,} protected names; release one before you protect another.")
        _require_open(_closing(name))
        # (2) The event, the row, and the line on every allow-list.
        said = {"name": name.encode(), "reason": self.told.reason.encode()}
        event = _append(EventType.NAME_PROTECTED, self.by, said, moment)
        row = Protected.objects.create(
            name=name, reason=self.told.reason, person_id=self.by.person_id, at=moment.at, event=event
        )
        zoning.allow(name, moment)
        return Answer(201, encode(ProtectedOut.of(row)), event)


@dataclass(slots=True)
class Releasing:
    """The end of a protection on its way to the writer."""

    name: str
    reason: str
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = _standing(self.name)
        said = {"name": row.name.encode(), "reason": self.reason.encode()}
        event = _append(EventType.NAME_RELEASED, self.by, said, moment, ref=(row.event,))
        row.released_at = moment.at
        row.save(update_fields=["released_at"])
        zoning.disallow(row.name, moment)
        return Answer(200, encode(ProtectedOut.of(row)), event)


def protect(raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Put a name on the list: 201, or 200 where it stands there. `raw` is a name and a reason.

    Raises NotPermittedError, BadRestrictionError, NotNowError where the name, or one below it, is closed now, or ours.
    """
    _require_house(by)
    told = reading.read_protected(raw)
    if not own().isdisjoint([told.name, *network_names.above(told.name)]):
        raise NotNowError("This is a name of this house, and never closed as it is.")
    # What is below a name is found by reading every closed one, so that is asked before the writer's turn.
    _require_open(_live().filter(name__endswith=f".{told.name}"))
    answer: Answer = door.writer().commit(Protecting(told, by, key))
    return answer


def release(name: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Take a name off the list. Raises NotPermittedError, BadRestrictionError, NotFoundError."""
    _require_house(by)
    reason = reading.read_released(raw)
    found = _standing(network_names.sought(name) or "")
    answer: Answer = door.writer().commit(Releasing(found.name, reason, by, key))
    return answer


def page(*, after: str | None = None, size: int = PAGE) -> Page:
    """The names that are protected by the house now, in their order; everybody may read them."""
    found = Protected.objects.filter(released_at=None)
    if after is not None:
        found = found.filter(name__gt=after)
    rows = list(found.order_by("name")[: size + 1])
    shown = [ProtectedOut.of(row) for row in rows[:size]]
    return Page(shown, shown[-1].name if len(rows) > size else None)


def standing(name: str) -> ProtectedOut:
    """One name that is protected now. Raises NotFoundError."""
    return ProtectedOut.of(_standing(name))


def named() -> frozenset[str]:
    """The names that the house protects: by its admin, and in its settings."""
    rows = Protected.objects.filter(released_at=None).values_list("name", flat=True)
    return frozenset(rows) | settings.MUFAKAT_PROTECTED_NAMES


def own() -> frozenset[str]:
    """The names of this instance: pages, appeals, look-up, log, files of evidence, mail, and where its lists lie.

    A list that names a name of its own would be no zone any more, and the canary in it no canary.
    """
    mail = settings.MUFAKAT_MAIL
    texts = [host.removeprefix(".") for host in settings.ALLOWED_HOSTS]
    texts += [settings.MUFAKAT_ORIGIN.partition("/")[0].partition(":")[0], mail.domain]
    texts += [f"rpz.{settings.MUFAKAT_DNS.suffix}"]
    texts += [urlsplit(url).hostname or "" for url in (settings.MUFAKAT_EVIDENCE_ORIGIN, mail.pages)]
    return frozenset(name for name in map(network_names.sought, texts) if name is not None)


def _live() -> QuerySet[ClosedName]:
    """The names that are closed now."""
    states = [state.value for state in LIVE]
    return ClosedName.objects.filter(lifted_at=None, restriction__state__in=states, restriction__shadow=False)


def _closing(name: str) -> QuerySet[ClosedName]:
    """What closes exactly this name now: an order of this name, or of all below one above it."""
    subtree = Q(name__in=list(network_names.above(name)), restriction__match=Match.SUBTREE.value)
    return _live().filter(Q(name=name) | subtree)


def _require_open(closing: QuerySet[ClosedName]) -> None:
    if (found := closing.values_list("restriction", flat=True).first()) is not None:
        raise NotNowError(f"It is closed now by {found}: whoever ordered that lifts it first.")


def _standing(name: str) -> Protected:
    row = Protected.objects.filter(name=name, released_at=None).first()
    if row is None:
        raise NotFoundError("protected name")
    return row


def _require_house(by: Caller) -> None:
    by.require(Deed.PROTECT_NAME)
    if by.kind is not PartyKind.HOUSE:
        raise NotTheHouseError(Deed.PROTECT_NAME, by.role)


def _append(
    type_: EventType, by: Caller, committed: Mapping[str, bytes], moment: Moment, *, ref: tuple[str, ...] = ()
) -> str:
    """The event, of the house to itself: nobody waits for it."""
    happening = journal.Happening(
        type=type_, sender=HOUSE, recipient=HOUSE, case=by.party_id, actor=HOUSE, committed=committed, ref=ref
    )
    return journal.append([happening], moment)[0].id
