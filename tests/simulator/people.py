"""What the model knows of contacts and of their drills.

What is new waits for three days while all who were there are told; what takes away acts at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulator.timers import HOUR

if TYPE_CHECKING:
    from datetime import datetime

    from tests.simulator.model import Model
    from tests.simulator.timers import Timer

COOLING = 72 * HOUR
FOR_USERS = "contact_for_users"
ROLES = ("contact_for_authorities", FOR_USERS, "legal_representative", "narahubung")


@dataclass
class Version:
    """What was said of a contact at a time."""

    number: int
    set_at: datetime
    valid_from: datetime
    first: bool
    rank: int
    senior: bool
    phone: bool
    event: str
    until: datetime | None = None
    withdrawn: datetime | None = None
    verified: datetime | None = None
    unreachable: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.valid_from <= at and (self.until is None or self.until > at)

    def waits(self, at: datetime) -> bool:
        """Whether it is still to come into force."""
        return self.valid_from > at and self.withdrawn is None

    @property
    def row(self) -> tuple[object, ...]:
        """As the table holds it."""
        return (
            *(self.set_at, self.valid_from, self.first, self.rank, self.senior, self.event),
            *(self.until, self.withdrawn, self.verified, self.unreachable),
        )


@dataclass
class Drill:
    """A test message that somebody must answer."""

    id: str
    code: str
    version: Version
    sent: datetime
    due: datetime
    answered: datetime | None = None
    missed: datetime | None = None
    void: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.answered is None and self.missed is None and self.void is None

    @property
    def row(self) -> tuple[object, ...]:
        """As the table holds it."""
        return (self.version.number, self.sent, self.due, self.answered, self.missed, self.void)


@dataclass
class Contact:
    """Somebody who can be reached for a party."""

    id: str
    party: str
    role: str
    versions: list[Version] = field(default_factory=list)
    drills: list[Drill] = field(default_factory=list)
    removed: datetime | None = None

    def in_force(self, at: datetime) -> Version | None:
        return next((one for one in self.versions if one.holds(at)), None)

    def waiting(self, at: datetime) -> Version | None:
        return next((one for one in self.versions if one.waits(at)), None)

    @property
    def open_drill(self) -> Drill | None:
        return next((one for one in self.drills if one.is_open), None)


def in_order(model: Model, party: str, at: datetime) -> list[tuple[Contact, Version]]:
    """Who is in force, those who can be reached first, then by rank."""
    found = [(one, held) for one in model.contacts.values() if one.party == party and (held := one.in_force(at))]
    return sorted(found, key=lambda pair: (pair[1].unreachable is not None, pair[1].rank, pair[0].id))


def everybody(model: Model, party: str, at: datetime) -> set[str]:
    """Where word of a change goes."""
    return {f"party:{party}", *(f"contact:{one.id}" for one, _ in in_order(model, party, at))}


def chosen(model: Model, act: str, party: str, clock: Timer, *, at: datetime) -> str | None:
    """Whom a step turns to: for a call somebody with a number, else somebody whom the ladder did not tell yet."""
    order = sorted(in_order(model, party, at), key=lambda pair: pair[0].role == FOR_USERS)
    if act == "phone_task":
        called = [(one, held) for one, held in order if held.phone]
        found = [one for one, held in called if held.senior] or [one for one, _ in called]
    elif act in {"remind", "second_contact", "senior_contact"}:
        found = [one for one, held in order if one.id not in clock.told and (held.senior or act != "senior_contact")]
    else:
        found = []
    return found[0].id if found else None
