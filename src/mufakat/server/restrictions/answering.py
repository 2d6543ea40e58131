"""The platform answers: what it has to say to an order, before it is published or while it stands.

Its first answer ends the time that it is given. Objecting stops nothing by itself: people read it, approvers may still
say no, and it stays with the order for whoever looks at it later.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import restriction_reading as reading
from mufakat.rules.errors import NotFoundError, RestrictionStandsError, TooManyMessagesError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.rules.restriction import OVER, RestrictionState
from mufakat.server.journal import door, operations as journal, queries as events
from mufakat.server.journal.errors import ClosedError
from mufakat.server.restrictions import approving, publishing, queries, telling

if TYPE_CHECKING:
    from mufakat.rules.restriction import NoteIn
    from mufakat.server.journal.answers import Answer, Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.models import Restriction

MOST = 20  # Answers to one order.


@dataclass(slots=True)
class Answering:
    """An answer on its way to the writer."""

    restriction: str
    told: NoteIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = asked(self.by, self.restriction)
        if RestrictionState(row.state) in OVER:
            raise RestrictionStandsError(row.state, "object")
        before = [one for one in events.events_of(row.id) if one.type == EventType.RESTRICTION_ANSWERED.value]
        if len(before) >= MOST:
            raise TooManyMessagesError(MOST)
        happening = telling.happening(
            EventType.RESTRICTION_ANSWERED,
            row,
            actor=self.by.handle,
            committed={"answer": self.told.note.encode()},
            ref=(row.event,),
        )
        event = journal.append([happening], moment)[0]
        if row.answered_at is None:
            row.answered_at, row.answer_event = moment.at, event.id
            row.told_at = row.told_at or moment.at  # Whoever answers has been told.
            if row.state == RestrictionState.APPROVED:
                row.next_at = approving.due(row, at=moment.at)
            row.save()
        return approving.answered(row.id, self.by, moment)


@dataclass(slots=True)
class Reading:
    """Somebody of the platform has the order before them."""

    restriction: str
    weight: int = 1
    key: Key | None = None
    plan: Plan | None = None

    def run(self, moment: Moment) -> None:
        publishing.told([self.restriction], moment=moment)


def note_read(reader: Caller, row: Restriction) -> None:
    """Note aside that the platform's people have read the order: the time in which they may answer begins.

    For every view that shows it to them. The answer does not wait for it; what is lost is noted by the next reader.
    """
    if row.told_at is None and row.state in publishing.WAITING and reader.party_id == row.platform_id:
        with suppress(ClosedError):
            door.writer().leave(Reading(row.id))


def asked(by: Caller, restriction: str) -> Restriction:
    """The restriction, if the caller's party is the platform concerned."""
    row = queries.get_for(by, restriction, deed=Deed.OBJECT_RESTRICTION)
    if row.platform_id != by.party_id:
        raise NotFoundError("restriction")
    return row


def object_to(restriction: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Say what the platform has to say. Raises BadRestrictionError, RestrictionStandsError, TooManyMessagesError."""
    asked(by, restriction)
    told = reading.read_note(raw)
    answer: Answer = door.writer().commit(Answering(restriction, told, by, key))
    return answer
