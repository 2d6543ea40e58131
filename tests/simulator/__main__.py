"""``python -m tests.simulator --seed N --steps M --parties P``: run by hand, and print what was done."""

from __future__ import annotations

import argparse
import sys
import time

from tests import conftest


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    words.add_argument("--seed", type=int, default=1, help="the first seed")
    words.add_argument("--seeds", type=int, default=1, help="how many seeds from there on")
    words.add_argument("--steps", type=int, default=300)
    words.add_argument("--parties", type=int, default=10, help="how many parties are there from the first day")
    words.add_argument(
        "--deeds", default="", help="names of the table's rows, with commas between; all if there are none"
    )
    words.add_argument("--trace", action="store_true", help="print every step")
    asked = words.parse_args()
    from tests.simulator.run import Failure, simulate

    deeds = [name for name in asked.deeds.split(",") if name]
    failed = 0
    case_days = 0.0
    started = time.perf_counter()
    for seed in range(asked.seed, asked.seed + asked.seeds):
        try:
            story = simulate(seed, steps=asked.steps, parties=asked.parties, deeds=deeds)
        except Failure as failure:
            failed += 1
            say(str(failure))
            continue
        case_days += story.case_days
        if asked.trace:
            say("\n".join(story.trace))
        say(f"{story}\n  digest {story.digest}")
    took = time.perf_counter() - started
    say(f"{asked.seeds} seeds, {failed} failed, {case_days:.0f} case-days, {took:.1f} s")
    return 1 if failed else 0


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        conftest.pytest_unconfigure()
