"""Ladders: where nobody answers, the next one is turned to by itself, step after step, until somebody does.

How far a ladder was climbed and when its next step comes are two columns of its clock: a row and an index of their own
would cost every notice an insert. So a ladder ends as its clock does, by the event that stops it, however it was
answered (I-05). A sweep takes the steps whose time has come, in portions, each in one commit: the event, its outbox
rows, the step (which the database takes once for each rung) and the time of the next one.

No step touches content. The last ones put a proposal to people of the side that waits.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Exists, OuterRef, Q

from mufakat.rules import ladder, pace
from mufakat.rules.contact import ContactRole
from mufakat.rules.events import EventType
from mufakat.rules.notice import NoticeKind
from mufakat.rules.profile import Act, Actor
from mufakat.server.agreements import profiles
from mufakat.server.journal import operations as journal, queries as events, store
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.notices import clocks, strays
from mufakat.server.notices.models import Clock, Notice, Step, Task
from mufakat.server.parties import contacts, queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.rules.ladder import Rung
    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.contacts import Contact

PORTION = 512  # Steps of one commit; as with the clocks that run out.
SHARE = 10 * PORTION
ASKS = frozenset({Act.PHONE_TASK, Act.PROPOSE})  # What people of the side that waits are asked to do.
NO_CONTACT = b"no_contact"


class Due(NamedTuple):
    """A clock whose next step has come."""

    pk: int
    name: str
    started_at: datetime
    due_at: datetime
    climbed: int
    next_at: datetime
    notice: str
    profile: str
    kind: str
    sender: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A step as it is taken: on whose ladder, whom it tells, and when the next one comes."""

    due: Due
    rung: Rung
    awaited: str  # Party ids: whose act is awaited, and who waits for it.
    waiting: str
    contact: Contact | None
    missing: bool
    next_at: datetime | None


@dataclass(slots=True)
class Told:
    """Whom a portion can turn to: the contacts of each party, read once, and who was told on each ladder before."""

    at: datetime
    before: Mapping[int, set[str]]
    _of: dict[str, list[Contact]] = field(default_factory=dict)

    def contacts_of(self, party: str) -> list[Contact]:
        if party not in self._of:
            found = contacts.in_order(party, at=self.at)
            # Who is there for the public comes last: better them than nobody.
            self._of[party] = sorted(found, key=lambda one: one.role is ContactRole.FOR_USERS)
        return self._of[party]

    def choose(self, act: Act, party: str, clock: int) -> Contact | None:
        """Whom this step turns to: for a reminder the first, afterwards somebody whom the ladder did not tell yet."""
        order = self.contacts_of(party)
        if act is Act.PHONE_TASK:
            with_phone = [one for one in order if one.phone]
            return next((one for one in with_phone if one.senior), with_phone[0] if with_phone else None)
        fresh = [one for one in order if one.id not in self.before.get(clock, set())]
        if act is Act.SENIOR_CONTACT:
            fresh = [one for one in fresh if one.senior]
        return fresh[0] if fresh else None


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Take every step whose time has come at `at`, each once: whoever else sweeps finds it taken."""
    done, passed = 0, set[int]()
    while done < SHARE and not (stop and stop.is_set()):
        if not is_due(at=at, but=passed):
            return Swept(done, more=False)
        done += alone(partial(_climb, at=at, passed=passed))
    return Swept(done, more=is_due(at=at, but=passed))


def is_due(*, at: datetime, but: Collection[int] = ()) -> bool:
    """Whether any step's time has come, but for these clocks."""
    return _waiting(at, but).exists()


def _waiting(at: datetime, but: Collection[int]) -> QuerySet[Clock]:
    return Clock.objects.filter(next_at__isnull=False, next_at__lte=at).exclude(pk__in=but)


def next_due() -> datetime | None:
    """When the first step comes."""
    found = Clock.objects.filter(next_at__isnull=False).order_by("next_at")
    return found.values_list("next_at", flat=True).first()


def hasten(
    notice_or_party: str,
    *,
    at: datetime,
    moment: Moment,  # noqa: ARG001 - it says that this runs in the writer.
    contact: str | None = None,
) -> int:
    """Turn to the next contact within a quarter of an hour: somebody was not reached. How many ladders it concerns.

    Given a notice or the party that is awaited. With `contact`, who was not reached, only ladders that told it and
    nobody else. Steps that say that time has passed are never hastened. Called inside an operation of the writer.
    """
    is_notice = notice_or_party.startswith("ntc_")
    whose = Q(notice=notice_or_party) if is_notice else Q(notice__waits_for=notice_or_party)
    found = Clock.objects.filter(whose, _turns_to_somebody(), next_at__gt=at + pace.HASTE)
    if contact is not None:
        told = Step.objects.filter(clock=OuterRef("pk"), contact__isnull=False)
        found = found.filter(Exists(told.filter(contact=contact)), ~Exists(told.exclude(contact=contact)))
    return found.update(next_at=at + pace.HASTE)


def contact_lost(row: Row, moment: Moment) -> None:
    """The reaction to `contact.unreachable`: ladders that told it and nobody else turn to the next one soon."""
    party = parties.directory()[row.recipient][0]
    hasten(party, at=moment.at, moment=moment, contact=row.case)


def _turns_to_somebody() -> Q:
    """The clocks whose next step turns to somebody, by the ladders of every profile."""
    found = Q(pk__in=[])
    for name in profiles.refs():
        for each in profiles.load(name).ladders:
            places = [place for place, step in enumerate(each.steps) if step.act in pace.TELLS]
            found |= Q(notice__profile=name, name=each.clock, climbed__in=places)
    return found


def _climb(moment: Moment, *, at: datetime, passed: set[int]) -> int:
    """One portion. Inside the writer nobody else writes: what is read here is true until the commit.

    Strays join those that this sweep `passed` over.
    """
    handles = parties.handles()
    columns = ("pk", "name", "started_at", "due_at", "climbed", "next_at")
    of_notice = ("notice_id", "notice__profile", "notice__kind", "notice__sender_id", "notice__recipient_id")
    rows = _waiting(at, passed).order_by("next_at")[:PORTION]
    found = [Due(*row) for row in rows.values_list(*columns, *of_notice)]
    passed |= {
        one.pk for one in found if strays.is_stray(one.pk, one.profile, one.sender, one.recipient, handles=handles)
    }
    due = [one for one in found if one.pk not in passed]
    if not due:
        return 0
    # (1) What each step is, whom it tells, and when the next one comes: counted from now, not from when it was due.
    taken = _steps(due, at=max(at, moment.at))
    # (2) The events, with what carries them out.
    first = events.first_event_ids({one.due.notice for one in taken})
    recorded = journal.append([_happening(one, first[one.due.notice], handles) for one in taken], moment)
    # (3) The steps, once each; and how far the ladders are, by compare-and-set.
    _write(taken, recorded, moment)
    if len(taken) < len(due):
        climbed = {one.due.pk for one in taken}
        idle = [one.pk for one in due if one.pk not in climbed]
        Clock.objects.filter(pk__in=idle).update(next_at=None)  # A ladder that this release no longer knows.
    return len(due)


def _steps(due: Sequence[Due], *, at: datetime) -> list[Taken]:
    pks = [one.pk for one in due]
    rests = clocks.rests_of(pks)
    told = Told(at, _told_before([one.pk for one in due if one.climbed]))
    taken = []
    for one in due:
        rules_of = profiles.load(one.profile)
        found = clocks.rungs_of(rules_of, one.name, one.started_at, one.due_at, rests=rests.get(one.pk, ()))
        kind = NoticeKind(one.kind)
        rungs = list(itertools.takewhile(partial(_is_for, kind), found))
        if one.climbed >= len(rungs):
            continue
        rung = rungs[one.climbed]
        following = rungs[one.climbed + 1] if one.climbed + 1 < len(rungs) else None
        rule = rules_of.clock(one.name)
        by_sender = rule is not None and rule.actor is Actor.SENDER
        awaited, waiting = (one.sender, one.recipient) if by_sender else (one.recipient, one.sender)
        contact = told.choose(rung.act, awaited, one.pk) if rung.act in pace.TELLS else None
        # A call is asked for also where no number is known: people find one.
        missing = contact is None and rung.act in pace.TELLS - ASKS
        next_at = pace.after(rung, following, at=at, missing=missing)
        taken.append(Taken(one, rung, awaited, waiting, contact, missing, next_at))
    return taken


def _is_for(kind: NoticeKind, rung: Rung) -> bool:
    return ladder.is_for(rung.act, kind)


def _told_before(climbing: Sequence[int]) -> Mapping[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    if climbing:
        rows = Step.objects.filter(clock__in=climbing, contact__isnull=False).exclude(act=Act.PHONE_TASK.value)
        for clock, contact in rows.values_list("clock_id", "contact"):
            if contact is not None:
                found[clock].add(contact)
    return found


def _happening(one: Taken, first: str, handles: Mapping[str, str]) -> journal.Happening:
    awaited, waiting = handles[one.awaited], handles[one.waiting]
    committed = {"clock": one.due.name.encode(), "step": one.rung.name.encode()}
    if one.missing:
        committed["missing"] = NO_CONTACT
    named = one.contact.id if one.contact is not None else None
    return journal.Happening(
        type=EventType.ESCALATION_CLIMBED,
        sender=HOUSE,
        recipient=waiting if one.rung.act in ASKS else awaited,
        case=one.due.notice,
        actor=HOUSE,
        committed=committed,
        due=one.next_at,
        ref=(first, named) if named is not None else (first,),
        to=_carried(one, awaited, waiting),
    )


def _carried(one: Taken, awaited: str, waiting: str) -> tuple[str, ...]:
    """Whom the outbox tells of the step."""
    found: tuple[str, ...] = ()
    match one.rung.act:
        case Act.PHONE_TASK | Act.PROPOSE:
            return (f"party:{waiting}",)
        case Act.UNREACHABLE:
            return clocks.both(waiting, awaited)
        case Act.REMIND:
            found = (f"party:{awaited}",)
    if one.contact is not None:
        return (*found, f"contact:{one.contact.id}")
    return tuple(dict.fromkeys((*found, f"party:{waiting}")))  # The sender learns that nobody is there to be told.


def _write(taken: Sequence[Taken], recorded: Sequence[journal.Recorded], moment: Moment) -> None:
    steps, tasks, moved = [], [], []
    for one, event in zip(taken, recorded, strict=True):
        rung, due = one.rung, one.due
        contact = one.contact.id if one.contact is not None else None
        place = (due.pk, rung.index + 1)
        steps.append((*place, rung.name, rung.act.value, moment.at, event.id, contact, one.missing))
        if rung.act in ASKS:
            asked = (rung.act.value, rung.name, rung.proposes or "", event.id, contact, moment.at)
            tasks.append((moment.id("tsk"), due.notice, *place, one.waiting, *asked))
        moved.append((due.climbed + 1, one.next_at, due.pk, due.climbed))
    store.insert(Step, STEP, steps)
    store.insert(Task, TASK, tasks)
    # A clock that ended has no next step (the database holds it so), and was not found here.
    if store.move(Clock, ("climbed", "next_at"), ("id", "climbed"), moved) != len(moved):
        raise RuntimeError("a ladder moved while the writer wrote")
    lost = [one.due.notice for one in taken if one.rung.act is Act.UNREACHABLE]
    if lost:
        Notice.objects.filter(pk__in=lost, unreachable_since=None, ended_at=None).update(unreachable_since=moment.at)


STEP = ("clock_id", "rung", "name", "act", "at", "event", "contact", "missing")
TASK = (
    *("id", "notice_id", "clock_id", "rung", "party_id"),
    *("act", "name", "proposes", "event", "contact", "made_at"),
)
