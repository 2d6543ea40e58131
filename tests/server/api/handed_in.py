"""Statements of reasons over HTTP, as tests of the API make them: handed in, imported, and handed over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.test import Client
from tests.houses import body
from tests.server.api.decided import decided
from tests.server.api.doors import NOTICES, Reply, hot, put
from tests.server.decisions.deciding import ACTING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

NEAR: dict[str, Any] = {
    **ACTING,
    "ground": {"legal_ground": {"system": "de", "instrument": "A made-up act", "provision": "Section 5"}},
    "items": [{"locator": 0, "measure": "remove", "territory": ["DE"]}],
}


def of(response: Any) -> Reply:
    """A response whose content comes in pieces."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return Reply(response.status_code, {name.lower(): value for name, value in response.items()}, content)


def imported(house: House, raw: bytes, *, handle: str = "telegram", seat: str = "representative") -> Reply:
    """The answer to a dump."""
    headers = {"Authorization": f"Bearer {house.token(handle, seat)}"}
    return of(Client().generic("POST", "/api/v1/statements/import", raw, content_type="text/csv", headers=headers))


def handed_in(path: str) -> Callable[[House, bytes], Reply]:
    """A statement, or a batch of them, by a seat of the platform."""

    def sent(house: House, raw: bytes) -> Reply:
        return put(path, raw, house.token("telegram", "reviewer"))

    return sent


def handed_in_after_another(house: House, raw: bytes) -> Reply:
    """A batch whose identifiers nobody used before, whatever the examples of single statements used."""
    found = json.loads(raw)
    for number, one in enumerate(found["statements"]):
        one["puid"] = f"BATCH-{number}"
    return put("/api/v1/statements", json.dumps(found).encode(), house.token("telegram", "reviewer"))


def handed_over(house: House, raw: bytes) -> Reply:
    notice = str(hot(body(content_date="2025-07-10"), token=house.token("kominfo", "officer"), key="near").json()["id"])
    put(f"{NOTICES}/{notice}/acknowledgement", b"", house.token("telegram", "representative"))
    made = decided(house, NEAR, notice=notice).json()["statement"]
    return put(f"/api/v1/statements/{made}/submission", raw, house.token("telegram", "representative"))


SINGLE, BATCH = "post /api/v1/statement", "post /api/v1/statements"
MADE = {SINGLE, BATCH}
SENT: dict[str, Callable[[House, bytes], Reply]] = {
    SINGLE: handed_in("/api/v1/statement"),
    BATCH: handed_in_after_another,
    "post /api/v1/statements/import": lambda house, raw: imported(house, json.loads(raw).encode()),
    "post /api/v1/statements/{statement}/submission": handed_over,
}
