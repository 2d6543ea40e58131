"""The decision as it is sent: its words, its shape and its limits (INTERFACE.md, "Decision in").

Acting, partly acting and refusing are equal outcomes (I-05): the same members, the same limits, the same complete
reasons (`reasons`). An outcome that acts says besides what is done to which locator, a refusal why by a code. Whether
it can be taken is judged in `decision_reading`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from mufakat.rules.notice import MAX_LOCATORS, LanguageTag, LegalGround, MeasureName, TermsGround

TERMS = "terms"
"""What a leaf carries as `law` when the ground is a clause of terms of service."""

MAX_BYTES = 256 * 1024
"""Bytes of a whole decision."""
MAX_TEXT = 20_000
"""Characters of the facts, and of the reasons."""
MAX_ITEMS = 3 * MAX_LOCATORS
LONGEST_MOMENT = 40


class Outcome(StrEnum):
    """What comes of a notice."""

    ACT_FULL = "act_full"  # Something is done about every locator.
    ACT_PARTIAL = "act_partial"  # About some of them.
    REFUSE = "refuse"
    NEEDS_INFORMATION = "needs_information"  # It cannot be decided yet; the sender answers next.
    IMPOSSIBLE = "impossible"  # The platform cannot do what would be to be done.
    NOT_FOUND = "not_found"  # Nothing is there.
    DUPLICATE = "duplicate"  # It was decided on another notice of the same sender.


ACTS = frozenset({Outcome.ACT_FULL, Outcome.ACT_PARTIAL})
FINAL = frozenset(outcome for outcome in Outcome if outcome is not Outcome.NEEDS_INFORMATION)
"""The outcomes that decide."""


class Refusal(StrEnum):
    """Why a platform refuses."""

    NOT_ILLEGAL = "not_illegal"
    NOT_IN_TERMS = "not_in_terms"
    UNCLEAR = "unclear"
    WRONG_PARTY = "wrong_party"
    OUTSIDE_JURISDICTION = "outside_jurisdiction"
    NOT_AUTHORISED = "not_authorised"
    FORGED = "forged"
    ALREADY_GONE = "already_gone"


class Automation(StrEnum):
    """How much of the decision a machine made."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


class DecisionState(StrEnum):
    """Where a decision stands."""

    STANDING = "standing"
    ASKED = "asked"  # Information is awaited; nothing is decided yet.
    ANSWERED = "answered"  # The information came.
    UNANSWERED = "unanswered"  # It was decided, or withdrawn, without it.
    REVERSED = "reversed"
    PARTLY_REVERSED = "partly_reversed"


class Ground(Struct, frozen=True, forbid_unknown_fields=True):
    """What a decision stands on: a law, a clause of the platform's own terms, or both."""

    legal_ground: LegalGround | None = None
    terms_ground: TermsGround | None = None


class Automated(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a machine found the content, and how much of the decision it made."""

    detection: bool
    decision: Automation


class ItemIn(Struct, frozen=True, forbid_unknown_fields=True):
    """One measure about one locator, by the locator's place in the notice (from 0); null `ends_at`: no end is set."""

    locator: Annotated[int, Meta(ge=0, lt=MAX_LOCATORS)]
    measure: MeasureName
    ends_at: Annotated[str, Meta(max_length=LONGEST_MOMENT)] | None = None
    territory: Annotated[tuple[str, ...], Meta(max_length=300)] | None = None


class DecisionIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A decision as it was written: of the right shape, no more."""

    outcome: Outcome
    reasons: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    language: LanguageTag
    items: Annotated[tuple[ItemIn, ...], Meta(max_length=MAX_ITEMS)] | None = None
    ground: Ground | None = None
    facts: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)] | None = None
    automated: Automated | None = None
    refusal: Refusal | None = None


class Ordered(Struct, frozen=True):
    """One measure that a decision orders, its end as a time."""

    locator: int
    measure: MeasureName
    ends_at: datetime | None
    territory: tuple[str, ...]


class Decision(Struct, frozen=True, kw_only=True):
    """A decision that can be made: of the right shape, with complete reasons (`reasons.complete`)."""

    outcome: Outcome
    items: tuple[Ordered, ...]
    ground: Ground | None
    facts: str | None
    reasons: str
    language: str
    automated: Automated | None
    refusal: Refusal | None

    @property
    def law(self) -> str | None:
        """The code for the leaf: the legal ground's system, or "terms"; None where no ground is needed."""
        if self.ground is None:
            return None
        return self.ground.legal_ground.system if self.ground.legal_ground else TERMS

    @property
    def acts(self) -> bool:
        """Whether something is done."""
        return self.outcome in ACTS


class About(Struct, frozen=True):
    """What is judged besides the body: how many locators the notice has, and what an agreement allows.

    `automatic` are measures that a machine may decide on. `allowed` are all that may be taken, by the profile named in
    `profile`; null: any.
    """

    locators: int
    automatic: frozenset[MeasureName] = frozenset()
    allowed: frozenset[MeasureName] | None = None
    profile: str = ""
