"""The table of deeds: what may happen in a step, and how often. A later issue adds its row and what the row plans.

A plan only says what is sent, by whom and how; it draws from the world's chance alone and touches nothing.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulator.acts import Submit
from tests.simulator.bulk import Batch
from tests.simulator.content import ALL
from tests.simulator.drafts import (
    KINDS,
    LARGEST_BATCH,
    SEATS_OF,
    Deed,
    Plan,
    one_submission,
    one_turn,
    some_case,
    token_of,
)
from tests.simulator.duties import (
    climbed_at_once,
    contacted,
    contacts_shown,
    delivered,
    did,
    endpoint,
    endpoints_shown,
    handed,
    ignored,
    mandated,
    replayed,
    rested,
    rushed,
    seen,
    some_grant,
    spoken,
    tried,
    worked_on,
)
from tests.simulator.exhibits import Look, SweepEvidence, Upload
from tests.simulator.keeping import Erase, Place, Release, Sweep, SweepAnswers, SweepNotices
from tests.simulator.model import MANDATED
from tests.simulator.offices import End, Enrol, Issue, Register, Revoke
from tests.simulator.reads import Directory, List, Show
from tests.simulator.verdicts import (
    carried_out,
    closed_in_time,
    contested,
    decided,
    reversed_in_the_end,
    rulings_shown,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulator.acts import Act
    from tests.simulator.run import Simulation

# The seats that a party of a kind begins with.

CHORES: Sequence[type[Sweep]] = (SweepNotices, SweepAnswers, SweepEvidence)


def submit(sim: Simulation) -> Plan | None:
    """A notice, usually by somebody who may."""
    act = one_submission(sim)
    return Plan([act]) if act else None


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


def enrol(sim: Simulation) -> Plan | None:
    """A party gets a person; first into the seats it needs, then beside one who is ended."""
    for party in sim.model.parties.values():
        taken = Counter(seat.role for seat in party.seats if seat.active)
        for role, wanted in Counter(SEATS_OF[party.kind]).items():
            if taken[role] < wanted:
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
    Deed("decide", 110, decided),
    Deed("carry out", 80, carried_out),
    Deed("contest", 90, contested),
    Deed("reverse", 90, reversed_in_the_end),
    Deed("close", 12, closed_in_time),
    Deed("decisions", 25, rulings_shown),
    Deed("no room", 12, no_room),
    Deed("closed", 6, closed),
    Deed("restart", 8, restart),
    Deed("kill", 12, kill),
)
