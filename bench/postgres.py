"""A PostgreSQL of our own from Debian's package: durable, on a free port of the loopback address, gone afterwards."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.contest import WrongError
from bench.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BIN = Path("/usr/lib/postgresql/15/bin")
USER = "mufakat"
STARTING = 60.0  # Seconds.
STOPPING = 60.0
# Durability is PostgreSQL's default and stays so. Memory as its manual advises for a small machine.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "max_connections": "200",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server. ``postgres`` refuses to run as root, so root runs it as Debian's own user."""

    folder: Path
    port: int
    password: str
    process: subprocess.Popen[bytes]

    def url(self, name: str) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str) -> str:
        """An empty database; its URL."""
        self._run(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
        return self.url(name)

    def copy(self, source: str, name: str) -> str:
        """A copy of a database that nobody uses now, on the disk before anybody is measured; its URL."""
        create = f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY'
        self._run(f'DROP DATABASE IF EXISTS "{name}"', create, "CHECKPOINT")
        return self.url(name)

    def connect(self, name: str = "postgres") -> Any:
        """A connection whose statements are transactions of their own."""
        import psycopg

        return psycopg.connect(self.url(name), autocommit=True)

    def environ(self) -> dict[str, str]:
        """What Debian's own clients are told."""
        return {
            **os.environ,
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": USER,
            "PGPASSWORD": self.password,
        }

    def last_words(self) -> str:
        """The end of what it logged."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-1500:]

    def _run(self, *statements: str) -> None:
        with closing(self.connect()) as connection:
            for statement in statements:
                connection.execute(statement)


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster for the block. Its files lie where Debian's user may reach them, on a real disk."""
    if not (BIN / "postgres").exists():
        raise SystemExit("bench: PostgreSQL 15 is missing (Debian package postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="mufakat-bench-", dir="/var/tmp"))
    try:
        password = secrets.token_hex(16)
        secret = folder / "password"
        secret.write_text(password, encoding="ascii")
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (folder, secret):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        made = ["--pgdata", str(data), "--username", USER, "--pwfile", str(secret), "--auth", "scram-sha-256"]
        _done(["initdb", *made, "--locale", "C.UTF-8", "--encoding", "UTF8", "--no-instructions"])
        port = free_port()
        settings = {**SETTINGS, "port": str(port), "unix_socket_directories": str(folder)}
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                _as_owner(["postgres", "-D", str(data), *_options(settings)]), stdout=log, stderr=log, cwd="/"
            )
        cluster = Cluster(folder, port, password, process)
        try:
            _wait(cluster)
            yield cluster
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _options(settings: Mapping[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _as_owner(command: Sequence[str]) -> list[str]:
    program, *words = command
    full = [str(BIN / program), *words]
    if os.getuid() != 0:
        return full
    # Not ``runuser``, which stays in between: the process that is started is PostgreSQL itself, and gets its signals.
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *full]


def _done(command: Sequence[str]) -> None:
    done = subprocess.run(_as_owner(command), capture_output=True, text=True, check=False, timeout=120, cwd="/")
    if done.returncode != 0:
        raise WrongError(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-500:]}")


def _wait(cluster: Cluster) -> None:
    import psycopg

    until = time.monotonic() + STARTING
    while time.monotonic() < until and cluster.process.poll() is None:
        try:
            cluster.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise WrongError(f"PostgreSQL did not start: {cluster.last_words()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGINT is its "fast": open connections are ended, the log is written out."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait()
