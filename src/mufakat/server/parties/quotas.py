"""How much a party may still send: one token bucket, shared by all its tokens and ways in.

A token is drawn inside the writer, in the transaction that stores the notice. The race this prevents: thirty-two tokens
of one flagger read the same level at once, and each finds the last token there. The writer takes one group at a time,
on PostgreSQL the writers of all processes take turns (``journal.database.take_turn``), so that what is read in a group
stays true until its commit.

Beside that, each process remembers how the bucket was left by its own last draw. Others can only have drawn more since,
so where that one is empty now, nothing needs to come near the writer to be refused.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mufakat.rules import consequences, mandate as rules
from mufakat.rules.errors import NotAdmissibleError, QuotaSpentError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.mandate import Bucket, MandateState
from mufakat.server.journal import store
from mufakat.server.parties import queries
from mufakat.server.parties.models import Mandate, Quota

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.rules.errors import RefusedError
    from mufakat.server.journal.work import Moment

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

# One query for all parties of a group: how full their buckets are, and which of their mandates count at this moment.
READ = (
    "SELECT q.party_id, q.burst, q.per_minute, q.level, q.at, m.id FROM parties_quota q "
    "JOIN parties_mandate m ON m.party_id = q.party_id WHERE m.state = %s AND q.party_id IN ({marks})"
)
WRITE = "UPDATE parties_quota SET level = %s, at = %s WHERE party_id = %s"

_left: dict[str, tuple[int, Bucket]] = {}  # Party → after how many changes of the look-ups it was so, and the bucket.


def draw(asked: Sequence[tuple[str, str]], moment: Moment) -> list[RefusedError | None]:
    """A token for each (party, mandate), in their order: None where there was one, or why not.

    Called inside an operation of the writer. A mandate that was suspended after its notice was judged is refused here.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, (party, _) in enumerate(asked):
        places[party].append(place)
    buckets, in_force = _read(list(places), moment)
    found: list[RefusedError | None] = [None] * len(asked)
    changed: list[Bucket] = []
    parties: list[str] = []
    for party, own in places.items():
        counting = [place for place in own if asked[place][1] in in_force[party]]
        for place in set(own) - set(counting):
            found[place] = no_longer(asked[place][1])
        if not counting:
            continue
        bucket, granted = rules.draw(buckets[party], len(counting), at=moment.at)
        for beyond, place in enumerate(counting[granted:], start=1):
            wait = rules.wait(bucket, beyond, at=moment.at)
            found[place] = QuotaSpentError(rules.whole_seconds(wait))
        if granted:
            changed.append(bucket)
            parties.append(party)
        moment.after.append(functools.partial(remember, party, bucket))
    if changed:
        rows = [(each.level, number(each.at), party) for party, each in zip(parties, changed, strict=True)]
        store.tell(WRITE, rows)
    return found


def questions(asked: Sequence[tuple[str, str]]) -> Sequence[store.Question]:
    """What `draw` asks first for each of these (party, mandate); nothing where nobody asks for a token."""
    parties = dict.fromkeys(party for party, _ in asked)
    return [_question(list(parties))] if parties else []


def _question(parties: Sequence[str]) -> store.Question:
    marks = ", ".join(["%s"] * len(parties))
    return READ.format(marks=marks), [MandateState.IN_FORCE.value, *parties]


def _read(parties: Sequence[str], moment: Moment) -> tuple[Mapping[str, Bucket], Mapping[str, set[str]]]:
    buckets: dict[str, Bucket] = {}
    in_force: dict[str, set[str]] = defaultdict(set)
    (rows,) = moment.ask(_question(parties))
    for party, burst, per_minute, level, at, pk in rows:
        if party not in buckets:
            buckets[party] = Bucket(burst, per_minute, level, EPOCH + at * MILLISECOND)
        in_force[party].add(pk)
    return buckets, in_force


def no_longer(mandate: str) -> NotAdmissibleError:
    """The mandate ended between the judgement and the turn in the writer."""
    detail = f"The mandate {mandate} is no longer in force; its page says why and takes a reply."
    return NotAdmissibleError([Fault("/kind", FaultCode.MANDATE_NOT_IN_FORCE, detail)])


def remember(party: str, bucket: Bucket) -> None:
    """How this process left the bucket, once that is durable."""
    _left[party] = (queries.remembered.changes, bucket)


def spent(party: str, *, at: datetime) -> QuotaSpentError | None:
    """Why nothing of this party need be tried now, where this process knows that the bucket is empty.

    A change of any mandate, here or in another process, makes what was remembered void.
    """
    known = _left.get(party)
    if known is None or known[0] != queries.remembered.changes or rules.left(known[1], at=at):
        return None
    return QuotaSpentError(rules.whole_seconds(rules.wait(known[1], at=at)))


def regrade(party: str, moment: Moment, *, granted: bool) -> None:
    """Fit the party's bucket to its mandates in force, inside the operation that changed them.

    Where none is left the bucket stays as it is: nobody can draw from it, and what is resumed goes on where it stood.
    """
    counting = Mandate.objects.filter(party_id=party, state=MandateState.IN_FORCE.value)
    rows = counting.values_list("burst", "per_minute", "share__percent")
    quota = rules.measure(
        consequences.lowered(rules.Quota(burst, per_minute), consequences.WHOLE if percent is None else percent)
        for burst, per_minute, percent in rows
    )
    if quota is None:
        return
    before = bucket_of(party)
    after = (
        rules.full(quota, at=moment.at)
        if before is None
        else rules.regraded(before, quota, granted=granted, at=moment.at)
    )
    told = {"burst": after.burst, "per_minute": after.per_minute, "level": after.level, "at": number(after.at)}
    Quota.objects.update_or_create(party_id=party, defaults=told)


def bucket_of(party: str) -> Bucket | None:
    """The party's bucket as it was left by the last draw; None where it never held a mandate."""
    return buckets_of([party]).get(party)


def buckets_of(parties: Sequence[str]) -> dict[str, Bucket]:
    """The buckets of those among these parties that ever held a mandate, each as it was left by the last draw."""
    rows = Quota.objects.filter(party_id__in=set(parties))
    return {row.party_id: Bucket(row.burst, row.per_minute, row.level, EPOCH + row.at * MILLISECOND) for row in rows}


def number(at: datetime) -> int:
    """Milliseconds since 1970."""
    return (at - EPOCH) // MILLISECOND
