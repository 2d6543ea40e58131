"""A log at its address: GETs over one connection, bounded in bytes and in time, to the server that was named.

No redirect is followed. A server that sends a byte now and then, or headers without end, is cut off when the time of
that answer is over: a thread that waits for it cannot be asked to look at the clock, so another one ends its socket.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from mufakat.runners.log_source import AwayError, MissingError, NotReadError, bounded

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE: Final = 20.0  # Seconds without a byte.
DEADLINE: Final = 60.0  # Seconds for a whole answer; none has more than some mebibytes.
PORTION: Final = 2**18
TRIES: Final = 2  # A connection that was kept may have been closed by the server meanwhile.
WAITS: Final = 6  # How often one file is asked for again where the server says that it was asked for too often.
LONGEST_WAIT: Final = 10  # Seconds between: together no more than DEADLINE.


class TooOftenError(Exception):
    """The server says in how many seconds it may be asked again (429)."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(seconds)


@dataclass(slots=True)
class Web:
    """The files below an address such as ``https://log.example/log/2026a``. Raises ValueError for no address."""

    url: str
    patience: float = PATIENCE
    deadline: float = DEADLINE
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)
    _prefix: str = field(default="", init=False, repr=False)
    _connection: http.client.HTTPConnection | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        _ = parts.port  # Raises ValueError where it is no number.
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the address of a log begins with https:// or http://")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("the address of a log holds no user, question mark or fragment")
        if not (parts.path.isascii() and parts.path.isprintable() and " " not in parts.path):
            raise ValueError("the path of a log's address is visible ASCII")
        self._prefix = parts.path.removesuffix("/checkpoint").rstrip("/")

    @property
    def name(self) -> str:
        """The address as it was given."""
        return self.url

    @property
    def live(self) -> bool:
        """Somebody answers."""
        return True

    def read(self, path: str, *, limit: int) -> bytes:
        """GET a file of at most `limit` bytes, as fast as the server lets. Raises MissingError and NotReadError."""
        for _ in range(WAITS):
            try:
                return self._read(path, limit)
            except TooOftenError as error:
                self.pause(error.seconds)
        raise NotReadError(path, "was asked for too often")

    def _read(self, path: str, limit: int) -> bytes:
        for left in reversed(range(TRIES)):
            kept = self._connection is not None
            try:
                return self._get(path, limit)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                # What was never answered on a kept connection is asked once more on a new one.
                if not (kept and left and isinstance(error, http.client.RemoteDisconnected | ConnectionError)):
                    raise AwayError(path, _words(error)) from None
            except BaseException:
                self.close()
                raise
        raise AssertionError("the last try gives or raises")

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _get(self, path: str, limit: int) -> bytes:
        connection = self._connected()
        over = threading.Event()
        # The socket itself: of an answer without a length the connection lets go of it, and it goes on.
        watch = threading.Timer(self.deadline, _end, (connection.sock, over))
        watch.daemon = True
        watch.start()
        content, closes = b"", True
        try:
            connection.request("GET", f"{self._prefix}/{path}", headers=HEADERS)
            with connection.getresponse() as answer:
                content = _content(answer, path, limit)
            closes = answer.will_close
        except (OSError, http.client.HTTPException, NotReadError):
            if not over.is_set():
                raise
        finally:
            watch.cancel()
        # An answer that ends with its connection may have ended with it too early.
        if over.is_set():
            raise AwayError(path, f"did not come within {self.deadline:g} seconds")
        if closes:
            self.close()
        return content

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            parts = urlsplit(self.url)
            host, port = parts.hostname or "", parts.port
            if parts.scheme == "https":
                context = self.context or ssl.create_default_context()
                made: http.client.HTTPConnection = http.client.HTTPSConnection(
                    host, port, timeout=self.patience, context=context
                )
            else:
                made = http.client.HTTPConnection(host, port, timeout=self.patience)
            made.connect()
            self._connection = made
        return self._connection


# Compressed bytes would be bounded by nothing that was measured on the line.
HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "mufakat-log"}


def _end(connected: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _content(answer: http.client.HTTPResponse, path: str, limit: int) -> bytes:
    if answer.status in {http.client.NOT_FOUND, http.client.GONE}:
        answer.read(PORTION)
        raise MissingError(path)
    wait = answer.getheader("Retry-After", "")
    if answer.status == http.client.TOO_MANY_REQUESTS and wait.isascii() and wait.isdecimal():
        answer.read(PORTION)
        if len(wait) < len("1000") and int(wait) <= LONGEST_WAIT:
            raise TooOftenError(int(wait))
    if answer.status != http.client.OK:
        raise AwayError(path, f"was answered with {answer.status}")
    if answer.getheader("Content-Encoding", "identity").lower() != "identity":
        raise NotReadError(path, "came in another encoding than was asked for")
    parts, size = [], 0
    while part := answer.read1(PORTION):
        parts.append(part)
        size += len(part)
        if size > limit:
            break
    content = bounded(path, b"".join(parts), limit)
    if answer.length:
        raise AwayError(path, "was cut off")
    return content


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"cannot be fetched: the server's certificate is not trusted ({error.verify_message})"
    return f"cannot be fetched: {type(error).__name__}"
