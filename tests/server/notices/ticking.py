"""A house whose clock the test moves, and the two sweeps done as the worker does them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.houses import body

from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices import clocks, escalation, operations
from mufakat.server.notices.models import Clock

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.answers import Answer

# A Monday morning in Jakarta, far ahead: time never goes back before what the prepared house already wrote.
START = datetime(2040, 1, 2, 2, 0, tzinfo=UTC)


@dataclass
class Ticking:
    """The house and its time."""

    house: House
    at: datetime = START
    to: str = "telegram"

    def __post_init__(self) -> None:
        self.house.writer._clock = lambda: self.at

    def submit(self, *, key: str = "k1", **changes: Any) -> Answer:
        """A notice of the regulator, now."""
        by = self.house.caller("kominfo", "officer")
        return operations.submit(body(**{"to": self.to, **changes}), by=by, at=self.at, key=key)

    def wait(self, **passed: float) -> int:
        """Let so much time pass, then do what is due: as a worker that was away until then."""
        self.at += timedelta(**passed)
        return self.work()

    def live(self, *, minutes: int, every: int = 1) -> int:
        """Let so many minutes pass, with a worker that looks at each of them."""
        return sum(self.wait(minutes=every) for _ in range(0, minutes, every))

    def work(self) -> int:
        """Part after part, until nothing is left that is due now."""
        done = 0
        while True:
            shares = [clocks.sweep(at=self.at), escalation.sweep(at=self.at)]
            done += sum(share.done for share in shares)
            if not any(share.done or share.more for share in shares):
                return done

    def clock(self, notice: str, name: str = "acknowledge_within") -> Clock:
        return Clock.objects.get(notice=notice, name=name)


def events(notice: str, *types: str) -> list[Event]:
    """The events of these types, in their order; of all types where none is named."""
    found = Event.objects.filter(case=notice).order_by("position")
    return list(found.filter(type__in=types) if types else found)


def said(event: Event) -> dict[str, str]:
    """What the event commits to, opened."""
    return {one.field: bytes(one.value).decode() for one in event.openings.all() if one.value is not None}


def steps(notice: str) -> list[str]:
    """The names of the steps that were taken, in their order."""
    return [said(event)["step"] for event in events(notice, "escalation.climbed")]


def carried(event: Event) -> set[str]:
    """Where the outbox carries it."""
    return set(Outbox.objects.filter(event=event).values_list("to", flat=True))


def leaf(event: Event) -> dict[str, Any]:
    """The leaf as JSON."""
    found: dict[str, Any] = json.loads(bytes(event.leaf))
    return found


def contact(handle: str, rank: int, *, at: datetime = START, **said: Any) -> str:
    """A contact of the party that is in force since the day before `at`; its id."""
    from mufakat.server.journal import door
    from mufakat.server.parties.models import ContactPoint, ContactVersion, Party

    def run(moment: Any) -> str:
        pk = str(moment.id("ctc"))
        party = Party.objects.get(handle=handle)
        role = said.pop("role", "contact_for_authorities")
        point = ContactPoint.objects.create(id=pk, party=party, role=role, added_at=at - timedelta(days=9))
        ContactVersion.objects.create(
            contact=point,
            party=party,
            role=role,
            number=1,
            event=moment.id("evt"),
            first=False,
            set_at=at - timedelta(days=9),
            valid_from=at - timedelta(days=1),
            country="ID",
            organisation="Example Platform",
            languages=["id"],
            rank=rank,
            **{"senior": False, "name": f"Contact {rank}", "email": f"contact{rank}@platform.example", **said},
        )
        return pk

    return door.commit(run)
