"""What a ladder asks people to do: call somebody, consider what is proposed. Nothing here does it by itself.

A task is open until somebody of its party says that it is done, or until its clock ends and nobody need do it any more.
What is said of it opens its event, which the party alone reads, and goes as notes do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.errors import NotFoundError, NotNowError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.notice import NoticeKind
from mufakat.rules.permissions import Deed
from mufakat.rules.publicity import OFFICIAL
from mufakat.server.journal import door, ids, operations as journal
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.notices.faces import encode, instant
from mufakat.server.notices.models import SentWarning, Task
from mufakat.server.parties import contacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.contacts import Contact
    from mufakat.server.parties.queries import Caller

PAGE = 50


class TaskOverError(RefusedError):
    """Nobody need do it any more."""

    def __str__(self) -> str:
        return "Nobody need do this any more: the other side answered, or the notice ended."


class CallOut(msgspec.Struct, frozen=True):
    """Whom to call: role and office; name and number for those alone who may see them (I-18)."""

    role: str
    organisation: str
    country: str
    name: str | None
    phone: str | None


class TaskOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A task. ``call`` is whom to call, absent where nobody is named; ``proposes`` is what people are to consider.

    One that is done is over too once its clock ended: it stays done.
    """

    id: str
    notice: str
    act: str
    name: str
    made_at: str
    done_at: str | None = None
    over_at: str | None = None
    proposes: str | None = None
    call: CallOut | None = None

    @classmethod
    def of(cls, task: Task, contact: Contact | None) -> TaskOut:
        """From the row, which comes with its notice and its clock."""
        over_at = task.ended_at or task.clock.ended_at
        return cls(
            task.id,
            task.notice_id,
            task.act,
            task.name,
            instant(task.made_at),
            instant(task.done_at) if task.done_at else None,
            instant(over_at) if over_at else None,
            task.proposes or None,
            _call(task, contact) if contact else None,
        )


class TaskList(msgspec.Struct, frozen=True):
    """A page of tasks; ``next`` goes back as ``after``."""

    items: list[TaskOut]
    next: str | None


def _call(task: Task, contact: Contact) -> CallOut:
    # Who asks with authority is a counterparty of whoever it asks; a user report makes nobody one.
    known = NoticeKind(task.notice.kind) in OFFICIAL
    return CallOut(
        contact.role.value,
        contact.organisation,
        contact.country,
        contact.name if known else None,
        contact.phone if known else None,
    )


def seen_by(viewer: Caller) -> QuerySet[Task]:
    """The tasks of the viewer's party; nobody else's."""
    viewer.require(Deed.DO_TASK)
    return Task.objects.filter(party_id=viewer.party_id).select_related("notice", "clock")


def get_for(viewer: Caller, task: str) -> Task:
    """The task; a stranger's and an unknown one are the same to the viewer."""
    seen = seen_by(viewer)
    found = seen.filter(pk=task).first() if ids.is_id(task, "tsk") else None
    if found is None:
        raise NotFoundError("task")
    return found


def open_for(viewer: Caller, *, at: datetime, after: str | None = None, size: int = PAGE) -> TaskList:
    """The open tasks of the viewer's party, oldest first, a page at a time."""
    found = seen_by(viewer).filter(done_at=None, ended_at=None, clock__ended_at=None)
    if after is not None:
        found = found.filter(pk__gt=after)
    rows = list(found.order_by("pk")[: size + 1])
    shown = faces(rows[:size], at=at)
    return TaskList(shown, shown[-1].id if len(rows) > size else None)


def of_notice(viewer: Caller, notice: str, *, at: datetime) -> list[TaskOut]:
    """The tasks of the viewer's party on one notice, oldest first."""
    return faces(list(seen_by(viewer).filter(notice=notice).order_by("pk")), at=at)


def faces(rows: Sequence[Task], *, at: datetime) -> list[TaskOut]:
    """The tasks with whom to call, in the order of the rows."""
    known = contacts.named({one.contact for one in rows if one.contact is not None}, at=at)
    return [TaskOut.of(one, known.get(one.contact or "")) for one in rows]


class SentForGoodError(NotNowError):
    """A document did it; it cannot be sent back."""

    def __init__(self) -> None:
        super().__init__("What this asked for was sent, and stays sent.")


@dataclass(slots=True)
class Marking:
    """Done, or open again, on its way to the writer. Saying it twice is no second event."""

    task: str
    by: Caller
    note: str
    done: bool
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        task = get_for(self.by, self.task)
        if task.clock.ended_at is not None:
            # Also what was done: its note would come after the end of its notice, from which the periods run.
            raise TaskOverError
        if not self.done and SentWarning.objects.filter(task=task).exists():
            raise SentForGoodError
        if (task.done_at is not None) != self.done:
            self._mark(task, moment)
        # About the task: the answer names whom to call, and goes with the answers that are kept for days.
        return Answer(200, encode(faces([task], at=moment.at)[0]), task.id)

    def _mark(self, task: Task, moment: Moment) -> None:
        task.done_at = moment.at if self.done else None
        task.save(update_fields=["done_at"])
        committed = {"step": task.name.encode()}
        if self.note:
            committed["note"] = self.note.encode()
        happening = journal.Happening(
            type=EventType.TASK_DONE if self.done else EventType.TASK_REOPENED,
            sender=self.by.handle,
            recipient=self.by.handle,
            case=task.notice_id,
            actor=self.by.handle,
            committed=committed,
            ref=(task.event,),
        )
        journal.append([happening], moment)


def done(task: str, *, by: Caller, note: str = "", key: Key | None = None) -> Answer:
    """Somebody did it, or decided about it; with a word on what came of it. Raises NotFoundError, TaskOverError."""
    get_for(by, task)
    answer: Answer = door.writer().commit(Marking(task, by, note, done=True, key=key))
    return answer


def reopen(task: str, *, by: Caller, note: str = "", key: Key | None = None) -> Answer:
    """It is not done after all. Raises as `done` does."""
    get_for(by, task)
    answer: Answer = door.writer().commit(Marking(task, by, note, done=False, key=key))
    return answer
