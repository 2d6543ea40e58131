"""The desk: what waits for a party, and the list of its notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from mufakat.rules.errors import NotFoundError
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.permissions import Deed, Reach
from mufakat.server.journal import ids
from mufakat.server.notices import queries
from mufakat.server.parties import contact_lists
from mufakat.server.web import seat, words
from mufakat.server.web.faces import Row

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

WAITING = 10  # Rows on the desk; the rest is in the list.


@require_safe
@seat.seated
def desk(request: Visit, caller: Caller) -> HttpResponse:
    """My party and seat, and what waits for us."""
    if caller.require(Deed.READ) is Reach.PEOPLE_AND_KEYS:
        return render(request, "web/desk_admin.html")
    rows, count = waiting(caller, at=request.at)
    context = {
        "rows": rows,
        "count": count,
        "many": queries.COUNTED if count > queries.COUNTED else None,
        "at": request.at,
        "drills": contact_lists.open_drills(caller.party_id) if seat.may(caller, Deed.ANSWER_DRILL) else 0,
        "acknowledges": seat.may(caller, Deed.ACKNOWLEDGE),
    }
    return render(request, "web/desk.html", context)


def waiting(caller: Caller, *, at: datetime) -> tuple[list[Row], int]:
    """The first of the notices in which it is our party's turn, due soonest first, and how many there are."""
    found, count = queries.waiting_for(caller, size=WAITING)
    return [Row.of(whole.notice, whole.clocks, viewer=caller, at=at) for whole in found], count


@require_safe
@seat.seated
def notices(request: Visit, caller: Caller) -> HttpResponse:
    """Our notices, newest first, a page at a time; ``state`` narrows it, ``after`` goes on."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    if (state and state not in set(NoticeState)) or (after and not ids.is_id(after, "ntc")):
        raise NotFoundError("page of the list")
    narrowed = NoticeState(state) if state else None
    page = queries.list_for(caller, state=narrowed, after=after or None, receipts=False)
    context = {
        "rows": [Row.of(whole.notice, whole.clocks, viewer=caller, at=request.at) for whole in page.items],
        "next": page.next,
        "after": after,
        "state": state,
        "states": [words.coded(words.STATES, each) for each in NoticeState],
        "at": request.at,
    }
    return render(request, "web/notices.html", context)
