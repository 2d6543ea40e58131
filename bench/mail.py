"""The mail suite: mails in by LMTP, each durable, receipted and read before it is answered.

The floor is the same library with nothing behind it but a file per mail, its content and its name made durable.
"""

from __future__ import annotations

import smtplib
import socket
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench import suite
from bench.contest import Contest, Sample, Target, WrongError
from bench.house import House, environ, prepare
from bench.mail_floor import serving
from bench.postgres import running
from bench.server import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench.contest import Maker
    from bench.database import Instance

CONNECTIONS = 8  # As many as the main.cf that we ship opens (lmtp_destination_concurrency_limit).
WARMING = 1.0
SECONDS = 4.0
DOMAIN = "mail.mufakat.example"
TO = f"notices+telegram@{DOMAIN}"
FROM = "officer@kominfo.example"
PROSE = "Mohon diperiksa: pesan ini hanya contoh dan tidak menunjuk siapa pun.\r\n" * 24


def letter(number: str) -> bytes:
    """Some two kilobytes with three links, as an officer writes them."""
    links = "\r\n".join(f"https://t.me/examplechannel/{number}{place}" for place in range(3))
    head = f"Message-ID: <{number}@kominfo.example>\r\nFrom: {FROM}\r\nTo: {TO}\r\nSubject: Contoh {number}\r\n"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{links}\r\n\r\n{PROSE}\r\n".encode()


@dataclass
class Load:
    """Mails from several connections at once, each waiting for its answer, as Postfix sends them."""

    port: int
    waits: list[float] = field(default_factory=list)
    taken: int = 0
    failed: str = ""
    _turn: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, seconds: float) -> float:
        """Send for so long; gives how long it really took."""
        self.waits.clear()
        self.taken, self._turn = 0, self._turn + 1
        began = time.monotonic()
        threads = [threading.Thread(target=self._one, args=(place, began + seconds)) for place in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - began

    def _one(self, place: int, until: float) -> None:
        number = 0
        try:
            with smtplib.LMTP("127.0.0.1", self.port) as client:
                while time.monotonic() < until:
                    number += 1
                    raw = letter(f"{self._turn}-{place}-{number}-")
                    began = time.monotonic()
                    client.sendmail(FROM, [TO], raw)
                    with self._lock:
                        self.taken += 1
                        self.waits.append(time.monotonic() - began)
        except (OSError, smtplib.SMTPException) as error:
            self.failed = repr(error)[:300]


@dataclass(frozen=True, slots=True)
class Mails:
    """Our server on a fresh copy of an instance."""

    house: House
    folder: Path
    name: str = "mufakat serve"

    def run(self) -> Sample:
        instance = self.house.copy(self.folder)
        port, lmtp = free_port(), free_port()
        told = environ(instance, PORT=str(port), MUFAKAT_LMTP=f"127.0.0.1:{lmtp}", MUFAKAT_MAIL_DOMAIN=DOMAIN)
        command = (sys.executable, "-m", "mufakat.cli", "serve")
        with Server(command, environ=told, port=port, log=self.folder.with_suffix(".log")) as server:
            wait_for(lmtp)
            load = Load(lmtp)
            load.send(WARMING)
            warm, before = load.taken, server.cpu_seconds()
            took = load.send(SECONDS)
            cpu = server.cpu_seconds() - before
        if load.failed or not load.taken:
            raise WrongError(f"{self.name}: {load.failed or 'no mail was taken'}")
        recount(instance, answered=warm + load.taken)
        return sample(load, took, 1000 * cpu / load.taken)


@dataclass(frozen=True, slots=True)
class Files:
    """The floor."""

    folder: Path
    name: str = "aiosmtpd, a file per mail, two fsyncs"

    def run(self) -> Sample:
        self.folder.mkdir(exist_ok=True)
        port = free_port()
        with serving(self.folder, port):
            wait_for(port)
            load = Load(port)
            load.send(WARMING)
            took = load.send(SECONDS)
        if load.failed or not load.taken:
            raise WrongError(f"{self.name}: {load.failed or 'no mail was taken'}")
        return sample(load, took, None)


def sample(load: Load, took: float, cpu: float | None) -> Sample:
    """The figures of one turn."""
    waits = sorted(load.waits)
    middle, late = waits[len(waits) // 2], waits[min(len(waits) - 1, len(waits) * 99 // 100)]
    return Sample(load.taken / took, cpu, 1000 * middle, 1000 * late)


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise WrongError("nobody takes mails")


def recount(instance: Instance, *, answered: int) -> None:
    """Every mail that was answered is there with its bytes and its event, and none twice."""
    with instance.reading() as connection:
        [(rows, whole, ids)] = instance.fetch(
            connection,
            "SELECT count(*), count(raw), (SELECT count(*) FROM journal_event WHERE type = 'mail.received')"
            " FROM mail_intake",
        )
    if not rows == whole == ids == answered:
        raise WrongError(f"{answered} mails were answered; there are {rows}, {whole} with bytes, {ids} events")


TARGETS = (Target("ours", 50), Target("p99_ms", 500, at_most=True))


@contextmanager
def sqlite(work: Path) -> Iterator[Contest]:
    """On the embedded database."""
    house = prepare(work)
    ours, floor = Mails(house, work / "ours"), Files(work / "floor")
    yield Contest("mail.in.sqlite", "mails/s", ours, floor=floor, targets=TARGETS)


@contextmanager
def postgres(work: Path) -> Iterator[Contest]:
    """On PostgreSQL."""
    with running() as cluster:
        house = prepare(work, cluster)
        ours, floor = Mails(house, work / "ours"), Files(work / "floor")
        yield Contest("mail.in.postgres", "mails/s", ours, floor=floor, targets=TARGETS)


MAKERS: Mapping[str, Maker] = {"mail.in.sqlite": sqlite, "mail.in.postgres": postgres}

if __name__ == "__main__":
    raise SystemExit(suite.main("mail", MAKERS))
