"""The points of a profile as first proposals between parties: who owes what stands by side, and is put as handles."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from mufakat.rules.agreement import FRAME, Frame, NamedTerms, Text
from mufakat.rules.obligation import ObligationTerms
from mufakat.rules.parties import PartyKind
from mufakat.rules.profile_powers import OwnerSide, PointRule
from mufakat.rules.profile_shape import Profile

_KINDS: Mapping[OwnerSide, tuple[PartyKind, ...]] = {
    OwnerSide.REGULATOR: (PartyKind.REGULATOR, PartyKind.COURT, PartyKind.TRUSTED_FLAGGER),
    OwnerSide.PLATFORM: (PartyKind.PLATFORM, PartyKind.OPERATOR),
    OwnerSide.OPERATOR: (PartyKind.OPERATOR, PartyKind.PLATFORM),
}
"""Who stands for a side: the first kind of party that is there."""

_TERMS = Text(
    id="Para pihak bekerja menurut profil ini. Yang disepakati hanya diganti versi baru yang ditandatangani semua.",
    en="The parties work under this profile. What was agreed is only replaced by a newer version that all signed.",
)


def proposals(profile: Profile, parties: Sequence[tuple[str, PartyKind]]) -> tuple[NamedTerms, ...]:
    """The frame and every point of a profile, as proposals between these parties (handle and kind, in their order).

    A point whose side is not there is left out, and so is what the condition for reopening asks of it.
    """
    sides = {side: handle for side in OwnerSide if (handle := _standing_for(side, parties)) is not None}
    points = tuple(_proposed(rule, sides) for rule in profile.points if rule.owner in sides)
    if not sides:
        return ()
    return (_frame(profile, sides, {point.name for point in points}), *points)


def _standing_for(side: OwnerSide, parties: Sequence[tuple[str, PartyKind]]) -> str | None:
    for wanted in _KINDS[side]:
        for handle, kind in parties:
            if kind is wanted:
                return handle
    return None


def _proposed(rule: PointRule, sides: Mapping[OwnerSide, str]) -> NamedTerms:
    return NamedTerms(
        name=rule.name,
        owner=sides[rule.owner],
        text=rule.text,
        evidence=rule.evidence,
        obligations=tuple(_named(each, sides) for each in rule.obligations),
    )


def _named(terms: ObligationTerms, sides: Mapping[OwnerSide, str]) -> ObligationTerms:
    """The obligation with the party that stands for the side it names."""
    if terms.party is None:
        return terms
    return replace(terms, party=sides.get(OwnerSide(terms.party), terms.party))


def _frame(profile: Profile, sides: Mapping[OwnerSide, str], points: set[str]) -> NamedTerms:
    reopening = profile.reopening
    if reopening is not None:
        known = replace(
            reopening,
            all_of=tuple(term for term in reopening.all_of if term.partition(".")[0] in points),
            any_of=tuple(term for term in reopening.any_of if term.partition(".")[0] in points),
        )
        reopening = known if known.all_of or known.any_of else None
    owner = sides.get(OwnerSide.REGULATOR) or next(iter(sides.values()))
    return NamedTerms(
        name=FRAME,
        owner=owner,
        text=_TERMS,
        frame=Frame(profile=profile.name, reopening=reopening),
    )
