"""The public story of a week: 50,000 notices by CSV, batch and API at once, with a kill -9 and a database restart in
between; afterwards the recount is exact.
"""

import base64
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import week
from databases import connected
from tests.houses import Server, cluster, is_postgresql
from week import Line

from mufakat.client import Batch, Client, ProblemError, Taken, Transport, UnreachableError
from mufakat.proof import verify
from mufakat.proof.key import VerifyKey, read_keys

pytestmark = pytest.mark.fault

SIZES = {"csv": 20_000, "batch": 25_000, "api": 5_000}
SCALE = int(os.environ.get("MUFAKAT_WEEK", "50000")) / 50_000  # A smaller week for a quick look.
ITEMS = 500
SENDERS = 12
PATIENCE = 600  # Seconds for all of it.


class Week:
    """Everybody who sends, and what they hold in their hands."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        # Fifty thousand notices are more than the example's mandate allows.
        words = ("--kind", "trusted_flag", "--kind", "request", "--kind", "order", "--granted-by", "a week")
        measure = ("--legal-source", "a test", "--burst", "1000000", "--per-minute", "1000000")
        server.run("mandate", "grant", "kominfo", *words, *measure)
        self.token = server.token("kominfo", "officer")
        self.lines = {lane: list(week.lines(int(size * SCALE), seed=2017, lane=lane)) for lane, size in SIZES.items()}
        self.taken: dict[str, Taken] = {}
        self.batches: dict[str, Batch] = {}
        self.refused = 0
        self.interruptions = 0
        self.progress = 0
        self._heard = threading.Condition()

    def sound(self, lane: str) -> list[Line]:
        return [line for line in self.lines[lane] if line.sound and line.twin_of is None]

    # -- The three ways in.

    def by_csv(self) -> None:
        """A clerk's spreadsheet, started again until it went through."""
        file = self.folder / "week.csv"
        file.write_text(week.spreadsheet(self.lines["csv"]), encoding="utf-8")
        receipts = self.folder / "receipts"
        words = ("notice", "submit", str(file), "--party", "kominfo", "-o", str(receipts), "--json")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            done = self.server.run(*words, check=False, timeout=PATIENCE)
            if done.stdout:
                return
            self.interruptions += 1
            time.sleep(0.5)
        raise AssertionError(f"the import never went through: {done.stderr[-1000:]}")

    def by_batch(self) -> None:
        """Another system, five hundred a call."""
        lines = self.lines["batch"]
        with self.client() as client:
            for start in range(0, len(lines), ITEMS):
                part = [week.encoded(line) for line in lines[start : start + ITEMS]]
                key = f"batch-{start}"
                self.batches[key] = self.insisting(partial(client.submit_batch, part, key=key))
                self.heard(len(part))

    def by_api(self) -> None:
        """Scripts that send one notice each, many at once."""
        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(self._one_script, range(SENDERS)))

    def _one_script(self, number: int) -> None:
        with self.client() as client:
            for line in self.lines["api"][number::SENDERS]:
                key = f"single-{line.number if line.twin_of is None else line.twin_of}"
                try:
                    taken = self.insisting(partial(client.submit, week.encoded(line), key=key))
                except ProblemError as problem:
                    if problem.status != 422 or line.sound:
                        raise
                    self.refused += 1
                else:
                    assert line.sound
                    assert self.taken.setdefault(key, taken).receipt == taken.receipt
                self.heard(1)

    def client(self) -> Client:
        transport = Transport(self.server.url, timeout=60, attempts=4, longest_pause=1)
        return Client(self.server.url, self.token, transport=transport)

    def insisting(self, send: Callable[[], Any]) -> Any:
        """The client repeats with the same key; so does whoever uses it, until an answer comes."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return send()
            except UnreachableError:
                self.interruptions += 1
                if time.monotonic() > until:
                    raise
            except ProblemError as problem:
                if problem.status < 500 or time.monotonic() > until:
                    raise
            time.sleep(0.2)

    # -- What befalls them.

    def heard(self, count: int) -> None:
        with self._heard:
            self.progress += count
            self._heard.notify_all()

    def wait_for(self, share: float, lost: Callable[[], bool]) -> None:
        wanted = share * (SIZES["batch"] + SIZES["api"]) * SCALE
        with self._heard:
            while self.progress < wanted and not lost():
                self._heard.wait(0.5)

    def disaster(self) -> None:
        """Kill every process of the server, and let its database start anew; on SQLite that is the same thing."""
        self.server.kill()
        self.restart_database()
        self.server.start(wait=False)
        # The clerk's command finds no server now, takes the house itself, and goes through: the server waits for it.
        self.server.wait_until_ready(PATIENCE)

    def restart_database(self) -> None:
        if is_postgresql():
            cluster().stop(signal.SIGQUIT)
            cluster().start()


@pytest.fixture
def story(stopped_server: Server, tmp_path: Path) -> Iterator[Week]:
    if is_postgresql():
        cluster().settle()
    stopped_server.start()
    yield Week(stopped_server, tmp_path)
    stopped_server.stop()


def published(server: Server) -> list[VerifyKey]:
    with urllib.request.urlopen(f"{server.url}/log/1/keys.json", timeout=10) as answer:  # noqa: S310 - http alone.
        return list(read_keys(answer.read().decode()))


@pytest.mark.invariant("I-01")
@pytest.mark.invariant("I-02")
@pytest.mark.invariant("I-11")
def test_a_week_goes_in_by_every_way_through_a_kill_and_a_restart_and_the_recount_is_exact(story: Week) -> None:
    with ThreadPoolExecutor(3) as pool:
        ways = [pool.submit(way) for way in (story.by_csv, story.by_batch, story.by_api)]

        def lost() -> bool:
            return any(way.done() and way.exception() for way in ways)

        story.wait_for(0.3, lost)
        story.disaster()
        story.wait_for(0.6, lost)
        if is_postgresql():
            story.restart_database()
        else:
            story.disaster()
        for way in ways:
            way.result()
    assert story.interruptions > 0  # They were cut off at work.
    assert recount(story) == {
        "notices": sum(len(story.sound(lane)) for lane in SIZES),
        "received": sum(len(story.sound(lane)) for lane in SIZES),
        "payloads": sum(len(story.sound(lane)) for lane in SIZES),
        "outbox": sum(len(story.sound(lane)) for lane in SIZES),
        "single answers": len(story.sound("api")),
        "item answers": len(story.sound("csv")) + len(story.sound("batch")),
        "unchained": 0,
        "neither in the log nor waiting": 0,
        "sent under no number": 0,
        "from the spreadsheet": len(story.sound("csv")),
    }
    assert without_proof(story) == []


def recount(story: Week) -> dict[str, int]:
    """Count what the database holds, with SQL of its own."""
    questions = {
        "notices": "SELECT count(*) FROM notices_notice",
        "received": "SELECT count(*) FROM journal_event WHERE type = 'notice.received'",
        "payloads": "SELECT count(*) FROM notices_payload WHERE raw IS NOT NULL",
        "outbox": (
            "SELECT count(*) FROM journal_outbox o JOIN journal_event e ON e.id = o.event_id"
            " WHERE e.type = 'notice.received'"
        ),
        "single answers": "SELECT count(*) FROM journal_answer WHERE route = 'POST /api/v1/notices'",
        "item answers": "SELECT count(*) FROM journal_answer WHERE route = 'POST /api/v1/notices/batch item'",
        "unchained": (
            "SELECT count(*) FROM journal_channel c WHERE c.seq <> (SELECT count(*) FROM journal_event e WHERE"
            " e.shard = c.shard AND e.sender = c.sender AND e.recipient = c.recipient)"
        ),
        "neither in the log nor waiting": (
            "SELECT count(*) FROM journal_event e WHERE NOT EXISTS"
            " (SELECT 1 FROM journal_pending p WHERE p.event_id = e.id) AND NOT EXISTS"
            " (SELECT 1 FROM journal_head h WHERE h.shard = e.shard AND e.position < h.size)"
        ),
        "sent under no number": (
            "SELECT count(*) FROM notices_notice n WHERE NOT EXISTS"
            ' (SELECT 1 FROM journal_event e WHERE e."case" = n.id AND e.leaf_hash = n.leaf_hash)'
        ),
    }
    with connected(story.server) as database:
        found = {name: int(database.execute(sql).fetchone()[0]) for name, sql in questions.items()}
        bodies = database.execute("SELECT raw FROM notices_payload")
        found["from the spreadsheet"] = sum(b"(csv)" in bytes(raw) and b"office " in bytes(raw) for (raw,) in bodies)
    return found


def without_proof(story: Week) -> list[str]:
    """Whoever holds an answer whose receipt does not verify, or whose leaf is not in the database."""
    keys = published(story.server)
    with connected(story.server) as database:
        rows = database.execute("SELECT leaf_hash FROM journal_event WHERE type = 'notice.received'")
        stored = {bytes(leaf) for (leaf,) in rows}
    missing = []
    covered: set[bytes] = set()
    for key, taken in story.taken.items():
        leaf = verify.verify(taken.receipt.encode(), keys=keys).root
        covered.add(leaf)
        missing += [key] * (leaf not in stored)
    for key, batch in story.batches.items():
        with Client(story.server.url, story.token, keys=keys) as client:
            client.verify_batch(batch)
        leaves = leaves_of(batch.items)
        covered.update(leaves)
        missing += [key] * (not set(leaves) <= stored)
    receipts = list((story.folder / "receipts").glob("*.receipt"))
    counts = [verify.verify(path.read_bytes(), keys=keys).count for path in receipts]
    # Each sound line of the spreadsheet is under one receipt: a batch that was cut off went on under its key.
    if sum(counts) != len(stored) - len(covered):
        missing.append("the receipts of the spreadsheet do not cover its notices")
    return missing


def leaves_of(items: Sequence[Any]) -> list[bytes]:
    return [base64.b64decode(item["leaf"]) for item in items if item["status"] == 201]
