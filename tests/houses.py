"""Fixtures: a house in this process, a signed-in browser, and a real server process."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from tests import templates

from mufakat.cli._server import Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from django.test import Client
    from tests.postgresql import Cluster

    from mufakat.server.journal.writer import Writer
    from mufakat.server.parties.queries import Caller

NOTICE: dict[str, Any] = {
    "to": "telegram",
    "kind": "trusted_flag",
    "category": "terrorism",
    "urgency": "urgent",
    "locators": ["https://t.me/s/examplechannel/12"],
    "explanation": "A made-up placeholder.",
    "language": "id",
    "content_date": "2017-07-10",
    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
    "requested_measures": ["remove"],
    "territory": ["ID"],
}


def body(**changes: Any) -> bytes:
    """A sound notice with some members changed; None leaves the member out."""
    made = {**NOTICE, **changes}
    return json.dumps({name: value for name, value in made.items() if value is not None}).encode()


@dataclass
class House:
    """A running instance in this process."""

    data: Path
    writer: Writer

    def caller(self, handle: str, seat: str) -> Caller:
        from mufakat.server.parties import queries

        return queries.caller_by_seat(handle, seat)

    def token(self, handle: str, seat: str, **options: Any) -> str:
        from mufakat.server.parties import operations, queries

        return operations.issue_token(queries.person_in(handle, seat), **options).token

    def submit(self, raw: bytes | None = None, *, key: str = "k1", by: tuple[str, str] = ("kominfo", "officer")) -> Any:
        from datetime import UTC, datetime

        from mufakat.server.notices import operations

        return operations.submit(body() if raw is None else raw, by=self.caller(*by), at=datetime.now(UTC), key=key)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with migrated database, key and example parties, of this test process."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    shutil.copytree(templates.prepared(), folder)
    move_to(folder, templates.PREPARED)
    return folder


def is_postgresql() -> bool:
    return os.environ.get("DATABASE_URL", "").startswith("postgresql")


@cache
def cluster() -> Cluster:
    """The PostgreSQL server of this test process; the migrated and the prepared database are there."""
    from tests.postgresql import Cluster

    made = Cluster(like=templates.server())
    made.start()
    atexit.register(made.remove)
    return made


def copied(prepared: Path, folder: Path) -> str:
    """Copy a prepared instance, whose database is called like its folder's parent; the name of the copy's database."""
    shutil.copytree(prepared, folder)
    name = f"house_{secrets.token_hex(6)}"
    if is_postgresql():
        cluster().create(name, template=templates.PREPARED)
    return name


def dropped(database: str) -> None:
    """Remove the database of a copy: a thousand tests' would fill the memory in which they lie."""
    if is_postgresql():
        cluster().drop(database)


def move_to(folder: Path, database: str = "", *, server: Cluster | None = None) -> None:
    """Point this process at a data directory, and on PostgreSQL at a database (without a name: the same as before)."""
    from django.conf import settings
    from django.db import connections

    from mufakat.server.journal import sequencer, signer
    from mufakat.server.parties import queries
    from mufakat.server.register import counts, doors

    connections.close_all()
    settings.MUFAKAT_DATA = folder
    told = {"NAME": str(folder / "mufakat.sqlite3")}
    if is_postgresql():
        told = {
            "NAME": database or settings.DATABASES["default"]["NAME"],
            "USER": "postgres",
            "HOST": str((server or cluster()).folder),
        }
    for each in (settings.DATABASES["default"], connections.settings["default"], connections["default"].settings_dict):
        each.update(told)
    signer.forget()
    sequencer.forget()
    queries.remembered.forget()
    doors.forget()
    counts.remembered.forget()


def leave_in_pools() -> None:
    """Close what the server's own pools of threads hold open: they outlive a test, and would read its house later.

    What was opened is kept open for good there (``CONN_MAX_AGE``), for a server never moves.
    """
    for name in ("mufakat.server.api.importing", "mufakat.server.api.screening"):
        pool = sys.modules[name].threads if name in sys.modules else None
        if pool is None or not pool._threads:
            continue
        together = threading.Barrier(pool._max_workers)  # Each waits for all others, so that none takes a second turn.
        for done in [pool.submit(_leave, together) for _ in range(pool._max_workers)]:
            done.result()


def _leave(together: threading.Barrier) -> None:
    from django.db import connections

    together.wait(60)
    connections.close_all()


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Iterator[Path]:
    """A fresh copy of the prepared data directory, nobody in it yet."""
    folder = tmp_path / "data"
    database = copied(prepared, folder)
    move_to(folder, database)
    yield folder
    from django.db import connections

    connections.close_all()
    leave_in_pools()
    dropped(database)


@pytest.fixture
def house(data: Path) -> Iterator[House]:
    """A fresh instance with the example's parties and a running writer."""
    from mufakat.server.journal import door

    with door.open_house() as writer:
        yield House(data, writer)
    from django.db import connections

    connections.close_all()


@pytest.fixture
def browser_of(house: House) -> Callable[[str, str], Client]:
    """A browser in which the person in a seat is signed in."""
    from django.test import Client

    from mufakat.server.parties import queries

    def signed_in(handle: str, seat: str) -> Client:
        client = Client()
        client.force_login(
            queries.person_in(handle, seat), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        return client

    del house
    return signed_in


@dataclass
class Server:
    """A real server process on a data directory of its own."""

    data: Path
    port: int
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    database: str = ""

    @classmethod
    def on(cls, prepared: Path, folder: Path) -> Server:
        """An instance of its own, not started yet."""
        database = copied(prepared, folder)
        environ = {"DATABASE_URL": cluster().url(database)} if is_postgresql() else {}
        return cls(folder, free_port(), environ, database=database)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def accounts(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Handle and seat → e-mail and password of the example's people."""
        rows = [line.split() for line in (self.data / "example-accounts.txt").read_text().splitlines()]
        return {(handle, seat): (email, password) for handle, seat, email, password in rows}

    def run(
        self, *words: str, check: bool = True, timeout: float = 60, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """A command line on this instance."""
        return subprocess.run(
            [sys.executable, "-m", "mufakat.cli", *words],
            env=self._environ(),
            check=check,
            capture_output=True,
            text=True,
            timeout=timeout,
            **options,
        )

    def token(self, handle: str, seat: str) -> str:
        if self.process is not None and not is_postgresql():
            # What the command says to the server's socket, without a process of its own for it.
            made = Instance(None, self.data).deed("token-issue", {"party": handle, "role": seat})
        else:
            made = json.loads(self.run("token", "issue", "--party", handle, "--role", seat, "--json").stdout)
        return str(made["token"])

    def start(self, *, wait: bool = True) -> None:
        with (self.data.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mufakat.cli", "serve"],
                env=self._environ(),
                stderr=log,
                stdout=log,
                start_new_session=True,
            )
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                if urllib.request.urlopen(f"{self.url}/health/ready", timeout=2).status == 200:  # noqa: S310 - http alone.
                    return
            if self.process is not None and self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{(self.data.parent / 'server.log').read_text()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL to the whole tree at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            self._wait_until_left()

    def _wait_until_left(self, seconds: float = 10) -> None:
        """Until the kernel has taken the lock of the data directory back: a worker may still be in its last write."""
        until = time.monotonic() + seconds
        with contextlib.suppress(FileNotFoundError), (self.data / "lock").open("rb") as file:
            while time.monotonic() < until:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                time.sleep(0.02)

    def stop(self) -> int:
        """SIGTERM and wait."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            self.kill()

    def _environ(self) -> dict[str, str]:
        return {**os.environ, "MUFAKAT_DATA": str(self.data), "PORT": str(self.port), **self.environ}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def stopped_server(prepared: Path, tmp_path: Path) -> Iterator[Server]:
    """An instance with the example's parties whose server is not started yet."""
    made = Server.on(prepared, tmp_path / "served")
    yield made
    made.kill()
    dropped(made.database)


@pytest.fixture
def server(stopped_server: Server) -> Server:
    """A running server process."""
    stopped_server.start()
    return stopped_server


@pytest.fixture
def settings_of() -> Iterator[Callable[..., None]]:
    """Change Django settings until the end of the test."""
    from django.test.utils import override_settings

    changed: list[override_settings] = []

    def change(**settings: Any) -> None:
        one = override_settings(**settings)
        one.enable()
        changed.append(one)

    yield change
    for one in reversed(changed):
        one.disable()
