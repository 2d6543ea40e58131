"""Two states of ours side by side: what a change did to ``intake.single``, where the machine is another every hour.

Both servers are up at once, each on an instance of its own, and the load goes from one to the other and back: whatever
slows one slows the other in the next seconds. ``git worktree add ../before REVISION`` makes the other state. The
instance is made by this checkout, so both must know the same tables.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import load, recount, report
from bench.contest import Sample, WrongError
from bench.house import ROOT, environ, prepare
from bench.intake_single import OURS, SECONDS, WARMING
from bench.postgres import running
from bench.server import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.database import Instance
    from bench.house import House

ROUNDS: Final = 8
RESTING: Final = 1.0  # Seconds after each load: what the worker still had to do is nobody else's burden.
COLUMNS: Final = {"notices/s": "rate", "CPU ms": "cpu_ms", "p50 ms": "p50_ms", "p99 ms": "p99_ms"}


@dataclass(slots=True)
class Side:
    """One state of the code, its running server, and what was seen of it."""

    tree: Path
    instance: Instance
    server: Server
    token: str
    samples: list[Sample]
    taken: int = 0

    def send(self, seconds: int) -> Sample:
        before = self.server.cpu_seconds()
        seen = load.send(self.server.url, self.token, seconds=seconds)
        cpu = self.server.cpu_seconds() - before
        if seen.failures or not seen.taken:
            raise WrongError(f"{self.tree}: {seen.failures} requests failed, the last with {seen.last or 'no answer'}")
        self.taken += seen.taken
        return Sample(seen.taken / seen.seconds, 1000 * cpu / seen.taken, seen.p50_ms, seen.p99_ms)


def started(house: House, tree: Path, folder: Path, stack: ExitStack) -> Side:
    """A server of this state on a fresh copy, until the stack closes."""
    instance, port = house.copy(folder), free_port()
    told = environ(instance, PORT=str(port), GRANIAN_PORT=str(port), PYTHONPATH=f"{tree / 'src'}:{tree}")
    server = stack.enter_context(Server(OURS, environ=told, port=port, log=folder.with_suffix(".log")))
    return Side(tree, instance, server, house.token, [])


def compare(sides: Sequence[Side], *, rounds: int, seconds: int) -> None:
    """Let all take turns, and another one begin each round."""
    for side in sides:
        side.send(WARMING)
    for number in range(rounds):
        for side in sides if number % 2 else [*reversed(sides)]:
            time.sleep(RESTING)
            side.samples.append(side.send(seconds))


def table(before: Side, now: Side) -> str:
    """Medians of both, and the ratio of this checkout to the other state: its median and range over the rounds."""
    lines = [f"{'':<10} {'before':>9} {'now':>9}   now / before, round by round"]
    for title, name in COLUMNS.items():
        old, new = ([float(getattr(one, name)) for one in side.samples] for side in (before, now))
        ratios = sorted(mine / theirs for theirs, mine in zip(old, new, strict=True))
        middle = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        lines.append(f"{title:<10} {statistics.median(old):>9,.2f} {statistics.median(new):>9,.2f}   {middle}")
    return "\n".join(lines)


def main() -> int:
    """The command line of ``python -m bench.beside``."""
    parser = argparse.ArgumentParser(prog="python -m bench.beside", description=__doc__)
    parser.add_argument(
        "before", type=Path, help="a checkout of the other state; this one's packages are used for both"
    )
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each load")
    told = parser.parse_args()
    other = told.before.resolve()
    if not (other / "src" / "mufakat").is_dir():
        parser.error(f"{told.before} is no checkout of Mufakat")
    report.OUT.mkdir(exist_ok=True)
    # On the disk that the rows of the suites are measured on.
    with tempfile.TemporaryDirectory(prefix="work-", dir=report.OUT) as work, ExitStack() as stack:
        cluster = stack.enter_context(running()) if told.database == "postgres" else None
        house = prepare(Path(work), cluster)
        with ExitStack() as servers:
            sides = [
                started(house, tree, Path(work) / name, servers) for name, tree in (("before", other), ("now", ROOT))
            ]
            compare(sides, rounds=told.rounds, seconds=told.seconds)
        for side in sides:
            recount.require(side.instance, answered=side.taken, open_at_most=2 * load.CONNECTIONS * (told.rounds + 1))
    print(table(*sides), report.machine(), sep="\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WrongError as error:
        sys.exit(f"WRONG: {error}")
