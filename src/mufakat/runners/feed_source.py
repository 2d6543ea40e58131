"""One GET of a list, bounded: in bytes, in time, and to the server that was named (no redirect is followed)."""

from __future__ import annotations

import http.client
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from mufakat.rules.errors import MufakatError

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "domains.json"
LARGEST: Final = 512 * 2**20  # Bytes; a million names are about a hundred and thirty million.
PORTION: Final = 2**18
PATIENCE: Final = 20.0  # Seconds without a byte.
DEADLINE: Final = 300.0  # Seconds for a whole list.


class NotFetchedError(MufakatError):
    """The list did not come; the sentence says why. What was loaded before stays."""


@dataclass(frozen=True, slots=True)
class Came:
    """A list, and the tag under which the server knows it."""

    raw: bytes
    tag: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """The address of a list, and the file of the token that may read it. Raises ValueError for no address."""

    url: str
    token_file: Path
    context: ssl.SSLContext | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        parts = self._parts()
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the address of a list begins with https:// or http://")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("the address of a list holds no user, question mark or fragment")
        if not self.list:
            raise ValueError("the address of a list ends with /feeds/<list>")

    def _parts(self) -> SplitResult:
        parts = urlsplit(self.url)
        _ = parts.port  # Raises ValueError where it is no number.
        return parts

    @property
    def path(self) -> str:
        """Of the document, whether the address names it or only its list."""
        path = self._parts().path.rstrip("/")
        return path if path.endswith(f"/{FILE}") else f"{path}/{FILE}"

    @property
    def list(self) -> str:
        """The name of the list: the segment before the document."""
        return self.path.split("/")[-2]

    def fetch(self, tag: str | None = None) -> Came | None:
        """Ask for the list; None where it is still the one of this tag. Raises NotFetchedError."""
        parts = self._parts()
        until = time.monotonic() + DEADLINE
        connection = self._connection(parts)
        try:
            connection.request("GET", self.path, headers=self._headers(tag))
            answer = connection.getresponse()
            if answer.status == http.client.NOT_MODIFIED and tag is not None:
                return None
            if answer.status != http.client.OK:
                raise NotFetchedError(_words(answer))
            return Came(_whole(answer, until), answer.getheader("ETag"))
        except ssl.SSLCertVerificationError as error:
            raise NotFetchedError(f"the server's certificate is not trusted: {error.verify_message}") from None
        except (OSError, http.client.HTTPException) as error:
            raise NotFetchedError(f"the server cannot be reached: {type(error).__name__}") from None
        finally:
            connection.close()

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            context = self.context or ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context)
        return http.client.HTTPConnection(host, port, timeout=PATIENCE)

    def _headers(self, tag: str | None) -> dict[str, str]:
        """With the token as the file has it now: it may have been changed for a new one."""
        try:
            token = self.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise NotFetchedError("the file of the token cannot be read") from None
        if not token.isprintable():
            raise NotFetchedError("the file of the token holds more than a token")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "mufakat-feed"}
        return headers if tag is None else {**headers, "If-None-Match": tag}


def _whole(answer: http.client.HTTPResponse, until: float) -> bytes:
    parts, size = [], 0
    while part := answer.read1(PORTION):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise NotFetchedError(f"the list has more than {LARGEST} bytes")
        if time.monotonic() > until:
            raise NotFetchedError("the list took too long")
    if answer.length:
        raise NotFetchedError("the list was cut off")
    return b"".join(parts)


def _words(answer: http.client.HTTPResponse) -> str:
    told = {
        http.client.UNAUTHORIZED: "the token is not in force",
        http.client.FORBIDDEN: "the token is not that of an operator's engineer",
        http.client.NOT_FOUND: "there is no such list for this operator",
    }
    return told.get(answer.status, f"the server answered {answer.status}")
