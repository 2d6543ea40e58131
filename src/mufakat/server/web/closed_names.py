"""Is this name closed? Everybody asks, for one exact name at a time (I-16), as often as their door opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.shortcuts import render
from django.views.decorators.http import require_safe

from mufakat.rules import network_names
from mufakat.rules.restriction import CarryingState
from mufakat.server.register import doors
from mufakat.server.restrictions import looking_up
from mufakat.server.web import paced, restriction_words, words
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from mufakat.server.restrictions.looking_up import AtOperator, Told
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

LONGEST = 1_024  # Characters of what is asked for.


@dataclass(frozen=True, slots=True)
class OperatorFace:
    """How a name stands at one operator: what it says, and what is seen."""

    handle: str
    name: str
    says: Coded
    since: datetime
    seen: Coded | None
    seen_since: datetime | None
    asked_at: datetime | None
    overdue_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Face:
    """A restriction as whoever asked for one of its names reads it."""

    id: str
    live: bool
    shadow: bool
    emergency: bool
    state: Coded
    category: Coded
    layer: Coded
    match: Coded
    above: str
    authority: str
    authority_name: str
    platform: str
    platform_name: str
    from_at: datetime
    until: datetime
    opened_at: datetime | None
    ground: Mapping[str, str]
    reason: str
    operators: Sequence[OperatorFace]


@require_safe
@paced.through(doors.READING)
def asked(request: Visit) -> HttpResponse:
    """The form, and the answer for one name."""
    text = request.GET.get("name", "")
    name = name_of(text)
    told = looking_up.look_up(name, at=request.at) if name else []
    faces = [face_of(one, name or "") for one in told]
    context = {
        "text": text[:LONGEST],
        "name": name,
        "asked": bool(text.strip()),
        "closed": [one for one in faces if one.live],
        "others": [one for one in faces if not one.live],
        "still": [one.id for one in faces if not one.live and any(still_closed(each) for each in one.operators)],
        "at": request.at,
    }
    response = render(request, "web/closed_names.html", context, status=422 if text.strip() and not name else 200)
    # What somebody asks for is nobody else's business.
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


def name_of(text: str) -> str | None:
    """The name that is asked for; of a whole address its host. None where there is none."""
    plain = text[:LONGEST].strip()
    if "/" in plain:
        try:
            plain = urlsplit(plain if "://" in plain else f"//{plain}").hostname or ""
        except ValueError:
            return None
    return network_names.sought(plain)


def face_of(told: Told, name: str) -> Face:
    """A restriction in words."""
    row, closed = told.restriction, told.closed
    return Face(
        id=row.id,
        live=told.is_live,
        shadow=row.shadow,
        emergency=row.emergency,
        state=coded(restriction_words.STATES, row.state),
        category=coded(words.CATEGORIES, row.list),
        layer=coded(restriction_words.LAYERS, row.layer),
        match=coded(restriction_words.MATCHES, row.match),
        above=closed.name if closed.name != name else "",
        authority=row.authority.handle,
        authority_name=row.authority.name,
        platform=row.platform.handle if row.platform else "",
        platform_name=row.platform.name if row.platform else "",
        from_at=row.published_at or row.since,
        until=row.sunset_at,
        opened_at=None if told.is_live else told.opened_at,
        ground=told.ground,
        reason=told.reason,
        operators=[operator_of(one) for one in told.operators],
    )


def operator_of(one: AtOperator) -> OperatorFace:
    """One operator."""
    row, seen = one.carrying, one.seen
    return OperatorFace(
        row.operator.handle,
        row.operator.name,
        coded(restriction_words.CARRYING, row.state),
        row.since,
        coded(restriction_words.SIGHTINGS, seen.state) if seen else None,
        seen.since if seen else None,
        seen.asked_at if seen else None,
        one.named_since,
        row.due_at,
    )


def still_closed(one: OperatorFace) -> bool:
    """Whether the name is to be open there, and is not seen to be."""
    return one.says.code == CarryingState.OPENING and (one.seen is None or one.seen.code == "closed")
