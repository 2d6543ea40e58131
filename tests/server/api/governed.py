"""The governance of filtering over HTTP, as tests of the API make it: an objective, a review, what it decided."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.server.api.doors import put

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House
    from tests.server.api.doors import Reply

GOVERNANCE = "/api/v1/governance"
SEAT = ("telegram", "representative")
KEYS = count()
OBJECTIVE: dict[str, Any] = {
    "figure": "answered_in_time",
    "title": {"id": "Pemberitahuan dijawab tepat waktu", "en": "Notices are answered in time"},
    "at_least": 95,
    "owner": "reviewer",
    "every_days": 90,
    "review_on": None,
    "evidence": ["The counts of the register"],
    "agreement": None,
}
REVIEW: dict[str, Any] = {
    "minutes": "The queue was short of one person on two nights; everything was answered in time.",
    "present": ["representative", "reviewer"],
    "objectives": None,
    "recorded": [{"figure": "reviewers_trained", "part": 9, "whole": 10}],
    "followups": [{"text": "Train one more person for the night.", "owner": "reviewer", "due_on": "2030-06-30"}],
}


def sent(house: House, path: str, told: dict[str, Any] | bytes, *, by: tuple[str, str] = SEAT) -> Reply:
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    return put(f"{GOVERNANCE}{path}", raw, house.token(*by), f"governed-{next(KEYS)}")


def ended(house: House, raw: bytes) -> Reply:
    made = sent(house, "/objectives", {**OBJECTIVE, "figure": "drills_answered"}).json()
    return sent(house, f"/objectives/{made['id']}/ending", raw)


def done(house: House, raw: bytes) -> Reply:
    held = sent(house, "/reviews", REVIEW).json()
    return sent(house, f"/followups/{held['followups'][0]['id']}/done", raw)


SET, HOLD, PUBLISH = (f"post {GOVERNANCE}/{name}" for name in ("objectives", "reviews", "reports"))
SENT: dict[str, Callable[[House, bytes], Reply]] = {
    SET: lambda house, raw: sent(house, "/objectives", raw),
    f"post {GOVERNANCE}/objectives/{{objective}}/ending": ended,
    HOLD: lambda house, raw: sent(house, "/reviews", raw),
    f"post {GOVERNANCE}/followups/{{followup}}/done": done,
    PUBLISH: lambda house, raw: sent(house, "/reports", raw),
}
"""How each example is sent."""
MADE = frozenset({SET, HOLD, PUBLISH})
"""What makes something."""
