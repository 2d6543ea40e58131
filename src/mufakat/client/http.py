"""One kept connection, repeated requests, and nothing that a hostile server could grow without bound."""

from __future__ import annotations

import http.client
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from mufakat.client.errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST = 16 * 1024 * 1024  # Bytes of an answer.
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
    """HTTP to one server. ``attempts`` in all, with a doubling pause and jitter, or as long as ``Retry-After`` says."""

    url: str
    timeout: float = 30.0  # Seconds without a byte.
    attempts: int = 6
    pause: float = 0.2  # Seconds before the second attempt.
    longest_pause: float = 20.0
    sleep: Callable[[float], None] = time.sleep
    chance: random.Random = field(default_factory=random.Random)
    _connection: http.client.HTTPConnection | None = field(default=None, init=False, repr=False)

    def request(self, method: str, path: str, *, body: bytes | BinaryIO | None, headers: Mapping[str, str]) -> Response:
        """Send it until a lasting answer comes. What is posted without a key in its headers is sent once only.

        A file is sent from where it stands, piece by piece; ``headers`` must say its length.
        """
        key = next((value for name, value in headers.items() if name.lower() == "idempotency-key"), None)
        repeatable = method in {"GET", "PUT"} or key is not None
        start = body.tell() if body is not None and not isinstance(body, bytes) else 0
        reason = ""
        for attempt in range(self.attempts if repeatable else 1):
            if attempt:
                self.sleep(self._pause(attempt, reason))
                if body is not None and not isinstance(body, bytes):
                    body.seek(start)
            try:
                found = self._once(method, path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                reason = f"{type(error).__name__}: {error}"
                continue
            if found.status not in AGAIN or (
                found.status == http.client.CONFLICT and IN_FLIGHT.encode() not in found.body
            ):
                return found
            reason = f"retry-after {found.headers.get('retry-after', '')}"
            last = found
            if attempt == self.attempts - 1 or not repeatable:
                return last
        raise UnreachableError(reason, key)

    def close(self) -> None:
        """Let the connection go; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _pause(self, attempt: int, reason: str) -> float:
        told = reason.removeprefix("retry-after ")
        if told.isdigit():
            return min(float(told[:6]), self.longest_pause)
        # Full jitter: a thousand clients that were cut off together must not come back together.
        longest: float = min(self.pause * 2.0 ** (attempt - 1), self.longest_pause)
        return longest * self.chance.uniform(0.5, 1.0)

    def _once(self, method: str, path: str, body: bytes | BinaryIO | None, headers: Mapping[str, str]) -> Response:
        if self._connection is None:
            self._connection = self._connect()
        refused_early = False
        try:
            self._connection.request(method, path, body=body, headers=dict(headers))
        except ConnectionError:
            if body is None or isinstance(body, bytes):
                raise
            refused_early = True  # A server that will not take a large file says so before it has read it.
        answer = self._connection.getresponse()
        content = answer.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise http.client.HTTPException(f"the answer has more than {LARGEST} bytes")
        if refused_early:
            self.close()
        return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the address of a server begins with https:// or http://")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname, parts.port, timeout=self.timeout)
