"""``rehearsal.capacity``: notices a second that come, wait and are decided in a simulation of shifts."""

from __future__ import annotations

import heapq
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from bench.contest import Contest, Sample, Target, WrongError
from mufakat.rules import capacity, profile
from mufakat.runners import staffing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COUNT = 1_000_000
HOURS = [1, 1, 1, 1, 1, 2, 3, 5, 8, 9, 9, 8, 6, 8, 9, 9, 8, 6, 4, 3, 3, 2, 2, 1]
EVERY_DAY = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PLAN: dict[str, Any] = {
    "profile": "id-2017",
    "days": 28,
    "warm_up": 3,
    "runs": 20,
    "seed": 2017,
    "streams": [
        {
            "name": "terror",
            "category": "terrorism",
            "urgency": "urgent",
            "per_hour": 45,
            "zone": "Asia/Jakarta",
            "by_hour": HOURS,
            "decide": {"mean": "PT6M"},
        },
        {"name": "fraud", "category": "fraud", "kind": "request", "per_hour": 30, "decide": {"mean": "PT10M"}},
    ],
    "teams": [
        {
            "name": name,
            "reviewers": reviewers,
            "calendar": {"name": name, "zone": "Asia/Jakarta", "days": EVERY_DAY, "hours": [hours]},
        }
        for name, reviewers, hours in (
            ("night", 8, "00:00-08:00"),
            ("day", 22, "08:00-18:00"),
            ("eve", 12, "18:00-24:00"),
        )
    ],
}


def planned() -> capacity.Plan:
    return capacity.parse(msgspec.json.encode(PLAN))


def ours(plan: capacity.Plan) -> int:
    """The whole: shifts, two streams, two clocks for each notice, shares with their bounds."""
    found = staffing.figures(plan, profile.load(plan.profile))
    if len(found.clocks) != 2 or any(one.chance.value is None for one in found.clocks):
        raise WrongError(f"the simulation counted {found.clocks}")
    return found.notices


def by_hand(plan: capacity.Plan) -> int:
    """What one writes in an hour: one queue, one clock of four hours, no shifts, a heap of who is free when."""
    chance = random.Random(2017)  # noqa: S311 - no secret.
    each, seconds = sum(stream.a_day for stream in plan.streams) / 86_400, plan.days * 86_400.0
    reviewers = sum(team.reviewers for team in plan.teams) // 3
    done = met = 0
    for _ in range(plan.runs):
        free, at = [0.0] * reviewers, 0.0
        while (at := at + chance.expovariate(each)) < seconds:
            taken = max(at, free[0])
            heapq.heapreplace(free, taken + chance.lognormvariate(5.7, 0.6))
            met += taken - at <= 14_400
            done += 1
    if not met:
        raise WrongError("the loop met no clock at all")
    return done


@dataclass(frozen=True, slots=True)
class Played:
    """Plays the plan once; a second of processor time is counted, since nothing is waited for."""

    name: str
    play: Callable[[capacity.Plan], int]
    plan: capacity.Plan

    def run(self) -> Sample:
        started = time.thread_time()
        done = self.play(self.plan)
        if not 0.98 * COUNT < done < 1.06 * COUNT:
            raise WrongError(f"{self.name} played {done} notices")
        return Sample(done / (time.thread_time() - started))


@contextmanager
def contest(_work: Path) -> Iterator[Contest]:
    """A million notices in at most thirty seconds."""
    plan = planned()
    yield Contest(
        "rehearsal.capacity",
        "notices/s of one core",
        Played("SimPy, shifts and clocks", ours, plan),
        floor=Played("a heap of who is free when, one clock, no shifts", by_hand, plan),
        targets=[Target("ours", COUNT / 30)],
    )
