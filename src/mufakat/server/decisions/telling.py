"""The events that follow a decision: whom they are between, and who learns of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.server.journal import operations as journal
from mufakat.server.notices import clocks, queries as notices, turning
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.rules.events import EventType
    from mufakat.server.decisions.models import Decision
    from mufakat.server.journal.operations import Happening
    from mufakat.server.journal.work import Moment
    from mufakat.server.notices.queries import Notice


def told(
    type_: EventType, decision: Decision, *, committed: Mapping[str, bytes] | None = None, actor: str
) -> Happening:
    """An event about a decision, part of its notice's case: both sides learn of it, whoever did it.

    What the platform does, it says to whoever asked; what the house does by itself, it says to the platform.
    """
    handles = parties.handles()
    sender, platform = handles[decision.notice.sender_id], handles[decision.party_id]
    return journal.Happening(
        type=type_,
        sender=actor,
        recipient=platform if actor == HOUSE else sender,
        case=decision.notice_id,
        actor=actor,
        committed=committed or {},
        ref=(decision.id, decision.event),
        to=clocks.both(sender, platform),
        receipt=actor != HOUSE,
    )


def turned(notice: Notice, type_: EventType, *, moment: Moment) -> Sequence[Happening]:
    """What the event does to the clocks of its notice; nothing where no profile asks."""
    if not clocks.concerns(notice.profile, type_):
        return ()
    first = notices.first_event(notice.id).id
    return turning.turn(notice, type_, first=first, moment=moment)
