"""What the second part of a profile must be to the first: senders that may send, clocks and points that are there.

A profile narrows what this program allows; it never widens it. Each finding has the pointer of what is to be mended.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from mufakat.rules import condition, permissions
from mufakat.rules.agreement import FRAME
from mufakat.rules.durations import parse_elapsed
from mufakat.rules.errors import UnknownSeatError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.obligation import ObligationKind
from mufakat.rules.permissions import Deed, Reach, Role
from mufakat.rules.profile_powers import OwnerSide, PointRule, Sourced, Term
from mufakat.rules.profile_shape import Profile

LONGEST_EMERGENCY = timedelta(hours=72)
"""I-07: without an answer, an emergency stands so long at most."""

_LISTS = ("also_called", "kinds", "measures", "remedies", "publicity", "points")


def lines(profile: Profile) -> Iterator[tuple[str, Sourced]]:
    """Every line of the second part, with its pointer."""
    for name in _LISTS:
        for place, line in enumerate(getattr(profile, name)):
            yield f"/{name}/{place}", line
    for place, kind in enumerate(profile.kinds):
        for number, each in enumerate(kind.required):
            yield f"/kinds/{place}/required/{number}", each
    if profile.restriction is not None:
        for name in profile.restriction.__struct_fields__:
            found = getattr(profile.restriction, name)
            if found is not None:
                yield f"/restriction/{name}", found


def terms(profile: Profile) -> Iterator[tuple[str, Term]]:
    """Every length of time of the second part, with its pointer."""
    return ((pointer, line) for pointer, line in lines(profile) if isinstance(line, Term))


def check(profile: Profile, faults: Faults) -> None:
    """Note everything in the second part that does not fit together."""
    _stands_once("kind", [rule.kind for rule in profile.kinds], "/kinds/{}/kind", faults)
    _stands_once("measure", [rule.measure for rule in profile.measures], "/measures/{}/measure", faults)
    _stands_once("remedy", [(rule.remedy, rule.who) for rule in profile.remedies], "/remedies/{}/remedy", faults)
    _stands_once("line", [(rule.tells, rule.of) for rule in profile.publicity], "/publicity/{}/of", faults)
    _stands_once("point", [rule.name for rule in profile.points], "/points/{}/name", faults)
    _check_kinds(profile, faults)
    _check_remedies(profile, faults)
    _check_words(profile, faults)
    _check_restriction(profile, faults)
    for place, point in enumerate(profile.points):
        _check_point(point, f"/points/{place}", faults)
    _check_reopening(profile, faults)


def _stands_once(what: str, found: Sequence[Any], pointer: str, faults: Faults) -> None:
    for place, one in enumerate(found):
        if one in found[:place]:
            faults.add(pointer.format(place), FaultCode.REPEATED_ITEM, f"This {what} stands in the list already.")


def _check_kinds(profile: Profile, faults: Faults) -> None:
    for place, rule in enumerate(profile.kinds):
        _stands_once("sender", rule.senders, f"/kinds/{place}/senders/{{}}", faults)
        fields = [each.field for each in rule.required]
        _stands_once("field", fields, f"/kinds/{place}/required/{{}}/field", faults)
        for number, sender in enumerate(rule.senders):
            if rule.kind not in permissions.kinds_open_to(sender) | permissions.kinds_by_mandate(sender):
                detail = f"A party of kind {sender.value} never sends {rule.kind.value}; a profile cannot allow it."
                faults.add(f"/kinds/{place}/senders/{number}", FaultCode.NOT_ENTITLED, detail)


def _check_remedies(profile: Profile, faults: Faults) -> None:
    for place, rule in enumerate(profile.remedies):
        if rule.clock is not None and profile.clock(rule.clock) is None:
            faults.add(f"/remedies/{place}/clock", FaultCode.NOT_IN_LIST, f"There is no clock called {rule.clock}.")


def _check_words(profile: Profile, faults: Faults) -> None:
    known = {rule.code for rule in profile.categories}
    for place, one in enumerate(profile.also_called):
        if one.code not in known:
            detail = f"The category {one.code.value} is not listed under `categories`."
            faults.add(f"/also_called/{place}/code", FaultCode.NOT_IN_LIST, detail)


def _check_restriction(profile: Profile, faults: Faults) -> None:
    restriction = profile.restriction
    if restriction is None:
        return
    for pointer, term in terms(profile):
        if term.value.repeat or term.value.at_once or term.value.undue_delay:
            detail = "How long is given as time that passes, working time, a day or a period."
            faults.add(f"{pointer}/value", FaultCode.BAD_FORM, detail)
    if (emergency := restriction.emergency) is not None:
        elapsed = emergency.value.elapsed
        if elapsed is None or parse_elapsed(elapsed) > LONGEST_EMERGENCY:
            detail = "An emergency stands for at most 72 hours, given as elapsed time such as {elapsed: PT72H}."
            faults.add("/restriction/emergency/value", FaultCode.BAD_FORM, detail)
    if (review := restriction.legal_review) is not None and not _approves(review.value):
        detail = "The law is looked at by a seat that approves restrictions, such as approver-2."
        faults.add("/restriction/legal_review/value", FaultCode.NOT_IN_LIST, detail)
    if restriction.layers is not None:
        _stands_once("layer", restriction.layers.value, "/restriction/layers/value/{}", faults)


def _approves(seat: str) -> bool:
    try:
        role, _ = Role.parse_seat(seat)
    except UnknownSeatError:
        return False
    return permissions.reach(role, Deed.APPROVE_RESTRICTION) is not Reach.NONE


def _check_point(point: PointRule, pointer: str, faults: Faults) -> None:
    if point.name == FRAME:
        detail = f"`{FRAME}` is the point that holds the frame; it is made from the profile itself."
        faults.add(f"{pointer}/name", FaultCode.BAD_FORM, detail)
    _stands_once(
        "obligation",
        [(each.kind, each.party) for each in point.obligations],
        f"{pointer}/obligations/{{}}/kind",
        faults,
    )
    for number, each in enumerate(point.obligations):
        place = f"{pointer}/obligations/{number}/party"
        if (each.kind is ObligationKind.MANDATE_GRANTED) != (each.party is not None):
            detail = "Whose mandate is meant is said with mandate_granted, and with nothing else."
            faults.add(place, FaultCode.BAD_FORM, detail)
        elif each.party is not None and each.party not in set(OwnerSide):
            detail = f"A profile names sides and no parties: one of {', '.join(OwnerSide)}."
            faults.add(place, FaultCode.NOT_IN_LIST, detail)


def _check_reopening(profile: Profile, faults: Faults) -> None:
    asked = profile.reopening
    if asked is None:
        return
    if not asked.all_of and not asked.any_of:
        detail = "A condition that names nothing never holds; name points, or leave it out."
        faults.add("/reopening", FaultCode.EMPTY, detail)
    points = {point.name: point for point in profile.points}
    for member, found in (("all_of", asked.all_of), ("any_of", asked.any_of)):
        _stands_once("term", found, f"/reopening/{member}/{{}}", faults)
        for place, term in enumerate(found):
            name, obligation = condition.parts(term)
            point = points.get(name)
            if point is None:
                detail = f"There is no point called {name} under `points`."
                faults.add(f"/reopening/{member}/{place}", FaultCode.NOT_IN_LIST, detail)
            elif obligation not in {"", condition.KEPT, *(each.kind for each in point.obligations)}:
                detail = f"The point {name} has no obligation called {obligation}."
                faults.add(f"/reopening/{member}/{place}", FaultCode.NOT_IN_LIST, detail)
