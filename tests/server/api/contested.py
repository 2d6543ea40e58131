"""Appeals over HTTP, as tests of the API make them: a decision is made, and contested."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from django.test import Client
from tests.server.api.decided import decided, shown
from tests.server.api.doors import Reply, put

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.houses import House

APPEALS = "/api/v1/appeals"
WHY = "It is lawful satire, and nobody is called upon to do anything."
KEYS = count()


def code_of(house: House, decision: str) -> str:
    """The code, as the platform's representative reads it and hands it out."""
    return str(shown(house, decision, "telegram", "representative").json()["appeal"]["code"])


def lodging(code: str, **changes: Any) -> bytes:
    return json.dumps({"code": code, "reasons": WHY, **changes}).encode()


def sent(raw: bytes, *, key: str | None = "", headers: Mapping[str, str] | None = None, address: str = "") -> Reply:
    """POST an appeal without any account; from an address of its own, where it matters."""
    named = {} if key is None else {"Idempotency-Key": key or f"appeal-{next(KEYS)}"}
    response = Client().post(
        APPEALS,
        raw,
        content_type="application/json",
        headers={**named, **(headers or {})},
        REMOTE_ADDR=address or "192.0.2.1",
    )
    return Reply(response.status_code, {name.lower(): value for name, value in response.items()}, response.content)


def asked(code: str, *, address: str = "192.0.2.1") -> Reply:
    """What a code stands for."""
    response = Client().get(f"{APPEALS}/code/{code}", REMOTE_ADDR=address)
    return Reply(response.status_code, {name.lower(): value for name, value in response.items()}, response.content)


def with_code(house: House, raw: bytes) -> Reply:
    """Send what an example says, with a code of this house."""
    code = code_of(house, decided(house).json()["id"])
    return sent(json.dumps({**json.loads(raw), "code": code}).encode())


def by_account(house: House, raw: bytes) -> Reply:
    made = decided(house).json()["id"]
    path = f"/api/v1/decisions/{made}/appeals"
    return put(path, raw, house.token("kominfo", "officer"), f"lodge-{next(KEYS)}")


def resolved(house: House, raw: bytes) -> Reply:
    made = with_code(house, lodging("")).json()["id"]
    return put(f"{APPEALS}/{made}/resolution", raw, house.token("telegram", "reviewer-2"))


BY_ACCOUNT = "post /api/v1/decisions/{decision}/appeals"
SENT: dict[str, Callable[[House, bytes], Reply]] = {
    BY_ACCOUNT: by_account,
    f"post {APPEALS}": with_code,
    f"post {APPEALS}/{{appeal}}/resolution": resolved,
}
"""How each example is sent."""
MADE = frozenset({BY_ACCOUNT, f"post {APPEALS}"})
"""What makes something."""
