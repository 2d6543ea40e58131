"""What happens next where nobody answers: the ladder of a notice, what it asks people to do, and clocks that rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from mufakat.rules.clock import ClockState
from mufakat.rules.errors import ClockStandsError, NotPermittedError
from mufakat.rules.permissions import Deed
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import clocks, pauses, queries, tasks
from mufakat.server.web import errors, fields, notice as pages, seat, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from mufakat.server.notices.queries import Notice, Whole
    from mufakat.server.notices.tasks import TaskOut
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

SHOWN = 20  # Tasks on the desk.


class RestForm(forms.Form):
    """Why a clock rests, or goes on; `clock` is which."""

    clock = ""
    text = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=fields.NOTE,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 2, "required": False}),
        help_text=gettext_lazy("Both sides read it."),
        error_messages={"required": gettext_lazy("Say why.")},
    )

    def clean_text(self) -> str:
        return fields.lines(self.cleaned_data["text"])


class DoneForm(forms.Form):
    """What came of it."""

    text = forms.CharField(
        label=gettext_lazy("What came of it (optional)"),
        required=False,
        max_length=fields.NOTE,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Your party reads it, the other side does not."),
    )

    def clean_text(self) -> str:
        return fields.lines(self.cleaned_data["text"])


@dataclass(frozen=True, slots=True)
class StepFace:
    """A step that was taken, or comes next."""

    act: Coded
    clock: Coded
    at: datetime
    missing: bool = False


@dataclass(frozen=True, slots=True)
class TaskFace:
    """A task as a page shows it, with the form where it is open to this seat."""

    task: TaskOut
    act: Coded
    proposes: Coded | None
    role: Coded | None
    form: DoneForm | None


@dataclass(frozen=True, slots=True)
class RestFace:
    """A clock that this seat may let rest, or go on, and the form for it."""

    clock: Coded
    rests: bool
    form: forms.Form
    opened: bool


def part(
    caller: Caller, found: Notice, whole: Whole, *, at: datetime, sent: forms.Form | None = None
) -> dict[str, Any]:
    """What the page of a notice shows of this."""
    following = clocks.next_step(whole.clocks, found.profile)
    may_do = seat.may(caller, Deed.DO_TASK)
    return {
        "next_step": StepFace(words.coded(words.ACTS, following.act), words.clock(following.clock), following.at)
        if following
        else None,
        "next_certainty": words.coded(words.CERTAINTIES, following.certainty) if following else None,
        "steps": [
            StepFace(words.coded(words.ACTS, one.act), words.clock(one.clock.name), one.at, one.missing)
            for one in whole.steps or ()
        ],
        "tasks": task_faces(tasks.of_notice(caller, found.id, at=at), forms_too=True) if may_do else [],
        "rests": _rests(caller, found, whole, at=at, sent=sent),
    }


def _rests(caller: Caller, found: Notice, whole: Whole, *, at: datetime, sent: forms.Form | None) -> Sequence[RestFace]:
    if not seat.may(caller, Deed.PAUSE_CLOCK):
        return []
    faces = []
    for one in whole.clocks:
        state = clocks.state_of(one, pauses.profile_of(found), at=at)
        rests = state is ClockState.PAUSED
        if rests:
            offered = pauses.may_resume(caller, found, one)
        else:
            offered = state is ClockState.RUNNING and pauses.may_pause(caller, found, one.name)
        if not offered:
            continue
        mine = sent if isinstance(sent, RestForm) and sent.clock == one.name else None
        form = mine or RestForm(prefix=f"rest-{one.pk}", auto_id="%s", label_suffix="")
        faces.append(RestFace(words.clock(one.name), rests, form, opened=mine is not None))
    return faces


def task_faces(found: Sequence[TaskOut], *, forms_too: bool) -> Sequence[TaskFace]:
    """The tasks with their words."""
    return [
        TaskFace(
            one,
            words.coded(words.ACTS, one.act),
            words.coded(words.PROPOSALS, one.proposes) if one.proposes else None,
            words.coded(words.CONTACT_ROLES, one.call.role) if one.call else None,
            DoneForm(prefix=one.id, auto_id="%s", label_suffix="") if forms_too and not one.over_at else None,
        )
        for one in found
    ]


def on_desk(caller: Caller, *, at: datetime) -> dict[str, Any]:
    """What the desk shows of the party's open tasks, oldest first."""
    if not seat.may(caller, Deed.DO_TASK):
        return {"tasks": [], "more_tasks": False}
    page = tasks.open_for(caller, at=at, size=SHOWN)
    return {"tasks": task_faces(page.items, forms_too=False), "more_tasks": page.next is not None}


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def rest(request: Visit, caller: Caller, notice: str, name: str, deed: str) -> HttpResponse:
    """Let a clock rest, or go on. Whoever only opens the address is led to the notice and changes nothing."""
    if request.method != "POST":
        return redirect("notice", notice)
    caller.require(Deed.PAUSE_CLOCK)
    one, _rule = pauses.found(queries.get_for(caller, notice, deed=Deed.PAUSE_CLOCK), name)
    form = RestForm(request.POST, prefix=f"rest-{one.pk}", auto_id="%s", label_suffix="")
    if not form.is_valid():
        form.clock = name
        return pages.page(request, caller, notice, status=422, rest=form)
    do = pauses.pause if deed == "pause" else pauses.resume
    done = _("The clock rests. Both sides see why.") if deed == "pause" else _("The clock goes on.")
    text = form.cleaned_data["text"]
    return _done(request, notice, lambda: do(notice, name, by=caller, reason=text), done)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def task(request: Visit, caller: Caller, task: str, deed: str) -> HttpResponse:
    """Say that a task is done, or open again; and come back to its notice."""
    found = tasks.get_for(caller, task)
    if request.method != "POST":
        return redirect("notice", found.notice_id)
    form = DoneForm(request.POST, prefix=task, auto_id="%s", label_suffix="")
    if not form.is_valid():
        messages.error(request, " ".join(str(one) for each in form.errors.values() for one in each))
        return redirect("notice", found.notice_id)
    do = tasks.done if deed == "done" else tasks.reopen
    done = _("Noted as done.") if deed == "done" else _("Open again.")
    text = form.cleaned_data["text"]
    return _done(request, found.notice_id, lambda: do(task, by=caller, note=text), done)


def _done(request: Visit, notice: str, do: Callable[[], object], says: str) -> HttpResponse:
    try:
        do()
    except (ClockStandsError, tasks.TaskOverError):
        messages.error(request, _("This can no longer be done: see how it stands below."))
    except NotPermittedError:
        messages.error(request, _("This is for the other side to do."))
    except WriteError as error:
        _status, title, words_ = errors.told(error)
        messages.error(request, f"{title}. {words_}")
    else:
        messages.success(request, says)
    return redirect("notice", notice)
