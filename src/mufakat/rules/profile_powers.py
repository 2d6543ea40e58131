"""The shape of a profile, second part: who may ask for what and how, what may be done, and which way leads back.

Every line says where it was read and how certain it is, as clocks do. A line that no source says is `ours`.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from mufakat.rules.agreement import PointName, Text, Title
from mufakat.rules.notice import Category, Line, MeasureName, NoticeKind
from mufakat.rules.obligation import ObligationTerms
from mufakat.rules.parties import PartyKind
from mufakat.rules.profile_words import Actor, Certainty, ClockName, Duration, Name


class NoticeField(StrEnum):
    """A member of a notice that a profile may ask for; what every notice holds anyway is not among them."""

    LEGAL_GROUND = "legal_ground"
    TERMS_GROUND = "terms_ground"
    EVIDENCE = "evidence"  # Never for child_sexual_abuse: nobody is asked to copy that (I-15).
    CONTENT_DATE = "content_date"
    TERRITORY = "territory"
    REQUESTED_MEASURES = "requested_measures"
    EXTERNAL_REFS = "external_refs"


class RemedyName(StrEnum):
    """A way against what was asked or done, or back from it."""

    REFUSAL = "refusal"  # The recipient may say no, with reasons.
    REASONS_WEIGHED = "reasons_weighed"  # What the recipient says is weighed before more follows.
    APPEAL = "appeal"  # To the platform, decided by another person.
    SCRUTINY = "scrutiny"  # An authority other than the one that ordered looks at the order.
    OUT_OF_COURT = "out_of_court"
    COURT = "court"
    REOPENING = "reopening"  # What was closed is opened again on request.
    OBJECTION = "objection"  # To the authority that ordered.


class Telling(StrEnum):
    """Of what somebody is told."""

    RECEIPT = "receipt"
    ASKED = "asked"  # Who asked for what, on which ground.
    DECISION = "decision"  # What was decided, with the reasons and the ways against it.
    NUMBERS = "numbers"  # How many, by whom, on which ground, with what outcome.


class Listener(StrEnum):
    """Who is told."""

    SENDER = "sender"
    AFFECTED = "affected"
    PUBLIC = "public"


class Layer(StrEnum):
    """Where the network may close something."""

    DNS = "dns"
    URL = "url"


class OwnerSide(StrEnum):
    """Which side owes a point; a profile knows no party by name."""

    REGULATOR = "regulator"
    PLATFORM = "platform"
    OPERATOR = "operator"


class Sourced(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every line of a profile says of itself."""

    certainty: Certainty
    sources: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()
    article: Line | None = None
    note: Line | None = None


class RequiredField(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A member of the notice that has to be there."""

    field: NoticeField


class KindRule(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A kind of notice under this profile: who may send it, and what it has to hold.

    `code` is what people call such a notice as a document (SP). What a party needs a mandate for it needs here too:
    a profile only narrows that.
    """

    kind: NoticeKind
    senders: Annotated[tuple[PartyKind, ...], Meta(min_length=1, max_length=len(PartyKind))]
    required: Annotated[tuple[RequiredField, ...], Meta(max_length=len(NoticeField))] = ()
    code: Annotated[str, Meta(min_length=1, max_length=24)] | None = None
    called: Line | None = None


class MeasureRule(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A measure that may be taken. Where a profile lists some, no other one is; where it lists none, all are."""

    measure: MeasureName


class RemedyRule(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A remedy: for whom, and by which clock of the profile it has its time (null: none is named)."""

    remedy: RemedyName
    who: Actor
    clock: ClockName | None = None
    called: Line | None = None


class PublicityRule(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is told of what. Which fields of an entry are hidden is in `publicity`, alike under every profile."""

    tells: Listener
    of: Telling


class Flag(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A yes or no."""

    value: bool


class Term(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A length of time."""

    value: Duration


class Seat(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A seat of the authority, such as approver-2."""

    value: Name


class Layers(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the network may close something."""

    value: Annotated[tuple[Layer, ...], Meta(min_length=1, max_length=len(Layer))]


class Restriction(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Under what the network may be closed. A profile without this part closes nothing.

    `needs_order`: only an order leads to it. `longest`: however often it is asked for, then it ends. `review_every`:
    so often it is looked at again. `reasons_weighed`: what the platform says is weighed first, and that is written
    down. `wait_for_answer`: so long the platform has to answer. `emergency`: so long it may stand without all that.
    `legal_review`: who looks at the law before it is approved.
    """

    needs_order: Flag
    longest: Term
    review_every: Term | None = None
    reasons_weighed: Flag | None = None
    wait_for_answer: Term | None = None
    emergency: Term | None = None
    legal_review: Seat | None = None
    layers: Layers | None = None


class PointRule(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A point that an agreement under this profile begins with, as a proposal: nothing of it binds anybody yet.

    In an obligation, `party` names a side (`regulator`), in whose place the party of that kind is put.
    """

    name: PointName
    owner: OwnerSide
    title: Title
    text: Text
    evidence: Annotated[tuple[Line, ...], Meta(max_length=10)] = ()
    obligations: Annotated[tuple[ObligationTerms, ...], Meta(max_length=10)] = ()


class AlsoCalled(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another word for a category, as somebody uses it."""

    code: Category
    called: Name
