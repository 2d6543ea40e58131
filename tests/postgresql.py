"""A PostgreSQL server of the test process: Debian's program, a cluster of its own, sockets in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
# Memory where there is some: the tests ask for durability's settings, not for the disk.
FASTEST = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a private folder is made in it.
STARTING = 60  # Seconds.


class Cluster:
    """Made, started, and at the end stopped and removed; `like` another one that was stopped, with its databases."""

    def __init__(self, *, options: tuple[str, ...] = (), like: Path | None = None) -> None:
        if not PROGRAMS:
            raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
        self.folder = Path(tempfile.mkdtemp(prefix="mufakat-pg-", dir=FASTEST))
        # It refuses to run as root; Debian's package has made it a user of its own.
        self._as = ("runuser", "-u", "postgres", "--") if os.getuid() == 0 else ()
        if self._as:
            shutil.chown(self.folder, "postgres")
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        if like is not None:
            self._keep(like, self.folder / "data")
            return
        told = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run("initdb", "-D", str(self.folder / "data"), *told)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [*self._as, str(PROGRAMS[-1] / program), *words], capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            "max_wal_size": "256MB",
            "autovacuum": "off",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        words += [word for option in self._options for word in ("-c", option)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as, str(PROGRAMS[-1] / "postgres"), "-D", str(self.folder / "data"), *words],
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        until = time.monotonic() + STARTING
        while time.monotonic() < until:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends in order, SIGQUIT as a crash would."""
        if self._process is None:
            return
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, how)
        self._process.wait(STARTING)
        self._process = None

    def leave(self, folder: Path) -> None:
        """Stop it, and leave what it holds in a folder, for others to be like it."""
        self.stop()
        self._keep(self.folder / "data", folder)

    def _keep(self, data: Path, folder: Path) -> None:
        subprocess.run(["cp", "--archive", str(data), str(folder)], check=True)  # With its owner.

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, sql: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        """One statement, outside of any transaction."""
        with psycopg.connect(dbname=database, user="postgres", host=str(self.folder), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    def create(self, name: str, *, template: str = "template0") -> None:
        """Make a database, empty or a copy: copying files takes a third of the time that copying pages takes."""
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')

    def settle(self) -> None:
        """Checkpoint, for a test in which the server crashes soon after a copy was made.

        A copied sequence counts on numbers that only its template's log held in reserve, and would give them twice:
        CREATE DATABASE copies the page and not that promise.
        """
        self.run("CHECKPOINT")

    def drop(self, name: str) -> None:
        """Remove a database, whoever still uses it."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, name: str) -> str:
        """For ``DATABASE_URL``."""
        return f"postgresql://postgres@/{name}?host={self.folder}"
