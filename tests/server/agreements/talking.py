"""Talks between parties of the example: what a test opens, answers and looks at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mufakat.server.agreements import faces, operations, queries as agreements
from mufakat.server.parties import queries

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Answer

Seat = tuple[str, str]
MINISTRY: Seat = ("kominfo", "approver")
SERVICE: Seat = ("telegram", "representative")
TITLE = {"id": "Prosedur bersama", "en": "A joint procedure"}


def text(words: str = "something") -> dict[str, str]:
    """The same in both languages."""
    return {"id": f"Disepakati: {words}.", "en": f"Agreed: {words}."}


def terms(owner: str = "telegram", **changes: Any) -> dict[str, Any]:
    """Sound terms of a point."""
    return {"owner": owner, "text": text(), **changes}


def frame(profile: str = "id-2017", owner: str = "kominfo", *, from_at: str | None = None, **changes: Any) -> Any:
    """Sound terms of the point `terms`."""
    made = terms(owner, frame={"profile": profile, **changes})
    return made if from_at is None else {**made, "from_at": from_at}


def body(**changes: Any) -> bytes:
    """What opens talks between the ministry and the service."""
    points = changes.pop("points", [{"name": "terms", **frame()}])
    return json.dumps({"title": TITLE, "parties": ["kominfo", "telegram"], "points": points, **changes}).encode()


def opened(raw: bytes | None = None, *, by: Seat = MINISTRY, key: str | None = None) -> dict[str, Any]:
    """Talks, as whoever opened them sees them."""
    found: dict[str, Any] = said(
        operations.open_talks(raw or body(), by=queries.caller_by_seat(*by), at=datetime.now(UTC), key=key)
    )
    return found


def act(
    agreement: str, point: str, deed: str, *, by: Seat = SERVICE, key: str | None = None, **members: Any
) -> dict[str, Any]:
    """A deed on a point; where nothing else is said it answers the newest proposal."""
    raw = json.dumps({"act": deed, **members}).encode()
    caller = queries.caller_by_seat(*by)
    return said(operations.act(agreement, point, raw, by=caller, at=datetime.now(UTC), key=key))


def show(
    agreement: str, point: str, *, by: Seat = SERVICE, confirms: bool = False, note: str = "Here.", **members: Any
) -> dict[str, Any]:
    """Show something for a point."""
    raw = json.dumps({"confirms": confirms, "note": note, **members}).encode()
    return said(operations.show(agreement, point, raw, by=queries.caller_by_seat(*by), at=datetime.now(UTC)))


def end(agreement: str, *, by: Seat = SERVICE, reason: str = "It does not work.") -> dict[str, Any]:
    """End it."""
    raw = json.dumps({"reason": reason}).encode()
    return said(operations.end(agreement, raw, by=queries.caller_by_seat(*by), at=datetime.now(UTC)))


def settle(agreement: str, name: str, made: dict[str, Any]) -> dict[str, Any]:
    """Propose the point and have the other side agree."""
    act(agreement, name, "propose", by=MINISTRY, terms=made)
    return act(agreement, name, "agree", proposal=1)


def in_force(raw: bytes | None = None) -> dict[str, Any]:
    """An agreement in force: every point that was opened is agreed by the service."""
    found = opened(raw)
    for point in found["points"]:
        found = act(found["id"], point["name"], "agree", proposal=1)
    return found


def said(answer: Answer) -> dict[str, Any]:
    """What an answer says."""
    found: dict[str, Any] = json.loads(answer.body)
    return found


def newest(found: dict[str, Any], name: str) -> dict[str, Any]:
    """The newest version of a point."""
    return [point for point in found["points"] if point["name"] == name][-1]


def looked(agreement: str, *, by: Seat = MINISTRY) -> dict[str, Any]:
    """All of it, as one side sees it."""
    whole = agreements.get_for(queries.caller_by_seat(*by), agreement)
    found: dict[str, Any] = json.loads(faces.encode(faces.AgreementOut.of(whole)))
    return found
