"""Complete reasons: what a decision must say, whatever it decides (I-05).

Equal for acting and for refusing: ground, facts, reasons, language and how much of it a machine did. What acting says
besides (its items) and refusing says besides (its code) is one member each. Whoever only asks for information says what
is missing, and no more is asked of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mufakat.rules.decision import ACTS, FINAL, Outcome
from mufakat.rules.fault import FaultCode
from mufakat.rules.reading import UNREAD

if TYPE_CHECKING:
    from mufakat.rules.decision import DecisionIn
    from mufakat.rules.fault import Faults

FEWEST_WORDS = 3
FEWEST_LETTERS = 12  # Of scripts that put no blanks between words.

GROUNDED = ACTS | {Outcome.REFUSE}
"""The outcomes that apply a law or a clause; what was not found, or cannot be done, was not judged by one."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def complete(draft: DecisionIn, faults: Faults) -> None:
    """Fault whatever is missing of complete reasons."""
    _judge_texts(draft, faults)
    outcome = draft.outcome
    if not outcome:
        return
    if outcome is Outcome.REFUSE and draft.refusal is None:
        faults.add("/refusal", FaultCode.MISSING, "A refusal says why by a code.")
    elif outcome is not Outcome.REFUSE and draft.refusal:
        detail = f"refusal is for the outcome refuse; {outcome.value} has none."
        faults.add("/refusal", FaultCode.NOT_WITH_OUTCOME, detail)
    if outcome not in FINAL:
        return
    if outcome in GROUNDED:
        _judge_ground(draft, faults)
    if draft.facts is None:
        faults.add("/facts", FaultCode.MISSING, "Say what was found: the facts that the decision rests on.")
    if draft.automated is None:
        detail = "Say how much of it a machine did: detection true or false, decision none, partial or full."
        faults.add("/automated", FaultCode.MISSING, detail)


def says_something(text: str) -> bool:
    """Whether a text has words enough to be reasons."""
    letters = sum(character.isalnum() for character in text)
    words = [word for word in text.split() if any(character.isalnum() for character in word)]
    return len(words) >= FEWEST_WORDS or letters >= FEWEST_LETTERS


def _judge_ground(draft: DecisionIn, faults: Faults) -> None:
    ground = draft.ground
    if ground is UNREAD:
        return
    if ground is None or (ground.legal_ground is None and ground.terms_ground is None):
        detail = "Name the ground: legal_ground (a law) or terms_ground (a clause of your own terms)."
        faults.add("/ground", FaultCode.NO_GROUND, detail)


def _judge_texts(draft: DecisionIn, faults: Faults) -> None:
    _judge_text(draft.reasons, "/reasons", faults)
    if draft.reasons and not draft.reasons.isspace() and not says_something(draft.reasons):
        detail = f"These are no reasons yet: {FEWEST_WORDS} words at least, for whoever has to live with it."
        faults.add("/reasons", FaultCode.EMPTY, detail)
    _judge_text(draft.facts, "/facts", faults)
    ground = draft.ground
    if not ground:
        return
    if legal := ground.legal_ground:
        _judge_text(legal.instrument, "/ground/legal_ground/instrument", faults, refused=_NOT_IN_A_LINE)
        _judge_text(legal.provision, "/ground/legal_ground/provision", faults, refused=_NOT_IN_A_LINE)
    if terms := ground.terms_ground:
        _judge_text(terms.document, "/ground/terms_ground/document", faults, refused=_NOT_IN_A_LINE)
        _judge_text(terms.clause, "/ground/terms_ground/clause", faults, refused=_NOT_IN_A_LINE)


def _judge_text(text: str | None, pointer: str, faults: Faults, *, refused: re.Pattern[str] = _CONTROL) -> None:
    if not text:  # Absent or unread.
        return
    if text.isspace():
        faults.add(pointer, FaultCode.EMPTY, "This holds nothing but blanks.")
    elif found := refused.search(text):
        allowed = "only line breaks and tabs are taken" if refused is _CONTROL else "one line of text is taken"
        detail = f"Character {found.start() + 1} is a control character; {allowed}."
        faults.add(pointer, FaultCode.BAD_TEXT, detail)
