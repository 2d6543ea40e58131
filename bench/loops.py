"""A pure function in a loop: how many a second of one core."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.contest import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECONDS = 1.0  # Of processor time per turn.


@dataclass(frozen=True, slots=True)
class Loop:
    """Calls the function with each item, whole passes until the time is up.

    Time is the thread's processor time: the function waits for nothing, so a busy neighbour does not count against it.
    """

    name: str
    function: Callable[[Any], object]
    items: Sequence[Any]

    def run(self) -> Sample:
        function, done = self.function, 0
        started = time.thread_time()
        while (took := time.thread_time() - started) < SECONDS:
            for item in self.items:
                function(item)
            done += len(self.items)
        return Sample(done / took)
