"""The figures by which obligations are judged, gathered for every agreement at once.

For each kind one reader: it is given all obligations of that kind, asks a query or two however many they are, and gives
back what says of each by what it is judged. None of them reads what was decided (I-05).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Max, Sum

from mufakat.rules import obligation_judging as rules
from mufakat.rules.mandate import MandateState
from mufakat.rules.obligation import ObligationKind
from mufakat.rules.obligation_judging import Counted, Done, Granted, Reach
from mufakat.rules.permissions import MANDATED
from mufakat.server.decisions import reached
from mufakat.server.filters import figures as screening
from mufakat.server.governance.models import AgreedAnswering, HeldReview
from mufakat.server.parties import mandate_queries, queries as parties, reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    def versions(self) -> Iterator[int]:
        """The versions of the agreement in which this very version of the point was in force."""
        name, version = self.point.name, self.point.version
        return (number for number, points in self.of.versions.items() if points.get(name) == version)


Share = tuple[int, int]
"""So many of so many."""


def gathered(owing: Iterable[Owing], *, at: datetime) -> Callable[[Owing], Figures | None]:
    """By what each of these is judged at `at`; what nothing measures yet by nothing."""
    sorts: defaultdict[ObligationKind, list[Owing]] = defaultdict(list)
    for one in owing:
        sorts[one.terms.kind].append(one)
    found: dict[ObligationKind, Callable[[Owing], Figures]] = {}
    for kinds, reader in READERS.items():
        if every := [one for kind in kinds for one in sorts[kind]]:
            found |= dict.fromkeys(kinds, reader(every, at))

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


def _screened(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    found = screening.last_screened({one.point.owner for one in every}, at=at)
    done = {party: Done(at=last.at, event=last.event) for party, last in found.items()}
    return lambda one: done.get(one.point.owner, Done())


def _done(one: Handed | None, *, asked: int | None = None) -> Done:
    return Done(asked=asked) if one is None else Done(at=one.at, event=one.event, asked=asked)


# -- Counts --

Key = tuple[str, int, str]
"""A kind of obligation, a version of an agreement, and a party."""

Read = tuple[Key, date | None, Share]
Reader = Callable[["Sequence[Owing]", date, bool], "Iterable[Read]"]
"""Reads the counts of these obligations since a day: by key, and day by day where that is wanted."""


def first_day(one: Owing, *, at: datetime) -> date:
    """From which day on is counted; what came on that day before the point was in force cites an older version."""
    return rules.first_day(one.terms, since=one.point.from_at.astimezone(UTC).date(), at=at)


def _shares(every: Sequence[Owing], at: datetime, read: Reader) -> Callable[[Owing], Figures]:
    """Of each obligation the sum of the days by which it is judged.

    Only notices count that came under a version of the agreement with this version of the point. Most obligations
    count from the same day on, for most were agreed longer ago than is counted: these are summed by the database. Of
    the others each day is read.
    """
    firsts = [first_day(one, at=at) for one in every]
    common = Counter(firsts).most_common(1)[0][0]
    sums: defaultdict[Key, Share] = defaultdict(lambda: (0, 0))
    for key, _, share in read(
        [one for one, first in zip(every, firsts, strict=True) if first == common], common, False
    ):
        sums[key] = _added(sums[key], share)
    others = [one for one, first in zip(every, firsts, strict=True) if first != common]
    days: defaultdict[Key, list[tuple[date, Share]]] = defaultdict(list)
    if others:
        for key, day, share in read(others, min(first for first in firsts if first != common), True):
            days[key].append((day or common, share))

    def look(one: Owing) -> Counted:
        first = first_day(one, at=at)
        keys = [(one.terms.kind.value, version, one.point.owner) for version in one.versions]
        if first == common:
            shares = [sums[key] for key in keys if key in sums]
        else:
            shares = [share for key in keys for day, share in days.get(key, ()) if day >= first]
        part, whole = reduce(_added, shares, (0, 0))
        return Counted(part=part, whole=whole, since=first)

    return look


def _added(one: Share, other: Share) -> Share:
    return one[0] + other[0], one[1] + other[1]


def _under_agreements(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    """How whoever was asked answered, and how much of what was asked with authority is what the agreement lists."""
    return _shares(every, at, _answers)


def _answers(every: Sequence[Owing], since: date, by_day: bool) -> Iterator[Read]:  # noqa: FBT001 - a reader.
    listed = {version: one.of.categories for one in every for version in one.of.versions}
    rows = AgreedAnswering.objects.filter(day__gte=since).order_by()
    if len(listed) <= FEW:
        rows = rows.filter(version__in=list(listed))
    key = ("version_id", "sender_id", "party_id", "kind", "category", *(("day",) if by_day else ()))
    sums = {f"sum_{name}": Sum(name) for name in (*ACKNOWLEDGED, *ANSWERED, "received")}
    for version, sender, party, kind, category, *rest in (
        rows.values_list(*key).annotate(**sums).values_list(*key, *sums)
    ):
        if version not in listed:
            continue
        day, counts = (rest[0], rest[1:]) if by_day else (None, rest)
        many = [int(each) for each in counts]
        yield (ObligationKind.ACKNOWLEDGED_IN_TIME.value, version, party), day, (many[0], sum(many[:3]))
        yield (ObligationKind.ANSWERED_IN_TIME.value, version, party), day, (many[3], sum(many[3:6]))
        if kind in OFFICIAL:
            categories = listed[version]
            inside = many[6] if categories is None or category in categories else 0
            yield (ObligationKind.WITHIN_SCOPE.value, version, sender), day, (inside, many[6])


def _arrived(every: Sequence[Owing], at: datetime) -> Callable[[Owing], Figures]:
    """How many decisions came back to whoever asked."""

    def read(some: Sequence[Owing], since: date, by_day: bool) -> Iterator[Read]:  # noqa: FBT001 - a reader.
        begin = datetime.combine(since, datetime.min.time(), UTC)
        held = {version for one in some for version in one.versions}
        found = reached.under_versions(held if len(held) <= FEW else None, since=begin, at=at, by_day=by_day)
        for one in found:
            yield (ObligationKind.REASONS_GIVEN.value, one.version, one.party), one.day, (one.part, one.whole)

    return _shares(every, at, read)


FEW = 200
"""Up to so many versions of agreements their own rows are asked for; of more all are."""

READERS: Mapping[frozenset[ObligationKind], Callable[[Sequence[Owing], datetime], Callable[[Owing], Figures]]] = (
    MappingProxyType(
        {
            frozenset({ObligationKind.REPRESENTATIVE_REACHABLE}): _reach,
            frozenset(
                {
                    ObligationKind.ACKNOWLEDGED_IN_TIME,
                    ObligationKind.ANSWERED_IN_TIME,
                    ObligationKind.WITHIN_SCOPE,
                }
            ): _under_agreements,
            frozenset({ObligationKind.MANDATE_GRANTED}): _granted,
            frozenset({ObligationKind.REASONS_GIVEN}): _arrived,
            frozenset({ObligationKind.REVIEW_HELD}): _reviewed,
            frozenset({ObligationKind.EVIDENCE_GIVEN}): _handed_in,
            frozenset({ObligationKind.CONFIRMED}): _confirmed,
            frozenset({ObligationKind.SCREENING_RUNNING}): _screened,
        }
    )
)
"""Kinds → what reads their figures. A kind that stands here no longer shows `not_measured`."""
