"""The forms by which a decision is contested and an appeal resolved.

Nothing is judged here: a page takes what the API takes, and the rules name every fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from mufakat.rules import appeal as rules
from mufakat.rules.appeal import CLAIMED, Level, Resolution, Standing
from mufakat.rules.appeal_reading import MAX_BODY
from mufakat.server.web import appeal_words, decision_words, fields, words
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict

    from mufakat.rules.fault import Fault
    from mufakat.server.decisions.queries import Measure


def reasons(label: Any, help_text: Any) -> forms.CharField:
    """Why; as long as the rules take it."""
    return forms.CharField(
        label=label,
        max_length=rules.MAX_REASONS,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 8, "required": False}),
        help_text=help_text,
        error_messages={"required": _("Say why: a few sentences are enough.")},
    )


class Judged(forms.Form):
    """A form whose body the rules judge."""

    def place(self, faults: Sequence[Fault]) -> None:
        """Say each fault beside the field that it is in."""
        for fault in faults:
            name = fault.pointer.split("/")[1] if fault.pointer else ""
            self.add_error(name if name in self.fields else None, english(fault.detail))


class CodeForm(Judged):
    """An appeal of whoever has the code."""

    standing = forms.ChoiceField(
        label=_("Who are you?"),
        choices=[(one.value, appeal_words.CLAIMS[one]) for one in Standing if one in CLAIMED],
        initial=Standing.UPLOADER.value,
        widget=forms.RadioSelect,
    )
    reasons = reasons(
        _("Why is the decision wrong?"),
        _(
            "The platform reads it, and so does whoever sent the notice. "
            "You need not say who you are: leave out names, addresses and telephone numbers."
        ),
    )

    def body(self, code: str) -> bytes:
        """As the API takes it."""
        told = self.cleaned_data
        made = {"code": code, "standing": told["standing"], "reasons": fields.lines(told["reasons"])}
        return msgspec.json.encode(made)


class LodgeForm(Judged):
    """An appeal of a party."""

    reasons = reasons(_("Why is the decision wrong?"), _("The other side reads it."))
    level = forms.ChoiceField(
        label=_("Who hears it?"),
        choices=[(one.value, appeal_words.LEVELS[one]) for one in Level],
        initial=Level.INTERNAL.value,
    )
    body_outside = forms.CharField(
        label=_("Name of the court or body, if it is outside"), max_length=MAX_BODY, required=False
    )

    def body(self) -> bytes:
        """As the API takes it."""
        told = self.cleaned_data
        made = {"reasons": fields.lines(told["reasons"]), "level": told["level"], "body": told["body_outside"] or None}
        return msgspec.json.encode(made)

    def place(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            name = {"/body": "body_outside"}.get(fault.pointer, fault.pointer.removeprefix("/"))
            self.add_error(name if name in self.fields else None, english(fault.detail))


class ResolveForm(Judged):
    """What comes of an appeal. No outcome is chosen beforehand."""

    outcome = forms.ChoiceField(
        label=_("What comes of it"),
        choices=[(one.value, appeal_words.RESOLUTIONS[one]) for one in Resolution],
        widget=forms.RadioSelect(attrs={"required": False}),
        error_messages={"required": _("Choose one of them.")},
    )
    measures = forms.MultipleChoiceField(
        label=_("What is undone, where it is a part"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reasons = reasons(_("Why"), _("Whoever appealed reads it, and both sides of the notice."))

    def __init__(self, data: QueryDict | None = None, *, standing: Sequence[Measure] = (), partly: bool) -> None:
        super().__init__(data, auto_id="resolve-%s", label_suffix="")
        found: Any = self.fields
        if partly:
            found["measures"].choices = [(one.id, _named(one)) for one in standing]
        else:
            del found["measures"]
            found["outcome"].choices = [
                (one.value, appeal_words.RESOLUTIONS[one]) for one in Resolution if one is not Resolution.PARTLY
            ]

    def body(self) -> bytes:
        """As the API takes it."""
        told = self.cleaned_data
        chosen = told.get("measures") if told["outcome"] == Resolution.PARTLY else None
        made = {"outcome": told["outcome"], "reasons": fields.lines(told["reasons"]), "measures": chosen or None}
        return msgspec.json.encode(made)


def _named(one: Measure) -> str:
    name = words.coded(words.MEASURES, one.name).word
    state = words.coded(decision_words.MEASURE_STATES, one.state).word
    return _("Link %(number)d: %(measure)s (%(state)s)") % {"number": one.position + 1, "measure": name, "state": state}
