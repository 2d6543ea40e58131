"""Refusals of this room that the machines' door puts into HTTP."""

from __future__ import annotations

from mufakat.rules.errors import RefusedError


class SampleTooLargeError(RefusedError):
    """More was handed in than one sample may have; `largest` in bytes."""

    def __init__(self, largest: int) -> None:
        super().__init__(f"A sample has at most {largest // 1024**2} MiB; nothing was stored. Hand in several.")
