"""Rehearse an agreement: what is on the table on what came in, and how many people it takes to meet its clocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules import capacity as plans
from mufakat.rules.errors import BadPlanError, NotFoundError, NotNowError
from mufakat.server.agreements import drafts, profiles, queries
from mufakat.server.governance import capacity, capacity_runs, rehearsal
from mufakat.server.web import capacity_charts as charts, inert, seat, words
from mufakat.server.web.accuracy import Percent
from mufakat.server.web.agreement_faces import in_ours
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from mufakat.rules.rehearsing import ClockCount, StepCount
    from mufakat.runners.playing import Progress, Result
    from mufakat.server.governance.capacity_runs import Run
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

REVIEWERS = 5
PARTS = {"playing": gettext_lazy("Playing the plan"), "looking": gettext_lazy("Looking for the number of people")}


class RehearseForm(forms.Form):
    """Which profile, on how many of the newest notices."""

    profile = forms.ChoiceField(label=gettext_lazy("Profile"), required=False)
    notices = forms.IntegerField(
        label=gettext_lazy("On so many notices, the newest"), required=False, min_value=1, max_value=rehearsal.MOST
    )

    def __init__(self, told: dict[str, Any], *, table: str) -> None:
        super().__init__({"profile": table, "notices": rehearsal.USUAL} | told, auto_id="%s", label_suffix="")
        choice: Any = self.fields["profile"]
        choice.choices = [(each, each) for each in dict.fromkeys([table, *profiles.refs()])]


class PlanForm(forms.Form):
    """A plan as text: its faults are named by their lines."""

    plan = forms.CharField(
        label=gettext_lazy("The plan (YAML)"),
        help_text=gettext_lazy("What comes in when, how long it takes one person, and who works at which hours."),
        max_length=plans.MAX_PLAN_BYTES,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code"}),
    )


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A clock of the draft in the table."""

    name: str
    states: Sequence[tuple[Coded, int]]
    share: Percent
    right: bool
    target: bool
    certainty: Coded

    @classmethod
    def of(cls, one: ClockCount) -> ClockRow:
        states = [(words.coded(words.CLOCK_STATES, state), many) for state, many in one.states.items()]
        certainty = words.coded(words.CERTAINTIES, one.certainty)
        return cls(one.name, states, Percent.of(one.share), one.right, one.target, certainty)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the recipient in the table: as it was, as it would be, and what changes."""

    step: Coded
    count: StepCount
    was: Percent
    would: Percent
    points: str | None

    @classmethod
    def of(cls, one: StepCount) -> StepRow:
        points = None if one.difference.value is None else f"{100 * one.difference.value:+.1f}"
        return cls(words.coded(words.EVENTS, one.step), one, Percent.of(one.was), Percent.of(one.would), points)


@require_safe
@seat.seated
def past(request: Visit, caller: Caller, agreement: str) -> HttpResponse:
    """How the newest notices between us would have met the clocks of what is on the table."""
    draft = drafts.draft_for(caller, agreement)
    told = {name: request.GET[name] for name in ("profile", "notices") if request.GET.get(name)}
    form = RehearseForm(told, table=draft.profile)
    context: dict[str, Any] = {"form": form, "title": title_of(caller, agreement), "id": agreement}
    if not form.is_valid():
        return render(request, "web/agreement_rehearsal.html", context, status=422)
    profile, limit = form.cleaned_data["profile"], form.cleaned_data["notices"] or rehearsal.USUAL
    found = rehearsal.of_agreement(caller, agreement, at=request.at, limit=limit, profile=profile or None)
    context |= {
        "found": found,
        "profile": profile or draft.profile,
        "clocks": [ClockRow.of(one) for one in found.clocks],
        "steps": [StepRow.of(one) for one in found.steps],
        "not_taken": [(words.coded(words.KINDS, kind), many) for kind, many in found.not_taken.items()],
        "at": request.at,
    }
    return render(request, "web/agreement_rehearsal.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def people(request: Visit, caller: Caller, agreement: str) -> HttpResponse:
    """A plan, what came of it, or how far it is; POST plays one in a process of its own."""
    draft = drafts.draft_for(caller, agreement)
    if request.method == "POST":
        return _play(request, caller, agreement)
    run = capacity_runs.found(caller.party_id, request.GET["run"]) if request.GET.get("run") else None
    if run is None:
        text = capacity.text_of(capacity.plan_of(draft, reviewers=REVIEWERS, at=request.at))
    else:
        text = capacity_runs.text_of(caller.party_id, run.id)
    return _page(request, caller, agreement, PlanForm(initial={"plan": text}, auto_id="%s", label_suffix=""), run=run)


@require_safe
@seat.seated
def progress(request: Visit, caller: Caller, agreement: str, run: str) -> HttpResponse:
    """How far it is: a part of the page for htmx. Where it no longer runs, the whole page is asked for anew."""
    drafts.draft_for(caller, agreement)
    found = capacity_runs.found(caller.party_id, run)
    response = render(request, "web/capacity_progress.html", {"id": agreement, "run": run_face(found)})
    if found.progress is None:
        response["HX-Refresh"] = "true"
    return response


def _play(request: Visit, caller: Caller, agreement: str) -> HttpResponse:
    form = PlanForm(request.POST, auto_id="%s", label_suffix="")
    summary: list[tuple[str, Any, str]] = []
    status = 422
    if form.is_valid():
        raw = form.cleaned_data["plan"].replace("\r\n", "\n").encode() + b"\n"
        try:
            plan = plans.parse(raw)
            run = capacity_runs.start(caller.party_id, raw, profiles.text_of(plan.profile))
        except BadPlanError as error:
            summary = [("plan", _line(one.line), inert.visible(one.detail)) for one in error.faults]
        except NotFoundError:
            summary = [("plan", "profile", _("There is no such profile here."))]
        except NotNowError as error:
            summary, status = [("", "", english(str(error)))], 409
        else:
            return redirect(f"{request.path}?run={run}")
    else:
        summary = [("plan", form.fields["plan"].label, str(said)) for said in form.errors.get("plan", [])]
    return _page(request, caller, agreement, form, summary=summary, status=status)


def _line(line: int | None) -> str:
    return _("Line {line}").format(line=line) if line is not None else _("The plan")


def _page(  # noqa: PLR0913 - what a page shows.
    request: Visit,
    caller: Caller,
    agreement: str,
    form: PlanForm,
    *,
    run: Run | None = None,
    summary: Sequence[tuple[str, Any, str]] = (),
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "summary": summary,
        "title": title_of(caller, agreement),
        "id": agreement,
        "run": run_face(run) if run is not None else None,
    }
    if run is not None and run.result is not None:
        context |= result_face(run, run.result)
    return render(request, "web/agreement_capacity.html", context, status=status)


def title_of(caller: Caller, agreement: str) -> str:
    """What the agreement is called, in the language of the page."""
    row = queries.agreement_for(caller, agreement)
    return in_ours(row.title_id, row.title_en)


def run_face(run: Run) -> dict[str, Any]:
    """How a run stands."""
    return {
        "id": run.id,
        "running": run.progress is not None,
        "share": _share(run.progress),
        "part": PARTS.get(run.progress.part, "") if run.progress is not None else "",
        "done": run.progress.done if run.progress is not None else 0,
        "of": run.progress.of if run.progress is not None else 0,
        "looking": run.progress is not None and run.progress.part == "looking",
        "failed": english(run.failed.why) if run.failed is not None else "",
        "stopped": run.progress is None and run.result is None and run.failed is None,
    }


def _share(progress: Progress | None) -> int:
    """Of the runs of the plan, how many percent are played; the search has no end that anybody knows."""
    if progress is None or progress.part != "playing" or not progress.of:
        return 0
    return int(100 * progress.done / progress.of)


def result_face(run: Run, result: Result) -> dict[str, Any]:
    """What came of a plan, for the page: tables, and the charts that say the same."""
    found, staff = result.figures, result.staff
    clocks = [
        {
            "name": one.name,
            "chance": charts.Percents.of(one.chance),
            "enough": one.chance.value is None or one.chance.value >= run.plan.at_least / 100,
            "streams": [(name, charts.Percents.of(chance)) for name, chance in one.streams.items()],
            "certainty": words.coded(words.CERTAINTIES, one.certainty),
            "target": one.target,
            "hours": ["–" if value is None else f"{100 * value:.1f}" for value in one.hours],
        }
        for one in found.clocks
    ]
    waits = (found.waits.p50, found.waits.p95, found.waits.p99)
    return {
        "plan": run.plan,
        "figures": found,
        "clocks": clocks,
        "hours": [f"{hour:02}" for hour in range(24)],
        "bars": charts.bars([(one.name, one.chance) for one in found.clocks], at_least=run.plan.at_least),
        "teams": [(one.name, one.reviewers, round(100 * one.busy)) for one in found.teams],
        "waits": [None if wait is None else round(wait / 60) for wait in waits],
        "staff": staff,
        "best": [(name, charts.Percents.of(one)) for name, one in staff.best.items()] if staff is not None else [],
        "curve": charts.curve(staff) if staff is not None else None,
    }
