"""The delivery suite: webhooks to a receiver in another process, after a million others, and beside a dead one."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench import house, receiver, suite
from bench.contest import Contest, Sample, Target, WrongError
from bench.database import Instance, insert
from mufakat.server.journal.ids import Ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.contest import Maker

EACH = 4_000  # Webhooks of one turn.
FEW, MANY = 10_000, 1_000_000  # Deliveries of the past.
ALLOW = {"MUFAKAT_WEBHOOK_ALLOW": "127.0.0.0/8", "MUFAKAT_SECRET_KEY": "a-secret-of-the-bench-only"}
RECIPIENTS = 100
RATE, SECONDS = 200, 10.0  # A second, for so long; two each second for each recipient.
PATIENCE = 120.0
PORTION = 20_000


def run(module: str, told: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """A contender's program, and what it prints."""
    command = [sys.executable, "-m", module, json.dumps(told)]
    done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise WrongError(f"{module} ended with {done.returncode}: {done.stderr[-1000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@dataclass(frozen=True, slots=True)
class Ours:
    """The worker's part on an instance that stays."""

    name: str
    instance: Instance
    address: str
    paced: bool = False
    urls: Sequence[str] = ("/hook",)

    def run(self) -> Sample:
        told = {
            "urls": [self.address + url for url in self.urls],
            "each": EACH,
            "paced": self.paced,
            "rate": RATE,
            "seconds": SECONDS,
            "patience": PATIENCE,
        }
        found = run("bench.delivering", told, house.environ(self.instance, **ALLOW))
        seen = receiver.seen(self.address)["at"]
        made = found["made"]
        if found["waiting"] or not made.keys() <= seen.keys():
            raise WrongError(f"{self.name}: {found['waiting']} wait, {len(made.keys() - seen.keys())} never came")
        late = sorted((seen[pk] - made[pk]) * 1000 for pk in made)
        quantiles = [late[int(share * (len(late) - 1))] for share in (0.5, 0.95, 0.99)] if self.paced else [None] * 3
        p50, p95, p99 = quantiles
        return Sample(len(made) / found["took"], found["cpu"] * 1000 / len(made), p50, p99, p95)


@dataclass(frozen=True, slots=True)
class Other:
    """A program beside ours."""

    name: str
    module: str
    address: str
    work: Path

    def run(self) -> Sample:
        database = self.work / "peer.sqlite3"
        for path in self.work.glob("peer.sqlite3*"):
            path.unlink()
        told = {"urls": [f"{self.address}/hook"], "each": EACH, "database": str(database)}
        found = run(self.module, told, house.environ(Instance(self.work)))
        if (many := receiver.seen(self.address)["many"]) != EACH:
            raise WrongError(f"{self.name}: {many} of {EACH} came")
        return Sample(EACH / found["took"], found["cpu"] * 1000 / EACH)


def fill(instance: Instance, count: int) -> None:
    """So many delivered events of the past, two years of them, by plain inserts."""
    ids = Ids()
    newest = datetime.now(UTC) - timedelta(days=1)
    step = timedelta(days=730) / count
    with instance.writing() as connection:
        ((party,),) = instance.fetch(connection, "SELECT id FROM parties_party WHERE handle = 'telegram'")
        connection.execute("BEGIN")
        for start in range(0, count, PORTION):
            events, outbox, deliveries = [], [], []
            for number in range(start, min(start + PORTION, count)):
                at = newest - step * (count - number)
                time, millisecond = instance.time(at), int(at.timestamp() * 1000)
                event = ids.next("evt", millisecond)
                row = (event, "past", number, "notice.received", time, "kominfo", "telegram", number + 1)
                events.append((*row, ids.next("ntc", millisecond), b"x" * 400, b"y" * 32, ""))
                outbox.append((event, "party:telegram", time, 1, time, ""))
                endpoint = f"end_{number % RECIPIENTS:026d}"
                state = ("webhook", endpoint, "delivered", time, time, False, 1, 0, time, 204, "")
                deliveries.append((ids.next("dlv", millisecond), event, party, *state))
            for table, names, rows in (
                ("journal_event", EVENT, events),
                ("journal_outbox", OUTBOX, outbox),
                ("connectors_delivery", DELIVERY, deliveries),
            ):
                connection.cursor().executemany(instance.marked(insert(table, names)), rows)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")


EVENT = (
    *("id", "shard", "position", "type", "at", "sender", "recipient", "seq", "case", "leaf", "leaf_hash", "custody"),
)
OUTBOX = ("event_id", "to", "due_at", "attempts", "done_at", "detail")
DELIVERY = (
    *("id", "event_id", "party_id", "carrier", "target", "state", "made_at", "due_at", "leased", "attempts"),
    *("replays", "ended_at", "status", "detail"),
)


@contextmanager
def webhook(work: Path) -> Iterator[Contest]:
    """Everything waits already, as after an outage; one recipient."""
    prepared = house.prepare(work)
    many, few = prepared.copy(work / "many"), prepared.copy(work / "few")
    fill(many, MANY)
    fill(few, FEW)
    with receiver.receiving() as address:
        yield Contest(
            "delivery.webhook",
            "webhooks/s",
            Ours(f"ours, {MANY:,} deliveries behind", many, address),
            Other("Django ORM + requests in a loop", "bench.peer.webhooks", address, work),
            Other("aiohttp alone, 8 at once", "bench.posting", address, work),
            asides=[Ours(f"ours, {FEW:,} deliveries behind", few, address)],
            targets=[Target("ours", 500)],
            remarks=[f"the history costs nothing where ours at {MANY:,} is at least 0.9 of ours at {FEW:,}"],
        )


@contextmanager
def beside(work: Path) -> Iterator[Contest]:
    """A hundred recipients are told twice a second each; one of them is a black hole, or answers after two seconds."""
    prepared = house.prepare(work)
    urls = [f"/e{number}" for number in range(RECIPIENTS)]
    with receiver.receiving() as address:

        def one(name: str, last: str) -> Ours:
            return Ours(name, prepared.copy(work / last.strip("/")), address, paced=True, urls=[*urls[:-1], last])

        well = one("all are well", urls[-1])
        yield Contest(
            "delivery.beside_dead",
            f"webhooks/s to the others, of {RATE} a second to all",
            one("one is a black hole", "/dead"),
            well,
            asides=[one("one answers after 2 s", "/slow")],
            remarks=[f"p95: from the commit to the recipient, of the {RECIPIENTS - 1} others; less than twice as long"],
        )


MAKERS: Mapping[str, Maker] = {"delivery.webhook": webhook, "delivery.beside_dead": beside}

if __name__ == "__main__":
    raise SystemExit(suite.main("delivery", MAKERS))
