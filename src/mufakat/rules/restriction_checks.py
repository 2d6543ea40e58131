"""Whether an order to close names may be made, who may approve it, and what is missing before it is published. Pure.

`restriction_reading` has judged the shape before, `guard` judges what the names would take with them. Here is asked
what I-07 and I-17 ask: a ground, a category that is agreed, three persons, an end, a review before it, what reopens it,
and the platform's answer or its lapsed time, or an emergency of at most 72 hours.

Source: HOUSE.md I-07, I-17; the part `restriction` of the profile. Time is a value: `at` is aware.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from mufakat.rules import clock, condition
from mufakat.rules.admissibility import moment_of
from mufakat.rules.condition import Condition
from mufakat.rules.errors import NotPermittedError
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.mandate import Mandate, MandateState
from mufakat.rules.notice import Category, NoticeKind
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed, Role, seat_name
from mufakat.rules.profile_powers import Term
from mufakat.rules.profile_shape import Actor, Profile
from mufakat.rules.restriction import EMERGENCY, RestrictionIn

AUTHORITIES: Final = frozenset({PartyKind.REGULATOR, PartyKind.COURT})
"""Who may order that a name is closed."""

OLDEST: Final = timedelta(days=7)
"""How old the paper of an order may be: whoever comes later looks again first, and dates it anew."""

AHEAD: Final = timedelta(hours=14)
"""How much later than UTC it may be where somebody dates an order."""

AGAIN: Final = timedelta(days=30)
"""So long after its end an emergency about the same names is its renewal by another word."""

OPENED_IN: Final = timedelta(hours=24)
"""In what time an operator opens what was lifted, where the profile names no clock of its own for it."""


class Renewed(Struct, frozen=True):
    """The restriction that an order renews: whose it is, whether it still stands, and whether it is an emergency."""

    own: bool
    live: bool


class Table(Struct, frozen=True, kw_only=True):
    """What an order is judged against, as plain values.

    `kind_of` gives the kind of the party with a handle; None: there is none. `profile` is the one in force between the
    authority and the platform, or the one that stands in; `categories` are those that an agreement in force narrows it
    to. `condition` is what reopens it by the order itself, or where that names nothing by the agreement or the profile;
    `points` are those that it may name. `notices` are those of the order that the authority sent to the platform.
    `noticed` are the platforms to which those went, where the order names none. `emergencies` are names that an
    emergency of the same authority closes, or closed not long ago.
    """

    by: str
    kind: PartyKind
    kind_of: Callable[[str], PartyKind | None]
    mandates: Sequence[Mandate]
    profile: Profile
    categories: frozenset[Category] | None
    agreed: bool
    condition: Condition | None
    points: Collection[str]
    notices: Collection[str]
    renewed: Renewed | None
    emergencies: Collection[str]
    at: datetime
    noticed: Sequence[str] = ()


class Times(Struct, frozen=True):
    """When it is looked at again, and when it ends."""

    review_at: datetime
    sunset_at: datetime


def check(order: RestrictionIn, table: Table, faults: Faults) -> Times | None:
    """Note everything for which this order cannot be made as it stands; the two times where they can be read."""
    rules = table.profile.restriction
    if rules is None:
        detail = f"Under {table.profile.name} nothing is closed at the network."
        faults.add("/reopening/agreement", FaultCode.NOT_AGREED, detail)
        return None
    _check_authority(order, table, faults)
    _check_category(order, table, faults)
    _check_layer(order, table, faults)
    _check_parties(order, table, faults)
    _check_reopening(order, table, faults)
    _check_notices(order, table, faults)
    _check_renewal(order, table, faults)
    _check_dated(order.dated, faults, at=table.at)
    return _check_times(order, table, faults)


def check_again(order: RestrictionIn, table: Table, faults: Faults) -> None:
    """Note what may have gone since it was proposed: the mandate, the category, the profile's word for it, the time."""
    if table.profile.restriction is None:
        faults.add("", FaultCode.NOT_AGREED, f"Under {table.profile.name} nothing is closed at the network.")
        return
    _check_authority(order, table, faults)
    _check_category(order, table, faults)
    _check_layer(order, table, faults)
    _time(order.sunset_at, "/sunset_at", table, faults)


def _check_authority(order: RestrictionIn, table: Table, faults: Faults) -> None:
    if table.kind not in AUTHORITIES:
        detail = f"A party of the kind {table.kind.value} orders nothing closed; a regulator or a court does."
        faults.add("", FaultCode.NOT_ENTITLED, detail)
        return
    rules = table.profile.restriction
    if rules is None or not rules.needs_order.value or may_order(table.mandates, order.list):
        return
    held = any(NoticeKind.ORDER in one.terms.kinds for one in table.mandates)
    detail = (
        f"{table.profile.name} closes by an order alone, and no mandate of {table.by} in force is for orders about "
        f"{order.list.value}."
    )
    faults.add("/list", FaultCode.OUTSIDE_MANDATE if held else FaultCode.NOT_ENTITLED, detail)


def may_order(mandates: Sequence[Mandate], category: Category) -> bool:
    """Whether a mandate in force is for orders about this category (I-04)."""
    return any(
        one.state is MandateState.IN_FORCE and NoticeKind.ORDER in one.terms.kinds and category in one.terms.categories
        for one in mandates
    )


def _check_category(order: RestrictionIn, table: Table, faults: Faults) -> None:
    """I-17: what the agreement in force lists, or where there is none, or it lists nothing, the profile."""
    known = table.categories
    if known is None:
        known = frozenset(rule.code for rule in table.profile.categories)
    if order.list not in known:
        by = "the agreement in force" if table.categories is not None else table.profile.name
        listed = ", ".join(sorted(known)) or "none"
        detail = f"A restriction is about what {by} lists, and {order.list.value} is not in it: {listed}."
        faults.add("/list", FaultCode.NOT_AGREED, detail)


def _check_layer(order: RestrictionIn, table: Table, faults: Faults) -> None:
    layers = table.profile.restriction.layers if table.profile.restriction is not None else None
    if layers is not None and order.layer not in layers.value:
        allowed = ", ".join(one.value for one in layers.value)
        detail = f"{table.profile.name} closes at these layers alone: {allowed}."
        faults.add("/layer", FaultCode.NOT_AGREED, detail)


def _check_parties(order: RestrictionIn, table: Table, faults: Faults) -> None:
    wanted = [(f"/operators/{place}", handle, PartyKind.OPERATOR) for place, handle in enumerate(order.operators)]
    if order.platform is not None:
        wanted.append(("/platform", order.platform, PartyKind.PLATFORM))
    for pointer, handle, kind in wanted:
        found = table.kind_of(handle)
        if found is None:
            faults.add(pointer, FaultCode.UNKNOWN_PARTY, f"There is no party called {excerpt(handle)}.")
        elif found is not kind:
            detail = f"{handle} is a party of the kind {found.value}; here stands one of the kind {kind.value}."
            faults.add(pointer, FaultCode.WRONG_RECIPIENT, detail)


def _check_reopening(order: RestrictionIn, table: Table, faults: Faults) -> None:
    wanted = table.condition
    if wanted is None or not condition.terms_of(wanted):
        detail = f"Say what opens it again: neither the order nor an agreement nor {table.profile.name} does."
        faults.add("/reopening", FaultCode.MISSING, detail)
        return
    known = set(table.points)
    own = order.reopening
    for member, terms in (("all_of", own.all_of), ("any_of", own.any_of)) if own is not None else ():
        for place, term in enumerate(terms):
            if condition.parts(term)[0] not in known:
                by = "the agreement" if table.agreed else table.profile.name
                detail = f"{by} has no point called {condition.parts(term)[0]}: this would never be fulfilled."
                faults.add(f"/reopening/{member}/{place}", FaultCode.NOT_IN_LIST, detail)


def _check_notices(order: RestrictionIn, table: Table, faults: Faults) -> None:
    for place, notice in enumerate(order.notices):
        if notice not in table.notices:
            to = f" to {order.platform}" if order.platform is not None else ""
            detail = f"{table.by} sent no notice of this id{to}."
            faults.add(f"/notices/{place}", FaultCode.NOT_IN_LIST, detail)
    if order.platform is None and table.noticed:
        # Left out, it would not be told, and nothing would wait for its answer (I-07).
        detail = f"Its notices went to {', '.join(table.noticed)}: name the platform, so that it is told and answers."
        faults.add("/platform", FaultCode.MISSING, detail)


def _check_renewal(order: RestrictionIn, table: Table, faults: Faults) -> None:
    if order.renews is not None:
        if table.renewed is None or not table.renewed.own:
            faults.add("/renews", FaultCode.NOT_IN_LIST, f"{table.by} has no restriction of this id.")
        elif not table.renewed.live:
            detail = "Only what stands is renewed; what ended is ordered anew, with its reasons."
            faults.add("/renews", FaultCode.CONTRADICTS, detail)
        if order.emergency:
            detail = "An emergency renews nothing: it is renewed in the ordinary way alone (I-07)."
            faults.add("/emergency", FaultCode.CONTRADICTS, detail)
    if order.emergency:
        for place, name in enumerate(order.names):
            if name in table.emergencies:
                detail = (
                    "An emergency closes this name, or closed it not long ago; it goes on in the ordinary way alone "
                    "(I-07)."
                )
                faults.add(f"/names/{place}", FaultCode.CONTRADICTS, detail)


def _check_dated(text: str | None, faults: Faults, *, at: datetime) -> None:
    if text is None:
        return
    try:
        day = date.fromisoformat(text) if len(text) == len("2017-07-14") else None
    except ValueError:
        day = None
    if day is None:
        faults.add("/dated", FaultCode.BAD_DATE, f"{excerpt(text)} is no day: write it as 2017-07-14.")
    elif day > (at + AHEAD).date():
        faults.add("/dated", FaultCode.BAD_DATE, "This day has not come yet.")
    elif day < (at - OLDEST).date():
        detail = f"The order is older than {OLDEST.days} days: look again whether it is still right, and date it anew."
        faults.add("/dated", FaultCode.BAD_DATE, detail)


def _check_times(order: RestrictionIn, table: Table, faults: Faults) -> Times | None:
    before = len(faults)
    found = {name: _time(getattr(order, name), f"/{name}", table, faults) for name in ("review_at", "sunset_at")}
    review, sunset = found["review_at"], found["sunset_at"]
    if sunset is not None and sunset > table.at:
        latest, why = longest(order, table)
        if sunset > latest:
            faults.add("/sunset_at", FaultCode.BAD_DATE, f"{why}: until {latest.isoformat()} at the latest.")
    if review is not None and sunset is not None and review > sunset:
        faults.add("/review_at", FaultCode.BAD_DATE, "It is looked at again before it ends, or when it does.")
    every = table.profile.restriction.review_every if table.profile.restriction is not None else None
    if review is not None and every is not None and review > (latest := after(every, table.profile, at=table.at)):
        detail = f"{table.profile.name} has it looked at again until {latest.isoformat()} at the latest."
        faults.add("/review_at", FaultCode.BAD_DATE, detail)
    if len(faults) > before or review is None or sunset is None:
        return None
    return Times(review, sunset)


def _time(text: str, pointer: str, table: Table, faults: Faults) -> datetime | None:
    found = moment_of(text)
    if found is None:
        detail = f"{excerpt(text)} is no moment: write 2017-08-10T09:30:00+07:00."
        faults.add(pointer, FaultCode.BAD_DATE, detail)
    elif found <= table.at:
        faults.add(pointer, FaultCode.BAD_DATE, "This lies in the past.")
    return found


def longest(order: RestrictionIn, table: Table) -> tuple[datetime, str]:
    """Until when such an order stands at the latest, and the sentence that says why.

    An emergency that the profile does not know stands for no time at all.
    """
    rules = table.profile.restriction
    if rules is None:
        return table.at, "Nothing is closed under this profile"
    latest = after(rules.longest, table.profile, at=table.at)
    if not order.emergency:
        return latest, f"{table.profile.name} lets it stand so long at most"
    if rules.emergency is None:
        return table.at, f"{table.profile.name} knows no emergency"
    ends = min(after(rules.emergency, table.profile, at=table.at), table.at + EMERGENCY, latest)
    return ends, "An emergency stands for at most 72 hours"


def after(term: Term, profile: Profile, *, at: datetime) -> datetime:
    """When so long a time is over."""
    return clock.due_at(term.value, at=at, calendars=profile.calendars)


def wait_until(profile: Profile, *, told_at: datetime) -> datetime:
    """Until when the platform may answer that was told at this time; at once where the profile gives it no time."""
    rules = profile.restriction
    if rules is None or rules.wait_for_answer is None:
        return told_at
    return after(rules.wait_for_answer, profile, at=told_at)


def told_by(profile: Profile, *, proposed_at: datetime) -> datetime:
    """When the platform counts as told that no carrier reached and nobody of whom looked: its time once over.

    Its desk has the order from the beginning. So whoever cannot be reached has twice the time, and stops nothing for
    ever.
    """
    return wait_until(profile, told_at=proposed_at)


def next_review(profile: Profile, *, at: datetime, sunset_at: datetime) -> datetime | None:
    """When it is looked at again after this time; None where it ends before."""
    rules = profile.restriction
    if rules is None or rules.review_every is None:
        return None
    found = after(rules.review_every, profile, at=at)
    return found if found < sunset_at else None


def open_until(profile: Profile, *, at: datetime) -> datetime:
    """Until when an operator has to have opened what came off its list at this time.

    The profile's clock for it is the one of an operator that starts with the lifting, or ends with it.
    """
    for rule in profile.clocks:
        if rule.actor is Actor.OPERATOR and "restriction.lifted" in {rule.starts, rule.stops}:
            return clock.turns(rule.duration, at=at, calendars=profile.calendars)[0]
    return at + OPENED_IN


# -- Who approves -----------------------------------------------------------------------------------------------------


class Place(StrEnum):
    """Whose approval it is: the first, or the one that looks at the law."""

    FIRST = "first_approver"
    SECOND = "second_approver"


class ThreePersonsError(NotPermittedError):
    """Whoever proposed it, or approved it before, is not the one who approves it."""

    def __str__(self) -> str:
        return (
            "A restriction is made by three persons: who proposed it does not approve it, and nobody approves it twice."
        )


class LegalReviewError(NotPermittedError):
    """The approval that is still missing is another seat's."""

    def __init__(self, role: Role, seat: str, *, given: bool) -> None:
        super().__init__(Deed.APPROVE_RESTRICTION, role)
        self.seat = seat
        self.given = given

    def __str__(self) -> str:
        if self.given:
            return f"The legal review ({self.seat}) has approved it; what is missing is another approver's approval."
        return f"The approval that is missing is that of the legal review; the profile names {self.seat} for it."


class Made(Struct, frozen=True):
    """Who made a restriction so far, by person; None where nobody has."""

    proposer: int
    first: int | None
    second: int | None


def place_of(made: Made, *, person: int, role: Role, ordinal: int, profile: Profile) -> Place:
    """Which approval this person gives. Raises ThreePersonsError, LegalReviewError.

    Where the profile names a seat that looks at the law, the second approval is that seat's and nobody else's; either
    of the two may come first.
    """
    if person in {made.proposer, made.first, made.second}:
        raise ThreePersonsError(Deed.APPROVE_RESTRICTION, role)
    review = profile.restriction.legal_review if profile.restriction is not None else None
    if review is None:
        return Place.FIRST if made.first is None else Place.SECOND
    place = Place.SECOND if seat_name(role, ordinal) == review.value else Place.FIRST
    if (made.second if place is Place.SECOND else made.first) is not None:
        # Somebody else sat in this very seat, or another approver came first.
        raise LegalReviewError(role, review.value, given=place is Place.SECOND)
    return place


# -- What is missing --------------------------------------------------------------------------------------------------


class Lack(StrEnum):
    """What a restriction still needs before it is published."""

    FIRST_APPROVAL = "first_approval"
    SECOND_APPROVAL = "second_approval"
    ANSWER = "answer"  # Of the platform, which was told and has time left, or was not told yet.
    TIME = "time"  # Its end has come.


SENTENCES: Mapping[Lack, str] = MappingProxyType(
    {
        Lack.FIRST_APPROVAL: "An approver has still to approve it.",
        Lack.SECOND_APPROVAL: "The approver who looks at the law has still to approve it.",
        Lack.ANSWER: "The platform has still to answer, or its time to be over.",
        Lack.TIME: "Its end has come.",
    }
)


class Stand(Struct, frozen=True, kw_only=True):
    """How far a restriction is, as plain values."""

    made: Made
    emergency: bool
    platform: bool
    answered_at: datetime | None
    wait_until: datetime | None
    proposed_at: datetime
    sunset_at: datetime


def missing(stand: Stand, *, at: datetime) -> tuple[Lack, ...]:
    """Everything that is missing before it may be published; nothing: it is published at once (I-07)."""
    found = []
    if stand.made.first is None:
        found.append(Lack.FIRST_APPROVAL)
    if stand.made.second is None:
        found.append(Lack.SECOND_APPROVAL)
    if stand.platform and not stand.emergency and not _heard(stand, at=at):
        found.append(Lack.ANSWER)
    if at >= stand.sunset_at or (stand.emergency and stand.sunset_at - stand.proposed_at > EMERGENCY):
        found.append(Lack.TIME)
    return tuple(found)


def _heard(stand: Stand, *, at: datetime) -> bool:
    """The platform answered, or its time is over."""
    if stand.answered_at is not None and stand.answered_at <= at:
        return True
    return stand.wait_until is not None and stand.wait_until <= at


def ready_at(stand: Stand) -> datetime | None:
    """From when on nothing is missing, approvals apart; None where nobody knows yet."""
    if not stand.platform or stand.emergency:
        return stand.proposed_at
    known = [time for time in (stand.answered_at, stand.wait_until) if time is not None]
    return min(known, default=None)
