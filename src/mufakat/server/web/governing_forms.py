"""The forms of governance: what was typed becomes the JSON of the API, and each fault goes back beside its field.

Nothing is judged here: the page takes what the API takes, and the rules name every fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext, gettext_lazy as _

from mufakat.rules import objective as rules
from mufakat.rules.objective import MAX_MINUTES, MAX_WORDS, RECORDED, Figure
from mufakat.server.web import governing_words, words
from mufakat.server.web.draft_form import english
from mufakat.server.web.fields import lines
from mufakat.server.web.register_form import Day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict

    from mufakat.rules.fault import Fault
    from mufakat.server.governance.governing import Aim
    from mufakat.server.parties.queries import Caller

ROWS = 4  # Follow-ups that the page offers; more go with the API.
PARTS = ("part", "whole")
WRITTEN_DOWN = [figure for figure in Figure if figure in RECORDED]


class JudgedForm(forms.Form):
    """A form whose fields are judged by the rules alone."""

    def full_clean(self) -> None:
        """Nothing: the rules judge, and what they find is added afterwards."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def text(self, name: str) -> str:
        """What was typed into a field."""
        return lines(str(self.data.get(name, "")))

    def field_of(self, pointer: str) -> str | None:
        """The field that a fault belongs to."""
        name = pointer.split("/")[1] if pointer else ""
        return name if name in self.fields else None

    def place(self, faults: Sequence[Fault]) -> None:
        """Put every fault beside its field. The sentences of the rules are English, and say so."""
        for fault in faults:
            self.add_error(self.field_of(fault.pointer), english(fault.detail))

    def summary(self) -> list[tuple[str, str, str]]:
        """Every fault as (address of the field, its label, sentence), in the order of the page."""
        found: list[tuple[str, str, str]] = [("", "", str(fault)) for fault in self.non_field_errors()]
        for name in self.fields:
            bound = self[name]
            found += [(bound.id_for_label or f"field-{name}", str(bound.label), str(fault)) for fault in bound.errors]
        return found

    def offer(self, name: str, offered: Sequence[tuple[str, Any]]) -> None:
        """What can be chosen."""
        field: Any = self.fields[name]
        field.choices = offered


def number(text: str) -> int | str | None:
    """A whole number; what is none is left for the rules to refuse, and nothing for nothing."""
    if text.isascii() and text.isdigit() and len(text) < 9:
        return int(text)
    return text or None


class ObjectiveForm(JudgedForm):
    """What a party aims at."""

    figure = forms.ChoiceField(label=_("What is measured"), required=False)
    title_id = forms.CharField(label=_("Title in Indonesian"), required=False, max_length=255)
    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=255)
    at_least = forms.CharField(
        label=_("To reach at least, in percent"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": 100}),
    )
    owner = forms.ChoiceField(label=_("Who sees to it"), required=False)
    every_days = forms.CharField(
        label=_("Reviewed every so many days"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": 366}),
    )
    review_on = forms.CharField(
        label=_("First review"),
        required=False,
        widget=Day(),
        help_text=_("Leave it empty for so many days from today."),
    )
    agreement = forms.ChoiceField(
        label=_("Asked for by"),
        required=False,
        help_text=_("The agreement whose point asks for it, where there is one."),
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What shows it, one on each line, at most 10."),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        caller: Caller,
        seats: Sequence[str],
        agreements: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(data, auto_id="field-%s", label_suffix="")
        self.offer("agreement", [("", gettext("No agreement")), *agreements])
        open_to = [figure for figure in Figure if rules.is_open_to(figure, caller.kind)]
        named = [(figure.value, f"{governing_words.FIGURES[figure]} ({figure.value})") for figure in open_to]
        self.offer("figure", named)
        self.offer("owner", [(seat, seat) for seat in seats])
        self.initial = {"every_days": "90", "at_least": "95"}

    def field_of(self, pointer: str) -> str | None:
        """A title's fault belongs to its language."""
        if pointer.startswith("/title"):
            return "title_en" if pointer.endswith("/en") else "title_id"
        return super().field_of(pointer)

    def body(self) -> bytes:
        """The objective's JSON."""
        said = {
            "figure": self.text("figure"),
            "title": {"id": self.text("title_id"), "en": self.text("title_en")},
            "at_least": number(self.text("at_least")),
            "owner": self.text("owner"),
            "every_days": number(self.text("every_days")) or 90,
            "review_on": self.text("review_on") or None,
            "agreement": self.text("agreement") or None,
            "evidence": [line.strip() for line in self.text("evidence").split("\n") if line.strip()],
        }
        return msgspec.json.encode(said)


class ReviewForm(JudgedForm):
    """A review that was held."""

    objectives = forms.MultipleChoiceField(
        label=_("What was looked at"), required=False, widget=forms.CheckboxSelectMultiple
    )
    present = forms.MultipleChoiceField(label=_("Who sat in it"), required=False, widget=forms.CheckboxSelectMultiple)
    minutes = forms.CharField(
        label=_("Minutes"),
        required=False,
        max_length=MAX_MINUTES,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What was said and found. Name roles, not people: minutes are kept."),
    )

    def __init__(self, data: QueryDict | None, *, aims: Sequence[Aim], seats: Sequence[str], seat: str) -> None:
        super().__init__(data, auto_id="field-%s", label_suffix="")
        self.rows: list[int] = []
        self.recorded: list[Figure] = []
        self.offer("objectives", [(aim.row.id, governing_words.FIGURES[aim.figure]) for aim in aims])
        self.offer("present", [(one, one) for one in seats])
        for figure in WRITTEN_DOWN:
            for name, label in (("part", _("So many")), ("whole", _("Of so many"))):
                self.fields[f"{figure.value}_{name}"] = forms.CharField(
                    label=label, required=False, widget=forms.NumberInput(attrs={"min": 0})
                )
        for row in range(1, ROWS + 1):
            self.fields[f"followup_{row}_text"] = forms.CharField(
                label=_("What is to be done"),
                required=False,
                max_length=MAX_WORDS,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            self.fields[f"followup_{row}_owner"] = forms.ChoiceField(
                label=_("By whom"), required=False, choices=[(one, one) for one in seats]
            )
            self.fields[f"followup_{row}_due_on"] = forms.CharField(label=_("Until"), required=False, widget=Day())
        self.initial = {"objectives": [aim.row.id for aim in aims], "present": [seat]}

    @property
    def written_down(self) -> list[tuple[words.Coded, Any, Any]]:
        """The figures that only people know, each with its two fields."""
        return [
            (
                words.coded(governing_words.FIGURES, figure.value),
                self[f"{figure.value}_part"],
                self[f"{figure.value}_whole"],
            )
            for figure in WRITTEN_DOWN
        ]

    @property
    def decided(self) -> list[tuple[int, Any, Any, Any]]:
        """The rows of what was decided, each with its three fields."""
        return [
            (row, self[f"followup_{row}_text"], self[f"followup_{row}_owner"], self[f"followup_{row}_due_on"])
            for row in range(1, ROWS + 1)
        ]

    def field_of(self, pointer: str) -> str | None:
        """Rows that were left empty are not sent, so a fault's place is counted among those that were."""
        parts = pointer.split("/")
        place = int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else None
        member = parts[3] if len(parts) > 3 else ""
        if parts[1:2] == ["followups"] and place is not None and place < len(self.rows):
            return f"followup_{self.rows[place]}_{member or 'text'}"
        if parts[1:2] == ["recorded"] and place is not None and place < len(self.recorded):
            return f"{self.recorded[place].value}_{'whole' if member == 'whole' else 'part'}"
        return super().field_of(pointer)

    def body(self) -> bytes:
        """The review's JSON; rows that were left empty say nothing."""
        data: Any = self.data
        self.rows = [row for row in range(1, ROWS + 1) if self.text(f"followup_{row}_text")]
        self.recorded = [
            figure for figure in WRITTEN_DOWN if self.text(f"{figure.value}_part") or self.text(f"{figure.value}_whole")
        ]
        said = {
            "minutes": self.text("minutes"),
            "present": data.getlist("present"),
            "objectives": data.getlist("objectives"),
            "recorded": [
                {"figure": figure.value, **{name: number(self.text(f"{figure.value}_{name}")) for name in PARTS}}
                for figure in self.recorded
            ],
            "followups": [
                {name: self.text(f"followup_{row}_{name}") for name in ("text", "owner", "due_on")} for row in self.rows
            ],
        }
        return msgspec.json.encode(said)


class WordsForm(JudgedForm):
    """A reason, or what was done."""

    def __init__(self, data: QueryDict | None, *, prefix: str, member: str, label: Any) -> None:
        super().__init__(data, prefix=prefix, auto_id="%s", label_suffix="")
        self.member = member
        self.fields["words"] = forms.CharField(
            label=label, required=False, max_length=MAX_WORDS, widget=forms.Textarea(attrs={"rows": 2})
        )

    def field_of(self, pointer: str) -> str | None:
        """There is one field."""
        del pointer
        return "words"

    def body(self) -> bytes:
        """The JSON of the deed."""
        return msgspec.json.encode({self.member: self.text(self.add_prefix("words"))})
