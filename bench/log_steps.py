"""Takes the leaves that wait into the log, by the call of the worker (``python -m bench.log_steps BATCH``).

A process of its own, told of its instance by its environment; prints how long each step took.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime

import django


def take(batch: int) -> dict[str, object]:
    """Every step until nothing waits: leaves, seconds of each step, processor seconds."""
    from mufakat.server.journal import door, sequencer

    if batch:
        vars(sequencer)["BATCH"] = batch  # Smaller steps than the product's, for comparison.
    done, steps, more = 0, [], True
    with door.open_house():
        cpu = time.process_time()
        while more:
            started = time.perf_counter()
            count, more = sequencer.part(at=datetime.now(UTC))
            steps.append(time.perf_counter() - started)
            done += count
        return {"done": done, "steps": steps, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(take(int(sys.argv[1]))))
