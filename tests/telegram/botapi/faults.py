"""What goes wrong on the way, at will: so many times, for one method or for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a call fails."""

    LATENCY = "latency"  # Answered, `seconds` later.
    STATUS = "status"  # `status` with nothing done.
    FLOOD = "flood"  # 429, to be tried again after `seconds`.
    DROP_BEFORE = "drop_before"  # The line is cut, and nothing was done.
    DROP_AFTER = "drop_after"  # It was done, and the line is cut.
    CUT = "cut"  # It was done, and half of the answer comes.
    GARBAGE = "garbage"  # It was done, and the answer is no JSON.


@dataclass
class Fault:
    """One of them."""

    kind: Kind
    method: str = ""  # Empty: any.
    times: int = 1
    seconds: float = 0.0
    status: int = 502


@dataclass
class Weather:
    """The faults that wait for their call."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def of(self, method: str) -> Fault | None:
        for fault in self.waiting:
            if fault.method in {"", method}:
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None
