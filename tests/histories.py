"""Random histories of notices for tests: what can happen to one, in an order in which it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.decision import Outcome, Refusal
from mufakat.rules.events import EventType
from mufakat.rules.histories import Clocks, Occurrence

if TYPE_CHECKING:
    from random import Random

CLOCKS = Clocks(frozenset({"acknowledge_within"}), frozenset({"takedown_same_day"}))
OUTCOMES = [outcome.value for outcome in Outcome if outcome is not Outcome.NEEDS_INFORMATION]


def history(random: Random, *, appeals: int = 3) -> list[Occurrence]:
    """A notice from the day it came in, as far as chance takes it."""
    found = [Occurrence(EventType.NOTICE_RECEIVED)]
    late = [clock for clock in ("acknowledge_within", "takedown_same_day") if random.random() < 0.3]
    found += [Occurrence(EventType.CLOCK_BREACHED, clock=clock) for clock in late]
    if random.random() < 0.8:
        found.insert(random.randint(1, len(found)), Occurrence(EventType.NOTICE_ACKNOWLEDGED))
    if random.random() < 0.15:
        return [*found, Occurrence(EventType.NOTICE_WITHDRAWN)]
    for number in range(random.randint(0, appeals)):
        found += decided(random, number)
    return found


def decided(random: Random, number: int) -> list[Occurrence]:
    """A decision, and perhaps an appeal against it."""
    outcome = random.choice(OUTCOMES)
    refusal = random.choice(list(Refusal)).value if outcome == Outcome.REFUSE else ""
    found = [Occurrence(EventType.DECISION_MADE, outcome=outcome, refusal=refusal)]
    if random.random() < 0.6:
        appeal = f"apl_{number}"
        standing = random.choice(["sender", "uploader", "third_party", "platform"])
        found.append(Occurrence(EventType.APPEAL_LODGED, standing=standing, appeal=appeal))
        if random.random() < 0.8:
            ends = [EventType.APPEAL_UPHELD, EventType.APPEAL_REVERSED, EventType.APPEAL_PARTLY_REVERSED]
            found.append(Occurrence(random.choice([*ends, EventType.APPEAL_DISMISSED]), appeal=appeal))
    return found


def refused_instead(history: list[Occurrence]) -> list[Occurrence]:
    """The same, but what was acted on was refused."""
    return [
        msgspec.structs.replace(one, outcome="refuse", refusal="not_illegal") if one.outcome == "act_full" else one
        for one in history
    ]
