"""One notice: what it says, whose turn it is, what happened; and the two deeds that stand on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules import lifecycle
from mufakat.rules.admissibility import moment_of
from mufakat.rules.errors import IllegalTransitionError
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import exhibits, operations, passages, queries
from mufakat.server.notices.waiting import Hands
from mufakat.server.parties import mandate_queries
from mufakat.server.web import (
    appeals,
    climbing,
    decision,
    decision_offer,
    errors,
    faces,
    fields,
    reached,
    receipts,
    seat,
    talk_forms,
    timeline,
    warning_form,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from mufakat.server.notices.queries import Notice, Whole
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.decision_form import DecisionForm
    from mufakat.server.web.measure_faces import Sent
    from mufakat.server.web.seat import Visit


class NoteForm(forms.Form):
    """A few words with an acknowledgement."""

    text = forms.CharField(
        label=gettext_lazy("Note (optional)"),
        required=False,
        max_length=fields.NOTE,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The sender reads it."),
    )

    def clean_text(self) -> str:
        return fields.lines(self.cleaned_data["text"])


class ReasonForm(forms.Form):
    """Why a notice is taken back."""

    text = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=fields.NOTE,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 2, "required": False}),
        help_text=gettext_lazy("The recipient reads it. A notice that was taken back cannot be opened again."),
        error_messages={"required": gettext_lazy("Say why you take it back.")},
    )

    def clean_text(self) -> str:
        return fields.lines(self.cleaned_data["text"])


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """The notice. That its recipient got it is noted aside; nothing else changes."""
    return page(request, caller, notice)


@require_safe
@seat.seated
def receipt(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """The receipt as a file, for ``mufakat verify``: that it was taken, or that it is in the log."""
    found = queries.get_for(caller, notice)
    return receipts.download(request, queries.first_event(found.id), name=found.id)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def acknowledge(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """Say that our party has it. Whoever only opens the address is led to the notice and changes nothing."""
    if request.method != "POST":
        return redirect("notice", notice)
    caller.require(Deed.ACKNOWLEDGE)
    form = NoteForm(request.POST, prefix="note", auto_id="%s", label_suffix="")
    if not form.is_valid():
        return page(request, caller, notice, note=form, status=422)
    done = _("Acknowledged. The sender sees it, with the time.")
    return turned(
        request,
        caller,
        notice,
        lambda: operations.acknowledge(notice, by=caller, note=form.cleaned_data["text"]),
        deed=NoticeDeed.ACKNOWLEDGE,
        done=done,
        forms={"note": form},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def withdraw(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """Take a notice of our party back. Whoever only opens the address is led to the notice and changes nothing."""
    if request.method != "POST":
        return redirect("notice", notice)
    caller.require(Deed.WITHDRAW)
    form = ReasonForm(request.POST, prefix="reason", auto_id="%s", label_suffix="")
    if not form.is_valid():
        return page(request, caller, notice, reason=form, status=422)
    return turned(
        request,
        caller,
        notice,
        lambda: operations.withdraw(notice, by=caller, reason=form.cleaned_data["text"]),
        deed=NoticeDeed.WITHDRAW,
        done=_("Withdrawn. The recipient sees it, with your reason."),
        forms={"reason": form},
    )


def turned(  # noqa: PLR0913 - who, what, and the words for each outcome.
    request: Visit,
    caller: Caller,
    notice: str,
    do: Callable[[], object],
    *,
    deed: NoticeDeed,
    done: str,
    forms: dict[str, forms.Form],
) -> HttpResponse:
    """Do it and come back to the notice; what the machine refuses keeps the words that were typed."""
    try:
        do()
    except IllegalTransitionError as error:
        # Two clicks: the second finds what the first did.
        if error.state is NoticeState.WITHDRAWN and deed is NoticeDeed.WITHDRAW:
            messages.success(request, done)
        else:
            messages.error(request, str(words.NOT_NOW[deed]))
    except WriteError as error:
        status, title, says = errors.told(error)
        messages.error(request, f"{title}. {says}")
        response = page(request, caller, notice, status=status, note=forms.get("note"), reason=forms.get("reason"))
        response["Retry-After"] = errors.RETRY
        return response
    else:
        messages.success(request, done)
    return redirect(back_to(request) or reverse("notice", args=[notice]))


def back_to(request: Visit) -> str:
    """The desk, where the button stood there, as it was narrowed then; nothing else is believed."""
    back = request.POST.get("back", "")
    if back not in {f"desk:{one}" for one in Hands}:
        return ""
    hands = back.removeprefix("desk:")
    return reverse("desk") + (f"?hands={hands}" if hands else "")


def page(  # noqa: PLR0913 - the notice, and the forms as they were sent.
    request: Visit,
    caller: Caller,
    notice: str,
    *,
    note: forms.Form | None = None,
    reason: forms.Form | None = None,
    say: forms.Form | None = None,
    hand: forms.Form | None = None,
    rest: forms.Form | None = None,
    decide: DecisionForm | None = None,
    decide_key: str = "",
    measures: Sent | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a notice, with the forms that this seat may use in this state."""
    found = queries.get_for(caller, notice)
    if request.method == "GET":
        passages.note_fetched(caller, found)
    whole = queries.with_steps(queries.whole(found))
    seen = content(request, caller, whole, measures=measures)
    context = {
        **seen,
        **appeals.part(caller, found.id, at=request.at),
        **decision_offer.part(
            caller,
            found,
            seen["draft"],
            seen["links"],
            barred=seen.get("barred", False),
            sent=decide,
            key=decide_key,
        ),
        **talk_forms.part(caller, found, say=say, hand=hand),
        **climbing.part(caller, found, whole, at=request.at, sent=rest),
        **warning_form.part(caller, found, at=request.at),
    }
    if may_acknowledge(caller, found):
        context["note"] = note or NoteForm(prefix="note", auto_id="%s", label_suffix="")
    if may_withdraw(caller, found):
        context["reason"] = reason or ReasonForm(prefix="reason", auto_id="%s", label_suffix="")
        context["reason_open"] = reason is not None
    return render(request, "web/notice.html", context, status=status)


def content(request: Visit, caller: Caller, whole: Whole, *, measures: Sent | None = None) -> dict[str, Any]:
    """What everybody of both parties sees."""
    found = whole.notice
    events = queries.events_for(caller, found)
    draft = faces.draft_of(queries.body(found))
    shard = events[0].shard
    there = found.recipient if found.sender_id == caller.party_id else found.sender
    links = faces.link_faces(queries.pointers(found))
    decided = decision.part(request, caller, found, links, sent=measures)
    return {
        **decided,
        **reached.reached(caller, there, at=request.at),
        "there": there,
        "notice": found,
        "sent": found.sender_id == caller.party_id,
        "at": request.at,
        "kind": words.coded(words.KINDS, found.kind),
        "sent_as": words.coded(words.KINDS, found.sent_as) if found.sent_as else None,
        "mandate": mandate_queries.by_id(found.mandate_id) if found.mandate_id else None,
        "category": words.coded(words.CATEGORIES, found.category),
        "urgency": words.coded(words.URGENCIES, found.urgency),
        "state": words.coded(words.STATES, found.state),
        "next": faces.next_of(found, caller),
        "clocks": [faces.clock_face(each, faces.rule_of(found, each.name), at=request.at) for each in whole.clocks],
        "links": links,
        "related": [(one.id, words.coded(words.STATES, one.state)) for one in queries.related(caller, found)],
        "draft": draft,
        "erased_at": queries.erased_at(found),
        "files": faces.file_faces(exhibits.of(found)),
        "measures": faces.codes(words.MEASURES, draft.requested_measures) if draft else [],
        "silent_until": moment_of(draft.non_disclosure.until) if draft and draft.non_disclosure else None,
        "times": timeline.times_of(found),
        "entries": timeline.entries_of(found, events, viewer=caller, measures=decided.get("measure_names")),
        "receipt": whole.custody,
        "shard": shard,
        "keys_url": request.build_absolute_uri(f"/log/{shard}/keys.json"),
        "page_url": request.build_absolute_uri(request.path),
    }


def may_acknowledge(caller: Caller, found: Notice) -> bool:
    """Whether the button stands there."""
    open_to = found.state == NoticeState.RECEIVED and seat.may(caller, Deed.ACKNOWLEDGE)
    return open_to and queries.to_acknowledge(caller, found)


def may_withdraw(caller: Caller, found: Notice) -> bool:
    """Whether the form stands there."""
    ours = found.sender_id == caller.party_id and seat.may(caller, Deed.WITHDRAW)
    try:
        lifecycle.advance(NoticeState(found.state), NoticeDeed.WITHDRAW)
    except IllegalTransitionError:
        return False
    return ours
