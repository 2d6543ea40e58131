"""A daily dump of the DSA Transparency Database, sent to a server as anybody starts it: statements a second, stored.

Ours is the whole way: the upload, the file on disk, every rule for every row, one event and one receipt for two
thousand rows, durable commits. The peer is a plain Django program without a server; the floor writes the same rows
again with the plain driver and does nothing else.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench import dumps, suite
from bench.contest import Contest, Sample, Target, WrongError
from bench.database import insert
from bench.house import environ, prepare, token
from bench.intake_single import OURS
from bench.postgres import running
from bench.recount import require_chains
from bench.server import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.database import Instance
    from bench.house import House
    from bench.postgres import Cluster

COUNT = 100_000  # Rows of the dump, 100 MB.
TOGETHER = 2_000  # Rows of one commit, as ours.
PATIENCE = 300  # Seconds for an answer.
TABLE = "decisions_foreignstatement"
PEER = (sys.executable, "-m", "bench.peer.statements")


@dataclass(slots=True)
class Recording:
    """The rows that ours wrote, in their order."""

    names: list[str] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)

    def take(self, instance: Instance) -> None:
        with instance.reading() as connection:
            self.names = [name for name in instance.columns(connection, TABLE) if name != "id"]
            columns = ", ".join(f'"{name}"' for name in self.names)
            self.rows = instance.fetch(connection, f"SELECT {columns} FROM {TABLE} ORDER BY id")  # noqa: S608


def recount(instance: Instance, *, events: int | None = None) -> None:
    """Raise WrongError unless every row is there, and as many events as portions."""
    with instance.reading() as connection:
        sql = f"SELECT count(*), count(DISTINCT puid) FROM {TABLE}"  # noqa: S608 - our own table.
        if tuple(instance.fetch(connection, sql)[0]) != (COUNT, COUNT):
            raise WrongError(f"not every one of {COUNT} statements is stored, once")
        if events is None:
            return
        sql = "SELECT count(*) FROM journal_event WHERE type = 'statements.imported'"
        found = instance.fetch(connection, sql)[0][0]
        if found != events:
            raise WrongError(f"{found} events instead of {events}")
        require_chains(instance, connection)


@dataclass(frozen=True, slots=True)
class Import:
    """A server on a fresh instance that is sent the dump."""

    name: str
    house: House
    token: str
    file: Path
    folder: Path
    recording: Recording

    def run(self) -> Sample:
        instance = self.house.copy(self.folder)
        port = free_port()
        told = environ(instance, PORT=str(port), GRANIAN_PORT=str(port))
        with Server(OURS, environ=told, port=port, log=self.folder.with_suffix(".log")) as server:
            before, started = server.cpu_seconds(), time.perf_counter()
            last = self._send(port)
            took = time.perf_counter() - started
            cpu = server.cpu_seconds() - before
        if (last.get("end"), last.get("taken"), last.get("refused")) != ("done", COUNT, 0):
            raise WrongError(f"{self.name}: {last}")
        recount(instance, events=-(-COUNT // TOGETHER))
        self.recording.take(instance)
        return Sample(COUNT / took, 1000 * cpu / COUNT)

    def _send(self, port: int) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "text/csv"}
        with self.file.open("rb") as body:
            size = self.file.stat().st_size
            headers["Content-Length"] = str(size)
            connection.request("POST", "/api/v1/statements/import", body=body, headers=headers)
            answer = connection.getresponse()
            lines = answer.read().splitlines()
        connection.close()
        if answer.status != 200:
            raise WrongError(f"{self.name}: {answer.status} {lines[:1]}")
        found: dict[str, Any] = json.loads(lines[-1])
        return found


@dataclass(frozen=True, slots=True)
class Peer:
    """The plain program on a fresh instance; its own clock, without its start."""

    name: str
    house: House
    file: Path
    folder: Path

    def run(self) -> Sample:
        instance = self.house.copy(self.folder)
        told = environ(instance, DJANGO_SETTINGS_MODULE="bench.peer.settings")
        done = subprocess.run(
            [*PEER, str(self.file)], env=told, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        if done.returncode != 0:
            raise WrongError(f"{self.name}: {done.stderr[-500:]}")
        recount(instance)
        return Sample(COUNT / json.loads(done.stdout)["seconds"])


@dataclass(frozen=True, slots=True)
class Floor:
    """The rows that ours wrote, written again: a commit for two thousand of them."""

    name: str
    house: House
    folder: Path
    recording: Recording

    def run(self) -> Sample:
        if not self.recording.rows:
            raise WrongError("there are no rows of ours to write again")
        instance = self.house.copy(self.folder)
        sql = instance.marked(insert(TABLE, self.recording.names))
        rows = self.recording.rows
        with instance.writing() as connection:
            started = time.perf_counter()
            for start in range(0, len(rows), TOGETHER):
                connection.execute("BEGIN IMMEDIATE" if instance.embedded else "BEGIN")
                connection.cursor().executemany(sql, rows[start : start + TOGETHER])
                connection.execute("COMMIT")
            took = time.perf_counter() - started
        recount(instance)
        return Sample(COUNT / took)


@contextmanager
def sqlite(work: Path) -> Iterator[Contest]:
    """On the embedded database."""
    yield _contest("statements.import.sqlite", work, None)


@contextmanager
def postgres(work: Path) -> Iterator[Contest]:
    """The same on PostgreSQL."""
    with running() as cluster:
        yield _contest("statements.import.postgres", work, cluster)


def _contest(name: str, work: Path, cluster: Cluster | None) -> Contest:
    house = prepare(work, cluster)
    seat = token(house.instance, "telegram", "representative")
    file = work / "dump.csv"
    file.write_bytes(dumps.written(COUNT))
    recording = Recording()
    return Contest(
        name,
        "statements/s",
        Import("mufakat serve", house, seat, file, work / "ours", recording),
        Peer("csv.DictReader, the same rules, bulk_create", house, file, work / "peer"),
        Floor("the same rows, one writer, a commit per 2,000", house, work / "floor", recording),
        targets=[Target("ours", 20_000)],
        remarks=[f"{COUNT:,} rows, {file.stat().st_size / 1e6:,.0f} MB; ours with upload, rules, events and receipts"],
    )


MAKERS = {"statements.import.sqlite": sqlite, "statements.import.postgres": postgres}

if __name__ == "__main__":
    sys.exit(suite.main("statements", MAKERS))
