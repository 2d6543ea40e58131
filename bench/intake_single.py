"""``intake.single.*``: one notice per request, thirty-two at once, the signed receipt in each answer."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import load, recount
from bench.contest import Contest, Sample, Target, WrongError
from bench.floor import Floor, Recording
from bench.house import House, environ, prepare
from bench.pgbench import Pgbench
from bench.postgres import running
from bench.server import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WARMING = 1  # Seconds before the clock starts: imports, the first look-ups, the threads' connections.
SECONDS = 4

OURS = (sys.executable, "-m", "mufakat.cli", "serve")


def peer(*, workers: int, threads: int) -> Sequence[str]:
    """The peer's server."""
    counts = ["--workers", str(workers), "--blocking-threads", str(threads)]
    quiet = ["--host", "127.0.0.1", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", "--interface", "wsgi", *counts, *quiet, "bench.peer.wsgi:application"]


@dataclass(frozen=True, slots=True)
class Door:
    """A server on a fresh data directory, under load. ``strict``: no request may fail."""

    name: str
    command: Sequence[str]
    house: House
    folder: Path
    strict: bool
    recording: Recording | None = None

    def run(self) -> Sample:
        instance = self.house.copy(self.folder)
        port = free_port()
        told = environ(instance, PORT=str(port), GRANIAN_PORT=str(port))
        log = self.folder.with_suffix(".log")
        with Server(self.command, environ=told, port=port, log=log) as server:
            warm = load.send(server.url, self.house.token, seconds=WARMING)
            before = server.cpu_seconds()
            seen = load.send(server.url, self.house.token, seconds=SECONDS)
            cpu = server.cpu_seconds() - before
        failures = warm.failures + seen.failures
        if seen.taken == 0 or (self.strict and failures):
            status = seen.last or warm.last or "no answer"
            raise WrongError(f"{self.name}: {failures} requests failed, the last with {status}: {server.last_words()}")
        recount.require(instance, answered=warm.taken + seen.taken, open_at_most=2 * load.CONNECTIONS + failures)
        if self.recording is not None:
            self.recording.take(instance)
        return Sample(seen.taken / seen.seconds, 1000 * cpu / seen.taken, seen.p50_ms, seen.p99_ms)


@contextmanager
def sqlite(work: Path) -> Iterator[Contest]:
    """The peer checks, hashes and signs with our own pure code, and differs in how it takes and stores."""
    house = prepare(work)
    recording = Recording()
    yield Contest(
        "intake.single.sqlite",
        "notices/s",
        Door("mufakat serve", OURS, house, work / "ours", strict=True, recording=recording),
        Door(
            "Django ORM view, granian WSGI 1x32",
            *(peer(workers=1, threads=load.CONNECTIONS), house, work / "peer"),
            strict=False,
        ),
        Floor("one writer, a commit per notice", house, work / "floor", recording),
        asides=[Floor("one writer, 16 notices per commit", house, work / "floor16", recording, together=16)],
        targets=[
            Target("ratio", 3),
            Target("p99_ms", 100, at_most=True),
            Target("floor_ratio", 0.5),
            Target("cpu_ms", 1.0, at_most=True),
        ],
        remarks=[REMARK],
    )


@contextmanager
def postgres(work: Path) -> Iterator[Contest]:
    """The same on PostgreSQL, two processes on each side; the database's own processor time is not in ``CPU ms``."""
    with running() as cluster:
        house = prepare(work, cluster)
        recording = Recording()
        yield Contest(
            "intake.single.postgres",
            "notices/s",
            Door("mufakat serve, 2 processes", OURS, house, work / "ours", strict=True, recording=recording),
            Door(
                "Django ORM view, granian WSGI 2x8",
                *(peer(workers=2, threads=8), house, work / "peer"),
                strict=False,
            ),
            Pgbench("pgbench, the same inserts, 32 clients", house, work / "floor", recording, load.CONNECTIONS),
            targets=[
                Target("ratio", 2),
                Target("p99_ms", 100, at_most=True),
                Target("floor_ratio", 0.5),
                Target("cpu_ms", 1.0, at_most=True),
            ],
            remarks=[REMARK],
        )


REMARK = f"{load.CONNECTIONS} connections, body {load.BODY.stat().st_size} bytes, recounted after every turn"
