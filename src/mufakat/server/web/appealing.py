"""The page of whoever was given a code: the decision with its reasons, the form, and afterwards what came of it.

The code in the address is the sole credential: no account, no cookie, no script. So the form needs no token against
forgery (nothing of the browser's speaks for anybody), no page that is left learns the address, and none is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mufakat.rules import appeal as rules, appeal_code, statement_text
from mufakat.rules.appeal import BadAppealError
from mufakat.rules.errors import IdempotencyKeyError, NotNowError
from mufakat.rules.notice import Category
from mufakat.server.appeals import faces as out, operations, queries
from mufakat.server.decisions import queries as decisions, wording
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import queries as notices
from mufakat.server.register import doors
from mufakat.server.web import appeal_words, decision_words, errors, faces, once, paced, words
from mufakat.server.web.appeal_forms import CodeForm
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from mufakat.server.appeals.queries import Whole
    from mufakat.server.decisions.queries import Decision
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded


@dataclass(frozen=True, slots=True)
class Face:
    """An appeal on a page."""

    id: str
    state: Coded
    standing: Coded
    level: Coded
    body: str
    lodged_at: datetime
    lodged_by: str | None
    reasons: str | None
    resolved_at: datetime | None
    resolution: str | None
    receipt: str
    open: bool


def face_of(found: Whole) -> Face:
    """An appeal in words."""
    row = found.appeal
    field = "note" if row.body else "reasons"
    return Face(
        row.id,
        words.coded(appeal_words.STATES, row.state),
        words.coded(appeal_words.STANDINGS, row.standing),
        words.coded(appeal_words.LEVELS, row.level),
        row.body,
        row.lodged_at,
        row.lodged_by.handle if row.lodged_by else None,
        out.said(found.lodged, field),
        row.resolved_at,
        out.said(found.resolved, field) if found.resolved else None,
        out.own_of(found).receipt,
        row.resolved_at is None,
    )


class TypedForm(forms.Form):
    """The code as it was handed over."""

    code = forms.CharField(max_length=100)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def entrance(request: Visit) -> HttpResponse:
    """Where a code is typed that came on paper."""
    form = TypedForm(request.POST or None)
    wrong = False
    if request.method == "POST":
        code = appeal_code.read(form.cleaned_data["code"]) if form.is_valid() else None
        if code is not None:
            return redirect("appeal", appeal_code.shown(code))
        wrong = True
    return guarded(render(request, "web/appeal_entrance.html", {"wrong": wrong}, status=422 if wrong else 200))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@paced.through(doors.APPEALING)
def appeal(request: Visit, code: str) -> HttpResponseBase:
    """The decision that the code stands for. Only the button lodges anything."""
    found = queries.by_code(code)
    doors.CODES.enter(found.id, at=request.at)
    if request.method != "POST":
        return page(request, found, code)
    form = CodeForm(request.POST, auto_id="appeal-%s", label_suffix="")
    status = taken(request, form, code) if form.is_valid() else 422
    return guarded(redirect("appeal", code)) if status is None else page(request, found, code, form=form, status=status)


def taken(request: Visit, form: CodeForm, code: str) -> int | None:
    """Lodge it; None where that was done, else the status with which the form is shown again, the faults in it."""
    raw, key = form.body(code), once.key_of(request)
    try:
        once.done(lambda: operations.lodge_by_code(operations.read_by_code(raw), raw, at=request.at, key=key))
    except BadAppealError as error:
        form.place(error.faults)
        return 422
    except (NotNowError, IdempotencyKeyError) as error:
        form.add_error(None, english(str(error)))
        return 409
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
        return status
    return None


def page(
    request: Visit, found: Decision, code: str, *, form: CodeForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a code."""
    whole = decisions.whole(found)
    contested = queries.contested(whole)
    own = [face_of(one) for one in queries.wholes(queries.by_bearers(found.id))]
    is_open = contested.stands and rules.is_open(contested.until, at=request.at)
    told = wording.told(whole, found.notice, shown=shown_of(found))
    spoken = statement_text.tongue_of(get_language() or "en")
    zone = timezone.get_current_timezone()
    context = {
        "statement": statement_text.statement(told, zone=zone, at=request.at, tongue=spoken),
        "language": found.language,
        "state": words.coded(decision_words.DECISION_STATES, decisions.state_of(found)),
        "outcome": words.coded(decision_words.DECIDED, found.outcome),
        "measures": [
            (
                one.position + 1,
                words.coded(words.MEASURES, one.name),
                words.coded(decision_words.MEASURE_STATES, one.state),
            )
            for one in whole.measures
        ],
        "appeals": own,
        "until": contested.until,
        "at": request.at,
        "open": is_open,
        "stands": contested.stands,
        "form": (form or CodeForm(auto_id="appeal-%s", label_suffix="")) if offers(own) and is_open else form,
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        "code": code,
    }
    return guarded(render(request, "web/appeal.html", context, status=status))


def offers(own: Sequence[Face]) -> bool:
    """Whether the form stands there: while nothing of this bearer is open, and nothing was heard."""
    return all(one.state.code == "inadmissible" for one in own)


def shown_of(found: Decision) -> Sequence[str | None]:
    """How each link is shown to whoever is affected; of child_sexual_abuse the kind alone (I-15, I-16)."""
    pointers = notices.pointers(found.notice)
    if found.notice.category == Category.CHILD_SEXUAL_ABUSE:
        return [str(words.coded(words.LINKS, one.kind).word) for one in pointers]
    return [one.shown for one in faces.link_faces(pointers)]


def guarded(response: HttpResponse) -> HttpResponse:
    """No cache keeps the page, no search engine lists it, and no page that is gone to learns its address."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
