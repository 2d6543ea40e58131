"""Which events call for something in a room further right: type → names of reactions.

A room may not import what lies to its right. So the event's own transaction writes an outbox row
``reaction:<name>`` for each name here, and the worker runs the operation that `runtime/reactions.py` gives the name.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mufakat.rules.events import EventType

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "reaction:"

REACTIONS: Mapping[EventType, tuple[str, ...]] = MappingProxyType(
    {
        # The notice closes once the time for appeals is over; what was acted upon is proposed to the platform's banks,
        # taken out where the decision falls, and forgotten with the notice.
        EventType.DECISION_MADE: ("open_window", "propose_entries"),
        # What a filter had blocked, and an appeal opens again, is a hit that is restored.
        EventType.APPEAL_REVERSED: ("restore_hit", "retract_entries"),
        EventType.APPEAL_PARTLY_REVERSED: ("retract_entries",),
        EventType.DISPUTE_SETTLED: ("restore_hit", "retract_entries"),
        EventType.NOTICE_WITHDRAWN: ("retract_entries",),
        EventType.NOTICE_ERASED: ("forget_entries",),
        EventType.DECISION_REVERSED: ("look_at_window",),  # Nothing stands that one could be against.
        # Whether what was closed may be opened is asked anew whenever a point or an obligation stands otherwise.
        EventType.AGREEMENT_IN_FORCE: ("judge_obligations", "reconsider_reopening", "reconsider_restrictions"),
        EventType.POINT_EVIDENCED: ("judge_obligations",),
        EventType.POINT_CONFIRMED: ("judge_obligations",),
        EventType.AGREEMENT_ENDED: ("reconsider_reopening", "reconsider_restrictions"),
        EventType.OBLIGATION_CHANGED: ("reconsider_reopening", "reconsider_restrictions"),
        EventType.REOPENING_FULFILLED: ("reconsider_restrictions",),
        # From then on the operators' resolvers are asked often.
        EventType.RESTRICTION_PUBLISHED: ("watch_restriction",),
        EventType.RESTRICTION_LIFTED: ("watch_restriction",),
        EventType.RESTRICTION_EXPIRED: ("watch_restriction",),
        EventType.PERSON_ENDED: ("end_chats",),  # Whoever left is told nothing more, and does nothing more.
        EventType.CONTACT_UNREACHABLE: ("hasten_ladders",),  # The next contact is turned to soon.
    }
)
"""Every type that calls for something, and what it calls for."""


def rows_of(type_: EventType) -> tuple[str, ...]:
    """What an event of this type writes into the outbox beside its recipients."""
    return tuple(PREFIX + name for name in REACTIONS.get(type_, ()))
