"""How well a party's notices hold: what became of each, and how sure that makes us of the rest. Pure.

A notice was right when the platform acted on it and no appeal reversed that; it was wrong when it was refused for what
its sender could have known, or when the measure was reversed. What lies at nobody's door (gone already, not found, done
before, impossible) counts for neither. With few notices a share says little, so it comes with the bounds between which
it lies with 95 % certainty (Wilson's interval): who has sent three notices is not judged by them.

This counts the decisions of others about whoever asked. About whoever decides it says nothing: that is `timeliness`,
which knows no outcome (I-05). Every notice is counted in one place only (I-11).
"""

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct, structs

from mufakat.rules.decision import Outcome, Refusal
from mufakat.rules.events import EventType

Z: Final = 1.959963984540054
"""Standard deviations on either side that hold 95 % of what chance does."""


class Fate(StrEnum):
    """What became of a notice: each has exactly one."""

    OPEN = "open"  # Nobody has decided, or the decision was reversed and another is awaited.
    WITHDRAWN = "withdrawn"
    ACT_FULL = "act_full"
    ACT_PARTIAL = "act_partial"
    IMPOSSIBLE = "impossible"
    NOT_FOUND = "not_found"
    DUPLICATE = "duplicate"
    REFUSED_NOT_ILLEGAL = "refused_not_illegal"
    REFUSED_NOT_IN_TERMS = "refused_not_in_terms"
    REFUSED_UNCLEAR = "refused_unclear"
    REFUSED_WRONG_PARTY = "refused_wrong_party"
    REFUSED_OUTSIDE_JURISDICTION = "refused_outside_jurisdiction"
    REFUSED_NOT_AUTHORISED = "refused_not_authorised"
    REFUSED_FORGED = "refused_forged"
    REFUSED_ALREADY_GONE = "refused_already_gone"


class Verdict(StrEnum):
    """What a fate says about the notice."""

    RIGHT = "right"
    WRONG = "wrong"
    NEITHER = "neither"


VERDICTS: Mapping[Fate, Verdict] = MappingProxyType(
    {
        Fate.OPEN: Verdict.NEITHER,
        Fate.WITHDRAWN: Verdict.NEITHER,  # Whoever sees a mistake must not fear to take it back.
        Fate.ACT_FULL: Verdict.RIGHT,
        Fate.ACT_PARTIAL: Verdict.RIGHT,
        Fate.IMPOSSIBLE: Verdict.NEITHER,
        Fate.NOT_FOUND: Verdict.NEITHER,
        Fate.DUPLICATE: Verdict.NEITHER,
        Fate.REFUSED_NOT_ILLEGAL: Verdict.WRONG,
        Fate.REFUSED_NOT_IN_TERMS: Verdict.WRONG,
        Fate.REFUSED_UNCLEAR: Verdict.WRONG,  # Its sender did not say what it is about.
        Fate.REFUSED_WRONG_PARTY: Verdict.WRONG,
        Fate.REFUSED_OUTSIDE_JURISDICTION: Verdict.WRONG,
        Fate.REFUSED_NOT_AUTHORISED: Verdict.WRONG,
        Fate.REFUSED_FORGED: Verdict.WRONG,
        Fate.REFUSED_ALREADY_GONE: Verdict.NEITHER,  # Somebody else was faster.
    }
)
"""What each fate says; another view of it would be another table, and every count could be made anew."""

REFUSED: Mapping[Refusal, Fate] = MappingProxyType({code: Fate(f"refused_{code.value}") for code in Refusal})
"""The fate of a notice that was refused, by the code of the refusal."""

ACTED = frozenset({Fate.ACT_FULL, Fate.ACT_PARTIAL})
DECIDED = frozenset(Fate) - {Fate.OPEN, Fate.WITHDRAWN}

UNDOING = frozenset({EventType.DECISION_REVERSED, EventType.APPEAL_REVERSED, EventType.APPEAL_PARTLY_REVERSED})
"""What takes a decision back: an appeal, or that it rested on what does not stand any more."""

TELLING = UNDOING | frozenset(
    {
        EventType.NOTICE_RECEIVED,
        EventType.NOTICE_WITHDRAWN,
        EventType.DECISION_MADE,
    }
)
"""The events that change what became of a notice."""


class Happened(Struct, frozen=True):
    """An event of a notice's history: of a decision, what was decided; of a reversal, whether the sender asked for it.

    A sender contests what was not done, everybody else what was (`appeal.effect`).
    """

    type: EventType
    outcome: Outcome | None = None
    refusal: Refusal | None = None
    by_sender: bool = False


class Standing(Struct, frozen=True):
    """What became of one notice so far, and whether what was done about it was reversed, wholly or in part."""

    fate: Fate = Fate.OPEN
    overturned: bool = False
    partly_overturned: bool = False


def standing(history: Iterable[Happened]) -> Standing | None:
    """What became of the notice of this history (its events in their order); None where it never came in."""
    found: Standing | None = None
    for each in history:
        found = after(found, each)
    return found


def after(found: Standing | None, happened: Happened) -> Standing | None:
    """What became of it after one more event."""
    match happened.type:
        case EventType.NOTICE_RECEIVED:
            return Standing()
        case _ if found is None:
            return None
        case EventType.NOTICE_WITHDRAWN:
            return Standing(Fate.WITHDRAWN)
        case EventType.DECISION_MADE:
            return Standing(fate_of(happened.outcome, happened.refusal))
        case type_ if type_ in UNDOING and found.fate in DECIDED:
            return _reversed(found, wholly=type_ is not EventType.APPEAL_PARTLY_REVERSED, by_sender=happened.by_sender)
    return found


def _reversed(found: Standing, *, wholly: bool, by_sender: bool) -> Standing:
    if by_sender or found.fate not in ACTED:
        return Standing()  # Too little was done: somebody else decides anew.
    if wholly or found.overturned:
        return Standing(found.fate, overturned=True)
    return Standing(found.fate, partly_overturned=True)


def fate_of(outcome: Outcome | None, refusal: Refusal | None) -> Fate:
    """The fate that a decision gives. A notice that waits for information is open."""
    if outcome is None or outcome is Outcome.NEEDS_INFORMATION:
        return Fate.OPEN
    if outcome is not Outcome.REFUSE:
        return Fate(outcome.value)
    return REFUSED[Refusal.UNCLEAR if refusal is None else refusal]


class Tally(Struct, frozen=True, kw_only=True):
    """How many notices came in and what became of them: one of the fates for each, and marks beside it.

    `overturned` and `partly_overturned` are among those that were acted on; `without_law` named terms of service alone.
    """

    received: int = 0
    open: int = 0
    withdrawn: int = 0
    act_full: int = 0
    act_partial: int = 0
    impossible: int = 0
    not_found: int = 0
    duplicate: int = 0
    refused_not_illegal: int = 0
    refused_not_in_terms: int = 0
    refused_unclear: int = 0
    refused_wrong_party: int = 0
    refused_outside_jurisdiction: int = 0
    refused_not_authorised: int = 0
    refused_forged: int = 0
    refused_already_gone: int = 0
    overturned: int = 0
    partly_overturned: int = 0
    without_law: int = 0

    def of(self, fate: Fate) -> int:
        """How many of this fate."""
        found: int = getattr(self, fate.value)
        return found

    @property
    def decided(self) -> int:
        """How many have an outcome now."""
        return sum(self.of(fate) for fate in DECIDED)

    @property
    def refused(self) -> int:
        """How many were refused, for whatever reason."""
        return sum(self.of(fate) for fate in REFUSED.values())

    @property
    def acted(self) -> int:
        """How many were acted on, wholly or in part."""
        return sum(self.of(fate) for fate in ACTED)

    @property
    def right(self) -> int:
        """How many were right, and stayed so."""
        return self._said(Verdict.RIGHT) - self.overturned

    @property
    def wrong(self) -> int:
        """How many were wrong from the first, or turned out to be so."""
        return self._said(Verdict.WRONG) + self.overturned

    @property
    def judged(self) -> int:
        """How many say anything about whoever sent them."""
        return self.right + self.wrong

    def _said(self, verdict: Verdict) -> int:
        return sum(self.of(fate) for fate, said in VERDICTS.items() if said is verdict)


COUNTED = Tally.__struct_fields__
"""The names of what is counted, in their order."""


def of_one(found: Standing | None, *, without_law: bool) -> Tally:
    """What one notice adds to the count."""
    if found is None:
        return Tally()
    marks = {"overturned": int(found.overturned), "partly_overturned": int(found.partly_overturned)}
    return Tally(received=1, without_law=int(without_law), **{found.fate.value: 1}, **marks)


def added(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    sums = dict.fromkeys(COUNTED, 0)
    for one in tallies:
        for name, many in structs.asdict(one).items():
            sums[name] += many
    return Tally(**sums)


def conserves(tally: Tally) -> bool:
    """I-11: as many came in as are open, withdrawn or decided."""
    return tally.received == sum(tally.of(fate) for fate in Fate)


class Share(Struct, frozen=True):
    """A share of a count, and the bounds between which the true one lies with 95 % certainty; none: anything may be."""

    part: int
    whole: int
    value: float | None
    lower: float
    upper: float


def share(part: int, whole: int) -> Share:
    """Wilson's interval for `part` of `whole`. Raises ValueError where there cannot be so many."""
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is no share.")
    if whole == 0:
        return Share(0, 0, None, 0.0, 1.0)
    value, square = part / whole, Z * Z
    middle = (value + square / (2 * whole)) / (1 + square / whole)
    half = Z / (1 + square / whole) * math.sqrt(value * (1 - value) / whole + square / (4 * whole * whole))
    # At the ends chance allows no more: what rounding would leave beside them is cut.
    lower = 0.0 if part == 0 else max(0.0, middle - half)
    upper = 1.0 if part == whole else min(1.0, middle + half)
    return Share(part, whole, value, lower, upper)


def precision(tally: Tally) -> Share:
    """How many of those that say anything were right."""
    return share(tally.right, tally.judged)
