"""Notifications over HTTP, as tests of the API make them: a hit waits to be told, is released or declined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.server.api import negotiated
from tests.server.api.doors import Reply, put
from tests.server.filters.notified import GROUND, Desk, desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

NOTIFICATIONS = "/api/v1/notifications"
COUNTS = "/api/v1/screening/counts"
ONE = f"{NOTIFICATIONS}/{{notification}}"
RELEASE = json.dumps({"to": "kominfo", "legal_ground": GROUND}).encode()


def reviewer(house: House) -> str:
    return house.token("telegram", "reviewer")


def at_desk(house: House) -> Desk:
    """A desk by the clock of this machine: tokens are. Its agreement takes the place of what is in force."""
    negotiated.end_all(house)
    return desk(house, at=None)


def on_one(deed: str) -> Callable[[House, bytes], Reply]:
    """A deed on a notification that waits for it."""

    def sent(house: House, raw: bytes) -> Reply:
        return put(f"{NOTIFICATIONS}/{at_desk(house).hit()}/{deed}", raw, reviewer(house))

    return sent


SENT: dict[str, Callable[[House, bytes], Reply]] = {
    f"post {ONE}/{deed}": on_one(deed) for deed in ("release", "refusal")
}
"""How each example is sent."""
