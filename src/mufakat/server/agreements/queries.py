"""Read agreements: a side its own, whole; everybody what is or was in force. A constant number of queries each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Prefetch

from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.permissions import Deed, Reach
from mufakat.server.agreements.models import (
    Agreement as Agreement,  # noqa: PLC0414 - given on, so that others can name its type.
    Obligation as Obligation,  # noqa: PLC0414 - the same.
    Point as Point,  # noqa: PLC0414 - the same.
    Proposal as Proposal,  # noqa: PLC0414 - the same.
    Reopening,
    Shown as Shown,  # noqa: PLC0414 - the same.
    Side,
    Signature as Signature,  # noqa: PLC0414 - the same.
    Version as Version,  # noqa: PLC0414 - the same.
)
from mufakat.server.journal import ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from mufakat.server.parties.queries import Caller

R = TypeVar("R", Side, Point, Version, Obligation)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Whole:
    """An agreement with everything that belongs to it; `viewer` None is the public."""

    row: Agreement
    sides: Sequence[Side]
    points: Sequence[Point]  # By name, then version; proposals and signatures loaded with each.
    versions: Sequence[Version]
    obligations: Sequence[Obligation]
    reopening: Reopening | None
    viewer: Caller | None

    @property
    def handles(self) -> list[str]:
        """The parties, in the agreement's order."""
        return [side.party.handle for side in self.sides]

    @property
    def version(self) -> Version | None:
        """The version in force, or the last that was."""
        return self.versions[-1] if self.versions else None

    @property
    def in_force(self) -> bool:
        """Whether a version of it is in force."""
        return any(version.until is None for version in self.versions)

    def newest(self) -> list[Point]:
        """The newest version of each point, in the order of their names."""
        return list({point.name: point for point in self.points}.values())


@dataclass(frozen=True, slots=True)
class Page:
    """One page of agreements, newest first, and where the next begins."""

    items: Sequence[Whole]
    next: str | None


def seen_by(viewer: Caller) -> QuerySet[Agreement]:
    """The agreements of the viewer's party (I-10). A seat that looks after people and keys alone sees none."""
    if viewer.require(Deed.READ) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(Deed.READ, viewer.role)
    return Agreement.objects.filter(sides__party=viewer.party_id)


def agreement_for(viewer: Caller, agreement: str, *, deed: Deed | None = None) -> Agreement:
    """The row, for a deed of a side. Raises NotFoundError, and NotPermittedError where the deed is not open."""
    found = Agreement.objects.filter(sides__party=viewer.party_id, pk=agreement) if _is_id(agreement) else None
    row = found.first() if found is not None else None
    if row is None:
        raise NotFoundError("agreement")
    if deed is not None:
        viewer.require(deed)
    return row


def get_for(viewer: Caller, agreement: str) -> Whole:
    """One agreement of the viewer's party. Raises NotFoundError."""
    row = seen_by(viewer).filter(pk=agreement).first() if _is_id(agreement) else None
    if row is None:
        raise NotFoundError("agreement")
    return whole(row, viewer)


def listed(viewer: Caller, *, state: str | None = None, after: str | None = None) -> Page:
    """A page of the agreements of the viewer's party, newest first."""
    found = by_state(seen_by(viewer), state)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    shown = rows[:PAGE]
    return Page(wholes(shown, viewer), shown[-1].id if len(rows) > PAGE else None)


def public(*, limit: int = 200) -> Sequence[Whole]:
    """Every agreement, newest first, for pages that show its state to everybody."""
    return wholes(list(Agreement.objects.order_by("-pk")[:limit]), None)


def by_state(found: QuerySet[Agreement], state: str | None) -> QuerySet[Agreement]:
    """Those in this state alone; an empty one is none."""
    if not state:
        return found
    if state == "ended":
        return found.exclude(ended_at=None)
    begun = Version.objects.filter(until=None).values("agreement")
    found = found.filter(ended_at=None)
    return found.filter(pk__in=begun) if state == "in_force" else found.exclude(pk__in=begun)


def whole(row: Agreement, viewer: Caller | None) -> Whole:
    """One agreement with what belongs to it."""
    return wholes([row], viewer)[0]


def wholes(rows: Sequence[Agreement], viewer: Caller | None) -> list[Whole]:
    """The same of many, in as many queries as of one."""
    keys = [row.id for row in rows]
    proposals = (
        Proposal.objects.order_by("number")
        .select_related("party", "person")
        .prefetch_related(Prefetch("signatures", Signature.objects.order_by("pk").select_related("party", "person")))
    )
    shown = Shown.objects.order_by("at", "pk").select_related("party", "person")
    points = (
        Point.objects.filter(agreement__in=keys)
        .order_by("name", "version")
        .select_related("owner")
        .prefetch_related(Prefetch("proposed", proposals), Prefetch("shown", shown))
    )
    sides = Side.objects.filter(agreement__in=keys).order_by("position").select_related("party")
    versions = Version.objects.filter(agreement__in=keys).order_by("number")
    obligations = Obligation.objects.filter(agreement__in=keys).order_by("point", "kind", "party")
    reopenings = {one.agreement_id: one for one in Reopening.objects.filter(agreement__in=keys)}
    sided, pointed, versioned = _grouped(sides), _grouped(points), _grouped(versions)
    owed = _grouped(obligations.select_related("owner"))
    return [
        Whole(
            row=row,
            sides=sided[row.id],
            points=pointed[row.id],
            versions=versioned[row.id],
            obligations=owed[row.id],
            reopening=reopenings.get(row.id),
            viewer=viewer,
        )
        for row in rows
    ]


def _grouped(rows: Iterable[R]) -> dict[str, list[R]]:
    found: dict[str, list[R]] = defaultdict(list)
    for one in rows:
        found[one.agreement_id].append(one)
    return found


def _is_id(text: str) -> bool:
    return ids.is_id(text, "agr")
