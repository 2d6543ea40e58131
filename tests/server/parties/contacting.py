"""What the tests of contacts and drills stand on: a house with a clock of its own, and sound cards."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mufakat.rules.permissions import Role
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.parties import drills, operations, queries, representatives
from mufakat.server.parties.models import Drill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mufakat.server.parties.models import Party
    from mufakat.server.parties.queries import Caller

CARD: dict[str, Any] = {
    "name": "Contoh Person",
    "organisation": "Office of the example",
    "country": "ID",
    "email": "person@platform.example",
    "phone": "+62 21 5550 0100",
    "postal_address": "Jalan Contoh 1\nJakarta",
    "hours": "Mon-Fri 09:00-17:00",
    "time_zone": "Asia/Jakarta",
    "languages": ["id", "en"],
    "mandate": "Letter 1 of the example",
    "mandate_sha256": "ab" * 32,
    "rank": 1,
    "senior": False,
}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def card(role: str | None = None, **changes: Any) -> bytes:
    """A sound card with some members changed; None leaves the member out."""
    made = {**CARD, **({"role": role} if role else {}), **changes}
    return json.dumps({name: value for name, value in made.items() if value is not None}).encode()


@dataclass
class Office:
    """A house whose writer has a clock that the test moves; ``isp-a`` has no contact in the example."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=5))

    def clock(self) -> datetime:
        return self.at

    def later(self, step: timedelta) -> datetime:
        self.at += step
        return self.at

    @property
    def party(self) -> Party:
        return queries.party_by_handle("isp-a")

    @property
    def representative(self) -> Caller:
        return queries.caller_by_seat("isp-a", "representative")

    def add(self, role: str = "narahubung", *, by: Caller | None = None, **changes: Any) -> dict[str, Any]:
        answer = representatives.add(self.party, card(role, **changes), by=by, at=self.at)
        return dict(json.loads(answer.body))

    def change(self, contact: str, *, by: Caller | None = None, **changes: Any) -> dict[str, Any]:
        answer = representatives.change(contact, card(**changes), by=by, at=self.at)
        return dict(json.loads(answer.body))

    def sweep(self) -> None:
        """Everything that is due now."""
        while drills.sweep(at=self.at).more:
            pass

    def drill_of(self, contact: str) -> Drill:
        """The newest of a contact."""
        return Drill.objects.filter(contact=contact).order_by("-id")[0]

    def answer(self, contact: str) -> None:
        drills.answer(self.drill_of(contact).code)


def events(case: str) -> list[str]:
    """The types of the events of a contact, in their order."""
    return list(Event.objects.filter(case=case).order_by("position").values_list("type", flat=True))


def told(case: str, type_: str) -> set[str]:
    """Where the outbox carries the newest event of a type."""
    event = Event.objects.filter(case=case, type=type_).order_by("-position")[0]
    rows = Outbox.objects.filter(event=event).exclude(to__startswith="reaction:")
    return set(rows.values_list("to", flat=True))


def office() -> Iterator[Office]:
    """An open house. Called by a fixture that has a data directory."""
    made = Office()
    with door.open_house(clock=made.clock):
        operations.enrol_person(
            made.party, role=Role.REPRESENTATIVE, ordinal=1, email="representative@isp-a.example", name="Representative"
        )
        made.later(HOUR)
        yield made
