"""Deciding on a notice: the form on its page, and the texts that it may begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mufakat.rules.errors import (
    BadDecisionError,
    IdempotencyKeyError,
    IllegalTransitionError,
    KeyReusedError,
    NotFoundError,
    NotPermittedError,
    RefusedError,
)
from mufakat.rules.permissions import Deed
from mufakat.server.decisions import operations
from mufakat.server.decisions.errors import SameDeciderError
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import queries
from mufakat.server.web import decision_offer, errors, faces, notice as pages, once, seat
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from django.http import HttpResponse, QueryDict

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.decision_form import DecisionForm
    from mufakat.server.web.seat import Visit


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def decide(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """Decide. Whoever only opens the address is led to the notice and changes nothing."""
    if request.method != "POST":
        return redirect("notice", notice)
    form = form_for(caller, notice, request.POST)
    key = once.key_of(request)
    if form.open_blanks():
        return shown(request, caller, notice, form, key=key, status=422)
    raw = form.body()
    route = Key.of(caller.party_id, f"POST /desk/notices/{notice}/decision", key, raw)
    try:
        once.done(lambda: operations.decide(notice, raw, by=caller, key=route))
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
        response = shown(request, caller, notice, form, key=key, status=status)
        response["Retry-After"] = errors.RETRY
        return response
    except RefusedError as error:
        status = place(form, error)
        key = once.new_key() if isinstance(error, IdempotencyKeyError) else key
        return shown(request, caller, notice, form, key=key, status=status)
    messages.success(request, _("Done. The sender is told, with your reasons."))
    return redirect(reverse("notice", args=[notice]) + "#decision")


def place(form: DecisionForm, error: RefusedError) -> int:
    """Say in the form why it was not taken; the status of the answer. What is no fault of the form goes on."""
    if isinstance(error, BadDecisionError):
        form.place(error.faults)
        return 422
    if isinstance(error, SameDeciderError):
        form.add_error(None, _("Your former decision was reversed: somebody else of your party decides anew."))
        return 403
    if isinstance(error, NotFoundError | NotPermittedError):
        raise error
    if isinstance(error, KeyReusedError):
        form.add_error(None, _("This form was sent already, and what you changed since was not. See above."))
    elif isinstance(error, IllegalTransitionError):
        form.add_error(None, _("It can no longer be decided so: see its state above. What you wrote is still here."))
    else:
        form.add_error(None, english(str(error)))
    return 409


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def fill(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """Put the chosen text into the form. Nothing is stored."""
    if request.method != "POST":
        return redirect("notice", notice)
    form = form_for(caller, notice, request.POST)
    key = once.key_of(request)
    data = form.with_template()
    if data is None:
        form.add_error("template", _("Choose a text first."))
        return shown(request, caller, notice, form, key=key, status=422)
    return shown(request, caller, notice, form_for(caller, notice, data), key=key)


def shown(  # noqa: PLR0913 - the notice, and the form as it was sent.
    request: Visit, caller: Caller, notice: str, form: DecisionForm, *, key: str, status: int = 200
) -> HttpResponse:
    """The page of the notice with the form as it was sent."""
    return pages.page(request, caller, notice, decide=form, decide_key=key, status=status)


def form_for(caller: Caller, notice: str, data: QueryDict) -> DecisionForm:
    """The form with what was typed. Raises NotPermittedError, and NotFoundError where the viewer may not see it."""
    found = queries.get_for(caller, notice, deed=Deed.DECIDE)
    draft = faces.draft_of(queries.body(found))
    return decision_offer.form_of(draft, faces.link_faces(queries.pointers(found)), data)
