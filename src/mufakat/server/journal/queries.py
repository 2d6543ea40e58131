"""Read the journal: the events of a case, with what can still be opened of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Min

from mufakat.proof import canonical
from mufakat.server.journal import custody as receipts
from mufakat.server.journal.models import Channel, Event, Opening, Outbox, Pending

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.rules.events import EventType


class Waiting(NamedTuple):
    """What is still to be carried out: rows of the outbox, since when the oldest is due, and leaves for the log."""

    outbox: int
    outbox_due: datetime | None
    leaves: int


def waiting() -> Waiting:
    """Counted in indexes that hold open rows alone."""
    found = Outbox.objects.filter(done_at=None, dead_at=None).aggregate(many=Count("due_at"), due=Min("due_at"))
    return Waiting(found["many"], found["due"], Pending.objects.count())


def events_of(case: str) -> Sequence[Event]:
    """The events of a case in their order, openings loaded with them.

    The caller has asked whether the viewer may see the case.
    """
    return list(Event.objects.filter(case=case).order_by("shard", "position").prefetch_related("openings"))


def events_of_cases(cases: Collection[str]) -> dict[str, list[Event]]:
    """The events of each of these cases in their order, whoever told them, openings loaded with them."""
    found: dict[str, list[Event]] = {case: [] for case in cases}
    for event in Event.objects.filter(case__in=cases).order_by("shard", "position").prefetch_related("openings"):
        found[event.case].append(event)
    return found


class Told(NamedTuple):
    """An event as it was written, and what can still be opened of it; None for a value that was erased."""

    id: str
    shard: str
    position: int
    type: str
    at: datetime
    case: str
    sender: str
    recipient: str
    leaf_hash: bytes
    leaf: bytes
    openings: Mapping[str, bytes | None]


def histories(cases: Collection[str]) -> dict[str, list[Told]]:
    """The events of each of these cases in their order, with their openings: for who makes the public view.

    The caller shows nothing of them but what `rules.publicity` allows.
    """
    found: dict[str, list[Told]] = {case: [] for case in cases}
    for told in _told(Event.objects.filter(case__in=cases)):
        found[told.case].append(told)
    return found


def told(ids: Collection[str]) -> list[Told]:
    """These events with their openings, as `histories` gives them, and under the same condition."""
    return _told(Event.objects.filter(pk__in=ids))


def first_between(sender: str, recipients: Collection[str], *, type_: EventType) -> list[Told]:
    """The events of this type from one party to these, with their openings; by the channels' own index."""
    shards = list(Channel.objects.values_list("shard", flat=True).distinct())
    return _told(Event.objects.filter(shard__in=shards, sender=sender, recipient__in=recipients, type=type_.value))


def _told(events: QuerySet[Event]) -> list[Told]:
    """These events in their order, as plain values: the rows of models took longer than all that is made of them."""
    rows = list(events.order_by("shard", "position").values_list(*Told._fields[:-1]))
    openings: dict[str, dict[str, bytes | None]] = {row[0]: {} for row in rows}
    kept = Opening.objects.filter(event__in=openings).values_list("event_id", "field", "value")
    for event, field, value in kept:
        openings[event][field] = None if value is None else bytes(value)
    return [Told._make((*row[:8], bytes(row[8]), bytes(row[9]), openings[row[0]])) for row in rows]


def by_id(ids: Collection[str]) -> dict[str, Event]:
    """These events, openings loaded with them. The caller has asked whether the viewer may see their cases."""
    return {event.id: event for event in Event.objects.filter(pk__in=ids).prefetch_related("openings")}


def erasures_of(case: str, types: Collection[str]) -> list[Event]:
    """The events of a case that say that something of it was erased, in their order, without what they open."""
    return list(Event.objects.filter(case=case, type__in=types).order_by("shard", "position"))


def opened(ids: Collection[str], *, fields: Collection[str]) -> dict[str, bytes]:
    """What these events open in one of these fields, where it is not erased; an event has one of them at most."""
    kept = Opening.objects.filter(event__in=ids, field__in=fields, value__isnull=False)
    return {event: bytes(value) for event, value in kept.values_list("event_id", "value") if value is not None}


def heads(ids: Collection[str]) -> dict[str, Event]:
    """These events without what they open: enough for a line of a list with its receipt."""
    return {event.id: event for event in Event.objects.filter(pk__in=ids)}


def has_events(shard: str) -> bool:
    """Whether anything ever happened in the shard."""
    return Event.objects.filter(shard=shard).exists()


def shards_of(cases: Collection[str]) -> dict[str, str]:
    """In which shard each of these cases stands."""
    return dict(Event.objects.filter(case__in=cases).values_list("case", "shard").distinct())


def first_event_of(case: str) -> Event:
    """The event that made the case, whose custody receipt its sender holds."""
    return Event.objects.filter(case=case).order_by("shard", "position")[0]


def newest_of(case: str, types: Collection[str]) -> str:
    """The id of the newest event of a case that is of one of these types; the case has one."""
    return Event.objects.filter(case=case, type__in=types).order_by("-at", "-position")[0].id


def custody(event: Event) -> str:
    """The custody receipt of an event.

    What came in a batch was signed for together with its neighbours. A receipt of its own is signed when somebody asks:
    the same leaf and time give the same bytes under the same key, so nothing is stored for it.
    """
    at = canonical.timestamp(event.at)
    return event.custody or receipts.Custodian(event.shard).of_one(event.case, bytes(event.leaf_hash), at=at)


RECEIPTED = ("ntc_", "mai_", "rst_")
"""How the ids of cases begin that somebody gets a receipt for: what was handed in. A contact, an endpoint has none."""


def custody_of(cases: Sequence[str]) -> dict[str, str]:
    """The custody receipts by which these cases began, those that have one."""
    first: dict[str, Event] = {}
    receipted = [case for case in cases if case.startswith(RECEIPTED)]
    rows = Event.objects.filter(case__in=receipted).only("shard", "case", "leaf_hash", "at", "custody")
    for event in rows.order_by("shard", "position"):
        first.setdefault(event.case, event)
    return {case: custody(event) for case, event in first.items()}


def first_event_ids(cases: Collection[str]) -> dict[str, str]:
    """The ids of the events by which these cases began."""
    first: dict[str, str] = {}
    rows = Event.objects.filter(case__in=cases).order_by("shard", "position").values_list("case", "id")
    for case, event in rows:
        first.setdefault(case, event)
    return first
