"""Deciding on a notice: the form on its page, the texts it may begin with, and the statement it would become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_http_methods

from mufakat.rules import lifecycle
from mufakat.rules.errors import (
    BadDecisionError,
    IdempotencyKeyError,
    IllegalTransitionError,
    KeyReusedError,
    NotFoundError,
    RefusedError,
)
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.decisions import operations
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import queries
from mufakat.server.web import errors, faces, notice as pages, once, seat
from mufakat.server.web.decision_form import DecisionForm
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from mufakat.rules.notice import Draft
    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.faces import LinkFace
    from mufakat.server.web.seat import Visit


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def decide(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """Decide. Whoever only opens the address is led to the notice and changes nothing."""
    if request.method != "POST":
        return redirect("notice", notice)
    caller.require(Deed.DECIDE)
    form = sent_form(request, caller, notice)
    key = once.key_of(request)
    status = 422
    if form.open_blanks():
        return shown(request, caller, notice, form, key=key, status=status)
    try:
        once.done(lambda: operations.decide(notice, form.body(), by=caller, key=key))
    except BadDecisionError as error:
        form.place(error.faults)
    except KeyReusedError:
        form.add_error(None, _("This form was sent already, and what you changed since was not. See below."))
        key = once.new_key()
    except (IllegalTransitionError, IdempotencyKeyError) as error:
        if not isinstance(error, IllegalTransitionError):
            key = once.new_key()
        form.add_error(None, _("It can no longer be decided so: see its state above. What you wrote is still here."))
        status = 409
    except NotFoundError:
        raise
    except RefusedError as error:
        form.add_error(None, english(str(error)))
        status = 409
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
    else:
        messages.success(request, _("Done. The sender is told, with your reasons."))
        return redirect(reverse("notice", args=[notice]) + "#decision")
    response = shown(request, caller, notice, form, key=key, status=status)
    if status >= 500:
        response["Retry-After"] = errors.RETRY
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def fill(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """Put the chosen text into the form. Nothing is stored."""
    if request.method != "POST":
        return redirect("notice", notice)
    caller.require(Deed.DECIDE)
    form = sent_form(request, caller, notice)
    data = form.with_template()
    if data is None:
        form.add_error("template", _("Choose a text first."))
        return shown(request, caller, notice, form, key=once.key_of(request), status=422)
    found = queries.get_for(caller, notice)
    filled = form_of(found, draft_of(found), links_of(found), data)
    return shown(request, caller, notice, filled, key=once.key_of(request))


def shown(  # noqa: PLR0913 - the notice, and the form as it was sent.
    request: Visit, caller: Caller, notice: str, form: DecisionForm, *, key: str, status: int = 200
) -> HttpResponse:
    """The page of the notice with the form as it was sent."""
    return pages.page(request, caller, notice, decide=form, decide_key=key, status=status)


def sent_form(request: Visit, caller: Caller, notice: str) -> DecisionForm:
    """The form with what was typed; NotFoundError where the viewer may not see the notice."""
    found = queries.get_for(caller, notice, deed=Deed.DECIDE)
    return form_of(found, draft_of(found), links_of(found), request.POST)


def form_of(found: Notice, draft: Draft | None, links: Sequence[LinkFace], data: Any = None) -> DecisionForm:
    """The form for one notice; its language is that of the notice by default."""
    del found
    language = draft.language if draft else (get_language() or "en")[:2]
    return DecisionForm(data, links=links, draft=draft, language=language)


def draft_of(found: Notice) -> Draft | None:
    """The notice as it was sent, while it is not erased."""
    return faces.draft_of(queries.body(found))


def links_of(found: Notice) -> Sequence[LinkFace]:
    """What the notice points at."""
    return faces.link_faces(queries.pointers(found))


def part(  # noqa: PLR0913 - the notice, what the page has read of it, and the form as it was sent.
    caller: Caller,
    found: Notice,
    draft: Draft | None,
    links: Sequence[LinkFace],
    *,
    sent: DecisionForm | None = None,
    key: str = "",
) -> dict[str, Any]:
    """What the page of a notice shows of this: the form, where this seat may decide in this state."""
    if sent is None and not may_decide(caller, found):
        return {}
    form = sent or form_of(found, draft, links)
    return {
        "decide": form,
        "decide_key": key or once.new_key(),
        "decide_summary": form.summary() if form.errors else [],
    }


def may_decide(caller: Caller, found: Notice) -> bool:
    """Whether the form stands there."""
    if found.recipient_id != caller.party_id or not seat.may(caller, Deed.DECIDE):
        return False
    try:
        lifecycle.advance(NoticeState(found.state), NoticeDeed.DECIDE)
    except IllegalTransitionError:
        return False
    return True
