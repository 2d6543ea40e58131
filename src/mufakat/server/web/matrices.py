"""Every name of a restriction at every operator, as the probes see it: for its parties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from mufakat.rules.errors import NotFoundError
from mufakat.server.restrictions import matrix, queries
from mufakat.server.web import restriction_faces as laid, restriction_words, seat
from mufakat.server.web.register_values import moment_of
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.matrix import OperatorOut, SpotOut
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

ROWS = 100  # Names on one page.


@dataclass(frozen=True, slots=True)
class SpotFace:
    """How a name is answered at an operator."""

    operator: str
    state: Coded
    since: datetime | None


@dataclass(frozen=True, slots=True)
class NameFace:
    """A name at every operator."""

    name: str
    lifted: bool
    spots: Sequence[SpotFace]


@dataclass(frozen=True, slots=True)
class OperatorFace:
    """An operator: what it says, what its resolvers answer, and when the lifted names were open there."""

    handle: str
    carrying: Coded
    resolvers: int
    ready: int
    closed: int
    open: int
    silent: int
    asked_at: datetime | None
    due_at: datetime | None
    overdue_at: datetime | None
    first: datetime | None
    half: datetime | None
    all: datetime | None


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, restriction: str) -> HttpResponse:
    """The matrix; ``page`` counts from 1. An operator sees its own column (`matrix.matrix`)."""
    row = queries.get_for(caller, restriction)
    found = matrix.matrix(row, viewer=caller)
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.isdigit() and 0 < len(number) < 6 and int(number) > 0):
        raise NotFoundError("page")
    start = (int(number) - 1) * ROWS
    if start and start >= len(found.names):
        raise NotFoundError("page")
    context = {
        "restriction": laid.face_of(queries.whole(row), caller, at=request.at),
        "operators": [_operator(one) for one in found.operators],
        "names": [
            NameFace(one.name, one.lifted, [_spot(each) for each in one.operators])
            for one in found.names[start : start + ROWS]
        ],
        "total": found.total,
        "asked": found.asked,
        "page": int(number),
        "before": int(number) - 1,
        "next": int(number) + 1 if start + ROWS < len(found.names) else 0,
        "at": request.at,
    }
    return render(request, "web/restriction_matrix.html", context)


def _operator(one: OperatorOut) -> OperatorFace:
    return OperatorFace(
        one.operator,
        coded(restriction_words.CARRYING, one.carrying),
        one.resolvers,
        one.ready,
        one.closed,
        one.open,
        one.silent,
        _at(one.asked_at),
        _at(one.due_at),
        _at(one.overdue_since),
        _at(one.opened.first),
        _at(one.opened.half),
        _at(one.opened.all),
    )


def _spot(one: SpotOut) -> SpotFace:
    return SpotFace(one.operator, coded(restriction_words.SIGHTINGS, one.state), _at(one.since))


def _at(text: str | None) -> datetime | None:
    return moment_of(text) if text is not None else None
