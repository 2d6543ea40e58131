"""Contacts and drills as deeds: who is added, changed, removed, tried, and who answers or does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tests.simulator import banking, books, people
from tests.simulator.acts import Foreseen
from tests.simulator.model import HOUSE, OPEN, READERS, digest, require
from tests.simulator.offices import Office
from tests.simulator.people import COOLING, Contact, Drill, Version
from tests.simulator.reads import Read
from tests.simulator.talking import API, Upon
from tests.simulator.timers import HOUR
from tests.simulator.wire import get
from tests.simulator.working import Part

if TYPE_CHECKING:
    from datetime import datetime

    from tests.server.api.doors import Reply
    from tests.simulator.acts import Circumstances
    from tests.simulator.books import EventRow, Seen
    from tests.simulator.model import Model

KEEPERS = {"representative", "admin"}  # Who sets the contacts of a party.
EVERY, WITHIN = 30 * 24 * HOUR, 24 * HOUR


@dataclass(eq=False)
class Kept(Upon):
    """Upon the contacts of a party, by who keeps them."""

    contact: str

    @property
    def about(self) -> str:
        return self.contact

    def kept(self, model: Model, around: Circumstances) -> Foreseen | Contact:
        """What keeps the seat from it, or the contact."""
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        contact = model.contacts.get(self.contact)
        if contact is None or contact.party != self.seat.handle:
            return Foreseen(404, "not-found")
        return contact if self.seat.role in KEEPERS else Foreseen(403, "not-permitted")

    def told(self, model: Model, event: EventRow) -> None:
        """All who were in force then, and the party's own systems."""
        model.tos[event.id] = people.everybody(model, self.seat.handle, event.at)


@dataclass(eq=False)
class SetContact(Kept):
    """A contact is added, or changed where ``contact`` says which."""

    name: ClassVar[str] = "set contact"
    event: ClassVar[str] = "contact.set"
    status: ClassVar[int] = 201
    role: str
    rank: int
    senior: bool
    phone: bool
    number: int

    def __str__(self) -> str:
        return f"set {self.contact or 'a new contact'} ({self.role}, {self.number}) by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/contacts/{self.contact}/versions" if self.contact else f"{API}/contacts"

    @property
    def body(self) -> dict[str, Any]:
        told = {
            "name": f"Contoh {self.number}",
            "organisation": "Office of the example",
            "country": "ID",
            "email": f"contoh-{self.number}@{self.seat.handle}.example",
            "languages": ["id"],
            "rank": self.rank,
            "senior": self.senior,
        }
        told |= {} if self.contact else {"role": self.role}
        return told | ({"phone": "+62 21 5550 0100"} if self.phone else {})

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if self.contact:
            found = self.kept(model, around)
            if isinstance(found, Foreseen):
                return found
        elif stopped := self.stopped_at_the_door(model, around):
            return stopped
        elif self.seat.role not in KEEPERS:
            return Foreseen(403, "not-permitted")
        if known := self.known(model, self.raw, 201):
            return known
        if self.contact and model.contacts[self.contact].removed:
            return Foreseen(409, "not-now")
        return Foreseen(201, effect=True, event=self.event)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        scope = self.scope
        row = seen.answers.pop(scope, None) if scope else None
        if scope is None or row is None:
            return False
        same = (row.digest, row.status) == (digest(self.raw), 201)
        require(same and self.contact in {"", row.subject}, "I-02", f"the stored answer to {self} is another's")
        event = seen.claim(self.event, case=row.subject)
        require(event, "I-03", f"{self} is stored by halves")
        assert event is not None
        model.answers[scope] = row.given
        self.told(model, event)
        handle = self.seat.handle
        contact = model.contacts.get(row.subject) or Contact(row.subject, handle, self.role)
        self.set(model, contact, event)
        model.contacts[row.subject] = contact
        return True

    def set(self, model: Model, contact: Contact, event: EventRow) -> None:
        """One more version, in force after three days, but for the first of its role while a party sets itself up."""
        at = event.at
        known = [
            (one.role, version)
            for one in model.contacts.values()
            if one.party == contact.party
            for version in one.versions
        ]
        began = min((version.set_at for _, version in known), default=at)
        alone = contact.role not in {role for role, _ in known} and not any(version.verified for _, version in known)
        first = alone and (not known or at < began + COOLING)
        begins = at if first else at + COOLING
        if (waits := contact.waiting(at)) is not None:
            taken_back(contact, waits, at)
        for version in contact.versions:
            if version.withdrawn is None and (version.until is None or version.until > begins):
                version.until = begins
        number = len(contact.versions) + 1
        made = Version(number, at, begins, first, self.rank, self.senior, self.phone, event.id)
        contact.versions.append(made)


def taken_back(contact: Contact, waits: Version, at: datetime) -> None:
    """What waits never comes into force, and what it would have ended goes on."""
    for version in contact.versions:
        if version is not waits and version.until == waits.valid_from:
            version.until = None
    waits.withdrawn = waits.until = at


@dataclass(eq=False)
class TakeBack(Kept):
    """A change that still waits is taken back."""

    name: ClassVar[str] = "take back"
    event: ClassVar[str] = "contact.withdrawn"

    def __str__(self) -> str:
        return f"take the change of {self.contact} back by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/contacts/{self.contact}/withdrawal"

    @property
    def raw(self) -> bytes:
        return b""

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        contact = self.kept(model, around)
        if isinstance(contact, Foreseen):
            return contact
        if known := self.known(model, self.raw, 200):
            return known
        at = around.written_at
        possible = not contact.removed and contact.waiting(at) and contact.in_force(at)
        return Foreseen(200, effect=True, event=self.event) if possible else Foreseen(409, "not-now")

    def happened(self, model: Model, event: EventRow) -> None:
        self.told(model, event)
        contact = model.contacts[self.contact]
        waits = contact.waiting(event.at)
        require(waits, "contacts", f"{event.id} takes back a change that does not wait")
        assert waits is not None
        taken_back(contact, waits, event.at)


@dataclass(eq=False)
class Remove(Kept):
    """A contact is removed, at once."""

    name: ClassVar[str] = "remove"
    event: ClassVar[str] = "contact.removed"

    def __str__(self) -> str:
        return f"remove {self.contact} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/contacts/{self.contact}/removal"

    @property
    def body(self) -> dict[str, Any]:
        return {"reason": "A made-up reason."}

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        contact = self.kept(model, around)
        if isinstance(contact, Foreseen):
            return contact
        if known := self.known(model, self.raw, 200):
            return known
        there = contact.removed is None
        return Foreseen(200, effect=there or self.key is not None, event=self.event if there else None)

    def happened(self, model: Model, event: EventRow) -> None:
        self.told(model, event)
        contact, at = model.contacts[self.contact], event.at
        contact.removed = at
        for version in contact.versions:
            if version.until is None or version.until > at:
                version.withdrawn = at if version.valid_from > at else version.withdrawn
                version.until = at
        if drill := contact.open_drill:
            drill.void = at


@dataclass(eq=False)
class Try(Kept):
    """Somebody asks for a test message now."""

    name: ClassVar[str] = "try"
    event: ClassVar[str] = "drill.sent"
    status: ClassVar[int] = 201

    def __str__(self) -> str:
        return f"try {self.contact} by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/contacts/{self.contact}/drills"

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        contact = self.kept(model, around)
        if isinstance(contact, Foreseen):
            return contact
        if known := self.known(model, self.raw, 201):
            return known
        possible = contact.open_drill is None and contact.in_force(around.written_at)
        return Foreseen(201, effect=True, event=self.event) if possible else Foreseen(409, "not-now")

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        scope = self.scope
        row = seen.answers.pop(scope, None) if scope else None
        if scope is None or row is None:
            return False
        event = seen.claim(self.event, case=self.contact)
        require(event, "I-03", f"{self} is stored by halves")
        assert event is not None
        model.answers[scope] = row.given
        sent(model, event, because="asked")
        require(model.contacts[self.contact].drills[-1].id == row.subject, "I-02", f"the answer to {self} is another's")
        return True


def sent(model: Model, event: EventRow, *, because: str) -> None:
    """A drill went to a contact in force that had none."""
    contact = model.contacts[event.case]
    version = contact.in_force(event.at)
    require(version, "drills", f"{event.id} tries {contact.id}, which is not in force")
    require(contact.open_drill is None, "drills", f"{event.id} tries {contact.id} while a drill is open")
    require(event.opened("because") == because.encode(), "drills", f"{event.id} was sent because {because}")
    assert version is not None
    row = books.drill_of(event.id)
    model.tos[event.id] = {f"contact:{contact.id}"}
    contact.drills.append(Drill(row.id, row.code, version, event.at, event.at + WITHIN))


@dataclass(eq=False)
class AnswerDrill(Office):
    """Whoever holds the code of a drill answers it."""

    name: ClassVar[str] = "answer drill"
    contact: Contact
    drill: Drill

    def __str__(self) -> str:
        return f"answer {self.drill.id} of {self.contact.id}"

    def do(self) -> object:
        from mufakat.server.parties import drills

        return drills.answer(self.drill.code).drill

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        drill = self.drill
        if drill.answered is not None:
            return Foreseen(200)
        later = any(one.sent > drill.sent for one in self.contact.drills)
        over = drill.void is not None or later or not drill.version.holds(around.written_at)
        return Foreseen(409, "not-now") if over else Foreseen(200, effect=True)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        contact, drill = self.contact, self.drill
        answered = seen.claim("drill.answered", case=contact.id)
        if answered is None:
            return False
        verified = seen.claim("contact.verified", case=contact.id)
        require(verified, "I-03", f"{self} is stored by halves")
        require(
            (answered.sender, answered.recipient) == (contact.party, HOUSE), "I-03", f"{self} is in another's channel"
        )
        model.tos[answered.id] = set()
        drill.answered = drill.version.verified = answered.at
        reachable = seen.claim("contact.reachable", case=contact.id)
        marked = drill.version.unreachable is not None
        require((reachable is not None) == marked, "drills", f"{self}, and the marker of the unreachable stays")
        drill.version.unreachable = None
        return True


@dataclass(eq=False)
class Drills(Part):
    """Who did not answer in time is marked, and who is due is tried."""

    name: ClassVar[str] = "drills"
    promise: ClassVar[str] = "drills"

    def part(self, at: datetime) -> tuple[int, bool]:
        from mufakat.server.parties import drills

        return drills.sweep(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        missed: Contact | None = None
        self.voided(model)
        for event in list(seen.unclaimed.values()):
            contact = model.contacts.get(event.case)
            if contact is None or event.type not in {"drill.missed", "drill.sent", "contact.unreachable"}:
                continue
            seen.take(event)
            self.count += 1
            if event.type == "drill.missed":
                missed = self.miss(contact, event)
            elif event.type == "contact.unreachable":
                version = contact.in_force(event.at)
                require(contact is missed and version, "drills", f"{event.id} marks {contact.id}, which answered")
                assert version is not None
                require(version.unreachable is None, "drills", f"{event.id} marks {contact.id} a second time")
                version.unreachable = event.at
                model.tos[event.id] = {f"party:{contact.party}", "reaction:hasten_ladders"}
                model.lost[event.id] = (contact, event.at)
            else:
                self.tried(model, contact, event, missed)
        return bool(self.count)

    def miss(self, contact: Contact, event: EventRow) -> Contact:
        """Nobody answered an open drill in its day."""
        drill = contact.open_drill
        require(drill, "drills", f"{event.id} misses a drill that is not open")
        assert drill is not None
        require(drill.due <= self.time, "drills", f"{event.id} misses at {self.time} what is due at {drill.due}")
        require(drill.version.holds(event.at), "drills", f"{event.id} misses one of the past")
        drill.missed = event.at
        return contact

    def tried(self, model: Model, contact: Contact, event: EventRow, missed: Contact | None) -> None:
        """Who has just come into force, whose month is over, or who is next after one that was missed."""
        because = (event.opened("because") or b"").decode()
        sent(model, event, because=because)
        before, drill = contact.drills[:-1], contact.drills[-1]
        last = before[-1].sent if before else None
        if because == "new":
            require(last is None or last < drill.version.valid_from, "drills", f"{event.id} tries {contact.id} anew")
        elif because == "scheduled":
            over = last is not None and last + EVERY <= event.at
            require(over, "drills", f"{event.id} tries {contact.id} at {event.at}, the last was {last}")
        else:
            turn = because == "turn" and missed is not None and missed.party == contact.party
            require(turn, "drills", f"{event.id} tries {contact.id} because of {because}")

    def voided(self, model: Model) -> None:
        """A drill of a version that is of the past shows nothing; no event tells of it."""
        rows = books.drills()
        for contact in model.contacts.values():
            drill = contact.open_drill
            if drill is not None and (at := rows[drill.id][-1]) is not None:
                past = drill.due <= self.time and not drill.version.holds(at)
                require(past, "drills", f"{drill.id} was let go at {at}")
                drill.void = at

    def left(self, model: Model) -> list[str]:
        return [contact.id for contact in model.contacts.values() if self.is_due(contact)]

    def is_due(self, contact: Contact) -> bool:
        """Whether a drill is to be missed or sent."""
        if drill := contact.open_drill:
            return drill.due <= self.time
        version = contact.in_force(self.time)
        if version is None or contact.removed:
            return False
        last = contact.drills[-1].sent if contact.drills else None
        return last is None or last < version.valid_from or last + EVERY <= self.time


@dataclass(eq=False)
class React(Part):
    """What events call for is done, each once: ladders that told nobody but who is lost turn to the next one soon."""

    name: ClassVar[str] = "reactions"
    promise: ClassVar[str] = "reactions"

    def part(self, at: datetime) -> tuple[int, bool]:
        from mufakat.server.runtime import reactions

        return reactions.run(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        done = books.reacted()
        for event, (contact, _) in list(model.lost.items()):
            at = done.get((event, "reaction:hasten_ladders"))
            if at is None:
                continue
            self.count += 1
            del model.lost[event]
            for case in model.cases.values():
                if case.recipient == contact.party and case.state in OPEN:
                    for clock in case.clocks.values():
                        if set(clock.named) == {contact.id}:
                            clock.hasten(at)
        for row in [row for row in model.called if done.get(row) is not None]:
            self.count += 1
            del model.called[row]
        self.count += banking.claim(model, seen)
        model.windows = books.windows()
        return bool(self.count)

    def left(self, model: Model) -> list[str]:
        called = [event for (event, _), since in model.called.items() if since <= self.time]
        return called + [event for event, (_, since) in model.lost.items() if since <= self.time]


@dataclass(eq=False)
class Contacts(Read):
    """The contacts of one's own party."""

    name: ClassVar[str] = "contacts"
    told: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"contacts by {self.seat}"

    def send(self) -> Reply:
        return get(f"{API}/contacts", self.token.text)

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        may = self.seat.role in READERS | {"admin"}
        return Foreseen(200) if may else Foreseen(403, "not-permitted")

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status != 200:
            return
        handle, at = self.seat.handle, around.at
        items = reply.json()["items"]
        strangers = [one["id"] for one in items if model.contacts[one["id"]].party != handle]
        require(not strangers, "I-10", f"{self} shows {strangers}")
        own = {one.id: one for one in model.contacts.values() if one.party == handle and not one.removed}
        require({one["id"] for one in items} == own.keys(), "I-11", f"{self} shows {len(items)} of {len(own)}")
        for one in items:
            held = own[one["id"]].in_force(at)
            number = one["in_force"] and one["in_force"]["number"]
            require(number == (held and held.number), "contacts", f"{one['id']} is in force as {number}")
