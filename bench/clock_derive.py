"""``clock.derive``: the clocks of a notice that was received, with their due times."""

from __future__ import annotations

import random
import re
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bench.contest import Contest, Target, WrongError
from bench.loops import Loop
from mufakat.rules import clock, profile
from mufakat.rules.notice import Category, NoticeKind, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

COUNT = 2_000
OFFICE = b"""
name: office
title: Working time of Jakarta
certainty: low
note: Made up to be measured.
sources: []
categories: []
calendars:
  - name: office
    zone: Asia/Jakarta
    days: [monday, tuesday, wednesday, thursday, friday]
    hours: ["08:00-12:00", "13:00-16:00"]
    holidays: ID
clocks:
  - name: acknowledge_within
    starts: notice.received
    stops: notice.acknowledged
    duration: {working: PT8H, calendar: office}
    actor: recipient
    certainty: ours
    sources: []
  - name: decide_within
    starts: notice.received
    stops: decision.made
    duration: {working: P5D, calendar: office}
    actor: recipient
    certainty: ours
    sources: []
"""
HOURS = re.compile(r"PT([0-9]+)H")

Notice = tuple[NoticeKind, Category, Urgency, datetime]


def notices(count: int) -> Sequence[Notice]:
    """Notices of every kind, spread over a year; the same ones every time."""
    chance = random.Random(2017)  # noqa: S311 - no secret.
    first = datetime(2026, 1, 1, tzinfo=UTC)
    kinds, categories, urgencies = list(NoticeKind), list(Category), list(Urgency)
    return [
        (chance.choice(kinds), chance.choice(categories), chance.choice(urgencies), first + timedelta(seconds=second))
        for second in sorted(chance.randrange(365 * 86_400) for _ in range(count))
    ]


def derived(rules: profile.Profile, notice: Notice) -> tuple[clock.DueClock, ...]:
    kind, category, urgency, at = notice
    return clock.derive(rules, event="notice.received", kind=kind, category=category, urgency=urgency, at=at)


RULES: Sequence[dict[str, Any]] = (
    {"name": "acknowledge_within", "starts": "notice.received", "hours": "PT4H"},
    {"name": "takedown_same_day", "starts": "notice.received", "day": "Asia/Jakarta"},
    {"name": "isp_reopen", "starts": "reopening.ordered", "hours": "PT24H"},
)


def by_hand(notice: Notice) -> list[tuple[str, datetime]]:
    """What one writes in an hour for id-2017 alone: a dictionary for each rule, read anew for each notice."""
    *_, at = notice
    found = []
    for rule in RULES:
        if rule["starts"] != "notice.received":
            continue
        if match := HOURS.fullmatch(rule.get("hours", "")):
            found.append((rule["name"], at + timedelta(hours=int(match[1]))))
        else:
            zone = ZoneInfo(rule["day"])
            end = datetime.combine(at.astimezone(zone).date(), time(23, 59, 59, 999000), zone)
            found.append((rule["name"], end.astimezone(UTC)))
    return found


def end_of_day(notice: Notice) -> datetime:
    """The one step of id-2017 that cannot be left out: the end of the day in Jakarta."""
    zone = ZoneInfo("Asia/Jakarta")
    local = notice[3].astimezone(zone)
    return local.replace(hour=23, minute=59, second=59, microsecond=999000).astimezone(UTC)


@contextmanager
def contest(_work: Path) -> Iterator[Contest]:
    """Beside id-2017: working time over holidays, and the two statutes; the slowest must stay within 50 µs as well."""
    items = notices(COUNT)
    then, office = profile.load("id-2017"), profile.parse(OFFICE)
    _require_agreement(then, items)
    others = [
        Loop(f"mufakat.rules.clock, {rules.name}", partial(derived, rules), items)
        for rules in (office, profile.load("id-mr5-2020"), profile.load("eu-dsa"))
    ]
    yield Contest(
        "clock.derive",
        "notices/s of one core",
        Loop("mufakat.rules.clock, id-2017", partial(derived, then), items),
        Loop("dictionaries by hand, id-2017 alone", by_hand, items),
        Loop("zoneinfo: the end of a day alone", end_of_day, items),
        asides=others,
        targets=[Target("ours", 20_000)],  # 50 µs each.
    )


def _require_agreement(rules: profile.Profile, items: Sequence[Notice]) -> None:
    """What is measured derives what one would by hand."""
    for notice in items:
        if [(one.name, one.due_at) for one in derived(rules, notice)] != by_hand(notice):
            raise WrongError(f"mufakat.rules.clock derives other clocks for {notice}")
