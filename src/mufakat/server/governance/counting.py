"""Count what becomes of notices, by following the journal: a portion of events, and what it changes, in one commit.

What a notice adds to the counts is a pure function of its history (``rules.accuracy``, ``rules.timeliness``). A portion
takes away what its notices added before it and adds what they add now, so that every order of events ends in the same
counts, and counting anew from the first event gives them again. Killed at any point a portion was counted, with its
place, or nothing of it was.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from mufakat.rules import accuracy, histories, timeliness
from mufakat.rules.admissibility import TERMS
from mufakat.rules.errors import NotFoundError
from mufakat.rules.events import EventType
from mufakat.rules.histories import Occurrence
from mufakat.rules.permissions import MANDATED
from mufakat.server.agreements import profiles
from mufakat.server.governance.models import DAY, AgreedAnswering, Answering, Review, Tally, Total
from mufakat.server.governance.periods import grains_of
from mufakat.server.journal import followers, histories as journal, store
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.notices import facts as notices

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from django.db.models import Model

    from mufakat.rules.histories import Clocks
    from mufakat.server.journal.followers import Step
    from mufakat.server.journal.histories import Passed
    from mufakat.server.journal.work import Moment
    from mufakat.server.notices.facts import Facts

NAME = "accuracy"
PORTION = 512  # Events of one commit.
SHARE = 2 * PORTION  # Events of one share of the part; then its caller looks whether it is to stop.
SOON = timedelta(minutes=1)  # After a change of a count, until its holder is looked at: many decisions, one look.
APPEAL, DECISION = "apl_", "dec_"

Counts = tuple[int, ...]
Rows = defaultdict[tuple[Any, ...], list[int]]
TALLY = ("party_id", "day", "kind", "category", "platform_id")
TOTAL = ("party_id", "grain", "day", "kind", "category")
AGREED = ("version_id", "sender_id", "party_id", "day", "kind", "category")


class Added(NamedTuple):
    """What one notice adds to the count of its sender, and of its recipient."""

    asking: Counts
    answering: Counts


class Counted(NamedTuple):
    """What a portion of events changes: rows by table, and the senders whose counts moved."""

    asking: Rows
    totals: Rows
    answering: Rows
    agreed: Rows
    changed: set[str]


def part(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Count what happened since; a part of the worker."""
    del at
    if stop is not None and followers.is_anothers(NAME):
        return Swept(0, more=False)
    done, upto, counted = 0, followers.ends(), None
    while done < SHARE and not (stop and stop.is_set()):
        counted = _portion(upto)
        if not counted:
            break
        done += counted
    # What another process counts is left to it: both would make each portion, and one of them for nothing.
    return Swept(done, more=counted != 0 and followers.is_behind(NAME))


def count_anew() -> None:
    """Forget every count and read the journal from its first event."""
    alone(_forget)
    while _portion(followers.ends()) is not None:
        pass


def _forget(moment: Moment) -> None:
    del moment
    Tally.objects.all().delete()
    Total.objects.all().delete()
    Answering.objects.all().delete()
    AgreedAnswering.objects.all().delete()
    followers.begin_anew(NAME)


def _portion(upto: Mapping[str, int]) -> int | None:
    """Count one portion; of how many events. None where nothing is left, 0 where another process was faster.

    What can be made outside of the writer's turn is.
    """
    places = followers.places(NAME)
    steps = followers.ahead(NAME, limit=PORTION, upto=upto)
    if not steps:
        return None
    counted = _count(steps)
    if not alone(functools.partial(_add, counted, places, steps[-1])):
        return 0
    followers.did(NAME, places, steps[-1])
    return len(steps)


def _add(counted: Counted, places: Mapping[str, int], last: Step, moment: Moment) -> bool:
    """Add a portion to the rows; False where another process counted it meanwhile, or all is counted anew."""
    if followers.places(NAME) != places:
        return False
    _write(Tally, TALLY, accuracy.COUNTED, counted.asking)
    _write(Total, TOTAL, accuracy.COUNTED, counted.totals)
    _write(Answering, TOTAL, timeliness.COUNTED, counted.answering)
    _write(AgreedAnswering, AGREED, timeliness.COUNTED, counted.agreed)
    due_soon(counted.changed, at=moment.at + SOON)
    followers.read_to(NAME, last)
    return True


def _count(steps: Sequence[Step]) -> Counted:
    # (1) The notices that these events are about, and what happened to each until then. Later events change neither.
    telling = [step for step in steps if step.type in READ]
    found = notices.of({step.case for step in telling})
    first: dict[str, int] = {}
    for step in telling:
        first.setdefault(step.case, step.position)
    passed = journal.of_cases(
        list(found), shard=steps[0].shard, upto=steps[-1].position, types=READ, fields=histories.OPENED
    )
    # (2) What each added before these events is taken away, what it adds now is added.
    asking: Rows = defaultdict(lambda: [0] * len(accuracy.COUNTED))
    totals: Rows = defaultdict(lambda: [0] * len(accuracy.COUNTED))
    answering: Rows = defaultdict(lambda: [0] * len(timeliness.COUNTED))
    agreed: Rows = defaultdict(lambda: [0] * len(timeliness.COUNTED))
    changed: set[str] = set()
    for (where, before, now), times in _alike(found, passed, first).items():
        about = (where.kind, where.category)
        for grain, day in grains_of(where.day):
            named = (grain, day.isoformat(), *about)
            _move(answering[where.recipient, *named], before.answering, now.answering, times)
            if grain == DAY:
                _move(asking[where.sender, day.isoformat(), *about, where.recipient], before.asking, now.asking, times)
            else:
                _move(totals[where.sender, *named], before.asking, now.asking, times)
        if where.version is not None:
            to = agreed[where.version, where.sender, where.recipient, where.day.isoformat(), *about]
            _move(to, before.answering, now.answering, times)
        if where.kind in MANDATED and before.asking[1:] != now.asking[1:]:
            changed.add(where.sender)
    return Counted(asking, totals, answering, agreed, changed)


READ = frozenset(type_.value for type_ in histories.READ)


class About(NamedTuple):
    """Where a notice is counted."""

    sender: str
    recipient: str
    kind: str
    category: str
    day: date
    version: int | None


def _alike(
    found: Mapping[str, Facts], passed: Mapping[str, Sequence[Passed]], first: Mapping[str, int]
) -> Counter[tuple[About, Added, Added]]:
    """How many notices are counted in the same rows, and moved them by as much: most of a portion are alike."""
    alike: Counter[tuple[About, Added, Added]] = Counter()
    for pk, fact in found.items():
        history = passed.get(pk, ())
        before = added([one for one in history if one.position < first[pk]], fact)
        about = About(fact.sender, fact.recipient, fact.kind, fact.category, fact.received_at.date(), fact.version)
        alike[about, before, added(history, fact)] += 1
    return alike


def added(history: Sequence[Passed], fact: Facts) -> Added:
    """What a notice with this history adds."""
    received = next((one for one in history if one.type == EventType.NOTICE_RECEIVED), None)
    without_law = received is not None and received.law in {None, TERMS}
    return _added(tuple(occurrence(one) for one in history), without_law, fact.profile)


@functools.lru_cache(maxsize=1_024)
def _added(told: tuple[Occurrence, ...], without_law: bool, profile: str) -> Added:  # noqa: FBT001 - a key of the cache.
    asked = accuracy.of_one(accuracy.standing(histories.happened(told)), without_law=without_law)
    answered = timeliness.of_one(histories.turns(told, clocks=clocks_of(profile)))
    return Added(structs.astuple(asked), structs.astuple(answered))


def occurrence(one: Passed) -> Occurrence:
    """An event as the rules read it."""
    appeal, decision = (next((each for each in one.ref if each.startswith(of)), "") for of in (APPEAL, DECISION))
    return Occurrence(EventType(one.type), appeal=appeal, decision=decision, **one.opened)


@functools.cache
def clocks_of(profile: str) -> Clocks:
    """The clocks of a profile; of one that this release does not know none: nothing is late by it."""
    try:
        return histories.clocks_of(profiles.load(profile))
    except NotFoundError:
        return histories.Clocks(frozenset(), frozenset())


def _move(found: list[int], before: Counts, now: Counts, times: int) -> None:
    found[:] = [count + times * (after - ago) for count, ago, after in zip(found, before, now, strict=True)]


def _write(
    model: type[Model], key: Sequence[str], counted: Sequence[str], rows: dict[tuple[Any, ...], list[int]]
) -> None:
    """Add to the rows; those that are not there yet begin with nothing, so that no constraint meets a difference."""
    moved = sorted((about, counts) for about, counts in rows.items() if any(counts))
    if not moved:
        return
    table, columns = model._meta.db_table, ", ".join(key)  # noqa: SLF001 - Django's documented interface to its models.
    zeros, marks = ", ".join("0" for _ in counted), ", ".join("%s" for _ in key)
    begin = f"INSERT INTO {table} ({columns}, {', '.join(map(quoted, counted))}) VALUES ({marks}, {zeros}) ON CONFLICT DO NOTHING"  # noqa: E501, S608 - names of ours alone.
    store.change(begin, [about for about, _ in moved])
    sums = ", ".join(f"{quoted(name)} = {quoted(name)} + %s" for name in counted)
    where = " AND ".join(f"{name} = %s" for name in key)
    store.change(f"UPDATE {table} SET {sums} WHERE {where}", [(*counts, *about) for about, counts in moved])  # noqa: S608 - the same.


def quoted(name: str) -> str:
    """A column's name; `open` and the like are words of some dialects."""
    return f'"{name}"'


def due_soon(parties: Iterable[str], *, at: datetime) -> None:
    """Have the mandates of these parties looked at by then. Inside an operation of the writer."""
    held = set(parties)
    if not held:
        return
    known = set(Review.objects.filter(party__in=held).values_list("party_id", flat=True))
    Review.objects.filter(party__in=known, due_at__gt=at).update(due_at=at)
    Review.objects.bulk_create([Review(party_id=pk, due_at=at) for pk in sorted(held - known)])


def is_counted() -> bool:
    """Whether every event that happened is counted."""
    return not followers.is_behind(NAME)


def is_nearly_counted() -> bool:
    """Whether no more than a portion is left, as on a busy day something always is; not while all is counted anew."""
    read, ends = followers.places(NAME), followers.ends()
    return all(shard in read and last - read[shard] <= PORTION for shard, last in ends.items())
