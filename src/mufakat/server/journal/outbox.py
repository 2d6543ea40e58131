"""The outbox: what must still happen because of an event, and the bell that says that there is something new.

A row is taken and done inside one operation of the writer, so that what it brought about and `done_at` are stored
together or not at all; the writers of several processes take turns, and no row is done twice. What takes time (to send
something) is not done here: it is expanded into deliveries first (`connectors`), which are leased.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from mufakat.rules import retry
from mufakat.server.journal import ids, store
from mufakat.server.journal.database import is_embedded
from mufakat.server.journal.models import Event, Kind, Outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.journal.work import Moment

DETAIL = 200  # Characters.


class Address(NamedTuple):
    """An open row alone: to whom, of which event."""

    pk: int
    to: str
    attempts: int
    event: str


class Row(NamedTuple):
    """An open row with what there is to know of its event."""

    pk: int
    to: str
    attempts: int
    event: str
    type: str
    at: datetime
    case: str
    sender: str
    recipient: str


class Bell:
    """Wakes whoever waits for work, in this process; other processes look every second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[threading.Event] = set()

    def hear(self, event: threading.Event) -> None:
        """Set this event at every ring from now on."""
        with self._lock:
            self._waiting.add(event)

    def leave(self, event: threading.Event) -> None:
        """No more."""
        with self._lock:
            self._waiting.discard(event)

    def ring(self) -> None:
        """There is something new; called after the commit that made it."""
        with self._lock:
            for event in self._waiting:
                event.set()


bell = Bell()
leaf_bell = Bell()
"""Rings at every commit that left events: their leaves wait for the log."""


def is_open() -> Q:
    """Neither done nor given up; spelt as the partial index spells it."""
    return Q(done_at=None, dead_at=None)


def is_due(prefixes: Collection[str], *, at: datetime) -> bool:
    """Whether anything waits; a read, so that an idle worker never takes the writer's turn."""
    return any(_waiting(prefix, at).exists() for prefix in prefixes)


def due(prefixes: Collection[str], *, at: datetime, limit: int) -> Sequence[Row]:
    """What waits, oldest first, with its events. Inside an operation of the writer nobody else takes the same rows."""
    chosen = addresses(prefixes, at=at, limit=limit)
    named = {one.event for one in chosen}
    events = {pk: told for pk, *told in Event.objects.filter(pk__in=named).values_list("pk", *TOLD)}
    return [Row(*one, *events[one.event]) for one in chosen]


def addresses(prefixes: Collection[str], *, at: datetime, limit: int) -> Sequence[Address]:
    """What waits, oldest first, for whoever need not know what happened: a query less for each portion."""
    # Each kind is a walk along the index that ends after a portion: joined to its events before that, or asked for
    # two kinds at once, everything that waits is read and sorted each time. Not through the ORM: the writer waits.
    until = store.stamp(at) if is_embedded() else at
    walks = store.fetch_each(*((WALK, [prefix[: Kind.LENGTH], until, limit]) for prefix in prefixes))
    return [Address(*row[1:]) for row in itertools.islice(heapq.merge(*walks), limit)]


WALK = (
    'SELECT due_at, id, "to", attempts, event_id FROM journal_outbox WHERE done_at IS NULL AND dead_at IS NULL AND '  # noqa: S608 - a number of ours.
    f'substr("to", 1, {Kind.LENGTH}) = %s AND due_at <= %s ORDER BY due_at, id LIMIT %s'
)
TOLD = ("type", "at", "case", "sender", "recipient")


def _waiting(prefix: str, at: datetime) -> QuerySet[Outbox]:
    """What is due to one kind: ``party:``, ``contact:``, ``reaction:``."""
    return Outbox.objects.alias(kind=Kind("to")).filter(is_open(), kind=prefix[: Kind.LENGTH], due_at__lte=at)


def done(rows: Collection[int], moment: Moment) -> None:
    """These are done with; in the transaction of what they brought about."""
    Outbox.objects.filter(pk__in=rows).update(done_at=moment.at)


def keep_within(shard: str, moment: Moment) -> int:
    """What was told in this shard so far is carried to nobody: a story's people were there when it was told."""
    told = Event.objects.filter(shard=shard).values("pk")
    return Outbox.objects.filter(is_open(), event__in=told).update(done_at=moment.at)


def failed(row: Row, *, at: datetime, why: str) -> bool:
    """Put it off along the ladder, or give it up after the last rung; True when it was given up."""
    attempts = row.attempts + 1
    later = retry.next_attempt(attempts, at=at, roll=ids.entropy(1)[0] / 256)
    told = {"attempts": attempts, "detail": why[:DETAIL]}
    chosen = Outbox.objects.filter(is_open(), pk=row.pk)
    chosen.update(**told, **({"dead_at": at} if later is None else {"due_at": later}))
    return later is None


def dead(*, limit: int) -> Sequence[Outbox]:
    """What was given up, oldest first."""
    return list(
        Outbox.objects.filter(done_at=None, dead_at__isnull=False).select_related("event").order_by("pk")[:limit]
    )


def dead_count() -> int:
    """How many were given up."""
    return Outbox.objects.filter(done_at=None, dead_at__isnull=False).count()


def revive(pk: int, *, at: datetime) -> bool:
    """Begin anew with a row that was given up; False when it is not one."""
    return (
        Outbox.objects.filter(done_at=None, dead_at__isnull=False, pk=pk).update(dead_at=None, due_at=at, attempts=0)
        == 1
    )


def told_to(to: str, *, after: str | None, limit: int) -> Sequence[Event]:
    """The events that were addressed so, in the order of their commits, from behind the event `after`.

    Ids sort by commit, and the writers take turns: what is behind a known event was committed after it, always.
    """
    rows = Outbox.objects.filter(to=to).select_related("event").order_by("event_id")
    return [row.event for row in (rows.filter(event_id__gt=after) if after else rows)[:limit]]
