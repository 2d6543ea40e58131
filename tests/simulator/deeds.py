"""The table of deeds: what may happen in a step, and how often. A later issue adds its row and what the row plans.

A plan only says what is sent, by whom and how; it draws from the world's chance alone and touches nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.houses import NOTICE
from tests.simulator.acts import Submit, Turn
from tests.simulator.bulk import Batch
from tests.simulator.carrying import (
    DEAD,
    TELLERS,
    Bury,
    Deliver,
    Endpoints,
    Expand,
    Replay,
    SetEndpoint,
    Switch,
)
from tests.simulator.content import ALL
from tests.simulator.exhibits import Look, SweepEvidence, Upload
from tests.simulator.keeping import Erase, Place, Release, Sweep, SweepAnswers, SweepNotices
from tests.simulator.measures import IN_FORCE, NARROW, REVOKED, SUSPENDED, WIDE
from tests.simulator.model import ACKNOWLEDGERS, CATEGORIES, ENTITLED, HOUSE, MANDATED, OPEN, RECEIVED, VOICES
from tests.simulator.offices import End, Enrol, Grant, Issue, Move, Register, Revoke
from tests.simulator.people import ROLES
from tests.simulator.reaching import KEEPERS, AnswerDrill, Contacts, Drills, React, Remove, SetContact, TakeBack, Try
from tests.simulator.reads import Directory, List, Show
from tests.simulator.talking import Did, HandOver, Pause, Say, See
from tests.simulator.timers import ACKNOWLEDGE, SAME_DAY
from tests.simulator.working import Climb, Part, RunOut, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from tests.simulator.acts import Act
    from tests.simulator.model import Case, Model, Seat, Token
    from tests.simulator.run import Simulation
    from tests.simulator.world import World

# The seats that a party of a kind begins with.
SEATS_OF = {
    "regulator": ("officer", "approver"),
    "trusted_flagger": ("officer",),
    "court": ("officer",),
    "platform": ("representative", "reviewer", "officer"),
    "operator": ("engineer", "officer", "representative"),
    "member": ("officer",),
    "auditor": ("auditor",),
    "house": ("admin",),
}
KINDS = ("platform", "regulator", "trusted_flagger", "operator", "member", "platform", "court", "auditor", "operator")
LOCATORS = (
    "https://t.me/s/examplechannel/12",
    "https://t.me/examplegroup",
    "https://video.example/watch?v=placeholder",
    "https://forum.example/thread/7",
    "web.example",
)
LARGEST_BATCH = 12


@dataclass
class Plan:
    """What a step sends. ``manner`` is one of MANNERS."""

    acts: Sequence[Act]
    manner: str = "one after the other"


CHORES: Sequence[type[Sweep]] = (SweepNotices, SweepAnswers, SweepEvidence)
MANNERS = ("one after the other", "together", "late", "short queue", "no room", "closed", "restart", "kill")


class Deed(NamedTuple):
    """A row of the table."""

    name: str
    weight: int
    plan: Callable[[Simulation], Plan | None]  # None: nothing of the kind is possible yet.


@dataclass
class Drafts:
    """Made-up notices, each different; nothing in them is drawn but by the given chance."""

    chance: Random
    made: int = field(default=0)

    def sound(self, model: Model, seat: Seat, *, in_batch: bool = False, **changes: Any) -> bytes:
        """A notice that the rules take; now and then one outside of its sender's mandates."""
        self.made += 1
        party = model.parties[seat.handle]
        category = self.chance.choice(CATEGORIES)
        kinds = sorted(ENTITLED[party.kind])
        mandated = sorted(MANDATED.get(party.kind, ()))
        if not (in_batch and party.is_measured):  # What becomes of a batch beyond the measure has tests of its own.
            kinds += [kind for kind in mandated if party.standing(kind, category)]
            if outside := [kind for kind in mandated if kind not in kinds and self.chance.random() < 0.1]:
                kinds = outside
                changes = {"otherwise": self.chance.choice(("user_report", None)), **changes}
        to = [handle for handle in model.addressees() if handle != seat.handle]
        body = {
            **NOTICE,
            "to": self.chance.choice(to),
            "kind": self.chance.choice(kinds),
            "category": category,
            "urgency": self.chance.choice(("normal", "urgent", "emergency")),
            "locators": self.chance.sample(LOCATORS, self.chance.randint(1, 3)),
            "explanation": f"A made-up placeholder, number {self.made}.",
        }
        if body["kind"] not in {"request", "order"} and self.chance.random() < 0.3:
            body |= {"legal_ground": None, "terms_ground": {"document": "Terms", "clause": "4.2"}}
        if self.chance.random() < 0.15:
            body["evidence"] = self.files(model, seat, body["category"])
        return json.dumps({**body, **changes}).encode()

    def files(self, model: Model, seat: Seat, category: str) -> list[dict[str, Any]]:
        """Files that a notice carries inside, or names: its party's own as a rule, and such as are not there."""
        found = []
        for place in range(self.chance.randint(1, 2)):
            known = sorted(model.contents)
            own = sorted(one.row.sha256 for one in model.uploads.values() if one.row.party == seat.party_id)
            sha256 = self.chance.choice(own or known) if known and self.chance.random() < 0.6 else None
            content = None
            if sha256 is None:
                content = self.file()
                sha256 = hashlib.sha256(content).digest()
            if category == "child_sexual_abuse":
                content = None  # A digest alone is taken.
            told = base64.b64encode(content).decode() if content is not None else None
            name = f"capture-{place}.png"
            found.append({"name": name, "media_type": "image/png", "sha256": sha256.hex(), "content": told})
        return found

    def file(self) -> bytes:
        """A made-up file; some are longer than a chunk."""
        self.made += 1
        return f"made-up bytes, number {self.made} ".encode() * self.chance.choice((1, 40, 3_000))

    def bad(self, model: Model, seat: Seat) -> bytes:
        """A notice that the rules refuse, each for a reason of its own."""
        wrong: Sequence[dict[str, Any]] = (
            {"to": "nobody"},
            {"to": HOUSE},
            {"to": seat.handle},
            {"locators": []},
            {"locators": ["nothing to point at, only words"]},
            {"explanation": "   "},
            {"kind": "order", "legal_ground": None, "terms_ground": {"document": "Terms", "clause": "4.2"}},
            {"kind": "user_report", "legal_ground": None, "terms_ground": None},
            {"kind": "no such kind"},
            {"unknown": 1},
            {"content_date": "2031-01-01"},
        )
        return self.sound(model, seat, **{"kind": "user_report", "otherwise": None, **self.chance.choice(wrong)})

    def one(self, model: Model, seat: Seat, *, in_batch: bool = False) -> tuple[bytes, str]:
        """A notice and its flaw, usually none."""
        drawn = self.chance.random()
        if drawn < 0.10:
            return self.bad(model, seat), "bad"
        if drawn < 0.14:
            words = f"A poison placeholder, number {self.made}."
            return self.sound(model, seat, in_batch=in_batch, explanation=words), "poison"
        return self.sound(model, seat, in_batch=in_batch), ""


def submit(sim: Simulation) -> Plan | None:
    """A notice, usually by somebody who may."""
    act = one_submission(sim)
    return Plan([act]) if act else None


def one_submission(sim: Simulation, *, key: str | None = None) -> Submit | None:
    """A notice with its sender."""
    chance = sim.chance
    seats = sim.model.speaking("officer") if chance.random() < 0.93 else sim.model.speaking()
    if not seats:
        return None
    seat = chance.choice(seats)
    raw, flaw = sim.drafts.one(sim.model, seat)
    named = None if chance.random() < 0.02 else key or sim.new_key()
    return Submit(seat, token_of(sim, seat), named, raw, flaw, chance.random() < 0.6)


def token_of(sim: Simulation, seat: Seat) -> Token:
    """A token of the seat: the newest as a rule, sometimes an old one that may have ended."""
    return seat.tokens[-1] if sim.chance.random() < 0.9 else sim.chance.choice(seat.tokens)


def batch(sim: Simulation) -> Plan | None:
    """Good, bad, poisoned, doubled and formerly sent items in one call."""
    chance = sim.chance
    seats = sim.model.speaking("officer")
    if not seats:
        return None
    seat = chance.choice(seats)
    items = [sim.drafts.one(sim.model, seat, in_batch=True) for _ in range(chance.randint(1, LARGEST_BATCH))]
    if chance.random() < 0.4:
        items.append(chance.choice(items))
    former = [act for act in sim.sent if isinstance(act, Batch) and act.seat.handle == seat.handle]
    if former and chance.random() < 0.4:
        items.insert(0, chance.choice(chance.choice(former).items))
    return Plan([Batch(seat, token_of(sim, seat), sim.new_key(), items)])


def rebatch(sim: Simulation) -> Plan | None:
    """A batch that was not answered is sent again with other cuts or under another key; then what it was first."""
    waiting = [act for act in sim.unanswered if isinstance(act, Batch)]
    if not waiting:
        return None
    chance = sim.chance
    former = chance.choice(waiting)
    items = list(former.items)
    if chance.random() < 0.5:
        chance.shuffle(items)
    if chance.random() < 0.5:
        items.append(sim.drafts.one(sim.model, former.seat, in_batch=True))
    key = former.key if chance.random() < 0.2 else sim.new_key()
    return Plan([Batch(former.seat, token_of(sim, former.seat), key, items), former])


def one_turn(sim: Simulation, deed: str, case: Case) -> Turn | None:
    """A deed on a notice, usually by a seat whose deed it is."""
    chance = sim.chance
    side, roles = (case.recipient, ACKNOWLEDGERS) if deed == "acknowledgement" else (case.sender, {"officer"})
    seats = [seat for seat in sim.model.speaking(*roles) if seat.handle == side]
    if not seats or chance.random() < 0.1:
        seats = sim.model.speaking()
    if not seats:
        return None
    seat = chance.choice(seats)
    told = "A slip." if deed == "withdrawal" and chance.random() < 0.95 else chance.choice(("", "Seen."))
    told = "" if deed == "withdrawal" and told == "Seen." else told
    return Turn(seat, token_of(sim, seat), case.id, deed, sim.new_key() if chance.random() < 0.7 else None, told)


def some_case(sim: Simulation) -> Case | None:
    """A notice, rather a new and open one."""
    cases = list(sim.model.cases.values())
    if not cases:
        return None
    recent = [case for case in cases[-30:] if case.state in OPEN]
    return sim.chance.choice(recent if recent and sim.chance.random() < 0.7 else cases)


def acknowledge(sim: Simulation) -> Plan | None:
    """The recipient has it; or somebody else says so."""
    case = some_case(sim)
    act = one_turn(sim, "acknowledgement", case) if case else None
    return Plan([act]) if act else None


def withdraw(sim: Simulation) -> Plan | None:
    """The sender takes it back; or somebody else tries."""
    case = some_case(sim)
    act = one_turn(sim, "withdrawal", case) if case else None
    return Plan([act]) if act else None


def both_at_once(sim: Simulation) -> Plan | None:
    """The recipient acknowledges and the sender withdraws the same notice in the same commit, twice each."""
    case = some_case(sim)
    if case is None:
        return None
    acts = [one_turn(sim, deed, case) for deed in ("acknowledgement", "withdrawal", "acknowledgement", "withdrawal")]
    found = [act for act in acts if act is not None]
    sim.chance.shuffle(found)
    return Plan(found, "together") if found else None


def repeat(sim: Simulation) -> Plan | None:
    """Somebody who was answered, or not, asks again with the same key."""
    keyed = [act for act in sim.sent if act.scope is not None]
    return Plan([sim.chance.choice(keyed)]) if keyed else None


def reuse(sim: Simulation) -> Plan | None:
    """A known key with other content."""
    known = [act for act in sim.sent if isinstance(act, Submit) and act.scope in sim.model.answers]
    if not known:
        return None
    former = sim.chance.choice(known)
    raw = sim.drafts.sound(sim.model, former.seat)
    return Plan([Submit(former.seat, former.token, former.key, raw, "", sim.chance.random() < 0.5)])


def crowd(sim: Simulation) -> Plan | None:
    """Many wait for one commit; some with the same key, the same bytes, or on the same notice."""
    chance = sim.chance
    acts: list[Act] = [act for _ in range(chance.randint(2, 7)) if (act := one_submission(sim)) is not None]
    if acts and chance.random() < 0.5:
        acts.insert(chance.randrange(len(acts)), chance.choice(acts))
    if (case := some_case(sim)) and (turn := one_turn(sim, "acknowledgement", case)):
        acts.append(turn)
    if chance.random() < 0.3 and (plan := batch(sim)):
        acts.extend(plan.acts)
        if chance.random() < 0.4 and (plan := batch(sim)):
            acts.extend(plan.acts)  # They take turns, or finish in the other order.
    manner = chance.choices(("together", "late", "short queue"), (8, 1, 1))[0]
    return Plan(acts, manner) if acts else None


def listed(sim: Simulation) -> Plan | None:
    """A party reads its list."""
    seats = sim.model.speaking()
    if not seats:
        return None
    seat, chance = sim.chance.choice(seats), sim.chance
    state = chance.choice(("", "", "", "received", "acknowledged", "withdrawn"))
    to = chance.choice(sim.model.addressees()) if chance.random() < 0.2 else ""
    return Plan([List(seat, token_of(sim, seat), state, to)])


def shown(sim: Simulation) -> Plan | None:
    """A notice is read by its own sides, and then by a stranger."""
    case, seats = some_case(sim), sim.model.speaking()
    if case is None or not seats:
        return None
    own = [seat for seat in seats if case.sees(seat.handle)]
    strangers = [seat for seat in seats if not case.sees(seat.handle)]
    found = [sim.chance.choice(some) for some in (own, strangers) if some]
    part = sim.chance.choice(("", "events", "receipt"))
    return Plan([Show(seat, token_of(sim, seat), case.id, part) for seat in found])


def parties(sim: Simulation) -> Plan | None:
    """Somebody reads who is registered."""
    seats = sim.model.speaking()
    if not seats:
        return None
    seat = sim.chance.choice(seats)
    return Plan([Directory(seat, token_of(sim, seat))])


def register(sim: Simulation) -> Plan | None:
    """A party joins, or one that is there already is registered again."""
    known = list(sim.model.parties)
    if len(known) >= 2 * sim.founded or (known and sim.chance.random() < 0.1):
        return Plan([Register(sim.chance.choice(known[1:] or known), "member")]) if known[1:] else None
    kind = sim.chance.choice(KINDS)
    handle = f"{kind.replace('_', '-')}-{len(known)}"
    return Plan([Register(handle, kind), *([some_grant(sim, handle, kind)] if kind in MANDATED else [])])


def some_grant(sim: Simulation, handle: str, kind: str, *, narrow: bool | None = None) -> Grant:
    """A mandate for all that such a party can hold one for, or for some of it."""
    chance = sim.chance
    kinds, categories = sorted(MANDATED[kind]), list(CATEGORIES)
    if chance.random() < 0.5:
        kinds = sorted(chance.sample(kinds, chance.randint(1, len(kinds))))
        categories = sorted(chance.sample(categories, chance.randint(2, len(categories))))
    is_narrow = chance.random() < 0.3 if narrow is None else narrow
    return Grant(handle, tuple(kinds), NARROW if is_narrow else WIDE, tuple(categories))


def mandated(sim: Simulation) -> Plan | None:
    """A mandate is suspended, resumed, revoked, or one more is granted; sometimes as its holder sends."""
    chance = sim.chance
    holders = [party for party in sim.model.parties.values() if party.kind in MANDATED]
    if not holders:
        return None
    party = chance.choice(holders)
    in_force = [one for one in party.mandates if one.state == IN_FORCE]
    if not in_force and chance.random() < 0.5:
        return Plan([some_grant(sim, party.handle, party.kind, narrow=party.is_measured)])
    if not party.mandates:
        return None
    act = Move(party, chance.choice(party.mandates), chance.choice((SUSPENDED, SUSPENDED, IN_FORCE, REVOKED)))
    seats = [seat for seat in sim.model.speaking("officer") if seat.handle == party.handle]
    if seats and act.to != IN_FORCE and chance.random() < 0.4:
        sends = [submitted(sim, chance.choice(seats)) for _ in range(chance.randint(1, 3))]
        return Plan([act, *sends], "together")
    return Plan([act, *([act] if chance.random() < 0.2 else [])])


def submitted(sim: Simulation, seat: Seat) -> Submit:
    """A sound notice by this seat."""
    raw = sim.drafts.sound(sim.model, seat, otherwise=None)
    return Submit(seat, token_of(sim, seat), sim.new_key(), raw, "", sim.chance.random() < 0.6)


def rushed(sim: Simulation) -> Plan | None:
    """Somebody whose measure is small sends much, at once or in a row; then again after a few minutes."""
    chance = sim.chance
    seats = [seat for seat in sim.model.speaking("officer") if sim.model.parties[seat.handle].is_measured]
    if not seats:
        return None
    seat = chance.choice(seats)
    acts: list[Act] = [submitted(sim, seat) for _ in range(chance.randint(4, 9))]
    if chance.random() < 0.5:
        return Plan(acts, "together")
    return Plan([*acts, Wait(sim.world.clock, timedelta(minutes=2)), *(submitted(sim, seat) for _ in range(3))])


def enrol(sim: Simulation) -> Plan | None:
    """A party gets a person; first into the seats it needs, then beside one who is ended."""
    for party in sim.model.parties.values():
        taken = {seat.role for seat in party.seats if seat.active}
        for role in SEATS_OF[party.kind]:
            if role not in taken:
                ordinal = 1 + sum(seat.role == role for seat in party.seats)
                return Plan([Enrol(party, role, ordinal)])
    party = sim.chance.choice(list(sim.model.parties.values()))
    return Plan([Enrol(party, SEATS_OF[party.kind][0], sim.chance.randint(1, 3))])


def issue(sim: Simulation) -> Plan | None:
    """A seat gets a token: first one that has none, sometimes one that ends by itself."""
    seats = sim.model.seats()
    if not seats:
        return None
    bare = [seat for seat in seats if seat.active and all(token.revoked for token in seat.tokens)]
    seat = bare[0] if bare else sim.chance.choice(seats)
    ends = sim.world.clock.reading + timedelta(days=sim.chance.randint(1, 90)) if sim.chance.random() < 0.3 else None
    return Plan([Issue(seat, ends)])


def revoke(sim: Simulation) -> Plan | None:
    """A token ends that the process has just seen; the next request with it finds the door shut."""
    seats = sim.model.speaking()
    if not seats:
        return None
    seat = sim.chance.choice(seats)
    token = sim.chance.choice(seat.tokens)
    look = List(seat, token)
    return Plan([look, Revoke(seat, token), look, Revoke(seat, token), Issue(seat)])


def end(sim: Simulation) -> Plan | None:
    """A person leaves; the seat's tokens end with them."""
    seats = [seat for seat in sim.model.speaking() if seat.ordinal < 4]
    if len(seats) < 6:
        return None
    seat = sim.chance.choice(seats)
    look = List(seat, seat.tokens[-1])
    return Plan([look, End(seat), look])


def uploaded(sim: Simulation) -> Plan | None:
    """A file is uploaded, sometimes one that is there already; then, as a rule, notices name it."""
    chance, seats = sim.chance, sim.model.speaking("officer")
    if not seats:
        return None
    seat = chance.choice(seats)
    known = [sim.model.contents[one] for one in sorted(sim.model.contents)]
    content = chance.choice(known) if known and chance.random() < 0.3 else sim.drafts.file()
    token = token_of(sim, seat)
    acts: list[Act] = [Upload(seat, token, content, chance.random() < 0.5)]
    named = {"name": "f.png", "media_type": "image/png", "sha256": acts[0].sha256.hex(), "content": None}  # type: ignore[attr-defined]
    for _ in range(chance.randint(0, 2)):
        raw = sim.drafts.sound(sim.model, seat, evidence=[named])
        acts.append(Submit(seat, token, sim.new_key(), raw, "", chance.random() < 0.6))
    return Plan(acts)


def looked(sim: Simulation) -> Plan | None:
    """The files of a notice are listed and read, by its sides and by a stranger."""
    cases = [case for case in sim.model.cases.values() if case.evidence]
    seats = sim.model.speaking()
    if not cases or not seats:
        return None
    erased = [case for case in cases if "evidence" in case.erased]
    case = sim.chance.choice(erased if erased and sim.chance.random() < 0.4 else cases)
    own = [seat for seat in seats if case.sees(seat.handle)]
    strangers = [seat for seat in seats if not case.sees(seat.handle)]
    found = [sim.chance.choice(some) for some in (own, strangers) if some]
    places = (None, sim.chance.randrange(len(case.evidence)), 7)
    return Plan([Look(seat, token_of(sim, seat), case, place) for seat in found for place in places])


def held(sim: Simulation) -> Plan | None:
    """A hold is placed or released, sometimes where there is one, or none."""
    cases = list(sim.model.cases.values())
    if not cases:
        return None
    kept = [case for case in cases if case.hold]
    if kept and sim.chance.random() < 0.5:
        return Plan([Release(sim.chance.choice(kept))])
    case = sim.chance.choice(cases)
    return Plan([Release(case) if sim.chance.random() < 0.1 else Place(case)])


def some_classes(sim: Simulation) -> tuple[str, ...]:
    """All classes, as a rule, or some."""
    chance = sim.chance
    classes = sorted(ALL)
    return tuple(classes if chance.random() < 0.6 else sorted(chance.sample(classes, chance.randint(1, 3))))


def erased(sim: Simulation) -> Plan | None:
    """The operator erases; sometimes twice, sometimes what is under a hold."""
    cases = list(sim.model.cases.values())
    if not cases:
        return None
    act = Erase(sim.chance.choice(cases), some_classes(sim))
    return Plan([act, act] if sim.chance.random() < 0.2 else [act])


def erased_at_once(sim: Simulation) -> Plan | None:
    """The operator erases what both sides move and the law wants to keep; the lane of the erasure is first."""
    case = some_case(sim)
    if case is None:
        return None
    acts = [one_turn(sim, deed, case) for deed in ("acknowledgement", "withdrawal")]
    rest: list[Act] = [act for act in acts if act is not None]
    sim.chance.shuffle(rest)
    return Plan(
        [Erase(case, some_classes(sim)), *rest, *([Place(case)] if sim.chance.random() < 0.3 else [])], "together"
    )


def swept(sim: Simulation) -> Plan | None:
    """The chores of housekeeping, or some of them."""
    chores: list[Act] = [chore(sim.world.clock) for chore in CHORES]
    return Plan(chores if sim.chance.random() < 0.5 else [sim.chance.choice(chores)])


def no_room(sim: Simulation) -> Plan | None:
    """The disk is full: reading goes on, and nothing is stored by halves."""
    acts = [plan.acts[0] for make in (submit, acknowledge, listed) if (plan := make(sim))]
    return Plan(acts, "no room")


def closed(sim: Simulation) -> Plan | None:
    """Somebody knocks while the process starts or stops."""
    acts = [plan.acts[0] for make in (submit, withdraw, listed) if (plan := make(sim))]
    return Plan(acts, "closed")


def restart(sim: Simulation) -> Plan | None:
    """The process ends in order and starts again."""
    del sim
    return Plan([], "restart")


def kill(sim: Simulation) -> Plan | None:
    """The process is killed between two steps."""
    del sim
    return Plan([], "kill")


def seats_of_sides(sim: Simulation, case: Case, *roles: str) -> list[Seat]:
    """Who may speak within a notice, as a rule; sometimes anybody."""
    seats = [seat for seat in sim.model.speaking(*roles) if case.sees(seat.handle)]
    return seats if seats and sim.chance.random() < 0.9 else sim.model.speaking()


def perhaps(sim: Simulation) -> str | None:
    """A key, as a rule."""
    return sim.new_key() if sim.chance.random() < 0.7 else None


def seen(sim: Simulation) -> Plan | None:
    """Somebody of the recipient looks at a notice and says so."""
    case = some_case(sim)
    if case is None:
        return None
    seats = [seat for seat in sim.model.speaking(*ACKNOWLEDGERS) if seat.handle == case.recipient]
    seats = seats if seats and sim.chance.random() < 0.9 else sim.model.speaking()
    if not seats:
        return None
    seat = sim.chance.choice(seats)
    return Plan([See(seat, token_of(sim, seat), perhaps(sim), case.id)])


def spoken(sim: Simulation) -> Plan | None:
    """The two sides write to each other, sometimes at the same moment, and as the notice ends."""
    case = some_case(sim)
    if case is None or not (seats := seats_of_sides(sim, case, *VOICES)):
        return None
    acts: list[Act] = []
    for _ in range(sim.chance.randint(1, 3)):
        seat = sim.chance.choice(seats)
        sim.drafts.made += 1
        text = f"A made-up word, number {sim.drafts.made}."
        acts.append(Say(seat, token_of(sim, seat), sim.new_key(), case.id, text))
    if sim.chance.random() < 0.3 and (turn := one_turn(sim, "withdrawal", case)):
        acts.append(turn)
        return Plan(acts, "together")
    return Plan(acts)


def handed(sim: Simulation) -> Plan | None:
    """A notice goes into a colleague's hands, or back into everybody's."""
    case = some_case(sim)
    if case is None or not (seats := seats_of_sides(sim, case, *VOICES)):
        return None
    seat = sim.chance.choice(seats)
    colleagues = [one.name for one in sim.model.parties[seat.handle].seats]
    to = sim.chance.choice([*colleagues, *colleagues, "", "reviewer-9"])
    return Plan([HandOver(seat, token_of(sim, seat), perhaps(sim), case.id, to)])


def rested(sim: Simulation) -> Plan | None:
    """A clock rests for a while, or is asked to by whom it counts for; sometimes the notice ends meanwhile."""
    chance = sim.chance
    if chance.random() < 0.6 and (made := one_submission(sim)):
        pause, resume = [
            Pause(made.seat, made.token, perhaps(sim), "", name, going_on, sim.model)
            for name in [chance.choice((ACKNOWLEDGE, ACKNOWLEDGE, SAME_DAY))]
            for going_on in (False, True)
        ]
        return Plan(
            [made, waited(sim), pause, waited(sim), *worked(sim.world), resume, waited(sim), *worked(sim.world)]
        )
    paused = [case for case in sim.model.cases.values() if any(one.paused for one in case.clocks.values())]
    case = chance.choice(paused) if paused and chance.random() < 0.5 else some_case(sim)
    if case is None or not (seats := seats_of_sides(sim, case, *VOICES)):
        return None
    name = chance.choice((ACKNOWLEDGE, ACKNOWLEDGE, SAME_DAY, "no_such_clock"))
    acts: list[Act] = []
    for _ in range(chance.randint(1, 4)):
        seat = chance.choice(seats)
        going_on = chance.random() < (0.5 if acts or case in paused else 0.2)
        acts.append(Pause(seat, token_of(sim, seat), perhaps(sim), case.id, name, going_on))
        acts.append(waited(sim))
    return Plan(acts)


PARTS: Sequence[type[Part]] = (RunOut, Climb, React, Drills)


def worked(world: World) -> list[Part]:
    """Every part of the worker once, in the order of its table."""
    clocks, ladders, reactions, drills = [part(world.clock) for part in PARTS]
    return [clocks, ladders, reactions, *posted(world), drills]


def posted(world: World) -> list[Part]:
    """The parts that carry out what the outbox holds."""
    return [
        Expand(world.clock),
        Deliver(world.clock, way=world.way),
        Bury(world.clock, way=world.way),
    ]


def waited(sim: Simulation) -> Wait:
    """A while: minutes, hours or a day."""
    minutes = sim.chance.choice((0, 5, 16, 61, 61, 125, 240, 400, 1_500))
    return Wait(sim.world.clock, timedelta(minutes=minutes))


def did(sim: Simulation) -> Plan | None:
    """Somebody does what a ladder asked, twice perhaps, or takes it back."""
    tasks = list(sim.model.tasks.values())
    seats = sim.model.speaking(*VOICES)
    if not tasks or not seats:
        return None
    task = sim.chance.choice(tasks[-8:])
    own = [seat for seat in seats if seat.handle == task.party]
    seat = sim.chance.choice(own if own and sim.chance.random() < 0.85 else seats)
    return Plan(
        [
            Did(seat, token_of(sim, seat), perhaps(sim), task, sim.chance.random() < 0.3)
            for _ in range(sim.chance.randint(1, 2))
        ]
    )


def ignored(sim: Simulation) -> Plan | None:
    """A notice is not answered: hours pass, the worker goes its rounds, and perhaps somebody answers in the end."""
    chance = sim.chance
    acts: list[Act] = [act for act in [one_submission(sim)] if act is not None]
    recent = [case for case in list(sim.model.cases.values())[-20:] if case.state == RECEIVED]
    for _ in range(chance.randint(1, 4)):
        acts += [waited(sim), *worked(sim.world)]
        if recent and chance.random() < 0.2 and (turn := one_turn(sim, "acknowledgement", chance.choice(recent))):
            acts.append(turn)
    return Plan(acts)


def worked_on(sim: Simulation) -> Plan | None:
    """The worker's parts, or one of them, sometimes twice: whoever else works finds it done."""
    parts = worked(sim.world)
    if sim.chance.random() < 0.4:
        return Plan([sim.chance.choice(parts)] * 2)
    return Plan(parts)


def climbed_at_once(sim: Simulation) -> Plan | None:
    """The worker's turn comes together with the answer that it would have asked for."""
    case = some_case(sim)
    act = one_turn(sim, "acknowledgement", case) if case else None
    if act is None:
        return None
    part = sim.chance.choice((RunOut, Climb))(sim.world.clock, alone=False)
    return Plan([part, act], "together")


def contacted(sim: Simulation) -> Plan | None:
    """A party sets its contacts: a new one, a change, a change taken back, one removed."""
    chance = sim.chance
    seats = sim.model.speaking(*KEEPERS) if chance.random() < 0.9 else sim.model.speaking()
    if not seats:
        return None
    seat = chance.choice(seats)
    token = token_of(sim, seat)
    own = [one for one in sim.model.contacts.values() if one.party == seat.handle and not one.removed]
    any_ = list(sim.model.contacts.values())
    contact = chance.choice(own if own and chance.random() < 0.9 else any_) if any_ else None
    drawn = chance.random()
    if contact is None or (drawn < 0.45 and len(own) < 6):
        return Plan([card(sim, seat, token, "") for _ in range(chance.randint(1, 2))])
    if drawn < 0.7:
        act: Act = card(sim, seat, token, contact.id)
        if chance.random() < 0.4:
            return Plan([act, TakeBack(seat, token, perhaps(sim), contact.id)])
    elif drawn < 0.8:
        act = TakeBack(seat, token, perhaps(sim), contact.id)
    elif drawn < 0.9:
        act = Remove(seat, token, perhaps(sim), contact.id)
    else:
        act = Try(seat, token, sim.new_key(), contact.id)
    return Plan([act])


def card(sim: Simulation, seat: Seat, token: Token, contact: str) -> SetContact:
    """A made-up contact."""
    chance = sim.chance
    sim.drafts.made += 1
    role = sim.model.contacts[contact].role if contact else chance.choice(ROLES)
    told = (role, chance.randint(1, 3), chance.random() < 0.4, chance.random() < 0.7)
    return SetContact(seat, token, sim.new_key(), contact, *told, sim.drafts.made)


def tried(sim: Simulation) -> Plan | None:
    """The worker tries contacts; in time, late or never somebody answers, sometimes an old test message."""
    chance, clock = sim.chance, sim.world.clock
    acts: list[Act] = [Drills(clock), waited(sim)]
    known = [(one, drill) for one in sim.model.contacts.values() for drill in one.drills]
    fresh = [(one, drill) for one, drill in known if drill.is_open or drill.missed]
    many = chance.randint(0, 3) if known else 0
    acts += [AnswerDrill(*chance.choice(fresh if fresh and chance.random() < 0.9 else known)) for _ in range(many)]
    return Plan([*acts, waited(sim), Drills(clock), React(clock), Climb(clock)])


def endpoint(sim: Simulation) -> Plan | None:
    """A party says where it wants to be told, or that an address is to be told nothing, or again."""
    chance = sim.chance
    seats = sim.model.speaking(*TELLERS) if chance.random() < 0.9 else sim.model.speaking()
    if not seats:
        return None
    seat = chance.choice(seats)
    own = [one for one in sim.model.endpoints.values() if one.party == seat.handle]
    if len(own) < 2 and chance.random() < 0.7:
        many = chance.randint(1, 2)
        sim.drafts.made += many
        numbers = range(sim.drafts.made, sim.drafts.made + many)
        return Plan([SetEndpoint(seat, token_of(sim, seat), sim.new_key(), number) for number in numbers])
    known = own if own and chance.random() < 0.9 else list(sim.model.endpoints.values())
    if not known:
        return None
    return Plan([Switch(seat, token_of(sim, seat), None, chance.choice(known).id, chance.random() < 0.6)])


def delivered(sim: Simulation) -> Plan | None:
    """The worker carries, waits, and carries again; now and then it is killed in between, by what fails in a step."""
    rounds = [[*posted(sim.world), waited(sim)] for _ in range(sim.chance.randint(1, 4))]
    return Plan([act for acts in rounds for act in acts])


def replayed(sim: Simulation) -> Plan | None:
    """The operator has a dead letter tried anew; sometimes what is none."""
    known = list(sim.model.deliveries.values())
    dead = [one for one in known if one.state == DEAD]
    if not known:
        return None
    return Plan([Replay(sim.chance.choice(dead if dead and sim.chance.random() < 0.9 else known))])


def endpoints_shown(sim: Simulation) -> Plan | None:
    """Somebody reads where their party is told, and what it was told."""
    seats = sim.model.speaking()
    seat = sim.chance.choice(seats) if seats else None
    return Plan([Endpoints(seat, token_of(sim, seat), of_events) for of_events in (False, True)]) if seat else None


def contacts_shown(sim: Simulation) -> Plan | None:
    """Somebody reads the contacts of their party."""
    seats = sim.model.speaking()
    seat = sim.chance.choice(seats) if seats else None
    return Plan([Contacts(seat, token_of(sim, seat))]) if seat else None


DEEDS: Sequence[Deed] = (
    Deed("submit", 220, submit),
    Deed("batch", 60, batch),
    Deed("rebatch", 30, rebatch),
    Deed("acknowledge", 120, acknowledge),
    Deed("withdraw", 50, withdraw),
    Deed("both at once", 20, both_at_once),
    Deed("repeat", 70, repeat),
    Deed("reuse", 25, reuse),
    Deed("crowd", 50, crowd),
    Deed("list", 60, listed),
    Deed("show", 90, shown),
    Deed("parties", 8, parties),
    Deed("register", 12, register),
    Deed("enrol", 16, enrol),
    Deed("issue", 20, issue),
    Deed("revoke", 20, revoke),
    Deed("end", 5, end),
    Deed("upload", 40, uploaded),
    Deed("look", 25, looked),
    Deed("hold", 16, held),
    Deed("erase", 20, erased),
    Deed("erase at once", 10, erased_at_once),
    Deed("sweep", 30, swept),
    Deed("see", 30, seen),
    Deed("say", 45, spoken),
    Deed("hand over", 25, handed),
    Deed("rest", 40, rested),
    Deed("task", 25, did),
    Deed("ignored", 50, ignored),
    Deed("work", 50, worked_on),
    Deed("contact", 60, contacted),
    Deed("drill", 40, tried),
    Deed("contacts", 15, contacts_shown),
    Deed("endpoint", 45, endpoint),
    Deed("deliver", 50, delivered),
    Deed("replay", 20, replayed),
    Deed("endpoints", 15, endpoints_shown),
    Deed("mandate", 40, mandated),
    Deed("rush", 20, rushed),
    Deed("climb at once", 10, climbed_at_once),
    Deed("no room", 12, no_room),
    Deed("closed", 6, closed),
    Deed("restart", 8, restart),
    Deed("kill", 12, kill),
)
