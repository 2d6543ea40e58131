"""How well what is asked holds and how whoever is asked answers, on one page, for everybody.

Accountability goes both ways: the figures of those who ask stand beside those of whoever answers. Of the latter no
figure knows what was decided (I-05).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mufakat.rules import accuracy, consequences, timeliness
from mufakat.rules.accuracy import REFUSED
from mufakat.rules.errors import NotFoundError
from mufakat.rules.notice import Category
from mufakat.rules.parties import is_handle
from mufakat.server.governance import queries
from mufakat.server.governance.periods import Period
from mufakat.server.governance.queries import Wanted
from mufakat.server.register import doors
from mufakat.server.web import decision_words, paced, seat, words
from mufakat.server.web.register_form import Day, choices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse

    from mufakat.rules.accuracy import Share, Tally
    from mufakat.rules.conservation import Report
    from mufakat.rules.timeliness import Timeliness
    from mufakat.server.governance.queries import Figures
    from mufakat.server.web.words import Coded

NAMES = ("party", "category", "from", "to")


class PeriodForm(forms.Form):
    """What is counted. Every field may stay empty."""

    party = forms.SlugField(label=gettext_lazy("Party, by its handle"), required=False, max_length=63)
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)
    to = forms.DateField(label=gettext_lazy("To, day included"), required=False, widget=Day())

    field_order = NAMES

    def __init__(self, told: Mapping[str, str]) -> None:
        super().__init__(dict(told), auto_id="%s", label_suffix="")
        self.fields["from"] = forms.DateField(label=gettext_lazy("From, day included"), required=False, widget=Day())
        category: Any = self.fields["category"]
        category.choices = choices(words.CATEGORIES)
        self.order_fields(NAMES)

    def clean(self) -> dict[str, Any]:
        """A period that ends before it begins is named at its end."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = found.get("from"), found.get("to")
        if first and last and last < first:
            self.add_error("to", gettext_lazy("This day is before the first one."))
        return found

    def wanted(self, *, after: str) -> Wanted:
        """What is asked for."""
        told = self.cleaned_data
        category = Category(told["category"]) if told["category"] else None
        return Wanted(Period(told["from"], told["to"]), told["party"] or None, category, after or None)


@dataclass(frozen=True, slots=True)
class Percent:
    """A share in whole percent, as a bar and as words; `few` says that nothing follows from so few."""

    part: int
    whole: int
    value: int
    lower: int
    upper: int
    few: bool

    @classmethod
    def of(cls, share: Share) -> Percent:
        value, lower, upper = (round(100 * (one or 0.0)) for one in (share.value, share.lower, share.upper))
        return cls(share.part, share.whole, value, lower, upper, share.whole < consequences.MINIMUM)


@dataclass(frozen=True, slots=True)
class Asking:
    """One party that asks."""

    handle: str
    ours: bool
    tally: Tally
    precision: Percent
    refusals: Sequence[tuple[Coded, int]]
    categories: Sequence[tuple[Coded, Percent]]

    @classmethod
    def of(cls, found: Figures, tally: Tally, *, ours: bool) -> Asking:
        refusals = [(words.coded(decision_words.REFUSALS, code), tally.of(fate)) for code, fate in REFUSED.items()]
        by_category = sorted(found.categories.items())
        shares = [(name, accuracy.precision(one)) for name, one in by_category]
        return cls(
            found.party,
            ours,
            tally,
            Percent.of(accuracy.precision(tally)),
            [(code, many) for code, many in refusals if many],
            [(words.coded(words.CATEGORIES, name), Percent.of(share)) for name, share in shares if share.whole],
        )


@dataclass(frozen=True, slots=True)
class Answering:
    """One party that answers."""

    handle: str
    ours: bool
    counts: Timeliness
    punctuality: Percent
    overturned: Percent

    @classmethod
    def of(cls, found: Figures, counts: Timeliness, *, ours: bool) -> Answering:
        shares = (Percent.of(timeliness.punctuality(counts)), Percent.of(timeliness.overturn_rate(counts)))
        return cls(found.party, ours, counts, *shares)


@require_safe
@paced.through(doors.READING)
def shown(request: HttpRequest) -> HttpResponse:
    """The page; what is asked for and cannot be read comes back with what is wrong in it."""
    told = request.GET.dict()
    form, after = PeriodForm(told), told.get("after", "")
    if after and not is_handle(after):
        raise NotFoundError("page of the list")
    query = urlencode([(name, told[name]) for name in NAMES if told.get(name)])
    context: dict[str, Any] = {"form": form, "query": query, "steps": steps(), "minimum": consequences.MINIMUM}
    if not form.is_valid():
        return render(request, "web/accuracy.html", context, status=422)
    caller = seat.caller_of(request)
    own = caller.handle if caller is not None else ""
    wanted = form.wanted(after=after)
    page = queries.listed(wanted)
    context["asking"] = [
        Asking.of(one, one.asking, ours=one.party == own) for one in page.items if one.asking and one.asking.received
    ]
    context["answering"] = [
        Answering.of(one, one.answering, ours=one.party == own) for one in page.items if one.answering
    ]
    context["report"] = report = queries.conserved(wanted)
    context["outcomes"] = outcomes(report)
    context["after"] = after
    context["next"] = urlencode([*((name, told[name]) for name in NAMES if told.get(name)), ("after", page.next or "")])
    context["more"] = page.next is not None
    return render(request, "web/accuracy.html", context)


def outcomes(report: Report) -> list[tuple[Coded, int]]:
    """Every outcome with its word, none left out: acting and refusing stand in one list."""
    return [(words.coded(decision_words.OUTCOMES, code), many) for code, many in report.outcomes.items()]


def steps() -> list[dict[str, Any]]:
    """What follows below which bound, mildest first, in whole percent."""
    return [
        {"below": round(100 * step.below), "percent": step.percent, "proposes": step.proposes}
        for step in reversed(consequences.STEPS)
    ]
