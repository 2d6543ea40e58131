"""Read a notice's history twice: for whoever asked with its outcomes, for whoever decides without. Pure.

The journal holds both. Here they part: `turns` gives on what `timeliness` may know, and no outcome passes it (I-05).
"""

from collections.abc import Container, Iterator, Sequence

from msgspec import Struct

from mufakat.rules.accuracy import TELLING, UNDOING, Happened
from mufakat.rules.appeal import TOLD_BY, Resolution
from mufakat.rules.decision import Outcome, Refusal
from mufakat.rules.events import EventType
from mufakat.rules.profile_shape import Actor, Profile
from mufakat.rules.timeliness import Turn

SENDER = "sender"
"""The standing of an appeal that the sender of the notice lodged."""

READ = TELLING | {
    EventType.NOTICE_ACKNOWLEDGED,
    EventType.CLOCK_BREACHED,
    EventType.APPEAL_LODGED,
    EventType.APPEAL_UPHELD,
    EventType.DISPUTE_COMPLETED,
    EventType.DISPUTE_SETTLED,
}
"""The events that change a count, or say what another one means."""

LODGED = frozenset({EventType.APPEAL_LODGED, EventType.DISPUTE_COMPLETED})

OPENED = ("outcome", "refusal", "standing", "clock")
"""What is read of them: codes and names of ours, never erased."""


class Occurrence(Struct, frozen=True):
    """An event as the journal has it, with what was opened of it; `appeal` and `decision` are those that it is about.

    Of a dispute that was settled outside `outcome` is what came of that, as of an appeal.
    """

    type: EventType
    outcome: str = ""
    refusal: str = ""
    standing: str = ""
    clock: str = ""
    appeal: str = ""
    decision: str = ""


class Clocks(Struct, frozen=True):
    """The names of a profile's clocks in which a recipient takes a notice on, and in which it decides."""

    acknowledging: frozenset[str]
    answering: frozenset[str]


def clocks_of(rules_of: Profile) -> Clocks:
    """The clocks of this profile that wait for the recipient."""
    found: dict[str, set[str]] = {EventType.NOTICE_ACKNOWLEDGED: set(), EventType.DECISION_MADE: set()}
    for rule in rules_of.clocks:
        if rule.actor is Actor.RECIPIENT and rule.stops in found:
            found[rule.stops].add(rule.name)
    return Clocks(frozenset(found[EventType.NOTICE_ACKNOWLEDGED]), frozenset(found[EventType.DECISION_MADE]))


def happened(history: Sequence[Occurrence]) -> Iterator[Happened]:
    """The history as a tally of its sender counts it.

    What is reversed of an older decision, once the notice is decided anew, changes nothing of what became of it.
    """
    by_sender = {one.appeal for one in history if one.type in LODGED and one.standing == SENDER}
    newest = ""
    for one in history:
        type_ = told(one)
        if type_ is EventType.DECISION_MADE:
            newest = one.decision
            yield Happened(
                type_,
                Outcome(one.outcome) if one.outcome else None,
                Refusal(one.refusal) if one.refusal else None,
            )
        elif type_ not in UNDOING or one.decision == newest:
            yield Happened(type_, by_sender=bool(one.appeal) and one.appeal in by_sender)


def told(one: Occurrence) -> EventType:
    """What the event means: what a body outside settled is to a count what an appeal would have come to."""
    if one.type is not EventType.DISPUTE_SETTLED:
        return one.type
    return TOLD_BY[Resolution(one.outcome)] if one.outcome in set(Resolution) else one.type


def turns(history: Sequence[Occurrence], *, clocks: Clocks) -> Iterator[Turn]:
    """The history as a count of whoever decides sees it: what was decided stays behind."""
    for one in history:
        if (type_ := told(one)) in _TURNS:
            yield _TURNS[type_]
        elif one.type is EventType.CLOCK_BREACHED:
            if _is_of(one.clock, clocks.acknowledging):
                yield Turn.ACKNOWLEDGEMENT_LATE
            if _is_of(one.clock, clocks.answering):
                yield Turn.ANSWER_LATE


_TURNS = {
    EventType.NOTICE_RECEIVED: Turn.RECEIVED,
    EventType.NOTICE_ACKNOWLEDGED: Turn.ACKNOWLEDGED,
    EventType.NOTICE_WITHDRAWN: Turn.WITHDRAWN,
    EventType.DECISION_MADE: Turn.ANSWERED,
    EventType.APPEAL_UPHELD: Turn.APPEAL_STOOD,
    EventType.APPEAL_REVERSED: Turn.APPEAL_OVERTURNED,
    EventType.APPEAL_PARTLY_REVERSED: Turn.APPEAL_OVERTURNED,
}
"""What an event is to whoever decides. One that dismisses an appeal unheard says nothing about the decision."""


def _is_of(clock: str, names: Container[str]) -> bool:
    """Whether this is one of the clocks; one that repeats has its turn behind its name."""
    return clock.partition("#")[0] in names
