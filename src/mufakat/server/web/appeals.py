"""Appeals at the desk: those that wait for us, one of them with its resolution, and the form by which we contest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules import appeal as rules, statement_text
from mufakat.rules.appeal import AppealState, BadAppealError, DeciderError, Standing
from mufakat.rules.errors import IdempotencyKeyError, NotFoundError, NotNowError, NotPermittedError
from mufakat.rules.permissions import Deed
from mufakat.server.appeals import operations, queries
from mufakat.server.decisions import queries as decisions, wording
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import exhibits, queries as notices
from mufakat.server.web import appeal_words, decision_words, errors, faces, once, seat, words
from mufakat.server.web.appeal_forms import Judged, LodgeForm, ResolveForm
from mufakat.server.web.appealing import face_of
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from mufakat.server.appeals.queries import Appeal
    from mufakat.server.decisions.queries import Decision, Whole
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit


@require_safe
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """The appeals about our notices and decisions, newest first; ``state`` narrows them, ``after`` goes on."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    if (state and state not in set(AppealState)) or (after and not ids.is_id(after, "apl")):
        raise NotFoundError("page of the list")
    page = queries.list_for(caller, state=AppealState(state) if state else None, after=after or None)
    context = {
        "rows": [(face_of(one), one.appeal) for one in page.items],
        "next": page.next,
        "after": after,
        "state": state,
        "states": [words.coded(appeal_words.STATES, one) for one in AppealState],
        "at": request.at,
    }
    return render(request, "web/appeals.html", context)


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, appeal: str) -> HttpResponse:
    """One appeal, with what it is about."""
    return page(request, caller, queries.get_for(caller, appeal))


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def resolve(request: Visit, caller: Caller, appeal: str) -> HttpResponse:
    """Say what comes of it. Whoever only opens the address is led to the appeal and changes nothing."""
    if request.method != "POST":
        return redirect("appeal-shown", appeal)
    found = queries.get_for(caller, appeal, deed=Deed.RESOLVE_APPEAL)
    whole = decisions.whole(decisions.known(found.decision_id))
    form = resolve_form(found, whole, request)
    if not form.is_valid():
        return page(request, caller, found, form=form, status=422)
    raw = form.body()
    key = Key.of(caller.party_id, f"POST /desk/appeals/{appeal}/resolve", once.key_of(request), raw)
    status = taken(form, lambda: operations.resolve(appeal, raw, by=caller, key=key))
    if status is not None:
        return page(request, caller, queries.get_for(caller, appeal), form=form, status=status)
    messages.success(request, _("Resolved. Both sides are told, with your reasons, and whoever appealed reads it."))
    return redirect("appeal-shown", appeal)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def lodge(request: Visit, caller: Caller, decision: str) -> HttpResponse:
    """Contest a decision. Only the button lodges anything."""
    found = queries.require_decision(caller, decision)
    form = LodgeForm(request.POST if request.method == "POST" else None, auto_id="lodge-%s", label_suffix="")
    status: int | None = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            raw = form.body()
            key = Key.of(caller.party_id, f"POST /desk/decisions/{decision}/appeal", once.key_of(request), raw)
            status = taken(form, lambda: operations.lodge(decision, raw, by=caller, at=request.at, key=key))
        if status is None:
            messages.success(request, _("Lodged. The other side is told, with your reasons."))
            return redirect(reverse("notice", args=[found.notice_id]) + "#appeals")
    context = {
        "decision": found,
        "form": form,
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        **about(request, found, decisions.whole(found)),
    }
    return render(request, "web/appeal_lodge.html", context, status=status)


def taken(form: Judged, do: Callable[[], Any]) -> int | None:
    """Do it; None where it was done, else the status with which the form is shown again, the faults in it."""
    try:
        once.done(do)
    except BadAppealError as error:
        form.place(error.faults)
        return 422
    except DeciderError:
        form.add_error(None, _("You made this decision yourself: somebody else of your party resolves the appeal."))
        return 403
    except (NotNowError, IdempotencyKeyError) as error:
        form.add_error(None, english(str(error)))
        return 409
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
        return status
    return None


def page(
    request: Visit, caller: Caller, found: Appeal, *, form: ResolveForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of an appeal, with the form for whoever may resolve it."""
    whole = decisions.whole(decisions.known(found.decision_id))
    may = found.state == AppealState.LODGED and may_resolve(caller, found)
    decided = seat.may(caller, Deed.RESOLVE_APPEAL) and found.decider_id == caller.person_id
    files = exhibits.of_appeals(caller, found.notice).get(found.id, [])
    context = {
        "appeal": face_of(queries.whole(found)),
        "row": found,
        "files": faces.file_faces(files),
        "form": form or (resolve_form(found, whole) if may else None),
        "decided": decided and found.state == AppealState.LODGED,
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        **about(request, whole.decision, whole),
    }
    return render(request, "web/appeal_shown.html", context, status=status)


def about(request: Visit, found: Decision, whole: Whole) -> dict[str, Any]:
    """The decision that is contested, as its statement of reasons says it."""
    links = faces.link_faces(notices.pointers(found.notice))
    told = wording.told(whole, found.notice, shown=[one.shown for one in links])
    spoken = statement_text.tongue_of(get_language() or "en")
    zone = timezone.get_current_timezone()
    return {
        "statement": statement_text.statement(told, zone=zone, at=request.at, tongue=spoken),
        "language": found.language,
        "decision_state": words.coded(decision_words.DECISION_STATES, decisions.state_of(found)),
        "at": request.at,
    }


def resolve_form(found: Appeal, whole: Whole, request: Visit | None = None) -> ResolveForm:
    """The form, with the measures of which a part could be undone."""
    contested = queries.contested(whole)
    standing = [one for one in whole.measures if one.id in contested.measures]
    partly = rules.partly_open(contested, Standing(found.standing))
    return ResolveForm(request.POST if request is not None else None, standing=standing, partly=partly)


def may_resolve(caller: Caller, found: Appeal) -> bool:
    """Whether the form stands there."""
    return seat.may(caller, Deed.RESOLVE_APPEAL) and rules.may_resolve(
        caller.role,
        person=caller.person_id,
        party=caller.party_id,
        decider=found.decider_id,
        recipient=found.party_id,
    )


def part(caller: Caller, notice: str, *, at: Any) -> dict[str, Any]:
    """What the page of a notice shows: the appeals, and whether this seat may lodge one against what stands."""
    standing = decisions.standing_of(notice)
    lodges = None
    if standing is not None:
        try:
            lodges = queries.require_decision(caller, standing.id)
        except (NotFoundError, NotPermittedError):
            lodges = None
    until = rules.until(lodges.appeal_until, decided_at=lodges.decided_at) if lodges else None
    return {
        "appeals": [(face_of(one), one.appeal) for one in queries.of_notice(caller, notice)],
        "contestable": lodges if until is not None and rules.is_open(until, at=at) else None,
        "contestable_until": until,
    }
