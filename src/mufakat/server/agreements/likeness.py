"""The points that a profile names, as proposals between these parties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.agreement import FRAME, MAX_POINTS, Frame, NamedTerms, Text
from mufakat.rules.fault import FaultCode, excerpt
from mufakat.rules.parties import PartyKind
from mufakat.server.agreements import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.rules.agreement import AgreementIn
    from mufakat.rules.fault import Faults
    from mufakat.rules.obligation import ObligationTerms
    from mufakat.rules.profile import Profile

SIDES: Mapping[str, tuple[PartyKind, ...]] = {
    "regulator": (PartyKind.REGULATOR, PartyKind.COURT, PartyKind.TRUSTED_FLAGGER, PartyKind.MEMBER),
    "platform": (PartyKind.PLATFORM,),
    "operator": (PartyKind.OPERATOR,),
}
"""Which kinds of parties stand for a side that a profile names, who comes first before the others."""


def points_of(found: AgreementIn, kinds: Mapping[str, PartyKind], faults: Faults) -> tuple[NamedTerms, ...]:
    """What is proposed: the points that were sent, then those of the profile that were not, and its frame."""
    if found.like is None:
        return found.points
    rules = tables.found_profile(found.like)
    if rules is None:
        faults.add("/like", FaultCode.NOT_IN_LIST, f"There is no profile called {excerpt(found.like)}.")
        return found.points
    sent = {one.name for one in found.points}
    made = [_frame(rules, found.like, kinds), *(_point(one, kinds) for one in getattr(rules, "points", ()))]
    more = [one for one in made if one is not None and one.name not in sent]
    if len(found.points) + len(more) > MAX_POINTS:
        faults.add(
            "/points", FaultCode.TOO_MANY, f"With those of {rules.name} there are more than {MAX_POINTS} points."
        )
        return found.points
    return (*found.points, *more)


def owner_of(side: str, kinds: Mapping[str, PartyKind]) -> str | None:
    """The first party that stands for this side; None where nobody does."""
    for kind in SIDES.get(side, ()):
        for handle, its in kinds.items():
            if its is kind:
                return handle
    return None


def _frame(rules: Profile, ref: str, kinds: Mapping[str, PartyKind]) -> NamedTerms:
    names = {one.name for one in getattr(rules, "points", ()) if owner_of(_side(one), kinds) is not None}
    wanted = getattr(rules, "reopening", None)
    if wanted is not None:
        wanted = msgspec.structs.replace(
            wanted,
            all_of=tuple(term for term in wanted.all_of if term.partition(".")[0] in names),
            any_of=tuple(term for term in wanted.any_of if term.partition(".")[0] in names),
        )
        wanted = wanted if wanted.all_of or wanted.any_of else None
    return NamedTerms(
        name=FRAME,
        owner=next(iter(kinds)),
        text=Text(
            id=f"Para pihak bekerja menurut profil {rules.name}.",
            en=f"The parties work under the profile {rules.name}.",
        ),
        frame=Frame(profile=ref, reopening=wanted),
    )


def _point(one: Any, kinds: Mapping[str, PartyKind]) -> NamedTerms | None:
    owner = owner_of(_side(one), kinds)
    if owner is None:
        return None  # Nobody stands for the side that would owe it.
    return NamedTerms(
        name=one.name,
        owner=owner,
        text=Text(id=one.text.id, en=one.text.en),
        evidence=tuple(one.evidence),
        obligations=tuple(_obligation(each, kinds) for each in one.obligations),
    )


def _side(one: Any) -> str:
    return str(one.owner.value if hasattr(one.owner, "value") else one.owner)


def _obligation(terms: ObligationTerms, kinds: Mapping[str, PartyKind]) -> ObligationTerms:
    """A profile names a side where an agreement names a party."""
    if terms.party is None or terms.party in kinds:
        return terms
    return msgspec.structs.replace(terms, party=owner_of(terms.party, kinds) or terms.party)
