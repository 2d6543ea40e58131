"""Send what a ladder puts to people: numbered letters, and the announcement of a block, each once and in its order.

Which step may be sent now is judged by `rules.warning` from what was sent before, in the writer: of two who send the
same letter the second finds it sent. The event carries the receipt, both sides are told, and it starts the clocks that
the profile starts by a warning. It does the step's task: nobody need say so besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mufakat.rules import ladder as ladders, warning
from mufakat.rules.errors import NotNowError
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.notice import Draft, NoticeKind
from mufakat.rules.permissions import Deed
from mufakat.rules.profile import Act
from mufakat.rules.warning import Sent, WarningIn
from mufakat.server.agreements import profiles
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.notices import clocks, queries, sides
from mufakat.server.notices.faces import encode
from mufakat.server.notices.models import Clock, Notice, SentWarning, Task
from mufakat.server.notices.sides import WrongSideError
from mufakat.server.notices.tasks import TaskOverError
from mufakat.server.notices.warning_faces import WarningOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.rules.notice import LegalGround
    from mufakat.rules.profile import Ladder, LadderStep
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


class Climb(NamedTuple):
    """A ladder of a notice, its clock, and how far people went on it."""

    ladder: Ladder
    clock: Clock
    tasks: Sequence[Task]
    sent: Sequence[SentWarning]

    @property
    def came(self) -> set[str]:
        """The steps whose time has come."""
        return {one.name for one in self.tasks}

    @property
    def done(self) -> list[Sent]:
        """What was sent, as the rules ask for it."""
        return [Sent(one.step, one.sent_at) for one in self.sent]


class Offer(NamedTuple):
    """The step that a person may send next, and before when it is too early; `open_now` says that nothing hinders."""

    step: LadderStep
    most: int
    came: bool
    opens_at: datetime | None
    open_now: bool


class Judged(NamedTuple):
    """What may be sent now: the step, of how many letters at most, the task that it does, and the law it stands on."""

    notice: Notice
    step: LadderStep
    most: int
    task: Task
    ground: LegalGround


@dataclass(slots=True)
class Sending:
    """A document on its way to the writer."""

    notice: str
    by: Caller
    body: WarningIn
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        # (1) The step, judged by what was sent before; nobody else sends while the writer runs this.
        judged = self._judge(moment)
        notice = judged.notice
        # (2) The event, which both sides learn of, with the clocks that it starts.
        first = queries.first_event(notice.id).id
        turned = clocks.moved(notice, EventType.WARNING_SENT, after=NoticeState(notice.state), ref=first, moment=moment)
        other = sides.other_of(self.by, notice)
        said = self._said(judged)
        happening = journal.Happening(
            type=EventType.WARNING_SENT,
            sender=self.by.handle,
            recipient=other,
            case=notice.id,
            actor=self.by.handle,
            committed=said,
            law=judged.ground.system,
            ref=(first, judged.task.event),
            to=clocks.both(self.by.handle, other),
            receipt=True,
        )
        event = journal.append([happening, *turned.happenings], moment)[0]
        if turned.due_at != notice.due_at:
            Notice.objects.filter(pk=notice.pk).update(due_at=turned.due_at)
        # (3) The row, and the task, which this has done.
        row = self._row(judged, event.id, moment)
        if Task.objects.filter(pk=judged.task.pk, done_at=None, ended_at=None).update(done_at=moment.at) != 1:
            raise RuntimeError("a task moved while the writer wrote")
        return Answer(201, encode(WarningOut.made(row, said, event.custody, event.leaf_hash)), notice.id)

    def _judge(self, moment: Moment) -> Judged:
        notice = _require_side(self.by, self.notice)
        climb = _ladder_with(notice, self.body.step)
        step = _require(climb, notice, self.body.step, at=moment.at)
        warning.require_weighed(step, self.body.reasons_weighed)
        task = _open_task(climb, step.name)
        ground = self.body.legal_ground or ground_of(notice)
        if ground is None:
            raise warning.no_ground()
        return Judged(notice, step, warning.letters_of(climb.ladder), task, ground)

    def _said(self, judged: Judged) -> dict[str, bytes]:
        said = {
            "step": judged.step.name.encode(),
            "text": self.body.text.encode(),
            "legal_ground": msgspec.json.encode(judged.ground),
        }
        if self.body.reasons_weighed:
            said["weighed"] = self.body.reasons_weighed.encode()
        return said

    def _row(self, judged: Judged, event: str, moment: Moment) -> SentWarning:
        step, letter = judged.step, judged.step.letter
        return SentWarning.objects.create(
            id=moment.id("wrn"),
            notice=judged.notice,
            task=judged.task,
            step=step.name,
            proposes=step.proposes or "",
            code=letter.code if letter else "",
            number=letter.number if letter else None,
            most=judged.most if letter else None,
            weighs=step.weighs_reasons,
            weighed=self.body.reasons_weighed is not None,
            language=self.body.language or judged.notice.language,
            party_id=self.by.party_id,
            person_id=self.by.person_id,
            sent_at=moment.at,
            event=event,
        )


def send(notice: str, body: WarningIn, *, by: Caller, key: Key | None = None) -> Answer:
    """Send the document of a step.

    Raises NotFoundError, NotPermittedError, BadWarningError, NotNowError, TaskOverError.
    """
    _require_side(by, notice)
    answer: Answer = door.writer().commit(Sending(notice, by, body, key))
    return answer


def _require_side(by: Caller, notice: str) -> Notice:
    found = queries.get_for(by, notice, deed=Deed.SEND_WARNING)
    if found.sender_id != by.party_id:
        raise WrongSideError(Deed.SEND_WARNING, by.role)
    return found


def climbs(notice: Notice) -> list[Climb]:
    """The ladders of a notice on which people send something, in the order of their clocks."""
    if not ladders.is_for(Act.PROPOSE, NoticeKind(notice.kind)):
        return []
    rules_of = profiles.load(notice.profile)
    running = list(Clock.objects.filter(notice=notice).order_by("pk"))
    tasks = list(Task.objects.filter(notice=notice, party_id=notice.sender_id, act=Act.PROPOSE.value))
    sent = list(SentWarning.objects.filter(notice=notice).select_related("task").order_by("id"))
    found = []
    for one in running:
        ladder = rules_of.ladder_of(one.name)
        if ladder is not None and warning.documents(ladder):
            asked = [task for task in tasks if task.clock_id == one.pk]
            found.append(Climb(ladder, one, asked, [row for row in sent if row.task.clock_id == one.pk]))
    return found


def offers(notice: Notice, *, at: datetime) -> list[Offer]:
    """What people may send next on each ladder that is still climbed: one step of each, none at the top."""
    rules_of = profiles.load(notice.profile)
    found = []
    for climb in climbs(notice):
        done = {one.step for one in climb.sent}
        step = next((one for one in warning.documents(climb.ladder) if one.name not in done), None)
        if step is None or climb.clock.ended_at is not None:
            continue
        rests = clocks.rests_of([climb.clock.pk])[climb.clock.pk]
        opens = warning.opens_at(climb.ladder, step, sent=climb.done, calendars=rules_of.calendars, rests=rests)
        came = step.name in climb.came
        free = any(one.name == step.name and one.done_at is None and one.ended_at is None for one in climb.tasks)
        now = free and climb.clock.paused_at is None and (opens is None or at >= opens)
        found.append(Offer(step, warning.letters_of(climb.ladder), came, opens, now))
    return found


def _ladder_with(notice: Notice, name: str) -> Climb:
    """The ladder that has this step; of several the one that is still climbed."""
    found = climbs(notice)
    having = [one for one in found if warning.step_of(one.ladder, name) is not None]
    if not having:
        raise warning.no_step(name, [step.name for one in found for step in warning.documents(one.ladder)])
    return next((one for one in having if one.clock.ended_at is None), having[0])


def _require(climb: Climb, notice: Notice, name: str, *, at: datetime) -> LadderStep:
    if climb.clock.ended_at is not None:
        raise TaskOverError
    if climb.clock.paused_at is not None:
        raise NotNowError(f"The clock {climb.clock.name} rests, and its ladder with it.")
    return warning.require(
        climb.ladder,
        name,
        came=climb.came,
        sent=climb.done,
        at=at,
        calendars=profiles.load(notice.profile).calendars,
        rests=clocks.rests_of([climb.clock.pk])[climb.clock.pk],
    )


def _open_task(climb: Climb, name: str) -> Task:
    task = next(one for one in climb.tasks if one.name == name)
    if task.done_at is not None:
        raise NotNowError(f"People of your party said that the step {name} is done without it; open its task again.")
    return task


def ground_of(notice: Notice) -> LegalGround | None:
    """The law that the notice names; None where it names none, or where it was erased."""
    body = queries.body(notice)
    return msgspec.json.decode(body, type=Draft).legal_ground if body is not None else None
