"""Plans of what comes of a notice: it is decided, what was decided is carried out, undone, and told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulator.contesting import LODGED, Close, Lodge, LodgeByCode, Resolve
from tests.simulator.deciding import Decide, EndMeasures, Give, Informed, Moved, Ruled
from tests.simulator.drafts import Plan, one_turn, ruling, some_case, token_of
from tests.simulator.duties import perhaps, waited
from tests.simulator.model import ACKNOWLEDGED, NEEDS, RECEIVED
from tests.simulator.reaching import React
from tests.simulator.rulings import ORDERED, PROPOSED, REVERTING
from tests.simulator.talking import Say
from tests.simulator.working import Wait

if TYPE_CHECKING:
    from tests.simulator.acts import Act
    from tests.simulator.contesting import Appeal
    from tests.simulator.model import Case, Seat
    from tests.simulator.rulings import Duty, Ruling
    from tests.simulator.run import Simulation


def of_platform(sim: Simulation, case: Case, *roles: str) -> Seat | None:
    """Somebody of the platform in one of these roles, as a rule; sometimes anybody."""
    seats = [seat for seat in sim.model.speaking(*roles) if seat.handle == case.recipient]
    if not seats or sim.chance.random() < 0.08:
        seats = sim.model.speaking()
    return sim.chance.choice(seats) if seats else None


def one_decision(sim: Simulation, case: Case) -> Decide | None:
    """A decision on a notice, by a reviewer as a rule."""
    seat = of_platform(sim, case, "reviewer")
    if seat is None:
        return None
    body, flaw = ruling(sim, case)
    key = sim.new_key() if sim.chance.random() < 0.97 else None
    return Decide(seat, token_of(sim, seat), key, case.id, body, flaw)


def some_ripe_case(sim: Simulation) -> Case | None:
    """A notice that a platform has in hand; sometimes any."""
    cases = list(sim.model.cases.values())
    platforms = [case for case in cases if sim.model.parties[case.recipient].kind == "platform"]
    ripe = [case for case in platforms if case.state in {ACKNOWLEDGED, NEEDS}]
    new = [case for case in platforms if case.state == RECEIVED]
    if ripe and sim.chance.random() < 0.7:
        return sim.chance.choice(ripe[-20:])
    return sim.chance.choice(new[-20:]) if new and sim.chance.random() < 0.9 else some_case(sim)


def decided(sim: Simulation) -> Plan | None:
    """A notice is decided or asked about, by one, by two at once, or while its sender writes or takes it back."""
    case, chance = some_ripe_case(sim), sim.chance
    if case is None or (decision := one_decision(sim, case)) is None:
        return None
    acts: list[Act] = []
    if case.state == RECEIVED and chance.random() < 0.9 and (turn := one_turn(sim, "acknowledgement", case)):
        acts.append(turn)
    acts.append(decision)
    if case.state == NEEDS and chance.random() < 0.6 and (said := answered(sim, case)):
        acts.insert(0, said)
    drawn = chance.random()
    if drawn < 0.25:
        rivals = [one_decision(sim, case), one_turn(sim, "withdrawal", case), answered(sim, case)]
        acts += [act for act in rivals if act is not None and chance.random() < 0.6]
        chance.shuffle(acts)
        return Plan(acts, "together")
    if drawn < 0.5 and (again := one_decision(sim, case)):
        acts += [waited(sim), again]  # Once more: what was asked is decided, what was decided stays.
    return Plan(acts)


def answered(sim: Simulation, case: Case) -> Say | None:
    """The sender writes: where information was asked, that is the answer."""
    seats = [seat for seat in sim.model.speaking("officer") if seat.handle == case.sender]
    if not seats:
        return None
    seat = sim.chance.choice(seats)
    sim.drafts.made += 1
    return Say(seat, token_of(sim, seat), sim.new_key(), case.id, f"A made-up answer, number {sim.drafts.made}.")


def moved(sim: Simulation, duty: Duty) -> Moved | None:
    """Somebody of the platform does something about a measure: what it waits for, as a rule."""
    chance = sim.chance
    seat = of_platform(sim, duty.ruling.case, "reviewer", "representative")
    if seat is None:
        return None
    ways = {
        PROPOSED: ("approval", "approval", "declining"),
        ORDERED: ("confirmation", "confirmation", "failure"),
        REVERTING: ("confirmation", "confirmation", "failure"),
    }
    deed = chance.choice(ways.get(duty.state, ("confirmation",)))
    if chance.random() < 0.1:
        deed = chance.choice(("approval", "declining", "confirmation", "failure"))
    words = "A made-up word." if deed in {"declining", "failure"} or chance.random() < 0.3 else ""
    return Moved(seat, token_of(sim, seat), perhaps(sim), duty, deed, words if chance.random() > 0.03 else "")


def carried_out(sim: Simulation) -> Plan | None:
    """Measures are approved, confirmed, failed, or their time ends; statements are given, decisions seen."""
    chance = sim.chance
    waiting = [one for one in sim.model.duties.values() if one.waits]
    duties = waiting if waiting and chance.random() < 0.85 else list(sim.model.duties.values())
    many = chance.randint(1, 4) if duties else 0
    acts: list[Act | None] = [moved(sim, chance.choice(duties[-30:])) for _ in range(many)]
    rulings = list(sim.model.rulings.values())
    if rulings and chance.random() < 0.4:
        one = chance.choice(rulings[-20:])
        seat = of_platform(sim, one.case, "reviewer", "representative")
        if one.statement and seat:
            acts.append(Give(seat, token_of(sim, seat), perhaps(sim), one))
        seats = [seat for seat in sim.model.speaking("officer") if seat.handle == one.case.sender]
        who = chance.choice(seats) if seats and chance.random() < 0.9 else seat
        if who:
            acts.append(Informed(who, token_of(sim, who), perhaps(sim), one))
    made = [act for act in acts if act is not None]
    if made and chance.random() < 0.3:
        ends: list[Act] = [EndMeasures(sim.world.clock, alone=False)] if chance.random() < 0.3 else []
        return Plan([*ends, *made], "together")  # A part of the worker has the second lane, which comes first.
    return Plan([*made, EndMeasures(sim.world.clock)]) if made else None


LEVELS = ("internal", "internal", "internal", "internal", "judicial", "out_of_court")
OUTCOMES = ("upheld", "reversed", "reversed", "partly", "inadmissible")


def lodged(sim: Simulation, one: Ruling) -> Act | None:
    """Somebody contests a decision: a side of its notice, whoever has the code, or somebody who may not."""
    chance = sim.chance
    sim.drafts.made += 1
    words = f"A made-up objection, number {sim.drafts.made}."
    platform = [seat for seat in sim.model.speaking("reviewer", "representative") if seat.handle == one.case.recipient]
    if one.acts and platform and chance.random() < 0.5:
        seat = platform[0]
        code = one.code if chance.random() < 0.97 else "0000-0000-0000-0000-0000-0000-00"
        return LodgeByCode(
            seat,
            seat.tokens[-1],
            sim.new_key(),
            one,
            words,
            claims=chance.choice(("uploader", "third_party")),
            code=code,
        )
    seats = [seat for seat in sim.model.speaking("officer", "representative") if one.case.sees(seat.handle)]
    if not seats or chance.random() < 0.08:
        seats = sim.model.speaking()
    if not seats:
        return None
    seat = chance.choice(seats)
    key = sim.new_key() if chance.random() < 0.97 else None
    return Lodge(seat, token_of(sim, seat), key, one, words, chance.choice(LEVELS))


def resolved(sim: Simulation, appeal: Appeal) -> Resolve | None:
    """Somebody of the platform resolves an appeal; sometimes who decided tries to."""
    chance, ruling = sim.chance, appeal.ruling
    seat = of_platform(sim, ruling.case, "reviewer")
    if seat is None:
        return None
    others = [one for one in sim.model.speaking("reviewer") if one.handle == seat.handle and one is not ruling.decider]
    if others and chance.random() < 0.75:
        seat = chance.choice(others)
    outcome = chance.choice(OUTCOMES)
    named = ruling.duties[:1] if outcome == "partly" and chance.random() < 0.9 else []
    words = "A made-up reason for it." if chance.random() < 0.95 else "No."
    return Resolve(seat, token_of(sim, seat), perhaps(sim), appeal, outcome, words, tuple(named))


def contested(sim: Simulation) -> Plan | None:
    """Decisions are contested and resolved, one after the other or at once; what was reversed is undone, or decided."""
    chance, clock = sim.chance, sim.world.clock
    rulings = [one for one in sim.model.rulings.values() if one.statement]
    if not rulings:
        return None
    standing = [one for one in rulings if one.stands and one.until and one.until > clock.reading]
    one = chance.choice(standing[-20:] if standing and chance.random() < 0.85 else rulings[-40:])
    acts: list[Act | None] = []
    readers = [seat for seat in sim.model.speaking("reviewer") if seat.handle == one.case.recipient]
    if one.acts and not one.code and readers:
        acts.append(Ruled(readers[0], token_of(sim, readers[0]), one))
        return Plan([act for act in acts if act is not None])
    acts += [lodged(sim, one) for _ in range(chance.choice((0, 1, 1, 2)))]
    waiting = [appeal for appeal in sim.model.appeals.values() if appeal.state == LODGED]
    known = waiting if waiting and chance.random() < 0.9 else list(sim.model.appeals.values())
    acts += [resolved(sim, chance.choice(known[-20:])) for _ in range(chance.choice((0, 1, 1, 2)) if known else 0)]
    made = [act for act in acts if act is not None]
    if made and chance.random() < 0.3:
        rivals: list[Act | None] = [one_decision(sim, one.case), *(moved(sim, duty) for duty in one.duties[:2])]
        made += [act for act in rivals if act is not None and chance.random() < 0.4]
        chance.shuffle(made)
        part: list[Act] = [Close(clock, alone=False)] if chance.random() < 0.4 else []
        return Plan([*part, *made], "together")
    return Plan([*made, React(clock), Close(clock)]) if made else None


def objection(sim: Simulation, one: Ruling) -> Act | None:
    """Whoever is affected contests what was done, and the sender what was not."""
    sim.drafts.made += 1
    words = f"A made-up objection, number {sim.drafts.made}."
    platform = [seat for seat in sim.model.speaking("reviewer") if seat.handle == one.case.recipient]
    if one.acts and one.code and platform and sim.chance.random() < 0.8:
        seat = platform[0]
        return LodgeByCode(seat, seat.tokens[-1], sim.new_key(), one, words, claims="uploader", code=one.code)
    seats = [seat for seat in sim.model.speaking("officer") if seat.handle == one.case.sender]
    return Lodge(seats[0], seats[0].tokens[-1], sim.new_key(), one, words) if seats else None


def reviewers(sim: Simulation, one: Ruling) -> tuple[Seat, Seat] | None:
    """Who decided, and somebody else who may judge it."""
    seats = [seat for seat in sim.model.speaking("reviewer") if seat.handle == one.case.recipient]
    others = [seat for seat in seats if seat is not one.decider]
    return (one.decider, sim.chance.choice(others)) if others and one.decider in seats else None


def judged(sim: Simulation, appeal: Appeal) -> Plan | None:
    """Who decided tries to judge, somebody else reverses; what was done is undone, or the notice decided anew."""
    chance, one, clock = sim.chance, appeal.ruling, sim.world.clock
    found = reviewers(sim, one)
    if found is None:
        return None
    decider, other = found
    words, outcome = "A made-up reason for it.", "reversed" if chance.random() < 0.85 else "upheld"
    acts: list[Act] = [
        Resolve(seat, seat.tokens[-1], sim.new_key(), appeal, outcome, words)
        for seat in ((decider, other) if chance.random() < 0.5 else (other, decider))
    ]
    if outcome == "reversed" and not one.acts:
        for seat in found:
            body, flaw = ruling(sim, one.case)
            acts.append(Decide(seat, seat.tokens[-1], sim.new_key(), one.case.id, body, flaw))
    elif chance.random() < 0.6:
        acts += [Moved(other, other.tokens[-1], sim.new_key(), duty, "confirmation") for duty in one.duties]
    return Plan([*acts, React(clock)])


def done_and_contested(sim: Simulation, one: Ruling) -> Plan | None:
    """What was decided is carried out whole, and contested."""
    found, clock = reviewers(sim, one), sim.world.clock
    if found is None:
        return None
    decider, other = found
    acts: list[Act] = []
    for duty in one.duties:
        ways = ("approval", "confirmation") if duty.state == PROPOSED else ("confirmation",)
        acts += [Moved(other, other.tokens[-1], sim.new_key(), duty, deed) for deed in ways if duty.waits]
    if one.acts and not one.code:
        return Plan([*acts, Ruled(decider, decider.tokens[-1], one)])
    objects = objection(sim, one)
    return Plan([*acts, objects, React(clock)]) if objects else None


def reversed_in_the_end(sim: Simulation) -> Plan | None:
    """One decision after the other goes the whole way: decided, carried out, contested, reversed, undone."""
    chance, now = sim.chance, sim.world.clock.reading
    heard = [one for one in sim.model.appeals.values() if one.state == LODGED and one.ruling.stands]
    if heard and chance.random() < 0.8:
        return judged(sim, chance.choice(heard[-5:]))
    standing = [one for one in sim.model.rulings.values() if one.stands and one.statement and one.until]
    late = [one for one in standing if one.until and one.until <= now and not one.appeals]
    if late and chance.random() < 0.2 and (objects := objection(sim, late[-1])):
        return Plan([objects])
    fresh = [one for one in standing if one.until and one.until > now and not one.appeals]
    if fresh and chance.random() < 0.8:
        acting = [one for one in fresh if one.acts]
        return done_and_contested(sim, chance.choice((acting or fresh)[-5:] if chance.random() < 0.7 else fresh))
    case = some_ripe_case(sim)
    seats = [seat for seat in sim.model.speaking("reviewer") if case and seat.handle == case.recipient]
    if case is None or not seats:
        return decided(sim)
    drafts = [ruling(sim, case) for _ in range(3)]  # Rather one by which something is done.
    body, flaw = next((one for one in drafts if one[0].get("items")), drafts[0])
    seat = chance.choice(seats)
    turn = [one_turn(sim, "acknowledgement", case)] if case.state == RECEIVED else []
    decision = Decide(seat, seat.tokens[-1], sim.new_key(), case.id, body, flaw)
    return Plan([*(one for one in turn if one), decision, React(sim.world.clock)])


def closed_in_time(sim: Simulation) -> Plan | None:
    """Weeks pass; what has come to its end closes, and is looked at before and after it is undone."""
    clock = sim.world.clock
    if not sim.model.rulings:
        return None
    days = timedelta(days=sim.chance.choice((1, 3, 11, 31)))
    return Plan([React(clock), Close(clock), Wait(clock, days), EndMeasures(clock), React(clock), Close(clock)])


def rulings_shown(sim: Simulation) -> Plan | None:
    """A decision is read by its sides, and by a stranger."""
    rulings, seats = list(sim.model.rulings.values()), sim.model.speaking()
    if not rulings or not seats:
        return None
    one = sim.chance.choice(rulings[-30:])
    own = [seat for seat in seats if one.case.sees(seat.handle)]
    strangers = [seat for seat in seats if not one.case.sees(seat.handle)]
    found = [sim.chance.choice(some) for some in (own, own, strangers) if some]
    return Plan([Ruled(seat, token_of(sim, seat), one) for seat in found])
