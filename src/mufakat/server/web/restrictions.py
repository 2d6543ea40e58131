"""Restrictions at the desk: the list, the order with what the guard finds, and every deed on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from mufakat.rules.errors import (
    BadRestrictionError,
    IdempotencyKeyError,
    NotFoundError,
    NotNowError,
    NotPermittedError,
    RestrictionStandsError,
)
from mufakat.rules.permissions import Deed
from mufakat.rules.restriction import RestrictionState
from mufakat.server.journal import ids, queries as journal
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import WriteError
from mufakat.server.restrictions import operations, queries
from mufakat.server.restrictions.lifting import lift_by
from mufakat.server.web import (
    agreements,
    errors,
    once,
    receipts,
    restriction_faces as laid,
    restriction_offers as offered,
    restriction_words,
    seat,
    words,
)
from mufakat.server.web.draft_form import english
from mufakat.server.web.restriction_form import LiftForm, NoteForm, OrderForm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from django.utils.functional import Promise

    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.agreement_forms import Judged
    from mufakat.server.web.restriction_offers import Looked
    from mufakat.server.web.seat import Visit

DEEDS = ("approve", "refuse", "answer", "confirm", "withdraw")
DONE: Mapping[str, Promise] = {
    "approve": gettext_lazy("Approved. It goes on when the other approval is there and the platform was heard."),
    "refuse": gettext_lazy("Refused. Nothing is closed; the platform is told."),
    "answer": gettext_lazy("Said. Your answer is attached to the restriction, and the authority reads it."),
    "confirm": gettext_lazy("Noted. The authority and the platform see it, and so does everybody in the register."),
    "withdraw": gettext_lazy("Taken back. Nothing is closed; the platform is told."),
}
HELP: Mapping[str, Promise] = {
    "approve": gettext_lazy("The platform reads it, and it stays. Reasons are needed where the guard asks for them."),
    "refuse": gettext_lazy("Why not. The proposer reads it, and it stays."),
    "answer": gettext_lazy("What the platform has done, will do, or will not do, and why. The authority weighs it."),
    "confirm": gettext_lazy("Optional."),
    "withdraw": gettext_lazy("Why. The approvers read it, and it stays."),
}


@require_safe
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """The restrictions that concern us, newest first; ``state`` narrows them, ``after`` goes on."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    if (state and state not in set(RestrictionState)) or (after and not ids.is_id(after, "rst")):
        raise NotFoundError("page of the list")
    page = queries.page(caller, state=RestrictionState(state) if state else None, after=after or None)
    context = {
        "rows": [laid.row_of(whole, caller) for whole in page.items],
        "next": page.next,
        "after": after,
        "state": state,
        "states": [words.coded(restriction_words.STATES, one) for one in RestrictionState],
        "proposes": seat.may(caller, Deed.PROPOSE_RESTRICTION),
        "resolves": seat.may(caller, Deed.MANAGE_RESOLVERS),
        "at": request.at,
    }
    return render(request, "web/restrictions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def new(request: Visit, caller: Caller) -> HttpResponse:
    """The order; a POST proposes it."""
    caller.require(Deed.PROPOSE_RESTRICTION)
    form = form_for(request, caller)
    if request.method != "POST":
        return ordering(request, form, status=200)
    raw = form.body()
    key = Key.of(caller.party_id, "POST /desk/restrictions/new", once.key_of(request), raw)
    made: list[str] = []

    def do() -> None:
        made.append(once.done(lambda: operations.propose(raw, by=caller, at=request.at, key=key)).subject)

    status = taken(form, do)
    if status is None:
        messages.success(
            request, _("Proposed. Nothing is closed yet: two approvers look at it, and the platform is asked.")
        )
        return redirect("restriction", made[0])
    return ordering(request, form, status=status, looked=offered.looked_at(form, by=caller, at=request.at))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@seat.seated
def names(request: Visit, caller: Caller) -> HttpResponse:
    """What the guard finds about each name: a part of the page for htmx, else the whole. Nothing is stored."""
    caller.require(Deed.PROPOSE_RESTRICTION)
    if request.method != "POST":
        return redirect("restriction-new")
    form = form_for(request, caller)
    looked = offered.looked_at(form, by=caller, at=request.at)
    if request.headers.get("HX-Request") == "true":
        return render(request, "web/restriction_names.html", {"looked": looked})
    return ordering(request, form, status=200, looked=looked)


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, restriction: str) -> HttpResponse:
    """One restriction."""
    return page(request, caller, restriction)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def act(request: Visit, caller: Caller, restriction: str, deed: str) -> HttpResponse:
    """Approve, refuse, answer or confirm. Whoever only opens the address is led to the restriction."""
    if request.method != "POST":
        return redirect("restriction", restriction)
    queries.get_for(caller, restriction)
    form = NoteForm(request.POST, of=deed, help_text=HELP[deed])
    raw = form.body(refuse=deed == "refuse")
    key = Key.of(caller.party_id, f"POST /desk/restrictions/{restriction}/{deed}", once.key_of(request), raw)
    status = taken(form, lambda: once.done(lambda: done(deed, restriction, raw, by=caller, at=request.at, key=key)))
    if status is not None:
        return page(request, caller, restriction, form=form, status=status)
    messages.success(request, str(DONE[deed]))
    return redirect("restriction", restriction)


def done(  # noqa: PLR0913 - a deed and all that it is done with.
    deed: str, restriction: str, raw: bytes, *, by: Caller, at: datetime, key: Key
) -> Answer:
    """The deed. What is not published yet is taken back by the act that lifts."""
    if deed in {"approve", "refuse"}:
        return operations.approve(restriction, raw, by=by, at=at, key=key)
    operation = {"answer": operations.object_to, "confirm": operations.confirm, "withdraw": lift_by}[deed]
    return operation(restriction, raw, by=by, key=key)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def lift(request: Visit, caller: Caller, restriction: str) -> HttpResponse:
    """Open it again: one page, one button. The button lifts, opening the page changes nothing."""
    row = queries.get_for(caller, restriction, deed=Deed.LIFT_RESTRICTION)
    form = LiftForm(request.POST if request.method == "POST" else None, of="lift", help_text=_("Optional. It stays."))
    if request.method != "POST":
        return lifting(request, caller, row, form, status=200)
    some = request.POST.get("what") == "some"
    if some and not form.lines("names"):
        form.add_error("names", _("Name at least one."))
        return lifting(request, caller, row, form, status=422)
    raw = form.body(some=some)
    key = Key.of(caller.party_id, f"POST /desk/restrictions/{restriction}/lift", once.key_of(request), raw)
    status = taken(form, lambda: once.done(lambda: lift_by(restriction, raw, by=caller, key=key)))
    if status is not None:
        return lifting(request, caller, queries.get_for(caller, restriction), form, status=status)
    messages.success(
        request, _("Lifted: off the lists now. Every operator is told, and followed until it is open there.")
    )
    return redirect("restriction", restriction)


@require_safe
@seat.seated
def names_file(request: Visit, caller: Caller, restriction: str) -> HttpResponse:
    """The names that it still closes, one a line: for its parties alone (I-16)."""
    del request
    row = queries.get_for(caller, restriction)
    headers = {"Content-Disposition": f'attachment; filename="{row.id}.txt"'}
    text = "".join(f"{name}\n" for name in queries.names_of(row))
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


@require_safe
@seat.seated
def receipt(request: Visit, caller: Caller, restriction: str, event: str) -> HttpResponse:
    """The receipt of one event as a file, for ``mufakat verify``."""
    whole = queries.whole(queries.get_for(caller, restriction))
    face = {step.event for step in laid.steps_of(whole, caller)}
    if event not in face:
        raise NotFoundError("event")
    return receipts.download(request, journal.by_id([event])[event])


def page(
    request: Visit, caller: Caller, restriction: str, *, form: NoteForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a restriction, with the forms that this seat may use."""
    face = laid.face_of(queries.whole(queries.get_for(caller, restriction)), caller, at=request.at)
    open_deeds = {
        "approve": face.offers.approve,
        "refuse": face.offers.refuse,
        "answer": face.offers.answer,
        "confirm": bool(face.offers.confirm),
        "withdraw": face.offers.withdraw,
    }
    forms = {of: NoteForm(of=of, help_text=HELP[of]) for of, is_open in open_deeds.items() if is_open}
    if form is not None:
        forms[form.of] = form
    context = {
        "restriction": face,
        "forms": forms,
        "sent": form.of if form is not None else "",
        "summary": form.summary() if form is not None else [],
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        "at": request.at,
    }
    return agreements.failed_or(render(request, "web/restriction.html", context, status=status))


def lifting(request: Visit, caller: Caller, row: queries.Restriction, form: LiftForm, *, status: int) -> HttpResponse:
    """The page on which it is lifted."""
    face = laid.face_of(queries.whole(row), caller, at=request.at)
    context = {
        "restriction": face,
        "form": form,
        "some": request.POST.get("what") == "some",
        "summary": form.summary() if request.method == "POST" else [],
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        "at": request.at,
    }
    return agreements.failed_or(render(request, "web/restriction_lift.html", context, status=status))


def ordering(request: Visit, form: OrderForm, *, status: int, looked: Looked | None = None) -> HttpResponse:
    """The form with whatever was typed."""
    context = {
        "form": form,
        "looked": looked,
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        "summary": form.summary() if status >= 400 else [],
    }
    response = agreements.failed_or(render(request, "web/restriction_new.html", context, status=status))
    # No "no-store" here: a browser that steps back must find what was typed.
    response["Cache-Control"] = "private, no-cache"
    return response


def form_for(request: Visit, caller: Caller) -> OrderForm:
    """The order with what this party can name."""
    data = request.POST if request.method == "POST" else None
    return OrderForm(data, offers=offered.offers_for(caller), at=request.at)


def taken(form: Judged, do: Callable[[], Any]) -> int | None:
    """Do it; None where it was done, else the status with which the page is shown again, and why in the form."""
    try:
        do()
    except BadRestrictionError as error:
        form.place(error.faults)
        return 422
    except (RestrictionStandsError, NotNowError, IdempotencyKeyError) as error:
        form.add_error(None, english(str(error)))
        return 409
    except NotPermittedError as error:
        if type(error) is NotPermittedError:
            raise
        form.add_error(None, english(str(error)))  # A deed of this seat, and not on this restriction.
        return 403
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
        return status
    return None
