"""``log.inclusion``: how long it takes from a notice until everybody can prove that the log holds it.

Notices come at a steady pace over HTTP, on connections that stay. The time begins when a notice is due, whether anybody
is free to send it or not, so that a server that stands still is seen in all that waited; its commit comes later. Beside
them somebody asks for the signed head every few milliseconds: an event can be proved from the first head that reaches
it. Where each event lies is read from the database afterwards; then every notice's proof is asked for and verified.
"""

from __future__ import annotations

import http.client
import threading
import time
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import json

from bench import log_rows
from bench.contest import Contest, Sample, Target, WrongError
from bench.house import environ, prepare
from bench.intake_single import OURS
from bench.server import Server, free_port
from mufakat.proof import checkpoint, verify
from mufakat.proof.errors import ProofError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.database import Instance
    from bench.house import House

RATE, SECONDS = 200, 10  # Notices a second, for so long.
WARMING = 200  # Notices before.
CLIENTS = 8
LOOK = 0.005  # Seconds between two looks at the head: so much the times may be too long.
PATIENCE = 30.0
BODY = (Path(__file__).parent / "notice.json").read_bytes()


class Line:
    """One connection that stays."""

    def __init__(self, port: int, credential: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._fields = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: bytes | None = None, **fields: str) -> tuple[int, bytes]:
        self._connection.request(method, path, body, {**self._fields, **fields})
        answer = self._connection.getresponse()
        return answer.status, answer.read()


@dataclass(slots=True)
class Heads:
    """When which size was first seen."""

    port: int
    credential: str
    at: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        line = Line(self.port, self.credential)
        while not self._stop.wait(LOOK):
            status, raw = line.ask("GET", f"/log/{log_rows.SHARD}/checkpoint")
            size = int(raw.split(b"\n")[1]) if status == 200 else 0
            if size > (self.sizes[-1] if self.sizes else 0):
                self.at.append(time.perf_counter())
                self.sizes.append(size)

    def reached(self, size: int) -> bool:
        return bool(self.sizes) and self.sizes[-1] >= size

    def stop(self) -> None:
        self._stop.set()

    def since(self, position: int) -> float:
        """When the leaf at this position could first be proved."""
        return self.at[bisect_right(self.sizes, position)]


@dataclass(slots=True)
class Sender:
    """Sends notices at a pace, and keeps when each was due and answered."""

    port: int
    credential: str
    sent: dict[str, tuple[float, float]] = field(default_factory=dict)

    def send(self, many: int, pace: float) -> float:
        """So many, one begun every so many seconds by whoever is free; how long it took."""
        numbers, lock, started = count(), threading.Lock(), time.perf_counter()

        def work() -> None:
            line = Line(self.port, self.credential)
            while True:
                with lock:
                    number = next(numbers)
                if number >= many:
                    return
                due = started + number * pace
                time.sleep(max(0.0, due - time.perf_counter()))
                status, raw = line.ask("POST", "/api/v1/notices", BODY, **{"Idempotency-Key": f"{many}-{number}"})
                ended = time.perf_counter()
                if status != 201:
                    raise WrongError(f"a notice was answered {status}: {raw[:300]!r}")
                self.sent[json.decode(raw)["id"]] = (due, ended)

        with ThreadPoolExecutor(CLIENTS) as pool:
            for one in [pool.submit(work) for _ in range(CLIENTS)]:
                one.result()
        return time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class Waiting:
    """A server with its worker, under a steady load."""

    name: str
    house: House
    folder: Path
    remarks: list[str]

    def run(self) -> Sample:
        instance, port = self.house.copy(self.folder), free_port()
        told = environ(instance, PORT=str(port))
        with Server(OURS, environ=told, port=port, log=self.folder.with_suffix(".log")) as server:
            Sender(port, self.house.token).send(WARMING, 0.0)
            heads, sender = Heads(port, self.house.token), Sender(port, self.house.token)
            looking = threading.Thread(target=heads.look)
            looking.start()
            try:
                before = server.cpu_seconds()
                took = sender.send(RATE * SECONDS, 1 / RATE)
                places = positions(instance, sender)
                until = time.monotonic() + PATIENCE
                while not heads.reached(1 + max(places.values())) and time.monotonic() < until:
                    time.sleep(LOOK)
                cpu = server.cpu_seconds() - before
            finally:
                heads.stop()
                looking.join()
            if not heads.reached(1 + max(places.values())):
                raise WrongError(f"the log did not reach the last notice in {PATIENCE:.0f} s: {server.last_words()}")
            self._require(instance, places, port)
        whole = sorted(1000 * (heads.since(place) - sender.sent[notice][0]) for notice, place in places.items())
        late = sorted(1000 * (heads.since(place) - sender.sent[notice][1]) for notice, place in places.items())
        seen = f"p50 {at(late, 50):,.0f} ms, p99 {at(late, 99):,.0f} ms"
        self.remarks[1:] = [f"from each answer, last round: {seen}; {len(heads.sizes)} heads were seen"]
        return Sample(len(whole) / took, 1000 * cpu / len(whole), at(whole, 50), at(whole, 99), at(whole, 95))

    def _require(self, instance: Instance, places: dict[str, int], port: int) -> None:
        """Every notice has its proof, of its own leaf, under a head that is signed."""
        key, line = log_rows.key(instance).verify_key, Line(port, self.house.token)
        for notice, place in places.items():
            status, raw = line.ask("GET", f"/api/v1/notices/{notice}/receipt?grade=inclusion")
            try:
                found = verify.verify(raw, keys=[key])
            except ProofError as error:
                raise WrongError(f"the proof of {notice} ({status}) is not good: {error}") from None
            if (found.notice, found.index) != (notice, place):
                raise WrongError(f"the proof of {notice} at {place} is of {found.notice} at {found.index}")
        status, raw = line.ask("GET", f"/log/{log_rows.SHARD}/checkpoint")
        checkpoint.open(raw, [key])


def positions(instance: Instance, sender: Sender) -> dict[str, int]:
    """Where the event of each notice lies."""
    sql = "SELECT \"case\", position FROM journal_event WHERE type = 'notice.received'"
    with instance.reading() as connection:
        found = {notice: int(place) for notice, place in instance.fetch(connection, sql) if notice in sender.sent}
    if len(found) != RATE * SECONDS:
        raise WrongError(f"{RATE * SECONDS} notices were answered, {len(found)} have an event")
    return found


def at(times: list[float], percent: int) -> float:
    """The time within which so many of a hundred were over; the times are sorted."""
    return times[min(len(times) - 1, len(times) * percent // 100)]


@contextmanager
def inclusion(work: Path) -> Iterator[Contest]:
    """Nobody else's log takes notices; the times are what counts."""
    house = prepare(work)
    remarks = [f"{RATE} notices/s for {SECONDS} s on {CLIENTS} connections; from when each was due to its head"]
    yield Contest(
        "log.inclusion",
        "notices/s",
        Waiting("mufakat serve", house, work / "ours", remarks),
        targets=[
            Target("ours", 0.95 * RATE),
            Target("p50_ms", 150, at_most=True),
            Target("p99_ms", 500, at_most=True),
        ],
        remarks=remarks,
    )
