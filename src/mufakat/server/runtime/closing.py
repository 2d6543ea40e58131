"""What a story tells of restrictions: names are closed by three people, carried out by operators, and opened again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mufakat.server.journal import door
from mufakat.server.journal.answers import Key
from mufakat.server.restrictions import operations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mufakat.server.parties.queries import Caller

GROUND = {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2b)"}
PLATFORM = "telegram"


class Orders:
    """The restrictions of a story, by the names that it gives them."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}

    def propose(  # noqa: PLR0913 - an order, and what the story knows beside it.
        self,
        step: Mapping[str, Any],
        *,
        by: Caller,
        at: datetime,
        review: datetime,
        sunset: datetime,
        notices: list[str],
    ) -> None:
        """An order to close names. The platform has no system of its own there: its desk is where it is told."""
        order = {
            "list": "terrorism",
            "names": step["names"],
            "operators": step["operators"],
            "legal_ground": GROUND,
            "reason": step["reason"],
            "proportionality": step["proportionality"],
            "review_at": review.isoformat(),
            "sunset_at": sunset.isoformat(),
            "notices": notices,
            "platform": PLATFORM,
            "reopening": {"agreement": step["like"]},
        }
        raw = json.dumps(order, ensure_ascii=False).encode()
        key = Key.of(by.party_id, "POST /api/v1/restrictions", f"story-{step['name']}", raw)
        made = operations.propose(raw, by=by, at=at, key=key).subject
        self._made[step["name"]] = made
        door.commit(lambda moment: operations.told([made], moment=moment))

    def approve(self, step: Mapping[str, Any], *, by: Caller, at: datetime) -> None:
        """One of two approvals."""
        operations.approve(self._made[step["restriction"]], _note(step), by=by, at=at)

    def confirm(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """An operator says that it carries it out, or that it opened again."""
        operations.confirm(self._made[step["restriction"]], _note(step), by=by)


def _note(step: Mapping[str, Any]) -> bytes:
    return json.dumps({"note": step.get("note", "")}, ensure_ascii=False).encode()
