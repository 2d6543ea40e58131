"""What a rehearsal looks like outside: clocks by name, and what each step would have gained or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.server.governance.faces import DIGITS, ShareOut
from mufakat.server.notices.faces import instant

if TYPE_CHECKING:
    from mufakat.rules.rehearsing import ClockCount, Difference, Rehearsal, StepCount


class RehearsedClockOut(msgspec.Struct, frozen=True):
    """A clock of the draft over all the notices: how many stand how, and which share was in time."""

    name: str
    stops: str
    actor: str
    certainty: str
    target: bool
    right: bool
    states: dict[str, int]
    in_time: ShareOut

    @classmethod
    def of(cls, one: ClockCount) -> RehearsedClockOut:
        share = ShareOut.of(one.share)
        return cls(one.name, one.stops, one.actor.value, one.certainty.value, one.target, one.right, one.states, share)


class DifferenceOut(msgspec.Struct, frozen=True):
    """How much more of the notices would be in time, with 95 % certainty between the bounds; null: none to compare."""

    value: float | None
    lower: float
    upper: float

    @classmethod
    def of(cls, one: Difference) -> DifferenceOut:
        value = None if one.value is None else round(one.value, DIGITS)
        return cls(value, round(one.lower, DIGITS), round(one.upper, DIGITS))


class RehearsedStepOut(msgspec.Struct, frozen=True):
    """A step of the recipient: in time as it was and under the draft. The five counts add up to all notices."""

    step: str
    both: int
    gained: int
    lost: int
    neither: int
    open: int
    was: ShareOut
    would: ShareOut
    difference: DifferenceOut

    @classmethod
    def of(cls, one: StepCount) -> RehearsedStepOut:
        counts = (one.both, one.gained, one.lost, one.neither, one.open)
        shares = (ShareOut.of(one.was), ShareOut.of(one.would))
        return cls(str(one.step), *counts, *shares, DifferenceOut.of(one.difference))


class RehearsalOut(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """How the clocks of a profile would have stood for the newest notices, as things went; outcomes are no part."""

    profile: str
    notices: int
    first: str | None
    last: str | None
    not_taken: dict[str, int]
    not_seen: list[str]
    clocks: list[RehearsedClockOut]
    steps: list[RehearsedStepOut]

    @classmethod
    def of(cls, found: Rehearsal) -> RehearsalOut:
        return cls(
            found.profile,
            found.notices,
            instant(found.first) if found.first is not None else None,
            instant(found.last) if found.last is not None else None,
            found.not_taken,
            found.not_seen,
            [RehearsedClockOut.of(one) for one in found.clocks],
            [RehearsedStepOut.of(one) for one in found.steps],
        )
