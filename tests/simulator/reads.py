"""What somebody looks at, who may or who may not: lists, a notice, its events, its receipt, the parties."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tests.server.api.doors import NOTICES, Reply
from tests.simulator.acts import Foreseen, Request
from tests.simulator.model import INTERNAL, OPEN, READERS, require
from tests.simulator.receipts import prove, stamp
from tests.simulator.wire import get

if TYPE_CHECKING:
    from tests.simulator.acts import Circumstances
    from tests.simulator.model import Case, Model


@dataclass(eq=False)
class Read(Request):
    """A look that changes nothing."""

    is_write: ClassVar[bool] = False

    def stopped(self, model: Model, around: Circumstances) -> Foreseen | None:
        """What the door says, and whether the role reads notices at all."""
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in READERS:
            return Foreseen(403, "not-permitted")
        return None


@dataclass(eq=False)
class List(Read):
    """All pages of the party's list, by state and addressee or without."""

    name: ClassVar[str] = "list"
    state: str = ""
    to: str = ""
    pages: list[dict[str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"list by {self.seat} state={self.state} to={self.to}"

    def send(self) -> Reply:
        self.pages, after = [], ""
        while True:
            reply = get(f"{NOTICES}?state={self.state}&to={self.to}&after={after}", self.token.text)
            if reply.status != 200:
                return reply
            self.pages.append(reply.json())
            after = self.pages[-1]["next"] or ""
            if not after:
                return reply

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return self.stopped(model, around) or Foreseen(200)

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status != 200:
            return
        found = [(one["id"], one["state"]) for page in self.pages for one in page["items"]]
        due = [
            (case.id, case.state)
            for case in model.cases.values()
            if case.sees(self.seat.handle) and self.state in {"", case.state} and self.to in {"", case.recipient}
        ]
        strangers = {one for one, _ in found} - {
            case.id for case in model.cases.values() if case.sees(self.seat.handle)
        }
        require(not strangers, "I-10", f"{self} shows {sorted(strangers)[:3]}")
        require(found == sorted(due, reverse=True), "I-11", f"{self} shows {len(found)} notices, {len(due)} are there")
        for page in self.pages:
            for one in page["items"]:
                look(model.cases[one["id"]], one, around)


@dataclass(eq=False)
class Show(Read):
    """One notice, its events, or its receipt: ``part`` is empty, ``events`` or ``receipt``."""

    name: ClassVar[str] = "show"
    case: str
    part: str = ""

    def __str__(self) -> str:
        return f"show {self.case}/{self.part} by {self.seat}"

    def send(self) -> Reply:
        return get(f"{NOTICES}/{self.case}/{self.part}".rstrip("/"), self.token.text)

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped(model, around):
            return stopped
        case = model.cases.get(self.case)
        return Foreseen(200) if case is not None and case.sees(self.seat.handle) else Foreseen(404, "not-found")

    def settle(self, model, reply, seen, around):
        want = self.foresee(model, around)
        if reply is not None and reply.status == 200 and want.status == 404:
            require(held=False, promise="I-10", words=f"{self} shows a stranger's notice")
        return super().settle(model, reply, seen, around)

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status != 200:
            return
        case = model.cases[self.case]
        if self.part == "receipt":
            prove(model, model.leaf_of(case), reply.body.decode())
            if held := model.receipts.get(case.id):
                require(reply.body.decode() == held.custody, "I-01", f"the receipt of {case.id} changed")
        elif self.part == "events":
            self.events(model, case, reply.json()["items"])
        else:
            told = reply.json()
            look(case, told, around)
            gone = "payload" in case.erased
            require(
                reply.body.count(case.raw) == (not gone), "I-01", f"{case.id} is not shown as it was sent, or still"
            )
            require(
                ("erased_at" in told) == gone, "I-09", f"{case.id} says that it was erased at {told.get('erased_at')}"
            )
            for other in told.get("related", []):
                near = model.cases[other]
                require(near.sees(self.seat.handle), "I-10", f"{case.id} shows {other} to {self.seat}")
                require(near.state in OPEN and other != case.id, "related", f"{case.id} is shown beside {other}")

    def events(self, model: Model, case: Case, items: list[dict[str, Any]]) -> None:
        """The events of a case over HTTP are its leaves, each opened by what is shown beside it."""
        handle = self.seat.handle
        kept = [
            event
            for event in sorted(model.leaves.get(case.id, []), key=lambda one: one.position)
            if event.type not in INTERNAL or event.recipient == handle
        ]
        require([one["id"] for one in items] == [event.id for event in kept], "I-03", f"{case.id} shows other events")
        for one, event in zip(items, kept, strict=True):
            require(base64.b64decode(one["leaf"]) == event.leaf, "I-03", f"{event.id} is shown with another leaf")
            shown = {name: opening and base64.b64decode(opening["value"]) for name, opening in one["openings"].items()}
            require(shown == {name: value for name, _, value in event.openings}, "I-01", f"{event.id} opens otherwise")
            prove(model, event, one["receipt"])


@dataclass(eq=False)
class Directory(Read):
    """The list of parties."""

    name: ClassVar[str] = "parties"

    def __str__(self) -> str:
        return f"parties by {self.seat}"

    def send(self) -> Reply:
        return get("/api/v1/parties", self.token.text)

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return self.stopped_at_the_door(model, around) or Foreseen(200)

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status == 200:
            found = [(one["handle"], one["kind"], one["id"]) for one in reply.json()["items"]]
            due = sorted((party.handle, party.kind, party.id) for party in model.parties.values())
            require(found == due, "parties", f"{self} shows {len(found)} parties, {len(due)} are registered")


def look(case: Case, told: dict[str, Any], around: Circumstances) -> None:
    """A notice that is shown is as it stands."""
    require(told["state"] == case.state, "I-03", f"{case.id} is shown as {told['state']}, it is {case.state}")
    require(told["received_at"] == stamp(case.received_at), "I-01", f"{case.id} is shown with another time")
    require(base64.b64decode(told["leaf"]) == case.leaf_hash, "I-01", f"{case.id} is shown with another leaf")
    shown = {one["name"]: one["state"] for one in told["clocks"]}
    due = {name: clock.state(around.at) for name, clock in case.clocks.items()}
    require(shown == due, "clocks", f"the clocks of {case.id} are shown as {shown}, they stand at {due}")
    step = (told.get("next_step") or {}).get("at")
    planned = case.next_step and stamp(case.next_step)
    require(step == planned, "ladder", f"{case.id} is shown to climb at {step}, due is {planned}")
    for name, at in (
        *(("delivered_at", case.delivered_at), ("seen_at", case.seen_at)),
        *(("acknowledged_at", case.acknowledged_at), ("unreachable_since", case.unreachable_since)),
    ):
        require(told.get(name) == (at and stamp(at)), "passages", f"{case.id} is shown with {name} {told.get(name)}")
