"""The chart of a figure: months from left to right, the share from bottom to top, the goal as a line across.

Its numbers are text already, so that no language writes them with a comma; the colours are the style sheet's. Whoever
does not see it reads the table below it, which says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from typing import Protocol

    class Monthly(Protocol):
        """So many of so many in a month."""

        @property
        def part(self) -> int: ...
        @property
        def whole(self) -> int: ...


LEFT, RIGHT, TOP, BOTTOM = 64, 628, 12, 132


@dataclass(frozen=True, slots=True)
class Bar:
    """A month in the table: its first day, so many of so many, in whole percent where anything was counted."""

    first: date
    part: int
    whole: int
    percent: int | None


@dataclass(frozen=True, slots=True)
class Dot:
    """A month in the chart."""

    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart and its table. A month in which nothing was counted is a gap, no zero."""

    bars: Sequence[Bar]
    dots: Sequence[Dot]
    lines: Sequence[str]
    goal: str
    at_least: int | None

    @property
    def says_something(self) -> bool:
        """Whether any month has a count."""
        return bool(self.dots)


def of(months: Sequence[tuple[date, int, int]], *, at_least: int | None = None) -> Chart:
    """The chart of these months."""
    step = (RIGHT - LEFT) / max(1, len(months) - 1)
    bars, runs = [], [[]]  # type: tuple[list[Bar], list[list[Dot]]]
    for place, (first, part, whole) in enumerate(months):
        bars.append(Bar(first, part, whole, round(100 * part / whole) if whole else None))
        if whole:
            runs[-1].append(Dot(f"{LEFT + place * step:.1f}", _height(100 * part / whole)))
        elif runs[-1]:
            runs.append([])
    dots = [dot for run in runs for dot in run]
    lines = [" ".join(f"{dot.x},{dot.y}" for dot in run) for run in runs if len(run) > 1]
    return Chart(bars, dots, lines, _height(at_least) if at_least is not None else "", at_least)


def _height(percent: float) -> str:
    return f"{BOTTOM - (BOTTOM - TOP) * percent / 100:.1f}"
