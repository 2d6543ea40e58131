"""A server process and all its children: started, watched, stopped."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import psutil

from bench.contest import WrongError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

STARTING = 60.0  # Seconds; a busy machine imports slowly.
STOPPING = 30.0


class Server:
    """Runs in the block. It is its own process group, so that nothing of it stays behind."""

    def __init__(self, command: Sequence[str], *, environ: Mapping[str, str], port: int, log: Path) -> None:
        self._command = command
        self._environ = environ
        self._port = port
        self._log = log

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=dict(self._environ), stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._wait()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            raise WrongError(f"the server did not stop: {self.last_words()}") from None
        finally:
            self._kill()

    def cpu_seconds(self) -> float:
        """User and system time of the whole tree so far."""
        parent = psutil.Process(self._process.pid)
        times = [process.cpu_times() for process in (parent, *parent.children(recursive=True))]
        return float(sum(one.user + one.system for one in times))

    def _wait(self) -> None:
        until = time.monotonic() + STARTING
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
                connection.request("GET", "/health/ready")
                connection.getresponse().read()
                return
            time.sleep(0.05)
        raise WrongError(f"the server did not start: {self.last_words()}")

    def _kill(self) -> None:
        self.end(self._process)

    @staticmethod
    def end(process: subprocess.Popen[bytes]) -> None:
        """SIGKILL to the whole tree at once."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def last_words(self) -> str:
        """The end of what it logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-1500:]


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
