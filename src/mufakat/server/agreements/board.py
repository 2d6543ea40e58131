"""How every agreement stands, as anybody may see it: between whom, since when, and how far each point is.

What is said in talks is not here. The register shows one agreement whole, as far as it is public.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules.agreement import AgreementState, PointState
from mufakat.rules.publicity import public_words
from mufakat.server.agreements.models import Agreement, Point, Reopening, Side, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

PAGE = 50
SETTLED = frozenset({PointState.AGREED, PointState.IN_FORCE})


@dataclass(frozen=True, slots=True)
class Standing:
    """One agreement: `settled` of `points` are agreed or in force; `opens` is None where nothing would be opened."""

    id: str
    title_id: str
    title_en: str
    parties: Sequence[tuple[str, str]]  # Handle and name, in the agreement's order.
    state: AgreementState
    since: datetime
    profile: str
    version: int | None
    points: Sequence[tuple[str, PointState]]
    opens: bool | None

    @property
    def settled(self) -> int:
        """How many points are agreed or in force."""
        return sum(state in SETTLED for _, state in self.points)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of them, newest first."""

    items: Sequence[Standing]
    next: str | None


def page(*, at: datetime, after: str | None = None, size: int = PAGE) -> Page:
    """The agreements behind `after`, in the same number of queries however many there are."""
    rows = Agreement.objects.order_by("-pk")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: size + 1])
    shown = found[:size]
    return Page(_standings(shown, at=at), shown[-1].id if len(found) > size else None)


def counts(*, at: datetime) -> dict[AgreementState, int]:
    """How many there are in each state."""
    ended = Agreement.objects.exclude(ended_at=None).count()
    begun = _begun(Version.objects.filter(agreement__ended_at=None), at=at)
    open_ones = Agreement.objects.filter(ended_at=None).count()
    return {
        AgreementState.TALKS: open_ones - len(begun),
        AgreementState.IN_FORCE: len(begun),
        AgreementState.ENDED: ended,
    }


def _begun(versions: Iterable[Version], *, at: datetime) -> dict[str, Version]:
    """The version in force of each agreement that has one."""
    return {row.agreement_id: row for row in versions if row.from_at <= at and (row.until is None or at < row.until)}


def _standings(rows: Sequence[Agreement], *, at: datetime) -> list[Standing]:
    keys = [row.id for row in rows]
    sides = defaultdict(list)
    for side in Side.objects.filter(agreement__in=keys).order_by("position").select_related("party"):
        sides[side.agreement_id].append((side.party.handle, side.party.name))
    versions = list(Version.objects.filter(agreement__in=keys).order_by("number"))
    begun, last = _begun(versions, at=at), {row.agreement_id: row for row in versions if row.from_at <= at}
    points = _points(keys)
    opens = dict(Reopening.objects.filter(agreement__in=keys).values_list("agreement_id", "holds"))
    return [
        _standing(row, sides[row.id], begun.get(row.id), last.get(row.id), points[row.id], opens=opens.get(row.id))
        for row in rows
    ]


def _standing(  # noqa: PLR0913 - what a line is made of.
    row: Agreement,
    parties: Sequence[tuple[str, str]],
    begun: Version | None,
    last: Version | None,
    points: Sequence[tuple[str, PointState]],
    *,
    opens: bool | None,
) -> Standing:
    if row.ended_at is not None:
        state, since = AgreementState.ENDED, row.ended_at
    elif begun is not None:
        state, since = AgreementState.IN_FORCE, begun.from_at
    else:
        state, since = AgreementState.TALKS, row.opened_at
    return Standing(
        row.id,
        public_words(row.title_id),
        public_words(row.title_en),
        parties,
        state,
        since,
        last.profile.partition("@")[0] if last is not None else "",
        last.number if last is not None else None,
        points,
        opens,
    )


def _points(keys: Sequence[str]) -> dict[str, list[tuple[str, PointState]]]:
    """The newest version of each point, in the order in which they were put on the table."""
    newest: dict[tuple[str, str], PointState] = {}
    rows = Point.objects.filter(agreement__in=keys).order_by("version", "pk")
    for agreement, name, state in rows.values_list("agreement_id", "name", "state"):
        newest[agreement, name] = PointState(state)
    found: dict[str, list[tuple[str, PointState]]] = defaultdict(list)
    for (agreement, name), its in newest.items():
        found[agreement].append((name, its))
    return found
