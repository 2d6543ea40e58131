"""Messages on a notice, both ways: each is an event with a receipt, and the other side is told.

The text lies in one place alone, as the opening of its event, and is erased there (class ``messages``).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import talk as rules
from mufakat.rules.errors import TooManyMessagesError
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.journal import door, operations as journal, queries as events
from mufakat.server.journal.answers import Answer
from mufakat.server.notices import clocks, queries, sides
from mufakat.server.notices.faces import encode, instant, links, messages
from mufakat.server.notices.models import Message, Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.models import Event
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

PAGE = 50


class MessageOut(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A message: who wrote it, when, its text while that is not erased, and the receipt that it was taken."""

    id: str
    notice: str
    from_: str
    sent_at: str
    text: str | None
    receipt: str
    leaf: str
    links: dict[str, str]

    @classmethod
    def of(cls, row: Message, event: Event) -> MessageOut:
        """The message must come with its party, the event with its openings."""
        text = next((bytes(one.value).decode() for one in event.openings.all() if one.value is not None), None)
        return cls.made(row, row.party.handle, text, events.custody(event), bytes(event.leaf_hash))

    @classmethod
    def made(cls, row: Message, party: str, text: str | None, receipt: str, leaf_hash: bytes) -> MessageOut:
        leaf = base64.b64encode(leaf_hash).decode()
        where = {"messages": messages(row.notice_id), "page": links(row.notice_id)["page"]}
        return cls(row.id, row.notice_id, party, instant(row.sent_at), text, receipt, leaf, where)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a conversation and where the next begins."""

    items: Sequence[MessageOut]
    next: str | None


@dataclass(slots=True)
class Saying:
    """A message on its way to the writer."""

    notice: str
    by: Caller
    text: str
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        notice = queries.get_for(self.by, self.notice, deed=Deed.MESSAGE)
        side = sides.require_voice(self.by, notice)
        # (1) What the other side did meanwhile decides; two who write at once come here one after the other.
        before = NoticeState(notice.state)
        after = rules.after_message(before, by=side)
        if Message.objects.filter(notice=notice, party_id=self.by.party_id)[: rules.MOST].count() == rules.MOST:
            raise TooManyMessagesError(rules.MOST)
        # (2) The event, which tells the other side and moves the state where the message is the awaited answer.
        other = sides.other_of(self.by, notice)
        first = queries.first_event(notice.id).id
        turned = clocks.moved(notice, EventType.MESSAGE_SENT, after=after, ref=first, moment=moment)
        happening = journal.Happening(
            type=EventType.MESSAGE_SENT,
            sender=self.by.handle,
            recipient=other,
            case=notice.id,
            actor=self.by.handle,
            committed={"text": self.text.encode()},
            ref=(first,),
            to=(f"party:{other}",),
            receipt=True,
        )
        event = journal.append([happening, *turned.happenings], moment)[0]
        if (after, turned.due_at) != (before, notice.due_at):
            found = Notice.objects.filter(pk=notice.pk, state=before.value)
            found.update(state=after.value, due_at=turned.due_at)
        # (3) The row, by which the conversation is found in its order.
        row = Message.objects.create(
            id=moment.id("msg"),
            notice=notice,
            event=event.id,
            party_id=self.by.party_id,
            person_id=self.by.person_id,
            sent_at=moment.at,
        )
        made = MessageOut.made(row, self.by.handle, self.text, event.custody, event.leaf_hash)
        return Answer(201, encode(made), notice.id)


def send(notice: str, *, by: Caller, text: str, key: Key | None = None) -> Answer:
    """Write to the other side. Raises EndedError where the notice has ended, TooManyMessagesError after MOST."""
    sides.require_voice(by, queries.get_for(by, notice, deed=Deed.MESSAGE))
    answer: Answer = door.writer().commit(Saying(notice, by, text, key))
    return answer


def list_for(viewer: Caller, notice: str, *, after: str | None = None) -> Page:
    """The conversation, oldest first, a page at a time, in a constant number of queries."""
    found = Message.objects.filter(notice=queries.get_for(viewer, notice))
    if after is not None:
        found = found.filter(id__gt=after)
    rows = list(found.select_related("party").order_by("id")[: PAGE + 1])
    shown = rows[:PAGE]
    said = events.by_id([row.event for row in shown])
    return Page([MessageOut.of(row, said[row.event]) for row in shown], shown[-1].id if len(rows) > PAGE else None)


def writers(viewer: Caller, notice: Notice) -> dict[str, str]:
    """By event, the names of the colleagues who wrote the messages of the viewer's own party (I-18)."""
    found = Message.objects.filter(notice=notice, party_id=viewer.party_id).select_related("person")
    return {one.event: one.person.name for one in found}
