"""What leaves the house: endpoints, the outbox made into deliveries, and a way out that does as chance tells it.

The way out stands in the place of the courier: each attempt is answered as delivered, not now, never or gone, or it
hangs until its lease is over and is heard of late. A process that dies takes along what it had in hand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from tests.simulator import books, people
from tests.simulator.acts import Foreseen
from tests.simulator.model import HOUSE, READERS, digest, require
from tests.simulator.offices import Office
from tests.simulator.reads import Read
from tests.simulator.rulings import ruling_of
from tests.simulator.talking import API, Upon
from tests.simulator.wire import get
from tests.simulator.working import Part

if TYPE_CHECKING:
    from tests.server.api.doors import Reply
    from tests.simulator.acts import Circumstances
    from tests.simulator.books import EventRow, Seen
    from tests.simulator.model import Model

TELLERS = {"officer", "representative", "admin"}  # Who says where a party's events go.
WAITING, DELIVERED, ACCEPTED, DEAD = "waiting", "delivered", "accepted", "dead"
FATES = ("delivered", "delivered", "delivered", "delivered", "accepted", "retry", "retry", "dead", "gone", "hang")


@dataclass
class Endpoint:
    """Where a party wants to be told."""

    id: str
    party: str
    active: bool = True


@dataclass
class Delivery:
    """An event on its way to one address."""

    id: str
    event: str
    target: str
    party: str
    state: str = WAITING


class Way:
    """In the place of the courier: what is given is answered as chance will have it, or hangs."""

    carriers = ("webhook", "mail")

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret.
        self.is_sound = False  # Nothing fails any more.
        self.arrived: set[tuple[str, str]] = set()  # Deliveries that were taken, and in which of the two ways.
        self.gone: set[str] = set()  # Addresses that said once that they want nothing any more.
        self.carried: list[tuple[str, str, str]] = []  # Event, target and party, since they were last looked at.
        self.news = SimpleNamespace(wait=lambda seconds: None)
        self.forget()

    def forget(self) -> None:
        """The process ended, with all that it had in hand."""
        self._hanging: list[Any] = []
        self._done: list[Any] = []

    @property
    def is_busy(self) -> bool:
        return bool(self._done)

    def held(self, target: str) -> int:
        return sum(one.target == target for one in self._hanging) + sum(
            one.errand.target == target for one in self._done
        )

    def give(self, errands: Any) -> None:
        for errand in errands:
            self.carried.append((errand.parcel.event, errand.target, errand.parcel.party))
            fate = "delivered" if self.is_sound else self.chance.choice(FATES)
            if fate == "hang":
                self._hanging.append(errand)
            else:
                self._answer(errand, fate)

    def _answer(self, errand: Any, fate: str) -> None:
        from mufakat.server.connectors.carriers import Fate, Outcome
        from mufakat.server.connectors.courier import Done

        if fate in {DELIVERED, ACCEPTED}:
            self.arrived.add((errand.parcel.delivery, fate))
        if fate == "gone":
            self.gone.add(errand.target)
        self._done.append(Done(errand, Outcome(Fate(fate), "made up")))

    def take(self) -> list[Any]:
        for errand in list(self._hanging):
            if self.is_sound or self.chance.random() < 0.2:
                self._hanging.remove(errand)
                self._answer(errand, "delivered")
        done, self._done = self._done, []
        return done

    def put_back(self, done: list[Any]) -> None:
        """What could not be written down is told again."""
        self._done[:0] = done


@dataclass(eq=False)
class SetEndpoint(Upon):
    """A party says where it wants to be told."""

    name: ClassVar[str] = "set endpoint"
    event: ClassVar[str] = "endpoint.set"
    status: ClassVar[int] = 201
    number: int

    def __str__(self) -> str:
        return f"set an endpoint ({self.number}) by {self.seat} under {self.key}"

    @property
    def path(self) -> str:
        return f"{API}/endpoints"

    @property
    def body(self) -> dict[str, Any]:
        return {"url": f"https://hooks.example/{self.number}"}

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in TELLERS:
            return Foreseen(403, "not-permitted")
        return self.known(model, self.raw, 201) or Foreseen(201, effect=True, event=self.event)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        scope = self.scope
        row = seen.answers.pop(scope, None) if scope else None
        if scope is None or row is None:
            return False
        require(
            (row.digest, row.status) == (digest(self.raw), 201), "I-02", f"the stored answer to {self} is another's"
        )
        require(seen.claim(self.event, case=self.seat.party_id), "I-03", f"{self} is stored by halves")
        model.answers[scope] = row.given
        model.endpoints[row.subject] = Endpoint(row.subject, self.seat.handle)
        return True


@dataclass(eq=False)
class Switch(Upon):
    """An endpoint is told nothing any more, or again."""

    name: ClassVar[str] = "switch"
    endpoint: str
    on: bool

    def __str__(self) -> str:
        return f"{'enable' if self.on else 'disable'} {self.endpoint} by {self.seat}"

    @property
    def path(self) -> str:
        return f"{API}/endpoints/{self.endpoint}/{'enabling' if self.on else 'disabling'}"

    @property
    def about(self) -> str:
        return self.seat.party_id

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in TELLERS:
            return Foreseen(403, "not-permitted")
        found = model.endpoints.get(self.endpoint)
        if found is None or found.party != self.seat.handle:
            return Foreseen(404, "not-found")
        changes = found.active != self.on
        return Foreseen(200, effect=changes, event="endpoint.enabled" if self.on else "endpoint.disabled")

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        event = seen.claim(want.event or "", case=self.about)
        if event is not None:
            model.endpoints[self.endpoint].active = self.on
        return event is not None


@dataclass(eq=False)
class Expand(Part):
    """Rows of the outbox become deliveries: to every active endpoint of the party, by mail to a contact."""

    name: ClassVar[str] = "outbox expanded"
    promise: ClassVar[str] = "delivery"

    def part(self, at: Any) -> tuple[int, bool]:
        from mufakat.server.connectors import expansion

        return expansion.expand(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        still = books.unexpanded()
        done = [row for row in model.undone if row not in still]
        due = {
            (event, target): party
            for event, to in done
            for target, party in self.targets(model, to)
            if (event, target) not in model.deliveries
        }
        rows = books.deliveries()
        new = {place: row for place, row in rows.items() if place not in model.deliveries}
        require(new.keys() == due.keys(), "delivery", f"{self} made {sorted(new)[:3]}, due is {sorted(due)[:3]}")
        for place, row in new.items():
            model.deliveries[place] = Delivery(row.id, *place, due[place])
        for taken in done:
            del model.undone[taken]
        self.count = len(done)
        return bool(done)

    def targets(self, model: Model, to: str) -> list[tuple[str, str]]:
        """Whom a row means at this time: the addresses, each with its party."""
        kind, _, name = to.partition(":")
        if kind == "contact":
            return [(name, model.contacts[name].party)]
        found = [one.id for one in model.endpoints.values() if one.party == name and one.active]
        order = people.in_order(model, name, self.time)
        # Of those who can be reached whoever is there for users comes last; one who is marked, where nobody else is.
        order.sort(key=lambda pair: (pair[1].unreachable is not None, pair[0].role == people.FOR_USERS))
        return [(one, name) for one in found + [one.id for one, _ in order][:1]]

    def left(self, model: Model) -> list[str]:
        return [event for (event, _), at in model.undone.items() if at <= self.time]


@dataclass(eq=False)
class Deliver(Part):
    """What is due is carried, and what became of it is written down."""

    name: ClassVar[str] = "deliveries tried"
    promise: ClassVar[str] = "delivery"
    way: Way | None = None

    def part(self, at: Any) -> tuple[int, bool]:
        from mufakat.server.connectors import dispatch

        return dispatch.deliver(at=at)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        self.closed(model, seen)
        rows, died = books.deliveries(), Counter[str]()
        require(rows.keys() == model.deliveries.keys(), "delivery", f"deliveries were lost: {self}")
        for place, one in model.deliveries.items():
            state = rows[place].state
            if state == one.state:
                continue
            self.count += 1
            require(one.state == WAITING, "delivery", f"{one.id} was {one.state}, and is {state}")
            if state in {DELIVERED, ACCEPTED}:
                require(
                    self.way is not None and (one.id, state) in self.way.arrived,
                    "delivery",
                    f"{one.id} is {state}: {self}",
                )
            died[model.case_of(one.event)] += state == DEAD
            one.state = state
        failed = seen.offered("delivery.failed")
        told = Counter(seen.take(event).case for event in failed)
        require(told == +died, "delivery", f"{self}: letters died of {+died}, told is {told}")
        apply(model, failed)
        for event in seen.offered("notice.delivered"):
            case = model.cases[event.case]
            first = model.leaf_of(case).id
            mine = [one for one in model.deliveries.values() if (one.event, one.party) == (first, case.recipient)]
            there = any(one.state == DELIVERED for one in mine)
            require(there, "delivery", f"{case.id} is said to be delivered, and nobody has it")
            apply(model, [seen.take(event)])
        for event in seen.offered("decision.informed"):
            ruling = model.rulings[ruling_of(event)]
            mine = [one for one in model.deliveries.values() if one.event == ruling.event]
            there = any(one.state == DELIVERED and one.party == ruling.case.sender for one in mine)
            require(there, "delivery", f"{ruling.id} is said to have come back, and nobody has it")
            require(ruling.informed_at is None, "delivery", f"{ruling.id} came back a second time")
            ruling.informed_at = event.at
            apply(model, [seen.take(event)])
        self.walls(model)
        return bool(self.count)

    def closed(self, model: Model, seen: Seen) -> None:
        """Addresses that want nothing any more, or never answer, are told nothing any more."""
        active = books.endpoints()
        shut = [one for one in model.endpoints.values() if one.active and not active[one.id]]
        due = Counter(model.parties[one.party].id for one in shut)
        told = Counter(seen.take(event).case for event in seen.offered("endpoint.disabled"))
        require(told == due, "delivery", f"{self} closed {due}, and told {told}")
        for one in shut:
            one.active = False

    def walls(self, model: Model) -> None:
        """I-10: nothing went to anybody whom its event does not name."""
        if self.way is None:
            return
        carried, self.way.carried = self.way.carried, []
        for event, target, party in carried:
            to = {f"party:{party}", f"contact:{target}"} & model.addressed[event]
            require(to, "I-10", f"{event} went to {target} of {party}, whom it does not name")
            owner = (model.endpoints.get(target) or model.contacts[target]).party
            require(owner == party, "I-10", f"{event} went to {target} of {owner} for {party}")

    def left(self, model: Model) -> list[str]:
        return []


@dataclass(eq=False)
class Bury(Deliver):
    """What waits for an address that was closed is a dead letter."""

    name: ClassVar[str] = "deliveries given up"

    def part(self, at: Any) -> tuple[int, bool]:
        from mufakat.server.connectors import dispatch

        return dispatch.bury(at=at)

    def left(self, model: Model) -> list[str]:
        shut = {one.id for one in model.endpoints.values() if not one.active}
        waiting = {place: row for place, row in books.deliveries().items() if place[1] in shut and row.state == WAITING}
        return [row.id for row in waiting.values() if not row.leased or row.due_at <= self.time]


def apply(model: Model, events: list[EventRow]) -> None:
    """Events about the delivery of a notice belong to its case."""
    for event in events:
        if event.case in model.cases:
            model.apply(event)


@dataclass(eq=False)
class Replay(Office):
    """The operator has a dead letter tried anew."""

    name: ClassVar[str] = "replay"
    delivery: Delivery

    def __str__(self) -> str:
        return f"replay {self.delivery.id}"

    def do(self) -> object:
        from mufakat.server.connectors import letters

        return letters.replay(self.delivery.id, actor=HOUSE).pk

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        endpoint = model.endpoints.get(self.delivery.target)
        possible = self.delivery.state == DEAD and (endpoint is None or endpoint.active)
        return Foreseen(200, effect=True) if possible else Foreseen(409, "not-now")

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        event = seen.claim("delivery.replayed", case=model.case_of(self.delivery.event))
        if event is None:
            return False
        self.delivery.state = WAITING
        apply(model, [event])
        return True


@dataclass(eq=False)
class Endpoints(Read):
    """The endpoints of one's own party, or what it was told."""

    name: ClassVar[str] = "endpoints"
    of_events: bool = False
    pages: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{'events' if self.of_events else 'endpoints'} by {self.seat}"

    def send(self) -> Reply:
        return get(f"{API}/{'events' if self.of_events else 'endpoints'}", self.token.text)

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        may = self.seat.role in (READERS if self.of_events else TELLERS)
        return Foreseen(200) if may else Foreseen(403, "not-permitted")

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status != 200:
            return
        handle = self.seat.handle
        found = [one["id"] for one in reply.json()["items"]]
        if self.of_events:
            own = sorted(event for event, to in model.addressed.items() if f"party:{handle}" in to)[:100]
        else:
            own = [one.id for one in model.endpoints.values() if one.party == handle]
        require(set(found) <= set(own), "I-10", f"{self} shows {sorted(set(found) - set(own))[:3]}")
        require(sorted(found) == sorted(own), "I-11", f"{self} shows {len(found)} of {len(own)}")


def all_arrived(model: Model, way: Way) -> None:
    """In the end every row of the outbox has become deliveries, and each arrived or is a dead letter to be seen."""
    require(not model.undone, "delivery", f"rows of the outbox were never taken: {sorted(model.undone)[:3]}")
    for one in model.deliveries.values():
        require(one.state != WAITING, "delivery", f"{one.id} to {one.target} still waits in the end")
        there = one.state == DEAD or (one.id, one.state) in way.arrived
        require(there, "delivery", f"{one.id} to {one.target} is {one.state}, and nobody has it")
