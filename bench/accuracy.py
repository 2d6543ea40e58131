"""How well the notices of a thousand flaggers hold, over a million notices: all of their figures within a second.

Ours reads the counts that a follower of the journal keeps. The peer asks the rows themselves, as a plain Django program
does that keeps no counts. The floor sums the same rows of our counts by one statement of the plain driver.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from bench import suite
from bench.contest import Contest, Sample, Target, WrongError
from bench.house import environ, prepare
from bench.postgres import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COUNT = 1_000_000
FLAGGERS = 1_000
PLATFORMS = 20
DAYS = 730
PORTION = 20_000
OURS, PEER, FLOOR = "counts kept by a follower", "Django ORM over the rows", "one statement of the driver"
TIMES = {OURS: 5, FLOOR: 5, PEER: 1}
REFUSED = ("not_illegal", "not_in_terms", "unclear", "already_gone")
Found = dict[str, tuple[int, int, int]]  # Party → received, right, wrong.


# -- In a process that is told of its instance by its environment --


def fill(count: int) -> None:
    """So many notices of a thousand flaggers, three quarters decided, and their counts as our own rules make them."""
    from mufakat.server.journal import door
    from mufakat.server.journal.parts import alone

    made = Made(random.Random(2017))  # noqa: S311 - no secret, and the same each time.
    with door.open_house():
        alone(made.parties)
        for start in range(0, count, PORTION):
            alone(partial(made.notices, range(start, min(start + PORTION, count))))
        alone(made.counts)


@dataclass
class Made:
    """What is written, and the counts as they grow."""

    chance: random.Random
    flaggers: list[str] = field(default_factory=list)
    platforms: list[str] = field(default_factory=list)
    person: int = 0
    tallies: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)

    def parties(self, moment: Any) -> None:
        """The flaggers, and the platforms that they ask."""
        from mufakat.rules.parties import PartyKind
        from mufakat.server.parties.models import Party, Person

        def party(number: int, kind: PartyKind) -> Party:
            handle = f"{kind.value.replace('_', '-')}-{number}"
            return Party(id=moment.id("pty"), handle=handle, kind=kind.value, name=handle, registered_at=moment.at)

        kinds = [PartyKind.TRUSTED_FLAGGER] * FLAGGERS + [PartyKind.PLATFORM] * PLATFORMS
        rows = [party(number, kind) for number, kind in enumerate(kinds)]
        Party.objects.bulk_create(rows)
        self.flaggers, self.platforms = ([row.id for row in part] for part in (rows[:FLAGGERS], rows[FLAGGERS:]))
        self.person = Person.objects.filter(party__handle="telegram", role="reviewer").values_list("pk", flat=True)[0]

    def notices(self, numbers: range, moment: Any) -> None:
        """A portion of them, spread over two years."""
        from msgspec import structs

        from mufakat.rules import accuracy
        from mufakat.rules.accuracy import Fate, Standing
        from mufakat.rules.decision import Outcome, Refusal
        from mufakat.server.decisions.models import Decision
        from mufakat.server.governance import periods
        from mufakat.server.governance.models import DAY
        from mufakat.server.journal import store
        from mufakat.server.notices.models import Notice

        first = datetime.now(UTC) - timedelta(days=DAYS)
        notices, decisions = [], []
        for number in numbers:
            at = first + timedelta(days=DAYS * number / COUNT)
            sender, platform = self.chance.choice(self.flaggers), self.chance.choice(self.platforms)
            category = self.chance.choice(("terrorism", "fraud", "gambling", "hate", "privacy"))
            notice = moment.id("ntc")
            outcome, refusal = self._decided()
            reversed_ = outcome is Outcome.ACT_FULL and self.chance.random() < 0.05
            state = "received" if outcome is None else "decided"
            seen = None if outcome is None else at
            columns = (notice, sender, platform, "trusted_flag", category, "normal", "id", state, at, "id-2017", b"\0")
            notices.append((*columns, seen, seen))
            if outcome is not None:
                stands = "reversed" if reversed_ else "standing"
                row = (moment.id("dec"), notice, platform, self.person, outcome.value, refusal, "id", False, "none")
                decisions.append((*row, at, moment.id("evt"), stands))
            fate = Fate.OPEN if outcome is None else accuracy.fate_of(outcome, Refusal(refusal) if refusal else None)
            added = structs.astuple(accuracy.of_one(Standing(fate, overturned=reversed_), without_law=False))
            places = [place for place, many in enumerate(added) if many]
            for grain, day in periods.grains_of(at.date()):
                key = (sender, platform if grain == DAY else "", "trusted_flag", category, grain, day)
                found = self.tallies.setdefault(key, [0] * len(accuracy.COUNTED))
                for place in places:
                    found[place] += added[place]
        store.insert(Notice, NOTICE, notices)
        store.insert(Decision, DECISION, decisions)

    def _decided(self) -> tuple[Any, str | None]:
        from mufakat.rules.decision import Outcome

        drawn = self.chance.random()
        if drawn < 0.25:
            return None, None
        if drawn < 0.85:
            return Outcome.ACT_FULL, None
        return Outcome.REFUSE, self.chance.choice(REFUSED)

    def counts(self, moment: Any) -> None:
        """The rows of the counts."""
        from mufakat.rules import accuracy
        from mufakat.server.governance.models import DAY, Tally, Total

        del moment
        days: list[Any] = []
        totals: list[Any] = []
        for (party, platform, kind, category, grain, day), found in sorted(self.tallies.items()):
            told = {"party_id": party, "kind": kind, "category": category, "day": day}
            counts = dict(zip(accuracy.COUNTED, found, strict=True))
            if grain == DAY:
                days.append(Tally(**told, platform_id=platform, **counts))
            else:
                totals.append(Total(**told, grain=grain, **counts))
        Tally.objects.bulk_create(days, batch_size=1_000)
        Total.objects.bulk_create(totals, batch_size=1_000)


NOTICE = (
    *("id", "sender_id", "recipient_id", "kind", "category", "urgency", "language", "state", "received_at", "profile"),
    *("leaf_hash", "seen_at", "acknowledged_at"),
)
DECISION = (
    *("id", "notice_id", "party_id", "person_id", "outcome", "refusal", "language", "detection", "automation"),
    *("decided_at", "event", "state"),
)


def ours() -> Found:
    """As the page and the API read them."""
    from mufakat.server.governance import queries

    return {party: (one.received, one.right, one.wrong) for party, one in queries.everybodys().items()}


def peer() -> Found:
    """As one asks who keeps no counts."""
    from django.db.models import Count, Q

    from mufakat.server.decisions.models import Decision
    from mufakat.server.notices.models import Notice

    kinds = ["trusted_flag", "request", "order"]
    acted, refused = Q(outcome__in=["act_full", "act_partial"]), Q(outcome="refuse") & ~Q(refusal="already_gone")
    received = Notice.objects.filter(kind__in=kinds).values_list("sender").annotate(many=Count("pk"))
    decided = (
        Decision.objects.filter(notice__kind__in=kinds)
        .values_list("notice__sender")
        .annotate(
            right=Count("pk", filter=acted & Q(state="standing")),
            wrong=Count("pk", filter=(acted & Q(state="reversed")) | refused),
        )
    )
    found = {sender: (many, 0, 0) for sender, many in received.order_by()}
    return {**found, **{sender: (found[sender][0], right, wrong) for sender, right, wrong in decided.order_by()}}


def floor() -> Found:
    """The same sums by the driver."""
    from mufakat.rules.accuracy import COUNTED, Tally
    from mufakat.server.journal import store

    sums = ", ".join(f'SUM("{name}")' for name in COUNTED)
    sql = f"SELECT party_id, {sums} FROM governance_total WHERE grain = %s GROUP BY party_id"  # noqa: S608 - names of ours.
    found = {}
    for party, *counts in store.fetch(sql, ["year"]):
        one = Tally(**dict(zip(COUNTED, map(int, counts), strict=True)))
        found[party] = (one.received, one.right, one.wrong)
    return found


ASKED: dict[str, Callable[[], Found]] = {OURS: ours, PEER: peer, FLOOR: floor}


def answer() -> None:
    """Answer each line of the input, the name of a contender, with its seconds and what it found."""
    from django.db import connection

    connection.ensure_connection()
    for line in sys.stdin:
        asked = ASKED[line.strip()]
        started = time.perf_counter()
        found = asked()
        took = time.perf_counter() - started
        sums = [sum(one[place] for one in found.values()) for place in range(3)]
        print(json.dumps({"took": took, "parties": len(found), "sums": sums}), flush=True)


# -- The contest --


@dataclass(frozen=True, slots=True)
class Asked:
    """A contender: a line to the process that answers, as often as it is asked in a turn."""

    name: str
    process: subprocess.Popen[str]
    expected: dict[str, Any]

    def run(self) -> Sample:
        took = []
        for _ in range(TIMES[self.name]):
            told = say(self.process, self.name)
            seen = {"parties": told["parties"], "sums": told["sums"]}
            if seen != self.expected:
                raise WrongError(f"{self.name} found {seen} instead of {self.expected}")
            took.append(1000 * told["took"])
        took.sort()
        return Sample(1000 * len(took) / sum(took), p50_ms=took[len(took) // 2], p95_ms=took[-1], p99_ms=took[-1])


def say(process: subprocess.Popen[str], name: str) -> dict[str, Any]:
    """Ask the process one thing."""
    pipes: tuple[IO[str] | None, IO[str] | None] = (process.stdin, process.stdout)
    if pipes[0] is None or pipes[1] is None:
        raise WrongError("no pipes to the process")
    pipes[0].write(name + "\n")
    pipes[0].flush()
    line = pipes[1].readline()
    if not line:
        raise WrongError(f"the process ended while it was asked: {name}")
    told: dict[str, Any] = json.loads(line)
    return told


@contextmanager
def contest(name: str, work: Path) -> Iterator[Contest]:
    """One database, filled once and read by all three."""
    with ExitStack() as stack:
        cluster = stack.enter_context(running()) if name == "postgres" else None
        instance = prepare(work, cluster).instance
        told = environ(instance, DJANGO_SETTINGS_MODULE="mufakat.server.runtime.settings")
        command = [sys.executable, "-m", "bench.accuracy"]
        subprocess.run([*command, "--fill", str(COUNT)], env=told, check=True)
        with instance.writing() as connection:
            connection.execute("ANALYZE")
            if not instance.embedded:
                connection.commit()
        process = subprocess.Popen(
            [*command, "--answer"], env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            expected = {key: value for key, value in say(process, PEER).items() if key != "took"}
            if expected["sums"][0] != COUNT or expected["parties"] != FLAGGERS:
                raise WrongError(f"{COUNT} notices of {FLAGGERS} were to be there: {expected}")
            sides = {each: Asked(each, process, expected) for each in ASKED}
            yield Contest(
                id=f"accuracy.thousand.{name}",
                unit="answers/s, each the figures of 1,000 flaggers over 1,000,000 notices",
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


def main() -> int:
    """The command line of ``python -m bench.accuracy``."""
    if sys.argv[1:2] in (["--fill"], ["--answer"]):
        import django

        django.setup()
        if sys.argv[1] == "--answer":
            answer()
        else:
            fill(int(sys.argv[2]))
        return 0
    makers = {f"accuracy.thousand.{name}": partial(contest, name) for name in ("sqlite", "postgres")}
    return suite.main("accuracy", makers)


if __name__ == "__main__":
    sys.exit(main())
