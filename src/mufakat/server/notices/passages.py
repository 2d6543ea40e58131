"""Fetched, delivered, seen: what becomes of a notice on its way to somebody's eyes, each set once (`rules.passages`).

Acknowledging, which moves the state, is in ``operations``.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import passages as rules
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.passages import Passage, Times
from mufakat.rules.permissions import Deed
from mufakat.server.journal import door, operations as journal, queries as events
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.errors import ClosedError
from mufakat.server.notices import clocks, queries, sides
from mufakat.server.notices.faces import NoticeOut, encode
from mufakat.server.notices.models import Notice
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.store import Question
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


def times_after(notice: Notice, event: EventType, *, at: datetime) -> dict[str, datetime]:
    """The columns that the event sets on the notice, here and for the statement that the caller writes."""
    before = Times(notice.fetched_at, notice.delivered_at, notice.seen_at, notice.acknowledged_at)
    times = rules.after(before, event, at=at)
    found = {f"{passage.value}_at": getattr(times, passage.value) for passage in Passage}
    new = {column: time for column, time in found.items() if getattr(notice, column) != time}
    for column, time in new.items():
        setattr(notice, column, time)
    return new


# -- Fetched ---------------------------------------------------------------------------------------------------------


class Notes:
    """Writes down that notices were fetched: one statement for all of a group."""

    def questions(self, operations: Sequence[Fetch], shard: str | None) -> list[Question]:
        del operations, shard
        return []

    def write(self, operations: Sequence[Fetch], moment: Moment) -> list[Answer]:
        new = Notice.objects.filter(pk__in={one.notice for one in operations}, fetched_at=None)
        new.update(fetched_at=moment.at)
        return [Answer(204, b"", one.notice) for one in operations]


NOTES = Notes()


@dataclass(slots=True)
class Fetch:
    """One notice was read by its recipient."""

    notice: str
    weight: int = 1
    key: Key | None = None
    plan: Plan | None = NOTES

    def run(self, moment: Moment) -> Answer:
        return NOTES.write([self], moment)[0]


def note_fetched(reader: Caller, notice: Notice) -> None:
    """Note aside that the reader's session or token got the notice by GET, where it is the recipient's first time.

    No event, no state, no clock: a machine that opens every link may be behind it. The answer does not wait for the
    note, and a note that is lost on the way is made by the next reader.
    """
    if notice.fetched_at is None and reader.party_id == notice.recipient_id != notice.sender_id:
        with suppress(ClosedError):
            door.writer().leave(Fetch(notice.id))


# -- Delivered -------------------------------------------------------------------------------------------------------


def delivered(notices: Collection[str], *, moment: Moment) -> list[str]:
    """A carrier got the recipient's own 2xx, or a positive DSN, for these notices; those of which it is new.

    Called inside an operation of the writer. Once a notice has its time, another delivery of it is no event: repeat it
    as often as you like. Only what carried the notice itself to its recipient counts, never a later word about it.
    """
    found = Notice.objects.filter(pk__in=notices, delivered_at=None).select_related("sender").order_by("id")
    new = list(found)
    first = events.first_event_ids([one.id for one in new])
    # Nobody is told by a carrier that a carrier delivered: that would double every delivery. The sender reads it.
    happenings = [
        journal.Happening(
            type=EventType.NOTICE_DELIVERED,
            sender=HOUSE,
            recipient=one.sender.handle,
            case=one.id,
            actor=HOUSE,
            ref=(first[one.id],),
        )
        for one in new
    ]
    journal.append(happenings, moment)
    ids = [one.id for one in new]
    Notice.objects.filter(pk__in=ids, delivered_at=None).update(delivered_at=moment.at)
    _move_clocks([one for one in new if clocks.concerns(one.profile, EventType.NOTICE_DELIVERED)], first, moment)
    return ids


def _move_clocks(notices: Sequence[Notice], first: Mapping[str, str], moment: Moment) -> None:
    """No profile that comes with the package has a clock that hangs on delivery; one of a country may."""
    for one in notices:
        state = NoticeState(one.state)
        turned = clocks.turn(one, EventType.NOTICE_DELIVERED, after=state, ref=first[one.id], moment=moment)
        journal.append(turned.happenings, moment)
        Notice.objects.filter(pk=one.pk).update(due_at=turned.due_at)


# -- Seen ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Seeing:
    """Somebody of the recipient says that it was seen."""

    notice: str
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        notice = queries.get_for(self.by, self.notice, deed=Deed.ACKNOWLEDGE)
        # Two who look at once come here one after the other: the second finds the time of the first.
        if new := times_after(notice, EventType.NOTICE_SEEN, at=moment.at):
            sender = parties.handles()[notice.sender_id]
            first = queries.first_event(notice.id).id
            state = NoticeState(notice.state)
            turned = clocks.moved(notice, EventType.NOTICE_SEEN, after=state, ref=first, moment=moment)
            happening = journal.Happening(
                type=EventType.NOTICE_SEEN,
                sender=self.by.handle,
                recipient=sender,
                case=notice.id,
                actor=self.by.handle,
                ref=(first,),
                to=(f"party:{sender}",),
                receipt=True,
            )
            journal.append([happening, *turned.happenings], moment)
            Notice.objects.filter(pk=notice.pk).update(**new, due_at=turned.due_at)
        return Answer(200, encode(NoticeOut.of(queries.whole(notice, viewer=self.by), at=moment.at)), notice.id)


def see(notice: str, *, by: Caller, key: Key | None = None) -> Answer:
    """Somebody of the recipient has seen it; no promise yet, and no clock stops. Saying it again changes nothing."""
    found = queries.get_for(by, notice, deed=Deed.ACKNOWLEDGE)
    if not queries.to_acknowledge(by, found):
        raise sides.WrongSideError(Deed.ACKNOWLEDGE, by.role)
    answer: Answer = door.writer().commit(Seeing(notice, by, key))
    return answer
