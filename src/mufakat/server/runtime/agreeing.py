"""What two sides settle in a story: talks opened, points answered, shown and kept; each by the public operation."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules import agreement as rules
from mufakat.server.agreements import operations, queries
from mufakat.server.governance import operations as governance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mufakat.server.parties.queries import Caller

KEPT = ("owner", "text", "evidence", "obligations")
"""What a proposal of a story takes over from the one before where it says nothing else."""


@dataclass(slots=True)
class Table:
    """The talks of a story, by the names that it gives them."""

    talks: dict[str, str] = field(default_factory=dict)

    def open(self, step: Mapping[str, Any], *, by: Caller, at: datetime) -> None:
        """Open talks with the points of a profile."""
        body = {"title": step["title"], "parties": [by.handle, *step["with"]], "like": step["like"]}
        self.talks[step["name"]] = operations.open_talks(encoded(body), by=by, at=at).subject

    def act(self, step: Mapping[str, Any], *, by: Caller, at: datetime, begins: datetime | None) -> None:
        """Answer what is on the table for each of the step's points, or put something else there."""
        agreement = self.talks[step["of"]]
        for point in step["points"]:
            body: dict[str, Any] = {"act": step["act"], "note": step.get("note", "")}
            newest = newest_of(by, agreement, point)
            if step["act"] != "propose":
                body["proposal"] = newest.proposals
            if step["act"] in {"propose", "counter"}:
                body["terms"] = terms_of(newest) | step.get("terms", {})
                if "frame" in step:
                    body["terms"]["frame"] |= step["frame"]
                if begins is not None:
                    body["terms"]["from_at"] = begins.isoformat()
            operations.act(agreement, point, encoded(body), by=by, at=at)

    def show(self, step: Mapping[str, Any], *, by: Caller, at: datetime) -> None:
        """Show that a point is kept, or confirm it."""
        body = {"confirms": step.get("confirms", False), "note": step["note"], "files": step.get("files", [])}
        operations.show(self.talks[step["of"]], step["point"], encoded(body), by=by, at=at)


def review(step: Mapping[str, Any], *, by: Caller, at: datetime) -> None:
    """Hold a review of how one's own part is governed."""
    body = {name: step[name] for name in ("minutes", "present", "followups") if name in step}
    governance.hold(encoded(body), by=by, at=at)


def newest_of(by: Caller, agreement: str, point: str) -> queries.Point:
    """The newest version of a point."""
    return [row for row in queries.get_for(by, agreement).points if row.name == point][-1]


def terms_of(row: queries.Point) -> dict[str, Any]:
    """What was proposed last for it, as it would be proposed again."""
    found: dict[str, Any] = msgspec.to_builtins(rules.from_json(list(row.proposed.all())[-1].terms))
    kept = {name: found[name] for name in KEPT}
    return kept if found["frame"] is None else kept | {"frame": found["frame"]}


def encoded(body: Mapping[str, Any]) -> bytes:
    """The body as the API would take it."""
    return json.dumps(body, ensure_ascii=False).encode()
