"""Follow the journal: whoever makes something of the events that happened (a register, a count) keeps its place here.

A place is the last position of a shard that was read. It moves in the transaction that writes what was made of it, so a
portion is done once or not at all. Positions are given in the order of the commits: none appears behind a place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Max, Min

from mufakat.server.journal.models import Event, Follower
from mufakat.server.journal.parts import Lead

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


lead: Lead[dict[str, int]] = Lead(recent=5.0)
"""Which of several processes reads on for a follower, by its name: both would make each portion, one for nothing."""


class Step(NamedTuple):
    """An event as a follower meets it."""

    shard: str
    position: int
    id: str
    type: str
    at: datetime
    case: str
    sender: str
    recipient: str


def places(name: str) -> dict[str, int]:
    """How far the follower has read, by shard."""
    return dict(Follower.objects.filter(name=name).values_list("shard", "position"))


def ends() -> dict[str, int]:
    """The last position of every shard: two steps down an index for each, however long the journal is."""
    found: dict[str, int] = {}
    shard = Event.objects.aggregate(first=Min("shard"))["first"]
    while shard is not None:
        found[shard] = Event.objects.filter(shard=shard).aggregate(last=Max("position"))["last"]
        shard = Event.objects.filter(shard__gt=shard).aggregate(first=Min("shard"))["first"]
    return found


def is_anothers(name: str) -> bool:
    """Whether another process reads on for this follower just now; a question of who will look again soon."""
    return lead.is_anothers(name, places(name))


def is_behind(name: str) -> bool:
    """Whether anything happened that the follower has not read."""
    read = places(name)
    return any(read.get(shard, -1) < last for shard, last in ends().items())


def ahead(name: str, *, limit: int, upto: Mapping[str, int] | None = None) -> Sequence[Step]:
    """What the follower reads next: at most `limit` events of one shard, in their order.

    With the `ends` of when its share began it reads no further than `upto` them. One that runs behind what comes in
    this moment does so in ever smaller portions, each with a commit of its own.
    """
    read = places(name)
    for shard, last in sorted((ends() if upto is None else upto).items()):
        place = read.get(shard, -1)
        if place < last:
            found = Event.objects.filter(shard=shard, position__gt=place, position__lte=last).order_by("position")
            return [Step(*row) for row in found.values_list(*Step._fields)[:limit]]
    return []


def read_to(name: str, step: Step) -> None:
    """The follower has read up to this event. In an operation of the writer, with what was made of it."""
    Follower.objects.update_or_create(name=name, shard=step.shard, defaults={"position": step.position})


def did(name: str, before: Mapping[str, int], last: Step) -> None:
    """This process read from these places up to this event; after the commit."""
    lead.did(name, {**before, last.shard: last.position})


def begin_anew(name: str) -> None:
    """Forget the place: everything is read once more. In an operation of the writer."""
    Follower.objects.filter(name=name).delete()
