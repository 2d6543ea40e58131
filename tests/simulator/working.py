"""What goes on by itself beside the server, as deeds at the simulated clock: clocks run out, ladders are climbed.

A part goes in portions, each a commit: whatever ends it, whole portions are done and nothing of the others. What is
done is done once; after a part that ended well nothing is left that was due.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tests.server.api.doors import Reply
from tests.simulator import books, people
from tests.simulator.acts import Act, Foreseen
from tests.simulator.model import Task, require
from tests.simulator.offices import Office
from tests.simulator.timers import ASKS, AUTHORITY, LADDER, TELLS

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from tests.simulator.acts import Circumstances
    from tests.simulator.books import EventRow, Seen
    from tests.simulator.model import Model
    from tests.simulator.world import Clock


@dataclass(eq=False)
class Wait(Act):
    """Nothing is done for a while."""

    name: ClassVar[str] = "wait"
    is_clients: ClassVar[bool] = False
    is_write: ClassVar[bool] = False
    clock: Clock
    long: timedelta

    def __str__(self) -> str:
        return f"wait {self.long}"

    def send(self) -> Reply:
        self.clock.true += self.long
        return Reply(200, {}, b"{}")

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(200)


@dataclass(eq=False)
class Part(Office):
    """A part of the worker, until nothing is left that was due at its time."""

    is_partial: ClassVar[bool] = True
    promise: ClassVar[str]
    clock: Clock
    at: datetime | None = None
    count: int = 0
    alone: bool = True  # Nobody else wrote meanwhile.

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M}" if self.at else self.name

    @property
    def time(self) -> datetime:
        """The time it was given."""
        assert self.at is not None
        return self.at

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(200, effect=True)

    def do(self) -> object:
        self.at = self.clock.reading
        done, more = 0, True
        while more:
            some, more = self.part(self.at)
            done += some
        return done

    def part(self, at: datetime) -> tuple[int, bool]:
        """One share."""
        raise NotImplementedError

    def left(self, model: Model) -> list[str]:
        """What should be done once it ended well."""
        raise NotImplementedError

    def settle(self, model: Model, reply: Reply | None, seen: Seen, around: Circumstances) -> bool:
        self.count = 0
        if self.at is not None:
            self.claim(model, seen, self.foresee(model, around))
        if self.count:
            around.remarkable.append(f"{self.name}: done")
        problem = "" if reply is None or reply.status < 400 else reply.json()["type"].rpartition(":")[2]
        if reply is None or problem:
            require(reply is None or problem in around.excused, "I-02", f"{self} was answered {problem}")
            return False
        left = self.left(model) if self.alone else []
        require(not left, self.promise, f"{self} ended well and left {len(left)}: {sorted(left)[:3]}")
        return True


@dataclass(eq=False)
class RunOut(Part):
    """Clocks whose time has passed are marked, each once."""

    name: ClassVar[str] = "clocks run out"
    promise: ClassVar[str] = "clocks"

    def part(self, at: datetime) -> tuple[int, bool]:
        from mufakat.server.notices import clocks

        return clocks.sweep(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        for event in seen.offered("clock.breached"):
            model.run_out(seen.take(event), at=self.time)
            self.count += 1
        return bool(self.count)

    def left(self, model: Model) -> list[str]:
        return [
            f"{name} of {case.id}"
            for case in model.cases.values()
            for name, clock in case.clocks.items()
            if clock.is_overdue(self.time)
        ]


@dataclass(eq=False)
class Climb(Part):
    """Steps whose time has come are taken, each once and in order."""

    name: ClassVar[str] = "ladders climbed"
    promise: ClassVar[str] = "ladder"

    def part(self, at: datetime) -> tuple[int, bool]:
        from mufakat.server.notices import escalation

        return escalation.sweep(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        offered = seen.offered("escalation.climbed")
        asked = books.tasks([event.id for event in offered]) if offered else {}
        for event in offered:
            self.step(model, seen.take(event), asked)
            self.count += 1
        return bool(offered)

    def step(self, model: Model, event: EventRow, asked: dict[str, books.TaskRow]) -> None:
        """One step, which has to be the next of its ladder, not before its time, while its clock runs."""
        case = model.cases[event.case]
        clock = case.clocks[(event.opened("clock") or b"").decode()]
        words = f"{clock.name} of {case.id}: step {event.opened('step')!r}"
        require(clock.runs, "ladder", f"{words} was taken, and the clock does not run")
        require(clock.climbed < len(LADDER), "ladder", f"{words} was taken above the top")
        step = LADDER[clock.climbed]
        require(event.opened("step") == step.name.encode(), "ladder", f"{words} was taken, the next is {step.name}")
        at_last = clock.next_at is not None and clock.next_at <= self.time
        require(at_last, "ladder", f"{words} was taken at {self.time}, due is {clock.next_at}")
        contact = people.chosen(model, step.act, case.recipient, clock, at=max(self.time, event.at))
        missing = contact is None and step.act in TELLS - ASKS
        require((event.opened("missing") is not None) == missing, "ladder", f"{words}: who is told is {contact}")
        clock.climb(max(self.time, event.at), missing=missing)
        if case.kind not in AUTHORITY and clock.climbed < len(LADDER) and LADDER[clock.climbed].act == "propose":
            clock.next_at = None
        if contact is not None:
            clock.named.append(contact)
            clock.told += [contact] if step.act != "phone_task" else []
        if step.act == "unreachable":
            case.unreachable_since = case.unreachable_since or event.at
        model.tos[event.id] = carried(step.act, case.recipient, case.sender, contact)
        if (step.act in ASKS) != (event.id in asked):
            require(False, "ladder", f"{words} and the tasks it asks for: {asked.get(event.id)}")
        if task := asked.get(event.id):
            due = (case.id, clock.name, case.sender, step.name, contact)
            require(task[1:] == due, "ladder", f"{words} asks {task}, due is {due}")
            model.tasks[task.id] = Task(task.id, case.id, clock.name, case.sender, step.name)
        model.apply(event)

    def left(self, model: Model) -> list[str]:
        return [case.id for case in model.cases.values() if case.next_step is not None and case.next_step <= self.time]


def carried(act: str, awaited: str, waiting: str, contact: str | None) -> set[str]:
    """Whom the outbox tells of a step."""
    if act in ASKS:
        return {f"party:{waiting}"}
    if act == "unreachable":
        return {f"party:{waiting}", f"party:{awaited}"}
    found = {f"party:{awaited}"} if act == "remind" else set[str]()
    return found | {f"contact:{contact}" if contact else f"party:{waiting}"}
