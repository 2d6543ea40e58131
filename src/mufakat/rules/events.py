"""The types of events, listed once, and what each commits to.

A type is dotted and past tense. An event is a leaf of the log (INTERFACE.md, "Events, leaves, receipts"): what people
typed never enters it; the leaf carries commitments to those fields, and erasing a field leaves every proof valid
(I-09).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class EventType(StrEnum):
    """What can happen. A type, once written to a log, is never renamed and never taken away."""

    NOTICE_RECEIVED = "notice.received"
    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_WITHDRAWN = "notice.withdrawn"
    NOTICE_ERASED = "notice.erased"
    HOLD_PLACED = "hold.placed"
    HOLD_RELEASED = "hold.released"
    PARTY_REGISTERED = "party.registered"
    PERSON_ENROLLED = "person.enrolled"
    PERSON_ENDED = "person.ended"
    TOKEN_ISSUED = "token.issued"  # noqa: S105 - an event's name, no secret.
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - the same.
    MANDATE_GRANTED = "mandate.granted"
    MANDATE_SUSPENDED = "mandate.suspended"
    MANDATE_RESUMED = "mandate.resumed"
    MANDATE_REVOKED = "mandate.revoked"
    MANDATE_REPLIED = "mandate.replied"


COMMITTED: Mapping[EventType, frozenset[str]] = MappingProxyType(
    {
        EventType.NOTICE_RECEIVED: frozenset({"payload", "locators", "explanation", "legal_ground"}),
        EventType.NOTICE_ACKNOWLEDGED: frozenset({"note"}),
        EventType.NOTICE_WITHDRAWN: frozenset({"reason"}),
        EventType.NOTICE_ERASED: frozenset({"classes", "reason"}),
        EventType.HOLD_PLACED: frozenset({"reason"}),
        EventType.HOLD_RELEASED: frozenset({"reason"}),
        EventType.PARTY_REGISTERED: frozenset({"name"}),
        EventType.PERSON_ENROLLED: frozenset(),
        EventType.PERSON_ENDED: frozenset(),
        EventType.TOKEN_ISSUED: frozenset(),
        EventType.TOKEN_REVOKED: frozenset(),
        EventType.MANDATE_GRANTED: frozenset({"terms"}),
        EventType.MANDATE_SUSPENDED: frozenset({"reason"}),
        EventType.MANDATE_RESUMED: frozenset({"reason"}),
        EventType.MANDATE_REVOKED: frozenset({"reason"}),
        EventType.MANDATE_REPLIED: frozenset({"reply"}),
    }
)
"""Per type, the names of the fields that its leaf may carry a commitment to; any other name is a fault of ours."""
