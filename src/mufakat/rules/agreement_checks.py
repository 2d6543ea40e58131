"""Whether what is proposed contradicts itself, the agreement it belongs to, or what is possible. Pure.

Every refusal says what collides with what. `agreement_reading` has judged the shape before; here each value is sound
and is asked what it means beside the others. Whether another agreement governs the same parties is asked where the
agreements lie.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from mufakat.rules import admissibility, condition
from mufakat.rules.agreement import FRAME, Frame, PointTerms
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.measure import IRREVERSIBLE
from mufakat.rules.obligation import ObligationKind, ObligationTerms
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import kinds_by_mandate
from mufakat.rules.profile_shape import Profile

ASKING: Final = frozenset({PartyKind.REGULATOR, PartyKind.TRUSTED_FLAGGER, PartyKind.COURT, PartyKind.MEMBER})
"""Who asks: notices of these are governed by an agreement."""

ASKED: Final = frozenset({PartyKind.PLATFORM, PartyKind.OPERATOR})
"""Who is asked: notices to these are."""

_ANY = ASKING | ASKED
_OF_THE_ASKED = ASKED
_OF_AUTHORITY = frozenset({PartyKind.REGULATOR, PartyKind.TRUSTED_FLAGGER, PartyKind.COURT})

OWNERS: Mapping[ObligationKind, frozenset[PartyKind]] = MappingProxyType(
    {
        ObligationKind.REPRESENTATIVE_REACHABLE: _ANY,
        ObligationKind.ACKNOWLEDGED_IN_TIME: _OF_THE_ASKED,
        ObligationKind.ANSWERED_IN_TIME: _OF_THE_ASKED,
        ObligationKind.MANDATE_GRANTED: _ANY,
        ObligationKind.WITHIN_SCOPE: _OF_AUTHORITY,
        ObligationKind.REASONS_GIVEN: _OF_THE_ASKED,
        ObligationKind.REVIEW_HELD: _ANY,
        ObligationKind.EVIDENCE_GIVEN: _ANY,
        ObligationKind.CONFIRMED: _ANY,
        ObligationKind.SCREENING_RUNNING: frozenset({PartyKind.PLATFORM}),
        ObligationKind.LIST_SYNCHRONISED: frozenset({PartyKind.REGULATOR, PartyKind.OPERATOR}),
    }
)
"""Which kinds of parties can owe what: each kind of obligation once."""

SHARES: Final = frozenset(
    {
        ObligationKind.ACKNOWLEDGED_IN_TIME,
        ObligationKind.ANSWERED_IN_TIME,
        ObligationKind.WITHIN_SCOPE,
        ObligationKind.REASONS_GIVEN,
    }
)
"""What is so many percent of so many days: the others take neither `at_least` nor `over_days`."""

REPEATED: Final = frozenset(
    {
        ObligationKind.REPRESENTATIVE_REACHABLE,
        ObligationKind.REVIEW_HELD,
        ObligationKind.CONFIRMED,
        ObligationKind.SCREENING_RUNNING,
    }
)
"""What is done anew every so many days: the others take no `every_days`."""

UNMEASURED: Final = frozenset({ObligationKind.LIST_SYNCHRONISED})
"""What no part of this version measures: it may be agreed, and nothing may depend on it."""


class Table(Struct, frozen=True):
    """What a proposal is judged against.

    `kinds` are the agreement's parties; `points` the newest terms of each point that is under way or in force, what is
    judged included; `profile` gives the rules of a reference, None where there are none. `former` are points that
    failed, or were withdrawn: they may be proposed anew.
    """

    kinds: Mapping[str, PartyKind]
    points: Mapping[str, PointTerms]
    profile: Callable[[str], Profile | None]
    at: datetime
    former: Mapping[str, PointTerms] = MappingProxyType({})


def check_parties(
    handles: Sequence[str], kind_of: Callable[[str], PartyKind | None], *, opener: str, faults: Faults
) -> dict[str, PartyKind]:
    """The kinds of the parties: each is known and can be one, somebody asks, somebody is asked, the opener is there."""
    kinds: dict[str, PartyKind] = {}
    for place, handle in enumerate(handles):
        kind = kind_of(handle)
        if kind is None:
            faults.add(f"/parties/{place}", FaultCode.UNKNOWN_PARTY, f"There is no party called {excerpt(handle)}.")
        elif kind not in _ANY:
            detail = (
                f"{handle} is a party of the kind {kind.value}: it neither asks nor is asked, so it agrees nothing."
            )
            faults.add(f"/parties/{place}", FaultCode.WRONG_RECIPIENT, detail)
        else:
            kinds[handle] = kind
    if faults.found:
        return kinds
    if opener not in kinds:
        faults.add("/parties", FaultCode.NOT_ENTITLED, f"{opener} opens these talks and is none of their parties.")
    if not pairs(kinds):
        detail = "An agreement is between somebody who asks (an authority, a flagger) and somebody who is asked."
        faults.add("/parties", FaultCode.WRONG_RECIPIENT, detail)
    return kinds


def pairs(kinds: Mapping[str, PartyKind]) -> list[tuple[str, str]]:
    """Whose notices to whom the agreement governs: everybody who asks, to everybody who is asked."""
    asked = [handle for handle, kind in kinds.items() if kind in ASKED]
    return [(handle, other) for handle, kind in kinds.items() if kind in ASKING for other in asked]


def check_point(name: str, terms: PointTerms, table: Table, *, pointer: str, faults: Faults) -> None:
    """Note whatever a proposal for this point contradicts; `pointer` is where its terms stand."""
    if terms.owner not in table.kinds:
        detail = f"{excerpt(terms.owner)} is no party of this agreement; its parties: {', '.join(table.kinds)}."
        faults.add(f"{pointer}/owner", FaultCode.UNKNOWN_PARTY, detail)
    _check_times(terms, table, pointer, faults)
    for place, one in enumerate(terms.obligations):
        _check_obligation(name, terms, one, table, f"{pointer}/obligations/{place}", faults)
    _check_told_twice(name, terms, table, pointer, faults)
    if (terms.frame is not None) != (name == FRAME):
        detail = "The frame stands in the point `terms` alone, and that point has one."
        code = FaultCode.MISSING if name == FRAME else FaultCode.NOT_WITH_OUTCOME
        faults.add(f"{pointer}/frame", code, detail)
        return
    if terms.frame is not None:
        _check_frame(terms.frame, table, f"{pointer}/frame", faults)
    else:
        _check_promised(name, table, pointer, faults)


def _check_times(terms: PointTerms, table: Table, pointer: str, faults: Faults) -> None:
    begins, due = _moment(terms.from_at), _moment(terms.due_at)
    ends = _end_of(table)
    for member, moment in (("from_at", begins), ("due_at", due)):
        if moment is not None and moment <= table.at:
            faults.add(f"{pointer}/{member}", FaultCode.BAD_DATE, "This lies in the past: nobody is bound backwards.")
        elif moment is not None and ends is not None and moment > ends and terms.frame is None:
            detail = f"This is later than the agreement ends ({ends.isoformat()}, /frame/ends_at of the point terms)."
            faults.add(f"{pointer}/{member}", FaultCode.BAD_DATE, detail)
    if begins is not None and due is not None and due < begins:
        detail = "The evidence is due before the point is in force (from_at)."
        faults.add(f"{pointer}/due_at", FaultCode.BAD_DATE, detail)


def _end_of(table: Table) -> datetime | None:
    terms = table.points.get(FRAME)
    return _moment(terms.frame.ends_at) if terms is not None and terms.frame is not None else None


def _moment(text: str | None) -> datetime | None:
    return admissibility.moment_of(text) if text is not None else None


def _check_obligation(  # noqa: PLR0913, PLR0917 - whose, which, and beside what.
    name: str, terms: PointTerms, one: ObligationTerms, table: Table, pointer: str, faults: Faults
) -> None:
    kind = table.kinds.get(terms.owner)
    if kind is not None and kind not in OWNERS[one.kind]:
        detail = f"{terms.owner} is a {kind.value} and cannot owe {one.kind.value}; the point's owner owes it."
        faults.add(f"{pointer}/kind", FaultCode.NOT_ENTITLED, detail)
    for member, value, taken in (
        ("at_least", one.at_least, one.kind in SHARES),
        ("over_days", one.over_days, one.kind in SHARES),
        ("every_days", one.every_days, one.kind in REPEATED),
        ("party", one.party, one.kind is ObligationKind.MANDATE_GRANTED),
    ):
        if value is not None and not taken:
            faults.add(f"{pointer}/{member}", FaultCode.NOT_WITH_OUTCOME, f"{one.kind.value} has no {member}.")
    if one.kind is ObligationKind.MANDATE_GRANTED:
        _check_holder(one.party, table, f"{pointer}/party", faults)
    if one.kind is ObligationKind.EVIDENCE_GIVEN and not terms.evidence:
        detail = f"Evidence is owed, and the point {name} asks for none (/evidence)."
        faults.add(pointer, FaultCode.MISSING, detail)


def _check_holder(party: str | None, table: Table, pointer: str, faults: Faults) -> None:
    if party is None:
        faults.add(pointer, FaultCode.MISSING, "Whose mandate is meant?")
    elif party not in table.kinds:
        detail = f"{excerpt(party)} is no party of this agreement; its parties: {', '.join(table.kinds)}."
        faults.add(pointer, FaultCode.UNKNOWN_PARTY, detail)
    elif not kinds_by_mandate(table.kinds[party]):
        detail = f"{party} is a {table.kinds[party].value}: it cannot hold a mandate."
        faults.add(pointer, FaultCode.NOT_ENTITLED, detail)


def _check_told_twice(name: str, terms: PointTerms, table: Table, pointer: str, faults: Faults) -> None:
    """What one party owes is said once, or everywhere alike."""
    owed = [(name, terms.owner, one) for one in terms.obligations]
    others = [
        (other, its.owner, one) for other, its in table.points.items() if other != name for one in its.obligations
    ]
    for place, (_, owner, one) in enumerate(owed):
        where = f"{pointer}/obligations/{place}"
        if any(one.kind is before.kind and one.party == before.party for _, _, before in owed[:place]):
            faults.add(where, FaultCode.REPEATED_ITEM, f"{one.kind.value} stands in this point already.")
        for other, whose, there in others:
            if (owner, one.kind, one.party) == (whose, there.kind, there.party) and one != there:
                detail = f"The point {other} asks {one.kind.value} of {owner} in another measure."
                faults.add(where, FaultCode.CONTRADICTS, detail)


def _check_frame(frame: Frame, table: Table, pointer: str, faults: Faults) -> None:
    rules = table.profile(frame.profile)
    if rules is None:
        detail = f"There is no profile called {excerpt(frame.profile)}."
        faults.add(f"{pointer}/profile", FaultCode.NOT_IN_LIST, detail)
    known = {rule.code for rule in rules.categories} if rules is not None else set()
    for place, category in enumerate(frame.categories or ()):
        if rules is not None and category not in known:
            detail = f"The profile {rules.name} has no category {category.value}; an agreement narrows, it adds none."
            faults.add(f"{pointer}/categories/{place}", FaultCode.NOT_IN_LIST, detail)
    for place, measure in enumerate(frame.automatic):
        if measure in IRREVERSIBLE:
            detail = f"{measure.value} cannot be undone: no machine takes it by itself, whatever is agreed (I-06)."
            faults.add(f"{pointer}/automatic/{place}", FaultCode.NOT_AGREED, detail)
    _check_end(frame, table, pointer, faults)
    if frame.reopening is not None:
        _check_condition(frame.reopening, table, f"{pointer}/reopening", faults)


def _check_end(frame: Frame, table: Table, pointer: str, faults: Faults) -> None:
    ends = _moment(frame.ends_at)
    if ends is None:
        return
    begins = _moment(table.points[FRAME].from_at) or table.at
    if ends <= max(begins, table.at):
        faults.add(f"{pointer}/ends_at", FaultCode.BAD_DATE, "An agreement ends later than it begins, and than now.")
    for name, terms in table.points.items():
        for member, moment in (("due_at", _moment(terms.due_at)), ("from_at", _moment(terms.from_at))):
            if name != FRAME and moment is not None and moment > ends:
                detail = f"The point {name} has a {member} later than this end: {moment.isoformat()}."
                faults.add(f"{pointer}/ends_at", FaultCode.CONTRADICTS, detail)


def _check_condition(wanted: condition.Condition, table: Table, pointer: str, faults: Faults) -> None:
    if not condition.terms_of(wanted):
        detail = "A condition that names nothing is never fulfilled; leave it out, or name points."
        faults.add(pointer, FaultCode.EMPTY, detail)
    for member, terms in (("all_of", wanted.all_of), ("any_of", wanted.any_of)):
        for place, term in enumerate(terms):
            why = _never(term, table)
            if why:
                faults.add(f"{pointer}/{member}/{place}", FaultCode.CONTRADICTS, why)


def _check_promised(name: str, table: Table, pointer: str, faults: Faults) -> None:
    """What the reopening condition asks of this point it can still be asked."""
    terms = table.points.get(FRAME)
    wanted = terms.frame.reopening if terms is not None and terms.frame is not None else None
    for term in condition.terms_of(wanted) if wanted is not None else ():
        why = _never(term, table) if condition.parts(term)[0] == name else ""
        if why:
            detail = f"The reopening condition asks for {term}. {why}"
            faults.add(f"{pointer}/obligations", FaultCode.CONTRADICTS, detail)


def _never(term: str, table: Table) -> str:
    """Why this term of a condition can never hold; "" where it can."""
    point, asked = condition.parts(term)
    terms = table.points.get(point) or table.former.get(point)
    if terms is None:
        return f"No point of this agreement is called {point}."
    if not asked:
        return ""
    owed = [one.kind for one in terms.obligations]
    if asked != condition.KEPT and asked not in owed:
        return f"The point {point} has no obligation {asked}."
    seen = [kind for kind in owed if kind not in UNMEASURED and asked in {condition.KEPT, kind}]
    if not seen:
        return f"Nothing that this version measures would ever say that {term} is kept."
    return ""


def owners_table() -> str:
    """What can be owed, by whom, with which numbers, as a Markdown table; ends with a newline."""
    lines = ["| obligation | can be owed by | takes |", "|---|---|---|"]
    for kind, owners in OWNERS.items():
        takes = [
            *(["at_least", "over_days"] if kind in SHARES else []),
            *(["every_days"] if kind in REPEATED else []),
            *(["party"] if kind is ObligationKind.MANDATE_GRANTED else []),
        ]
        by = "every party" if owners == _ANY else ", ".join(one.value for one in PartyKind if one in owners)
        name = f"`{kind.value}`" + (" (not measured yet)" if kind in UNMEASURED else "")
        lines.append(f"| {name} | {by} | {', '.join(f'`{one}`' for one in takes) or '–'} |")
    return "\n".join(lines) + "\n"
