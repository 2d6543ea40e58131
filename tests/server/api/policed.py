"""Policies and samples over HTTP, as tests of the API make them: the examples are proposed, tried, promoted, ended."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from django.test import Client
from tests.server.api.doors import Reply, named, of, put
from tests.server.filters.policing import fill_banks

from mufakat.server.api import components, samples as door
from mufakat.server.filters.models import Bank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.houses import House

POLICIES = "/api/v1/policies"
ONE = f"{POLICIES}/{{policy}}"
SAMPLES = "/api/v1/samples"
KEYS, VERSIONS = count(), count(10)


def reviewer(house: House) -> str:
    """The first reviewer of the platform, where there are banks."""
    if not Bank.objects.exists():
        fill_banks(house.caller("telegram", "reviewer"), house.caller("telegram", "reviewer-2"), datetime.now(UTC))
    return house.token("telegram", "reviewer")


def second(house: House) -> str:
    return house.token("telegram", "reviewer-2")


def key() -> str:
    return f"policy-{next(KEYS)}"


def text(version: int = 1) -> str:
    found: str = components.examples()["PolicyIn"]["text"]
    return found.replace("version: 1", f"version: {version}")


def proposed(house: House, raw: bytes | None = None) -> Reply:
    return put(POLICIES, raw or json.dumps({"text": text()}).encode(), reviewer(house), key())


def fresh(house: House) -> str:
    """A version that nobody did anything with yet."""
    made: str = proposed(house, json.dumps({"text": text(next(VERSIONS))}).encode()).json()["id"]
    return made


def shadowed(house: House) -> str:
    made = fresh(house)
    assert put(f"{POLICIES}/{made}/shadow", b"", reviewer(house)).status == 200
    return made


def handed_in(house: House, raw: bytes | None = None) -> Reply:
    """Items by the door that streams."""
    return streamed(items() if raw is None else raw, token=reviewer(house), key=key())


def items() -> bytes:
    """The items of the example."""
    found: str = components.examples()["Items"]
    return found.encode()


def viewed(raw: bytes, *, token: str = "", key: str | None = None, query: str = "?name=last+week") -> Reply:
    """Items through Django."""
    sent = named(token, key, None)
    return of(Client().generic("POST", SAMPLES + query, raw, content_type=door.MEDIA_TYPE, headers=sent))


def streamed(raw: bytes, *, token: str = "", key: str | None = None, query: str = "?name=last+week") -> Reply:
    """Items by the ASGI door, in parts of 64 KiB and with their length."""
    parts = [raw[start : start + 65_536] for start in range(0, len(raw), 65_536)] or [b""]
    headers = {**named(token, key, None), "Content-Length": str(len(raw))}
    return asyncio.run(sent(parts, headers, query))


async def sent(parts: Sequence[bytes | Callable[[], Any]], headers: Mapping[str, str], query: str) -> Reply:
    """What the ASGI door answers to these parts of a body; one that is called does what it likes instead."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": SAMPLES,
        "query_string": query.removeprefix("?").encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    waiting = list(parts)
    said: list[dict[str, Any]] = []

    async def receive() -> Any:
        part = waiting.pop(0)
        if callable(part):
            return await part()
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await door.take(scope, receive, send)
    if not said:
        return Reply(0, {}, b"")
    fields = {name.decode(): value.decode("latin-1") for name, value in said[0]["headers"]}
    return Reply(said[0]["status"], fields, said[1]["body"])


def sample(house: House) -> str:
    made: str = handed_in(house).json()["id"]
    return made


def tried(house: House, made: str) -> Reply:
    return put(f"{POLICIES}/{made}/backtests", {"sample": sample(house)}, reviewer(house), key())


def live(house: House) -> str:
    made = shadowed(house)
    backtest = tried(house, made).json()["id"]
    answer = put(f"{POLICIES}/{made}/promotion", {"backtest": backtest}, second(house))
    assert answer.status == 200, answer.says
    return made


def on_one(deed: str, made: Callable[[House], str]) -> Callable[[House, bytes], Reply]:
    """A deed on a version that is made for it."""

    def sent(house: House, raw: bytes) -> Reply:
        return put(f"{POLICIES}/{made(house)}/{deed}", raw, reviewer(house))

    return sent


def example_tried(house: House, raw: bytes) -> Reply:
    """The example, on a sample that is there."""
    told: dict[str, Any] = {**json.loads(raw), "sample": sample(house)}
    return put(f"{POLICIES}/{fresh(house)}/backtests", told, reviewer(house), key())


def example_promoted(house: House, raw: bytes) -> Reply:
    made = shadowed(house)
    told = {**json.loads(raw), "backtest": tried(house, made).json()["id"]}
    return put(f"{POLICIES}/{made}/promotion", told, second(house))


def erased(house: House, raw: bytes) -> Reply:
    return put(f"{SAMPLES}/{sample(house)}/erasure", raw, reviewer(house))


SENT: dict[str, Callable[[House, bytes], Reply]] = {
    f"post {POLICIES}": proposed,
    f"post {ONE}/shadow": on_one("shadow", fresh),
    f"post {ONE}/backtests": example_tried,
    f"post {ONE}/promotion": example_promoted,
    f"post {ONE}/refusal": on_one("refusal", fresh),
    f"post {ONE}/end": on_one("end", live),
    f"post {SAMPLES}": lambda house, raw: handed_in(house, json.loads(raw).encode()),
    f"post {SAMPLES}/{{sample}}/erasure": erased,
}
"""How each example is sent."""
MADE = frozenset({f"post {POLICIES}", f"post {ONE}/backtests", f"post {SAMPLES}"})
"""What makes something."""
