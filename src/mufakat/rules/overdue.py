"""The ladder against an operator that does not open in its time what was lifted. Pure.

It ends as soon as the names are open, however late. Its steps are ours: no source names any. None of them touches what
the operator runs; the last one tells the public who keeps closed what nobody closes any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple


class Step(StrEnum):
    """What is done."""

    LATE = "late"  # The authority, the platform and the operator are told, and the operator's first contact.
    SENIOR = "senior"  # Told again, with a senior contact of the operator.
    NAMED = "named"  # The register names the operator.


class Rung(NamedTuple):
    """A step, and how long after the time in which the names had to be open."""

    step: Step
    after: timedelta


LADDER: Final = (
    Rung(Step.LATE, timedelta(0)),
    Rung(Step.SENIOR, timedelta(hours=6)),
    Rung(Step.NAMED, timedelta(hours=24)),
)


def rung(climbed: int) -> Rung | None:
    """The step after the first `climbed` ones; None at the top."""
    if climbed < 0:
        raise ValueError("Nobody has climbed fewer than no steps.")
    return LADDER[climbed] if climbed < len(LADDER) else None


def next_at(climbed: int, *, due_at: datetime, at: datetime) -> datetime | None:
    """When the step after the first `climbed` ones is taken; never before now, and None at the top.

    Counted from when it was due: who looks late (we were down) does not give the operator more time, but every step has
    its own turn, so that whoever was told has read it before the next one.
    """
    found = rung(climbed)
    if found is None:
        return None
    if climbed == 0:
        return max(due_at, at)
    apart = found.after - LADDER[climbed - 1].after
    return max(due_at + found.after, at + apart)


def is_named(climbed: int) -> bool:
    """Whether the public is told the operator's name."""
    return any(one.step is Step.NAMED for one in LADDER[:climbed])
