"""Running clocks: they start and stop at events, rest and go on with a reason, and run out by themselves.

No timer runs: a clock is a row with its due time, and what its ladder does next is a time in the same row
(``escalation``). A sweep takes what is due, in portions, each in one commit with its events. Killed at any point it has
done a portion or nothing of it; what is done is no longer found, so the next sweep, of whichever process, goes on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mufakat.rules import clock as rules, ladder, lifecycle
from mufakat.rules.clock import Rest as Rested
from mufakat.rules.events import EventType
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile import Actor
from mufakat.server.agreements import profiles
from mufakat.server.journal import operations as journal, queries as events, store
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.notices import strays
from mufakat.server.notices.models import Clock, Notice, Rest, Step, Task
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.rules.clock import ClockState
    from mufakat.rules.ladder import Rung
    from mufakat.rules.lifecycle import NoticeState
    from mufakat.rules.profile import ClockRule, Profile
    from mufakat.server.journal.work import Moment

PORTION = 512  # Clocks of one commit: a twentieth of a second, which is what a single notice may wait for.
SHARE = 10 * PORTION  # Clocks of one share of a sweep; then its caller looks whether it is to stop.
BREACHED = "breached"  # The act of rung 0: the clock ran out.

STARTED = ("notice_id", "name", "started_at", "due_at", "holidays", "aim", "next_at")


def started(due: Sequence[rules.DueClock], rules_of: Profile) -> list[tuple[object, ...]]:
    """What is stored of clocks that start now, the notice's id apart (STARTED)."""
    return [
        (one.name, one.started_at, one.due_at, one.holidays, one.target or one.right, first_step(one, rules_of))
        for one in due
    ]


def first_step(due: rules.DueClock, rules_of: Profile) -> datetime | None:
    """When the clock's ladder begins, if it has one."""
    found = rungs_of(rules_of, due.name, due.started_at, due.due_at)
    return found[0].at if found else None


def rungs_of(
    rules_of: Profile, name: str, started_at: datetime, due_at: datetime, *, rests: Sequence[Rested] = ()
) -> tuple[Rung, ...]:
    """The steps of the clock's ladder with their times; none where it has no ladder."""
    found = rules_of.ladder_of(name)
    if found is None:
        return ()
    return ladder.rungs(found, started_at=started_at, due_at=due_at, calendars=rules_of.calendars, rests=rests)


class Next(NamedTuple):
    """What a ladder does next, when, and how certain it is that this step comes then."""

    clock: str
    name: str
    act: str
    at: datetime
    certainty: str


def next_step(running: Sequence[Clock], profile_name: str) -> Next | None:
    """The step that comes next on the ladders of these clocks; read from the rows alone."""
    first = min((one for one in running if one.next_at is not None), key=_next_at, default=None)
    if first is None or first.next_at is None:
        return None
    found = profiles.load(profile_name).ladder_of(first.name)
    if found is None or first.climbed >= len(found.steps):
        return None
    step = found.steps[first.climbed]
    return Next(first.name, step.name, step.act.value, first.next_at, step.certainty.value)


def _next_at(one: Clock) -> datetime:
    return one.next_at or one.due_at


def state_of(one: Clock, rules_of: Profile, *, at: datetime) -> ClockState:
    """How the clock stands."""
    rule = rules_of.clock(one.name)
    return rules.state_at(
        one.due_at,
        one.ended_at,
        at=at,
        void=one.void,
        paused=one.paused_at is not None,
        target=rule is not None and rule.duration.is_target,
        right=rule is not None and rule.right,
    )


def rests_of(clocks: Collection[int]) -> Mapping[int, list[Rested]]:
    """When these clocks rested, in order."""
    found: defaultdict[int, list[Rested]] = defaultdict(list)
    rows = Rest.objects.filter(clock__in=clocks, resumed_at__isnull=False).order_by("paused_at")
    for row in rows:
        if row.resumed_at is not None:
            found[row.clock_id].append(Rested(row.paused_at, row.resumed_at))
    return found


@dataclass(slots=True)
class Turned:
    """What an event did to the clocks of its notice: the soonest that still runs, and what else happened by it."""

    due_at: datetime | None
    happenings: list[journal.Happening] = field(default_factory=list)


def turn(notice: Notice, type_: EventType, *, after: NoticeState, ref: str, moment: Moment) -> Turned:
    """Start, stop, rest and go on, as the profile says of this event, after which the notice stands in `after`.

    Called inside an operation of the writer, which appends the event, then the happenings given back, and writes the
    soonest due time on the notice. Clocks are few: each that changes is one statement.
    """
    rules_of = profiles.load(notice.profile)
    ends = after not in lifecycle.GOING_ON
    running = list(Clock.objects.filter(notice=notice, ended_at=None))
    if any(_is_overdue(one, moment.at) for one in running):
        # The event comes late, and before any sweep: none would find what it ends.
        _run_out(_over(_overdue(moment.at).filter(notice=notice), set()), {notice.id: ref}, moment)
    turned = Turned(None)
    for one in running:
        rule = rules_of.clock(one.name)
        if ends or (rule is not None and rule.is_stopped_by(type_)):
            _end(one, rules_of, void=rule is None or not rule.is_stopped_by(type_), moment=moment)
        elif rule is not None and type_ in rule.pauses and one.paused_at is None and moment.at <= one.due_at:
            rest(one, rule, rules_of, by="", moment=moment)
            turned.happenings.append(told(EventType.CLOCK_PAUSED, notice, one, reason=str(type_), ref=ref))
        elif rule is not None and type_ in rule.resumes and one.paused_at is not None:
            go_on(one, rule, rules_of, moment=moment)
            turned.happenings.append(told(EventType.CLOCK_RESUMED, notice, one, reason=str(type_), ref=ref))
    if not ends:
        running += _start(notice, type_, rules_of, moment=moment)
    turned.due_at = soonest(running)
    return turned


def concerns(profile_name: str, type_: EventType) -> bool:
    """Whether the profile has any clock that this event starts, stops, lets rest or go on."""
    return any(
        type_ == rule.starts or rule.is_stopped_by(type_) or type_ in {*rule.pauses, *rule.resumes}
        for rule in profiles.load(profile_name).clocks
    )


def moved(notice: Notice, type_: EventType, *, after: NoticeState, ref: str, moment: Moment) -> Turned:
    """The same as ``turn`` for an event that usually moves no clock: it costs nothing where the profile is silent."""
    if not concerns(notice.profile, type_):
        return Turned(notice.due_at)
    return turn(notice, type_, after=after, ref=ref, moment=moment)


def soonest(clocks: Sequence[Clock]) -> datetime | None:
    """When the first of those that run runs out; one that rests does not run."""
    return min((one.due_at for one in clocks if one.ended_at is None and one.paused_at is None), default=None)


def _start(notice: Notice, type_: EventType, rules_of: Profile, *, moment: Moment) -> list[Clock]:
    due = rules.derive(
        rules_of,
        event=type_,
        kind=NoticeKind(notice.kind),
        category=Category(notice.category),
        urgency=Urgency(notice.urgency),
        at=moment.at,
    )
    if not due:
        return []
    # A clock runs once on a notice: an event that comes again starts none anew.
    known = set(Clock.objects.filter(notice=notice).values_list("name", flat=True))
    new = [one for one in due if one.name not in known]
    store.insert(Clock, STARTED, [(notice.id, *row) for row in started(new, rules_of)])
    return list(Clock.objects.filter(notice=notice, name__in=[one.name for one in new]))


def _end(one: Clock, rules_of: Profile, *, void: bool, moment: Moment) -> None:
    rule = rules_of.clock(one.name)
    if one.paused_at is not None and rule is not None:
        go_on(one, rule, rules_of, moment=moment)  # It ended in time: while it rested none of its time passed.
    if one.climbed:
        Task.objects.filter(clock=one, done_at=None, ended_at=None).update(ended_at=moment.at)
    one.ended_at, one.void, one.next_at = moment.at, void, None
    one.save(update_fields=["ended_at", "void", "next_at"])


def rest(one: Clock, rule: ClockRule, rules_of: Profile, *, by: str, moment: Moment) -> None:
    """Let the clock rest from now on; `by` is a party's handle, empty where the profile says so by itself.

    What was left of its time is stored, and its ladder waits. The caller has asked that it runs and is not overdue.
    """
    one.remaining = rules.left(rule.duration, due_at=one.due_at, at=moment.at, calendars=rules_of.calendars)
    one.paused_at, one.next_at = moment.at, None
    one.save(update_fields=["remaining", "paused_at", "next_at"])
    Rest.objects.create(clock=one, paused_at=moment.at, paused_by=by)


def go_on(one: Clock, rule: ClockRule, rules_of: Profile, *, moment: Moment) -> None:
    """Let the clock run again, with the time that was left; its ladder is later by as much as it rested."""
    if one.remaining is None:
        raise ValueError("A clock that runs does not go on.")
    one.due_at = rules.resume(rule.duration, one.remaining, at=moment.at, calendars=rules_of.calendars)
    Rest.objects.filter(clock=one, resumed_at=None).update(resumed_at=moment.at)
    one.paused_at = one.remaining = None
    rungs = rungs_of(rules_of, one.name, one.started_at, one.due_at, rests=rests_of([one.pk])[one.pk])
    one.next_at = max(rungs[one.climbed].at, moment.at) if one.climbed < len(rungs) else None
    one.save(update_fields=["due_at", "paused_at", "remaining", "next_at"])


def told(  # noqa: PLR0913 - an event's parts, each by name.
    type_: EventType, notice: Notice, one: Clock, *, reason: str, ref: str, by: str = HOUSE
) -> journal.Happening:
    """The event that a clock rests or goes on: both sides learn of it."""
    handles = parties.handles()
    sides = [handles[notice.sender_id], handles[notice.recipient_id]]
    return journal.Happening(
        type=type_,
        sender=by,
        recipient=next((side for side in reversed(sides) if side != by), by),
        case=notice.id,
        actor=by,
        committed={"clock": one.name.encode(), "reason": reason.encode()},
        due=one.due_at if one.paused_at is None else None,
        ref=(ref,),
        to=both(*sides),
    )


def both(sender: str, recipient: str) -> tuple[str, ...]:
    """Where the outbox carries what both sides must learn; one place where a party wrote to itself."""
    return tuple(dict.fromkeys((f"party:{sender}", f"party:{recipient}")))


# -- Running out --


class Over(NamedTuple):
    """A clock whose time has passed, with what its event needs."""

    pk: int
    name: str
    due_at: datetime
    notice: str
    profile: str
    sender: str
    recipient: str


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Mark every clock whose time has passed at `at`, each with one event, once: whoever else sweeps finds it done."""
    done, passed = 0, set[int]()
    while done < SHARE and not (stop and stop.is_set()):
        if not is_due(at=at, but=passed):
            return Swept(done, more=False)
        done += alone(partial(_breach, at=at, passed=passed))
    return Swept(done, more=is_due(at=at, but=passed))


def is_due(*, at: datetime, but: Collection[int] = ()) -> bool:
    """Whether any clock's time has passed, but for these; a look at the end of an index of those that run."""
    return _overdue(at).exclude(pk__in=but).exists()


def overdue(*, at: datetime) -> int:
    """How many clocks run past their time: those that are marked, and those that no sweep saw yet."""
    return Clock.objects.filter(ended_at=None, breached_at__isnull=False).count() + _overdue(at).count()


def next_due() -> datetime | None:
    """When the first running clock runs out."""
    return _running().order_by("due_at").values_list("due_at", flat=True).first()


def _running() -> QuerySet[Clock]:
    return Clock.objects.filter(ended_at=None, breached_at=None, paused_at=None, aim=False)


def _overdue(at: datetime) -> QuerySet[Clock]:
    return _running().filter(due_at__lt=at)


def _is_overdue(one: Clock, at: datetime) -> bool:
    """The same of a row in hand that did not end."""
    return one.breached_at is None and one.paused_at is None and not one.aim and one.due_at < at


def _breach(moment: Moment, *, at: datetime, passed: set[int]) -> int:
    """One portion. Inside the writer nobody else writes: what is read here is true until the commit.

    Strays join those that this sweep `passed` over.
    """
    over = _over(_overdue(at).exclude(pk__in=passed).order_by("due_at")[:PORTION], passed)
    if over:
        _run_out(over, events.first_event_ids({one.notice for one in over}), moment)
    return len(over)


def _over(clocks: QuerySet[Clock], passed: set[int]) -> list[Over]:
    handles = parties.handles()
    of_notice = ("notice_id", "notice__profile", "notice__sender_id", "notice__recipient_id")
    found = []
    for pk, name, due_at, notice, of_profile, *sides in clocks.values_list("pk", "name", "due_at", *of_notice):
        if strays.is_stray(pk, of_profile, *sides, handles=handles):
            passed.add(pk)
        else:
            sender, recipient = (handles[side] for side in sides)
            found.append(Over(pk, name, due_at, notice, of_profile, sender, recipient))
    return found


def _run_out(over: Sequence[Over], first: Mapping[str, str], moment: Moment) -> None:
    """Mark these clocks, each with its event; `first` is the first event of each notice."""
    # (1) The events.
    recorded = journal.append([_ran_out(one, first[one.notice]) for one in over], moment)
    # (2) The mark, by compare-and-set; and the step, which the database takes once for each clock.
    marked = Clock.objects.filter(pk__in=[one.pk for one in over], breached_at=None, ended_at=None, paused_at=None)
    if marked.update(breached_at=moment.at) != len(over):
        raise RuntimeError("a clock moved while the writer wrote")
    made = [(one.pk, 0, one.name, BREACHED, moment.at, event.id) for one, event in zip(over, recorded, strict=True)]
    store.insert(Step, ("clock_id", "rung", "name", "act", "at", "event"), made)
    # (3) A clock of before there were ladders begins its own now.
    climbing = {one.name for one in over if profiles.load(one.profile).ladder_of(one.name)}
    late = Clock.objects.filter(pk__in=[one.pk for one in over], name__in=climbing, climbed=0, next_at=None)
    for found in late.select_related("notice"):
        begin_late(found, moment)


def begin_late(one: Clock, moment: Moment) -> None:
    """Begin the ladder of a clock that started before it had one."""
    rungs = rungs_of(profiles.load(one.notice.profile), one.name, one.started_at, one.due_at)
    if rungs:
        one.next_at = max(rungs[0].at, moment.at)
        one.save(update_fields=["next_at"])


def _ran_out(one: Over, first: str) -> journal.Happening:
    rule = profiles.load(one.profile).clock(one.name)
    awaited = one.sender if rule is not None and rule.actor is Actor.SENDER else one.recipient
    return journal.Happening(
        type=EventType.CLOCK_BREACHED,
        sender=HOUSE,
        recipient=awaited,
        case=one.notice,
        actor=HOUSE,
        committed={"clock": one.name.encode()},
        due=one.due_at,
        ref=(first,),
        to=both(one.sender, one.recipient),
    )
