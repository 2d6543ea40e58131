"""``intake.batch.*``: a thousand notices a call, each item answered, one signed receipt over their leaves."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from bench import load, recount
from bench.contest import Contest, Sample, Target, WrongError
from bench.floor import Floor, Recording
from bench.house import House, environ, prepare
from bench.intake_single import OURS, peer
from bench.postgres import running
from bench.server import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

SIZE = 1_000  # Notices of a call.
CLIENTS = 2  # One that is answered and one that waits, so that the server is never idle.
WARMING = 1.0  # Seconds.
SECONDS = 4.0
PATIENCE = 60  # Seconds for an answer.
PLACE = b"examplechannel/"

_numbers = count(1)


def bodies() -> Iterator[bytes]:
    """Batches of notices about messages that were never pointed at, without end."""
    item = load.BODY.read_bytes()
    before, after = item.split(PLACE, 1)
    before, after = before + PLACE, after[1:]
    while True:
        items = b",".join(before + str(next(_numbers)).encode() + after for _ in range(SIZE))
        yield b'{"notices":[' + items + b"]}"


@dataclass(slots=True)
class Sent:
    """What one client was answered: notices taken, and how long each call took in milliseconds."""

    taken: int
    times: list[float]


def send(port: int, token: str, *, prepared: Iterator[bytes], until: Callable[[], bool], strict: bool) -> Sent:
    """Send one batch after the other over one connection; a call that was begun is waited for."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    sent = Sent(0, [])
    while not until():
        body = next(prepared)
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"batch-{next(_numbers)}",
        }
        started = time.perf_counter()
        connection.request("POST", "/api/v1/notices/batch", body=body, headers=headers)
        answer = connection.getresponse()
        data = answer.read()
        took = (time.perf_counter() - started) * 1000
        taken = data.count(b'"status":201') if answer.status == 200 else 0
        if taken == SIZE and json.loads(data)["receipt"].startswith("mufakat/custody-batch/v1\n"):
            sent.taken += taken
            sent.times.append(took)
        elif strict:
            raise WrongError(f"{taken} of {SIZE} were taken: {answer.status} {data[:300]!r}")
    connection.close()
    return sent


class Shared:
    """An iterator that several clients take from, made beforehand: bodies must not be written on the clock."""

    def __init__(self, made: Sequence[bytes]) -> None:
        self._made = iter(made)
        self._rest = bodies()
        self._lock = threading.Lock()

    def __iter__(self) -> Shared:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            found = next(self._made, None)
            return found if found is not None else next(self._rest)


@dataclass(frozen=True, slots=True)
class BatchDoor:
    """A server on a fresh instance that is sent batches. ``strict``: every item is taken."""

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
        made = [body for body, _ in zip(bodies(), range(READY), strict=False)]
        prepared = Shared(made)
        with Server(self.command, environ=told, port=port, log=self.folder.with_suffix(".log")) as server:
            warm = self._send(port, prepared, WARMING)
            before, started = server.cpu_seconds(), time.perf_counter()
            seen = self._send(port, prepared, SECONDS)
            took = time.perf_counter() - started
            cpu = server.cpu_seconds() - before
        taken = sum(one.taken for one in seen)
        if taken == 0:
            raise WrongError(f"{self.name}: no batch was taken: {server.last_words()}")
        recount.require(instance, answered=taken + sum(one.taken for one in warm), open_at_most=0)
        if self.recording is not None:
            self.recording.take(instance)
        times = sorted(value for one in seen for value in one.times)
        return Sample(
            taken / took,
            1000 * cpu / taken,
            statistics.median(times),
            times[min(len(times) - 1, len(times) * 99 // 100)],
        )

    def _send(self, port: int, prepared: Iterator[bytes], seconds: float) -> list[Sent]:
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(CLIENTS) as clients:
            begun = [
                clients.submit(
                    send,
                    port,
                    self.house.token,
                    prepared=prepared,
                    until=lambda: time.monotonic() >= until,
                    strict=self.strict,
                )
                for _ in range(CLIENTS)
            ]
            return [one.result() for one in begun]


READY = 80  # Batches made beforehand for a turn.


@dataclass(frozen=True, slots=True)
class Beside:
    """Single notices over 32 connections while one client sends batches: the figures are those of the singles."""

    name: str
    command: Sequence[str]
    house: House
    folder: Path
    remarks: list[str]

    def run(self) -> Sample:
        instance = self.house.copy(self.folder)
        port = free_port()
        told = environ(instance, PORT=str(port), GRANIAN_PORT=str(port))
        prepared = Shared([body for body, _ in zip(bodies(), range(READY // 2), strict=False)])
        over = threading.Event()
        with Server(self.command, environ=told, port=port, log=self.folder.with_suffix(".log")) as server:
            warm = load.send(server.url, self.house.token, seconds=int(WARMING))
            with ThreadPoolExecutor(1) as client:
                batches = client.submit(send, port, self.house.token, prepared=prepared, until=over.is_set, strict=True)
                before = server.cpu_seconds()
                seen = load.send(server.url, self.house.token, seconds=int(SECONDS))
                cpu = server.cpu_seconds() - before
                over.set()
                sent = batches.result()
        if seen.failures or warm.failures or not seen.taken:
            raise WrongError(f"{self.name}: {seen.failures} single notices failed: {server.last_words()}")
        answered = warm.taken + seen.taken + sent.taken
        recount.require(instance, answered=answered, open_at_most=2 * load.CONNECTIONS)
        batch = statistics.median(sent.times)
        single = f"p99 of a single {seen.p99_ms:,.0f} ms"
        beside = f"while a batch took {batch:,.0f} ms (median of {len(sent.times)})"
        self.remarks[:] = [f"{self.name}, the last round: {single} {beside}"]
        return Sample(seen.taken / seen.seconds, 1000 * cpu / (seen.taken + sent.taken), seen.p50_ms, seen.p99_ms)


@contextmanager
def sqlite(work: Path) -> Iterator[Contest]:
    """The peer judges, hashes and signs with our own pure code, and stores with ``bulk_create``."""
    yield _contest("intake.batch.sqlite", prepare(work), work, peer(workers=1, threads=32))


@contextmanager
def postgres(work: Path) -> Iterator[Contest]:
    """The same on PostgreSQL, two processes on each side."""
    with running() as cluster:
        yield _contest("intake.batch.postgres", prepare(work, cluster), work, peer(workers=2, threads=8))


def _contest(name: str, house: House, work: Path, command: Sequence[str]) -> Contest:
    recording = Recording()
    remarks: list[str] = []
    return Contest(
        name,
        "notices/s",
        BatchDoor("mufakat serve", OURS, house, work / "ours", strict=True, recording=recording),
        BatchDoor("Django bulk_create view, granian WSGI", command, house, work / "peer", strict=False),
        Floor("one writer, a commit per 1,000", house, work / "floor", recording, together=SIZE),
        asides=[Beside("single notices beside batches", OURS, house, work / "beside", remarks)],
        targets=[Target("ours", 5_000), Target("ratio", 3)],
        remarks=remarks,
    )
