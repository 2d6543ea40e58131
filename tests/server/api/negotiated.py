"""Agreements over HTTP, as tests of the API make them: the examples are opened, answered, kept and ended."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.server.api.doors import Reply, get, put

from mufakat.server.api import components

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

AGREEMENTS = "/api/v1/agreements"
POINT = f"{AGREEMENTS}/{{agreement}}/points/{{point}}"
KEYS = count()


def ministry(house: House) -> str:
    return house.token("kominfo", "approver")


def service(house: House) -> str:
    return house.token("telegram", "representative")


def key() -> str:
    return f"agreement-{next(KEYS)}"


def opened(house: House, raw: bytes | None = None) -> Reply:
    """Talks, opened by the ministry; as the example has it, where nothing else is said."""
    raw = raw or json.dumps(components.examples()["AgreementIn"]).encode()
    end_all(house)
    return put(AGREEMENTS, raw, ministry(house), key())


def end_all(house: House) -> None:
    """What is in force gives way: two agreements never govern the same notices."""
    for one in get(f"{AGREEMENTS}?state=in_force", ministry(house)).json()["items"]:
        put(f"{AGREEMENTS}/{one['id']}/ending", b'{"reason": "Anew."}', ministry(house))


def on_point(agreement: str, point: str, told: dict[str, Any] | bytes, token: str) -> Reply:
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    return put(f"{AGREEMENTS}/{agreement}/points/{point}", raw, token, key())


def in_force(house: House) -> dict[str, Any]:
    """The example, agreed by both."""
    found: dict[str, Any] = opened(house).json()
    for point in found["points"]:
        answer = on_point(found["id"], point["name"], {"act": "agree", "proposal": 1}, service(house))
        assert answer.status == 200, answer.says
        found = answer.json()
    return found


def acted(house: House, raw: bytes) -> Reply:
    return on_point(opened(house).json()["id"], "terms", raw, service(house))


def shown(house: House, raw: bytes) -> Reply:
    agreement = in_force(house)["id"]
    return put(f"{AGREEMENTS}/{agreement}/points/representative/evidence", raw, service(house), key())


def ended(house: House, raw: bytes) -> Reply:
    return put(f"{AGREEMENTS}/{opened(house).json()['id']}/ending", raw, service(house))


SENT: dict[str, Callable[[House, bytes], Reply]] = {
    f"post {AGREEMENTS}": opened,
    f"post {POINT}": acted,
    f"post {POINT}/evidence": shown,
    f"post {AGREEMENTS}/{{agreement}}/ending": ended,
}
"""How each example is sent."""
MADE = frozenset({f"post {AGREEMENTS}", f"post {POINT}/evidence"})
"""What makes something."""
