"""Restrictions at the network: what an order to close names holds, and which steps it takes. Pure.

A restriction is narrow (names of one list, by exact name unless it says otherwise), has an end, and needs a proposer
and two approvers who are three persons (I-07). Before it is published the platform concerned has answered, or its time
to answer is over; an emergency goes ahead without, for at most 72 hours. Lifting is one act of one person.

Source: HOUSE.md I-07, I-16, I-17; RFC 7725 (451); RPZ (draft-vixie-dnsop-dns-rpz).
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta, Struct

from mufakat.rules.agreement import Handle, Instant
from mufakat.rules.condition import Term
from mufakat.rules.errors import RestrictionStandsError
from mufakat.rules.notice import Category, LegalGround
from mufakat.rules.profile_powers import Layer

MAX_NAMES: Final = 10_000
MAX_OPERATORS: Final = 1_000
EMERGENCY: Final = timedelta(hours=72)
"""How long an emergency may stand at most, whatever a profile says; it is renewed only the ordinary way."""

Said = Annotated[str, Meta(max_length=8_000)]


class Match(StrEnum):
    """What of a name is closed."""

    EXACT = "exact"  # The name alone.
    SUBTREE = "subtree"  # The name, and everything below it.


class RestrictionState(StrEnum):
    """How a restriction stands."""

    PROPOSED = "proposed"  # Its approvers look at it.
    APPROVED = "approved"  # By both; it waits for the platform's answer, or for the end of its time.
    PUBLISHING = "publishing"  # On the lists; the operators carry it out.
    APPLIED = "applied"  # Every operator does.
    PARTLY_LIFTED = "partly_lifted"  # Some of its names are off the lists.
    LIFTED = "lifted"  # Off the lists, by a person or because what was asked for is there; followed until all is open.
    EXPIRED = "expired"  # Off the lists, because its time was over.
    REFUSED = "refused"  # An approver said no, its proposer took it back, or its end came before it was published.


class RestrictionDeed(StrEnum):
    """What moves a restriction."""

    APPROVE = "approve"  # The second approval; the first leaves the state.
    REFUSE = "refuse"
    PUBLISH = "publish"  # By itself, when nothing is missing any more.
    APPLY = "apply"  # The last operator confirmed.
    LIFT_SOME = "lift_some"
    LIFT = "lift"
    EXPIRE = "expire"  # By itself, at its sunset.


LIVE: Final = frozenset({RestrictionState.PUBLISHING, RestrictionState.APPLIED, RestrictionState.PARTLY_LIFTED})
"""On the lists."""

OVER: Final = frozenset({RestrictionState.LIFTED, RestrictionState.EXPIRED, RestrictionState.REFUSED})

TRANSITIONS: Mapping[tuple[RestrictionState, RestrictionDeed], RestrictionState] = MappingProxyType(
    {
        (RestrictionState.PROPOSED, RestrictionDeed.APPROVE): RestrictionState.APPROVED,
        (RestrictionState.PROPOSED, RestrictionDeed.REFUSE): RestrictionState.REFUSED,
        (RestrictionState.APPROVED, RestrictionDeed.REFUSE): RestrictionState.REFUSED,
        (RestrictionState.APPROVED, RestrictionDeed.PUBLISH): RestrictionState.PUBLISHING,
        (RestrictionState.PUBLISHING, RestrictionDeed.APPLY): RestrictionState.APPLIED,
        (RestrictionState.PUBLISHING, RestrictionDeed.LIFT_SOME): RestrictionState.PARTLY_LIFTED,
        (RestrictionState.APPLIED, RestrictionDeed.LIFT_SOME): RestrictionState.PARTLY_LIFTED,
        (RestrictionState.PARTLY_LIFTED, RestrictionDeed.LIFT_SOME): RestrictionState.PARTLY_LIFTED,
        (RestrictionState.PUBLISHING, RestrictionDeed.LIFT): RestrictionState.LIFTED,
        (RestrictionState.APPLIED, RestrictionDeed.LIFT): RestrictionState.LIFTED,
        (RestrictionState.PARTLY_LIFTED, RestrictionDeed.LIFT): RestrictionState.LIFTED,
        (RestrictionState.PUBLISHING, RestrictionDeed.EXPIRE): RestrictionState.EXPIRED,
        (RestrictionState.APPLIED, RestrictionDeed.EXPIRE): RestrictionState.EXPIRED,
        (RestrictionState.PARTLY_LIFTED, RestrictionDeed.EXPIRE): RestrictionState.EXPIRED,
    }
)


class CarryingState(StrEnum):
    """How a restriction stands at one operator."""

    WAITING = "waiting"  # Not on its list yet.
    TOLD = "told"  # On its list, and it has not said that it carries it out.
    APPLIED = "applied"  # It says so.
    OPENING = "opening"  # Off its list, and it has not said that it opened.
    OPEN = "open"  # It says so, was never told, or other restrictions keep all of it closed.


class Sighting(StrEnum):
    """What a resolver answers for a name."""

    CLOSED = "closed"
    OPEN = "open"
    SILENT = "silent"  # It did not answer, or not in a way that says either.


class Reopening(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What opens it again before its end: points of an agreement, or of a profile while no agreement is in force."""

    agreement: Annotated[str, Meta(min_length=1, max_length=64, description="an agreement's id, or a profile's name")]
    all_of: Annotated[tuple[Term, ...], Meta(max_length=40)] = ()
    any_of: Annotated[tuple[Term, ...], Meta(max_length=40)] = ()


class RestrictionIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order to close names, as it is proposed (INTERFACE.md, "Restriction in").

    `list` is a category (I-17). `shadow` measures what it would hit and closes nothing. `renews` names the restriction
    in whose place this one comes. `dated` is the day of the order on paper, which is not after today nor long past.
    """

    list: Category
    names: Annotated[tuple[Annotated[str, Meta(max_length=1_024)], ...], Meta(min_length=1)]
    match: Match = Match.EXACT
    layer: Layer = Layer.DNS
    operators: Annotated[tuple[Handle, ...], Meta(min_length=1, max_length=MAX_OPERATORS)]
    legal_ground: LegalGround
    reason: Annotated[str, Meta(min_length=1, max_length=8_000)]
    proportionality: Annotated[str, Meta(min_length=1, max_length=8_000)]
    emergency: bool = False
    review_at: Instant
    sunset_at: Instant
    notices: Annotated[tuple[str, ...], Meta(max_length=1_000)] = ()
    platform: Handle | None = None
    reopening: Reopening | None = None
    shadow: bool = False
    renews: str | None = None
    dated: Annotated[str, Meta(max_length=10, description="a day such as 2017-07-14")] | None = None


class NoteIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What approval, objection, lifting and confirmation take. `names` lifts these alone; `refuse` says no to it.

    `opened` says of a confirmation which it is meant to be: what was lifted meanwhile is not confirmed by mistake.
    """

    note: Said = ""
    names: Annotated[tuple[str, ...], Meta(max_length=MAX_NAMES)] = ()
    refuse: bool = False
    opened: bool | None = None


def advance(state: RestrictionState, deed: RestrictionDeed) -> RestrictionState:
    """The state that `deed` leads to; RestrictionStandsError where the table has no such step."""
    try:
        return TRANSITIONS[state, deed]
    except KeyError:
        raise RestrictionStandsError(state.value, deed.value) from None


def mermaid() -> str:
    """The table as a Mermaid state diagram, one line a step; ends with a newline."""
    over = [state for state in RestrictionState if not any(before is state for before, _ in TRANSITIONS)]
    lines = ["stateDiagram-v2", f"    [*] --> {RestrictionState.PROPOSED.value}"]
    lines += [f"    {before.value} --> {after.value}: {deed.value}" for (before, deed), after in TRANSITIONS.items()]
    lines += [f"    {state.value} --> [*]" for state in over]
    return "\n".join(lines) + "\n"
