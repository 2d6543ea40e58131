"""What an authority is told by itself: the counts of a week, once, after the week is over (I-14).

Every authority that an agreement in force binds to a platform is told the same of a week, in the same bytes
(`rules.weekly`). A week is told whole: it began after the agreement did. What has nothing in it that may be told is not
sent, which says as much. A week that was missed is made up for, some way back.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.conf import settings
from django.db.models import Sum

from mufakat.rules import weekly as rules
from mufakat.rules.events import EventType
from mufakat.rules.notifying import AUTHORITIES
from mufakat.rules.parties import PartyKind
from mufakat.rules.weekly import CountsTold
from mufakat.server.agreements import counterparties, profiles
from mufakat.server.filters.models import Count, WeeklyCounts
from mufakat.server.journal import operations as journal
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from datetime import date, datetime

    from mufakat.server.agreements.counterparties import Bound
    from mufakat.server.journal.work import Moment

BACK = 8
"""Weeks that are made up for; who was not told of an older one asks."""

PORTION = 50  # Weeks of one commit.


class Due(NamedTuple):
    """A week that somebody is to be told of, and what."""

    bound: Bound
    week: date
    told: CountsTold


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Tell what is over and was not told; a part of the worker."""
    found = _due(at=at)
    if not found or (stop is not None and stop.is_set()):
        return Swept(0, more=False)

    def portion(moment: Moment) -> int:
        # Another process may have been faster: what is due is asked for once more where nobody else writes.
        due = _due(at=at)[:PORTION]
        _tell(due, moment)
        return len(due)

    return Swept(alone(portion), more=len(found) > PORTION)


def next_over(*, at: datetime) -> datetime | None:
    """When the next week is over of which somebody may be told; None where no agreement binds anybody to be told."""
    bound = counterparties.bound(PartyKind.PLATFORM, AUTHORITIES, at=at)
    zones = {rules.zone_of(profiles.load(one.profile), otherwise=settings.TIME_ZONE) for one in bound}
    over = (rules.began(rules.last_over(zone=zone, at=at) + 2 * rules.WEEK, zone=zone) for zone in zones)
    return min(over, default=None)


def _due(*, at: datetime) -> list[Due]:
    """What is to be told, the oldest week first."""
    bound = counterparties.bound(PartyKind.PLATFORM, AUTHORITIES, at=at)
    since = at.astimezone(UTC).date() - (BACK + 1) * rules.WEEK
    done = set(WeeklyCounts.objects.filter(week__gte=since).values_list("platform_id", "authority_id", "week"))
    open_ = [(one, week) for one in bound for week in _weeks(one, at=at) if (one.one, one.other, week) not in done]
    told = _counted({(one.one, week) for one, week in open_})
    found = [Due(one, week, told[one.one, week]) for one, week in open_]
    return sorted((one for one in found if not rules.is_empty(one.told)), key=lambda one: (one.week, one.bound))


def _weeks(bound: Bound, *, at: datetime) -> Iterator[date]:
    """The weeks that are over and began when the agreement was in force already, as far back as is made up for."""
    zone = rules.zone_of(profiles.load(bound.profile), otherwise=settings.TIME_ZONE)
    last = rules.last_over(zone=zone, at=at)
    for back in range(BACK):
        week = last - back * rules.WEEK
        if rules.began(week, zone=zone) >= bound.since:
            yield week


def _counted(wanted: set[tuple[str, date]]) -> dict[tuple[str, date], CountsTold]:
    """What is told of each platform and week. What somebody was told of it already is what all others are told."""
    if not wanted:
        return {}
    platforms = {platform for platform, _ in wanted}
    first, last = min(week for _, week in wanted), max(week for _, week in wanted)
    found: dict[tuple[str, date], CountsTold] = {
        (platform, week): msgspec.convert(counts, CountsTold)
        for platform, week, counts in WeeklyCounts.objects.filter(
            platform__in=platforms, week__gte=first, week__lte=last
        ).values_list("platform_id", "week", "counts")
    }
    hits: dict[tuple[str, date], list[tuple[str, int]]] = {}
    screened: dict[tuple[str, date], int] = {}
    rows = Count.objects.filter(
        policy__platform__in=platforms, day__gte=first, day__lt=last + rules.WEEK, shadow=False
    ).order_by()
    columns = ("policy__platform", "day", "rule", "category")
    for platform, day, rule, category, many in (
        rows.values(*columns).annotate(many=Sum("count")).values_list(*columns, "many")
    ):
        key = (platform, rules.monday(day))
        if not rule:
            screened[key] = screened.get(key, 0) + many
        elif category:  # Without one it was no hit: a rule that says `none` let it go.
            hits.setdefault(key, []).append((category, many))
    for key in wanted - found.keys():
        found[key] = rules.tell(hits.get(key, ()), screened.get(key, 0))
    return found


def _tell(due: list[Due], moment: Moment) -> None:
    """The events, then the rows. Inside an operation of the writer."""
    handles = parties.handles()
    cases = [moment.id("wkc") for _ in due]
    recorded = journal.append(
        [
            _happening(case, handles[one.bound.one], handles[one.bound.other], one.told)
            for case, one in zip(cases, due, strict=True)
        ],
        moment,
    )
    WeeklyCounts.objects.bulk_create(
        WeeklyCounts(
            id=case,
            platform_id=one.bound.one,
            authority_id=one.bound.other,
            version_id=one.bound.version,
            week=one.week,
            counts=msgspec.to_builtins(one.told),
            told_at=moment.at,
            event=event.id,
        )
        for case, one, event in zip(cases, due, recorded, strict=True)
    )


def _happening(case: str, platform: str, authority: str, told: CountsTold) -> journal.Happening:
    """The house tells what the two agreed on; the platform sees what is told."""
    return journal.Happening(
        type=EventType.COUNTS_TOLD,
        sender=platform,
        recipient=authority,
        case=case,
        actor=HOUSE,
        committed={"counts": rules.to_json(told)},
        to=(f"party:{authority}", f"party:{platform}"),
    )
