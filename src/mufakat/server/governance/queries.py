"""Read the counts: who asks and how well it holds, who is asked and how it answers, and where every notice is.

Counts are public: how often a party asked and what came of it, by kind and category and day, no notice among them. Of
parties that ask, those are shown that ask with authority, which takes a mandate; nobody is counted in public for what
they report as a user. Of parties that are asked, the same page says how they answer, for accountability goes both ways.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from mufakat.rules import accuracy, conservation, timeliness
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import MANDATED, kinds_by_mandate
from mufakat.rules.publicity import is_office
from mufakat.server.governance.models import DAY, MONTH, YEAR, Answering, Tally, Total
from mufakat.server.governance.periods import EVER, Period
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from mufakat.rules.conservation import Report
    from mufakat.rules.notice import Category, NoticeKind
    from mufakat.rules.timeliness import Timeliness

PAGE = 50
OFFICIAL = sorted(kind.value for kind in MANDATED)
ASKING = [kind for kind in PartyKind if kinds_by_mandate(kind)]
"""The kinds of party that can hold a mandate."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose counts: of a period, a party, a category, and of parties whose handles come after `after`."""

    period: Period = EVER
    party: str | None = None
    category: Category | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one party: what became of its notices, by category too, and how it answers those it receives."""

    party: str
    kind: str
    asking: accuracy.Tally | None
    categories: Mapping[str, accuracy.Tally]
    answering: Timeliness | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of parties by their handles, and where the next begins."""

    items: Sequence[Figures]
    next: str | None


def listed(wanted: Wanted, *, size: int = PAGE) -> Page:
    """The parties that ask with authority or are asked, by handle, a page at a time; few queries however many."""
    # (1) Whose turn on this page it is.
    narrowed = Answering.objects.filter(wanted.period.condition(DAY, MONTH, YEAR), **_of_category(wanted))
    asked = set(narrowed.order_by().values_list("party_id", flat=True).distinct())
    known = sorted(
        (handle, pk, kind)
        for handle, (pk, kind) in parties.directory().items()
        if (kind in ASKING or (pk in asked and kind is not PartyKind.MEMBER))
        and (wanted.party is None or handle == wanted.party)
        and (wanted.after is None or handle > wanted.after)
    )
    page = known[:size]
    # (2) Their counts.
    tallies = tallies_of(wanted, [pk for _, pk, kind in page if kind in ASKING])
    answers = answering_of(wanted, [pk for _, pk, _ in page])
    items = [
        Figures(
            handle,
            kind.value,
            accuracy.added(tallies.get(pk, {}).values()) if kind in ASKING else None,
            tallies.get(pk, {}),
            answers.get(pk),
        )
        for handle, pk, kind in page
    ]
    return Page(items, page[-1][0] if len(known) > size else None)


def tallies_of(wanted: Wanted, held: Collection[str]) -> dict[str, dict[str, accuracy.Tally]]:
    """By party and category, what became of what it asked with authority."""
    narrowed = {"party__in": held, "kind__in": OFFICIAL, **_of_category(wanted)}
    found: dict[str, dict[str, accuracy.Tally]] = {}
    for (party, category), tally in _tallies(wanted.period, ("party_id", "category"), **narrowed).items():
        found.setdefault(party, {})[category] = tally
    return found


def answering_of(wanted: Wanted, held: Collection[str]) -> dict[str, Timeliness]:
    """By party, how it answers what it receives, whoever asked."""
    rows = Answering.objects.filter(wanted.period.condition(DAY, MONTH, YEAR), party__in=held, **_of_category(wanted))
    summed = _summed(rows, ("party_id",), timeliness.COUNTED)
    return {party: timeliness.Timeliness(**counts) for (party,), counts in summed.items()}


def conserved(wanted: Wanted = Wanted()) -> Report:
    """Where every notice of the period is, whoever sent it, or what one party sent and received (I-11).

    Of a user there is nothing to read, as of a party that there is not: what somebody reported is nobody else's affair.
    """
    narrowed = _of_category(wanted)
    if wanted.party is None:
        return conservation.report(_tallies(wanted.period, (), **narrowed).values())
    known = parties.directory().get(wanted.party)
    if known is None or not is_office(known[1]):
        return conservation.report([])
    sent = _tallies(wanted.period, (), party=known[0], **narrowed)
    received = _of_days(wanted.period, Tally.objects.filter(platform=known[0], **narrowed).exclude(party=known[0]), ())
    return conservation.report([*sent.values(), *received.values()])


def of_mandate(
    party: str, kinds: Collection[NoticeKind], categories: Collection[Category], period: Period
) -> dict[str, accuracy.Tally]:
    """By platform, what became of what a party sent of these kinds about these categories; read day by day."""
    rows = Tally.objects.filter(
        party=party,
        kind__in=[kind.value for kind in kinds],
        category__in=[category.value for category in categories],
    )
    return {platform: tally for (platform,), tally in _of_days(period, rows, ("platform_id",)).items()}


def sent_and_received(party: str, period: Period) -> tuple[Report, Report]:
    """Where every notice is that a party sent, and every one that it received (I-11). A party is named by its id."""
    sent = _tallies(period, (), party=party)
    received = _of_days(period, Tally.objects.filter(platform=party), ())
    return conservation.report(sent.values()), conservation.report(received.values())


def by_day(rows: QuerySet[Any], counted: Sequence[str]) -> dict[date, dict[str, int]]:
    """The sums of the counts by the first day of their span, in one query."""
    summed: dict[Any, dict[str, int]] = dict(_summed(rows, ("day",), counted))
    return {day: counts for (day,), counts in summed.items()}


def _of_category(wanted: Wanted) -> dict[str, str]:
    return {} if wanted.category is None else {"category": wanted.category.value}


def _tallies(period: Period, key: Sequence[str], **narrowed: Any) -> dict[tuple[str, ...], accuracy.Tally]:
    """The sums by key: of whole months and years in one query, and of single days in another where there are any."""
    totals = Total.objects.filter(period.condition(MONTH, YEAR), **narrowed)
    found = [_summed(totals, key, accuracy.COUNTED)]
    days = [one for one in period.spans() if one.grain == DAY]
    if days:
        spans = reduce(operator.or_, [one.condition for one in days])
        found.append(_summed(Tally.objects.filter(spans, **narrowed), key, accuracy.COUNTED))
    return _tallied(found)


def _of_days(period: Period, rows: QuerySet[Any], key: Sequence[str]) -> dict[tuple[str, ...], accuracy.Tally]:
    """The sums by key, from the rows of single days alone."""
    if period.first is not None:
        rows = rows.filter(day__gte=period.first)
    if period.last is not None:
        rows = rows.filter(day__lte=period.last)
    return _tallied([_summed(rows, key, accuracy.COUNTED)])


def _tallied(parts: Sequence[dict[tuple[str, ...], dict[str, int]]]) -> dict[tuple[str, ...], accuracy.Tally]:
    keys = dict.fromkeys(key for part in parts for key in part)
    return {key: accuracy.added(accuracy.Tally(**part[key]) for part in parts if key in part) for key in keys}


def _summed(rows: QuerySet[Any], key: Sequence[str], counted: Sequence[str]) -> dict[tuple[str, ...], dict[str, int]]:
    """The sums of the counts by key, in one query; where there is no key, of all of them."""
    sums = {f"sum_{name}": Sum(name) for name in counted}
    if not key:
        whole = rows.aggregate(**sums)
        return {(): {name: int(whole[f"sum_{name}"] or 0) for name in counted}}
    found = rows.order_by().values_list(*key).annotate(**sums).values_list(*key, *sums)
    return {tuple(row[: len(key)]): dict(zip(counted, map(int, row[len(key) :]), strict=True)) for row in found}
