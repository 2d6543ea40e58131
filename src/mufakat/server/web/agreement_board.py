"""How every agreement stands, for everybody: on the front page the newest, on a page of their own all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import render
from django.views.decorators.http import require_safe

from mufakat.rules.errors import NotFoundError
from mufakat.server.agreements import board
from mufakat.server.journal import ids
from mufakat.server.register import doors
from mufakat.server.web import agreement_words, words
from mufakat.server.web.agreement_faces import in_ours
from mufakat.server.web.paced import through

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from mufakat.server.agreements.board import Standing
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

ON_FRONT = 10


@dataclass(frozen=True, slots=True)
class Face:
    """One of them, with the words of its codes."""

    standing: Standing
    title: str
    state: Coded
    points: Sequence[tuple[Coded, Coded]]


@require_safe
@through(doors.READING)
def listed(request: HttpRequest) -> HttpResponse:
    """All of them, newest first, a page at a time."""
    visit, after = cast("Visit", request), request.GET.get("after", "")
    if after and not ids.is_id(after, "agr"):
        raise NotFoundError("page of the list")
    page = board.page(at=visit.at, after=after or None)
    context = {"standings": faces_of(page.items), "next": page.next, "after": after, "at": visit.at}
    return render(request, "web/agreements_public.html", context)


def part(at: datetime) -> dict[str, Any]:
    """What the front page shows of them."""
    page = board.page(at=at, size=ON_FRONT)
    if not page.items:
        return {"agreements": None, "standings": []}
    counts = {state.value: count for state, count in board.counts(at=at).items()}
    return {"agreements": counts, "standings": faces_of(page.items), "at": at}


def faces_of(standings: Sequence[Standing]) -> Sequence[Face]:
    """The same with words."""
    return [
        Face(
            one,
            in_ours(one.title_id, one.title_en),
            words.coded(agreement_words.STATES, one.state),
            [
                (words.coded(agreement_words.POINTS, name), words.coded(agreement_words.POINT_STATES, state))
                for name, state in one.points
            ],
        )
        for one in standings
    ]
