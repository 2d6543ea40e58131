"""What is owed under the agreements in force: read all at once for whoever judges it, in a constant number of queries.

An agreement is read as its version in force at `at` has it; what comes into force later owes nothing yet.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.db.models import F, Max, Q

from mufakat.rules.obligation import ObligationKind, ObligationTerms
from mufakat.server.agreements.models import Obligation, Proposal, Shown, Side, Version

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

Named = tuple[str, ObligationKind, str]
"""An obligation inside an agreement: its point, its kind, and whose mandate is meant."""


class Handed(NamedTuple):
    """That something was handed in for a point, or that it was confirmed."""

    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class OwedPoint:
    """A point in force and what follows from it; `asked` is how many things its evidence consists of."""

    name: str
    version: int
    owner: str
    from_at: datetime
    due_at: datetime | None
    asked: int
    obligations: tuple[ObligationTerms, ...]
    handed_in: Handed | None
    confirmed: Handed | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """How an obligation was recorded last."""

    state: str
    evidence: dict[str, str | int | float | None]
    due_at: datetime | None
    judged_at: datetime


@dataclass(slots=True)
class Owed:
    """An agreement in force: its sides (ids of parties), what it lists, its points, and what was recorded."""

    agreement: str
    categories: tuple[str, ...] | None
    # Every version that was or is in force, with its points (name → version): notices cite it by this number.
    versions: dict[int, Mapping[str, int]] = field(default_factory=dict)
    sides: list[str] = field(default_factory=list)
    points: list[OwedPoint] = field(default_factory=list)
    recorded: dict[Named, Recorded] = field(default_factory=dict)


class _Terms(msgspec.Struct, frozen=True):
    """Of a proposal what a judge reads; texts stay where they are."""

    evidence: tuple[str, ...] = ()
    obligations: tuple[ObligationTerms, ...] = ()


_terms = msgspec.json.Decoder(_Terms)


@lru_cache(maxsize=20_000)
def _read(sha256: str, raw: str) -> _Terms:
    """A proposal never changes, so that each is decoded once."""
    del sha256
    return _terms.decode(raw)


def in_force(*, at: datetime, only: Collection[str] | None = None) -> list[Owed]:
    """The agreements in force at `at`, by their ids, or those of `only` that are; six queries however many."""
    # (1) The version in force of each.
    versions = Version.objects.filter(Q(until=None) | Q(until__gt=at), from_at__lte=at, agreement__ended_at=None)
    found: dict[str, Owed] = {}
    points: dict[str, Mapping[str, int]] = {}
    for pk, frame, named in _narrowed(versions, only).values_list("agreement_id", "frame", "points"):
        categories = frame.get("categories")
        found[pk] = Owed(pk, None if categories is None else tuple(categories))
        points[pk] = named
    if not found:
        return []
    # (2) What was in force since the talks, and between whom.
    begun = _narrowed(Version.objects.filter(from_at__lte=at), only).values_list("agreement_id", "id", "points")
    for pk, version, named in begun:
        if pk in found:
            found[pk].versions[version] = named
    for pk, party in _narrowed(Side.objects.order_by("position"), only).values_list("agreement_id", "party_id"):
        if pk in found:
            found[pk].sides.append(party)
    _add_points(found, points, only)
    for pk, name, kind, party, *recorded in _narrowed(Obligation.objects.all(), only).values_list(
        "agreement_id", "point", "kind", "party", "state", "evidence", "due_at", "judged_at"
    ):
        if pk in found:
            found[pk].recorded[name, ObligationKind(kind), party] = Recorded(*recorded)
    return [found[pk] for pk in sorted(found)]


def next_due() -> datetime | None:
    """When the time of an obligation is over that was not when it was judged."""
    rows = Obligation.objects.filter(due_at__gt=F("judged_at"), agreement__ended_at=None)
    return rows.order_by("due_at").values_list("due_at", flat=True).first()


def _narrowed(rows: QuerySet[Any], only: Collection[str] | None) -> QuerySet[Any]:
    return rows if only is None else rows.filter(agreement__in=only)


def _add_points(
    found: Mapping[str, Owed], points: Mapping[str, Mapping[str, int]], only: Collection[str] | None
) -> None:
    """The points of those versions, with the terms that were signed and with what was shown for them."""
    proposals = Proposal.objects.filter(number=F("point__proposals"), point__from_at__isnull=False)
    if only is not None:
        proposals = proposals.filter(point__agreement__in=only)
    columns = ("agreement_id", "name", "version", "owner_id", "from_at", "due_at")
    rows = proposals.values_list("point_id", *(f"point__{name}" for name in columns), "sha256", "terms")
    shown = _shown(only)
    for pk, agreement, name, version, owner, from_at, due_at, sha256, raw in rows.order_by("point_id"):
        if points.get(agreement, {}).get(name) != version:
            continue
        terms = _read(sha256, raw)
        handed_in, confirmed = shown[pk].get((owner, False)), _newest(shown[pk], owner)
        found[agreement].points.append(
            OwedPoint(
                name,
                version,
                owner,
                from_at,
                due_at,
                len(terms.evidence),
                terms.obligations,
                handed_in,
                confirmed,
            )
        )


def _shown(only: Collection[str] | None) -> defaultdict[int, dict[tuple[str, bool], Handed]]:
    """By point, the newest that each party showed of either sort."""
    newest = Shown.objects.all()
    if only is not None:
        newest = newest.filter(point__agreement__in=only)
    last = newest.order_by().values("point", "party", "confirms").annotate(last=Max("pk")).values("last")
    found: defaultdict[int, dict[tuple[str, bool], Handed]] = defaultdict(dict)
    rows = Shown.objects.filter(pk__in=last).values_list("point_id", "party_id", "confirms", "at", "event")
    for point, party, confirms, at, event in rows:
        found[point][party, confirms] = Handed(at, event)
    return found


def _newest(shown: Mapping[tuple[str, bool], Handed], owner: str) -> Handed | None:
    """What somebody else than the owner confirmed last."""
    return max((one for (party, confirms), one in shown.items() if confirms and party != owner), default=None)
