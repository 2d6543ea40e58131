"""The guard against over-blocking, with what this house knows: before anybody approves, and again before publishing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import guard
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.guard import Known, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.guard import Finding
    from mufakat.rules.restriction import RestrictionIn


@dataclass(frozen=True, slots=True)
class Judged:
    """What the guard says: `faults` make the order impossible; `warnings` ask each approver for reasons."""

    faults: tuple[Fault, ...]
    warnings: tuple[Finding, ...]

    @property
    def weighty(self) -> bool:
        """Whether each approval says why."""
        return bool(self.warnings)


def judge(order: RestrictionIn, *, at: datetime) -> Judged:
    """Judge an order with what is known now. Reads rows; writes nothing."""
    found = guard.look(order, known=Known(), at=at)
    place = {name: index for index, name in reversed(list(enumerate(order.names)))}
    faults = tuple(
        Fault(f"/names/{place[one.name]}" if one.name else "/names", FaultCode.BAD_FORM, one.detail)
        for one in found
        if one.verdict is Verdict.IMPOSSIBLE
    )
    return Judged(faults, tuple(one for one in found if one.verdict is Verdict.WEIGHTY))
