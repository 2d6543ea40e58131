"""What a platform does: it decides or asks, carries measures out, brings reasons to whoever is affected.

Acting and refusing are sent, foreseen and looked at in the same way (I-05).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from tests.server.api.doors import NOTICES, Reply
from tests.simulator.acts import Foreseen, ran_out
from tests.simulator.model import ACKNOWLEDGED, DECIDERS, HANDS, NEEDS, VOICES, require
from tests.simulator.reads import Read
from tests.simulator.receipts import prove, stamp
from tests.simulator.rulings import (
    ASKS,
    CONFIRMED,
    MOVES,
    PARTLY_REVERSED,
    REVERSED,
    REVERTED,
    SAYS_SO,
    moment,
    ruled,
    ruling_of,
)
from tests.simulator.talking import API, Upon
from tests.simulator.wire import get
from tests.simulator.working import Part

if TYPE_CHECKING:
    from datetime import datetime

    from tests.simulator.acts import Circumstances
    from tests.simulator.books import EventRow, Seen
    from tests.simulator.model import Model
    from tests.simulator.rulings import Duty, Ruling


@dataclass(eq=False)
class Decide(Upon):
    """A decision, or a question. ``flaw`` says that the rules refuse the body."""

    name: ClassVar[str] = "decide"
    status: ClassVar[int] = 201
    case: str
    sent: dict[str, Any]
    flaw: bool = False
    made: EventRow | None = field(default=None, init=False)
    code: str = field(default="", init=False)

    def __str__(self) -> str:
        return f"decide {self.case}: {self.sent.get('outcome')} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{NOTICES}/{self.case}/decision"

    @property
    def about(self) -> str:
        return self.case

    @property
    def body(self) -> dict[str, Any]:
        return self.sent

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:  # noqa: PLR0911 - one for each guard.
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.key is None:
            return Foreseen(400, "key-missing")
        if self.seat.role not in DECIDERS:
            return Foreseen(403, "not-permitted")
        case = model.cases.get(self.case)
        if case is None or not case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        if self.seat.handle != case.recipient:
            return Foreseen(403, "not-permitted")
        if known := self.known(model, self.raw, 201):
            return known
        if any(one.state in {REVERSED, PARTLY_REVERSED} and one.decider is self.seat for one in case.rulings):
            return Foreseen(403, "not-permitted")  # Somebody else decides anew (I-08).
        if self.flaw or self.is_late(max(around.at, around.written_at)):
            return Foreseen(422, "not-complete")
        if case.state not in ({ACKNOWLEDGED} if self.asks else {ACKNOWLEDGED, NEEDS}):
            return Foreseen(409, "not-its-turn")
        return Foreseen(201, effect=True, event="information.asked" if self.asks else "decision.made")

    @property
    def asks(self) -> bool:
        return bool(self.sent.get("outcome") == ASKS)

    def is_late(self, at: datetime) -> bool:
        """Whether a measure would end before it begins."""
        ends = [moment(item.get("ends_at")) for item in self.sent.get("items") or ()]
        return any(one is not None and one <= at for one in ends)

    def before(self, model: Model, seen: Seen, event: EventRow) -> None:
        ran_out(model, seen, event)

    def happened(self, model: Model, event: EventRow) -> None:
        said = {name: value for name in ("reasons", "facts") if (value := self.sent.get(name))}
        if self.asks:
            said = {"text": self.sent["reasons"]}
        for name, text in said.items():
            require(event.opened(name) == text.encode(), "I-05", f"{event.id} commits to other {name} than were sent")
        ruling = ruled(model, event, self.seat, self.sent)
        model.apply(event)
        due = {one for one in ("ground", "facts", "reasons", "automated") if not self.asks}
        if self.sent["outcome"] in {"impossible", "not_found", "duplicate"} and not self.sent.get("ground"):
            due -= {"ground"}
        left = due - {name for name, salt, _ in event.openings if salt is not None}
        require(not left, "I-05", f"{ruling.id} was taken without {sorted(left)}")
        self.made = event

    def settle(self, model: Model, reply: Reply | None, seen: Seen, around: Circumstances) -> bool:
        """The code of whoever is affected comes beside the answer, each time anew: what is stored is without it."""
        self.code = ""
        if reply is not None and reply.status == 201 and self.scope is not None:
            told = reply.json()
            code = told.pop("appeal", None)
            row = seen.answers.get(self.scope)
            given = row.given if row is not None else model.answers.get(self.scope)
            if code is not None and given is not None and given.body is not None:
                self.code = code["code"]
                require(json.loads(given.body) == told, "I-02", f"{self} was answered otherwise than is stored")
                reply = replace(reply, body=given.body)
        return super().settle(model, reply, seen, around)

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status != 201:
            return
        told = reply.json()
        ruling = model.rulings[told["id"]]
        require("appeal" not in told, "I-10", f"the stored answer to {self} holds the code of whoever is affected")
        require(bool(self.code) == ruling.acts, "I-10", f"{self}: the code came with it: {bool(self.code)}")
        ruling.code = self.code
        if want.replay is None and self.made is not None:
            prove(model, self.made, told["receipt"])


@dataclass(eq=False)
class Moved(Upon):
    """Somebody of the platform approves, declines, confirms or fails a measure."""

    name: ClassVar[str] = "measure"
    duty: Duty
    deed: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.deed} of {self.duty.id} ({self.duty.name}) by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/measures/{self.duty.id}/{self.deed}"

    @property
    def about(self) -> str:
        return self.duty.ruling.case.id

    @property
    def body(self) -> dict[str, Any]:
        if not self.words:
            return {}
        return {("note" if self.deed in {"approval", "confirmation"} else "reason"): self.words}

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:  # noqa: PLR0911 - one for each guard.
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        second = self.deed in {"approval", "declining"}
        if not self.words and self.deed in {"declining", "failure"}:
            return Foreseen(422, "bad-field")
        if self.seat.role not in (DECIDERS if second else HANDS):
            return Foreseen(403, "not-permitted")
        case, state = self.duty.ruling.case, self.duty.state
        if not case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        if self.seat.handle != case.recipient or (second and self.seat is self.duty.ruling.decider):
            return Foreseen(403, "not-permitted")
        if known := self.known(model, self.raw, 200):
            return known
        if self.deed == "confirmation" and state in {CONFIRMED, REVERTED}:
            return Foreseen(200, effect=self.key is not None)
        if (self.deed, state) not in MOVES:
            return Foreseen(409, "measure-stands")
        undone = MOVES[self.deed, state] == REVERTED
        return Foreseen(200, effect=True, event="measure.reverted" if undone else SAYS_SO[self.deed])

    def is_mine(self, event: EventRow) -> bool:
        return event.opened("measure") == self.duty.id.encode()

    def happened(self, model: Model, event: EventRow) -> None:
        approves = self.deed == "approval"
        require(not approves or self.seat is not self.duty.ruling.decider, "I-06", f"{self}: one person did it alone")
        self.duty.move(self.deed, self.seat, event.at)
        model.apply(event)
        if self.words:
            self.duty.ruling.case.erased_whole = False  # Something was said, which will be erased in its time.

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status == 200 and want.replay is None:
            told = reply.json()["state"]
            require(told == self.duty.state, "I-03", f"{self} was answered {told}, it is {self.duty.state}")


@dataclass(eq=False)
class Give(Upon):
    """The statement of reasons reached whoever is affected."""

    name: ClassVar[str] = "give reasons"
    event: ClassVar[str] = "reasons.given"
    ruling: Ruling
    how: str = "in_service"

    def __str__(self) -> str:
        return f"give {self.ruling.statement} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/statements/{self.ruling.statement}/delivery"

    @property
    def about(self) -> str:
        return self.ruling.case.id

    @property
    def body(self) -> dict[str, Any]:
        return {"how": self.how}

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:  # noqa: PLR0911 - one for each guard.
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in HANDS:
            return Foreseen(403, "not-permitted")
        if not self.ruling.case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        if self.seat.handle != self.ruling.case.recipient:
            return Foreseen(403, "not-permitted")
        if not self.ruling.acts:
            return Foreseen(409, "not-now")
        if known := self.known(model, self.raw, 200):
            return known
        new = self.ruling.given_at is None
        return Foreseen(200, effect=new or self.key is not None, event=self.event if new else None)

    def is_mine(self, event: EventRow) -> bool:
        return ruling_of(event) == self.ruling.id

    def happened(self, model: Model, event: EventRow) -> None:
        self.ruling.given_at = event.at
        model.apply(event)


@dataclass(eq=False)
class Informed(Upon):
    """Somebody of the party that asked has seen the decision."""

    name: ClassVar[str] = "informed"
    event: ClassVar[str] = "decision.informed"
    ruling: Ruling

    def __str__(self) -> str:
        return f"see {self.ruling.id} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/decisions/{self.ruling.id}/seen"

    @property
    def about(self) -> str:
        return self.ruling.case.id

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in VOICES:
            return Foreseen(403, "not-permitted")
        if not self.ruling.case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        if self.seat.handle != self.ruling.case.sender:
            return Foreseen(403, "not-permitted")
        if known := self.known(model, self.raw, 200):
            return known
        new = self.ruling.informed_at is None
        return Foreseen(200, effect=new or self.key is not None, event=self.event if new else None)

    def is_mine(self, event: EventRow) -> bool:
        return ruling_of(event) == self.ruling.id

    def happened(self, model: Model, event: EventRow) -> None:
        self.ruling.informed_at = event.at
        model.apply(event)


@dataclass(eq=False)
class Ruled(Read):
    """A decision is read, by its sides and by strangers; the platform's people find the code for the affected."""

    name: ClassVar[str] = "show decision"
    ruling: Ruling

    def __str__(self) -> str:
        return f"show {self.ruling.id} by {self.seat}"

    def send(self) -> Reply:
        return get(f"{API}/decisions/{self.ruling.id}", self.token.text)

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped(model, around):
            return stopped
        return Foreseen(200) if self.ruling.case.sees(self.seat.handle) else Foreseen(404, "not-found")

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status != 200:
            return
        told, ruling = reply.json(), self.ruling
        hands_out = self.seat.handle == ruling.case.recipient and self.seat.role in HANDS
        shown = told.get("appeal") is not None
        require(shown == (hands_out and ruling.acts), "I-10", f"{self}: the code is shown: {shown}")
        if shown:
            ruling.code = told["appeal"]["code"]
        own = self.seat.handle == ruling.case.recipient
        require(("decided_by" in told) == own, "I-18", f"{self}: who decided is shown: {told.get('decided_by')}")
        state = "answered" if ruling.state == "asked" and ruling.case.state != NEEDS else ruling.state
        if ruling.state == "asked" and ruling.case.state == "withdrawn":
            state = "unanswered"
        require(told["state"] == state, "I-03", f"{self}: shown as {told['state']}, it is {state}")
        measures = {one["id"]: one["state"] for one in told["measures"]}
        due = {one.id: one.state for one in ruling.duties}
        require(measures == due, "I-03", f"{self}: its measures are shown as {measures}, they are {due}")
        until = ruling.until and stamp(ruling.until)
        require(told["appeal_until"] == until, "clocks", f"{self}: contestable until {told['appeal_until']}, {until}")
        gone = "messages" if ruling.outcome == ASKS else "reasons"
        erased = gone in ruling.case.erased and self.is_gone(model)
        require((told.get("reasons") is None) == erased, "I-09", f"{self}: its reasons are shown, or are not")

    def is_gone(self, model: Model) -> bool:
        """Whether what its event committed to was erased: a class that was erased early takes only what was there."""
        events = {event.id: event for event in model.leaves[self.ruling.case.id]}
        name = "text" if self.ruling.outcome == ASKS else "reasons"
        return events[self.ruling.event].opened(name) is None


@dataclass(eq=False)
class EndMeasures(Part):
    """Measures whose time is over are to be undone, each once."""

    name: ClassVar[str] = "measures ended"
    promise: ClassVar[str] = "measures"

    def part(self, at: datetime) -> tuple[int, bool]:
        from mufakat.server.decisions import measures

        return measures.sweep(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        offered = seen.offered("measure.ended")
        for event in offered:
            duty = model.duties[(event.opened("measure") or b"").decode()]
            require(duty.is_over(self.time), "measures", f"{duty.id} ended at {self.time}, due is {duty.ends_at}")
            duty.end(event.at)
            model.apply(seen.take(event))
            self.count += 1
        return bool(offered)

    def left(self, model: Model) -> list[str]:
        return [one.id for one in model.duties.values() if one.is_over(self.time)]
