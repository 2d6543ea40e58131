"""A contest: ours, a peer and a floor take turns, round after round: a machine that slows down slows all of them."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

ROUNDS = 5  # Medians of fewer are not comparable (INTERFACE.md).


class WrongError(AssertionError):
    """What was measured did not do its work: its speed means nothing, and the run fails."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn: how many of the unit a second, and what else was seen; milliseconds."""

    rate: float
    cpu_ms: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    p95_ms: float | None = None


class Contender(Protocol):
    """Somebody who takes a turn."""

    @property
    def name(self) -> str: ...
    def run(self) -> Sample:
        """Take one turn; raises WrongError when the work was not done."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure of the row should reach. It is printed whether it holds; speed never fails a run."""

    figure: str  # A member of the row: ours, ratio, floor_ratio, cpu_ms, p50_ms, p95_ms, p99_ms.
    bound: float
    at_most: bool = False

    def holds(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound


@dataclass(frozen=True, slots=True)
class Contest:
    """One row of the table. ``asides`` take turns too, and are printed below the table only."""

    id: str
    unit: str
    ours: Contender
    peer: Contender | None = None
    floor: Contender | None = None
    asides: Sequence[Contender] = ()
    targets: Sequence[Target] = ()
    remarks: Sequence[str] = ()

    @property
    def contenders(self) -> list[Contender]:
        return [each for each in (self.ours, self.peer, self.floor, *self.asides) if each is not None]


# Makes a contest in a work folder and clears up after it.
Maker = Callable[[Path], AbstractContextManager[Contest]]


@dataclass(slots=True)
class Outcome:
    """All samples of a contest, by contender, and the machine's load average at the beginning of each round."""

    contest: Contest
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)

    def rates(self, contender: Contender) -> list[float]:
        return [sample.rate for sample in self.samples[contender.name]]

    def median(self, contender: Contender, figure: str = "rate") -> float | None:
        values = [getattr(sample, figure) for sample in self.samples[contender.name]]
        return None if None in values else statistics.median(values)


def measure(contest: Contest, *, rounds: int, say: Callable[[str], None]) -> Outcome:
    """Let all take their turns, and say each figure as it comes."""
    outcome = Outcome(contest, {each.name: [] for each in contest.contenders})
    if len(outcome.samples) != len(contest.contenders):
        raise ValueError(f"two contenders of {contest.id} bear one name")
    for turn in range(rounds):
        outcome.load.append(os.getloadavg()[0])
        # Another one begins each round, so that nobody always runs behind the same neighbour. Ours begins the first.
        start = turn % len(contest.contenders)
        for contender in [*contest.contenders[start:], *contest.contenders[:start]]:
            sample = contender.run()
            outcome.samples[contender.name].append(sample)
            say(f"{contest.id}, round {turn + 1} of {rounds}: {sample.rate:,.0f} {contest.unit}, {contender.name}")
    return outcome
