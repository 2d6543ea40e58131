"""What a proposal is judged beside: the parties, and the newest terms of every other point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import agreement as rules, agreement_checks
from mufakat.rules.agreement import ON_THE_TABLE, PointState
from mufakat.rules.errors import NotFoundError
from mufakat.rules.parties import PartyKind
from mufakat.server.agreements import profiles
from mufakat.server.agreements.models import Proposal, Side

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mufakat.rules.agreement import PointTerms
    from mufakat.rules.profile import Profile
    from mufakat.server.agreements.models import Agreement

_BOUND = (PointState.IN_FORCE.value, PointState.AGREED.value)
_TABLED = tuple(state.value for state in ON_THE_TABLE)


def kinds_of(agreement: Agreement) -> dict[str, PartyKind]:
    """Handle → kind of each side, in the agreement's order."""
    rows = Side.objects.filter(agreement=agreement).order_by("position")
    return {handle: PartyKind(kind) for handle, kind in rows.values_list("party__handle", "party__kind")}


def newest_terms(agreement: Agreement) -> list[tuple[str, str, int, PointTerms]]:
    """Name, state, version and newest terms of every version of every point, oldest version first."""
    last: dict[int, tuple[str, str, int, str]] = {}
    rows = Proposal.objects.filter(point__agreement=agreement).order_by("point__version", "number")
    for pk, name, state, version, terms in rows.values_list(
        "point_id", "point__name", "point__state", "point__version", "terms"
    ):
        last[pk] = (name, state, version, terms)
    return [(name, state, version, rules.from_json(terms)) for name, state, version, terms in last.values()]


def table(
    agreement: Agreement, judged: Mapping[str, PointTerms], *, at: datetime, settling: bool = False
) -> agreement_checks.Table:
    """The table with `judged` on it.

    A proposal is judged beside what is on the table, then what binds; one that is being `settled` the other way round.
    """
    weights = {**dict.fromkeys(_TABLED, 1 if settling else 2), **dict.fromkeys(_BOUND, 2 if settling else 1)}
    points: dict[str, PointTerms] = {}
    former: dict[str, PointTerms] = {}
    weighed: dict[str, int] = {}
    for name, state, _, terms in newest_terms(agreement):
        weight = weights.get(state, 0)
        if not weight:
            former[name] = terms
        elif weight >= weighed.get(name, 0):
            points[name], weighed[name] = terms, weight
    return agreement_checks.Table(kinds_of(agreement), {**points, **judged}, found_profile, at, former)


def found_profile(ref: str) -> Profile | None:
    """The profile of this reference, where there is one."""
    try:
        return profiles.load(ref)
    except NotFoundError:
        return None
