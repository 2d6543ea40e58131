"""100,000 clocks due in the same minute: all escalated exactly once within a minute, with the worker killed midway.

Prints one line for each database. Notices come in by our own operations in a process of its own, their clocks are then
moved into the minute that just passed, and a server as anybody starts it does the rest: it marks each clock and takes
the first step of each ladder. Midway it is killed with SIGKILL and started again. Then everything is counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import report
from bench.contest import WrongError
from bench.house import environ, prepare
from bench.postgres import running
from bench.recount import require_chains
from bench.server import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.database import Instance

COUNT = 100_000
LIMIT = 60.0  # Seconds.
PORTION = 500  # Notices of one commit while filling.
PATIENCE = 600.0  # Seconds; then it is given up.
CLOCK = "acknowledge_within"
BODY = Path(__file__).with_name("notice.json")


def fill(count: int) -> None:
    """Take so many notices by our own operations; in a process that is told of its instance by its environment."""
    import django

    django.setup()
    from mufakat.server.journal import door
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.parts import alone
    from mufakat.server.notices import operations
    from mufakat.server.parties import queries

    with door.open_house():
        caller, directory = queries.caller_by_seat("kominfo", "officer"), queries.directory()
        raw = BODY.read_bytes()
        admitted = operations.admit(raw, by=caller, at=datetime.now(UTC), directory=directory)
        recipient = directory[admitted.draft.to][0]
        key = Key.of(caller.party_id, operations.SUBMIT, "unused", raw)
        one = operations.Submission(raw, admitted, caller.party_id, caller.handle, recipient, key)
        for _ in range(0, count, PORTION):
            alone(lambda moment: operations.take([one] * PORTION, moment, receipts=False))


def move(instance: Instance, count: int) -> None:
    """Let every clock run out, and its ladder begin, in the minute that just passed; spread evenly over it."""
    until = datetime.now(UTC)
    with instance.writing() as connection:
        connection.execute("BEGIN")
        rows = instance.fetch(connection, "SELECT id FROM notices_clock WHERE name = %s ORDER BY id", [CLOCK])
        if len(rows) != count:
            raise WrongError(f"{len(rows)} clocks instead of {count}")
        moved = []
        for place, (pk,) in enumerate(rows):
            due = instance.time(until - timedelta(seconds=60 * (count - place) / count))
            moved.append((due, due, pk))
        sql = instance.marked("UPDATE notices_clock SET due_at = %s, next_at = %s WHERE id = %s")
        connection.cursor().executemany(sql, moved)
        later = instance.time(until + timedelta(days=1))
        connection.execute(instance.marked("UPDATE notices_clock SET due_at = %s WHERE name <> %s"), [later, CLOCK])
        connection.execute("COMMIT")


COUNTS = {
    "steps": "SELECT count(*) FROM notices_step",
    "clocks marked once": "SELECT count(*) FROM notices_clock WHERE name = %s AND breached_at IS NOT NULL",
    "ladders one step up": "SELECT count(*) FROM notices_clock WHERE name = %s AND climbed = 1 AND next_at IS NOT NULL",
    "clock.breached": "SELECT count(*) FROM journal_event WHERE type = 'clock.breached'",
    "escalation.climbed": "SELECT count(*) FROM journal_event WHERE type = 'escalation.climbed'",
    "cases with one clock.breached": (
        "SELECT count(*) FROM (SELECT \"case\" FROM journal_event WHERE type = 'clock.breached'"
        ' GROUP BY "case" HAVING count(*) = 1) once'
    ),
    "cases with one escalation.climbed": (
        "SELECT count(*) FROM (SELECT \"case\" FROM journal_event WHERE type = 'escalation.climbed'"
        ' GROUP BY "case" HAVING count(*) = 1) once'
    ),
    "outbox rows": (
        "SELECT count(*) FROM journal_outbox o JOIN journal_event e ON e.id = o.event_id"
        " WHERE e.type IN ('clock.breached', 'escalation.climbed')"
    ),
}
TIMES = {"steps": 2, "outbox rows": 4}  # Both sides of a breach; of a reminder the party and its first contact.


def counted(instance: Instance, name: str) -> int:
    """One of the counts."""
    sql = COUNTS[name]
    with instance.reading() as connection:
        return int(instance.fetch(connection, sql, [CLOCK] if "%s" in sql else [])[0][0])


def recount(instance: Instance, count: int) -> None:
    """Raise WrongError unless each clock ran out once and each ladder took its first step once."""
    for name in COUNTS:
        found = counted(instance, name)
        if found != count * TIMES.get(name, 1):
            raise WrongError(f"{name}: {found} instead of {count * TIMES.get(name, 1)}")
    with instance.reading() as connection:
        require_chains(instance, connection)


def until(instance: Instance, steps: int) -> None:
    """Wait until so many steps are stored."""
    given_up = time.monotonic() + PATIENCE
    while _newest_step(instance) < steps or counted(instance, "steps") < steps:
        if time.monotonic() > given_up:
            raise WrongError(f"only {counted(instance, 'steps')} of {steps} steps in {PATIENCE:.0f} s")
        time.sleep(0.1)


def _newest_step(instance: Instance) -> int:
    """The highest number of a step, no lower than how many there are: to count all of them takes from the server."""
    with instance.reading() as connection:
        return int(instance.fetch(connection, "SELECT coalesce(max(id), 0) FROM notices_step")[0][0])


def live(instance: Instance, log: Path, *, steps: int, kill: bool) -> float:
    """A server from its start until so many steps are stored; seconds. With `kill` it ends as by a power cut."""
    port = free_port()
    command = [sys.executable, "-m", "mufakat.cli", "serve"]
    started = time.perf_counter()
    with log.open("ab") as words:
        process = subprocess.Popen(
            command, env=environ(instance, PORT=str(port)), stdout=words, stderr=words, start_new_session=True
        )
    try:
        until(instance, steps)
        return time.perf_counter() - started
    finally:
        if kill:
            Server.end(process)
        else:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            finally:
                Server.end(process)


def cpu() -> float:
    """Seconds of CPU of the servers that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(name: str, work: Path, *, count: int, rounds: int, kill: bool) -> list[float]:
    """The seconds of each round on one database."""
    took = []
    with ExitStack() as stack:
        cluster = stack.enter_context(running()) if name == "postgres" else None
        house = prepare(work, cluster)
        inside = environ(house.instance, DJANGO_SETTINGS_MODULE="mufakat.server.runtime.settings")
        subprocess.run([sys.executable, "-m", "bench.clocks", "--fill", str(count)], env=inside, check=True)
        for each in range(rounds):
            instance = house.copy(work / f"{name}-{each}")
            move(instance, count)
            before = cpu()
            log = work / f"{name}.log"
            parts = [live(instance, log, steps=count, kill=True)] if kill else []
            parts.append(live(instance, log, steps=2 * count, kill=False))
            recount(instance, count)
            took.append(sum(parts))
            spent, load = cpu() - before, os.getloadavg()[0]
            told = f"  {name}: {' + '.join(f'{part:.1f}' for part in parts)} s, {spent:.1f} s of CPU, load {load:.1f}"
            print(told, file=sys.stderr, flush=True)
            shutil.rmtree(instance.data)
    return took


def main(words: Sequence[str] | None = None) -> int:
    """The command line of ``python -m bench.clocks``."""
    parser = argparse.ArgumentParser(prog="python -m bench.clocks", description=__doc__)
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=COUNT, help="how many clocks (a multiple of 500)")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    parser.add_argument("--whole", action="store_true", help="without killing the server midway")
    told = parser.parse_args(words)
    if told.fill is not None:
        fill(told.fill)
        return 0
    report.OUT.mkdir(exist_ok=True)
    found: dict[str, Any] = {}
    for name in [told.only] if told.only else ["sqlite", "postgres"]:
        work = Path(tempfile.mkdtemp(prefix="clocks-", dir=report.OUT))
        try:
            found[name] = run(name, work, count=told.count, rounds=told.rounds, kill=not told.whole)
        except WrongError as error:
            print(f"WRONG: {name}: {error}; what was left behind is kept in {work}", file=sys.stderr)
            return 1
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        shutil.rmtree(work)
    how = "in one go" if told.whole else "killed midway"
    for name, seconds in found.items():
        worst = max(seconds)
        held = "holds" if worst <= LIMIT else "is missed"
        print(f"clocks.{name}: {told.count} clocks, {how}: {worst:.1f} s; at most {LIMIT:.0f} s {held}")
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
