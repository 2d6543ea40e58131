"""What an order is judged by: the profile and the agreement that it stands under, mandates, notices, what stood before.

Asked in the writer's turn, when it is proposed, with each approval, and once more before it is published: in between an
agreement may have come into force, and a mandate may have been suspended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.db.models import Q

from mufakat.rules import restriction_checks as rules
from mufakat.rules.condition import Condition
from mufakat.rules.errors import BadRestrictionError, NotFoundError
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.parties import PartyKind
from mufakat.rules.restriction import LIVE, Match, RestrictionIn
from mufakat.rules.restriction_checks import Renewed, Table
from mufakat.server.agreements import (
    asking,
    operations as agreements,
    profiles,
    queries as agreed,
    reopening,
    standing,
)
from mufakat.server.journal import ids, queries as events
from mufakat.server.notices import queries as notices
from mufakat.server.parties import queries as parties
from mufakat.server.restrictions import watching
from mufakat.server.restrictions.models import ClosedName, Restriction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.rules.notice import Category
    from mufakat.rules.profile import Profile
    from mufakat.server.agreements.queries import Agreement
    from mufakat.server.agreements.standing import Governed
    from mufakat.server.journal.work import Moment

AGREEMENT = "agr"


@dataclass(frozen=True, slots=True)
class Authority:
    """Who orders it."""

    id: str
    handle: str
    kind: PartyKind


@dataclass(frozen=True, slots=True)
class Frame:
    """What it stands under: a profile by its reference, and the agreement in force, or the one that is to be."""

    ref: str
    profile: Profile
    version: int | None
    categories: frozenset[Category] | None
    agreement: Agreement | None
    condition: Condition | None
    points: frozenset[str]


def authority_of(row: Restriction) -> Authority:
    """Who ordered this one."""
    party = row.authority
    return Authority(party.id, party.handle, PartyKind(party.kind))


def frame(order: RestrictionIn, by: Authority, moment: Moment, faults: Faults) -> Frame:
    """What the order stands under now."""
    platform = _id_of(order.platform)
    governed = _governing(by.id, platform, moment)
    named = order.reopening.agreement if order.reopening is not None else None
    agreement = _agreement(named, governed, by, platform, faults)
    ref = _profile(named, governed, faults)
    under = asking.under_of(governed.version) if governed is not None else None
    profile = profiles.load(ref)
    points = {point.name for point in profile.points}
    if agreement is not None:
        points |= set(agreed.Point.objects.filter(agreement=agreement).values_list("name", flat=True))
    return Frame(
        ref,
        profile,
        governed.version if governed is not None else None,
        under.categories if under is not None else None,
        agreement,
        _condition(order, agreement, profile),
        frozenset(points),
    )


def table(order: RestrictionIn, by: Authority, found: Frame, *, at: datetime) -> Table:
    """What the rules ask about, as plain values."""
    directory = parties.directory()

    def kind_of(handle: str) -> PartyKind | None:
        return directory[handle][1] if handle in directory else None

    return Table(
        by=by.handle,
        kind=by.kind,
        kind_of=kind_of,
        mandates=parties.mandates_of(by.id),
        profile=found.profile,
        categories=found.categories,
        agreed=found.agreement is not None,
        condition=found.condition,
        points=found.points,
        notices=_notices(order, by),
        renewed=_renewed(order, by),
        noticed=_noticed(order, by) if order.platform is None else (),
        emergencies=emergencies(by.id, order, at=at) if order.emergency and not order.shadow else (),
        at=at,
    )


def holds(found: Frame) -> bool:
    """Whether what reopens it is there already."""
    if found.agreement is None or found.condition is None:
        return False
    return reopening.outcome(found.agreement, found.condition).holds


def emergencies(authority: str, order: RestrictionIn, *, at: datetime) -> frozenset[str]:
    """Those of the order's names that an emergency of this authority closes, or closed not long ago.

    Under whichever spelling: by a name above with everything below it, or by a name below where the order is about all.
    """
    lately = Q(restriction__ended_at=None) | Q(restriction__ended_at__gt=at - rules.AGAIN)
    found = ClosedName.objects.filter(
        lately,
        restriction__authority=authority,
        restriction__emergency=True,
        restriction__shadow=False,
        restriction__published_at__isnull=False,
    )
    closed = set(found.values_list("name", "restriction__match"))
    names = {name for name, _ in closed}
    trees = {name for name, match in closed if match == Match.SUBTREE.value}
    parents = {each for name in names for each in watching.above(name)} if order.match is Match.SUBTREE else set()
    return frozenset(
        name for name in order.names if name in names | parents or not trees.isdisjoint(watching.above(name))
    )


def _id_of(handle: str | None) -> str | None:
    """The id of a party; None where nobody, or nobody known, is named."""
    found = parties.directory().get(handle) if handle is not None else None
    return found[0] if found is not None else None


def _governing(authority: str, platform: str | None, moment: Moment) -> Governed | None:
    if platform is None:
        return None
    pair = (authority, platform)
    agreements.settle_due(moment)
    return standing.of_pairs([pair], moment=moment).get(pair)


def _agreement(
    named: str | None, governed: Governed | None, by: Authority, platform: str | None, faults: Faults
) -> Agreement | None:
    """The agreement in force between the two; where none is, the one that the order names, which is still to be."""
    known = agreed.Agreement.objects.filter(sides__party=by.id)
    if named is None or not ids.is_id(named, AGREEMENT):
        return known.filter(pk=governed.agreement).first() if governed is not None else None
    found = known.filter(pk=named).first()
    between = found is not None and platform is not None and found.sides.filter(party=platform).exists()
    if not between:
        detail = f"{by.handle} has no agreement of this id with the platform of the order."
        faults.add("/reopening/agreement", FaultCode.NOT_IN_LIST, detail)
        return None
    if governed is not None and governed.agreement != named:
        detail = f"Another agreement is in force between the two: {governed.agreement}."
        faults.add("/reopening/agreement", FaultCode.CONTRADICTS, detail)
    return found


def _profile(named: str | None, governed: Governed | None, faults: Faults) -> str:
    """The profile of the agreement in force; while none is, the one that the order names, or the usual one."""
    given = None if named is None or ids.is_id(named, AGREEMENT) else named
    if governed is not None:
        if given is not None and given not in {governed.profile, governed.profile.partition("@")[0]}:
            detail = f"An agreement under {governed.profile} is in force between the two: name it, or its profile."
            faults.add("/reopening/agreement", FaultCode.CONTRADICTS, detail)
        return governed.profile
    if given is None:
        return standing.PROFILE
    try:
        profiles.load(given)
    except NotFoundError:
        detail = f"There is no agreement and no profile called {excerpt(given)}."
        faults.add("/reopening/agreement", FaultCode.NOT_IN_LIST, detail)
        return standing.PROFILE
    return given


def _condition(order: RestrictionIn, agreement: Agreement | None, profile: Profile) -> Condition | None:
    own = order.reopening
    if own is not None and (own.all_of or own.any_of):
        return Condition(all_of=own.all_of, any_of=own.any_of)
    wanted = reopening.wanted_by(agreement) if agreement is not None else None
    return wanted or profile.reopening


def _notices(order: RestrictionIn, by: Authority) -> frozenset[str]:
    """Those of the order's notices that the authority sent, to the platform where one is named."""
    wanted = [one for one in order.notices if ids.is_id(one, "ntc")]
    sent = notices.Notice.objects.filter(pk__in=wanted, sender=by.id)
    if order.platform is not None:
        sent = sent.filter(recipient=_id_of(order.platform))
    return frozenset(sent.values_list("pk", flat=True))


def _noticed(order: RestrictionIn, by: Authority) -> Sequence[str]:
    """The platforms that the order's notices of this authority went to (handles)."""
    wanted = [one for one in order.notices if ids.is_id(one, "ntc")]
    asked = set(notices.Notice.objects.filter(pk__in=wanted, sender=by.id).values_list("recipient", flat=True))
    return sorted(
        handle for handle, (pk, kind) in parties.directory().items() if pk in asked and kind is PartyKind.PLATFORM
    )


def _renewed(order: RestrictionIn, by: Authority) -> Renewed | None:
    if order.renews is None or not ids.is_id(order.renews, "rst"):
        return None
    row = Restriction.objects.filter(pk=order.renews).first()
    return Renewed(row.authority_id == by.id, row.state in LIVE) if row is not None else None


def order_of(row: Restriction) -> RestrictionIn:
    """The order as it was proposed, from its event, with the names that are still to be closed."""
    first = events.by_id([row.event])[row.event]
    said = {one.field: bytes(one.value) for one in first.openings.all() if one.value is not None}
    members: dict[str, Any] = msgspec.json.decode(said["order"])
    members["names"] = list(
        ClosedName.objects.filter(restriction=row, lifted_at=None).order_by("name").values_list("name", flat=True)
    )
    members["legal_ground"] = msgspec.json.decode(said["legal_ground"])
    members["reason"], members["proportionality"] = said["reason"].decode(), said["proportionality"].decode()
    members["reopening"] = msgspec.json.decode(said["reopening"]) if "reopening" in said else None
    return msgspec.convert(members, RestrictionIn)


def codes(order: RestrictionIn) -> bytes:
    """What an event commits to as `order`: everything that is a code, a handle, an id or a time."""
    members: dict[str, Any] = msgspec.to_builtins(order)
    for name in ("names", "legal_ground", "reason", "proportionality", "reopening"):
        del members[name]
    return msgspec.json.encode(members)


def require_still(row: Restriction, order: RestrictionIn, moment: Moment) -> None:
    """Raise BadRestrictionError where what it needed when it was proposed is no longer there."""
    faults = Faults()
    by = authority_of(row)
    rules.check_again(order, table(order, by, frame(order, by, moment, Faults()), at=moment.at), faults)
    if faults.found:
        raise BadRestrictionError(faults.found)


def told_by(row: Restriction) -> datetime:
    """When its platform counts as told, if nothing says before that it was."""
    return rules.told_by(profiles.load(row.profile), proposed_at=row.proposed_at)


def condition_of(row: Restriction) -> Condition:
    """What reopens it by itself."""
    return Condition(all_of=tuple(row.reopening["all_of"]), any_of=tuple(row.reopening["any_of"]))
