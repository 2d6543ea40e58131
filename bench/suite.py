"""Run a suite: every contest in turn, the table at the end, exit 1 where the work was not done."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import report
from bench.contest import ROUNDS, Maker, WrongError, measure

if TYPE_CHECKING:
    from collections.abc import Mapping


def main(suite: str, makers: Mapping[str, Maker]) -> int:
    """The command line of ``python -m bench.<suite>``."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{suite}", description=sys.modules["__main__"].__doc__)
    parser.add_argument("--only", action="append", choices=makers, help="measure this row alone, and write no file")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of each row (fewer than {ROUNDS}: no file)")
    told = parser.parse_args()
    started = time.monotonic()
    report.OUT.mkdir(exist_ok=True)
    # Beside the results and not in a temporary file system: both servers and the floor must share one real disk.
    work = Path(tempfile.mkdtemp(prefix="work-", dir=report.OUT))
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    try:
        for name in told.only or makers:
            folder = work / name
            folder.mkdir()
            with makers[name](folder) as contest:
                outcome = measure(contest, rounds=told.rounds, say=say)
            rows.append(report.row(outcome))
            notes += report.notes(outcome, rows[-1])
    except WrongError as error:
        say(f"WRONG: {error}")
        say(f"what was left behind is kept in {work}")
        return 1
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    shutil.rmtree(work)
    print(report.table(rows), "", *notes, report.machine(), f"took {time.monotonic() - started:.0f} s", sep="\n")
    if told.only is None and told.rounds >= ROUNDS:
        print(f"rows: {report.write(suite, rows).relative_to(Path(__file__).parents[1])}")
    return 0


def say(sentence: str) -> None:
    """Progress goes beside the table, not into it."""
    print(f"  {sentence}", file=sys.stderr, flush=True)
