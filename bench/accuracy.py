"""How well the notices of a thousand flaggers hold, over a million notices: all of their figures within a second.

Ours reads the counts that a follower of the journal keeps. The peer asks the rows themselves, as a plain Django program
does that keeps no counts. The floor sums the same rows of our counts by one statement of the plain driver.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bench import suite
from bench.accuracy_rows import COUNT, DAYS, FIRST, FLAGGERS, fill
from bench.contest import Contest, Sample, Target, WrongError
from bench.database import Instance
from bench.house import environ, prepare
from bench.postgres import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mufakat.server.governance.periods import Period

OURS, PEER, FLOOR = "counts kept by a follower", "Django ORM over the rows", "one statement of the driver"
TIMES = {OURS: 5, FLOOR: 5, PEER: 1}
ALL, BROKEN = "all time", "broken months"
Found = dict[str, tuple[int, int, int]]  # Party → received, right, wrong.


# -- In a process that is told of its instance by its environment --


def broken() -> Period:
    """A year and a half that begins and ends in the middle of a month: the days of both ends are summed singly."""
    from mufakat.server.governance.periods import Period

    first = (FIRST + timedelta(days=90)).date().replace(day=2)
    last = (FIRST + timedelta(days=DAYS - 90)).date().replace(day=27)
    return Period(first, last)


def ours(period: Period) -> Found:
    """As the page and the API read them."""
    from mufakat.server.governance import queries
    from mufakat.server.parties import queries as parties

    page = queries.listed(queries.Wanted(period), size=sys.maxsize)  # Every party at once, not fifty to a page.
    ids = {handle: pk for handle, (pk, _) in parties.directory().items()}
    asking = {ids[one.party]: one.asking for one in page.items if one.asking is not None and one.asking.received}
    return {party: (one.received, one.right, one.wrong) for party, one in asking.items()}


def peer(period: Period) -> Found:
    """As one asks who keeps no counts."""
    from django.db.models import Count, Q

    from mufakat.server.decisions.models import Decision
    from mufakat.server.notices.models import Notice

    kinds = ["trusted_flag", "request", "order"]
    notices = Notice.objects.filter(kind__in=kinds)
    if period.first is not None and period.last is not None:
        begin = datetime.combine(period.first, datetime.min.time(), UTC)
        end = datetime.combine(period.last + timedelta(days=1), datetime.min.time(), UTC)
        notices = notices.filter(received_at__gte=begin, received_at__lt=end)
    acted, refused = Q(outcome__in=["act_full", "act_partial"]), Q(outcome="refuse") & ~Q(refusal="already_gone")
    received = notices.values_list("sender").annotate(many=Count("pk"))
    decided = (
        Decision.objects.filter(notice__in=notices)
        .values_list("notice__sender")
        .annotate(
            right=Count("pk", filter=acted & Q(state="standing")),
            wrong=Count("pk", filter=(acted & Q(state="reversed")) | refused),
        )
    )
    found = {sender: (many, 0, 0) for sender, many in received.order_by()}
    return {**found, **{sender: (found[sender][0], right, wrong) for sender, right, wrong in decided.order_by()}}


def floor(period: Period) -> Found:
    """The same sums by the driver."""
    from mufakat.rules.accuracy import COUNTED, Tally
    from mufakat.server.governance.models import DAY
    from mufakat.server.journal import store

    names, values = ", ".join(f'"{name}"' for name in COUNTED), []
    parts = []
    for span in period.spans():
        table, wanted = ("governance_tally", []) if span.grain == DAY else ("governance_total", ["grain = %s"])
        values += [span.grain] if wanted else []
        for sign, day in ((">=", span.first), ("<", span.end)):
            if day is not None:
                wanted.append(f"day {sign} %s")
                values.append(day.isoformat())
        where = " AND ".join(wanted)
        parts.append(f"SELECT party_id, {names} FROM {table} WHERE {where}")  # noqa: S608 - names of ours.
    sums = ", ".join(f'SUM("{name}")' for name in COUNTED)
    sql = f"SELECT party_id, {sums} FROM ({' UNION ALL '.join(parts)}) AS counts GROUP BY party_id"  # noqa: S608 - as above.
    found = {}
    for party, *counts in store.fetch(sql, values):
        one = Tally(**dict(zip(COUNTED, map(int, counts), strict=True)))
        found[party] = (one.received, one.right, one.wrong)
    return found


ASKED: dict[str, Callable[[Period], Found]] = {OURS: ours, PEER: peer, FLOOR: floor}


def answer() -> None:
    """Answer each line of the input, a contender and a period, with its seconds and what it found."""
    from django.db import connection

    from mufakat.server.governance.periods import EVER

    periods = {ALL: EVER, BROKEN: broken()}
    connection.ensure_connection()
    for line in sys.stdin:
        contender, _, period = line.strip().partition(": ")
        started = time.perf_counter()
        found = ASKED[contender](periods[period])
        took = time.perf_counter() - started
        sums = [sum(one[place] for one in found.values()) for place in range(3)]
        print(json.dumps({"took": took, "parties": len(found), "sums": sums}), flush=True)


# -- The contest --


@dataclass(frozen=True, slots=True)
class Asked:
    """A contender: a line to the process that answers, as often as it is asked in a turn."""

    name: str
    process: subprocess.Popen[str]
    period: str
    expected: dict[str, Any]

    def run(self) -> Sample:
        took = []
        for _ in range(TIMES[self.name]):
            told = say(self.process, self.name, self.period)
            seen = {"parties": told["parties"], "sums": told["sums"]}
            if seen != self.expected:
                raise WrongError(f"{self.name} found {seen} instead of {self.expected}")
            took.append(1000 * told["took"])
        took.sort()
        return Sample(1000 * len(took) / sum(took), p50_ms=took[len(took) // 2], p95_ms=took[-1], p99_ms=took[-1])


def say(process: subprocess.Popen[str], name: str, period: str) -> dict[str, Any]:
    """Ask the process one thing."""
    pipes: tuple[IO[str] | None, IO[str] | None] = (process.stdin, process.stdout)
    if pipes[0] is None or pipes[1] is None:
        raise WrongError("no pipes to the process")
    pipes[0].write(f"{name}: {period}\n")
    pipes[0].flush()
    line = pipes[1].readline()
    if not line:
        raise WrongError(f"the process ended while it was asked: {name}")
    told: dict[str, Any] = json.loads(line)
    return told


@dataclass
class Houses:
    """The databases, each filled once, when the first row wants it."""

    stack: ExitStack
    command: Sequence[str]
    filled: dict[str, Instance] = field(default_factory=dict)

    def of(self, name: str, work: Path) -> Instance:
        """That of this name; its files lie beside the folders of all rows."""
        if name not in self.filled:
            cluster = self.stack.enter_context(running()) if name == "postgres" else None
            folder = work.with_name(name)
            folder.mkdir()
            instance = prepare(folder, cluster).instance
            subprocess.run([*self.command, "--fill", str(COUNT)], env=told(instance), check=True)
            self.filled[name] = instance
        return self.filled[name]


COMMAND = (sys.executable, "-m", "bench.accuracy")


def told(instance: Instance) -> dict[str, str]:
    """The environment of a process that works on it."""
    return environ(instance, DJANGO_SETTINGS_MODULE="mufakat.server.runtime.settings")


@contextmanager
def contest(houses: Houses, name: str, period: str, work: Path) -> Iterator[Contest]:
    """One database, filled once and read by all three."""
    instance = houses.of(name, work)
    process = subprocess.Popen(
        [*COMMAND, "--answer"], env=told(instance), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        expected = {key: value for key, value in say(process, PEER, period).items() if key != "took"}
        if expected["parties"] != FLAGGERS or not 0 < expected["sums"][0] <= COUNT:
            raise WrongError(f"notices of {FLAGGERS} were to be there: {expected}")
        if (expected["sums"][0] == COUNT) != (period == ALL):
            raise WrongError(f"{COUNT} notices were to be there, of {period} not all: {expected}")
        sides = {each: Asked(each, process, period, expected) for each in ASKED}
        yield Contest(
            id=row(name, period),
            unit=f"answers/s, each the figures of 1,000 flaggers over 1,000,000 notices, {period}",
            ours=sides[OURS],
            peer=sides[PEER],
            floor=sides[FLOOR],
            targets=[Target("p95_ms", 1_000, at_most=True)],
            remarks=["all three are checked to find the same in every turn; the floor reads our counts"],
        )
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait(60)


def row(name: str, period: str) -> str:
    """The name of a row of the table."""
    return f"accuracy.{'thousand' if period == ALL else 'broken'}.{name}"


def main() -> int:
    """The command line of ``python -m bench.accuracy``."""
    if sys.argv[1:2] in (["--fill"], ["--answer"]):
        import django

        django.setup()
        if sys.argv[1] == "--answer":
            answer()
        else:
            # In a process of its own, which is told of the instance by its environment as a server is.
            fill(Instance(Path(os.environ["MUFAKAT_DATA"]), os.environ.get("DATABASE_URL")), int(sys.argv[2]))
        return 0
    with ExitStack() as stack:
        houses = Houses(stack, COMMAND)
        makers = {
            row(name, period): partial(contest, houses, name, period)
            for name in ("sqlite", "postgres")
            for period in (ALL, BROKEN)
        }
        return suite.main("accuracy", makers)


if __name__ == "__main__":
    sys.exit(main())
