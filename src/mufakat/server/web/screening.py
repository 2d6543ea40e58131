"""Screening at the desk: how it stands, and what to do first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.views.decorators.http import require_safe

from mufakat.rules.filtering import LEAST, PolicyState
from mufakat.rules.permissions import Deed
from mufakat.server.filters import overview
from mufakat.server.web import screening_hit_faces as hit_faces, screening_words, seat
from mufakat.server.web.screening_desk import shown
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from mufakat.server.filters.overview import Hitting
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit


@require_safe
@seat.seated
def start(request: Visit, caller: Caller) -> HttpResponse:
    """The live policy and its shadow runs, what waits, and the last seven days."""
    found = overview.overview(caller, at=request.at)
    context = {
        "found": found,
        "live": found.live,
        "shadows": [one for one in found.open if one.state == PolicyState.SHADOW],
        "proposed": [one for one in found.open if one.state == PolicyState.PROPOSED],
        "held": [hit_faces.row_of(one) for one in found.held],
        "week": _week(found.week),
        "days": overview.DAYS,
        "least": LEAST,
        "live_state": coded(screening_words.POLICY_STATES, PolicyState.LIVE),
        "reviews": seat.may(caller, Deed.REVIEW_ENTRY),
        "proposes": seat.may(caller, Deed.PROPOSE_POLICY),
        "begun": bool(found.banks or found.live or found.open),
    }
    return shown(request, "web/screening.html", context)


@dataclass
class Version:
    """A version in the last days: how many items it saw, in earnest or in shadow, and what its rules found."""

    name: str
    seen: int = 0
    shadow: int = 0
    rules: list[Hitting] = field(default_factory=list)


def _week(rows: Sequence[Hitting]) -> list[Version]:
    made: dict[str, Version] = {}
    for row in rows:
        name = f"{row.policy}/{row.version}"
        one = made.setdefault(name, Version(name))
        if row.rule:
            one.rules.append(row)
        elif row.shadow:
            one.shadow = row.many
        else:
            one.seen = row.many
    return list(made.values())
