"""``rehearsal.past``: a hundred thousand past notices rehearsed under another profile, from the rows to the shares.

Ours is what the page and the API call. The peer is a plain Django program: the rows as objects, clocks derived one
notice at a time. The floor is reading the same rows by the plain driver, and nothing else. All three find the same.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import bulk
from bench.accuracy import say, told
from bench.contest import Contest, Sample, Target, WrongError
from bench.database import Instance
from bench.house import prepare
from bench.postgres import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

COUNT, PORTION = 100_000, 20_000
SECONDS = 5.0
PROFILE, CLOCK = "eu-dsa", "decision"
OURS, PEER, FLOOR = "governance.rehearsal", "Django ORM, a notice at a time", "the rows by the driver"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
AT = FIRST + timedelta(days=400)
TABLES = ("notices_notice", "journal_event")
EVENT = ("id", "shard", "position", "type", "at", "sender", "recipient", "seq", "case", "leaf", "leaf_hash", "custody")
NOTICE = (
    *("id", "sender_id", "recipient_id", "kind", "category", "urgency", "language", "state", "received_at", "profile"),
    *("leaf_hash", "seen_at", "acknowledged_at"),
)


def fill(instance: Instance, count: int) -> None:
    """So many requests of the ministry, nine of ten taken on and three of four decided; and as many of others."""
    chance = random.Random(2017)  # noqa: S311 - no secret, and the same each time.
    with bulk.loading(instance, TABLES) as connection:
        parties = dict(instance.fetch(connection, "SELECT handle, id FROM parties_party"))
        shard, position = instance.fetch(
            connection, "SELECT shard, max(position) + 1 FROM journal_event GROUP BY shard ORDER BY 2 DESC LIMIT 1"
        )[0]
        rows: dict[str, list[tuple[Any, ...]]] = {"notices_notice": [], "journal_event": []}
        for number in range(2 * count):
            sender = ("kominfo", "bnpt")[number % 2]
            came = FIRST + timedelta(days=365 * number / (2 * count))
            taken = came + timedelta(hours=chance.expovariate(0.5)) if chance.random() < 0.9 else None
            decided = taken + timedelta(hours=chance.expovariate(0.03)) if taken and chance.random() < 0.83 else None
            state = "received" if taken is None else "acknowledged" if decided is None else "decided"
            case, times = f"ntc_7{number:025}", [None if at is None else instance.time(at) for at in (came, taken)]
            kind = ("request", "fraud", "normal", "id")
            row = (case, parties[sender], parties["telegram"], *kind, state, times[0], "id-2017", b"\0")
            rows["notices_notice"].append((*row, times[1], times[1]))
            for type_, at in (("notice.received", came), ("notice.acknowledged", taken), ("decision.made", decided)):
                if at is not None:
                    ends = (sender, "telegram") if type_ == "notice.received" else ("telegram", sender)
                    event = (f"evt_7{position:025}", shard, position, type_, instance.time(at), *ends, 10**6 + position)
                    rows["journal_event"].append((*event, case, b"{}", b"\0", ""))
                    position += 1
            if (number + 1) % PORTION == 0 or number + 1 == 2 * count:
                for table, columns in (("notices_notice", NOTICE), ("journal_event", EVENT)):
                    bulk.write(instance, connection, table, columns, rows[table])
                    rows[table].clear()
    if instance.embedded:
        with instance.writing() as connection:
            connection.execute("ANALYZE")


def ours() -> Sequence[int]:
    """As the page and the API rehearse."""
    from mufakat.rules import profile
    from mufakat.server.governance import rehearsal

    found = rehearsal.between("kominfo", "telegram", profile.load(PROFILE), at=AT, limit=COUNT)
    share = next(one.share for one in found.clocks if one.name == CLOCK)
    return share.part, share.whole


def peer() -> Sequence[int]:
    """As one writes it in an afternoon; the events of a thousand notices in a query, at least."""
    from mufakat.rules import clock, profile
    from mufakat.rules.notice import Category, NoticeKind, Urgency
    from mufakat.server.journal.models import Event
    from mufakat.server.notices.models import Notice

    rules, then, met, whole = profile.load(PROFILE), profile.load("id-2017"), 0, 0
    notices = list(
        Notice.objects.filter(sender__handle="kominfo", recipient__handle="telegram").order_by("-id")[:COUNT]
    )
    for start in range(0, len(notices), 1_000):
        some = notices[start : start + 1_000]
        ended: dict[tuple[str, str], datetime] = {}
        for event in Event.objects.filter(case__in=[one.id for one in some]).order_by("position"):
            ended.setdefault((event.case, event.type), event.at)
        for one in some:
            kind, category, urgency = NoticeKind(one.kind), Category(one.category), Urgency(one.urgency)
            for each in (then, rules):
                for due in clock.derive(
                    each, event="notice.received", kind=kind, category=category, urgency=urgency, at=one.received_at
                ):
                    state = clock.state_at(due.due_at, ended.get((one.id, due.stops)), at=AT, target=due.target)
                    if each is rules and due.name == CLOCK:
                        met += state is clock.ClockState.MET
                        whole += 1
    return met, whole


def floor() -> Sequence[int]:
    """The rows, read; what they say is not asked."""
    from mufakat.server.journal import store

    sender, recipient = (store.fetch("SELECT id FROM parties_party WHERE handle = %s", [each])[0][0] for each in PAIR)
    sql = "SELECT id, kind, category, urgency, profile, received_at, acknowledged_at FROM notices_notice WHERE sender_id = %s AND recipient_id = %s"  # noqa: E501
    notices = store.fetch(sql, [sender, recipient])
    sql = 'SELECT e."case", e.type, e.at FROM journal_event e JOIN notices_notice n ON n.id = e."case" WHERE n.sender_id = %s AND n.recipient_id = %s AND e.type = \'decision.made\''  # noqa: E501
    return len(notices), len(store.fetch(sql, [sender, recipient]))


PAIR = ("kominfo", "telegram")
ASKED: dict[str, Callable[[], Sequence[int]]] = {OURS: ours, PEER: peer, FLOOR: floor}


def answer() -> None:
    """Answer each line of the input, a contender, with its seconds and what it found."""
    from django.db import connection

    connection.ensure_connection()
    for line in sys.stdin:
        asked, started = ASKED[line.strip().partition(": ")[0]], time.perf_counter()
        found = asked()
        print(json.dumps({"took": time.perf_counter() - started, "found": found}), flush=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """A contender: a line to the process that answers."""

    name: str
    process: subprocess.Popen[str]
    expected: Sequence[int] | None

    def run(self) -> Sample:
        said = say(self.process, self.name, "all")
        if self.expected is not None and said["found"] != self.expected:
            raise WrongError(f"{self.name} found {said['found']} instead of {self.expected}")
        took = 1000 * said["took"]
        return Sample(COUNT / said["took"], p50_ms=took, p95_ms=took, p99_ms=took)


COMMAND = (sys.executable, "-m", "bench.rehearsal_past")


@contextmanager
def contest(name: str, work: Path) -> Iterator[Contest]:
    """One database, filled once and read by all three."""
    with ExitStack() as stack:
        instance = prepare(work, stack.enter_context(running()) if name == "postgres" else None).instance
        subprocess.run([*COMMAND, "--fill"], env=told(instance), check=True)
        process = subprocess.Popen(
            [*COMMAND, "--answer"], env=told(instance), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            expected = say(process, PEER, "all")["found"]
            if not 0 < expected[0] < expected[1] == COUNT:
                raise WrongError(f"{COUNT} notices were to be due: {expected}")
            yield Contest(
                id=f"rehearsal.past.{name}",
                unit=f"notices/s, {COUNT:,} of them rehearsed at once",
                ours=Asked(OURS, process, expected),
                peer=Asked(PEER, process, expected),
                floor=Asked(FLOOR, process, None),
                targets=[Target("p95_ms", 1000 * SECONDS, at_most=True)],
                remarks=["ours and the peer are checked to find the same share in every turn"],
            )
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(60)


contest_sqlite, contest_postgres = (partial(contest, name) for name in ("sqlite", "postgres"))


def main() -> None:
    """In a process that is told of its instance by its environment, as a server is."""
    import django

    django.setup()
    if sys.argv[1:] == ["--answer"]:
        answer()
    else:
        fill(Instance(Path(os.environ["MUFAKAT_DATA"]), os.environ.get("DATABASE_URL")), COUNT)


if __name__ == "__main__":
    main()
