"""The figures by which obligations are judged, gathered for every agreement at once.

For each kind one reader: it is given all obligations of that kind, asks a query or two however many they are, and gives
back what says of each by what it is judged. None of them reads what was decided (I-05).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Max, Sum

from mufakat.rules import obligation_judging as rules
from mufakat.rules.mandate import MandateState
from mufakat.rules.obligation import ObligationKind
from mufakat.rules.obligation_judging import Counted, Done, Granted, Reach
from mufakat.rules.permissions import MANDATED
from mufakat.server.decisions import reached
from mufakat.server.governance.models import AgreedAnswering, HeldReview
from mufakat.server.parties import mandate_queries, queries as parties, reach

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from mufakat.rules.obligation import ObligationTerms
    from mufakat.rules.obligation_judging import Figures
    from mufakat.server.agreements.owed import Handed, Owed, OwedPoint

IN_FORCE = MandateState.IN_FORCE.value
OFFICIAL = sorted(kind.value for kind in MANDATED)
ACKNOWLEDGED = ("acknowledged_in_time", "acknowledged_late", "unacknowledged_late")
ANSWERED = ("answered_in_time", "answered_late", "unanswered_late")
"""The counts of which the first is in time; what still waits in time is in none of them."""


class Owing(NamedTuple):
    """An obligation with the point that it follows from, and the agreement of that."""

    of: Owed
    point: OwedPoint
    terms: ObligationTerms

    @property
    def side(self) -> tuple[str, str]:
        """The agreement and who owes it."""
        return self.of.agreement, self.point.owner


Share = tuple[int, int]
"""So many of so many."""

Days = defaultdict[tuple[str, str], list[tuple[date, Share]]]


def gathered(owing: Iterable[Owing], *, at: datetime) -> Callable[[Owing], Figures | None]:
    """By what each of these is judged at `at`; what nothing measures yet by nothing."""
    sorts: defaultdict[ObligationKind, list[Owing]] = defaultdict(list)
    for one in owing:
        sorts[one.terms.kind].append(one)
    found = {kind: READERS[kind](every, at) for kind, every in sorts.items() if kind in READERS}

    def of(one: Owing) -> Figures | None:
        look = found.get(one.terms.kind)
        return None if look is None else look(one)

    return of


# -- People and papers --


def _reach(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    found = reach.of_parties({one.point.owner for one in every}, at=at)
    return lambda one: found.get(one.point.owner, Reach())


def _granted(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    """The mandate of the party that is named; where none is, of whichever other side holds one."""
    del at  # What was suspended until then is.
    ids = {handle: pk for handle, (pk, _) in parties.directory().items()}
    handles = {pk: handle for handle, pk in ids.items()}

    def holders(one: Owing) -> list[str]:
        if one.terms.party:
            return [ids[one.terms.party]] if one.terms.party in ids else []
        return [pk for pk in one.of.sides if pk != one.point.owner]

    mandates = mandate_queries.last_of({pk for one in every for pk in holders(one)})

    def look(one: Owing) -> Granted:
        held = [mandates[pk] for pk in holders(one) if pk in mandates]
        best = next((row for row in held if row.state == IN_FORCE), held[0] if held else None)
        if best is None:
            return Granted(party=one.terms.party or "")
        return Granted(
            party=handles[best.party_id],
            mandate=best.id,
            in_force=best.state == IN_FORCE,
            since=best.since,
            review_on=best.review_on,
        )

    return look


def _reviewed(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    held = HeldReview.objects.filter(party__in={one.point.owner for one in every}, held_at__lte=at)
    last = held.order_by().values("party").annotate(last=Max("id")).values("last")
    rows = HeldReview.objects.filter(pk__in=last).values_list("party_id", "held_at", "event")
    found = {party: Done(at=held_at, event=event) for party, held_at, event in rows}
    return lambda one: found.get(one.point.owner, Done())


def _handed_in(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    del every, at  # It came with the agreement.
    return lambda one: _done(one.point.handed_in, asked=one.point.asked)


def _confirmed(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    del every, at
    return lambda one: _done(one.point.confirmed)


def _done(one: Handed | None, *, asked: int | None = None) -> Done:
    return Done(asked=asked) if one is None else Done(at=one.at, event=one.event, asked=asked)


# -- Counts --


def first_day(one: Owing, *, at: datetime) -> date:
    """From which day on is counted.

    Notices are counted by days. A point that joined an agreement in the middle of a day is judged from the next one on:
    nobody is bound backwards.
    """
    since = one.point.from_at.astimezone(UTC).date()
    if one.point.from_at > one.of.began_at:
        since += timedelta(days=1)
    return rules.first_day(one.terms, since=since, at=at)


def _shares(days: Days, at: datetime) -> Callable[[Owing], Figures]:
    """Sum for each obligation the days that it is judged by."""

    def look(one: Owing) -> Counted:
        first = first_day(one, at=at)
        counts = [share for day, share in days.get(one.side, ()) if day >= first]
        return Counted(part=sum(each for each, _ in counts), whole=sum(each for _, each in counts), since=first)

    return look


def _in_time(counts: tuple[str, ...], every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    """How whoever was asked under the agreement answered."""
    rows = _since(every, at).values_list("agreement_id", "party_id", "day")
    sums = {f"sum_{name}": Sum(name) for name in counts}
    days: Days = defaultdict(list)
    for agreement, party, day, *found in rows.annotate(**sums).values_list("agreement_id", "party_id", "day", *sums):
        days[agreement, party].append((day, (int(found[0]), sum(map(int, found)))))
    return _shares(days, at)


def _within_scope(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    """How much of what was asked with authority is about what the agreement lists, be it granted or not."""
    listed = {one.of.agreement: one.of.categories for one in every}
    rows = _since(every, at).filter(kind__in=OFFICIAL).values_list("agreement_id", "sender_id", "day", "category")
    days: Days = defaultdict(list)
    for agreement, sender, day, category, many in rows.annotate(Sum("received")):
        categories = listed.get(agreement)
        inside = categories is None or category in categories
        days[agreement, sender].append((day, (int(many) if inside else 0, int(many))))
    return _shares(days, at)


def _arrived(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    """How many decisions came back to whoever asked."""
    begin = datetime.combine(min(first_day(one, at=at) for one in every), datetime.min.time(), UTC)
    days: Days = defaultdict(list)
    for one in reached.of_agreements({each.of.agreement for each in every}, since=begin, at=at):
        days[one.agreement, one.party].append((one.day, (one.part, one.whole)))
    return _shares(days, at)


def _since(every: Sequence[Owing], at: datetime) -> QuerySet[AgreedAnswering]:
    """The counts of the days by which any of these is judged; where these are few, of their agreements alone."""
    rows = AgreedAnswering.objects.filter(day__gte=min(first_day(one, at=at) for one in every)).order_by()
    held: Collection[str] = {one.of.agreement for one in every}
    return rows.filter(agreement__in=held) if len(held) <= FEW else rows


FEW = 200

READERS: Mapping[ObligationKind, Callable[[Sequence[Owing], datetime], Callable[[Owing], Figures]]] = MappingProxyType(
    {
        ObligationKind.REPRESENTATIVE_REACHABLE: _reach,
        ObligationKind.ACKNOWLEDGED_IN_TIME: partial(_in_time, ACKNOWLEDGED),
        ObligationKind.ANSWERED_IN_TIME: partial(_in_time, ANSWERED),
        ObligationKind.MANDATE_GRANTED: _granted,
        ObligationKind.WITHIN_SCOPE: _within_scope,
        ObligationKind.REASONS_GIVEN: _arrived,
        ObligationKind.REVIEW_HELD: _reviewed,
        ObligationKind.EVIDENCE_GIVEN: _handed_in,
        ObligationKind.CONFIRMED: _confirmed,
    }
)
"""Kind → what reads its figures. A kind that stands here no longer shows `not_measured`."""
