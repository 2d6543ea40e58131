"""Every obligation of a thousand agreements judged anew, eleven of each: all of it within a second.

Ours gathers the figures of all of them at once. The peer judges agreement by agreement by the same rules, each by its
own queries through Django's ORM, as a plain program does. The floor has the plain driver read the same rows and sums,
and judges nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import suite
from bench.accuracy import Houses, say
from bench.contest import Contest, Sample, Target, WrongError
from bench.database import Instance
from bench.house import environ
from bench.obligation_rows import AGREEMENTS, AT, DAYS, KINDS, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

OURS, PEER, FLOOR = "all at once", "Django ORM, one by one", "the driver, unjudged"
TIMES = {OURS: 5, FLOOR: 5, PEER: 1}
OWED = AGREEMENTS * sum(len(kinds) for _, kinds in KINDS.values())
COMMAND = (sys.executable, "-m", "bench.obligations")


Found = tuple[dict[str, Any], int]
"""By agreement the verdicts, and how many agreements stand otherwise than they were recorded."""

# -- In a process that is told of its instance by its environment --


def ours(at: datetime) -> Found:
    """As the worker does it: what was recorded is read, and compared with how it stands now."""
    from mufakat.server.agreements import owed
    from mufakat.server.governance import obligations

    found = owed.in_force(at=at)
    verdicts = obligations.judged(found, at=at)
    moved = sum(obligations.is_moved(one, verdicts[one.agreement], at=at) for one in found)
    return verdicts, moved


def peer(at: datetime) -> Found:
    """As one judges an agreement when one has it in hand."""
    from mufakat.server.agreements import owed
    from mufakat.server.agreements.models import Agreement
    from mufakat.server.governance import obligations

    verdicts: dict[str, Any] = {}
    moved = 0
    for pk in Agreement.objects.order_by("id").values_list("id", flat=True):
        found = owed.in_force(at=at, only=[pk])
        one = obligations.judged(found, at=at)
        moved += sum(obligations.is_moved(each, one[each.agreement], at=at) for each in found)
        verdicts |= one
    return verdicts, moved


def told_of(answer: Found | list[int]) -> dict[str, Any]:
    """What every contender that judges must agree on, in few bytes; made when its time is taken."""
    if isinstance(answer, list):
        return {"rows": answer}
    verdicts, moved = answer
    found = sorted((pk, one.point, one.kind, one.verdict) for pk, every in verdicts.items() for one in every)
    digest = hashlib.sha256(repr(found).encode()).hexdigest()
    return {"owed": len(found), "moved": moved, "digest": digest}


def floor(at: datetime) -> list[int]:
    """The rows and sums that all of it is judged by, and nothing made of them."""
    from mufakat.server.journal import store

    first = (at - timedelta(days=DAYS - 1)).date().isoformat()
    sums = "SUM(answered_in_time), SUM(answered_late), SUM(unanswered_late)"
    taken = "SUM(acknowledged_in_time), SUM(acknowledged_late), SUM(unacknowledged_late)"
    of_days = "FROM governance_agreedanswering WHERE day >= %s GROUP BY"
    questions: tuple[tuple[str, list[str]], ...] = (
        (
            (
                "SELECT p.agreement_id, p.name, p.version, p.owner_id, p.from_at, p.due_at, q.terms"
                " FROM agreements_proposal q JOIN agreements_point p ON p.id = q.point_id WHERE q.number = p.proposals"
            ),
            [],
        ),
        ("SELECT agreement_id, frame, points FROM agreements_version WHERE until IS NULL", []),
        ("SELECT agreement_id, party_id FROM agreements_side ORDER BY position", []),
        ("SELECT agreement_id, point, kind, party, state, evidence, due_at FROM agreements_obligation", []),
        ("SELECT max(id) FROM agreements_shown GROUP BY point_id, party_id, confirms", []),
        (f"SELECT version_id, sender_id, party_id, kind, category, {sums}, {taken} {of_days} 1, 2, 3, 4, 5", [first]),
        (
            (
                "SELECT v.agreement_id, d.party_id, count(*), count(d.informed_at) FROM decisions_decision d"
                " JOIN notices_notice n ON n.id = d.notice_id JOIN agreements_version v ON v.id = n.version_id"
                " WHERE d.decided_at >= %s GROUP BY v.agreement_id, d.party_id"
            ),
            [first],
        ),
        ("SELECT contact_id, max(answered_at), max(missed_at) FROM parties_drill GROUP BY contact_id", []),
    )
    return [len(store.fetch(sql, values)) for sql, values in questions]


ASKED: dict[str, Callable[[datetime], Found | list[int]]] = {OURS: ours, PEER: peer, FLOOR: floor}


def answer() -> None:
    """Answer each line of the input, which names a contender, with its seconds and what it found."""
    from django.db import connection

    connection.ensure_connection()
    for line in sys.stdin:
        contender, _, _ = line.strip().partition(": ")
        started = time.perf_counter()
        found = ASKED[contender](AT)
        took = time.perf_counter() - started
        print(json.dumps({"took": took, **told_of(found)}), flush=True)


def settle() -> None:
    """Record every obligation once, as the worker did the day before; how long the writing of all took."""
    from mufakat.server.governance import obligations
    from mufakat.server.journal import door

    with door.open_house():
        started = time.perf_counter()
        many = door.commit(lambda moment: obligations.evaluate(moment, at=AT))
        print(json.dumps({"settled": many, "took": time.perf_counter() - started}), flush=True)


# -- The contest --


@dataclass(frozen=True, slots=True)
class Asked:
    """A contender: a line to the process that answers, as often as it is asked in a turn."""

    name: str
    process: subprocess.Popen[str]
    expected: dict[str, Any] | None

    def run(self) -> Sample:
        took = []
        for _ in range(TIMES[self.name]):
            told = say(self.process, self.name, "now")
            took.append(1000 * told.pop("took"))
            if self.expected is not None and told != self.expected:
                raise WrongError(f"{self.name} found {told} instead of {self.expected}")
        took.sort()
        return Sample(1000 * len(took) / sum(took), p50_ms=took[len(took) // 2], p95_ms=took[-1], p99_ms=took[-1])


@contextmanager
def contest(houses: Houses, name: str, work: Path) -> Iterator[Contest]:
    """One database, filled and judged once, and read by all three."""
    instance = houses.of(name, work)
    told = environ(instance, DJANGO_SETTINGS_MODULE="mufakat.server.runtime.settings")
    settled = json.loads(subprocess.run([*COMMAND, "--settle"], env=told, check=True, stdout=subprocess.PIPE).stdout)
    process = subprocess.Popen(
        [*COMMAND, "--answer"], env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        expected = {key: value for key, value in say(process, PEER, "now").items() if key != "took"}
        if (expected["owed"], expected["moved"], settled["settled"]) != (OWED, 0, AGREEMENTS):
            raise WrongError(f"{OWED} obligations were to be recorded and to stand as they did: {expected}, {settled}")
        yield Contest(
            id=f"obligations.thousand.{name}",
            unit=f"rounds/s, each {OWED:,} obligations of {AGREEMENTS:,} agreements",
            ours=Asked(OURS, process, expected),
            peer=Asked(PEER, process, expected),
            floor=Asked(FLOOR, process, None),
            targets=[Target("p95_ms", 1_000, at_most=True)],
            remarks=[
                "ours and the peer are checked to reach the same verdicts in every turn",
                f"to record all of them for the first time, an event each, took {settled['took']:.2f} s",
            ],
        )
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait(60)


def main() -> int:
    """The command line of ``python -m bench.obligations``."""
    deed = sys.argv[1] if len(sys.argv) > 1 else ""
    if deed in {"--fill", "--answer", "--settle"}:
        import django

        django.setup()
        if deed == "--fill":
            fill(Instance(Path(os.environ["MUFAKAT_DATA"]), os.environ.get("DATABASE_URL")))
        else:
            {"--answer": answer, "--settle": settle}[deed]()
        return 0
    with ExitStack() as stack:
        houses = Houses(stack, COMMAND)
        makers = {f"obligations.thousand.{name}": partial(contest, houses, name) for name in ("sqlite", "postgres")}
        return suite.main("obligations", makers)


if __name__ == "__main__":
    sys.exit(main())
