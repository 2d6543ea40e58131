"""What somebody does to the house: how it is sent, what the model foresees, and what may be found afterwards.

An act is sent once or many times; ``settle`` compares each time what was foreseen, what was answered, and what the
journal shows. Three answers promise different things: a definite one was stored (or refused) for certain; "nothing was
stored" is held to its word; "unsure", like no answer at all, allows both, whole or not at all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from tests.server.api.doors import NOTICES, Reply, hot
from tests.simulator.model import (
    ACKNOWLEDGED,
    ACKNOWLEDGERS,
    ENTITLED,
    OPEN,
    RECEIVED,
    SUBMITTERS,
    WITHDRAWERS,
    WITHDRAWN,
    Given,
    Model,
    digest,
    exhibits_in,
    require,
    slug_in,
)
from tests.simulator.receipts import admitted, hear_erased, hear_notice
from tests.simulator.wire import post, view

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tests.simulator.books import EventRow, Seen
    from tests.simulator.model import Scope, Seat, Token

NOTHING_STORED = {"busy", "closed", "disk-full"}


@dataclass(frozen=True)
class Foreseen:
    """What has to come of an act, as things stand: the answer, and whether something new is stored."""

    status: int
    slug: str = ""
    effect: bool = False
    event: str | None = None
    replay: Given | None = None


@dataclass
class Circumstances:
    """What surrounded an act: the time the doors were told, the faults that struck, who asked beside it."""

    at: datetime
    written_at: datetime  # What the writer takes for the time: never before what it took before.
    excused: set[str] = field(default_factory=set)  # Problems that something explains.
    rivals: Sequence[Scope] = ()  # Keys that waited in the writer's queue at the same time.
    undecided: list[bool] = field(default_factory=list)  # Of acts whose outcome nobody was told: whether they happened.
    remarkable: list[str] = field(default_factory=list)  # What is counted, so that a test can ask for it.


class Act:
    """One thing that somebody does."""

    name: ClassVar[str]
    is_clients: ClassVar[bool] = True  # It travels a network that loses, doubles and delays.
    is_write: ClassVar[bool] = True
    waits_last: ClassVar[bool] = False  # The writer takes it after others of its group.

    @property
    def scope(self) -> Scope | None:
        """Under which key it is stored, if any."""
        return None

    @property
    def is_poisoned(self) -> bool:
        """Whether the database will refuse a part of it."""
        return False

    def send(self) -> Reply:
        """Do it."""
        raise NotImplementedError

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        """What has to come of it."""
        raise NotImplementedError

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        """Find in the journal whether it happened, whole, and put it into the model."""
        del model, seen, want
        return False

    def remark(self, around: Circumstances) -> None:
        """Say what is worth counting of what was found."""

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        """Look at the body of a definite answer."""

    def settle(self, model: Model, reply: Reply | None, seen: Seen, around: Circumstances) -> bool:
        """Compare; tell whether the answer was a definite one."""
        want = self.foresee(model, around)
        happened = self.claim(model, seen, want) if want.effect else False
        self.remark(around)
        if reply is None:
            around.undecided += [happened] * want.effect
            return False
        slug = slug_in(reply.json()) if reply.status >= 400 else ""
        said = f"{self} was answered {reply.status} {slug}, foreseen was {want.status} {want.slug}"
        if slug in NOTHING_STORED and slug != want.slug:
            require(slug in around.excused, "I-02", said)
            require(not happened, "I-02", f"{self} was told that nothing was stored, and it was")
            return False
        if slug == "unsure":
            require(slug in around.excused, "I-02", said)
            around.undecided += [happened] * want.effect
            return False
        if slug == "key-in-flight":
            require(self.scope in around.rivals, "I-02", said)
            require(not happened, "I-02", f"{self} was told to wait, and was stored beside the first")
            return False
        require((reply.status, slug) == (want.status, want.slug), "answer", said)
        require(happened == want.effect, "I-01", f"{self} was answered {reply.status}, and is not stored")
        if want.replay is not None and want.replay.body is None:
            hear_erased(model, reply, want.replay)
        elif want.replay is not None:
            require(reply.body == want.replay.body, "I-02", f"{self} was repeated and got other bytes than the first")
            require(
                reply.headers.get("idempotent-replayed") == "true", "I-02", f"{self} was not told it is a repetition"
            )
        self.heard(model, reply, want, around)
        return True


@dataclass(eq=False)
class Request(Act):
    """An act over HTTP with a token."""

    seat: Seat
    token: Token

    def stopped_at_the_door(self, model: Model, around: Circumstances) -> Foreseen | None:
        """What the door itself says, before anybody asks what it is about."""
        if not model.in_force(self.seat, self.token, at=around.at):
            return Foreseen(401, "not-authenticated")
        return None

    def known(self, model: Model, raw: bytes, status: int) -> Foreseen | None:
        """The former answer to the key, or that it was used for something else."""
        scope = self.scope
        if scope is None or (given := model.answers.get(scope)) is None:
            return None
        if given.digest != digest(raw):
            return Foreseen(422, "key-reused")
        if given.body is None:
            return Foreseen(410, "erased", replay=given)
        return Foreseen(status, replay=given)


def is_covered(model: Model, seat: Seat, raw: bytes) -> bool:
    """Whether the party may send such a notice now, under a mandate where it needs one (I-04)."""
    return model.parties[seat.handle].taken_as(json.loads(raw)) is not None


def room(model: Model, seat: Seat, raw: bytes, at: datetime) -> int:
    """For how many notices of its kind the party's measure has room at this time."""
    party, body = model.parties[seat.handle], json.loads(raw)
    mandated = body["kind"] not in ENTITLED[party.kind] and party.standing(body["kind"], body["category"])
    return party.bucket.left(at) if mandated and party.bucket is not None else 1


def may_name(model: Model, seat: Seat, raw: bytes, at: datetime) -> bool:
    """Whether every file that a notice names, and does not carry, may be named by its party at this time."""
    return all(
        one.inline is not None or not one.held or model.nameable(seat.party_id, one.sha256, at)
        for one in exhibits_in(raw)
    )


@dataclass(eq=False)
class Submit(Request):
    """A notice is sent. ``flaw`` is empty, ``bad`` (the rules refuse it) or ``poison`` (the database does)."""

    name: ClassVar[str] = "submit"
    waits_last: ClassVar[bool] = True
    key: str | None
    raw: bytes
    flaw: str = ""
    through_hot_door: bool = True
    was_spent: bool = field(default=False, init=False)  # It was answered that nothing is left of the measure.

    @property
    def is_poisoned(self) -> bool:
        return self.flaw == "poison"

    def __str__(self) -> str:
        return f"submit by {self.seat} under {self.key} {self.flaw}".rstrip()

    @property
    def scope(self) -> Scope | None:
        return (self.seat.party_id, f"POST {NOTICES}", self.key) if self.key is not None else None

    def send(self) -> Reply:
        return (hot if self.through_hot_door else view)(self.raw, token=self.token.text, key=self.key)

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:  # noqa: PLR0911 - one for each guard.
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.key is None:
            return Foreseen(400, "key-missing")
        if self.seat.role not in SUBMITTERS:
            return Foreseen(403, "not-permitted")
        if self.flaw == "bad":
            return Foreseen(422, "not-admissible")
        known = self.known(model, self.raw, 201)
        if known and known.slug != "key-reused":
            return known  # Whatever became of the files that it names.
        later = max(around.at, around.written_at)
        named = may_name(model, self.seat, self.raw, around.at if known else later)
        if not named or not is_covered(model, self.seat, self.raw):
            return Foreseen(422, "not-admissible")
        if known:
            return known
        # At the door a bucket is known to be empty by the door's own clock, which may be behind.
        if not room(model, self.seat, self.raw, around.at if self.was_spent else later):
            return Foreseen(429, "quota")
        if self.flaw == "poison":
            return Foreseen(500, "unexpected")
        return Foreseen(201, effect=True)

    def settle(self, model: Model, reply: Reply | None, seen: Seen, around: Circumstances) -> bool:
        self.was_spent = reply is not None and reply.status == 429
        return super().settle(model, reply, seen, around)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        scope = self.scope
        row = seen.answers.pop(scope, None) if scope else None
        if scope is None or row is None:
            return False
        require(
            (row.status, row.digest) == (201, digest(self.raw)), "I-02", f"the stored answer to {self} is another's"
        )
        event = seen.claim("notice.received", case=row.subject)
        require(event, "I-03", f"the answer to {self} is stored without its event")
        model.answers[scope] = row.given
        admitted(model, event, self.raw, self.seat.handle)
        return True

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status == 201:
            hear_notice(model, reply, model.answers[self.scope])  # type: ignore[index]


def ran_out(model: Model, seen: Seen, event: EventRow) -> None:
    """What an event ended late and before any sweep had run out, which the journal says before it."""
    for breach in seen.offered("clock.breached"):
        if breach.case == event.case and breach.position < event.position:
            model.run_out(seen.take(breach), at=event.at)
    left = [clock.name for clock in model.cases[event.case].clocks.values() if clock.is_overdue(event.at)]
    require(not left, "clocks", f"{event.type} in {event.case} came late, and no event says so of {left}")


@dataclass(eq=False)
class Turn(Request):
    """A notice is acknowledged or withdrawn."""

    name: ClassVar[str] = "turn"
    case: str
    deed: str  # "acknowledgement" or "withdrawal".
    key: str | None
    told: str = ""

    def __str__(self) -> str:
        return f"{self.deed} of {self.case} by {self.seat} under {self.key}"

    @property
    def raw(self) -> bytes:
        member = "note" if self.deed == "acknowledgement" else "reason"
        return json.dumps({member: self.told} if self.told else {}).encode()

    @property
    def scope(self) -> Scope | None:
        if self.key is None:
            return None
        return (self.seat.party_id, f"POST {NOTICES}/{self.case}/{self.deed}", self.key)

    def send(self) -> Reply:
        return post(f"{NOTICES}/{self.case}/{self.deed}", self.raw, self.token.text, self.key)

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:  # noqa: PLR0911 - one for each guard.
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        acknowledges = self.deed == "acknowledgement"
        if not acknowledges and not self.told:
            return Foreseen(422, "bad-field")
        if self.seat.role not in (ACKNOWLEDGERS if acknowledges else WITHDRAWERS):
            return Foreseen(403, "not-permitted")
        case = model.cases.get(self.case)
        if case is None or not case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        if self.seat.handle != (case.recipient if acknowledges else case.sender):
            return Foreseen(403, "not-permitted")
        if self.seat.role == "engineer" and case.kind != "order":
            return Foreseen(403, "not-permitted")
        if known := self.known(model, self.raw, 200):
            return known
        if acknowledges and case.state == ACKNOWLEDGED:
            return Foreseen(200, effect=self.key is not None)
        if case.state not in ({RECEIVED} if acknowledges else OPEN):
            return Foreseen(409, "not-its-turn")
        return Foreseen(200, effect=True, event="notice.acknowledged" if acknowledges else "notice.withdrawn")

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        event = seen.claim(want.event, case=self.case) if want.event else None
        scope = self.scope
        if scope is not None:
            row = seen.answers.pop(scope, None)
            if want.event:
                require((row is None) == (event is None), "I-03", f"{self} is stored by halves")
            if row is None:
                return False
            same = (row.digest, row.status, row.subject) == (digest(self.raw), 200, self.case)
            require(same, "I-02", f"the stored answer to {self} is another's")
            model.answers[scope] = row.given
        if event is not None:
            require(event.sender == self.seat.handle, "I-03", f"the event of {self} names another actor")
            ran_out(model, seen, event)
            model.apply(event)
        return event is not None or scope is not None

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status != 200:
            return
        told = reply.json()
        require(told["id"] == self.case, "answer", f"{self} was answered about another notice")
        if want.replay is None:
            state = ACKNOWLEDGED if self.deed == "acknowledgement" else WITHDRAWN
            require(told["state"] == state, "I-03", f"{self} was answered with the state {told['state']}")
