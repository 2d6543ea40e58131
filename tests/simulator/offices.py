"""What the operator does: register a party, grant it a mandate, enrol and end people, issue and revoke tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, ClassVar

from tests.mandates import terms
from tests.server.api.doors import Reply
from tests.simulator.acts import Act, Foreseen
from tests.simulator.model import HOUSE, MANDATED, Party, Seat, Token, require

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
    """A party is granted a mandate for all that its kind can hold one for, with a measure that nobody reaches."""

    name: ClassVar[str] = "grant"
    event: ClassVar[str] = "mandate.granted"
    called: str
    kind: str

    def __str__(self) -> str:
        return f"grant {self.called} a mandate"

    @property
    def handle(self) -> str:
        return self.called

    def do(self) -> object:
        from mufakat.rules.mandate import Quota
        from mufakat.server.parties import mandates, queries

        measure = Quota(1_000_000, 1_000_000)
        told = terms(kinds=sorted(MANDATED[self.kind]), quota=measure, review_on=date(2100, 1, 1))
        return mandates.grant(queries.party_by_handle(self.called), told, at=BEFORE).id

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        return Foreseen(200, effect=True) if self.called in model.parties else Foreseen(422, "unknown-party")

    def happened(self, model: Model, case: str) -> None:
        model.parties[self.called].mandates.append(case)


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
