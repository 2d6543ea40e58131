"""Plans of what takes its time: talk, rests, the worker's rounds, contacts, mandates, endpoints, and letters."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulator.acts import Submit
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
from tests.simulator.contesting import Close
from tests.simulator.deciding import EndMeasures
from tests.simulator.drafts import (
    Plan,
    one_submission,
    one_turn,
    some_case,
    token_of,
)
from tests.simulator.measures import IN_FORCE, NARROW, REVOKED, SUSPENDED, WIDE
from tests.simulator.model import ACKNOWLEDGERS, CATEGORIES, MANDATED, RECEIVED, VOICES
from tests.simulator.offices import Grant, Move
from tests.simulator.people import ROLES
from tests.simulator.reaching import KEEPERS, AnswerDrill, Contacts, Drills, React, Remove, SetContact, TakeBack, Try
from tests.simulator.talking import Did, HandOver, Pause, Say, See
from tests.simulator.timers import ACKNOWLEDGE, SAME_DAY, WINDOW
from tests.simulator.working import Climb, Part, RunOut, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulator.acts import Act
    from tests.simulator.model import Case, Seat, Token
    from tests.simulator.run import Simulation
    from tests.simulator.world import World

# The seats that a party of a kind begins with.


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
    party = sim.model.parties[seat.handle]
    in_force = [one for one in party.mandates if one.state == IN_FORCE]
    if in_force and chance.random() < 0.4:
        # Suspended and resumed at once, while the measure is low: it brings nothing.
        turns = [Move(party, one, to) for one in in_force for to in (SUSPENDED, IN_FORCE)]
        return Plan([*acts, *turns, *(submitted(sim, seat) for _ in range(3))])
    return Plan([*acts, Wait(sim.world.clock, timedelta(minutes=2)), *(submitted(sim, seat) for _ in range(3))])


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
    name = chance.choice((ACKNOWLEDGE, ACKNOWLEDGE, SAME_DAY, WINDOW, "no_such_clock"))
    acts: list[Act] = []
    for _ in range(chance.randint(1, 4)):
        seat = chance.choice(seats)
        going_on = chance.random() < (0.5 if acts or case in paused else 0.2)
        acts.append(Pause(seat, token_of(sim, seat), perhaps(sim), case.id, name, going_on))
        acts.append(waited(sim))
    return Plan(acts)


PARTS: Sequence[type[Part]] = (RunOut, Climb, React, Drills, EndMeasures, Close)


def worked(world: World) -> list[Part]:
    """Every part of the worker once, in the order of its table."""
    clocks, ladders, reactions, *rest = [part(world.clock) for part in PARTS]
    return [clocks, ladders, reactions, *posted(world), *rest]


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
