"""Reviews at the desk: hold one, read what was said and found, what was decided and done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules.errors import NotFoundError
from mufakat.rules.objective import FIGURES, Source
from mufakat.rules.permissions import Deed
from mufakat.server.governance import governing, operations
from mufakat.server.governance.governing_faces import SaidOut
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key
from mufakat.server.web import governing_words, once, seat, words
from mufakat.server.web.accuracy import Percent
from mufakat.server.web.governing import ROUTE, asked, saved, task
from mufakat.server.web.governing_forms import ReviewForm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.http import HttpResponse

    from mufakat.server.governance.governing import Held
    from mufakat.server.governance.governing_faces import FoundOut
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.governing import Task
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded


@dataclass(frozen=True, slots=True)
class Finding:
    """What a review found of an objective."""

    figure: Coded
    state: Coded
    at_least: int
    share: Percent | None


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def hold(request: Visit, caller: Caller) -> HttpResponse:
    """Hold a review."""
    caller.require(Deed.GOVERN)
    data = request.POST if request.method == "POST" else None
    aims = governing.aims_of(caller, at=request.at)
    seats = governing.seats_of(caller)
    own = caller.seat.rpartition("/")[2]
    form = ReviewForm(data, aims=aims, seats=seats, seat=own)
    template = "web/governance_hold.html"
    if data is None:
        return asked(request, template, form)
    raw, key = form.body(), once.key_of(request)
    named = Key.of(caller.party_id, f"{ROUTE}/reviews", key, raw)
    return saved(
        request,
        (template, form, key),
        lambda: operations.hold(raw, by=caller, at=request.at, key=named),
        _("Held. Minutes and figures are kept as they are now."),
    )


@require_safe
@seat.seated
def reviews(request: Visit, caller: Caller) -> HttpResponse:
    """Every review of our party, newest first, a page at a time."""
    after = request.GET.get("after", "")
    if after and not ids.is_id(after, "rev"):
        raise NotFoundError("page of the list")
    found = governing.reviews_for(caller, after=after or None)
    context = {"reviews": found.items, "next": found.next, "after": after, "at": request.at}
    return render(request, "web/governance_reviews.html", context)


@require_safe
@seat.seated
def review(request: Visit, caller: Caller, review: str) -> HttpResponse:
    """One review: minutes, what was found, what was decided and done."""
    held = governing.held_of([governing.review_for(caller, review)])[0]
    minutes, raw = governing.opened(held.event, "minutes"), governing.opened(held.event, "figures")
    said = None if raw is None else msgspec.json.decode(raw, type=SaidOut)
    context = {
        "held": held,
        "minutes": None if minutes is None else minutes.decode(),
        "said": said,
        "found": [finding(one) for one in said.found] if said else [],
        "recorded": [
            (words.coded(governing_words.FIGURES, one.figure.value), one.part, one.whole)
            for one in (said.recorded if said else ())
        ],
        "tasks": tasks_of(held, today=request.at.date()),
        "leaf": bytes(held.event.leaf_hash).hex(),
        "at": request.at,
    }
    return render(request, "web/governance_review.html", context)


def tasks_of(held: Held, *, today: date) -> Sequence[Task]:
    """What a review decided."""
    return [task(one, {}, governs=False, today=today) for one in held.followups]


def finding(found: FoundOut) -> Finding:
    """What was found, in words."""
    low, high = (round(100 * bound) for bound in (found.lower, found.upper))
    value = round(100 * found.part / found.whole) if found.whole else 0
    measured = FIGURES[found.figure].source is not Source.NOT_YET
    return Finding(
        words.coded(governing_words.FIGURES, found.figure.value),
        words.coded(governing_words.REACHED, found.state.value),
        found.at_least,
        Percent(found.part, found.whole, value, low, high, few=False) if measured else None,
    )
