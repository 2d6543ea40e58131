"""Decisions are contested, by parties and by whoever has the code; somebody else resolves it, and notices close.

What an appeal does is foreseen from docs/flows/appeal.md: a reversal undoes what was done, or has the notice decided
anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from tests.simulator import books
from tests.simulator.acts import Foreseen, ran_out
from tests.simulator.model import ACKNOWLEDGED, CLOSED, DECIDED, HOUSE, require
from tests.simulator.receipts import prove
from tests.simulator.rulings import ASKS, PARTLY_REVERSED, REVERSED, STANDING
from tests.simulator.talking import API, Upon
from tests.simulator.wire import ask
from tests.simulator.working import Part

from mufakat.proof import leaf as log_leaf

if TYPE_CHECKING:
    from datetime import datetime

    from tests.server.api.doors import Reply
    from tests.simulator.acts import Circumstances
    from tests.simulator.books import EventRow, Seen
    from tests.simulator.model import Case, Model, Scope, Seat
    from tests.simulator.rulings import Duty, Ruling

LODGERS = {"officer", "representative"}
RESOLVERS = {"reviewer"}
INTERNAL = "internal"
LODGED, HEARD = "lodged", {"upheld", "reversed", "partly"}
MOST = 20  # Appeals of one side against one decision.
TOLD_BY = {
    "upheld": "appeal.upheld",
    "reversed": "appeal.reversed",
    "partly": "appeal.partly_reversed",
    "inadmissible": "appeal.dismissed",
}
MARGIN = timedelta(days=31)  # After so long whatever can close has closed.


@dataclass
class Appeal:
    """An appeal, as its events make it."""

    id: str
    ruling: Ruling
    standing: str
    level: str
    by: str  # A party; empty for whoever has the code.
    at: datetime
    event: str
    state: str = LODGED
    resolved_by: Seat | None = None
    resolved_at: datetime | None = None
    resolution: str | None = None

    @property
    def row(self) -> tuple[object, ...]:
        """As the table holds it."""
        resolver = self.resolved_by.email if self.resolved_by else None
        return (
            *(self.ruling.id, self.standing, self.by or None, self.level, self.at, self.event, self.state),
            *(self.ruling.decider.email, resolver, self.resolved_at, self.resolution),
        )


def contestable(ruling: Ruling, *, standing: str, level: str, by: str, at: datetime) -> bool:
    """Whether an appeal may be lodged now."""
    if not ruling.stands or (level == INTERNAL and ruling.until is not None and at > ruling.until):
        return False
    same = [one for one in ruling.appeals if (one.standing, one.level, one.by) == (standing, level, by)]
    return not any(one.state == LODGED or one.state in HEARD for one in same) and len(same) < MOST


def may_close(case: Case, at: datetime) -> bool:
    """Whether a decided notice has come to its end."""
    return case.state == DECIDED and not any(
        one.state == LODGED for ruling in case.rulings for one in ruling.appeals
    ) and all(
        not any(duty.waits for duty in ruling.duties)
        and (not ruling.stands or (ruling.until is not None and at > ruling.until))
        for ruling in case.rulings
    )  # fmt: skip


@dataclass(eq=False)
class Lodge(Upon):
    """A party contests a decision, or records that a court has the case."""

    name: ClassVar[str] = "lodge"
    status: ClassVar[int] = 201
    ruling: Ruling
    words: str
    level: str = INTERNAL
    made: EventRow | None = field(default=None, init=False)

    def __str__(self) -> str:
        return f"contest {self.ruling.id} ({self.level}) by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/decisions/{self.ruling.id}/appeals"

    @property
    def about(self) -> str:
        return self.ruling.case.id

    @property
    def body(self) -> dict[str, Any]:
        outside = {} if self.level == INTERNAL else {"level": self.level, "body": "A made-up court"}
        return {"reasons": self.words, **outside}

    @property
    def standing(self) -> str:
        return "platform" if self.seat.handle == self.ruling.case.recipient else "sender"

    @property
    def by(self) -> str:
        return self.seat.handle

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:  # noqa: PLR0911 - one for each guard.
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.key is None:
            return Foreseen(400, "key-missing")
        if self.seat.role not in LODGERS:
            return Foreseen(403, "not-permitted")
        case = self.ruling.case
        if not case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        if self.seat.role == "officer" and self.seat.handle != case.sender:
            return Foreseen(403, "not-permitted")
        if not self.ruling.statement:
            return Foreseen(404, "not-found")  # Information was asked; nothing is decided yet.
        return self.known(model, self.raw, 201) or self.lodged(around)

    def lodged(self, around: Circumstances) -> Foreseen:
        """Whether it is taken, by whomever."""
        at = max(around.at, around.written_at)
        if not contestable(self.ruling, standing=self.standing, level=self.level, by=self.by, at=at):
            return Foreseen(409, "not-now")
        return Foreseen(201, effect=True, event="appeal.lodged" if self.level == INTERNAL else "dispute.completed")

    def is_mine(self, event: EventRow) -> bool:
        said = event.opened("reasons") or event.opened("note")
        return event.sender == self.actor and said == self.words.encode()

    def before(self, model: Model, seen: Seen, event: EventRow) -> None:
        ran_out(model, seen, event)

    def happened(self, model: Model, event: EventRow) -> None:
        pk, ruling, _ = ids_of(event)
        require(ruling == self.ruling.id, "I-03", f"{event.id} is about another decision")
        appeal = Appeal(pk, self.ruling, self.standing, self.level, self.by, event.at, event.id)
        self.ruling.appeals.append(appeal)
        model.appeals[pk] = appeal
        said_anew(self.ruling.case, event)
        model.apply(event)
        self.made = event

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status == 201 and want.replay is None and self.made is not None:
            prove(model, self.made, reply.json()["receipt"])


@dataclass(eq=False)
class LodgeByCode(Lodge):
    """Whoever is affected contests it with nothing but the code, which the seat of the platform had handed out."""

    name: ClassVar[str] = "lodge by code"
    claims: str = "uploader"
    code: str = ""

    def __str__(self) -> str:
        return f"contest {self.ruling.id} by code as {self.claims} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/appeals"

    @property
    def body(self) -> dict[str, Any]:
        return {"code": self.code, "reasons": self.words, "standing": self.claims}

    @property
    def standing(self) -> str:
        return self.claims

    @property
    def by(self) -> str:
        return ""

    @property
    def actor(self) -> str:
        return HOUSE  # Nobody's name stands in a leaf.

    @property
    def scope(self) -> Scope | None:
        return (self.ruling.id, self.route, self.key) if self.key is not None else None

    def send(self) -> Reply:
        return ask("POST", self.path, self.raw, {"Idempotency-Key": self.key} if self.key is not None else {})

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if self.key is None:
            return Foreseen(400, "key-missing")
        if self.code != self.ruling.code or not self.code:
            return Foreseen(404, "not-found")
        return self.known(model, self.raw, 201) or self.lodged(around)


@dataclass(eq=False)
class Resolve(Upon):
    """Somebody says what comes of an appeal."""

    name: ClassVar[str] = "resolve"
    appeal: Appeal
    outcome: str
    words: str
    measures: tuple[Duty, ...] = ()

    def __str__(self) -> str:
        return f"resolve {self.appeal.id} as {self.outcome} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/appeals/{self.appeal.id}/resolution"

    @property
    def about(self) -> str:
        return self.appeal.ruling.case.id

    @property
    def body(self) -> dict[str, Any]:
        named = {"measures": [one.id for one in self.measures]} if self.measures else {}
        return {"outcome": self.outcome, "reasons": self.words, **named}

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:  # noqa: PLR0911 - one for each guard.
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in RESOLVERS:
            return Foreseen(403, "not-permitted")
        ruling = self.appeal.ruling
        if not ruling.case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        if self.seat.handle != ruling.case.recipient or self.seat is ruling.decider:
            return Foreseen(403, "not-permitted")
        if known := self.known(model, self.raw, 200):
            return known
        if self.appeal.state != LODGED:
            return Foreseen(409, "not-now")
        if self.is_wrong(ruling):
            return Foreseen(422, "bad-field")
        internal = self.appeal.level == INTERNAL
        return Foreseen(200, effect=True, event=TOLD_BY[self.outcome] if internal else "dispute.settled")

    def is_wrong(self, ruling: Ruling) -> bool:
        """Whether the rules refuse such an outcome."""
        open_ = [duty for duty in ruling.duties if duty.can_be_undone]
        if len(self.words.split()) < 3:
            return True
        if not ruling.stands and self.outcome != "inadmissible":
            return True
        if self.outcome != "partly":
            return bool(self.measures)
        if self.appeal.standing == "sender" or len(open_) < 2 or not self.measures:
            return True
        return any(one not in open_ for one in self.measures) or set(map(id, self.measures)) >= set(map(id, open_))

    def is_mine(self, event: EventRow) -> bool:
        return ids_of(event)[0] == self.appeal.id

    def before(self, model: Model, seen: Seen, event: EventRow) -> None:
        ran_out(model, seen, event)

    def happened(self, model: Model, event: EventRow) -> None:
        ruling, appeal = self.appeal.ruling, self.appeal
        case = ruling.case
        require(self.seat is not ruling.decider, "I-08", f"{self}: who decided resolves the appeal")
        model.apply(event)
        appeal.state, appeal.resolved_by, appeal.resolved_at = self.outcome, self.seat, event.at
        appeal.resolution = event.id
        said_anew(case, event)
        if case.id in model.windows:
            model.windows[case.id] = event.at
        if self.outcome in {"upheld", "inadmissible"}:
            return
        # A reversal reverses: what was done is to be undone, or the notice is decided anew (I-08).
        if not ruling.acts or appeal.standing == "sender":
            if case.state in {DECIDED, CLOSED} and ruling is newest(case):
                case.ended_at = None
                case.state, case.unreachable_since = ACKNOWLEDGED, None
                case.linked = "locators" not in case.erased
            reverse(ruling, whole=not ruling.acts)
            return
        whole = self.outcome == "reversed"
        for duty in ruling.duties if whole else self.measures:
            if duty.can_be_undone:
                duty.reverse(event.at)
        reverse(ruling, whole=whole)


def said_anew(case: Case, event: EventRow) -> None:
    """What is said after the end is kept as long as the rest would be, from then on."""
    case.erased_whole = False
    if case.ended_at is not None:
        case.ended_at = event.at


def newest(case: Case) -> Ruling:
    """What was decided last; a notice is opened again once for each decision."""
    return [one for one in case.rulings if one.outcome != ASKS][-1]


def reverse(ruling: Ruling, *, whole: bool) -> None:
    """The decision no longer stands, or only in part."""
    if whole and ruling.stands:
        ruling.state = REVERSED
    elif ruling.state == STANDING:
        ruling.state = PARTLY_REVERSED


def ids_of(event: EventRow) -> tuple[str, str, str]:
    """What an event about an appeal names: the appeal, the decision, and the event by which the notice came in."""
    appeal, ruling, first = log_leaf.decode(event.leaf).ref
    return appeal, ruling, first


@dataclass(eq=False)
class Close(Part):
    """Notices that have come to their end close, each once."""

    name: ClassVar[str] = "notices closed"
    promise: ClassVar[str] = "closing"

    def part(self, at: datetime) -> tuple[int, bool]:
        from mufakat.server.appeals import operations

        return operations.sweep(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        offered = seen.offered("notice.closed")
        for event in offered:
            case = model.cases[event.case]
            require(may_close(case, self.time), "closing", f"{case.id} closed at {self.time}, and something is open")
            ran_out(model, seen, event)
            model.apply(seen.take(event))
            self.count += 1
        model.windows = books.windows()
        return bool(offered)

    def left(self, model: Model) -> list[str]:
        return [case for case, due in model.windows.items() if due <= self.time]


def looked_at(model: Model) -> None:
    """Every decided notice will be looked at, once what its decision called for was done."""
    waiting = {model.case_of(event) for event, _ in model.called}
    for case in model.cases.values():
        if case.state == DECIDED and case.id not in waiting:
            require(case.id in model.windows, "closing", f"{case.id} was decided, and nobody will look at it")


def all_closed(model: Model, at: datetime) -> None:
    """Long after the last decision, and with nothing left to do, nothing is left open."""
    left = sorted(case.id for case in model.cases.values() if may_close(case, at - MARGIN))
    require(not left, "closing", f"{left[:3]} could have closed long before {at}")
