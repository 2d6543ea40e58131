"""Decisions for tests: bodies that are complete, and a house in which somebody decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.houses import body

from mufakat.server.decisions import operations, queries
from mufakat.server.notices import operations as notices

if TYPE_CHECKING:
    from tests.houses import House

OFFICER, REPRESENTATIVE = ("kominfo", "officer"), ("telegram", "representative")
REVIEWER, REVIEWER_2 = ("telegram", "reviewer"), ("telegram", "reviewer-2")

GROUND: dict[str, Any] = {
    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"}
}
COMPLETE: dict[str, Any] = {
    "ground": GROUND,
    "facts": "A made-up placeholder of facts.",
    "reasons": "A made-up placeholder of reasons.",
    "language": "en",
    "automated": {"detection": False, "decision": "none"},
}
ACTING: dict[str, Any] = {**COMPLETE, "outcome": "act_full", "items": [{"locator": 0, "measure": "remove"}]}
REFUSING: dict[str, Any] = {**COMPLETE, "outcome": "refuse", "refusal": "not_illegal"}
ASKING: dict[str, Any] = {"outcome": "needs_information", "reasons": "Which of the two messages?", "language": "en"}


def raw(made: dict[str, Any], **changes: Any) -> bytes:
    """The bytes of a decision with some members changed; ... leaves a member out."""
    return json.dumps({name: value for name, value in {**made, **changes}.items() if value is not ...}).encode()


def taken(house: House, *, key: str = "k1", **changes: Any) -> str:
    """A notice that its recipient acknowledged."""
    notice: str = house.submit(body(**changes), key=key).subject
    notices.acknowledge(notice, by=house.caller(*REVIEWER))
    return notice


def decide(
    house: House, notice: str, made: dict[str, Any] = ACTING, *, by: tuple[str, str] = REVIEWER, **changes: Any
) -> dict[str, Any]:
    """Decide, and give the answer."""
    answer = operations.decide(notice, raw(made, **changes), by=house.caller(*by))
    said: dict[str, Any] = json.loads(answer.body)
    return said


def acted(house: House, *, measure: str = "remove", **item: Any) -> queries.Whole:
    """A decision that ordered one measure."""
    said = decide(house, taken(house), items=[{"locator": 0, "measure": measure, **item}])
    return queries.whole(queries.known(said["id"]))
