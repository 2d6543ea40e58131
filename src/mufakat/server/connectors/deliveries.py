"""Claim deliveries, and write down what became of them: the part of a delivery that the database knows.

One turn is one commit: what is done is settled, and what is due is claimed, recipient by recipient. Nothing is sent
while a transaction is open. A claim is recognised by its number of attempts; what comes back late, after its lease went
to somebody else, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.db.models import F

from mufakat.rules import retry
from mufakat.rules.events import EventType
from mufakat.server.connectors import health
from mufakat.server.connectors.carriers import Fate, Outcome
from mufakat.server.connectors.models import DETAIL, Delivery, DeliveryState
from mufakat.server.decisions import informing
from mufakat.server.journal import ids, operations as journal, store
from mufakat.server.journal.database import is_embedded
from mufakat.server.journal.parts import alone
from mufakat.server.notices import passages
from mufakat.server.parties.operations import HOUSE
from mufakat.server.restrictions import operations as restrictions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.journal.operations import Happening
    from mufakat.server.journal.work import Moment

LEASE = timedelta(seconds=60)

# From recipient to recipient, a few steps in the index each, however much waits for one of them.
LANES = """
WITH RECURSIVE lane(target) AS (
    SELECT (SELECT d.target FROM connectors_delivery d WHERE d.state = 'waiting' AND d.carrier = %s
            ORDER BY d.target LIMIT 1)
    UNION ALL
    SELECT (SELECT d.target FROM connectors_delivery d
            WHERE d.state = 'waiting' AND d.carrier = %s AND d.target > lane.target ORDER BY d.target LIMIT 1)
    FROM lane WHERE lane.target IS NOT NULL
)
SELECT lane.target FROM lane WHERE lane.target IS NOT NULL AND (
    SELECT 1 FROM connectors_delivery d
    WHERE d.state = 'waiting' AND d.carrier = %s AND d.target = lane.target AND d.due_at <= %s LIMIT 1
) IS NOT NULL
"""
DUE = (
    "SELECT id, attempts FROM connectors_delivery WHERE state = 'waiting' AND carrier = %s AND target = %s "
    "AND due_at <= %s ORDER BY due_at, id LIMIT %s"
)
CLAIM = (
    "UPDATE connectors_delivery SET due_at = %s, leased = %s, attempts = attempts + 1 "
    "WHERE id = %s AND attempts = %s AND state = 'waiting'"
)
SETTLE = (
    "UPDATE connectors_delivery SET state = %s, due_at = %s, ended_at = %s, leased = %s, status = %s, detail = %s "
    "WHERE id = %s AND attempts = %s AND state = 'waiting'"
)
RELEASE = (
    "UPDATE connectors_delivery SET due_at = %s, leased = %s, attempts = attempts - 1 "
    "WHERE id = %s AND attempts = %s AND state = 'waiting'"
)


class Lane(NamedTuple):
    """A recipient with something due: with which carrier, and how many more of it may be taken in hand."""

    carrier: str
    target: str
    room: int


class Claimed(NamedTuple):
    """A delivery that is ours until its lease ends; `attempt` is the mark of the claim."""

    id: str
    carrier: str
    target: str
    attempt: int


class Settled(NamedTuple):
    """What became of a claim; None: it was not tried."""

    claim: Claimed
    outcome: Outcome | None


@dataclass(slots=True)
class Turn:
    """What a turn brings to the database, and what it takes along."""

    settled: Sequence[Settled]
    lanes: Sequence[Lane]
    at: datetime
    claimed: list[Claimed] = field(default_factory=list)

    def run(self, moment: Moment) -> list[Claimed]:
        """Settle first, so that an address that was closed just now is not asked again."""
        closed = settle(self.settled, at=self.at, moment=moment)
        # From when it is written down: the turn may have waited for others since it was asked for.
        until = max(self.at, moment.at) + LEASE
        self.claimed = claim([lane for lane in self.lanes if lane.target not in closed], at=self.at, until=until)
        return self.claimed


def due_targets(carrier: str, *, at: datetime) -> list[str]:
    """The recipients for whom something is due; a read, outside the writer."""
    with connection.cursor() as cursor:
        cursor.execute(LANES, [carrier, carrier, carrier, told(at)])
        return [target for (target,) in cursor.fetchall()]


def take_turn(settled: Sequence[Settled], lanes: Sequence[Lane], *, at: datetime) -> list[Claimed]:
    """Settle and claim in one commit."""
    return alone(Turn(settled, lanes, at).run)


def claim(lanes: Iterable[Lane], *, at: datetime, until: datetime) -> list[Claimed]:
    """Claim what is due, so many of each recipient. Called inside an operation of the writer: nobody else claims."""
    now, end = told(at), told(until)
    found = []
    for lane in lanes:
        rows = store.fetch(DUE, [lane.carrier, lane.target, now, lane.room])
        found += [Claimed(pk, lane.carrier, lane.target, attempts + 1) for pk, attempts in rows]
    store.change(CLAIM, [(end, True, one.id, one.attempt - 1) for one in found])
    return found


def settle(settled: Sequence[Settled], *, at: datetime, moment: Moment) -> Collection[str]:
    """Write down what became of claims; the recipients that were closed by it."""
    rows: list[tuple[object, ...]] = []
    dying: list[tuple[Claimed, Outcome]] = []
    for claim_, outcome in settled:
        if outcome is None:
            continue
        mark = (outcome.status, outcome.detail[:DETAIL], claim_.id, claim_.attempt)
        if outcome.fate in ENDS:
            rows.append((ENDS[outcome.fate].value, told(at), told(moment.at), False, *mark))
        elif outcome.fate is Fate.RETRY and (later := _later(claim_, outcome, at=at)) is not None:
            rows.append((DeliveryState.WAITING.value, told(later), None, False, *mark))
        else:
            dying.append((claim_, outcome))
    released = [(told(at), False, one.claim.id, one.claim.attempt) for one in settled if one.outcome is None]
    store.change(RELEASE, released)
    store.change(SETTLE, rows)
    arrived([one.claim.id for one in settled if one.outcome and one.outcome.fate is Fate.DELIVERED], moment)
    bury({claim_.id: (claim_.attempt, outcome) for claim_, outcome in dying}, moment=moment)
    return health.tell(settled_of(settled), at=at, moment=moment)


ENDS: Mapping[Fate, DeliveryState] = {Fate.DELIVERED: DeliveryState.DELIVERED, Fate.ACCEPTED: DeliveryState.ACCEPTED}


def settled_of(settled: Sequence[Settled]) -> dict[str, list[Outcome]]:
    """The outcomes of each webhook endpoint, in their order."""
    found: dict[str, list[Outcome]] = {}
    for claim_, outcome in settled:
        if outcome is not None and ids.is_id(claim_.target, "end"):
            found.setdefault(claim_.target, []).append(outcome)
    return found


def arrived(deliveries: Collection[str], moment: Moment) -> None:
    """These are with their recipients' own systems: a notice that went to its recipient is delivered, once.

    So is a decision that went back to whoever asked: they are informed. And the platform whose names are to be closed
    has been told of it.
    """
    if not deliveries:
        return
    rows = Delivery.objects.filter(pk__in=deliveries, state=DeliveryState.DELIVERED.value)
    notices = rows.filter(event__type=EventType.NOTICE_RECEIVED.value, event__recipient=F("party__handle"))
    passages.delivered(list(notices.values_list("event__case", flat=True)), moment=moment)
    decisions = rows.filter(event__type=EventType.DECISION_MADE.value, event__recipient=F("party__handle"))
    informing.taken(list(decisions.values_list("event_id", flat=True)), moment=moment)
    orders = rows.filter(event__type=EventType.RESTRICTION_PROPOSED.value, event__recipient=F("party__handle"))
    restrictions.told(list(orders.values_list("event__case", flat=True)), moment=moment)


def bury(dying: Mapping[str, tuple[int | None, Outcome]], *, moment: Moment) -> int:
    """Make dead letters of them, each with its event: exactly once, because the update counts.

    A number is the mark of the claim that failed; None means whoever has it. What is leased to somebody else then comes
    back to a row that has ended, and changes nothing.
    """
    happenings: list[Happening] = []
    known = Delivery.objects.filter(pk__in=dying, state=DeliveryState.WAITING.value).select_related("event", "party")
    for one in known.order_by("pk"):
        attempt, outcome = dying[one.id]
        mine = Delivery.objects.filter(pk=one.pk, state=DeliveryState.WAITING.value)
        if attempt is not None:
            mine = mine.filter(attempts=attempt)
        ended = {"state": DeliveryState.DEAD.value, "leased": False, "ended_at": moment.at}
        if mine.update(**ended, status=outcome.status, detail=outcome.detail[:DETAIL]) == 1:
            happenings.append(about(one, EventType.DELIVERY_FAILED))
    journal.append(happenings, moment)
    return len(happenings)


def about(delivery: Delivery, type_: EventType, *, actor: str = HOUSE) -> Happening:
    """An event about a delivery: part of the case of what was to be delivered, so that both of its sides see it."""
    return journal.Happening(
        type=type_,
        sender=HOUSE,
        recipient=delivery.party.handle,
        case=delivery.event.case,
        actor=actor,
        ref=(delivery.event.id,),
    )


def _later(claim_: Claimed, outcome: Outcome, *, at: datetime) -> datetime | None:
    return retry.next_attempt(claim_.attempt, at=at, roll=chance(), after=outcome.after)


def chance() -> float:
    """From 0 to 1; from the source that the simulator seeds."""
    return int.from_bytes(ids.entropy(2)) / 65_536


def told(at: datetime) -> str | datetime:
    """A time as a raw statement takes it."""
    return store.stamp(at) if is_embedded() else at
