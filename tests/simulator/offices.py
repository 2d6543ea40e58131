"""What the operator does: register a party, grant it a mandate, enrol and end people, issue and revoke tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, ClassVar

from tests.mandates import terms
from tests.server.api.doors import Reply
from tests.simulator.acts import Act, Foreseen
from tests.simulator.measures import (
    IN_FORCE,
    NARROW,
    REACHED_FROM,
    REVOKED,
    SUSPENDED,
    WIDE,
    Mandate,
    Measure,
    regraded,
)
from tests.simulator.model import CATEGORIES, HOUSE, Party, Seat, Token, require

if TYPE_CHECKING:
    from tests.simulator.acts import Circumstances
    from tests.simulator.books import Seen
    from tests.simulator.model import Model


BEFORE = datetime(2017, 7, 1, tzinfo=UTC)  # A grant asks the time only for its review, which lies ahead of everything.


class Office(Act):
    """An act at the operator's desk; an error becomes the problem that the API would answer."""

    is_clients: ClassVar[bool] = False
    event: ClassVar[str]

    @property
    def handle(self) -> str:
        """Whom it concerns."""
        raise NotImplementedError

    def send(self) -> Reply:
        from mufakat.server.api import problems

        try:
            return Reply(200, {}, json.dumps(self.do()).encode())
        except Exception as error:  # noqa: BLE001 - as over HTTP: the answer tells what it was.
            status, headers, body = problems.problem(error)
            return Reply(status, headers, body)

    def do(self) -> object:
        """The operation; its result is given back as JSON."""
        raise NotImplementedError

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        for event in seen.offered(self.event):
            if (event.sender, event.recipient) == (HOUSE, self.handle):
                seen.claim(self.event, case=event.case)
                self.happened(model, event.case)
                return True
        return False

    def happened(self, model: Model, case: str) -> None:
        """Put it into the model; ``case`` is the party's id."""
        raise NotImplementedError


@dataclass(eq=False)
class Register(Office):
    """A party is registered."""

    name: ClassVar[str] = "register"
    event: ClassVar[str] = "party.registered"
    called: str
    kind: str

    def __str__(self) -> str:
        return f"register {self.called} ({self.kind})"

    @property
    def handle(self) -> str:
        return self.called

    def do(self) -> object:
        from mufakat.rules.parties import PartyKind
        from mufakat.server.parties import operations

        return operations.register_party(self.called, kind=PartyKind(self.kind), name=f"{self.called} (example)").id

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(422, "refused") if self.called in model.parties else Foreseen(200, effect=True)

    def happened(self, model: Model, case: str) -> None:
        model.parties[self.called] = Party(case, self.called, self.kind)


@dataclass(eq=False)
class Grant(Office):
    """A party is granted a mandate for these kinds and categories."""

    name: ClassVar[str] = "grant"
    event: ClassVar[str] = "mandate.granted"
    called: str
    kinds: tuple[str, ...]
    measure: Measure = WIDE
    categories: tuple[str, ...] = CATEGORIES

    def __str__(self) -> str:
        return f"grant {self.called} a mandate for {','.join(self.kinds)} ({self.measure.burst})"

    @property
    def handle(self) -> str:
        return self.called

    def do(self) -> object:
        from mufakat.rules.mandate import Quota
        from mufakat.server.parties import mandates, queries

        measure = Quota(*self.measure)
        told = terms(kinds=self.kinds, categories=self.categories, quota=measure, review_on=date(2100, 1, 1))
        return mandates.grant(queries.party_by_handle(self.called), told, at=BEFORE).id

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(200, effect=True) if self.called in model.parties else Foreseen(422, "unknown-party")

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        event = next((one for one in seen.offered(self.event) if one.recipient == self.handle), None)
        if event is None:
            return False
        party = model.parties[self.called]
        made = Mandate(event.case, frozenset(self.kinds), frozenset(self.categories), self.measure)
        party.mandates.append(made)
        party.is_measured = party.is_measured or self.measure == NARROW
        party.bucket = regraded(party.bucket, party.mandates, seen.take(event).at, granted=True)
        return True


@dataclass(eq=False)
class Move(Office):
    """A mandate is suspended, resumed or revoked."""

    name: ClassVar[str] = "move"
    party: Party
    mandate: Mandate
    to: str

    def __str__(self) -> str:
        return f"make {self.mandate.id} of {self.handle} {self.to}"

    @property
    def handle(self) -> str:
        return self.party.handle

    def do(self) -> object:
        from mufakat.server.parties import mandates

        deed = {SUSPENDED: mandates.suspend, IN_FORCE: mandates.resume, REVOKED: mandates.revoke}[self.to]
        return deed(self.mandate.id, reason="A made-up reason.").id

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if self.mandate.state == self.to:
            return Foreseen(200)
        return Foreseen(200, effect=True) if self.mandate.state in REACHED_FROM[self.to] else Foreseen(422, "refused")

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        event = seen.claim(MOVES[self.to], case=self.mandate.id)
        if event is None:
            return False
        require((event.sender, event.recipient) == (HOUSE, self.handle), "I-03", f"{self} is in another's channel")
        self.mandate.state = self.to
        self.party.bucket = regraded(self.party.bucket, self.party.mandates, event.at, granted=False)
        return True


MOVES = {SUSPENDED: "mandate.suspended", IN_FORCE: "mandate.resumed", REVOKED: "mandate.revoked"}


@dataclass(eq=False)
class Enrol(Office):
    """A person is put in a seat."""

    name: ClassVar[str] = "enrol"
    event: ClassVar[str] = "person.enrolled"
    party: Party
    role: str
    ordinal: int

    def __str__(self) -> str:
        return f"enrol {self.role}-{self.ordinal} of {self.handle}"

    @property
    def handle(self) -> str:
        return self.party.handle

    @property
    def email(self) -> str:
        return f"{self.role}-{self.ordinal}@{self.handle}.example"

    def do(self) -> object:
        from mufakat.rules.permissions import Role
        from mufakat.server.parties import operations, queries

        party = queries.party_by_handle(self.handle)
        operations.enrol_person(
            party, role=Role(self.role), ordinal=self.ordinal, email=self.email, name=f"{self.role} of {self.handle}"
        )
        return None

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        sits = any((seat.role, seat.ordinal) == (self.role, self.ordinal) for seat in self.party.seats)
        return Foreseen(422, "refused") if sits else Foreseen(200, effect=True)

    def happened(self, model: Model, case: str) -> None:
        require(case == self.party.id, "I-03", f"{self} was written down for another party")
        self.party.seats.append(Seat(self.party.id, self.handle, self.role, self.ordinal, self.email))


@dataclass(eq=False)
class End(Office):
    """A person's access ends, and every token of the seat with it."""

    name: ClassVar[str] = "end"
    event: ClassVar[str] = "person.ended"
    seat: Seat

    def __str__(self) -> str:
        return f"end {self.seat}"

    @property
    def handle(self) -> str:
        return self.seat.handle

    def do(self) -> object:
        from mufakat.server.parties import operations

        operations.end_person(self.seat.email)
        return None

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(200, effect=self.seat.active)

    def happened(self, model: Model, case: str) -> None:
        self.seat.active = False


@dataclass(eq=False)
class Issue(Office):
    """A token is made for a seat."""

    name: ClassVar[str] = "issue"
    event: ClassVar[str] = "token.issued"
    seat: Seat
    expires_at: datetime | None = None

    def __str__(self) -> str:
        return f"issue a token to {self.seat}"

    @property
    def handle(self) -> str:
        return self.seat.handle

    def do(self) -> object:
        from mufakat.server.parties import operations, queries

        person = queries.person_in(self.seat.handle, self.seat.name)
        made = operations.issue_token(person, expires_at=self.expires_at)
        return {"id": made.id, "token": made.token}

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(200, effect=True)

    def happened(self, model: Model, case: str) -> None:
        model.tokens_issued += 1

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        told = reply.json()
        self.seat.tokens.append(Token(told["id"], told["token"], self.expires_at))


@dataclass(eq=False)
class Revoke(Office):
    """A token is ended."""

    name: ClassVar[str] = "revoke"
    event: ClassVar[str] = "token.revoked"
    seat: Seat
    token: Token

    def __str__(self) -> str:
        return f"revoke a token of {self.seat}"

    @property
    def handle(self) -> str:
        return self.seat.handle

    def do(self) -> object:
        from mufakat.server.parties import operations

        operations.revoke_token(self.token.id)
        return None

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(200, effect=not self.token.revoked)

    def happened(self, model: Model, case: str) -> None:
        self.token.revoked = True
