"""A plan of capacity from what came in: how many notices of which sort, at which hours; the people are to be filled in.

Nothing here knows how long work takes, for no event says so: what stands there is a guess to be replaced, and the plan
says that in its title. It is read from times alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import yaml
from django.conf import settings

from mufakat.rules.capacity import Plan, Stream, Team, Work
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile_shape import Calendar, Weekday
from mufakat.server.governance import rehearsal
from mufakat.server.notices import pasts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.agreements.drafts import Draft

LOOKED_BACK = timedelta(days=90)
LOOKED_AT = 100_000  # Notices; of more the newest say it as well.
MOST_STREAMS = 20
GUESS = Work(mean="PT10M")
SORT = tuple[NoticeKind, Category, Urgency]
Arrival = tuple[NoticeKind, Category, Urgency, "datetime"]


def plan_of(draft: Draft, *, reviewers: int, at: datetime) -> Plan:
    """The plan of a draft, from what came in between its parties."""
    zone = settings.TIME_ZONE
    pairs, profile = draft.pairs, draft.profile
    came = pasts.arrivals(pairs, since=at - LOOKED_BACK, limit=LOOKED_AT)
    streams = tuple(streams_of(came, zone=zone, at=at)) or (_unknown(profile, zone),)
    always = Calendar("always", zone, tuple(Weekday), ("00:00-24:00",))
    team = Team(name="desk", reviewers=reviewers, calendar=always)
    title = f"From {len(came)} notices; how long work takes and who works when are guesses: put yours."
    return Plan(profile=profile, streams=streams, teams=(team,), title=title, runs=10)


def streams_of(came: Sequence[Arrival], *, zone: str, at: datetime) -> list[Stream]:
    """A stream for each sort of notice that came, the most frequent first, by hour and day of the week."""
    by_sort: defaultdict[SORT, list[datetime]] = defaultdict(list)
    for kind, category, urgency, moment in came:
        by_sort[kind, category, urgency].append(moment)
    if not came:
        return []
    days = max(1.0, (at - min(moment for *_, moment in came)) / timedelta(days=1))
    often = sorted(by_sort.items(), key=lambda each: (-len(each[1]), each[0]))
    return [_stream(sort, moments, days, zone) for sort, moments in often[:MOST_STREAMS]]


def _stream(sort: SORT, moments: Sequence[datetime], days: float, zone: str) -> Stream:
    kind, category, urgency = sort
    local = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    hours, weekdays = Counter(each.hour for each in local), Counter(each.weekday() for each in local)
    return Stream(
        name=f"{category.value}-{kind.value}-{urgency.value}",
        category=category,
        kind=kind,
        urgency=urgency,
        decide=GUESS,
        per_day=ceil(len(moments) / days),
        zone=zone,
        by_hour=_weights([hours[hour] for hour in range(24)]),
        by_weekday=_weights([weekdays[day] for day in range(7)]) if days >= 14 else None,
    )


def _weights(counts: Sequence[int]) -> tuple[int, ...]:
    """Whole numbers up to 100 in these proportions; what came seldom may come again."""
    most = max(counts)
    return tuple(max(1, round(100 * count / most)) for count in counts)


def _unknown(profile: str, zone: str) -> Stream:
    """Nothing came yet: something has to stand there."""
    listed = rehearsal.named(profile).categories
    category = listed[0].code if listed else Category.OTHER
    return Stream(name="made-up", category=category, decide=GUESS, per_day=24, zone=zone)


def text_of(plan: Plan) -> str:
    """The plan in YAML, as people edit it; what says nothing is left out."""
    shown = msgspec.to_builtins(plan)
    for one in (shown, *shown["streams"], *shown["teams"], *(team["calendar"] for team in shown["teams"])):
        for name in [name for name, value in one.items() if value is None or value == []]:
            del one[name]
    return str(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None))
