"""The desk: what waits for a party, and the list of its notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from mufakat.rules.errors import NotFoundError
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.permissions import Deed, Reach
from mufakat.server.agreements import waiting as agreements
from mufakat.server.decisions import queries as decisions
from mufakat.server.filters import overview as screening
from mufakat.server.governance import governing
from mufakat.server.journal import ids
from mufakat.server.notices import queries
from mufakat.server.notices.waiting import Hands, Place
from mufakat.server.parties import contact_lists, mandates, shares
from mufakat.server.restrictions import waiting as restrictions
from mufakat.server.web import climbing, measure_faces, seat, words
from mufakat.server.web.faces import Row

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

WAITING = 20  # Rows on one page of the desk.


@require_safe
@seat.seated
def desk(request: Visit, caller: Caller) -> HttpResponse:
    """My party and seat, and what waits for us; ``hands`` narrows it, ``after`` goes on behind a former page."""
    if caller.require(Deed.READ) is Reach.PEOPLE_AND_KEYS:
        proposals = shares.open_proposals() if mandates.keeps(caller) else 0
        return render(request, "web/desk_admin.html", {"proposals": proposals})
    hands, after = request.GET.get("hands", ""), request.GET.get("after", "")
    place = Place.parse(after) if after else None
    if hands not in set(Hands) or (after and place is None):
        raise NotFoundError("page of the desk")
    found, count = queries.waiting_for(caller, size=WAITING + 1, hands=Hands(hands), after=place)
    acknowledges = seat.may(caller, Deed.ACKNOWLEDGE)
    shown = found[:WAITING]
    context = {
        "rows": [Row.of(whole, viewer=caller, at=request.at, acknowledges=acknowledges) for whole in shown],
        "count": count,
        "hands": hands,
        "narrows": [(one.value, words.HANDS[one]) for one in Hands] if seat.may(caller, Deed.MESSAGE) else [],
        "after": after,
        "next": str(Place.of(shown[-1].notice)) if len(found) > WAITING else "",
        "many": queries.COUNTED if count > queries.COUNTED else None,
        "at": request.at,
        "drills": contact_lists.open_drills(caller.party_id) if seat.may(caller, Deed.ANSWER_DRILL) else 0,
        "acknowledges": acknowledges,
        "measures": decisions.waiting_for(caller) if measure_faces.may_see_tasks(caller) else 0,
        "talks": agreements.count_for(caller.party_id) if seat.may(caller, Deed.PROPOSE_POINT) else 0,
        "restrictions": restrictions.count_for(caller),
        "screening": screening.waiting_for(caller),
        "governing": governing.due(caller, today=request.at.date()) if seat.may(caller, Deed.GOVERN) else 0,
        **climbing.on_desk(caller, at=request.at),
    }
    return render(request, "web/desk.html", context)


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
        "rows": [Row.of(whole, viewer=caller, at=request.at) for whole in page.items],
        "next": page.next,
        "after": after,
        "state": state,
        "states": [words.coded(words.STATES, each) for each in NoticeState],
        "at": request.at,
    }
    return render(request, "web/notices.html", context)
