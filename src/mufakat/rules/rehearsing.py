"""Rehearse a profile on notices of the past: which of its clocks would have been met, as things went. Pure.

What happened is given: when a notice came, was taken on, decided, asked about, taken back. Under another profile other
clocks would have started at those events and stopped at them; whether people would have acted otherwise, nobody knows,
and a rehearsal says so. What was decided is no input: an answer in time is one, be it a refusal (I-05).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from mufakat.rules import clock
from mufakat.rules.accuracy import Share, Z, share
from mufakat.rules.clock import ClockState
from mufakat.rules.due_times import DueTimes, Timed
from mufakat.rules.events import EventType, is_written
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.parties import PartyKind
from mufakat.rules.profile_shape import Actor, Certainty, ClockRule, Profile

ENDING: Final = frozenset({EventType.NOTICE_WITHDRAWN, EventType.NOTICE_CLOSED})
"""After these no clock of a notice runs on (`lifecycle.GOING_ON`)."""

STEPS: Final = (EventType.NOTICE_ACKNOWLEDGED, EventType.DECISION_MADE)
"""What a recipient has to do in time, by which two profiles can be compared."""

_STEP: Final = {step.value: place for place, step in enumerate(STEPS)}
LATE: Final = frozenset({ClockState.MISSED, ClockState.OVERDUE, ClockState.PAST_TARGET})


class Past(NamedTuple):
    """A notice and what happened to it, in order; that it came is the first event. `profile` is what it ran by."""

    sender: PartyKind
    kind: NoticeKind
    category: Category
    urgency: Urgency
    profile: str
    events: Sequence[tuple[str, datetime]]


class ClockCount(Struct, frozen=True):
    """How a clock of the draft would stand over all the notices; `share` is in time, of those that are due or done.

    `right` marks a time in which somebody may act and need not: there is nothing to meet, and its share is of nothing.
    """

    name: str
    stops: str
    actor: Actor
    certainty: Certainty
    target: bool
    right: bool
    states: dict[str, int]
    share: Share


class Difference(Struct, frozen=True):
    """How much more of the notices would have been in time, and between which bounds with 95 % certainty."""

    value: float | None
    lower: float
    upper: float


class StepCount(Struct, frozen=True):
    """A step of the recipient: how many were in time by all the clocks that they ran by, and would be by the draft's.

    `gained` are in time by the draft alone, `lost` as it was alone, `both` and `neither` as they say; notices that have
    no clock for this step on one of the sides, or are neither due nor done, are `open`.
    """

    step: str
    both: int
    gained: int
    lost: int
    neither: int
    open: int
    was: Share
    would: Share
    difference: Difference


class Rehearsal(Struct, frozen=True):
    """What came of it. `first` and `last` are when the first and the last of the notices came; none of none.

    `not_taken` counts by kind what the draft would have refused: the kind itself, its sender, or an order about what it
    does not list; they have no clocks under it. Whether each held the fields that the draft asks for is not judged.
    `not_seen` are clocks of the draft that start or stop at something that no part of this version writes yet.
    """

    profile: str
    notices: int
    not_taken: dict[str, int]
    not_seen: list[str]
    first: datetime | None
    last: datetime | None
    clocks: list[ClockCount]
    steps: list[StepCount]


class _Running:
    """A clock while a history with rests is gone through."""

    __slots__ = ("due", "ended_at", "left", "name", "rule", "void")

    def __init__(self, name: str, rule: ClockRule, due: datetime) -> None:
        self.name, self.rule, self.due = name, rule, due
        self.ended_at: datetime | None = None
        self.left: timedelta | None = None
        self.void = False

    def end(self, at: datetime, profile: Profile, *, void: bool) -> None:
        if self.left is not None:
            self.go_on(at, profile)  # While it rested none of its time passed.
        self.ended_at, self.void = at, void

    def rest(self, at: datetime, profile: Profile) -> None:
        if self.left is None and at <= self.due:
            self.left = clock.left(self.rule.duration, due_at=self.due, at=at, calendars=profile.calendars)

    def go_on(self, at: datetime, profile: Profile) -> None:
        if self.left is not None:
            self.due = clock.resume(self.rule.duration, self.left, at=at, calendars=profile.calendars)
            self.left = None

    def state(self, at: datetime) -> ClockState:
        return clock.state_at(
            self.due,
            self.ended_at,
            at=at,
            void=self.void,
            paused=self.left is not None,
            target=self.rule.duration.is_target,
            right=self.rule.right,
        )


Stood = tuple[str, ClockRule, ClockState]
"""A clock of a notice by its name, and how it stands."""


class _Rules:
    """A profile, ready for many notices."""

    def __init__(self, profile: Profile, *, steps_alone: bool = False) -> None:
        seen = [rule for rule in profile.clocks if is_written(rule.starts) and is_written(rule.stops)]
        self.not_seen = [rule.name for rule in profile.clocks if rule not in seen]
        if steps_alone:
            seen = [rule for rule in seen if rule.actor is Actor.RECIPIENT and rule.stops in STEPS]
        self.profile = replace(profile, clocks=tuple(seen))
        self.due_times = DueTimes(self.profile)
        self.starting = {rule.starts for rule in seen}
        self.pausing = {event for rule in seen for event in rule.pauses}
        self.rules = {rule.name: rule for rule in seen}
        self.listed = frozenset(rule.code for rule in profile.categories)
        self.senders = {rule.kind: frozenset(rule.senders) for rule in profile.kinds}

    def concerns(self) -> set[str]:
        """Every event that starts, stops, rests or resumes one of its clocks."""
        return {
            event for rule in self.profile.clocks for event in (rule.starts, rule.stops, *rule.pauses, *rule.resumes)
        }

    def takes(self, past: Past) -> bool:
        """Whether such a notice can be sent under it, by such a party."""
        if past.kind is NoticeKind.ORDER and past.category not in self.listed:
            return False
        return not self.senders or past.sender in self.senders.get(past.kind, ())

    def stood(self, past: Past, at: datetime) -> list[Stood]:
        """Every clock that this profile starts for the notice, with how it stands at `at`."""
        if self.pausing and any(type_ in self.pausing for type_, _ in past.events):
            return self._with_rests(past, at)
        found: list[Stood] = []
        known: set[str] = set()
        for place, (type_, moment) in enumerate(past.events):
            if type_ in ENDING:
                break
            if type_ not in self.starting or type_ in known:
                continue
            known.add(type_)  # A clock runs once on a notice: an event that comes again starts none anew.
            for timed in self.due_times.started(type_, past.kind, past.category, past.urgency):
                rule = timed.rule
                ended_at, void = _ended(past.events, place, rule.stops)
                for name, due in zip(timed.names, timed.dues(moment), strict=True):
                    target, right = rule.duration.undue_delay is not None, rule.right
                    state = clock.state_at(due, ended_at, at=at, void=void, target=target, right=right)
                    found.append((name, rule, state))
        return found

    def _with_rests(self, past: Past, at: datetime) -> list[Stood]:
        """The same for a history in which clocks may rest."""
        running: list[_Running] = []
        done: list[_Running] = []
        for type_, moment in past.events:
            ends = type_ in ENDING
            running = [one for one in running if not self._moved(one, type_, moment, done, ends=ends)]
            if not ends:
                started = self.due_times.started(type_, past.kind, past.category, past.urgency)
                self._start(started, moment, running, done)
        return [(one.name, one.rule, one.state(at)) for one in (*done, *running)]

    def _moved(self, one: _Running, type_: str, at: datetime, done: list[_Running], *, ends: bool) -> bool:
        """Let an event act on a clock; whether it ended."""
        rule = one.rule
        if ends or rule.stops == type_:
            one.end(at, self.profile, void=rule.stops != type_)
            done.append(one)
            return True
        if type_ in rule.pauses:
            one.rest(at, self.profile)
        elif type_ in rule.resumes:
            one.go_on(at, self.profile)
        return False

    def _start(self, started: Iterable[Timed], at: datetime, running: list[_Running], done: list[_Running]) -> None:
        known = {one.name for one in (*running, *done)}
        for timed in started:
            running += [
                _Running(name, timed.rule, due)
                for name, due in zip(timed.names, timed.dues(at), strict=True)
                if name not in known
            ]


def _ended(events: Sequence[tuple[str, datetime]], place: int, stops: str) -> tuple[datetime | None, bool]:
    """When a clock ended that the event at `place` started, and whether it is void by that; None while it runs."""
    for type_, moment in events[place + 1 :]:
        if type_ == stops:
            return moment, False
        if type_ in ENDING:
            return moment, True
    return None, False


def concerned(profiles: Iterable[Profile]) -> set[str]:
    """The events that a history must have for these profiles to be rehearsed."""
    return {event for profile in profiles for event in _Rules(profile).concerns()} | set(ENDING)


def rehearse(notices: Iterable[Past], draft: Profile, *, then: Mapping[str, Profile], at: datetime) -> Rehearsal:
    """How the clocks of `draft` would stand at `at` for these notices, and how they stood by their own (`then`)."""
    rules, known = _Rules(draft), {name: _Rules(profile, steps_alone=True) for name, profile in then.items()}
    states: defaultdict[str, Counter[ClockState]] = defaultdict(Counter)
    tables: list[Counter[tuple[bool | None, bool | None]]] = [Counter() for _ in STEPS]
    not_taken: Counter[str] = Counter()
    first = last = None
    count = 0
    for past in notices:
        count += 1
        came = past.events[0][1]
        first, last = min(first or came, came), max(last or came, came)
        if rules.takes(past):
            would = rules.stood(past, at)
        else:
            would = []
            not_taken[past.kind.value] += 1
        for name, _, state in would:
            states[name][state] += 1
        was = known[past.profile].stood(past, at) if past.profile in known else ()
        for table, pair in zip(tables, zip(_in_time(was), _in_time(would), strict=True), strict=True):
            table[pair] += 1
    clocks = [_clock(name, rules.rules[name.partition("#")[0]], found) for name, found in states.items()]
    order = [rule.name for rule in draft.clocks]
    clocks.sort(key=lambda one: order.index(one.name.partition("#")[0]))
    steps = [_step(step, table) for step, table in zip(STEPS, tables, strict=True)]
    return Rehearsal(draft.name, count, dict(not_taken), rules.not_seen, first, last, clocks, steps)


def _in_time(stood: Iterable[Stood]) -> tuple[bool | None, ...]:
    """For each step whether the recipient took it in time by every clock; None where none says so yet."""
    found: list[bool | None] = [None] * len(STEPS)
    for _, rule, state in stood:
        step = _STEP.get(rule.stops)
        if step is None or rule.actor is not Actor.RECIPIENT:
            continue
        if state in LATE:
            found[step] = False
        elif state is ClockState.MET and found[step] is None:
            found[step] = True
    return tuple(found)


def _clock(name: str, rule: ClockRule, found: Counter[ClockState]) -> ClockCount:
    met, late = found[ClockState.MET], sum(found[state] for state in LATE)
    return ClockCount(
        name,
        rule.stops,
        rule.actor,
        rule.certainty,
        rule.duration.is_target,
        rule.right,
        {state.value: found[state] for state in ClockState if found[state]},
        share(0, 0) if rule.right else share(met, met + late),
    )


def _step(step: str, table: Counter[tuple[bool | None, bool | None]]) -> StepCount:
    both, gained, lost, neither = (table[pair] for pair in ((True, True), (False, True), (True, False), (False, False)))
    was_met, was = (sum(table[before, after] for before in seen for after in _ANY) for seen in ((True,), _KNOWN))
    would_met, would = (sum(table[before, after] for after in seen for before in _ANY) for seen in ((True,), _KNOWN))
    return StepCount(
        step,
        both,
        gained,
        lost,
        neither,
        sum(table.values()) - both - gained - lost - neither,
        share(was_met, was),
        share(would_met, would),
        _difference(gained, lost, both + neither + gained + lost),
    )


_KNOWN: Final = (True, False)
_ANY: Final = (True, False, None)


def _difference(gained: int, lost: int, whole: int) -> Difference:
    """The difference of two shares of the same notices, with the bounds of Agresti and Min (2005).

    The two are not independent: only notices that changed sides say anything. Half a notice is added to each field.
    """
    if whole == 0:
        return Difference(None, -1.0, 1.0)
    more, less, all_ = gained + 0.5, lost + 0.5, whole + 2
    middle = (more - less) / all_
    half = Z * math.sqrt(more + less - (more - less) ** 2 / all_) / all_
    return Difference((gained - lost) / whole, max(-1.0, middle - half), min(1.0, middle + half))
