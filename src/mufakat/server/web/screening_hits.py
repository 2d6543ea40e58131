"""Hits at the desk: what was found, where and by what; a reviewer lets a held item go, or blocks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules.filtering import HitState
from mufakat.server.filters import operations, queries
from mufakat.server.web import screening_hit_faces as faces, screening_words, seat
from mufakat.server.web.screening_desk import key_for, narrowed, shown, taken
from mufakat.server.web.screening_hit_forms import BlockForm, ReleaseForm
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse
    from django.utils.functional import Promise

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

DEEDS = ("release", "block")
DONE: Mapping[str, Promise] = {
    "release": gettext_lazy("Let go. Your own systems are told to show it again."),
    "block": gettext_lazy("Blocked, by a decision of yours. Its author has the reasons, and can appeal."),
}
HELP: Mapping[str, Promise] = {
    "release": gettext_lazy("Optional. It stays with the hit."),
    "block": gettext_lazy("Optional. It stays with the hit; its author does not read it."),
}


@require_safe
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """Our hits, newest first."""
    state, after = narrowed(request, HitState, "hit")
    page = queries.hits(caller, state=state, after=after or None)
    context = {
        "rows": [faces.row_of(one) for one in page.items],
        "next": page.next,
        "after": after,
        "state": state or "",
        "states": [coded(screening_words.HIT_STATES, one) for one in screening_words.HIT_STATES],
    }
    return shown(request, "web/screening_hits.html", context)


@require_safe
@seat.seated
def one(request: Visit, caller: Caller, hit: str) -> HttpResponse:
    """One hit."""
    return _page(request, caller, hit)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def act(request: Visit, caller: Caller, hit: str, deed: str) -> HttpResponse:
    """Let it go, or block it. Whoever only opens the address is led to the hit."""
    if request.method != "POST":
        return redirect("screening-hit", hit)
    queries.hit_for(caller, hit)
    form = _form(deed, request.POST)
    raw = form.body()
    key = key_for(request, caller, raw)
    operation = operations.release if deed == "release" else operations.block
    status, answer = taken(form, lambda: operation(hit, raw, by=caller, key=key))
    if answer is None:
        return _page(request, caller, hit, form=form, status=status)
    messages.success(request, str(DONE[deed]))
    return redirect("screening-hit", hit)


def _form(deed: str, data: object = None) -> ReleaseForm | BlockForm:
    form = ReleaseForm if deed == "release" else BlockForm
    return form(data, of=deed, help_text=HELP[deed])


def _page(
    request: Visit, caller: Caller, hit: str, *, form: ReleaseForm | BlockForm | None = None, status: int = 200
) -> HttpResponse:
    face = faces.face_of(queries.whole_hit(queries.hit_for(caller, hit)), caller)
    offers = {"release": face.releases, "block": face.blocks}
    forms = {deed: _form(deed) for deed, is_open in offers.items() if is_open}
    if form is not None:
        forms[form.of] = form
    return shown(request, "web/screening_hit.html", {"hit": face, "forms": forms}, form=form, status=status)
