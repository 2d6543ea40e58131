"""What the two sides do with a notice: see it, write, hand it on, let a clock rest, do what was asked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tests.server.api.doors import NOTICES, Reply
from tests.simulator.acts import Foreseen, Request
from tests.simulator.model import ACKNOWLEDGED, ACKNOWLEDGERS, GOING_ON, NEEDS, VOICES, digest, require
from tests.simulator.receipts import prove
from tests.simulator.wire import post

if TYPE_CHECKING:
    from tests.simulator.acts import Circumstances
    from tests.simulator.books import EventRow, Seen
    from tests.simulator.model import Case, Model, Scope, Task

API = "/api/v1"


@dataclass(eq=False)
class Upon(Request):
    """A deed upon something that is there: one event or none, and an answer that is kept where there is a key."""

    status: ClassVar[int] = 200
    event: ClassVar[str]
    key: str | None

    @property
    def path(self) -> str:
        """Where it goes."""
        raise NotImplementedError

    @property
    def route(self) -> str:
        """What its key is stored under."""
        return f"POST {self.path}"

    @property
    def body(self) -> dict[str, Any]:
        """What it says."""
        return {}

    @property
    def about(self) -> str:
        """In whose case its event is."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """What its stored answer is about."""
        return self.about

    @property
    def actor(self) -> str:
        """Whom its event names."""
        return self.seat.handle

    @property
    def raw(self) -> bytes:
        return json.dumps(self.body).encode()

    @property
    def scope(self) -> Scope | None:
        return (self.seat.party_id, self.route, self.key) if self.key is not None else None

    def send(self) -> Reply:
        return post(self.path, self.raw, self.token.text, self.key)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        event = self.find(seen, want.event) if want.event else None
        scope = self.scope
        if scope is not None:
            row = seen.answers.pop(scope, None)
            if want.event:
                require((row is None) == (event is None), "I-03", f"{self} is stored by halves")
            if row is None:
                return False
            same = (row.digest, row.status, row.subject) == (digest(self.raw), self.status, self.subject)
            require(same, "I-02", f"the stored answer to {self} is another's")
            model.answers[scope] = row.given
        if event is not None:
            require(event.sender == self.actor, "I-03", f"the event of {self} names another actor")
            self.before(model, seen, event)
            self.happened(model, event)
        return event is not None or scope is not None

    def find(self, seen: Seen, type_: str) -> EventRow | None:
        """Its event among those that nobody has explained yet."""
        for event in seen.offered(type_):
            if event.case == self.about and self.is_mine(event):
                return seen.take(event)
        return None

    def is_mine(self, event: EventRow) -> bool:
        """Whether an event of its type in its case can be of this act."""
        del event
        return True

    def before(self, model: Model, seen: Seen, event: EventRow) -> None:
        """What the journal says before its event, because of it."""

    def happened(self, model: Model, event: EventRow) -> None:
        """Put it into the model."""
        model.apply(event)


@dataclass(eq=False)
class Spoken(Upon):
    """Upon a notice, by one of its sides."""

    case: str

    @property
    def about(self) -> str:
        return self.case

    def voiced(self, model: Model, around: Circumstances) -> Foreseen | Case:
        """What keeps the seat from speaking within this notice, or the notice."""
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if not self.about:  # The notice was not taken: there is no such address, whoever asks.
            return Foreseen(404, "not-found")
        if self.seat.role not in VOICES:
            return Foreseen(403, "not-permitted")
        case = model.cases.get(self.case)
        if case is None or not case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        return case

    def speaks(self, case: Case) -> bool:
        """Officers speak for their party; the others within what it received."""
        return self.seat.role == "officer" or self.seat.handle == case.recipient

    def side(self, case: Case) -> str:
        return "recipient" if self.seat.handle == case.recipient else "sender"


@dataclass(eq=False)
class See(Spoken):
    """Somebody of the recipient says that it was seen."""

    name: ClassVar[str] = "see"
    event: ClassVar[str] = "notice.seen"

    def __str__(self) -> str:
        return f"see {self.case} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{NOTICES}/{self.case}/seen"

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in ACKNOWLEDGERS:
            return Foreseen(403, "not-permitted")
        case = model.cases.get(self.case)
        if case is None or not case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        if self.seat.handle != case.recipient or (self.seat.role == "engineer" and case.kind != "order"):
            return Foreseen(403, "not-permitted")
        if known := self.known(model, self.raw, 200):
            return known
        return Foreseen(
            200, effect=case.seen_at is None or self.key is not None, event=None if case.seen_at else self.event
        )


@dataclass(eq=False)
class Say(Spoken):
    """One side writes to the other."""

    name: ClassVar[str] = "say"
    event: ClassVar[str] = "message.sent"
    status: ClassVar[int] = 201
    text: str

    def __str__(self) -> str:
        return f"say {self.text!r} within {self.case} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{NOTICES}/{self.case}/messages"

    @property
    def body(self) -> dict[str, Any]:
        return {"text": self.text}

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        case = self.voiced(model, around)
        if isinstance(case, Foreseen):
            return case
        if not self.speaks(case):
            return Foreseen(403, "not-permitted")
        if known := self.known(model, self.raw, 201):
            return known
        return Foreseen(201, effect=True, event=self.event) if case.state in GOING_ON else Foreseen(409, "ended")

    def happened(self, model: Model, event: EventRow) -> None:
        require(event.opened("text") == self.text.encode(), "I-01", f"{event.id} commits to another text than was sent")
        case = model.cases[self.case]
        case.messages += 1
        model.apply(event)
        if case.state == NEEDS and self.seat.handle == case.sender:
            case.state = ACKNOWLEDGED  # What was missing came.
        self.said = event

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status == 201 and want.replay is None:
            prove(model, self.said, reply.json()["receipt"])


@dataclass(eq=False)
class HandOver(Spoken):
    """A notice is put into the hands of a colleague; to nobody, back into everybody's."""

    name: ClassVar[str] = "hand over"
    event: ClassVar[str] = "notice.handed_over"
    to: str

    def __str__(self) -> str:
        return f"hand {self.case} to {self.to or 'nobody'} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{NOTICES}/{self.case}/handover"

    @property
    def body(self) -> dict[str, Any]:
        return {"to": self.to or None}

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        case = self.voiced(model, around)
        if isinstance(case, Foreseen):
            return case
        side, handle = self.side(case), self.seat.handle
        if not self.speaks(case):
            return Foreseen(403, "not-permitted")
        roles = VOICES if side == "recipient" else {"officer"}
        chosen = [
            one for one in model.parties[handle].seats if one.active and one.role in roles and one.name == self.to
        ]
        if self.to and not chosen:
            return Foreseen(422, "refused")
        if known := self.known(model, self.raw, 200):
            return known
        if case.state not in GOING_ON:
            return Foreseen(409, "ended")
        self.chosen = chosen[0] if chosen else None
        changes = case.hands.get(side) is not self.chosen
        return Foreseen(200, effect=changes or self.key is not None, event=self.event if changes else None)

    def happened(self, model: Model, event: EventRow) -> None:
        require(event.recipient == self.seat.handle, "I-10", f"{event.id} tells the other side who has it in hand")
        case = model.cases[self.case]
        case.hands[self.side(case)] = self.chosen
        model.apply(event)


@dataclass(eq=False)
class Pause(Spoken):
    """A clock rests from now on, or goes on."""

    name: ClassVar[str] = "pause"
    clock: str
    going_on: bool = False
    model: Model | None = None  # Of which the newest notice is meant, where none is named.

    def __str__(self) -> str:
        return f"{self.deed} {self.clock} of {self.case} by {self.seat} under {self.key}"

    def send(self) -> Reply:
        if not self.case and self.model is not None:
            self.case = next(reversed(self.model.cases), "")
        return super().send()

    @property
    def deed(self) -> str:
        return "resume" if self.going_on else "pause"

    @property
    def path(self) -> str:
        return f"{NOTICES}/{self.case}/clocks/{self.clock}/{self.deed}"

    @property
    def route(self) -> str:
        return f"POST clocks/{self.deed} {self.case} {hashlib.sha256(self.clock.encode()).hexdigest()[:16]}"

    @property
    def body(self) -> dict[str, Any]:
        return {"reason": "A made-up reason."}

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:  # noqa: PLR0911 - one for each guard.
        case = self.voiced(model, around)
        if isinstance(case, Foreseen):
            return case
        if known := self.known(model, self.raw, 200):
            return known
        clock = case.clocks.get(self.clock)
        if clock is None:
            return Foreseen(404, "not-found")
        owes = self.seat.handle == case.recipient
        if not self.going_on and (owes or clock.is_right):
            return Foreseen(403, "not-permitted")  # Neither who owes the act stops its clock, nor anybody a right.
        state = clock.state(max(around.at, around.written_at))
        if state != ("paused" if self.going_on else "running"):
            return Foreseen(409, "clock-stands")
        if self.going_on and not owes and clock.paused_by != self.seat.handle:
            return Foreseen(403, "not-permitted")
        return Foreseen(200, effect=True, event="clock.resumed" if self.going_on else "clock.paused")

    def happened(self, model: Model, event: EventRow) -> None:
        require(event.opened("clock") == self.clock.encode(), "clocks", f"{event.id} is about another clock")
        clock = model.cases[self.case].clocks[self.clock]
        if self.going_on:
            clock.resume(event.at)
        else:
            clock.pause(event.at, self.seat.handle)
        model.apply(event)


@dataclass(eq=False)
class Did(Upon):
    """Somebody did what a ladder asked, or did not after all."""

    name: ClassVar[str] = "task"
    task: Task
    undone: bool = False

    def __str__(self) -> str:
        return f"{'reopen' if self.undone else 'do'} {self.task.id} of {self.task.case} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/tasks/{self.task.id}/{'reopening' if self.undone else 'done'}"

    @property
    def body(self) -> dict[str, Any]:
        return {"note": "A made-up word."}

    @property
    def about(self) -> str:
        return self.task.case

    @property
    def subject(self) -> str:
        return self.task.id

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in VOICES:
            return Foreseen(403, "not-permitted")
        if self.task.party != self.seat.handle:
            return Foreseen(404, "not-found")
        if known := self.known(model, self.raw, 200):
            return known
        if self.task.over or model.cases[self.task.case].clocks[self.task.clock].ended is not None:
            return Foreseen(409, "task-over")
        changes = self.task.done == self.undone
        event = ("task.reopened" if self.undone else "task.done") if changes else None
        return Foreseen(200, effect=changes or self.key is not None, event=event)

    def happened(self, model: Model, event: EventRow) -> None:
        require(event.recipient == self.seat.handle, "I-10", f"{event.id} tells the other side what was said of a task")
        self.task.done = not self.undone
        model.apply(event)
