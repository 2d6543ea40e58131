"""What tests of restrictions share: a house whose clock moves, orders, and everybody who has a say in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mufakat.rules.errors import RestrictionStandsError
from mufakat.rules.permissions import Role
from mufakat.server.journal.answers import Key
from mufakat.server.parties import mandates, operations as enrolling, queries as parties
from mufakat.server.restrictions import operations, protecting, queries
from mufakat.server.runtime import reactions

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.answers import Answer
    from mufakat.server.restrictions.models import Restriction

Seat = tuple[str, str]
START = datetime(2040, 1, 2, 2, 0, tzinfo=UTC)
OFFICER, APPROVER, LAWYER = ("kominfo", "officer"), ("kominfo", "approver"), ("kominfo", "approver-2")
SERVICE: Seat = ("telegram", "representative")
ENGINEERS = {handle: (handle, "engineer") for handle in ("isp-a", "isp-b", "isp-c")}
NAMES = ("web.example.net", "app.example.net")


@dataclass
class Ministry:
    """The house, its time, and what is ordered in it."""

    house: House
    at: datetime = START
    keys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.house.writer._clock = lambda: self.at

    def wait(self, **passed: float) -> None:
        self.at += timedelta(**passed)

    def key(self) -> str:
        self.keys.append(f"key-{len(self.keys)}")
        return self.keys[-1]

    def work(self) -> None:
        """What goes on by itself, until nothing is left that is due now."""
        more = True
        while more:
            parts = (reactions.run, operations.publish_due, operations.end_due)
            rounds = [part(at=self.at) for part in parts]
            more = any(done for done, _ in rounds)

    def order(self, **changes: Any) -> bytes:
        """A sound order with some members changed; None leaves the member out."""
        return ordered(self.at, **changes)

    def propose(self, *, by: Seat = OFFICER, **changes: Any) -> dict[str, Any]:
        raw = self.order(**changes)
        caller = self.house.caller(*by)
        key = Key.of(caller.party_id, "POST /api/v1/restrictions", self.key(), raw)
        return said(operations.propose(raw, by=caller, at=self.at, key=key))

    def approve(self, pk: str, *, by: Seat = APPROVER, note: str = "", refuse: bool = False) -> dict[str, Any]:
        raw = json.dumps({"note": note, "refuse": refuse}).encode()
        return said(operations.approve(pk, raw, by=self.house.caller(*by), at=self.at))

    def answer(self, pk: str, *, by: Seat = SERVICE, note: str = "We removed the channels.") -> dict[str, Any]:
        return said(operations.object_to(pk, json.dumps({"note": note}).encode(), by=self.house.caller(*by)))

    def answer_is_refused(self, pk: str) -> None:
        """It is over: there is nothing more to say."""
        with pytest.raises(RestrictionStandsError):
            self.answer(pk)

    def lift(self, pk: str, *names: str, by: Seat = OFFICER, note: str = "Settled.") -> dict[str, Any]:
        raw = json.dumps({"note": note, "names": list(names)}).encode()
        return said(operations.lift(pk, raw, by=self.house.caller(*by)))

    def confirm(self, pk: str, *, by: Seat = ENGINEERS["isp-a"]) -> dict[str, Any]:
        return said(operations.confirm(pk, b"{}", by=self.house.caller(*by)))

    def told(self, pk: str) -> None:
        """The platform's own system took it."""
        from mufakat.server.journal import door

        door.commit(lambda moment: operations.told([pk], moment=moment))

    def approved(self, **changes: Any) -> str:
        """An order with both approvals."""
        pk: str = self.propose(**changes)["id"]
        self.approve(pk, by=APPROVER)
        self.approve(pk, by=LAWYER)
        return pk

    def published(self, **changes: Any) -> str:
        """An order that is on the lists."""
        pk = self.approved(**changes)
        self.answer(pk)
        self.work()
        return pk

    def closed(self, **changes: Any) -> str:
        """The same, with reasons for what the guard finds."""
        pk: str = self.propose(**changes)["id"]
        for by in (APPROVER, LAWYER):
            self.approve(pk, by=by, note="Weighed.")
        self.answer(pk)
        self.work()
        return pk

    def emergency(self, **changes: Any) -> dict[str, Any]:
        """What makes an order one in an emergency."""
        review, sunset = self.at + timedelta(hours=24), self.at + timedelta(hours=72)
        return {"emergency": True, "review_at": review.isoformat(), "sunset_at": sunset.isoformat(), **changes}

    def enrol(self, role: str, ordinal: int) -> None:
        """Somebody in one more seat of the ministry."""
        ministry = parties.party_by_handle("kominfo")
        email = f"{role}-{ordinal}@example.org"
        enrolling.enrol_person(ministry, role=Role(role), ordinal=ordinal, name="Made Up", email=email)

    def suspend_mandates(self) -> None:
        for one in parties.mandates_of(parties.party_by_handle("kominfo").id):
            mandates.suspend(one.id, reason="A made-up placeholder.")

    def protect(self, name: str) -> None:
        """The house says that a name is never closed."""
        operator = parties.caller_by_seat("mufakat", "admin")
        protecting.protect(json.dumps({"name": name, "reason": "A made-up placeholder."}).encode(), by=operator)

    def row(self, pk: str) -> Restriction:
        return queries.known(pk)

    def state(self, pk: str) -> str:
        return self.row(pk).state


def ordered(at: datetime, **changes: Any) -> bytes:
    """A sound order of this time with some members changed; None leaves the member out."""
    made: dict[str, Any] = {
        "list": "terrorism",
        "names": list(NAMES),
        "match": "exact",
        "layer": "dns",
        "operators": ["isp-a", "isp-b"],
        "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
        "reason": "A made-up placeholder.",
        "proportionality": "Nothing milder was left.",
        "review_at": (at + timedelta(days=20)).isoformat(),
        "sunset_at": (at + timedelta(days=60)).isoformat(),
        "platform": "telegram",
        "reopening": {"agreement": "id-2017", "all_of": ["representative"]},
        **changes,
    }
    return json.dumps({name: value for name, value in made.items() if value is not None}).encode()


def said(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)
    return found
