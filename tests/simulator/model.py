"""What the house should hold, in plain values: written from INTERFACE.md, not from the code.

The model never guesses. A request whose outcome nobody was told may have happened or not; the journal says which, whole
or not at all, and from then on the model is certain again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulator.timers import ACKNOWLEDGE, SAME_DAY, WINDOW, Timer, window

if TYPE_CHECKING:
    from datetime import datetime

    from tests.simulator.books import EventRow, UploadRow
    from tests.simulator.carrying import Delivery, Endpoint
    from tests.simulator.contesting import Appeal
    from tests.simulator.measures import Bucket, Mandate
    from tests.simulator.people import Contact
    from tests.simulator.rulings import Duty, Ruling

    from mufakat.proof.key import VerifyKey

HOUSE = "mufakat"
KEPT = timedelta(hours=24)  # How long a file waits for a notice that names it.
RECEIVED, ACKNOWLEDGED, WITHDRAWN = "received", "acknowledged", "withdrawn"
NEEDS, DECIDED, CLOSED = "needs_information", "decided", "closed"
OPEN = {RECEIVED, ACKNOWLEDGED, NEEDS}  # One of the two sides has its turn.
GOING_ON = OPEN | {DECIDED}  # Or somebody affected has.

# What an event of a notice makes of its state.
STATE_AFTER = {
    "notice.received": RECEIVED,
    "notice.acknowledged": ACKNOWLEDGED,
    "notice.withdrawn": WITHDRAWN,
    "information.asked": NEEDS,
    "decision.made": DECIDED,
    "notice.closed": CLOSED,
}
# Events of a notice that leave its state as it is.
STATE_KEPT = {"notice.delivered", "notice.seen", "notice.handed_over", "message.sent", "task.done", "task.reopened"}
STATE_KEPT |= {"warning.sent"}
STATE_KEPT |= {"clock.breached", "clock.paused", "clock.resumed", "escalation.climbed"}
STATE_KEPT |= {"delivery.failed", "delivery.replayed"}
STATE_KEPT |= {"decision.informed", "reasons.given", "reasons.submitted"}
STATE_KEPT |= {f"measure.{what}" for what in ("approved", "declined", "confirmed", "failed", "ended", "reverted")}
STATE_KEPT |= {f"appeal.{what}" for what in ("lodged", "upheld", "reversed", "partly_reversed", "dismissed")}
STATE_KEPT |= {"dispute.completed", "dispute.settled"}
# Events that reach both sides of their notice, whoever they name as recipient.
TOLD_TO_BOTH = {"notice.erased", "hold.placed", "hold.released", "clock.breached", "clock.paused", "clock.resumed"}
TOLD_TO_BOTH |= {"warning.sent"}
TOLD_TO_BOTH |= {"information.asked", "decision.made", "reasons.given"}
TOLD_TO_BOTH |= {f"appeal.{what}" for what in ("lodged", "upheld", "reversed", "partly_reversed", "dismissed")}
TOLD_TO_BOTH |= {"dispute.completed", "dispute.settled", "notice.closed"}
TOLD_TO_BOTH |= {f"measure.{what}" for what in ("approved", "declined", "confirmed", "failed", "ended", "reverted")}
# What an event calls for besides, in a room further right.
CALLS_FOR = {
    "decision.made": {"reaction:open_window", "reaction:propose_entries"},
    "notice.erased": {"reaction:forget_entries"},
    **{type_: {"reaction:restore_hit", "reaction:retract_entries"} for type_ in ("appeal.reversed", "dispute.settled")},
    **{type_: {"reaction:retract_entries"} for type_ in ("appeal.partly_reversed", "notice.withdrawn")},
    "person.ended": {"reaction:end_chats"},
}
CALLED = frozenset().union(*CALLS_FOR.values())
# What a party says to itself, in its own channel; the other side is not shown it.
INTERNAL = {"notice.handed_over", "task.done", "task.reopened"}
# Events that reach nobody's outbox: the house's own register.
UNTOLD = {"party.registered", "person.enrolled", "person.ended", "token.issued", "token.revoked"}
# Of the mail room, which knows no notice: no deed of the model makes them.
UNTOLD |= {"mail.received", "mail.taken_up", "mail.set_aside", "mail.erased", "mail.undelivered"}
# Nor these: what a carrier saw, and what a party said to itself.
UNTOLD |= {"notice.delivered", "decision.informed"} | INTERNAL
# About what was to be delivered, which its operator reads.
UNTOLD |= {"delivery.failed", "delivery.replayed"}

# Which role does what at all (INTERFACE.md, "Who may do what").
SUBMITTERS = WITHDRAWERS = {"officer"}
ACKNOWLEDGERS = {"representative", "reviewer", "engineer"}
DECIDERS = {"reviewer"}  # They approve what cannot be undone, too; not what they decided themselves (I-06).
HANDS = {"representative", "reviewer"}  # Who carries measures out, and brings reasons to whoever is affected.
VOICES = {"officer", "representative", "reviewer"}  # Who writes, lets a clock rest, and does what a ladder asks.
READERS = {"officer", "approver", "representative", "reviewer", "engineer", "auditor"}
# What a party of a kind may send without a mandate, and what it may be granted one for.
ENTITLED = {
    "regulator": {"user_report", "own_detection", "forwarded"},
    "trusted_flagger": {"user_report"},
    "court": {"user_report"},
    "platform": {"user_report", "own_detection", "forwarded"},
    "operator": {"user_report"},
    "member": {"user_report"},
    "auditor": {"user_report"},
    "house": {"user_report"},
}
MANDATED = {
    "regulator": {"trusted_flag", "request", "order"},
    "trusted_flagger": {"trusted_flag", "request"},
    "court": {"request", "order"},
}

CATEGORIES = ("terrorism", "narcotics", "gambling", "fraud", "hate", "child_sexual_abuse", "other")

Scope = tuple[str, str, str]  # Party (its id), route, key.


class Broken(AssertionError):  # noqa: N818 - a promise, not the program, is broken.
    """A promise of docs/invariants.md did not hold."""

    def __init__(self, promise: str, words: str) -> None:
        super().__init__(f"{promise}: {words}")
        self.promise = promise


def require(held: object, promise: str, words: str) -> None:
    """Raise Broken unless it held."""
    if not held:
        raise Broken(promise, words)


class Given(NamedTuple):
    """A stored answer: what was asked (its digest) and what was said."""

    digest: bytes
    status: int
    body: bytes | None  # None: erased.
    subject: str
    at: datetime


class Exhibit(NamedTuple):
    """A file of a notice as it was sent: held, or known by its digest alone."""

    sha256: bytes
    held: bool
    inline: bytes | None


@dataclass
class Named:
    """An upload that may be named, and the notices that name it."""

    row: UploadRow
    cases: set[str] = field(default_factory=set)


@dataclass
class Token:
    """A credential in somebody's hands."""

    id: str
    text: str
    expires_at: datetime | None = None
    revoked: bool = False


@dataclass
class Seat:
    """A person in a role of a party."""

    party_id: str
    handle: str
    role: str
    ordinal: int
    email: str
    active: bool = True
    tokens: list[Token] = field(default_factory=list)

    @property
    def name(self) -> str:
        """``approver-2``."""
        return self.role if self.ordinal == 1 else f"{self.role}-{self.ordinal}"

    def __str__(self) -> str:
        return f"{self.handle}/{self.name}"


@dataclass
class Party:
    """A wall, and who sits behind it."""

    id: str
    handle: str
    kind: str
    seats: list[Seat] = field(default_factory=list)
    mandates: list[Mandate] = field(default_factory=list)
    bucket: Bucket | None = None
    is_measured: bool = False  # It may send only a few at once.

    def standing(self, kind: str, category: str) -> Mandate | None:
        """The oldest mandate in force that covers such a notice."""
        return next((one for one in self.mandates if one.covers(kind, category)), None)

    def taken_as(self, body: dict[str, Any]) -> str | None:
        """The kind as which a notice is taken, if it is: some need a mandate (I-04)."""
        kind = body["kind"]
        if kind in ENTITLED[self.kind] or self.standing(kind, body["category"]):
            return str(kind)
        return body.get("otherwise")


@dataclass
class Case:
    """A notice."""

    id: str
    sender: str
    recipient: str
    kind: str
    raw: bytes
    mandate: str | None
    received_at: datetime
    leaf_hash: bytes
    state: str = RECEIVED
    ended_at: datetime | None = None  # When it was withdrawn or closed.
    clocks: dict[str, Timer] = field(default_factory=dict)
    delivered_at: datetime | None = None
    seen_at: datetime | None = None
    acknowledged_at: datetime | None = None
    unreachable_since: datetime | None = None
    hands: dict[str, Seat | None] = field(default_factory=dict)  # By side: who has it in hand.
    messages: int = 0
    rulings: list[Ruling] = field(default_factory=list)  # What was decided and asked, in that order.
    evidence: tuple[Exhibit, ...] = ()
    hold: str = ""  # The event that placed the hold that keeps it.
    holds: int = 0
    erased: set[str] = field(default_factory=set)
    linked: bool = True  # To others about the same thing.
    erased_whole: bool = False  # And nothing of it will be looked at again.

    @property
    def words(self) -> bytes:
        """What its sender said, which nobody else says."""
        return str(json.loads(self.raw)["explanation"]).encode()

    @property
    def due_at(self) -> datetime | None:
        """When the first of its running clocks runs out."""
        return min((one.due for one in self.clocks.values() if one.runs), default=None)

    @property
    def next_step(self) -> datetime | None:
        """When the first of its ladders climbs on."""
        return min((one.next_at for one in self.clocks.values() if one.next_at is not None), default=None)

    @property
    def waits_for(self) -> str | None:
        """Whose turn it is of the two sides."""
        return {RECEIVED: self.recipient, ACKNOWLEDGED: self.recipient, NEEDS: self.sender}.get(self.state)

    @property
    def locators(self) -> int:
        """How many links it has: each of those that are drawn is another."""
        return len(json.loads(self.raw)["locators"])

    def sees(self, handle: str) -> bool:
        """Whether a party is one of its two sides."""
        return handle in {self.sender, self.recipient}


@dataclass
class Task:
    """What a ladder asked people of a party to do."""

    id: str
    case: str
    clock: str
    party: str
    step: str
    done: bool = False
    over: bool = False


@dataclass
class Held:
    """A receipt in a client's hands."""

    custody: str
    leaf_hash: bytes


@dataclass
class Model:
    """All of it."""

    key: VerifyKey
    parties: dict[str, Party] = field(default_factory=dict)  # By handle.
    cases: dict[str, Case] = field(default_factory=dict)
    answers: dict[Scope, Given] = field(default_factory=dict)
    receipts: dict[str, Held] = field(default_factory=dict)  # By notice.
    batch_receipts: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    events: list[tuple[str, bytes]] = field(default_factory=list)  # Id and digest of everything the row says.
    heads: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    types: Counter[str] = field(default_factory=Counter)
    last: tuple[Any, str] | None = None  # Time and id of the newest event.
    leaves: dict[str, list[EventRow]] = field(default_factory=dict)  # By notice.
    uploads: dict[str, Named] = field(default_factory=dict)  # That may be named, if their time has not ended.
    contents: dict[bytes, bytes] = field(default_factory=dict)  # Of files, by digest.
    told: int = 0  # Outbox rows.
    tos: dict[str, set[str]] = field(default_factory=dict)  # By event: to whom its outbox rows go, where that varies.
    tasks: dict[str, Task] = field(default_factory=dict)
    rulings: dict[str, Ruling] = field(default_factory=dict)
    duties: dict[str, Duty] = field(default_factory=dict)
    appeals: dict[str, Appeal] = field(default_factory=dict)
    # Events whose reactions are still to be done: event and reaction, since when.
    called: dict[tuple[str, str], datetime] = field(default_factory=dict)
    windows: dict[str, datetime] = field(default_factory=dict)  # By notice: when it is looked at next.
    contacts: dict[str, Contact] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    deliveries: dict[tuple[str, str], Delivery] = field(default_factory=dict)  # By event and address.
    undone: dict[tuple[str, str], datetime] = field(default_factory=dict)  # Rows of the outbox that nobody took yet.
    addressed: dict[str, set[str]] = field(default_factory=dict)  # By event: to whom it goes.
    cases_of: dict[str, str] = field(default_factory=dict)  # By event.
    # By event: who was not reached, and since when, until that is acted upon.
    lost: dict[str, tuple[Contact, datetime]] = field(default_factory=dict)
    tokens_issued: int = 0

    # -- Who is who --

    def seats(self, *roles: str) -> list[Seat]:
        """Every seat of these roles, in the order of enrolment."""
        return [seat for party in self.parties.values() for seat in party.seats if not roles or seat.role in roles]

    def speaking(self, *roles: str) -> list[Seat]:
        """The seats among these with a token, be it in force or not."""
        return [seat for seat in self.seats(*roles) if seat.tokens]

    def addressees(self) -> list[str]:
        """To whom a notice can be sent."""
        return [party.handle for party in self.parties.values() if party.kind in {"platform", "operator"}]

    def in_force(self, seat: Seat, token: Token, *, at: datetime) -> bool:
        """Whether the token opens the door at this time."""
        return seat.active and not token.revoked and (token.expires_at is None or token.expires_at > at)

    def nameable(self, party: str, sha256: bytes, at: datetime) -> list[Named]:
        """The uploads with this digest that a notice of the party may name at this time."""
        return [
            one
            for one in self.uploads.values()
            if (one.row.party, one.row.sha256) == (party, sha256) and one.row.expires_at > at
        ]

    # -- What happened --

    def apply(self, event: EventRow) -> None:
        """Replay an event of a notice on its case."""
        case = self.cases[event.case]
        self.leaves.setdefault(case.id, []).append(event)
        case.state = case.state if event.type in STATE_KEPT else STATE_AFTER[event.type]
        case.linked = case.linked and case.state in OPEN
        if event.type == "notice.acknowledged":
            self._end(case, {ACKNOWLEDGE}, event.at, void=False)
            case.acknowledged_at, case.seen_at = event.at, case.seen_at or event.at
        elif event.type == "notice.withdrawn":
            self._end(case, set(case.clocks), event.at, void=True)
            case.ended_at = event.at
        elif event.type == "information.asked":
            self._end(case, set(), event.at, void=False)
        elif event.type == "decision.made":
            self._end(case, {SAME_DAY}, event.at, void=False)
            case.clocks.setdefault(WINDOW, window(event.at))
        elif event.type == "notice.closed":
            self._end(case, set(case.clocks), event.at, void=True)
            case.ended_at = event.at
        elif event.type == "appeal.lodged":
            case.clocks[WINDOW].end(event.at, void=False)
        elif event.type == "notice.seen":
            case.seen_at = event.at
        elif event.type == "notice.delivered":
            require(case.delivered_at is None, "delivery", f"{case.id} was delivered a second time")
            case.delivered_at = event.at

    def run_out(self, event: EventRow, *, at: datetime) -> None:
        """A clock ran out, as this event says; `at` is when somebody looked."""
        opened = event.opened("clock")
        require(opened is not None, "I-01", f"{event.id} ran a clock out, and nothing opens which")
        case, name = self.cases[event.case], (opened or b"").decode()
        clock = case.clocks.get(name)
        require(clock, "clocks", f"{event.id} is about a clock that {case.id} has not")
        assert clock is not None
        require(clock.breached is None, "clocks", f"{name} of {case.id} ran out a second time")
        require(clock.runs, "clocks", f"{name} of {case.id} ran out, and does not run")
        require(clock.due < at, "clocks", f"{name} of {case.id} ran out at {at}, due is {clock.due}")
        in_channel = (event.sender, event.recipient) == (HOUSE, case.recipient)
        require(in_channel, "I-03", f"{event.id} is in another's channel")
        clock.breached = event.at
        self.apply(event)

    def _end(self, case: Case, names: set[str], at: datetime, *, void: bool) -> None:
        case.unreachable_since = None
        for name in sorted(names):
            clock = case.clocks[name]
            if clock.ended is None:
                clock.end(at, void=void)
                for task in self.tasks.values():
                    if (task.case, task.clock) == (case.id, name) and not task.done:
                        task.over = True

    def addressees_of(self, event: EventRow) -> set[str]:
        """Where the outbox carries an event; where that hangs on more than its row, the act that claimed it says."""
        if event.id in self.tos:
            return self.tos[event.id]
        if event.type in UNTOLD:
            return set(CALLS_FOR.get(event.type, ()))
        handles = {event.recipient}
        if event.type in TOLD_TO_BOTH:
            handles = {self.cases[event.case].sender, self.cases[event.case].recipient}
        return {f"party:{handle}" for handle in handles} | CALLS_FOR.get(event.type, set())

    def case_of(self, event: str) -> str:
        """In which case an event is."""
        return self.cases_of[event]

    def leaf_of(self, case: Case) -> EventRow:
        """The event by which the notice came in."""
        return self.leaves[case.id][0]

    def case_days(self, now: datetime) -> float:
        """Days that all notices together have waited for somebody."""
        waited = sum(((case.ended_at or now) - case.received_at).total_seconds() for case in self.cases.values())
        return waited / 86_400


def exhibits_in(raw: bytes) -> tuple[Exhibit, ...]:
    """The files that a notice names; for child_sexual_abuse their digests alone (I-15)."""
    body = json.loads(raw)
    held = body["category"] != "child_sexual_abuse"
    return tuple(
        Exhibit(bytes.fromhex(one["sha256"]), held, base64.b64decode(one["content"]) if one["content"] else None)
        for one in body.get("evidence") or ()
    )


def digest(raw: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(raw).digest()


def slug_in(problem: dict[str, Any] | None) -> str:
    """The name of a problem, or nothing."""
    return "" if problem is None else str(problem["type"]).removeprefix("urn:mufakat:problem:")
