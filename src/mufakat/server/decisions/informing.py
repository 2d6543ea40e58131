"""The decision came back to whoever asked: their own system took it, or somebody of them says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import window
from mufakat.rules.errors import NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import profiles
from mufakat.server.decisions import queries
from mufakat.server.decisions.faces import DecisionOut, encode
from mufakat.server.decisions.models import Decision
from mufakat.server.decisions.telling import turned
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection

    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


class NotTheSenderError(NotPermittedError):
    """The party sees the decision, but it was not the one that asked."""

    def __str__(self) -> str:
        return "That a decision came back is said by the party that sent the notice."


@dataclass(slots=True)
class Informing:
    """Somebody of the sender has seen the decision. The first time counts."""

    decision: str
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = asked_by(self.by, self.decision)
        if row.informed_at is None:
            _inform(row, actor=self.by.handle, moment=moment)
        whole = queries.whole(queries.known(row.id))
        return Answer(200, encode(DecisionOut.of(whole, viewer=self.by)), row.notice_id)


def asked_by(by: Caller, decision: str) -> Decision:
    """The decision, if it answers a notice of the caller's party."""
    row = queries.get_for(by, decision, deed=Deed.MESSAGE)
    if row.notice.sender_id != by.party_id:
        raise NotTheSenderError(Deed.MESSAGE, by.role)
    return row


def inform(decision: str, *, by: Caller, key: Key | None = None) -> Answer:
    """Somebody of the sender has seen the decision; saying it again changes nothing."""
    asked_by(by, decision)
    answer: Answer = door.writer().commit(Informing(decision, by, key))
    return answer


def taken(events: Collection[str], *, moment: Moment) -> list[str]:
    """A system of the sender took these ``decision.made`` events; the decisions of which that is new.

    Called inside an operation of the writer. Once a decision has its time, another delivery of it is no event.
    """
    found = Decision.objects.filter(event__in=events, informed_at=None).select_related("notice", "party")
    new = list(found.order_by("id"))
    for row in new:
        _inform(row, actor=HOUSE, moment=moment)
    return [row.id for row in new]


def _inform(row: Decision, *, actor: str, moment: Moment) -> None:
    """The event, the clocks that count from it, and an end of the window that is later, never earlier."""
    notice = row.notice
    more = turned(notice, EventType.DECISION_INFORMED, moment=moment)
    # Nobody is told that somebody was told: that would double every delivery. The platform reads it.
    happening = journal.Happening(
        type=EventType.DECISION_INFORMED,
        sender=actor,
        recipient=parties.handles()[row.party_id],
        case=row.notice_id,
        actor=actor,
        ref=(row.id, row.event),
    )
    journal.append([happening, *more], moment)
    row.informed_at = moment.at
    if row.appeal_until is not None:
        counted = window.end(
            profiles.load(notice.profile),
            kind=NoticeKind(notice.kind),
            category=Category(notice.category),
            urgency=Urgency(notice.urgency),
            decided_at=row.decided_at,
            informed_at=moment.at,
        )
        row.appeal_until = window.later(row.appeal_until, counted)
    row.save(update_fields=["informed_at", "appeal_until"])
