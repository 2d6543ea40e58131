"""The list of measures that wait for people of a platform: to approve, to carry out, to undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules.decision import MAX_ITEMS
from mufakat.rules.errors import MeasureStandsError, NotFoundError, NotPermittedError
from mufakat.rules.measure import MeasureDeed, MeasureState
from mufakat.rules.permissions import Deed
from mufakat.server.decisions import operations, queries
from mufakat.server.decisions.errors import NeedsSecondPersonError
from mufakat.server.decisions.measures import PERMITTED
from mufakat.server.journal import ids
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import queries as notices
from mufakat.server.web import decision_words, errors, inert, measure_faces, notice as pages, seat, words
from mufakat.server.web.measure_faces import NEEDS_WORDS, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

MOST = MAX_ITEMS  # Measures of one form: no decision orders more.
SHOWN = (MeasureState.CONFIRMED, MeasureState.FAILED, MeasureState.DECLINED, MeasureState.REVERTED)
"""The states by which the list can be narrowed, besides what waits."""


@require_safe
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """What waits for our party, oldest first; ``state`` shows what became of the others, ``after`` goes on."""
    require_seat(caller)
    return page(request, caller)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def move(request: Visit, caller: Caller, deed: str) -> HttpResponse:
    """Approve, decline, confirm, or say that it could not be done: of all measures that are ticked."""
    if request.method != "POST":
        return redirect("measures")
    act = MeasureDeed(deed)
    caller.require(PERMITTED[act])
    state = request.POST.get("state", "")
    form = measure_faces.form_of(state, request.POST)
    ticked = [one for one in request.POST.getlist("measure") if ids.is_id(one, "mea")][:MOST]
    sent = Sent(state, form, frozenset(ticked))
    if form.is_valid() and act in NEEDS_WORDS and not form.cleaned_data["text"]:
        form.add_error("text", _("Say why: the sender reads it."))
    if not ticked:
        form.add_error(None, _("Tick at least one of them."))
    if form.errors:
        return back_page(request, caller, sent, status=422)
    try:
        done, late = said_of(caller, act, ticked, form.cleaned_data["text"], state=state)
    except NeedsSecondPersonError:
        messages.error(request, _("You decided it yourself. What cannot be undone needs a second person."))
        return back_page(request, caller, sent, status=403)
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
        response = back_page(request, caller, sent, status=status)
        response["Retry-After"] = errors.RETRY
        return response
    if done:
        messages.success(request, _("Noted, and the sender is told. Measures: %(count)d") % {"count": done})
    if late:
        messages.warning(request, _("Some of them stood otherwise by now: see how they stand below."))
    notice = back_to(request)
    return redirect(reverse("notice", args=[notice]) + "#decision" if notice else reverse("measures"))


def said_of(caller: Caller, deed: MeasureDeed, ticked: Sequence[str], text: str, *, state: str) -> tuple[int, int]:
    """Say it of each; how many it was taken of, and how many had moved on meanwhile. Saying it again is harmless.

    `state` is where they stood on the page: what was said of carrying them out is not said of undoing them.
    """
    undone = state == MeasureState.REVERTING if state in set(MeasureState) else None
    done = late = 0
    for measure in ticked:
        try:
            DO[deed](measure, caller, text, undone)
        except MeasureStandsError:
            late += 1
        else:
            done += 1
    return done, late


DO: dict[MeasureDeed, Callable[[str, Caller, str, bool | None], object]] = {
    MeasureDeed.APPROVE: lambda one, by, text, _undone: operations.approve_measure(one, by=by, note=text),
    MeasureDeed.DECLINE: lambda one, by, text, _undone: operations.decline_measure(one, by=by, reason=text),
    MeasureDeed.CONFIRM: lambda one, by, text, undone: operations.confirm_measure(one, by=by, note=text, undone=undone),
    MeasureDeed.FAIL: lambda one, by, text, undone: operations.fail_measure(one, by=by, reason=text, undone=undone),
}


def require_seat(caller: Caller) -> None:
    """Raise unless the list is for this seat."""
    if not measure_faces.may_see_tasks(caller):
        raise NotPermittedError(Deed.CONFIRM_MEASURE, caller.role)


def back_to(request: Visit) -> str:
    """The notice on whose page the form stood; nothing else is believed."""
    back = request.POST.get("back", "")
    return back if ids.is_id(back, "ntc") else ""


def back_page(request: Visit, caller: Caller, sent: Sent, *, status: int) -> HttpResponse:
    """The page on which the form stood, with what was typed."""
    notice = back_to(request)
    if notice:
        return pages.page(request, caller, notice, measures=sent, status=status)
    return page(request, caller, sent=sent, status=status)


def page(request: Visit, caller: Caller, *, sent: Sent | None = None, status: int = 200) -> HttpResponse:
    """The list, with a form as it was sent."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    if (state and state not in set(MeasureState)) or (after and not ids.is_id(after, "mea")):
        raise NotFoundError("page of the list")
    found = queries.tasks_for(caller, state=MeasureState(state) if state else None, after=after or None)
    pointers = notices.pointed_at([(row.decision.notice_id, row.position) for row in found.items])
    shown = [
        (row, inert.defanged(text) if (text := pointers.get((row.decision.notice_id, row.position))) else None)
        for row in found.items
    ]
    open_ = not state or state == MeasureState.FAILED
    context = {
        "groups": measure_faces.groups_of(caller, shown, sent=sent) if open_ else [],
        "rows": [] if open_ else [measure_faces.face_of(row, locator) for row, locator in shown],
        "state": state,
        "states": [words.coded(decision_words.MEASURE_STATES, one) for one in SHOWN],
        "next": found.next,
        "after": after,
        "at": request.at,
    }
    return render(request, "web/measures.html", context, status=status)
