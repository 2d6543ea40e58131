"""How whoever is asked answers: in time or not, and how often its decisions did not stand. Pure.

No type in this module knows an outcome. What comes in is that somebody took a notice on, that it was decided, that a
time ran out before, and that an appeal was resolved; a refusal in time counts here exactly as an action in time does
(I-05), and a refusal that was reversed exactly as an action that was. So nobody is moved to act by a chart.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct, structs

from mufakat.rules.accuracy import Share, share


class Turn(StrEnum):
    """What whoever is asked did or failed to do; nothing says what was decided."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"  # It was decided.
    ACKNOWLEDGEMENT_LATE = "acknowledgement_late"  # A time in which it had to be taken on ran out.
    ANSWER_LATE = "answer_late"  # A time in which it had to be decided ran out.
    WITHDRAWN = "withdrawn"
    APPEAL_STOOD = "appeal_stood"  # An appeal was resolved, and the decision stands.
    APPEAL_OVERTURNED = "appeal_overturned"  # It does not stand, or not wholly.


class Timeliness(Struct, frozen=True, kw_only=True):
    """How many notices came in, and how each was answered; appeals by themselves.

    `unanswered_late` wait still, past their time; `waiting` wait in time; `withdrawn` were taken back unanswered.
    """

    received: int = 0
    answered_in_time: int = 0
    answered_late: int = 0
    unanswered_late: int = 0
    waiting: int = 0
    withdrawn: int = 0
    acknowledged_in_time: int = 0
    acknowledged_late: int = 0
    unacknowledged_late: int = 0
    appeals_resolved: int = 0
    appeals_overturned: int = 0

    @property
    def due(self) -> int:
        """How many have been answered or should have been."""
        return self.answered_in_time + self.answered_late + self.unanswered_late


COUNTED = Timeliness.__struct_fields__
"""The names of what is counted, in their order."""

ANSWERS = ("answered_in_time", "answered_late", "unanswered_late", "waiting", "withdrawn")
"""Where each notice is counted once."""


def of_one(turns: Iterable[Turn]) -> Timeliness:
    """What one notice adds to the count, from what happened to it, in its order. The first answer counts."""
    seen: set[Turn] = set()
    late: set[Turn] = set()
    resolved = overturned = 0
    for turn in turns:
        if turn in {Turn.APPEAL_STOOD, Turn.APPEAL_OVERTURNED}:
            resolved += 1
            overturned += turn is Turn.APPEAL_OVERTURNED
        elif turn in {Turn.ACKNOWLEDGEMENT_LATE, Turn.ANSWER_LATE}:
            answered = Turn.ACKNOWLEDGED if turn is Turn.ACKNOWLEDGEMENT_LATE else Turn.ANSWERED
            if answered not in seen:
                late.add(answered)
        else:
            seen.add(turn)
    if Turn.RECEIVED not in seen:
        return Timeliness()
    counts = {"received": 1, _answer(seen, late=Turn.ANSWERED in late): 1}
    if (taken := _acknowledgement(seen, late=Turn.ACKNOWLEDGED in late)) is not None:
        counts[taken] = 1
    return Timeliness(appeals_resolved=resolved, appeals_overturned=overturned, **counts)


def _answer(seen: set[Turn], *, late: bool) -> str:
    if Turn.ANSWERED in seen:
        return "answered_late" if late else "answered_in_time"
    if Turn.WITHDRAWN in seen:
        return "withdrawn"
    return "unanswered_late" if late else "waiting"


def _acknowledgement(seen: set[Turn], *, late: bool) -> str | None:
    if Turn.ACKNOWLEDGED in seen:
        return "acknowledged_late" if late else "acknowledged_in_time"
    return "unacknowledged_late" if late and Turn.WITHDRAWN not in seen else None


def added(counts: Iterable[Timeliness]) -> Timeliness:
    """All of them together."""
    sums = dict.fromkeys(COUNTED, 0)
    for one in counts:
        for name, many in structs.asdict(one).items():
            sums[name] += many
    return Timeliness(**sums)


def conserves(found: Timeliness) -> bool:
    """I-11: as many came in as were answered, wait, or were taken back."""
    return found.received == sum(int(getattr(found, name)) for name in ANSWERS)


def punctuality(found: Timeliness) -> Share:
    """How many of those that had to be answered were answered in time; what waits past its time counts against it."""
    return share(found.answered_in_time, found.due)


def overturn_rate(found: Timeliness) -> Share:
    """How many of the appeals that were resolved changed the decision."""
    return share(found.appeals_overturned, found.appeals_resolved)
