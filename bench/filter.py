"""``filter.screen``: what a platform's own policy says of its messages, over HTTP, hits in the books before the answer.

One client sends requests of fifteen thousand messages each to ``/api/v1/screen/batch``, made up as in
``bench.screen``; two in a thousand hold what is looked for. The banks hold ten thousand phrases, a hundred thousand
hosts and ten thousand digests, and the policy twenty rules. The rate is messages a second of the server's processor
time, all its threads together; the times are those of single messages to ``/api/v1/screen``, one after the other,
some of which are hit.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from msgspec import json

from bench import suite
from bench.contest import Contest, Sample, Target, WrongError
from bench.house import environ, prepare, token
from bench.intake_single import OURS
from bench.screen import DIGESTS, HOSTS, MESSAGES, PHRASES, PLANTED, Corpus
from bench.server import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.house import House

MANY, ONE = "/api/v1/screen/batch", "/api/v1/screen"
LINES = 3 * MESSAGES  # Of a request.
REQUESTS = 6  # After one that warms.
SINGLES = 400
FIXED = 2  # Remarks that stand before anything is measured.
HIT = b'"hit":"hit_'
_numbers = count(1)


class Bodies:
    """The messages, without their ids: each request gives them new ones, or nothing would be hit twice."""

    def __init__(self) -> None:
        corpus = Corpus()
        items = corpus.items()
        items += [corpus.item(number, corpus.said()) for number in range(LINES - len(items))]
        corpus.chance.shuffle(items)
        self.rests = [json.encode(item).partition(b",")[2] for item in items]
        self.hits = 3 * PLANTED

    def line(self, place: int) -> bytes:
        """One message under a new id."""
        return b'{"item":"m%d",' % next(_numbers) + self.rests[place % LINES]

    def request(self) -> bytes:
        """All of them."""
        return b"\n".join(map(self.line, range(LINES)))


@dataclass(frozen=True, slots=True)
class Screen:
    """A server that is sent requests. ``strict``: each hit is in its books, once."""

    name: str
    command: Sequence[str]
    house: House
    seat: str
    folder: Path
    bodies: Bodies
    strict: bool
    remarks: list[str] = field(default_factory=list)

    def run(self) -> Sample:
        instance = self.house.copy(self.folder)
        port = free_port()
        told = environ(instance, PORT=str(port), GRANIAN_PORT=str(port))
        made = [self.bodies.request() for _ in range(REQUESTS)]
        with Server(self.command, environ=told, port=port, log=self.folder.with_suffix(".log")) as server:
            hits = self._send(port, MANY, self.bodies.request()).count(HIT)
            before, started = server.cpu_seconds(), time.perf_counter()
            for body in made:
                answer = self._send(port, MANY, body)
                hits += answer.count(HIT)
                if answer.count(b"\n") != LINES:
                    found = answer.count(b"\n")
                    raise WrongError(f"{found} of {LINES} lines were answered: {server.last_words()}")
            took = time.perf_counter() - started
            cpu = server.cpu_seconds() - before
            times, more = self._singles(port)
        if self.strict:
            self._require(hits + more, instance)
        messages = REQUESTS * LINES
        if self.strict:
            self.remarks[FIXED:] = [f"the last round: {messages / took:,.0f} messages/s by the clock on the wall"]
        return Sample(
            messages / cpu,
            1000 * cpu / messages,
            statistics.median(times),
            times[min(len(times) - 1, len(times) * 99 // 100)],
        )

    def _singles(self, port: int) -> tuple[list[float], int]:
        """Milliseconds of single messages, sorted, and how many of them were hit."""
        times, hits = [], 0
        for place in range(SINGLES):
            line = self.bodies.line(place)
            started = time.perf_counter()
            hits += self._send(port, ONE, line).count(HIT)
            times.append(1000 * (time.perf_counter() - started))
        return sorted(times), hits

    def _send(self, port: int, path: str, body: bytes) -> bytes:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        line.request("POST", path, body=body, headers={"Authorization": f"Bearer {self.seat}"})
        answer = line.getresponse()
        raw = answer.read()
        line.close()
        if answer.status != 200:
            raise WrongError(f"{self.name} answered {answer.status}: {raw[:300]!r}")
        return raw

    def _require(self, answered: int, instance: object) -> None:
        """As many hits as were answered, each with its event, and at least those that were planted."""
        with instance.reading() as connection:  # type: ignore[attr-defined]  # An Instance.
            ((found,),) = instance.fetch(connection, "SELECT count(*) FROM filters_hit")  # type: ignore[attr-defined]
            sql = "SELECT count(*) FROM journal_event WHERE type = 'filter.hit'"
            ((told,),) = instance.fetch(connection, sql)  # type: ignore[attr-defined]
        if not answered == found == told or found < self.bodies.hits * (REQUESTS + 1):
            raise WrongError(f"{answered} hits were answered, {found} are in the books with {told} events")


def served(name: str) -> Sequence[str]:
    """An ASGI application of the peer's on the same server."""
    quiet = ["--host", "127.0.0.1", "--log-level", "warning", "--workers", "1"]
    return [sys.executable, "-m", "granian", "--interface", "asgi", *quiet, f"bench.peer.screening:{name}"]


@contextmanager
def sqlite(work: Path) -> Iterator[Contest]:
    """Everything a platform sends, to everything it is answered."""
    house = prepare(work)
    seat = token(house.instance, "telegram", "reviewer")
    filling = [sys.executable, "-m", "bench.filter_filling"]
    told = environ(house.instance, DJANGO_SETTINGS_MODULE="mufakat.server.runtime.settings")
    done = subprocess.run(filling, env=told, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise WrongError(f"the banks could not be filled: {done.stderr[-800:]}")
    bodies = Bodies()
    remarks = [
        f"{PHRASES:,} phrases, {HOSTS:,} hosts, {DIGESTS:,} digests; {bodies.hits / LINES:.1%} are hit and written",
        "the peer undoes no spelling, tells no places, knows no policy and writes nothing down",
    ]
    yield Contest(
        "filter.screen",
        "messages/s of one core",
        Screen("mufakat serve", OURS, house, seat, work / "ours", bodies, strict=True, remarks=remarks),
        Screen("runs of words in a set, granian", served("peer"), house, seat, work / "peer", bodies, strict=False),
        Screen("lines read and answered, granian", served("floor"), house, seat, work / "floor", bodies, strict=False),
        targets=[Target("ours", 20_000), Target("p99_ms", 20, at_most=True)],
        remarks=remarks,
    )


if __name__ == "__main__":
    sys.exit(suite.main("filter", {"filter.screen": sqlite}))
