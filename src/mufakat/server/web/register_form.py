"""The form by which a reader searches the register, and the same as the address of a page."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from mufakat.server.register.queries import Filters
from mufakat.server.web import decision_words, fields, register_words, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

LONGEST = 200  # Characters of a search.
NAMES = ("q", "kind", "party", "category", "outcome", "from", "to")
EARLIEST, LATEST = date(1970, 1, 2), date(9000, 1, 1)  # Beyond them no clock of any zone can count.


CHOICES: Mapping[str, Mapping[Any, Promise]] = {
    "kind": register_words.KINDS,
    "category": words.CATEGORIES,
    "outcome": decision_words.DECIDED,
}


class Day(forms.DateInput):
    """A day as browsers ask for it."""

    input_type = "date"


def choices(table: Mapping[Any, Promise]) -> list[tuple[str, str | Promise]]:
    """Every code with its word, and first the choice of none."""
    return [("", gettext_lazy("All")), *((str(code), f"{word} ({code})") for code, word in table.items())]


class SearchForm(forms.Form):
    """What is looked for. Every field may stay empty."""

    q = forms.CharField(
        label=gettext_lazy("Words"),
        required=False,
        max_length=LONGEST,
        validators=[fields.PLAIN],
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    party = forms.SlugField(label=gettext_lazy("Party, by its handle"), required=False, max_length=63)
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), required=False)
    to = forms.DateField(label=gettext_lazy("To, day included"), required=False, widget=Day())

    def __init__(self, told: Mapping[str, str]) -> None:
        super().__init__(told, auto_id="search-%s", label_suffix="")
        # `from` is a word of the language, so it cannot be written as an attribute.
        self.fields["from"] = forms.DateField(label=gettext_lazy("From"), required=False, widget=Day())
        self.order_fields(NAMES)
        for name, table in CHOICES.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - as declared above; it tells the checker.
            field.choices = choices(table)
            field.error_messages["invalid_choice"] = gettext_lazy("Choose one of the list.")  # Repeats nothing.

    def filters(self) -> Filters:
        """What the form narrows to; days are those of the instance's zone."""
        found = self.cleaned_data
        to = found["to"]
        return Filters(
            kind=found["kind"] or None,
            party=found["party"] or None,
            category=found["category"] or None,
            outcome=found["outcome"] or None,
            since=midnight(found["from"]) if found["from"] else None,
            until=midnight(to, days=1) if to else None,
        )


def midnight(day: date, *, days: int = 0) -> datetime:
    """When a day begins here, or so many days later; a day that the register cannot have is the nearest it can."""
    near = min(max(day, EARLIEST), LATEST)
    return timezone.make_aware(datetime.combine(near + timedelta(days=days), time()))


def query_of(told: Mapping[str, str], **more: str) -> str:
    """The same search as the query of an address, with what is said besides; empty parameters are left out."""
    named = {name: told.get(name, "") for name in NAMES} | more
    return urlencode({name: value for name, value in named.items() if value})
