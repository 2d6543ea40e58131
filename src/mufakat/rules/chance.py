"""How sure a share is that comes from runs of a simulation. Pure; one table of numbers in, bounds out.

Notices that wait in one queue are late together, so they say less than as many that know nothing of each other. How
much less is seen from how far the runs lie apart (Kish's design effect). Wilson's interval is taken for the number that
is left (as Korn and Graubard do for surveys), with Student's factor for so few runs.
"""

import math
from collections.abc import Sequence

from msgspec import Struct

from mufakat.rules.accuracy import Z


class Chance(Struct, frozen=True):
    """How often something came in time, and the bounds between which the true share lies with 95 % certainty.

    No `value`: nothing was counted, and anything may be.
    """

    met: int
    counted: int
    value: float | None
    lower: float
    upper: float


class Counts(Struct, frozen=True):
    """What one run counted of a clock: how many notices came due, and how many of them were in time."""

    met: int
    counted: int


def chance(runs: Sequence[Counts], *, days: int) -> Chance:
    """The share over all runs, and how sure it is.

    Where nothing, or everything, was late, the runs do not differ: then each of the `days` of a run counts as one.
    """
    met, counted = sum(run.met for run in runs), sum(run.counted for run in runs)
    if counted == 0:
        return Chance(0, 0, None, 0.0, 1.0)
    value = met / counted
    if 0 < met < counted and len(runs) > 1:
        apart = sum((run.met - value * run.counted) ** 2 for run in runs) * len(runs) / (len(runs) - 1)
        effect = apart / counted**2 / (value * (1 - value) / counted)
        worth = counted / max(1.0, effect)
    else:
        worth = min(float(counted), float(len(runs) * days))
    lower, upper = _wilson(value, max(1.0, worth), _student(len(runs) - 1))
    return Chance(met, counted, value, lower, upper)


def _wilson(value: float, whole: float, z: float) -> tuple[float, float]:
    square = z * z
    middle = (value + square / (2 * whole)) / (1 + square / whole)
    half = z / (1 + square / whole) * math.sqrt(value * (1 - value) / whole + square / (4 * whole * whole))
    return (0.0 if value == 0 else max(0.0, middle - half)), (1.0 if value == 1 else min(1.0, middle + half))


def _student(free: int) -> float:
    """Student's 97.5 % quantile for so many degrees of freedom (Abramowitz and Stegun 26.7.5); 4 are right to 0.01."""
    if free < 1:
        return Z
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    )
    return float(Z + sum(term / free**power for power, term in enumerate(terms, start=1)))
