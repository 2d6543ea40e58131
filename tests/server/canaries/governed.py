"""The governance of every party for the canaries: objectives, a review with all it can say, follow-ups, a report."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.server.api.doors import put

from mufakat.rules.permissions import Role
from mufakat.rules.publicity import is_office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.canaries.world import World

    from mufakat.rules.parties import PartyKind

PATH = "/api/v1/governance"
SEAT = "officer-2"  # Everybody in this world is the second of the role.
PLANTED = {
    *("ObjectiveIn.title.id", "ObjectiveIn.title.en", "ObjectiveIn.evidence[]", "ObjectiveEndIn.reason"),
    *("ReviewIn.minutes", "ReviewIn.followups[].text", "DoneIn.note"),
}
UNPLANTED = {
    "ObjectiveIn.owner": "a seat",
    "ObjectiveIn.review_on": "a date",
    "ObjectiveIn.agreement": "an id",
    "ReviewIn.present[]": "seats",
    "ReviewIn.objectives[]": "ids",
    "ReviewIn.followups[].owner": "a seat",
    "ReviewIn.followups[].due_on": "a date",
    **{f"path {name}": "an id: the crawl asks for each" for name in ("objective", "review", "followup")},
    "path party": "the handle of a party: the crawl asks for each",
}
TYPED = {"Objective.terms"}
PLAIN = {
    "of governance: codes, seats, ids": {
        *("Objective.figure", "Objective.owner", "Objective.agreement", "Objective.event", "Objective.end_event"),
        *("HeldReview.objectives", "HeldReview.event", "Recorded.figure"),
        *("Followup.owner", "Followup.done_event", "Report.event"),
    },
}


def govern(world: World, handles: dict[str, PartyKind]) -> None:
    """Everybody says everything of their own governance that can be said; a year is published by those who may."""
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    for handle, kind in handles.items():

        def canary(where: str, of: str = handle) -> str:
            return f"Words. {world.eye.plant(f'{of}: {where} of governance', {of}, of_notice=False)}"

        aim = {"at_least": 90, "owner": SEAT, "evidence": [canary("evidence")]}
        for figure in ("answered_in_time", "drills_answered"):
            title = {"id": canary("title"), "en": canary("English title")}
            made = said(world, handle, "/objectives", {**aim, "figure": figure, "title": title})
            world.objectives.append(made["id"])
        said(world, handle, f"/objectives/{world.objectives[-1]}/ending", {"reason": canary("reason")}, status=200)
        followups = [{"text": canary("follow-up"), "owner": SEAT, "due_on": day} for _ in range(2)]
        told = {"minutes": canary("minutes"), "present": [SEAT], "followups": followups}
        held = said(world, handle, "/reviews", told)
        world.reviews.append(held["id"])
        world.followups += [one["id"] for one in held["followups"]]
        said(world, handle, f"/followups/{held['followups'][0]['id']}/done", {"note": canary("note")}, status=200)
        if is_office(kind):
            said(world, handle, "/reports", {"year": 2017})


def said(world: World, handle: str, path: str, told: dict[str, Any], *, status: int = 201) -> Any:
    answer = put(f"{PATH}{path}", json.dumps(told).encode(), world.tokens[handle, Role.OFFICER], world.key(handle))
    assert answer.status == status, answer.says
    return answer.json()


def refused(world: World) -> Iterator[str]:
    """Where a deed on somebody else's governance is refused."""
    yield from (f"{PATH}/objectives/{one}/ending" for one in world.objectives)
    yield from (f"{PATH}/followups/{one}/done" for one in world.followups)


def pages(world: World) -> list[str]:
    """Pages of governance, those of others too."""
    return [
        *("/desk/governance/", "/desk/governance/objectives/new", "/desk/governance/reviews/new"),
        *("/desk/governance/report/2017", "/register/reports/"),
        *(f"/desk/governance/reviews/{one}" for one in world.reviews),
    ]
