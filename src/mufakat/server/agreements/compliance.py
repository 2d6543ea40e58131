"""What each side of an agreement owes and how it stands: for either side the same table, made in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.agreement import FRAME
from mufakat.rules.condition import Condition
from mufakat.rules.obligation import ObligationState
from mufakat.server.agreements.faces import ReopeningOut, instant, or_none

if TYPE_CHECKING:
    from mufakat.server.agreements.models import Obligation
    from mufakat.server.agreements.queries import Whole


class OwedOut(msgspec.Struct, frozen=True):
    """An obligation: how it stands, since when, by which evidence; `event` is that of its last change."""

    point: str
    kind: str
    party: str | None
    state: str
    since: str
    judged_at: str
    due_at: str | None
    evidence: dict[str, Any]
    event: str

    @classmethod
    def of(cls, row: Obligation) -> OwedOut:
        times = (instant(row.since), instant(row.judged_at), or_none(row.due_at))
        return cls(row.point, row.kind, row.party or None, row.state, *times, row.evidence, row.event)


class SideOut(msgspec.Struct, frozen=True):
    """One side: how many of its obligations stand how, and each of them."""

    party: str
    counts: dict[str, int]
    obligations: list[OwedOut]


class ComplianceOut(msgspec.Struct, frozen=True):
    """Both sides, in the agreement's order, and what reopens what was closed: its condition, and how that stands."""

    agreement: str
    version: int | None
    sides: list[SideOut]
    condition: dict[str, list[str]] | None
    reopening: ReopeningOut | None
    links: dict[str, str]

    @classmethod
    def of(cls, whole: Whole) -> ComplianceOut:
        wanted = condition_of(whole)
        base = f"/api/v1/agreements/{whole.row.id}"
        return cls(
            whole.row.id,
            whole.version.number if whole.version is not None else None,
            [side_of(whole, handle) for handle in whole.handles],
            None if wanted is None else {"all_of": list(wanted.all_of), "any_of": list(wanted.any_of)},
            ReopeningOut.of(whole.reopening) if whole.reopening is not None else None,
            {
                "self": f"{base}/obligations",
                "agreement": base,
                "page": f"/desk/agreements/{whole.row.id}/compliance",
            },
        )


def side_of(whole: Whole, handle: str) -> SideOut:
    """What this party owes, point by point; every state is counted, be it nothing."""
    rows = [row for row in whole.obligations if row.owner.handle == handle]
    counts = {state.value: sum(row.state == state.value for row in rows) for state in ObligationState}
    return SideOut(handle, counts, [OwedOut.of(row) for row in rows])


def condition_of(whole: Whole) -> Condition | None:
    """What the frame in force, or the last that was, asks for before something is opened."""
    if whole.version is None:
        return None
    told = whole.version.frame.get("reopening")
    return None if told is None else msgspec.convert(told, Condition)


def unwatched(whole: Whole) -> list[str]:
    """The points in force from which nothing follows that the program could check; people keep an eye on them."""
    named = [] if whole.version is None else [name for name in whole.version.points if name != FRAME]
    owed = {row.point for row in whole.obligations}
    return [name for name in named if name not in owed]
