"""What holds after every step, looked up where the step wrote, and what is counted over all rows once in a while."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.simulator import banking, books, content, contesting
from tests.simulator.measures import PARTS
from tests.simulator.model import CALLED, OPEN, require
from tests.simulator.receipts import prove
from tests.simulator.rulings import DECLINED, PARTLY_REVERSED, REVERSED, REVERTED, REVERTING

from mufakat.proof import commitment, leaf as log_leaf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tests.simulator.books import EventRow, Seen
    from tests.simulator.model import Case, Model

    Rows = dict[str, tuple[Any, ...]]

# A process dates nothing into the millisecond in which the one before it ended, and tries again after a failed commit.
SLACK = timedelta(milliseconds=50)


def nothing_is_unexplained(seen: Seen) -> None:
    """I-02, I-03: whatever stands in the journal, somebody did once."""
    kinds = sorted(f"{event.type} {event.case}" for event in seen.unclaimed.values())
    require(not kinds, "I-03", f"events that nobody's act explains: {kinds[:3]}")
    require(not seen.answers, "I-02", f"answers that nobody's act explains: {sorted(seen.answers)[:3]}")


def step(model: Model, seen: Seen, latest: datetime) -> None:
    """After a step; `latest` is the latest time that the writer was told in its life."""
    for event in seen.events:
        in_its_place(model, event, latest)
    told = told_of(model, seen.events)
    require(seen.outbox == told, "outbox", f"the outbox is not the events times their recipients: {seen.outbox}")
    require(seen.pending == {event.id for event in seen.events}, "I-03", "the leaves that wait are not the new events")
    model.told += sum(told.values())
    for event in seen.events:
        model.cases_of[event.id] = event.case
        model.addressed[event.id] = model.addressees_of(event)
        rows = {(event.id, to): event.at for to in sorted(model.addressed[event.id])}
        model.undone |= {row: at for row, at in rows.items() if not row[1].startswith("reaction:")}
        model.called |= {row: event.at for row in rows if row[1] in CALLED}
    touched = {event.case for event in seen.events if event.case in model.cases}
    if touched:
        as_replayed(model, touched, books.notices(touched))
        decided(model, touched)
    if channels := {(event.sender, event.recipient) for event in seen.events}:
        heads = books.heads(channels)
        require(heads == {one: model.heads[one] for one in channels}, "I-03", f"channels end otherwise: {heads}")
    if any(event.case in model.contacts for event in seen.events):
        reached(model)
    counted(model)


def reached(model: Model) -> None:
    """The contacts and their drills are what their events make of them, and none is in force before its time."""
    contacts = model.contacts.values()
    due = {(one.id, version.number): version.row for one in contacts for version in one.versions}
    require(books.versions() == due, "contacts", f"the versions of contacts are {books.versions()}, due is {due}")
    drills = {drill.id: drill.row for one in contacts for drill in one.drills}
    require(books.drills() == drills, "drills", f"the drills are {books.drills()}, due is {drills}")


def measured(model: Model) -> None:
    """I-04: the measure of each party stands where the pure bucket says, to less than one notice."""
    found = books.quotas()
    held = {party.id: party.bucket for party in model.parties.values() if party.bucket is not None}
    require(found.keys() == held.keys(), "I-04", f"measures of {found.keys() ^ held.keys()}")
    for party, bucket in held.items():
        burst, per_minute, level = found[party]
        require((burst, per_minute) == bucket.measure, "I-04", f"the measure of {party} is {burst}, {per_minute}")
        near = abs(level - bucket.level) < max(PARTS, 10 * per_minute)
        require(near, "I-04", f"the bucket of {party} holds {level}, due is {bucket.level}")


def told_of(model: Model, events: Sequence[EventRow]) -> Counter[tuple[str, str]]:
    """The rows of the outbox that these events make."""
    return Counter((event.id, to) for event in events for to in model.addressees_of(event))


def in_its_place(model: Model, event: EventRow, latest: datetime) -> None:
    """An event is the next of the log and of its channel, says what its row says, and is dated by the writer."""
    require(event.position == len(model.events), "I-03", f"{event.id} is at {event.position}, not {len(model.events)}")
    leaf = log_leaf.decode(event.leaf)
    seq, head = model.heads.get((event.sender, event.recipient), (0, None))
    prev = base64.b64encode(head).decode() if head is not None else None
    require((event.seq, leaf.seq, leaf.prev) == (seq + 1, seq + 1, prev), "I-03", f"{event.id} breaks its channel")
    require(log_leaf.leaf_hash(event.leaf) == event.leaf_hash, "I-03", f"{event.id} has another hash than its leaf")
    told = (leaf.id, leaf.type, leaf.case, leaf.chan)
    row = (event.id, event.type, event.case, f"{event.sender}>{event.recipient}")
    require(told == row, "I-03", f"the leaf of {event.id} says otherwise than its row")
    require(leaf.c.keys() == {name for name, _, _ in event.openings}, "I-01", f"{event.id} is not opened whole")
    for name, salt, value in event.openings:
        if salt is None or value is None:
            erased = event.case in model.cases and content.OPENED_BY.get(name) in model.cases[event.case].erased
            require(erased, "I-01", f"{event.id} lost the opening of {name}")
            continue
        opens = commitment.opens(base64.b64decode(leaf.c[name]), name, salt, value)
        require(opens, "I-01", f"{event.id} does not open at {name}")
    if event.custody:
        prove(model, event, event.custody)
    place = (event.at, event.id)
    require(model.last is None or place > model.last, "time", f"{event.id} is dated before the event before it")
    dated = latest.replace(microsecond=latest.microsecond // 1000 * 1000)
    require(dated <= event.at <= dated + SLACK, "time", f"{event.id} is dated {event.at}, the clock said {dated}")
    model.last = place
    model.heads[event.sender, event.recipient] = (event.seq, event.leaf_hash)
    model.events.append((event.id, event.digest))
    model.types[event.type] += 1


def as_replayed(model: Model, cases: set[str], rows: dict[str, books.NoticeRow]) -> None:
    """I-03: the rows of these notices are what their events make of them."""
    require(rows.keys() == cases, "I-01", f"notices without a row: {sorted(cases - rows.keys())[:3]}")
    for name, row in rows.items():
        case: Case = model.cases[name]
        require(row.state == case.state, "I-03", f"{name} is {row.state}, its events make it {case.state}")
        require((row.sender, row.recipient) == (case.sender, case.recipient), "I-10", f"{name} changed sides")
        under = (case.kind, case.mandate)
        require((row.kind, row.mandate) == under, "I-04", f"{name} is {row.kind} under {row.mandate}, due is {under}")
        gone = case.erased
        require(row.raw == (None if "payload" in gone else case.raw), "I-01", f"{name} holds other bytes than are due")
        require(row.leaf_hash == case.leaf_hash, "I-01", f"{name} names another leaf")
        require(row.received_at == case.received_at, "I-03", f"{name} has another time than its event")
        clocks = {one: clock.row for one, clock in case.clocks.items()}
        require(row.clocks == clocks, "clocks", f"the clocks of {name} are {row.clocks}, due is {clocks}")
        idle = all(one.next_at is None for one in case.clocks.values())
        require(case.state in OPEN or idle, "ladder", f"{name} has ended, and its ladder goes on")
        passages = (case.delivered_at, case.seen_at, case.acknowledged_at, case.unreachable_since)
        require(row.passages == passages, "passages", f"{name} was {row.passages}, its events say {passages}")
        hands = tuple(seat.email if (seat := case.hands.get(side)) else None for side in ("sender", "recipient"))
        require(row.hands == hands, "I-03", f"{name} is in the hands of {row.hands}, its events say {hands}")
        require(row.locators >= 1, "I-01", f"{name} lost its locators")
        left = 0 if "locators" in gone else row.locators
        require(row.locators - row.erased_locators == left, "I-09", f"{name} has {row.erased_locators} erased locators")
        require(row.linked == case.linked, "related", f"the locators of {name} are linked: {row.linked}")
        require(row.ended_at == case.ended_at, "clocks", f"{name} ended at {row.ended_at}, due is {case.ended_at}")
        require(row.due_at == case.due_at, "clocks", f"{name} is due at {row.due_at}, due is {case.due_at}")
        waits = model.parties[case.waits_for].id if case.waits_for else None
        require(row.waits_for == waits, "clocks", f"{name} waits for {row.waits_for}, due is {waits}")
        if row.erased_at is None:
            require(not case.erased_whole, "I-09", f"{name} is erased, and will be looked at again for ever")
        else:
            rest = set() if case.hold else content.still(model, case)
            require(not rest, "I-09", f"{name} will never be looked at again, and has still {sorted(rest)}")


def decided(model: Model, cases: set[str]) -> None:
    """I-03, I-06, I-08: decisions, their statements and measures are what their events make of them."""
    found, duties, appeals = books.rulings(cases), books.duties(cases), books.appeals(cases)
    reversals_reverse(found, duties, appeals)
    due = {one.id: one.row for case in cases for one in model.cases[case].rulings}
    require(found == due, "I-03", f"decisions are {found}, due is {due}")
    owed = {duty.id: duty.row for case in cases for one in model.cases[case].rulings for duty in one.duties}
    require(duties == owed, "I-03", f"measures are {duties}, due is {owed}")
    lodged = {one.id: one.row for case in cases for ruling in model.cases[case].rulings for one in ruling.appeals}
    require(appeals == lodged, "I-08", f"appeals are {appeals}, due is {lodged}")


def reversals_reverse(rulings: Rows, duties: Rows, appeals: Rows) -> None:
    """I-08, as the tables say it: nobody judges what they decided, and what was reversed is undone or decided anew."""
    for appeal, row in appeals.items():
        decider, resolver = row[7:9]
        require(resolver is None or resolver != decider, "I-08", f"{appeal} was judged by who decided: {resolver}")
    done = {row[0] for row in duties.values() if row[5] not in {DECLINED, REVERTING, REVERTED}}
    for name, row in rulings.items():
        require(row[6] != REVERSED or name not in done, "I-08", f"{name} was reversed, and something of it stays done")
    overturned = {row[0] for row in appeals.values() if row[3] == "internal" and row[6] == REVERSED}
    for name in overturned:
        require(rulings[name][6] in {REVERSED, PARTLY_REVERSED}, "I-08", f"{name} was reversed, and stands as before")


def counted(model: Model) -> None:
    """I-11 and no row too many: the tables hold as many rows as the model."""
    found = books.counts()
    events = len(model.events)
    due = {
        "events": events,
        "pending": events - books.in_the_log(),
        "outbox": model.told,
        "answers": len(model.answers),
        "answers with a body": sum(given.body is not None for given in model.answers.values()),
        "notices": len(model.cases),
        "payloads": len(model.cases),
        "payloads with a body": sum("payload" not in case.erased for case in model.cases.values()),
        "erased openings": sum(
            value is None for kept in model.leaves.values() for event in kept for _, _, value in event.openings
        ),
        "holds": sum(case.holds for case in model.cases.values()),
        "holds in force": sum(bool(case.hold) for case in model.cases.values()),
    }
    clocks = [clock for case in model.cases.values() for clock in case.clocks.values()]
    due |= {
        "contacts": len(model.contacts),
        "contacts removed": sum(one.removed is not None for one in model.contacts.values()),
        "versions of contacts": sum(len(one.versions) for one in model.contacts.values()),
        "drills": sum(len(one.drills) for one in model.contacts.values()),
        "mandates": sum(len(party.mandates) for party in model.parties.values()),
        "mandates in force": sum(one.state == "in_force" for party in model.parties.values() for one in party.mandates),
        "endpoints": len(model.endpoints),
        "deliveries": len(model.deliveries),
        "messages": sum(case.messages for case in model.cases.values()),
        "decisions": len(model.rulings),
        "decisions that stand": sum(one.state == "standing" for one in model.rulings.values()),
        "measures": len(model.duties),
        "measures that wait": sum(one.waits for one in model.duties.values()),
        "statements": sum(bool(one.statement) for one in model.rulings.values()),
        "appeals": len(model.appeals),
        "rests": sum(len(clock.rests) + (clock.paused is not None) for clock in clocks),
        "steps": sum(clock.climbed + (clock.breached is not None) for clock in clocks),
        "tasks": len(model.tasks),
        "tasks done": sum(task.done for task in model.tasks.values()),
        "tasks over": sum(task.over for task in model.tasks.values()),
    }
    require(found == due, "I-11", f"the tables hold {found}, due is {due}")
    states = Counter(case.state for case in model.cases.values())
    require(books.states() == states, "I-11", f"the states are {books.states()}, due is {states}")
    received = model.types["notice.received"]
    require(received == sum(states.values()), "I-11", f"{received} received, {sum(states.values())} in some state")


def audit(model: Model) -> None:
    """Every row of every table, and every receipt in anybody's hands."""
    events, answers = books.everything()
    kept = [(event.id, event.digest) for event in events]
    require(kept == model.events, "I-03", "an event was changed, lost, or moved after it was written")
    given = {one.scope: one.given for one in answers}
    require(given == model.answers, "I-02", "an answer was changed or lost")
    as_replayed(model, set(model.cases), books.notices())
    decided(model, set(model.cases))
    contesting.looked_at(model)
    banking.fed(model)
    require(books.heads() == model.heads, "I-03", "the channels do not end with their last leaves")
    told = told_of(model, events)
    require(books.outbox() == told, "outbox", "the outbox is not the events times their recipients")
    first = {event.case: event for event in reversed(events) if event.type == "notice.received"}
    for case, held in model.receipts.items():
        require(case in first, "I-01", f"somebody holds a receipt of {case}, which is not there")
        require(first[case].leaf_hash == held.leaf_hash, "I-01", f"the receipt of {case} is of another leaf")
        require(first[case].custody == held.custody, "I-01", f"the receipt of {case} is not the one that was given")
    for _, cases in model.batch_receipts:
        require(first.keys() >= set(cases), "I-01", f"a batch receipt is of notices that are not there: {cases}")
    reached(model)
    measured(model)
    nowhere(model)
    people(model)


def nowhere(model: Model) -> None:
    """I-09: what was erased stands in no row of any table."""
    words = {case.id: case.words for case in model.cases.values() if "explanation" in case.erased}
    everything = b"\n".join(books.values()) if words else b""
    found = sorted(case for case, text in words.items() if text in everything)
    require(not found, "I-09", f"what was erased is still there: {found[:3]}")


def people(model: Model) -> None:
    """I-03 for the operator's register: parties, people and tokens are as many as their events, and as they say."""
    found = books.people()
    due = {
        "parties": len(model.parties),
        "people": sum(len(party.seats) for party in model.parties.values()),
        "ended": sum(not seat.active for seat in model.seats()),
        "tokens": model.tokens_issued,
        "revoked": sum(token.revoked for seat in model.seats() for token in seat.tokens),
    }
    events = {
        "parties": model.types["party.registered"],
        "people": model.types["person.enrolled"],
        "ended": model.types["person.ended"],
        "tokens": model.types["token.issued"],
        "revoked": model.types["token.revoked"],
    }
    require(found == due == events, "I-03", f"the register holds {found}, due is {due}, its events say {events}")
