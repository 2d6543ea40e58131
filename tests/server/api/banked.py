"""Banks over HTTP, as tests of the API make them: the examples are opened, filled, reviewed and taken out."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import TYPE_CHECKING, Any

from django.test import Client
from tests.server.api.doors import Reply, named, put
from tests.server.api.handed_in import of

from mufakat.server.api import bank_files as door, components
from mufakat.server.filters.models import Bank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.houses import House

BANKS = "/api/v1/banks"
ONE = f"{BANKS}/{{name}}"
HERE = f"{BANKS}/phrases"
NDJSON = "application/x-ndjson"
KEYS = count()


def reviewer(house: House) -> str:
    return house.token("telegram", "reviewer")


def second(house: House) -> str:
    return house.token("telegram", "reviewer-2")


def key() -> str:
    return f"bank-{next(KEYS)}"


def opened(house: House, raw: bytes | None = None) -> Reply:
    told = raw or json.dumps(components.examples()["BankIn"]).encode()
    return put(BANKS, told, reviewer(house), key())


def there(house: House) -> None:
    """The bank of the examples, opened once."""
    if not Bank.objects.filter(name="phrases").exists():
        assert opened(house).status == 201


def added(house: House, raw: bytes | None = None) -> Reply:
    there(house)
    told = raw or json.dumps(components.examples()["EntriesIn"]).encode()
    return put(f"{HERE}/entries", told, reviewer(house), key())


def file() -> bytes:
    """The file of the example."""
    found: str = components.examples()["BankFile"]
    return found.encode()


def filled(house: House) -> None:
    """What the examples put in, by hand and by file, is there."""
    assert added(house).status == 201
    assert viewed(file(), token=reviewer(house)).status == 200


def reviewed(house: House, raw: bytes | None = None) -> Reply:
    filled(house)
    return put(f"{HERE}/review", raw or json.dumps(components.examples()["BankReviewIn"]).encode(), second(house))


def retracted(house: House, raw: bytes | None = None) -> Reply:
    filled(house)
    return put(f"{HERE}/retraction", raw or json.dumps(components.examples()["RetractionIn"]).encode(), reviewer(house))


def taken(house: House, raw: bytes) -> Reply:
    """The example's file by the door that streams."""
    there(house)
    return streamed(raw, token=reviewer(house))


def viewed(raw: bytes, *, token: str = "", query: str = "", bank: str = "phrases") -> Reply:
    """A file through Django."""
    path = f"{BANKS}/{bank}/import{query}"
    return of(Client().generic("POST", path, raw, content_type=NDJSON, headers=named(token, None, None)))


def streamed(raw: bytes, *, token: str = "", query: str = "", bank: str = "phrases") -> Reply:
    """A file by the ASGI door, in parts of 64 KiB and with its length."""
    parts = [raw[start : start + 65_536] for start in range(0, len(raw), 65_536)] or [b""]
    headers = {**named(token, None, None), "Content-Length": str(len(raw))}
    return asyncio.run(sent(parts, headers, query, bank))


async def sent(parts: Sequence[bytes], headers: Mapping[str, str], query: str, bank: str) -> Reply:
    """What the ASGI door answers to these parts of a body."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"{BANKS}/{bank}/import",
        "query_string": query.removeprefix("?").encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    waiting = list(parts)
    said: list[dict[str, Any]] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await door.take(scope, receive, send, bank=bank)
    fields = {name.decode(): value.decode("latin-1") for name, value in said[0]["headers"]}
    return Reply(said[0]["status"], fields, b"".join(one["body"] for one in said[1:]))


SENT: dict[str, Callable[[House, bytes], Reply]] = {
    f"post {BANKS}": opened,
    f"post {ONE}/entries": added,
    f"post {ONE}/import": lambda house, raw: taken(house, json.loads(raw).encode()),
    f"post {ONE}/review": reviewed,
    f"post {ONE}/retraction": retracted,
}
"""How each example is sent."""
MADE = frozenset({f"post {BANKS}", f"post {ONE}/entries"})
"""What makes something."""
