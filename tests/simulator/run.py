"""One run: a seed, a number of steps, a virtual year; after every step the model and the house agree."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.simulator import books, carrying, contesting, exhibits, invariants
from tests.simulator.acts import Circumstances
from tests.simulator.bulk import Batch
from tests.simulator.contesting import Close
from tests.simulator.deeds import CHORES, DEEDS
from tests.simulator.drafts import KINDS, MANNERS, SEATS_OF, Drafts, Plan
from tests.simulator.duties import posted, worked
from tests.simulator.faults import PLACES
from tests.simulator.measures import NARROW, WIDE
from tests.simulator.model import HOUSE, MANDATED, Model
from tests.simulator.offices import Enrol, Grant, Issue, Register
from tests.simulator.reaching import React
from tests.simulator.reads import List
from tests.simulator.working import Wait
from tests.simulator.world import BEGINNING, PORTION, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.server.api.doors import Reply
    from tests.simulator.acts import Act
    from tests.simulator.drafts import Deed

YEAR = timedelta(days=365)
FAULTS = 0.14  # Of the steps.
LOST, ANSWER_LOST, TWICE, DELAYED = 0.03, 0.05, 0.04, 0.05  # Of the requests.
AUDIT = 60  # Steps between two full audits.
EXCUSE = {"late": "busy", "short queue": "busy", "no room": "disk-full", "closed": "closed"}
CROWDED = {"together", "late", "short queue"}
STATEMENTS = 24  # A single deed has about so many.


class Failure(AssertionError):  # noqa: N818 - what a person reads when a promise broke.
    """A run that broke a promise: which seed, where, and how it came to it."""

    def __init__(self, sim: Simulation, cause: BaseException) -> None:
        words = f"{type(cause).__name__}: {cause}"
        self.promise = getattr(cause, "promise", type(cause).__name__)
        self.seed, self.step = sim.seed, sim.step_number
        only = "" if sim.deeds is DEEDS else f" --deeds '{','.join(row.name for row in sim.deeds)}'"
        shown = "\n  ".join(shortened(sim.trace, str(cause)))
        super().__init__(
            f"{words}\n  seed {sim.seed}, step {sim.step_number} of {sim.steps}, deed {sim.deed!r}\n"
            f"  again: python -m tests.simulator --seed {sim.seed} --steps {sim.steps} --parties {sim.founded}{only}\n"
            f"  {shown}"
        )


def shortened(trace: Sequence[str], words: str) -> list[str]:
    """The last lines, and before them those that name what the failure names."""
    last = trace[-6:]
    ids = set(re.findall(r"(?:ntc|evt|pty)_[0-9a-z]{26}|k\d+", words))
    about = [line for line in trace[:-6] if any(one in line for one in ids)]
    return [*about[-12:], "...", *last]


@dataclass
class Story:
    """What a run did."""

    seed: int
    steps: int
    digest: str
    trace: list[str]
    days: float
    case_days: float
    figures: Counter[str]

    def __str__(self) -> str:
        counts = ", ".join(f"{name} {count}" for name, count in sorted(self.figures.items()))
        return f"seed {self.seed}: {self.steps} steps, {self.days:.0f} days, {self.case_days:.0f} case-days; {counts}"


@dataclass
class Simulation:
    """A world, its model, and what is under way between them."""

    seed: int
    steps: int
    founded: int
    deeds: Sequence[Deed] = DEEDS
    trace: list[str] = field(default_factory=list)
    sent: list[Act] = field(default_factory=list)  # Writes of clients, so that they can be repeated.
    unanswered: list[Act] = field(default_factory=list)
    late: list[tuple[int, Act]] = field(
        default_factory=list
    )  # Requests that wander, and from which step on they arrive.
    figures: Counter[str] = field(default_factory=Counter)
    step_number: int = 0
    deed: str = "found"
    keys: int = 0

    def run(self) -> Story:
        """Live through it. Raises Failure."""
        with World(self.seed) as self.world:
            self.chance = self.world.chance
            self.drafts = Drafts(self.chance)
            self.model = Model(self.world.verify_key)
            self.reader = books.Reader()
            try:
                self.found()
                for number in range(1, self.steps + 1):
                    self.step_number = number
                    self.step()
                self.deed = "heal"
                self.heal()
            except Exception as error:
                raise Failure(self, error) from error
            return self.told()

    # -- Steps --

    def found(self) -> None:
        """The parties that are there from the first day, with a token for every seat."""
        handles = [
            (HOUSE, "house"),
            *(
                (f"{KINDS[n % len(KINDS)].replace('_', '-')}-{n}", KINDS[n % len(KINDS)])
                for n in range(1, self.founded)
            ),
        ]
        for handle, kind in handles:
            self.perform(Plan([Register(handle, kind)]))
            if kind in MANDATED:
                narrow = self.chance.random() < 0.3
                self.perform(Plan([Grant(handle, tuple(sorted(MANDATED[kind])), NARROW if narrow else WIDE)]))
            party = self.model.parties[handle]
            roles = SEATS_OF[kind]
            numbered = [(role, roles[: place + 1].count(role)) for place, role in enumerate(roles)]
            self.perform(Plan([Enrol(party, role, ordinal) for role, ordinal in numbered]))
            self.perform(Plan([Issue(seat) for seat in party.seats]))

    def step(self) -> None:
        """Time passes, somebody does something, perhaps something fails; then everything is compared."""
        left = BEGINNING + YEAR - self.world.clock.true
        share = max(left, timedelta(hours=1)) / (self.steps - self.step_number + 1)
        self.world.pass_time(share * self.chance.expovariate(1))
        deed = self.chance.choices(self.deeds, [row.weight for row in self.deeds])[0]
        self.deed = deed.name
        plan = deed.plan(self)
        if plan is None:
            return
        self.figures[f"deed: {deed.name}"] += 1
        if plan.manner == "one after the other":
            plan = Plan([*self.travelled(plan.acts), *self.arriving(), *self.retried()])
        if (poisoned := any(act.is_poisoned for act in plan.acts)) or self.chance.random() < FAULTS:
            # What the database refuses is undone: then that fails, sometimes, which nothing else leads to.
            undo = poisoned and self.chance.random() < 0.5
            kind = "undoing fails" if undo else self.chance.choice(sorted(PLACES))
            commits = max(len(act.items) // PORTION for act in batches) if (batches := batches_in(plan)) else 1
            most = STATEMENTS * commits if PLACES[kind] == "statement" else commits
            self.world.store.arm(kind, at=self.chance.randint(1, max(most, 1)))
        self.perform(plan)
        self.world.store.armed = None
        for kind in self.world.log.step(self.world):
            self.figures[kind] += 1
            self.line(f"  {kind}")
        if self.step_number % AUDIT == 0:
            self.audit()

    def audit(self) -> None:
        """All rows, and every file opened."""
        invariants.audit(self.model)
        exhibits.in_order(self.model, None)

    def travelled(self, acts: Sequence[Act]) -> Iterator[Act]:
        """What the network makes of requests: some never arrive, some twice, some much later."""
        for act in acts:
            if not act.is_clients:
                yield act
                continue
            drawn = self.chance.random()
            if drawn < LOST:
                self.note(act, "lost on the way")
            elif drawn < LOST + DELAYED:
                self.late.append((self.step_number + self.chance.randint(1, 20), act))
                self.note(act, "delayed")
            else:
                yield act
                if drawn < LOST + DELAYED + TWICE:
                    yield act

    def note(self, act: Act, words: str) -> None:
        """A request that nobody will answer now; whoever sent it will repeat it."""
        self.figures[words] += 1
        self.line(f"{act}: {words}")
        if act.is_write and act not in self.unanswered:
            self.unanswered.append(act)

    def arriving(self) -> list[Act]:
        """Delayed requests whose time has come, in any order."""
        due = [act for step, act in self.late if step <= self.step_number]
        self.late = [(step, act) for step, act in self.late if step > self.step_number]
        self.chance.shuffle(due)
        return due

    def retried(self) -> list[Act]:
        """What somebody was not answered, sent again under the same key."""
        if not self.unanswered or self.chance.random() > 0.4:
            return []
        return [self.chance.choice(self.unanswered)]

    def heal(self) -> None:
        """Nothing fails any more: whatever is under way arrives, everybody is answered, and all is looked at."""
        self.world.clock.true = max(self.world.clock.true, BEGINNING + YEAR)
        self.world.clock.skew = timedelta()
        waiting, self.late = [act for _, act in self.late], []
        for act in [*waiting, *self.unanswered]:
            self.perform(Plan([act]), lossless=True)
        if self.unanswered:
            raise AssertionError(f"never answered: {[str(act) for act in self.unanswered]}")
        self.perform(Plan(worked(self.world)), lossless=True)
        self.carry()
        acts = [React(self.world.clock), Close(self.world.clock), Wait(self.world.clock, 2 * contesting.MARGIN)]
        self.perform(Plan([*acts, *worked(self.world)]), lossless=True)
        contesting.all_closed(self.model, self.world.clock.reading)
        self.carry()
        self.perform(Plan([chore(self.world.clock) for chore in CHORES]), lossless=True)
        for seat in self.model.speaking():
            self.perform(Plan([List(seat, seat.tokens[-1])]), lossless=True)
        self.world.log.grow(self.world)
        self.world.log.check(self.world)
        self.audit()

    def carry(self) -> None:
        """Every address answers well now: in a few days each has what it was to be told, or a dead letter says so."""
        self.world.way.is_sound = True
        for _ in range(4):
            self.perform(Plan([*posted(self.world), Wait(self.world.clock, timedelta(hours=26))]), lossless=True)
        self.perform(Plan(posted(self.world)), lossless=True)
        carrying.all_arrived(self.model, self.world.way)

    # -- One plan --

    def perform(self, plan: Plan, *, lossless: bool = False) -> None:
        """Do it, and after everything that was answered find out what happened and whether all still holds."""
        world, manner = self.world, plan.manner
        self.line(f"{self.deed} [{manner}]")
        self.figures.update(["steps", *([f"manner: {manner}"] if manner != MANNERS[0] else [])])
        if manner == "restart":
            world.restart()
        elif manner == "kill":
            world.die()
        if manner in CROWDED:
            with world.with_short_queue() if manner == "short queue" else nullcontext():
                self.compare(
                    plan.acts, lambda: world.crowd([act.send for act in plan.acts], late=manner == "late"), manner
                )
            return
        around: Any = {"no room": world.without_room, "closed": world.closed}.get(manner, nullcontext)
        with around():
            for act in plan.acts:
                self.compare([act], lambda act=act: [act.send()], manner, lossless=lossless)  # type: ignore[misc]
        if not plan.acts:
            self.compare([], list, manner)

    def compare(
        self, acts: Sequence[Act], send: Callable[[], list[Reply]], manner: str, *, lossless: bool = False
    ) -> None:
        """Send acts that the writer takes together, and settle each in the order in which it takes them."""
        world = self.world
        at, lawful = world.clock.reading, max(world.clock.highest, world.clock.reading)
        replies: list[Reply | None] = [*send()]
        fired = world.store.struck()
        if world.store.dead:
            world.bury()
            replies = [None] * len(acts)
        elif not lossless and self.step_number:
            replies = [None if self.loses(act) else reply for act, reply in zip(acts, replies, strict=True)]
        # A full disk may also keep a savepoint from being undone: then nobody knows either.
        excused = {slug for kind in fired for slug in ("unsure", *(["disk-full"] if "disk full" in kind else []))}
        if manner in EXCUSE:
            excused.add(EXCUSE[manner])
        scopes = [act.scope for act in acts if act.scope is not None]
        around = Circumstances(at, lawful, excused, [scope for scope in scopes if scopes.count(scope) > 1])
        for kind in fired:
            self.line(f"  {kind}")
        pairs = list(zip(acts, replies, strict=True))
        for act, reply in pairs:
            self.line(f"  {act} -> {reply.status if reply else 'no answer'}")
        wrote = not acts or any(act.is_write for act in acts)
        seen = self.reader.new() if wrote else books.Seen([], {}, Counter(), set())
        for act, reply in sorted(pairs, key=lambda pair: pair[0].waits_last):
            self.settled(act, definite=act.settle(self.model, reply, seen, around))
        invariants.nothing_is_unexplained(seen)
        invariants.step(self.model, seen, lawful)
        if wrote:
            exhibits.in_order(self.model, {event.case for event in seen.events})
            world.date_files()
        self.figures.update(around.remarkable)
        self.figures.update(f"nobody was told, {'stored' if kept else 'not stored'}" for kept in around.undecided)
        self.figures.update(
            [*fired, *(f"{act.name} {reply.status if reply else 'unanswered'}" for act, reply in pairs)]
        )

    def loses(self, act: Act) -> bool:
        """Whether the network loses the answer to it."""
        return act.is_clients and self.chance.random() < ANSWER_LOST

    def settled(self, act: Act, *, definite: bool) -> None:
        """Whoever has no definite answer will ask again."""
        if not act.is_clients or not act.is_write:
            return
        if definite:
            self.unanswered = [one for one in self.unanswered if one is not act]
            if act not in self.sent:
                self.sent.append(act)
                del self.sent[:-200]
        elif act not in self.unanswered:
            self.unanswered.append(act)

    # -- Words and figures --

    def new_key(self) -> str:
        """A key nobody used before."""
        self.keys += 1
        return f"k{self.keys}"

    def line(self, words: str) -> None:
        """A line of the trace."""
        self.trace.append(f"{self.step_number:>5} {self.world.clock.reading:%Y-%m-%d %H:%M:%S} {words.rstrip()}")

    def told(self) -> Story:
        """The story of a run that held."""
        world, model = self.world, self.model
        events, answers = books.everything()
        whole = hashlib.sha256()
        for event in events:
            whole.update(event.digest)
        for answer in answers:
            whole.update(repr(answer).encode())
        self.figures.update({"events": len(model.events), "notices": len(model.cases), "parties": len(model.parties)})
        self.figures.update({"receipts held": len(model.receipts), "kills": world.kills, "restarts": world.restarts})
        days = (world.clock.true - BEGINNING) / timedelta(days=1)
        return Story(
            self.seed, self.steps, whole.hexdigest(), self.trace, days, model.case_days(world.clock.true), self.figures
        )


def batches_in(plan: Plan) -> list[Batch]:
    """Those of its acts that take several commits."""
    return [act for act in plan.acts if isinstance(act, Batch)]


def simulate(seed: int, *, steps: int = 300, parties: int = 10, deeds: Sequence[str] = ()) -> Story:
    """Run a seed to its end, with these rows of the table or with all. Raises Failure where a promise broke."""
    rows = [row for row in DEEDS if row.name in deeds] if deeds else DEEDS
    return Simulation(seed, steps, parties, rows).run()
