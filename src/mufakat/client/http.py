"""One kept connection, repeated requests, and nothing that a hostile server could grow without bound.

What a server can do to its client is bounded here: the bytes of an answer, the time an answer takes in all (a byte now
and then is no sign of life), how long it may make us wait, and where the token goes: to this server alone, since a
redirect is not followed.
"""

from __future__ import annotations

import http.client
import io
import random
import re
import ssl
import threading
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from mufakat.client.errors import BadAnswerError, UnreachableError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from urllib.parse import SplitResult

LARGEST = 16 * 1024 * 1024  # Bytes of an answer.
PORTION = 64 * 1024  # Bytes that are read at once.
AGAIN = frozenset({409, 429, 502, 503, 504, 507})  # Statuses after which the same request may succeed.
IN_FLIGHT = "urn:mufakat:problem:key-in-flight"  # The only conflict that passes by itself.


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Transport:
    """HTTP to one server. ``attempts`` in all, with a doubling pause and jitter, or as long as ``Retry-After`` says.

    Threads may share it: their requests take turns. ``context`` names other authorities than the machine's for https;
    certificates are always verified.
    """

    url: str
    timeout: float = 30.0  # Seconds without a byte.
    deadline: float = 120.0  # Seconds for one attempt in all, however often a byte comes.
    attempts: int = 6
    pause: float = 0.2  # Seconds before the second attempt.
    longest_pause: float = 20.0
    longest_told: float = 120.0  # Seconds that a server may tell us to wait.
    context: ssl.SSLContext | None = field(default=None, repr=False)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    chance: random.Random = field(default_factory=random.Random)
    _connection: Connection | None = field(default=None, init=False, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def request(self, method: str, path: str, *, body: bytes | BinaryIO | None, headers: Mapping[str, str]) -> Response:
        """Send it until a lasting answer comes. What is posted without a key in its headers is sent once only.

        A file is sent from where it stands, piece by piece; ``headers`` must say its length.
        """
        key = next((value for name, value in headers.items() if name.lower() == "idempotency-key"), None)
        attempts = self.attempts if method in {"GET", "PUT"} or key is not None else 1
        start = body.tell() if body is not None and not isinstance(body, bytes) else 0
        for attempt in range(1, attempts + 1):
            told = ""
            kept = self._connection is not None
            if attempt > 1 and body is not None and not isinstance(body, bytes):
                body.seek(start)
            try:
                found = self._once(method, path, body, headers)
            except ssl.SSLCertVerificationError as error:
                raise UnreachableError(
                    f"the server's certificate is not trusted: {error.verify_message}", key
                ) from None
            except BadAnswerError as error:
                raise BadAnswerError(str(error), key) from None
            except (OSError, http.client.HTTPException) as error:
                if attempt == attempts:
                    raise UnreachableError(f"{type(error).__name__}: {printable(str(error))}", key) from None
                if kept and attempt == 1:
                    continue  # The server had let the kept line go: a new one need not wait.
            else:
                conflict = found.status == http.client.CONFLICT and IN_FLIGHT.encode() not in found.body
                if found.status not in AGAIN or conflict or attempt == attempts:
                    return found
                told = found.headers.get("retry-after", "")
            self.sleep(self._pause(attempt, told))
        raise ValueError("attempts must be 1 or more")

    def close(self) -> None:
        """Let the connection go; the next request opens another."""
        with self._turn:
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _pause(self, attempt: int, told: str) -> float:
        """Seconds to wait after this attempt: what the server says (RFC 9110, 10.2.3), or a doubling time."""
        seconds = told_seconds(told, now=self.clock())
        if seconds is not None:
            return min(max(seconds, 0.0), self.longest_told)
        # Jitter: a thousand clients that were cut off together must not come back together.
        longest: float = min(self.pause * 2.0 ** (attempt - 1), self.longest_pause)
        return longest * self.chance.uniform(0.5, 1.0)

    def _once(self, method: str, path: str, body: bytes | BinaryIO | None, headers: Mapping[str, str]) -> Response:
        # Two threads on one connection could be given each other's answers.
        with self._turn:
            whole = False
            try:
                parts = self._parts()
                if self._connection is None:
                    self._connection = self._connect(parts)
                self._connection.until = time.monotonic() + self.deadline
                early = self._send(self._connection, method, parts.path.rstrip("/") + path, body, headers)
                answer = self._connection.getresponse()
                content = whole_body(answer)
                whole = not early
            finally:
                if not whole:
                    self._drop()
        return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def _send(
        self,
        connection: Connection,
        method: str,
        path: str,
        body: bytes | BinaryIO | None,
        headers: Mapping[str, str],
    ) -> bool:
        """Send it; True where the server answered before it had read a whole file, as who will not take it does."""
        try:
            connection.request(method, path, body=body, headers=dict(headers))
        except ConnectionError:
            if body is None or isinstance(body, bytes):
                raise
            return True
        return False

    def _parts(self) -> SplitResult:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the address of a server begins with https:// or http://")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("the address of a server holds no user, question mark or fragment")
        return parts

    def _connect(self, parts: SplitResult) -> Connection:
        context = (self.context or ssl.create_default_context()) if parts.scheme == "https" else None
        if context is not None and (context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname):
            raise ValueError("a context that does not verify the server would give the token to anybody")
        return Connection(parts.hostname or "", parts.port, timeout=self.timeout, context=context)


def told_seconds(told: str, *, now: float) -> float | None:
    """``Retry-After`` in seconds, also where it is a date; None for anything else."""
    if re.fullmatch(r"[0-9]+", told):
        return float(told[:9])
    try:
        return parsedate_to_datetime(told).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def whole_body(answer: http.client.HTTPResponse) -> bytes:
    """All of a body, or an error: one that ends early is no answer, one that does not end is a hostile one."""
    parts = []
    size = 0
    while part := answer.read(PORTION):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise BadAnswerError(f"it has more than {LARGEST} bytes")
    # What was promised and did not come, and headers that were cut before they said how long the body is: the standard
    # library says nothing in either case.
    if answer.length or (not size and answer.length is None and not answer.chunked):
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(parts)


def printable(text: str) -> str:
    """Text of a stranger for a terminal: short, and without what moves cursors."""
    return "".join(one if one.isprintable() else "?" for one in text[:1_000])


class Connection(http.client.HTTPConnection):
    """A connection, through TLS where there is a context, whose answers must have come by ``until``."""

    until = float("inf")  # Of ``time.monotonic()``.

    def __init__(self, host: str, port: int | None, *, timeout: float, context: ssl.SSLContext | None) -> None:
        if context is not None:
            self.default_port = http.client.HTTPS_PORT
        super().__init__(host, port, timeout=timeout)
        self._context = context

    def connect(self) -> None:
        super().connect()
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)
        self.sock = Timed(self.sock, self)  # As much of a socket as is used here.


class Timed:
    """A socket whose reading ends at the connection's time: a server that drips would else be waited for for ever."""

    def __init__(self, sock: socket.socket, connection: Connection) -> None:
        self._sock = sock
        self._connection = connection

    def makefile(self, mode: str) -> io.BufferedReader:
        """What an answer is read from."""
        return io.BufferedReader(Reader(self._sock.makefile(mode, buffering=0), self._sock, self._connection))  # type: ignore[call-overload]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class Reader(io.RawIOBase):
    """Reads what comes in time."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, connection: Connection) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._connection.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        patience = self._connection.timeout
        self._sock.settimeout(left if patience is None else min(left, patience))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
