"""Capacity: who has to work when, so that notices are answered in time. The plan, and what its figures say. Pure.

A plan says how many notices come, how long each takes, and who works when. `runners.capacity` plays it many times over;
every time is a world of its own, so that the shares of the runs tell how sure the share of all of them is. What a
notice turns out to be is no part of a plan: a refusal takes its time like any other answer (I-05).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct, inspect
from msgspec.structs import replace

from mufakat.rules import calendars
from mufakat.rules.durations import parse_elapsed
from mufakat.rules.errors import BadPlanError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import Category, Line, NoticeKind, Urgency
from mufakat.rules.profile_checks import check_calendar
from mufakat.rules.profile_shape import Calendar, Day, Name, check_zone
from mufakat.rules.reading import UNREAD, parse_json, read
from mufakat.rules.yaml_reading import parse_yaml

MAX_PLAN_BYTES: Final = 64 * 1024
MAX_NOTICES: Final = 5_000_000
"""What all runs of a plan may come to together; more would take minutes and say little more."""

ProfileRef = Annotated[str, Meta(min_length=1, max_length=64, description="a profile's name, such as id-2017")]
Weights = Annotated[int, Meta(ge=0, le=1_000)]


class Shape(StrEnum):
    """How times of work are spread around their mean."""

    LOGNORMAL = "lognormal"  # Most are short, a few long: as people work.
    EXPONENTIAL = "exponential"  # As the textbooks take it.
    FIXED = "fixed"


class Work(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long something takes one person: the `mean`, and its `spread` in percent of it (lognormal alone)."""

    mean: str
    shape: Shape = Shape.LOGNORMAL
    spread: Annotated[int, Meta(ge=0, le=500)] = 60

    def __post_init__(self) -> None:
        parse_elapsed(self.mean)

    @property
    def seconds(self) -> float:
        """The mean."""
        return parse_elapsed(self.mean).total_seconds()


class Stream(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Notices of one sort: how many come, when, and how long each takes.

    `per_hour` or `per_day` is the mean over a week; `by_hour` (24) and `by_weekday` (7, from Monday) say how it is
    spread in `zone`. Without `acknowledge` whoever takes a notice up acknowledges it with that.
    """

    name: Name
    category: Category
    decide: Work
    kind: NoticeKind = NoticeKind.TRUSTED_FLAG
    urgency: Urgency = Urgency.NORMAL
    acknowledge: Work | None = None
    per_hour: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    per_day: Annotated[int, Meta(ge=1, le=2_400_000)] | None = None
    zone: str = "UTC"
    by_hour: Annotated[tuple[Weights, ...], Meta(min_length=24, max_length=24)] | None = None
    by_weekday: Annotated[tuple[Weights, ...], Meta(min_length=7, max_length=7)] | None = None

    def __post_init__(self) -> None:
        if (self.per_hour is None) == (self.per_day is None):
            raise ValueError("How many come is given by exactly one of per_hour and per_day.")
        for name, weights in (("by_hour", self.by_hour), ("by_weekday", self.by_weekday)):
            if weights is not None and not any(weights):
                raise ValueError(f"{name} says that nothing ever comes.")
        check_zone(self.zone)

    @property
    def a_day(self) -> float:
        """How many come on a mean day."""
        return self.per_hour * 24.0 if self.per_hour is not None else float(self.per_day or 0)

    def rate(self, weekday: int, hour: int) -> float:
        """How many come in this hour of the zone; 0 is Monday, and midnight."""
        days = self.by_weekday or (1,) * 7
        hours = self.by_hour or (1,) * 24
        return self.a_day * (7 * days[weekday] / sum(days)) * (hours[hour] / sum(hours))


class Team(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """People who work at the same hours on the same notices; `streams` names those they take (null: all)."""

    name: Name
    reviewers: Annotated[int, Meta(ge=1, le=10_000)]
    calendar: Calendar
    streams: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=50)] | None = None


class Plan(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is played: `runs` times `days` from `start` on, the first `warm_up` days of each uncounted.

    `seed` makes it the same every time. `at_least` is the share, in percent, for which the staff is looked for.
    """

    profile: ProfileRef
    streams: Annotated[tuple[Stream, ...], Meta(min_length=1, max_length=50)]
    teams: Annotated[tuple[Team, ...], Meta(min_length=1, max_length=20)]
    title: Line | None = None
    start: Day = "2026-01-05"  # A Monday.
    days: Annotated[int, Meta(ge=2, le=400)] = 28
    warm_up: Annotated[int, Meta(ge=0, le=100)] = 3
    runs: Annotated[int, Meta(ge=5, le=200)] = 20
    seed: Annotated[int, Meta(ge=0, le=2**53)] = 1
    at_least: Annotated[int, Meta(ge=1, le=99)] = 99

    @property
    def notices(self) -> float:
        """How many come in all runs together, by expectation."""
        return sum(stream.a_day for stream in self.streams) * self.days * self.runs

    def staffed(self, reviewers: Sequence[int]) -> "Plan":
        """The same with so many reviewers in each team, in their order."""
        teams = (replace(team, reviewers=many) for team, many in zip(self.teams, reviewers, strict=True))
        return replace(self, teams=tuple(teams))


_PLAN = inspect.type_info(Plan)


def parse(raw: bytes) -> Plan:
    """The plan that a text in YAML or JSON describes (at most 64 KiB), or BadPlanError with every fault."""
    faults = Faults()
    found: Plan = UNREAD
    if raw.lstrip().startswith(b"{") and len(raw) <= MAX_PLAN_BYTES:
        value, line_of = parse_json(raw, faults), None
    else:
        document = parse_yaml(raw, faults, limit=MAX_PLAN_BYTES)
        value, line_of = document.value, document.line_of
    if not faults.found:
        found = read(value, _PLAN, "", faults)
    if not faults.found:
        _check(found, faults)
    if faults.found:
        raise BadPlanError([replace(one, line=line_of(one.pointer)) if line_of else one for one in faults.found])
    return found


def _check(plan: Plan, faults: Faults) -> None:
    """What the members are to each other."""
    if not _is_day(plan.start):
        faults.add("/start", FaultCode.BAD_DATE, "A plan begins on a day from 2000 to 2100, such as 2026-01-05.")
        return
    _once([stream.name for stream in plan.streams], "/streams", faults)
    _once([team.name for team in plan.teams], "/teams", faults)
    known = {stream.name for stream in plan.streams}
    for place, team in enumerate(plan.teams):
        for index, name in enumerate(team.streams or ()):
            if name not in known:
                detail = f"There is no stream called {name}."
                faults.add(f"/teams/{place}/streams/{index}", FaultCode.NOT_IN_LIST, detail)
        if check_calendar(team.calendar, f"/teams/{place}/calendar", faults):
            _is_open_at_all(team.calendar, f"/teams/{place}/calendar", plan, faults)
    served = {name for team in plan.teams for name in (team.streams or known)}
    for place, stream in enumerate(plan.streams):
        if stream.name not in served:
            faults.add(f"/streams/{place}", FaultCode.BAD_FORM, f"No team takes the stream {stream.name}.")
    if plan.warm_up >= plan.days:
        faults.add("/warm_up", FaultCode.BAD_NUMBER, "The days that are not counted must be fewer than all days.")
    if plan.notices > MAX_NOTICES:
        detail = f"These are about {plan.notices:,.0f} notices in all runs; at most {MAX_NOTICES:,} are played."
        faults.add("/runs", FaultCode.TOO_LARGE, detail)


def _once(names: Sequence[str], pointer: str, faults: Faults) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            detail = f"{name} stands here more than once; give each a name of its own."
            faults.add(f"{pointer}/{place}/name", FaultCode.REPEATED_ITEM, detail)


def _is_day(text: str) -> bool:
    try:
        return 2000 <= date.fromisoformat(text).year <= 2100
    except ValueError:
        return False


def _is_open_at_all(calendar: Calendar, pointer: str, plan: Plan, faults: Faults) -> None:
    first = date.fromisoformat(plan.start)
    time, _ = calendars.offered(calendar, since=first, until=first + timedelta(days=plan.days))
    if not time:
        faults.add(pointer, FaultCode.BAD_FORM, "Nobody works at these hours in the days that are played.")


def shared(plan: Plan, total: int) -> tuple[int, ...]:
    """So many reviewers over the teams, as near to the plan's own shares as whole people allow, and one in each."""
    if total < len(plan.teams):
        raise ValueError("Each team has at least one reviewer.")
    sizes = [team.reviewers for team in plan.teams]
    free, whole = total - len(sizes), sum(sizes)
    exact = [free * size / whole for size in sizes]
    found = [int(each) for each in exact]
    rest = sorted(range(len(sizes)), key=lambda place: (found[place] - exact[place], place))
    for place in rest[: free - sum(found)]:
        found[place] += 1
    return tuple(1 + each for each in found)
