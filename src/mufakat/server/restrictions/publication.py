"""What the publisher of zones asks and tells: which zones wait, what changed in them, and what a server has taken.

A Change that was sent is sent again until it is written down here as taken; to take a line away or to add it twice
makes no difference. So a publisher may die at any point, and two of them may work side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, Max

from mufakat.formats import rpz
from mufakat.server.journal import door, followers, signer
from mufakat.server.restrictions import zoning
from mufakat.server.restrictions.models import Change, Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment


@dataclass(frozen=True, slots=True)
class Waiting:
    """A zone as its rows say it, and the last serial that was published; 0 where it never was."""

    zone: int
    name: str
    serial: int
    published: int
    action: rpz.Action
    allows: bool
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changed:
    """What came and went, the last word about each line; `whole` asks for a comparison, `last` is the newest Change."""

    remove: tuple[str, ...]
    add: tuple[str, ...]
    whole: bool
    last: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What every primary server has: a zone at a serial, with the Changes up to `last`."""

    zone: int
    serial: int
    last: int


def waiting() -> Sequence[Waiting]:
    """The zones that are not published as they are."""
    found = Zone.objects.exclude(published=F("serial")).select_related("operator").order_by("pk")
    return [_waiting(zone) for zone in found]


def zones(chosen: Collection[int] | None = None) -> Sequence[Waiting]:
    """Every zone there is, or these, as they are now."""
    found = Zone.objects.select_related("operator").order_by("pk")
    return [_waiting(zone) for zone in (found if chosen is None else found.filter(pk__in=chosen))]


def newest() -> int:
    """The last Change that was written down."""
    return Change.objects.aggregate(last=Max("pk"))["last"] or 0


def is_newer(change: int) -> bool:
    """Whether a line came or went since that Change."""
    return Change.objects.filter(pk__gt=change).exclude(owner=zoning.ALL).exists()


def _waiting(zone: Zone) -> Waiting:
    allows = zone.list == rpz.ALLOW
    return Waiting(
        zone.pk, zoning.name_of(zone), zone.serial, zone.published, rpz.action_of(zone.list), allows, zone.published_at
    )


def changed(chosen: Collection[int]) -> dict[int, Changed]:
    """What changed in these zones since a server last took it."""
    words: dict[int, dict[str, bool]] = {zone: {} for zone in chosen}
    last = dict.fromkeys(chosen, 0)
    rows = Change.objects.filter(zone__in=chosen).order_by("pk").values_list("pk", "zone", "owner", "added")
    for pk, zone, owner, added in rows.iterator(chunk_size=5_000):
        words[zone][owner] = added
        last[zone] = pk
    return {
        zone: Changed(
            tuple(owner for owner, added in found.items() if not added),
            tuple(owner for owner, added in found.items() if added and owner != zoning.ALL),
            zoning.ALL in found,
            last[zone],
        )
        for zone, found in words.items()
    }


def lines(zone: int, *, at: datetime) -> Iterator[str]:
    """What stands in a zone."""
    return zoning.lines(Zone.objects.get(pk=zone), at=at)


def position() -> int:
    """How far the journal has come. Whoever reads a zone's rows behind this knows what happened until there."""
    return followers.ends().get(signer.live_shard(), 0)


def reserve(zone: int, least: int) -> int:
    """A serial of this zone that is `least` or more, and that nothing was published under yet."""

    def run(moment: Moment) -> int:
        del moment
        Zone.objects.filter(pk=zone, serial__lt=least).update(serial=least)
        return Zone.objects.values_list("serial", flat=True).get(pk=zone)

    return door.commit(run)


def doubt(zone: int) -> None:
    """Have a zone compared: somebody else wrote to it."""
    door.commit(lambda moment: zoning.compare(Zone.objects.get(pk=zone), 0, moment))


def taken(found: Sequence[Taken], *, position: int, at: datetime) -> None:
    """Write down what the servers have; the journal was at `position` before the zones were read."""

    def run(moment: Moment) -> None:
        del moment
        for one in found:
            Change.objects.filter(zone=one.zone, pk__lte=one.last).delete()
            Zone.objects.filter(pk=one.zone, published__lt=one.serial, serial__gte=one.serial).update(
                published=one.serial, published_at=at, position=position
            )

    door.commit(run)
