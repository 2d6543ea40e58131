"""The way to the writer of this process, and who may have one.

With the embedded database one process owns the data directory: its lock, its writer, and a local socket for the command
line. With PostgreSQL every process has a writer of its own, the command line too, and they share the directory.

The kernel gives the lock back however the process dies; a socket file left behind is removed by the next owner of the
lock. The path goes through ``/proc/self/fd`` because a socket's address may have 107 bytes and a data directory more.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import TYPE_CHECKING, Any, TypeVar
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from django.conf import settings
from django.db import connections

from mufakat.server.journal import database, signer
from mufakat.server.journal.errors import ClosedError
from mufakat.server.journal.work import Deed
from mufakat.server.journal.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from wsgiref.types import WSGIApplication

    from mufakat.server.journal.work import Moment

log = logging.getLogger(__name__)
T = TypeVar("T")

LOCAL = (
    "mufakat.local"  # In the WSGI environment: this request came through the local socket or from this very process.
)


LOOK = 0.1  # Seconds between two looks whether the data directory is free.


class HouseTakenError(RuntimeError):
    """Another process owns the data directory."""


_writer: Writer | None = None


def writer() -> Writer:
    """The writer of this process."""
    if _writer is None:
        raise ClosedError("the writer is not running in this process")
    return _writer


def commit(run: Callable[[Moment], T]) -> T:
    """Run one deed in the writer and return its result once it is durable."""
    result: T = writer().commit(Deed(run))
    return result


@contextmanager
def lock(*, alone: bool = False, patience: float = 0) -> Iterator[None]:
    """Own the data directory, alone where that is asked or the database is embedded, or raise.

    A server that owns it stays, so that it is raised at once; a command that works there meanwhile is done soon, and is
    waited for as long as `patience` says (in seconds).
    """
    shared = fcntl.LOCK_EX if alone or database.is_embedded() else fcntl.LOCK_SH
    folder = Path(settings.MUFAKAT_DATA)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + patience
    waits = False
    try:
        while True:
            try:
                fcntl.flock(descriptor, shared | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until or _is_answered():
                    raise HouseTakenError(f"another process of Mufakat owns {folder}") from None
                if not waits:
                    log.warning("waiting for a command that works in the data directory")
                waits = True
                time.sleep(LOOK)
        yield
    finally:
        os.close(descriptor)


def _is_answered() -> bool:
    """Whether the owner of the data directory answers commands on its socket, as a server does."""
    folder = os.open(settings.MUFAKAT_DATA, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(LOOK)
            probe.connect(f"/proc/self/fd/{folder}/sock")
    except OSError:
        return False
    finally:
        os.close(folder)
    return True


@contextmanager
def open_house(
    *,
    clock: Callable[[], datetime] | None = None,
    shard: str | None = None,
    patience: float = 0,
    alone: bool = False,
) -> Iterator[Writer]:
    """Take the lock, make the keys if there are none, start the writer; undo it all at the end.

    Where it is asked for nobody else of this machine is there, on PostgreSQL either.

    With a `clock` and a `shard` of its own a story of former days is told: all that happens goes into that shard, and
    nobody else is there, whose worker would do now what falls due in the story.
    """
    global _writer  # noqa: PLW0603 - one writer per process is the point.
    with lock(alone=alone or shard is not None, patience=patience):
        for each in {signer.live_shard(), shard or signer.live_shard()}:
            signer.make_key(each)
            signer.signing_key(each)
        started = Writer(shard=shard) if clock is None else Writer(clock=clock, shard=shard)
        started.start()
        _writer = started
        try:
            yield started
        finally:
            _writer = None
            started.close()


@contextmanager
def listening(application: WSGIApplication) -> Iterator[None]:
    """Serve the command line on the local socket while the block runs. The caller owns the lock."""
    folder = os.open(settings.MUFAKAT_DATA, os.O_RDONLY | os.O_DIRECTORY)
    path = f"/proc/self/fd/{folder}/sock"
    with suppress(FileNotFoundError):
        Path(path).unlink()
    former = os.umask(0o177)
    try:
        server = LocalServer(path, LocalHandler)  # type: ignore[arg-type]  # A socket of this family has a path.
    finally:
        os.umask(former)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, name="local socket", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        with suppress(FileNotFoundError):
            Path(path).unlink()
        os.close(folder)


class LocalServer(ThreadingMixIn, WSGIServer):
    """The standard library's WSGI server on a socket that only this user may open."""

    address_family = socket.AF_UNIX
    daemon_threads = True

    def server_bind(self) -> None:
        # Not the HTTP server's: it asks for a name and a port, which do not exist here.
        UnixStreamServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 80
        self.setup_environ()

    def shutdown(self) -> None:
        # It looks every half second whether it shall end, and whenever somebody comes: so somebody comes.
        ending = threading.Thread(target=super().shutdown, name="local socket ends")
        ending.start()
        while ending.is_alive():
            with suppress(OSError), socket.socket(socket.AF_UNIX) as knock:
                knock.settimeout(LOOK)
                knock.connect(self.server_address)
            ending.join(LOOK)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        del client_address
        _, uid, _ = struct.unpack(
            "3i", request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        )
        return uid in {0, os.getuid()}


class LocalHandler(WSGIRequestHandler):
    """Marks the request as local and lets the thread's read connection go."""

    def get_environ(self) -> dict[str, Any]:
        self.client_address = ("127.0.0.1", 0)
        return {**super().get_environ(), LOCAL: True}

    def handle(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.parse_request():
            return
        handler = ServerHandler(self.rfile, self.wfile, self.get_stderr(), self.get_environ(), multithread=True)  # type: ignore[arg-type]
        handler.request_handler = self  # type: ignore[attr-defined]  # As the standard library does.
        try:
            handler.run(self.server.get_app())  # type: ignore[attr-defined]
        finally:
            connections.close_all()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name.
        """Nothing: the application logs its requests itself."""
