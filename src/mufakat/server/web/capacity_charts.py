"""The charts of a capacity: the chance of each clock with its bounds, and the chance by the number of people.

Numbers of a drawing are text already, so that no language writes them with a comma; the colours are the style sheet's.
Whoever does not see a chart reads the table below it, which says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.chance import Chance
    from mufakat.runners.staffing import Staff, Tried

LEFT, RIGHT, ROW = 200, 620, 34
TOP, BOTTOM = 12, 172
AXIS = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class Percents:
    """A chance in percent, with two digits; None where nothing was counted."""

    value: str | None
    lower: str
    upper: str
    met: int
    counted: int

    @classmethod
    def of(cls, one: Chance) -> Percents:
        value = None if one.value is None else _percent(one.value)
        return cls(value, _percent(one.lower), _percent(one.upper), one.met, one.counted)


@dataclass(frozen=True, slots=True)
class Bar:
    """A clock: how long its bar is, and from where to where its bounds reach."""

    name: str
    y: str
    middle: str
    width: str
    lower: str
    upper: str
    says: str


@dataclass(frozen=True, slots=True)
class Bars:
    """The chart of the clocks, and where the share that is wanted stands."""

    bars: Sequence[Bar]
    height: int
    bottom: int
    goal: str
    axis: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Dot:
    """So many people, and the least chance of all clocks with them."""

    people: int
    x: str
    y: str
    chance: Percents
    enough: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """The chart of the search."""

    dots: Sequence[Dot]
    line: str
    goal: str
    first: int
    last: int


def bars(chances: Sequence[tuple[str, Chance]], *, at_least: int) -> Bars:
    """A bar for each clock, from nothing to always."""
    found = []
    for place, (name, one) in enumerate(chances):
        y = 10 + place * ROW
        edges = (_across(one.value or 0.0), _across(one.lower), _across(one.upper))
        says = "–" if one.value is None else f"{_percent(one.value)} %"
        width = f"{edges[0] - LEFT:.1f}"
        found.append(Bar(name, str(y), str(y + 9), width, f"{edges[1]:.1f}", f"{edges[2]:.1f}", says))
    bottom = 10 + len(chances) * ROW
    axis = [(f"{_across(each / 100):.1f}", f"{each} %") for each in AXIS]
    return Bars(found, bottom + 24, bottom, f"{_across(at_least / 100):.1f}", axis)


def curve(staff: Staff) -> Curve | None:
    """The least chance of all clocks by the number of people; None where fewer than two numbers were tried."""
    by_people: dict[int, Tried] = {one.reviewers: one for one in staff.tried}
    if len(by_people) < 2:
        return None
    first, last = min(by_people), max(by_people)
    dots = []
    for people, one in sorted(by_people.items()):
        worst = min(one.clocks.values(), key=lambda chance: 1.0 if chance.value is None else chance.value)
        x = 50 + (RIGHT - 50) * (people - first) / (last - first)
        value = worst.value or 0.0
        dots.append(Dot(people, f"{x:.1f}", _up(value), Percents.of(worst), value >= staff.at_least / 100))
    return Curve(dots, " ".join(f"{dot.x},{dot.y}" for dot in dots), _up(staff.at_least / 100), first, last)


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _across(share: float) -> float:
    return LEFT + (RIGHT - LEFT) * share


def _up(share: float) -> str:
    return f"{BOTTOM - (BOTTOM - TOP) * share:.1f}"
