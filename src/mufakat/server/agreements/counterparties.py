"""Who is bound to whom: the parties of an agreement that is in force (I-18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.db.models import Min, Q

from mufakat.rules.admissibility import moment_of
from mufakat.rules.notice import Category, LegalGround
from mufakat.rules.notifying import Between
from mufakat.server.agreements import profiles
from mufakat.server.agreements.models import Side, Version

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.rules.parties import PartyKind


def are_bound(one: str, other: str, *, at: datetime) -> bool:
    """Whether the two parties (ids) are sides of an agreement that is in force at `at`."""
    return _of_both(one, other, at=at).exists()


def between(one: str, other: str, *, at: datetime) -> list[Between]:
    """The agreements between the two (ids) that are in force at `at`: which grounds they list, and about what."""
    rows = _of_both(one, other, at=at).order_by("pk").values_list("agreement_id", "pk", "profile", "frame").distinct()
    found = []
    for agreement, version, ref, frame in rows:
        if _is_over(frame, at=at):
            continue
        narrowed = frame.get("categories")
        about = [rule.code for rule in profiles.load(ref).categories] if narrowed is None else map(Category, narrowed)
        grounds = msgspec.convert(frame.get("grounds") or (), tuple[LegalGround, ...])
        found.append(Between(agreement, version, grounds, frozenset(about)))
    return found


class Bound(NamedTuple):
    """Two parties (ids) under a version in force, its profile, and since when any version of it bound them."""

    one: str
    other: str
    version: int
    profile: str
    since: datetime


def bound(kind: PartyKind, others: Collection[PartyKind], *, at: datetime) -> list[Bound]:
    """Every party of this kind with every one of those kinds to which an agreement in force at `at` binds it.

    Of two agreements between the same two the older one is named. Three queries, however many there are.
    """
    in_force = _in_force(at=at).filter(agreement__ended_at=None)
    versions = list(in_force.values_list("agreement_id", "pk", "profile", "frame"))
    agreements = [agreement for agreement, *_ in versions]
    begun = Version.objects.filter(agreement__in=agreements).order_by().values("agreement")
    since = dict(begun.annotate(since=Min("from_at")).values_list("agreement", "since"))
    sides: dict[str, list[tuple[str, str]]] = {agreement: [] for agreement in agreements}
    for agreement, party, what in Side.objects.filter(agreement__in=agreements).values_list(
        "agreement_id", "party_id", "party__kind"
    ):
        sides[agreement].append((party, what))
    found: dict[tuple[str, str], Bound] = {}
    for agreement, pk, profile, frame in sorted(versions, key=lambda one: (since[one[0]], one[1])):
        if _is_over(frame, at=at):
            continue
        for one in (party for party, what in sides[agreement] if what == kind.value):
            for other in (party for party, what in sides[agreement] if what in others):
                found.setdefault((one, other), Bound(one, other, pk, profile, since[agreement]))
    return [found[pair] for pair in sorted(found)]


def _is_over(frame: Mapping[str, Any], *, at: datetime) -> bool:
    """Over by its own words, where the sweep has not come by."""
    ends = moment_of(frame.get("ends_at") or "")
    return ends is not None and ends <= at


def _in_force(*, at: datetime) -> QuerySet[Version]:
    return Version.objects.filter(Q(until=None) | Q(until__gt=at), from_at__lte=at)


def _of_both(one: str, other: str, *, at: datetime) -> QuerySet[Version]:
    both = _in_force(at=at).filter(agreement__sides__party=one)
    return both.filter(agreement__sides__party=other)
