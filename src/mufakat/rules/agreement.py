"""Agreements: what two or more parties settle, point by point, and how they get there. Pure.

An agreement is a set of points. Each says who owes what, in Indonesian and in English, with which evidence, by when,
and what of it this program can check by itself. The point `terms` holds the frame: under which profile the parties
work, until when, and what reopens a closed name. A point is negotiated in proposals; nothing is edited, and what is in
force is only ever superseded by a newer version that everybody signed.

Every set of points in force is a version of the agreement with a number. A notice cites the version in force when it
came.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
import rfc8785
from msgspec import Meta, Struct

from mufakat.rules.condition import Condition
from mufakat.rules.errors import PointStandsError
from mufakat.rules.notice import Category, LegalGround, Line, MeasureName
from mufakat.rules.obligation import ObligationTerms

FRAME: Final = "terms"
"""The point that holds the frame; an agreement is in force while it is."""

MAX_PARTIES: Final = 20
MAX_POINTS: Final = 40
MAX_GROUNDS: Final = 10

PointName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$(?!\n)",
        max_length=40,
        description="a name such as government_channel",
    ),
]
Words = Annotated[str, Meta(min_length=1, max_length=4_000)]
Handle = Annotated[str, Meta(min_length=1, max_length=63, description="a party's handle, such as telegram")]
Instant = Annotated[str, Meta(max_length=40, description="a time such as 2017-08-14T17:00:00+07:00 (RFC 3339)")]
ProfileRef = Annotated[str, Meta(min_length=1, max_length=64, description="a profile's name, such as id-2017")]


class AgreementState(StrEnum):
    """How an agreement stands."""

    TALKS = "talks"  # Its frame was never in force.
    IN_FORCE = "in_force"
    ENDED = "ended"


class PointState(StrEnum):
    """How a version of a point stands, and whose turn it is."""

    PROPOSED = "proposed"  # Whoever has not signed the proposal answers next.
    COUNTERED = "countered"  # The same, of a newer proposal.
    AGREED = "agreed"  # Everybody signed; it comes into force at its time.
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"  # A newer version is in force.
    ENDED = "ended"  # The agreement ended, or its talks.
    FAILED = "failed"  # Somebody said no to it.
    WITHDRAWN = "withdrawn"  # Whoever proposed it took it back.


class PointDeed(StrEnum):
    """What moves a version of a point."""

    COUNTER = "counter"
    AGREE = "agree"  # The last signature; earlier ones leave the state.
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    BEGIN = "begin"  # By itself, at its time.
    SUPERSEDE = "supersede"  # By itself, as the newer version begins.
    END = "end"  # By itself, as the agreement ends.


OPEN: Final = frozenset({PointState.PROPOSED, PointState.COUNTERED, PointState.AGREED})
"""Versions under way: at most one of each point."""

ON_THE_TABLE: Final = frozenset({PointState.PROPOSED, PointState.COUNTERED})
"""Versions that can be answered."""

TRANSITIONS: Mapping[tuple[PointState, PointDeed], PointState] = MappingProxyType(
    {
        (PointState.PROPOSED, PointDeed.COUNTER): PointState.COUNTERED,
        (PointState.PROPOSED, PointDeed.AGREE): PointState.AGREED,
        (PointState.PROPOSED, PointDeed.DECLINE): PointState.FAILED,
        (PointState.PROPOSED, PointDeed.WITHDRAW): PointState.WITHDRAWN,
        (PointState.COUNTERED, PointDeed.COUNTER): PointState.COUNTERED,
        (PointState.COUNTERED, PointDeed.AGREE): PointState.AGREED,
        (PointState.COUNTERED, PointDeed.DECLINE): PointState.FAILED,
        (PointState.COUNTERED, PointDeed.WITHDRAW): PointState.WITHDRAWN,
        (PointState.PROPOSED, PointDeed.END): PointState.ENDED,
        (PointState.COUNTERED, PointDeed.END): PointState.ENDED,
        (PointState.AGREED, PointDeed.BEGIN): PointState.IN_FORCE,
        (PointState.AGREED, PointDeed.END): PointState.ENDED,
        (PointState.IN_FORCE, PointDeed.SUPERSEDE): PointState.SUPERSEDED,
        (PointState.IN_FORCE, PointDeed.END): PointState.ENDED,
    }
)


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """The same in both languages; both are binding only as they were signed together."""

    id: Words
    en: Words


class Title(Struct, frozen=True, forbid_unknown_fields=True):
    """What an agreement is called, in both languages."""

    id: Line
    en: Line


class Frame(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the whole agreement stands in: the point `terms` alone has one.

    `profile` is a profile's name when it is proposed; what is stored names the version (`id-2017@…`). `categories`
    narrow what orders and restrictions may be about (I-17; null: as the profile says); `automatic` are measures that a
    platform may take by itself (I-06), reversible ones alone. `reopening` says what opens what was closed. `grounds`
    are the laws under which a platform may tell an authority of what its own screening hit (I-14); where none stands
    here, it tells none.
    """

    profile: ProfileRef
    ends_at: Instant | None = None
    categories: Annotated[tuple[Category, ...], Meta(min_length=1, max_length=50)] | None = None
    automatic: Annotated[tuple[MeasureName, ...], Meta(max_length=20)] = ()
    reopening: Condition | None = None
    grounds: Annotated[tuple[LegalGround, ...], Meta(max_length=MAX_GROUNDS)] = ()


class PointTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a proposal says: who owes what, which evidence is asked for, by when, from when on.

    Without `from_at` it comes into force with the last signature. `due_at` is until when the evidence is to be there.
    """

    owner: Handle
    text: Text
    evidence: Annotated[tuple[Line, ...], Meta(max_length=10)] = ()
    due_at: Instant | None = None
    from_at: Instant | None = None
    obligations: Annotated[tuple[ObligationTerms, ...], Meta(max_length=10)] = ()
    frame: Frame | None = None


class NamedTerms(PointTerms, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same with the point's name."""

    name: PointName


class AgreementIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What opens talks: between whom, and the first proposals.

    `like` takes the points that a profile names as proposals, those in `points` instead where they have the same name.
    """

    title: Title
    parties: Annotated[tuple[Handle, ...], Meta(min_length=2, max_length=MAX_PARTIES)]
    like: ProfileRef | None = None
    points: Annotated[tuple[NamedTerms, ...], Meta(max_length=MAX_POINTS)] = ()


class Act(StrEnum):
    """What a person does with a point."""

    PROPOSE = "propose"  # A new point, or a newer version of one that is in force, failed or was withdrawn.
    COUNTER = "counter"
    AGREE = "agree"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


class Signed(Struct, frozen=True, forbid_unknown_fields=True):
    """A signature by a key that the party enrolled: the key's line and the signature in base64 (Ed25519)."""

    key: Line
    signature: Annotated[str, Meta(max_length=200)]


class ActIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A deed on a point. `proposal` is the number of what is answered: what changed meanwhile is not signed.

    `terms` go with propose and counter; `note` says why, and is needed with decline.
    """

    act: Act
    proposal: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    terms: PointTerms | None = None
    note: Annotated[str, Meta(max_length=4_000)] = ""
    signed: Signed | None = None


def advance(state: PointState, deed: PointDeed) -> PointState:
    """The state that `deed` leads to; PointStandsError where the table has no such step."""
    try:
        return TRANSITIONS[state, deed]
    except KeyError:
        raise PointStandsError(state.value, deed.value) from None


def mermaid() -> str:
    """The table as a Mermaid state diagram, one line a step; ends with a newline."""
    over = [state for state in PointState if not any(before is state for before, _ in TRANSITIONS)]
    lines = ["stateDiagram-v2", f"    [*] --> {PointState.PROPOSED.value}"]
    lines += [f"    {before.value} --> {after.value}: {deed.value}" for (before, deed), after in TRANSITIONS.items()]
    lines += [f"    {state.value} --> [*]" for state in over]
    return "\n".join(lines) + "\n"


def is_settled(parties: Collection[str], signed: Collection[str]) -> bool:
    """Whether everybody signed the same proposal."""
    return set(parties) <= set(signed)


def awaited(parties: Collection[str], signed: Collection[str]) -> tuple[str, ...]:
    """Who has not signed yet, in the order of the agreement."""
    return tuple(party for party in parties if party not in set(signed))


def to_json(terms: PointTerms) -> bytes:
    """The bytes of a proposal that are stored, committed to and signed: RFC 8785 of the terms as plain values."""
    return rfc8785.dumps(msgspec.to_builtins(terms))


def from_json(raw: bytes | str) -> PointTerms:
    """The proposal that these bytes hold."""
    return msgspec.json.decode(raw, type=PointTerms)
