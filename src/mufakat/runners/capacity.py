"""Play a plan: notices come, people take them up by their shifts, and clocks are met or not. Seeded, with SimPy.

Every run has a random stream of its own for each stream of notices, made of the seed, the run and the stream's name, so
that the same plan gives the same figures everywhere, and another number of reviewers meets the same notices. People
take what is due first; what somebody has in hand as a shift ends is finished. The simulation knows no outcomes (I-05).
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from math import log, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from mufakat.rules import calendars
from mufakat.rules.capacity import Shape
from mufakat.rules.due_times import DueTimes
from mufakat.rules.events import EventType
from mufakat.rules.profile_shape import Actor

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from mufakat.rules.capacity import Plan, Stream, Team, Work
    from mufakat.rules.due_times import Timed
    from mufakat.rules.profile_shape import Calendar, Profile

MISSING = 'The rehearsal of capacity needs SimPy: install "mufakat[rehearsal]".'
HOUR = 3600.0
STEPS = (EventType.NOTICE_ACKNOWLEDGED, EventType.DECISION_MADE)
ACKNOWLEDGED, DECIDED = 0, 1
SAMPLE = 2_000  # Waiting times that one run gives on, spread evenly.


class Counted(NamedTuple):
    """Of a clock and a stream: how many came due, and how many of them in time, by the hour in which they came.

    The hour is that of the stream's zone.
    """

    counted: list[int]
    met: list[int]


class Run(NamedTuple):
    """What one run found. `waits` are seconds until the decision, evenly sampled; `busy` and `open` of each team."""

    clocks: dict[tuple[str, str], Counted]
    arrived: int
    decided: int
    waits: list[float]
    busy: list[float]
    open: list[float]


class _Clock(NamedTuple):
    """A clock of a stream: its due times, the step that ends it, and where it is counted."""

    timed: Timed
    step: int
    counted: list[Counted]  # One for each turn.


class _Notice:
    """A notice that waits or is in hand."""

    __slots__ = ("arrived", "dues", "flow", "hour", "works")

    def __init__(
        self, flow: _Flow, arrived: float, hour: int, works: tuple[float, float], dues: list[tuple[float, int, Counted]]
    ) -> None:
        self.flow, self.arrived, self.hour, self.works, self.dues = flow, arrived, hour, works, dues


class _Crew:
    """A team in a run: its hours in seconds from the start, who is idle, and what it may take."""

    def __init__(self, team: Team, hours: list[tuple[float, float]]) -> None:
        self.team, self.hours = team, hours
        self.starts = [opens for opens, _ in hours]
        self.idle: list[Any] = []
        self.lanes: list[list[tuple[float, int, _Notice, int]]] = []
        self.busy = 0.0

    def next_open(self, at: float) -> float:
        """When somebody of the team can take something up that comes at `at`; infinite where nobody can any more."""
        place = bisect_right(self.starts, at) - 1
        if place >= 0 and at < self.hours[place][1]:
            return at
        return self.starts[place + 1] if place + 1 < len(self.starts) else float("inf")


class _Flow:
    """A stream in a run."""

    def __init__(self, stream: Stream, clocks: list[_Clock], crews: list[_Crew], chance: random.Random) -> None:
        self.stream, self.clocks, self.crews, self.chance = stream, clocks, crews, chance
        self.decide = _drawn(stream.decide, chance)
        self.acknowledge = None if stream.acknowledge is None else _drawn(stream.acknowledge, chance)
        self.lane: list[tuple[float, int, _Notice, int]] = []


def judged(profile: Profile, stream: Stream) -> list[tuple[Timed, int]]:
    """The clocks that are played for a stream: those in which the recipient takes on or decides what came in."""
    event = EventType.NOTICE_RECEIVED
    started = DueTimes(profile).started(event, stream.kind, stream.category, stream.urgency)
    return [
        (timed, STEPS.index(EventType(timed.rule.stops)))
        for timed in started
        if timed.rule.actor is Actor.RECIPIENT and timed.rule.stops in STEPS
    ]


def played(plan: Plan, profile: Profile, *, number: int, unlimited: bool = False) -> Run:
    """One run of the plan, the `number`th of its world. `unlimited`: with as many people as ever come in handy."""
    return _World(plan, profile, number, unlimited=unlimited).play()


class _World:
    """One run while it is played. Times are seconds since the midnight (UTC) at which the plan begins."""

    def __init__(self, plan: Plan, profile: Profile, number: int, *, unlimited: bool) -> None:
        self.plan, self.unlimited = plan, unlimited
        first = date.fromisoformat(plan.start)
        self.start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        self.end = plan.days * 24 * HOUR
        self.counted_from = plan.warm_up * 24 * HOUR
        self.crews = [_Crew(team, hours(team.calendar, self.start, plan.days)) for team in plan.teams]
        self.found: dict[tuple[str, str], Counted] = {}
        self.flows = [self._flow(stream, profile, number) for stream in plan.streams]
        self._share_lanes()
        self.arrived = self.decided = 0
        self.waits: list[float] = []
        self.env = _environment()
        self.rank = 0

    def play(self) -> Run:
        env = self.env
        for flow in self.flows:
            env.process(self._coming(flow))
        if not self.unlimited:
            for crew in self.crews:
                env.process(self._closing(crew))
                for _ in range(crew.team.reviewers):
                    env.process(self._reviewing(crew))
        env.run(until=self.end)
        every = max(1, len(self.waits) // SAMPLE)
        offered = [sum(closes - opens for opens, closes in crew.hours) * crew.team.reviewers for crew in self.crews]
        busy = [crew.busy for crew in self.crews]
        return Run(self.found, self.arrived, self.decided, self.waits[::every], busy, offered)

    def _flow(self, stream: Stream, profile: Profile, number: int) -> _Flow:
        clocks = []
        for timed, step in judged(profile, stream):
            counted = [Counted([0] * 24, [0] * 24) for _ in timed.names]
            self.found |= {(name, stream.name): one for name, one in zip(timed.names, counted, strict=True)}
            clocks.append(_Clock(timed, step, counted))
        crews = [crew for crew in self.crews if crew.team.streams is None or stream.name in crew.team.streams]
        chance = random.Random(f"{self.plan.seed}/{number}/{stream.name}")  # noqa: S311 - no secret.
        return _Flow(stream, clocks, crews, chance)

    def _share_lanes(self) -> None:
        """Streams that the same teams take wait in one lane, so that a reviewer looks at few."""
        lanes: dict[tuple[int, ...], list[tuple[float, int, _Notice, int]]] = {}
        for flow in self.flows:
            flow.lane = lanes.setdefault(tuple(id(crew) for crew in flow.crews), flow.lane)
        for crew in self.crews:
            mine = (flow.lane for flow in self.flows if crew in flow.crews)
            crew.lanes = list({id(lane): lane for lane in mine}.values())

    def _coming(self, flow: _Flow) -> Generator[Any, Any, None]:
        """Notices come by chance (Poisson), hour by hour at the rate of that hour."""
        env, draw = self.env, flow.chance.expovariate
        for begins, hour, rate in rates(flow.stream, self.start, self.plan.days):
            if not rate:
                continue
            at, ends, each = begins, begins + HOUR, rate / HOUR
            while (at := at + draw(each)) < ends:
                yield env.timeout(at - env.now)
                self._arrive(flow, at, hour)

    def _arrive(self, flow: _Flow, at: float, hour: int) -> None:
        moment = self.start + timedelta(seconds=at)
        counts = at >= self.counted_from
        dues = []
        for clock in flow.clocks:
            for due_at, counted in zip(clock.timed.dues(moment), clock.counted, strict=True):
                due = (due_at - self.start).total_seconds()
                # What is due after the end cannot be judged.
                if counts and due <= self.end:
                    counted.counted[hour] += 1
                    dues.append((due, clock.step, counted))
                else:
                    dues.append((due, clock.step, _UNCOUNTED))
        # Drawn as it comes, so that another number of reviewers meets the same work.
        works = (flow.acknowledge() if flow.acknowledge is not None else 0.0, flow.decide())
        notice = _Notice(flow, at, hour, works, dues)
        self.arrived += 1
        if self.unlimited:
            self._take_at_once(notice)
        elif flow.acknowledge is None:
            self._wait(notice, DECIDED)
        else:
            self._wait(notice, ACKNOWLEDGED)

    def _wait(self, notice: _Notice, step: int) -> None:
        """Into the lane by what is due first, and wake somebody who is idle."""
        self.rank += 1
        first = min((due for due, stops, _ in notice.dues if stops >= step), default=notice.arrived + 1e9)
        flow = notice.flow
        heapq.heappush(flow.lane, (first, self.rank, notice, step))
        for crew in flow.crews:
            if crew.idle:
                crew.idle.pop().succeed()
                return

    def _take_at_once(self, notice: _Notice) -> None:
        taken = min(crew.next_open(notice.arrived) for crew in notice.flow.crews)
        first, then = notice.works
        self._done(notice, ACKNOWLEDGED, taken + first)
        self._done(notice, DECIDED, taken + first + then)

    def _reviewing(self, crew: _Crew) -> Generator[Any, Any, None]:
        """A person: comes as the shift begins, takes what is due first, waits where there is nothing."""
        env, lanes = self.env, crew.lanes
        for opens, closes in crew.hours:
            if opens > env.now:
                yield env.timeout(opens - env.now)
            while (now := env.now) < closes:
                lane = lanes[0] if len(lanes) == 1 else min(lanes, key=_head)
                if not lane:
                    awaited = env.event()
                    crew.idle.append(awaited)
                    yield awaited
                    continue
                _, _, notice, step = heapq.heappop(lane)
                work = notice.works[step]
                if step == DECIDED and notice.flow.acknowledge is None:
                    self._done(notice, ACKNOWLEDGED, now)
                crew.busy += work
                yield env.timeout(work)
                self._done(notice, step, env.now)
                if step == ACKNOWLEDGED:
                    self._wait(notice, DECIDED)

    def _closing(self, crew: _Crew) -> Generator[Any, Any, None]:
        """Who is idle as the shift ends goes home."""
        env = self.env
        for _, closes in crew.hours:
            yield env.timeout(closes - env.now)
            idle, crew.idle = crew.idle, []
            for each in idle:
                each.succeed()

    def _done(self, notice: _Notice, step: int, at: float) -> None:
        for due, stops, counted in notice.dues:
            if stops == step and at <= due:
                counted.met[notice.hour] += 1
        if step == DECIDED and at < self.end:
            self.decided += 1
            if notice.arrived >= self.counted_from:
                self.waits.append(at - notice.arrived)


_UNCOUNTED = Counted([0] * 24, [0] * 24)


def _head(lane: list[tuple[float, int, _Notice, int]]) -> float:
    return lane[0][0] if lane else float("inf")


def _environment() -> Any:
    try:
        import simpy
    except ImportError:
        raise ImportError(MISSING) from None
    return simpy.Environment()


def hours(calendar: Calendar, start: datetime, days: int) -> list[tuple[float, float]]:
    """The hours of a calendar in seconds since `start`, those that touch joined; none outside of the days."""
    found: list[tuple[float, float]] = []
    first, end = start.date() - timedelta(days=1), days * 24 * HOUR
    for opens_at, closes_at in calendars.stretches(calendar, since=first, until=first + timedelta(days=days + 3)):
        opens, closes = ((each - start).total_seconds() for each in (opens_at, closes_at))
        opens, closes = max(0.0, opens), min(end, closes)
        if opens >= closes:
            continue
        if found and found[-1][1] >= opens:
            found[-1] = (found[-1][0], closes)
        else:
            found.append((opens, closes))
    return found


def rates(stream: Stream, start: datetime, days: int) -> Iterator[tuple[float, int, float]]:
    """For each hour since `start`: when it begins (seconds), which hour of the stream's zone it is, how many come."""
    zone = ZoneInfo(stream.zone)
    known = {(weekday, hour): stream.rate(weekday, hour) for weekday in range(7) for hour in range(24)}
    for count in range(days * 24):
        local = (start + timedelta(hours=count)).astimezone(zone)
        yield count * HOUR, local.hour, known[local.weekday(), local.hour]


def _drawn(work: Work, chance: random.Random) -> Callable[[], float]:
    """How long something takes this time, in seconds."""
    mean = work.seconds
    if work.shape is Shape.EXPONENTIAL:
        return lambda: chance.expovariate(1 / mean)
    if work.shape is Shape.FIXED or not work.spread:
        return lambda: mean
    square = log(1 + (work.spread / 100) ** 2)
    middle, width = log(mean) - square / 2, sqrt(square)
    return lambda: chance.lognormvariate(middle, width)


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which this share of the sorted values lies; None of none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else None


__all__ = ["MISSING", "Counted", "Run", "hours", "judged", "played", "quantile", "rates"]
