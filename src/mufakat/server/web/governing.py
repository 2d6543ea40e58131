"""The governance of filtering at the desk: objectives with their trends, reviews, and what is to be followed up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules.errors import BadGovernanceError, IdempotencyKeyError, NotFoundError, NotNowError
from mufakat.rules.objective import FIGURES, Area, Source
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import queries as agreements
from mufakat.server.governance import governing, operations
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import WriteError
from mufakat.server.web import errors, governing_charts, governing_words, once, seat, words
from mufakat.server.web.accuracy import Percent
from mufakat.server.web.draft_form import english
from mufakat.server.web.governing_forms import JudgedForm, ObjectiveForm, WordsForm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from django.http import HttpResponse

    from mufakat.server.governance.governing import Aim, Doing
    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.governing_charts import Chart
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

ROUTE = "PAGE /desk/governance"
NEWEST = 5  # Reviews on the first page.
YEARS = 3  # Whose reports it links to, the running one included.


@dataclass(frozen=True, slots=True)
class Face:
    """An objective as the page lays it out."""

    aim: Aim
    figure: Coded
    source: Coded
    state: Coded
    share: Percent | None
    chart: Chart
    due: bool
    form: WordsForm | None

    @property
    def id(self) -> str:
        """Its id."""
        return self.aim.row.id


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be followed up, as the page lays it out."""

    doing: Doing
    late: bool
    form: WordsForm | None

    @property
    def id(self) -> str:
        """Its id."""
        return self.doing.row.id


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller) -> HttpResponse:
    """Objectives with their trends, what is to be done, and the newest reviews."""
    return page(request, caller, {})


def page(request: Visit, caller: Caller, typed: Mapping[str, WordsForm], *, status: int = 200) -> HttpResponse:
    """The page, with the forms as they were sent."""
    after = request.GET.get("after", "")
    if after and not ids.is_id(after, "fup"):
        raise NotFoundError("page of the list")
    governs = seat.may(caller, Deed.GOVERN)
    aims = governing.aims_of(caller, at=request.at)
    faces = [face(aim, typed, governs=governs, today=request.at.date()) for aim in aims]
    waiting = governing.followups_for(caller, after=after or None, size=20)
    reviews = governing.reviews_for(caller, size=NEWEST)
    year = request.at.year
    context = {
        "areas": [
            (words.coded(governing_words.AREAS, area.value), found)
            for area in Area
            if (found := [one for one in faces if FIGURES[one.aim.figure].area is area])
        ],
        "missing": [
            words.coded(governing_words.AREAS, area.value)
            for area in Area
            if not any(FIGURES[one.aim.figure].area is area for one in faces)
        ],
        "tasks": [task(one, typed, governs=governs, today=request.at.date()) for one in waiting.items],
        "next": waiting.next,
        "after": after,
        "reviews": reviews.items,
        "more_reviews": reviews.next is not None,
        "years": [year - before for before in range(YEARS)],
        "governs": governs,
        "at": request.at,
    }
    return render(request, "web/governance.html", context, status=status)


def face(aim: Aim, typed: Mapping[str, WordsForm], *, governs: bool, today: date) -> Face:
    """One objective."""
    form = typed.get(aim.row.id) or (ending(aim.row.id) if governs else None)
    return Face(
        aim,
        words.coded(governing_words.FIGURES, aim.figure.value),
        words.coded(governing_words.SOURCES, aim.trend.source.value),
        words.coded(governing_words.REACHED, aim.state.value),
        None if aim.trend.source is Source.NOT_YET else Percent.of(aim.trend.now),
        governing_charts.of(list(aim.trend.months), at_least=aim.terms.at_least),
        aim.row.review_on <= today,
        form,
    )


def task(one: Doing, typed: Mapping[str, WordsForm], *, governs: bool, today: date) -> Task:
    """One follow-up."""
    form = typed.get(one.row.id) or (finishing(one.row.id) if governs and one.row.done_at is None else None)
    return Task(one, one.row.done_at is None and one.row.due_on < today, form)


def ending(pk: str, data: Any = None) -> WordsForm:
    """The form by which an objective ends."""
    return WordsForm(data, prefix=pk, member="reason", label=_("Why it ends"))


def finishing(pk: str, data: Any = None) -> WordsForm:
    """The form by which a follow-up is done."""
    return WordsForm(data, prefix=pk, member="note", label=_("What was done"))


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def end(request: Visit, caller: Caller, objective: str) -> HttpResponse:
    """End an objective, with a reason."""
    if request.method != "POST":
        return redirect("governance")
    governing.objective_for(caller, objective, deed=Deed.GOVERN)
    form = ending(objective, request.POST)
    return turned(
        request,
        caller,
        (objective, form),
        lambda raw: operations.end(objective, raw, by=caller),
        _("Ended. What was reached stays in the reports."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def done(request: Visit, caller: Caller, followup: str) -> HttpResponse:
    """Say what was done about what a review decided."""
    if request.method != "POST":
        return redirect("governance")
    governing.followup_for(caller, followup, deed=Deed.GOVERN)
    form = finishing(followup, request.POST)
    return turned(
        request,
        caller,
        (followup, form),
        lambda raw: operations.done(followup, raw, by=caller),
        _("Done. It stands with the review."),
    )


def turned(
    request: Visit,
    caller: Caller,
    typed: tuple[str, WordsForm],
    do: Callable[[bytes], Answer],
    says: str,
) -> HttpResponse:
    """Do it with the words of the form, and come back; what is refused keeps what was typed."""
    pk, form = typed
    try:
        do(form.body())
    except BadGovernanceError as error:
        form.place(error.faults)
        return page(request, caller, {pk: form}, status=422)
    except NotNowError as error:
        messages.error(request, str(error))
        return page(request, caller, {}, status=409)
    messages.success(request, says)
    return redirect("governance")


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def objective(request: Visit, caller: Caller) -> HttpResponse:
    """Set an objective."""
    caller.require(Deed.GOVERN)
    data = request.POST if request.method == "POST" else None
    form = ObjectiveForm(data, caller=caller, seats=governing.seats_of(caller), agreements=offered(caller))
    template = "web/governance_objective.html"
    if data is None:
        return asked(request, template, form)
    raw, key = form.body(), once.key_of(request)
    named = Key.of(caller.party_id, f"{ROUTE}/objectives", key, raw)
    return saved(
        request,
        (template, form, key),
        lambda: operations.set_up(raw, by=caller, at=request.at, key=named),
        _("Set. It is measured from now on, over the months that were counted already too."),
    )


def offered(caller: Caller) -> list[tuple[str, str]]:
    """The newest agreements of our party, by their titles in the reader's language."""
    indonesian = (get_language() or "").startswith("id")
    return [
        (one.row.id, one.row.title_id if indonesian else one.row.title_en) for one in agreements.listed(caller).items
    ]


def saved(request: Visit, typed: tuple[str, JudgedForm, str], do: Callable[[], Answer], says: str) -> HttpResponse:
    """Do it once and come back to the page; what was refused keeps what was typed."""
    template, form, key = typed
    status = 422
    try:
        once.done(do)
    except BadGovernanceError as error:
        form.place(error.faults)
    except (NotNowError, IdempotencyKeyError) as error:
        form.add_error(None, english(str(error)))
        key, status = once.new_key(), 409
    except WriteError as error:
        status, title, told = errors.told(error)
        form.add_error(None, f"{title}. {told}")
    else:
        messages.success(request, says)
        return redirect("governance")
    response = asked(request, template, form, key=key, status=status)
    if status >= 500:
        response["Retry-After"] = errors.RETRY
    return response


def asked(request: Visit, template: str, form: JudgedForm, *, key: str = "", status: int = 200) -> HttpResponse:
    """The form with whatever was typed."""
    context = {"form": form, "key": key or once.new_key(), "summary": form.summary() if status >= 400 else []}
    return render(request, template, context, status=status)
