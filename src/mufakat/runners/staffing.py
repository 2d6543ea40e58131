"""What the runs of a plan come to: the chance of meeting each clock, and how many people it takes for the share wanted.

The staff is looked for by halving, over runs that are the same for every number of people; what was found is played in
full before it is said. Where nobody works when a clock runs, no number of people helps: that is seen first, by playing
the plan with as many people as could ever be of use, and said.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.capacity import shared
from mufakat.rules.chance import Chance, Counts, chance
from mufakat.runners.capacity import Run, played, quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mufakat.rules.capacity import Plan
    from mufakat.rules.profile_shape import Profile

    Say = Callable[[str, int, int], None]

SEARCHED = 150_000
"""Notices of one step of the search; what it finds is played in full."""

MOST = 20_000
"""Reviewers; whoever needs more has other worries than this."""

PLAYING, LOOKING = "playing", "looking"


class ClockFigures(msgspec.Struct, frozen=True):
    """A clock: how often it is met, overall, by stream, and by the hour in which notices come."""

    name: str
    stops: str
    certainty: str
    target: bool
    chance: Chance
    streams: dict[str, Chance]
    hours: list[float | None]


class TeamFigures(msgspec.Struct, frozen=True):
    """A team, and which share of its hours was work on notices."""

    name: str
    reviewers: int
    busy: float


class Waits(msgspec.Struct, frozen=True):
    """Seconds until the decision: of half of the notices at most `p50`, and so on; None where none was decided."""

    p50: float | None
    p95: float | None
    p99: float | None


class Figures(msgspec.Struct, frozen=True):
    """What a plan's runs came to. `not_played` are clocks of the profile that wait for somebody or something else."""

    profile: str
    runs: int
    notices: int
    clocks: list[ClockFigures]
    teams: list[TeamFigures]
    waits: Waits
    not_played: list[str]

    @property
    def worst(self) -> float:
        """The least of the chances; 1 where there is no clock to meet."""
        return min((one.chance.value for one in self.clocks if one.chance.value is not None), default=1.0)


class Tried(msgspec.Struct, frozen=True):
    """So many reviewers, in the teams in their order, and the chance of each clock."""

    reviewers: int
    teams: list[int]
    clocks: dict[str, Chance]


class Staff(msgspec.Struct, frozen=True):
    """Whether enough people make the share, how many that are, and what was tried on the way, by number of people.

    Where it is not possible, `best` is what as many people as could ever be of use would come to.
    """

    at_least: int
    possible: bool
    reviewers: int | None
    teams: dict[str, int]
    best: dict[str, Chance]
    tried: list[Tried]


def figures(plan: Plan, profile: Profile, *, say: Say | None = None, unlimited: bool = False) -> Figures:
    """Play all runs of the plan; `say` hears after each how many are done."""
    runs = []
    for number in range(plan.runs):
        runs.append(played(plan, profile, number=number, unlimited=unlimited))
        if say is not None:
            say(PLAYING, number + 1, plan.runs)
    return summed(plan, profile, runs)


def summed(plan: Plan, profile: Profile, runs: Sequence[Run]) -> Figures:
    """What the runs came to together."""
    waits = sorted(wait for run in runs for wait in run.waits)
    teams = [
        TeamFigures(
            team.name,
            team.reviewers,
            sum(run.busy[place] for run in runs) / max(1.0, sum(run.open[place] for run in runs)),
        )
        for place, team in enumerate(plan.teams)
    ]
    clocks = _clocks(plan, profile, runs)
    names = {one.name.partition("#")[0] for one in clocks}
    return Figures(
        plan.profile,
        len(runs),
        sum(run.arrived for run in runs),
        clocks,
        teams,
        Waits(*(quantile(waits, share) for share in (0.5, 0.95, 0.99))),
        [rule.name for rule in profile.clocks if rule.name not in names],
    )


def _clocks(plan: Plan, profile: Profile, runs: Sequence[Run]) -> list[ClockFigures]:
    streams: defaultdict[str, list[str]] = defaultdict(list)
    for name, stream in runs[0].clocks:
        streams[name].append(stream)
    found = []
    for name, its in streams.items():
        rule = profile.clock(name)
        if rule is None:
            continue
        found.append(
            ClockFigures(
                name,
                rule.stops,
                rule.certainty.value,
                rule.duration.is_target,
                _chance(plan, runs, name, its),
                {stream: _chance(plan, runs, name, [stream]) for stream in its},
                [_hour(runs, name, its, hour) for hour in range(24)],
            )
        )
    return found


def _chance(plan: Plan, runs: Sequence[Run], name: str, streams: Sequence[str]) -> Chance:
    counts = [
        Counts(
            sum(sum(run.clocks[name, stream].met) for stream in streams),
            sum(sum(run.clocks[name, stream].counted) for stream in streams),
        )
        for run in runs
    ]
    return chance(counts, days=plan.days - plan.warm_up)


def _hour(runs: Sequence[Run], name: str, streams: Sequence[str], hour: int) -> float | None:
    counted = sum(run.clocks[name, stream].counted[hour] for run in runs for stream in streams)
    met = sum(run.clocks[name, stream].met[hour] for run in runs for stream in streams)
    return met / counted if counted else None


class _Search:
    """Numbers of people that were tried, each once."""

    def __init__(self, plan: Plan, profile: Profile, say: Say | None) -> None:
        fewer = max(5, min(plan.runs, int(SEARCHED / max(1.0, plan.notices / plan.runs))))
        self.plan, self.profile, self.say = plan, profile, say
        self.quick = msgspec.structs.replace(plan, runs=min(plan.runs, fewer))
        self.wanted = plan.at_least / 100
        self.tried: dict[tuple[int, ...], Tried] = {}

    def holds(self, teams: tuple[int, ...], *, in_full: bool = False) -> bool:
        """Whether so many people meet every clock often enough."""
        if in_full or teams not in self.tried:
            found = figures((self.plan if in_full else self.quick).staffed(teams), self.profile)
            self.tried[teams] = Tried(sum(teams), list(teams), {one.name: one.chance for one in found.clocks})
            if self.say is not None:
                self.say(LOOKING, len(self.tried), sum(teams))
        return self._is_enough(self.tried[teams].clocks)

    def _is_enough(self, clocks: dict[str, Chance]) -> bool:
        return all(one.value is None or one.value >= self.wanted for one in clocks.values())

    def run(self) -> Staff:
        """(1) Whether it is possible at all. (2) How many. (3) Fewer in one team. (4) In full."""
        best = {one.name: one.chance for one in figures(self.quick, self.profile, unlimited=True).clocks}
        if not self._is_enough(best):
            return self._said(None, best)
        teams = self._least()
        if teams is None:
            return self._said(None, best)
        teams = self._trimmed(teams)
        while not self.holds(teams, in_full=True) and sum(teams) < MOST:
            teams = shared(self.plan, sum(teams) + 1)
        return self._said(teams, best)

    def _least(self) -> tuple[int, ...] | None:
        """The least number of people, over the teams as the plan shares them."""
        low = len(self.plan.teams) - 1  # Too few, for there must be one in each.
        high = sum(team.reviewers for team in self.plan.teams)
        while not self.holds(shared(self.plan, high)):
            low, high = high, high * 2
            if high > MOST:
                return None
        while high - low > 1:
            middle = (low + high) // 2
            if self.holds(shared(self.plan, middle)):
                high = middle
            else:
                low = middle
        return shared(self.plan, high)

    def _trimmed(self, teams: tuple[int, ...]) -> tuple[int, ...]:
        """Take from each team what it does not need, team after team."""
        if len(teams) == 1:
            return teams
        for place in range(len(teams)):
            step = max(1, teams[place] // 2)
            while step:
                fewer = (*teams[:place], teams[place] - step, *teams[place + 1 :])
                if fewer[place] >= 1 and self.holds(fewer):
                    teams = fewer
                else:
                    step //= 2
        return teams

    def _said(self, teams: tuple[int, ...] | None, best: dict[str, Chance]) -> Staff:
        named = {} if teams is None else dict(zip((team.name for team in self.plan.teams), teams, strict=True))
        tried = sorted(self.tried.values(), key=lambda one: (one.reviewers, one.teams))
        total = None if teams is None else sum(teams)
        return Staff(self.plan.at_least, teams is not None, total, named, best, tried)


def staff(plan: Plan, profile: Profile, *, say: Say | None = None) -> Staff:
    """How many people it takes for each clock to be met as often as the plan wants; `say` hears what is tried."""
    return _Search(plan, profile, say).run()
