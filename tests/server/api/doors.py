"""Both doors of ``POST /api/v1/notices`` as one kind of function, and what the tests of the API share."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from django.db import connection
from django.test import Client
from tests.houses import NOTICE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.houses import Server

NOTICES = "/api/v1/notices"
PICTURE = b"\x89PNG\r\n\x1a\n made-up bytes"

# The body of INTERFACE.md with every member given.
FULL: dict[str, Any] = {
    **NOTICE,
    "terms_ground": None,
    "evidence": [
        {
            "name": "capture.png",
            "media_type": "image/png",
            "sha256": hashlib.sha256(PICTURE).hexdigest(),
            "content": base64.b64encode(PICTURE).decode(),
        }
    ],
    "external_refs": [{"scheme": "kominfo", "id": "S-2017/07"}],
    "external": {"their": {"own": ["words", 1, True, None]}},
}
OPTIONAL = (
    *("urgency", "content_date", "terms_ground", "requested_measures", "territory"),
    *("evidence", "external_refs", "external"),
)
REQUIRED = ("to", "kind", "category", "locators", "explanation", "language")


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; the names of the headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def pointers(self) -> list[str]:
        """The places that a problem names."""
        return [fault["pointer"] for fault in self.json()["errors"]]

    @property
    def says(self) -> str:
        """Every sentence of a problem."""
        found = self.json()
        return " ".join([found["detail"], *(fault["detail"] for fault in found.get("errors", []))])


class Post(Protocol):
    """One of the two doors."""

    def __call__(
        self, raw: bytes, *, token: str = "", key: str | None = "k1", headers: Mapping[str, str] | None = None
    ) -> Reply: ...


def named(token: str, key: str | None, headers: Mapping[str, str] | None) -> dict[str, str]:
    """The headers of a request."""
    made = {"Authorization": f"Bearer {token}"} if token else {}
    if key is not None:
        made["Idempotency-Key"] = key
    return {**made, **(headers or {})}


def of(response: Any) -> Reply:
    """A response of Django's as a reply, whether it came whole or in pieces."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return Reply(response.status_code, {name.lower(): value for name, value in response.items()}, content)


def view(raw: bytes, *, token: str = "", key: str | None = "k1", headers: Mapping[str, str] | None = None) -> Reply:
    """The ordinary view behind every middleware."""
    sent = named(token, key, headers)
    return of(Client().generic("POST", NOTICES, raw, content_type="application/json", headers=sent))


def hot(raw: bytes, *, token: str = "", key: str | None = "k1", headers: Mapping[str, str] | None = None) -> Reply:
    """The ASGI door, the body in one piece and with its length."""
    sent = {"Content-Length": str(len(raw)), **named(token, key, headers)}
    return asyncio.run(taken([(name, value.encode("latin-1")) for name, value in sent.items()], [raw]))


async def taken(headers: Sequence[tuple[str, bytes]], parts: Sequence[bytes]) -> Reply:
    """What the ASGI door answers to these headers and these parts of a body."""
    from mufakat.server.api import intake

    scope = {"type": "http", "method": "POST", "path": NOTICES}
    waiting = list(parts)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await intake.take({**scope, "headers": [(name.lower().encode(), value) for name, value in headers]}, receive, send)
    start, end = sent
    found = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Reply(start["status"], found, end["body"])


both = pytest.mark.parametrize("post", [view, hot])


def get(path: str, token: str = "", **headers: str) -> Reply:
    """A GET through Django."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return of(Client().get(path, headers=named(token, None, sent)))


def put(path: str, raw: bytes | dict[str, Any], token: str = "", key: str | None = None) -> Reply:
    """A POST through Django to another address than the notices'."""
    content = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    sent = named(token, key, None)
    return of(Client().generic("POST", path, content, content_type="application/json", headers=sent))


def ask(  # noqa: PLR0913 - the parts of a request, each by name.
    server: Server,
    method: str,
    path: str,
    token: str = "",
    *,
    raw: bytes = b"",
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    chunked: bool = False,
) -> Reply:
    """One request to a real server; in chunks of unknown number where it is said."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        content: Any = (raw[start : start + 50_000] for start in range(0, len(raw), 50_000)) if chunked else raw
        sent = {**({"Content-Type": "application/json"} if raw else {}), **named(token, key, headers)}
        line.connect()
        with contextlib.suppress(ConnectionError):  # The server may have said no before it read everything.
            line.request(method, path, body=content or None, headers=sent, encode_chunked=chunked)
        answer = line.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        line.close()


def bare(shown: dict[str, Any]) -> dict[str, Any]:
    """A notice that is shown alone, without what only that adds."""
    return {name: value for name, value in shown.items() if name not in {"notice", "related", "escalation"}}


def at_first(shown: dict[str, Any]) -> dict[str, Any]:
    """The same, as the answer that took it said it: what comes next, and the conversation, every later one names."""
    links = {name: where for name, where in shown["links"].items() if name != "messages"}
    return {name: value for name, value in {**bare(shown), "links": links}.items() if name != "next_step"}


def rows() -> dict[str, int]:
    """How many rows every table holds."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608 - the database's own names.
            found[table] = cursor.fetchone()[0]
    return found


def encoded(**changes: Any) -> bytes:
    """The full body with some members changed; a change to None is written as null."""
    return json.dumps({**FULL, **changes}).encode()


def without(name: str) -> bytes:
    """The full body without one member."""
    return json.dumps({member: value for member, value in FULL.items() if member != name}).encode()
