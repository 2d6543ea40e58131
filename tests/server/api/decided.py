"""Decisions over HTTP, as tests of the API make them: a notice is taken, acknowledged, and decided."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.houses import body
from tests.server.api.doors import NOTICES, Reply, get, hot, put
from tests.server.decisions.deciding import ACTING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House


KEYS = count()


def waiting(house: House, *, key: str | None = None, **changes: Any) -> str:
    """A notice that its recipient acknowledged."""
    sent = key or f"to-decide-{next(KEYS)}"
    notice = str(hot(body(**changes), token=house.token("kominfo", "officer"), key=sent).json()["id"])
    put(f"{NOTICES}/{notice}/acknowledgement", b"", house.token("telegram", "representative"))
    return notice


def decided(house: House, made: dict[str, Any] | bytes = ACTING, *, notice: str | None = None) -> Reply:
    """The answer to a decision."""
    raw = made if isinstance(made, bytes) else json.dumps(made).encode()
    path = f"{NOTICES}/{notice or waiting(house)}/decision"
    return put(path, raw, house.token("telegram", "reviewer"), "decide")


def measured(house: House, measure: str = "remove") -> str:
    """A measure that was ordered, or waits for a second person."""
    made = {**ACTING, "items": [{"locator": 0, "measure": measure}]}
    return str(decided(house, made).json()["measures"][0]["id"])


def on_a_measure(deed: str, measure: str, seat: str) -> Callable[[House, bytes], Reply]:
    """A deed on a measure, by a seat of the platform."""

    def sent(house: House, raw: bytes) -> Reply:
        return put(f"/api/v1/measures/{measured(house, measure)}/{deed}", raw, house.token("telegram", seat))

    return sent


def seen(house: House, raw: bytes) -> Reply:
    made = decided(house).json()["id"]
    return put(f"/api/v1/decisions/{made}/seen", raw, house.token("kominfo", "officer"))


def given(house: House, raw: bytes) -> Reply:
    made = decided(house).json()["statement"]
    return put(f"/api/v1/statements/{made}/delivery", raw, house.token("telegram", "representative"))


def shown(house: House, decision: str, handle: str, seat: str) -> Reply:
    """One decision as a seat reads it."""
    return get(f"/api/v1/decisions/{decision}", house.token(handle, seat))


DECIDE = f"post {NOTICES}/{{notice}}/decision"
MEASURES = "post /api/v1/measures/{measure}"
SENT: dict[str, Callable[[House, bytes], Reply]] = {
    DECIDE: decided,
    "post /api/v1/decisions/{decision}/seen": seen,
    f"{MEASURES}/approval": on_a_measure("approval", "terminate_account", "reviewer-2"),
    f"{MEASURES}/declining": on_a_measure("declining", "close_channel", "reviewer-2"),
    f"{MEASURES}/confirmation": on_a_measure("confirmation", "disable", "representative"),
    f"{MEASURES}/failure": on_a_measure("failure", "demote", "reviewer"),
    "post /api/v1/statements/{statement}/delivery": given,
}
"""How each example is sent."""
