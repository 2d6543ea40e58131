"""Two agreements never govern the same notices: whoever would be bound twice is told by which agreement it is bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import agreement as rules, agreement_checks
from mufakat.rules.admissibility import moment_of
from mufakat.rules.agreement import FRAME, PointState
from mufakat.rules.fault import FaultCode
from mufakat.rules.parties import PartyKind
from mufakat.server.agreements.models import Point, Proposal, Side
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mufakat.rules.agreement import PointTerms
    from mufakat.rules.fault import Faults

_BOUND = (PointState.AGREED.value, PointState.IN_FORCE.value)


def check(  # noqa: PLR0913 - what begins, between whom, beside which, when.
    terms: PointTerms,
    kinds: Mapping[str, PartyKind],
    *,
    pointer: str,
    faults: Faults,
    at: datetime,
    agreement: str | None = None,
) -> None:
    """Note which agreement binds a pair of these parties at a time at which this frame would too."""
    if terms.frame is None:
        return
    begins = moment_of(terms.from_at or "") or at
    ends = moment_of(terms.frame.ends_at or "")
    directory = parties.directory()
    ids = {handle: directory[handle][0] for handle in kinds}
    for other, begun, over in _others(ids.values(), agreement):
        if (over is not None and over <= begins) or (ends is not None and ends <= begun):
            continue
        shared = sorted(set(agreement_checks.pairs(kinds)) & set(agreement_checks.pairs(_kinds(other))))
        if shared:
            sender, recipient = shared[0]
            until = f"until {over.isoformat()}" if over is not None else "and has no end"
            detail = (
                f"Notices from {sender} to {recipient} are governed by the agreement {other} {until}: "
                "change that one, end it, or begin when it has ended."
            )
            faults.add(pointer, FaultCode.CONTRADICTS, detail)


def _others(party_ids: Iterable[str], agreement: str | None) -> Iterable[tuple[str, datetime, datetime | None]]:
    """Each other agreement that binds two of these parties or will: from when, until when."""
    rows = Side.objects.filter(party__in=list(party_ids), agreement__ended_at=None).exclude(agreement=agreement)
    frames = Point.objects.filter(agreement__in=rows.values("agreement"), name=FRAME, state__in=_BOUND).order_by("id")
    for point in frames:
        last = Proposal.objects.filter(point=point).order_by("-number").values_list("terms", flat=True)[0]
        frame = rules.from_json(last).frame
        if point.from_at is not None and frame is not None:
            yield point.agreement_id, point.from_at, moment_of(frame.ends_at or "")


def ids_of(kinds: Mapping[str, PartyKind]) -> list[tuple[str, str]]:
    """The pairs by the ids of the parties."""
    directory = parties.directory()
    return [(directory[sender][0], directory[recipient][0]) for sender, recipient in agreement_checks.pairs(kinds)]


def _kinds(agreement: str) -> dict[str, PartyKind]:
    rows = Side.objects.filter(agreement=agreement).order_by("position")
    return {handle: PartyKind(kind) for handle, kind in rows.values_list("party__handle", "party__kind")}
