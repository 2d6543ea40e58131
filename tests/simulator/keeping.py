"""What becomes of old content: the operator orders an erasure, places and releases holds; the sweeps erase what is due.

A sweep goes in portions, each a commit: whatever ends it, whole portions are erased and nothing of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar

from tests.simulator import books, content
from tests.simulator.acts import Foreseen
from tests.simulator.model import require
from tests.simulator.offices import Office

if TYPE_CHECKING:
    from datetime import datetime

    from tests.server.api.doors import Reply
    from tests.simulator.acts import Circumstances
    from tests.simulator.books import Seen
    from tests.simulator.model import Case, Model
    from tests.simulator.world import Clock

REASON = "A made-up reason of the operator."


@dataclass(eq=False)
class Order(Office):
    """The operator decides about a notice."""

    case: Case

    @property
    def handle(self) -> str:
        return self.case.sender

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        event = seen.claim(self.event, case=self.case.id)
        if event is None:
            return False
        require((event.sender, event.recipient) == ("mufakat", self.handle), "I-03", f"{self} is in another's channel")
        require(event.opened("reason") == REASON.encode(), "I-09", f"{self} says another reason")
        self.apply(model, event)
        return True

    def apply(self, model: Model, event: books.EventRow) -> None:
        """Put it into the model."""
        raise NotImplementedError


@dataclass(eq=False)
class Place(Order):
    """A notice is kept for the law."""

    name: ClassVar[str] = "place"
    event: ClassVar[str] = "hold.placed"

    def __str__(self) -> str:
        return f"place a hold on {self.case.id}"

    def do(self) -> object:
        from mufakat.server.notices import holds

        return holds.place(self.case.id, reason=REASON).hold

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(422, "refused") if self.case.hold else Foreseen(200, effect=True)

    def apply(self, model: Model, event: books.EventRow) -> None:
        model.leaves[self.case.id].append(event)
        self.case.hold = event.id
        self.case.holds += 1


@dataclass(eq=False)
class Release(Order):
    """A hold ends, and the periods count again."""

    name: ClassVar[str] = "release"
    event: ClassVar[str] = "hold.released"

    def __str__(self) -> str:
        return f"release the hold on {self.case.id}"

    def do(self) -> object:
        from mufakat.server.notices import holds

        return holds.release(self.case.id, reason=REASON).hold

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(200, effect=True) if self.case.hold else Foreseen(422, "refused")

    def apply(self, model: Model, event: books.EventRow) -> None:
        model.leaves[self.case.id].append(event)
        self.case.hold, self.case.erased_whole = "", False


@dataclass(eq=False)
class Erase(Order):
    """The operator orders that classes of a notice go, be it open or not."""

    name: ClassVar[str] = "erase"
    event: ClassVar[str] = content.ERASED
    classes: tuple[str, ...]
    due: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"erase {','.join(self.classes)} of {self.case.id}"

    def do(self) -> object:
        from mufakat.rules.retention import Erasable
        from mufakat.server.notices import erasure

        done = erasure.erase(self.case.id, classes={Erasable(one) for one in self.classes}, reason=REASON)
        return [what.value for what in done.classes]

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if self.case.hold:
            return Foreseen(422, "refused")
        self.due = sorted(content.present(model, self.case) & content.with_repetitions(self.classes))
        return Foreseen(200, effect=bool(self.due))

    def apply(self, model: Model, event: books.EventRow) -> None:
        content.erase(model, [event], [content.with_repetitions(self.classes)])

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status == 200:
            require(reply.json() == self.due, "I-09", f"{self} said that {reply.json()} went, due was {self.due}")


@dataclass(eq=False)
class Sweep(Office):
    """What is due goes by itself, in portions."""

    is_partial: ClassVar[bool] = True
    event: ClassVar[str] = content.ERASED
    clock: Clock
    at: datetime | None = None
    count: int = 0

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M}"

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(200, effect=True)

    def do(self) -> object:
        self.at = self.clock.reading
        return self.sweep(self.at)

    def sweep(self, at: datetime) -> Any:
        """The chore."""
        raise NotImplementedError

    def left(self, model: Model) -> set[Any]:
        """What should be gone once it ended well."""
        raise NotImplementedError

    def remark(self, around: Circumstances) -> None:
        if self.count:
            around.remarkable.append(f"{self.name}: erased")

    def settle(self, model, reply, seen, around):
        want = self.foresee(model, around)
        self.count = 0
        self.claim(model, seen, want)
        self.remark(around)
        problem = "" if reply is None or reply.status < 400 else reply.json()["type"].rpartition(":")[2]
        if reply is None or problem:
            require(reply is None or problem in around.excused, "I-02", f"{self} was answered {problem}")
            return False
        left = self.left(model)
        require(not left, "I-09", f"{self} ended well and left {len(left)}: {sorted(left)[:3]}")
        return True


@dataclass(eq=False)
class SweepNotices(Sweep):
    """The content of notices whose period has passed."""

    name: ClassVar[str] = "sweep of notices"

    def sweep(self, at: datetime) -> Any:
        from mufakat.server.notices import erasure

        return erasure.sweep(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        offered = [one for one in seen.offered(self.event) if one.opened("reason") == content.PASSED]
        for _, together in groupby(offered, key=lambda one: one.at):
            events = list(together)
            due = [content.due_of(model.cases[one.case], self.at) for one in events]  # type: ignore[arg-type]
            for one, classes in zip(events, due, strict=True):
                require(classes, "I-09", f"{self} erased {one.case}, of which nothing was due")
                seen.claim(self.event, case=one.case)
            content.erase(model, events, due)
            self.count += len(events)
        return bool(offered)

    def left(self, model: Model) -> set[Any]:
        return {
            case.id
            for case in model.cases.values()
            if content.still(model, case) & content.due_of(case, self.at)  # type: ignore[arg-type]
        }


@dataclass(eq=False)
class SweepAnswers(Sweep):
    """Stored answers whose period has passed: no event tells of it, so the rows themselves are looked at."""

    name: ClassVar[str] = "sweep of answers"

    def sweep(self, at: datetime) -> Any:
        from mufakat.server.notices import erasure

        return erasure.sweep_answers(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        gone = {one for one in books.erased_answers() if model.answers[one].body is not None}
        early = gone - content.due_answers(model, self.at)  # type: ignore[arg-type]
        require(not early, "I-09", f"{self} erased answers before their time: {sorted(early)[:3]}")
        for scope in gone:
            model.answers[scope] = model.answers[scope]._replace(body=None)
        self.count = len(gone)
        return bool(gone)

    def left(self, model: Model) -> set[Any]:
        return set(content.due_answers(model, self.at))  # type: ignore[arg-type]
