"""The forms of hits: let go, or block with a statement of reasons. The rules name every fault."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from mufakat.rules.acting import BLOCKING
from mufakat.rules.places import LEGAL_SYSTEMS
from mufakat.server.web import words
from mufakat.server.web.agreement_forms import multiline
from mufakat.server.web.draft_form import FIRST_SYSTEMS, SYSTEMS, choices
from mufakat.server.web.screening_desk import WordsForm, json_of


class ReleaseForm(WordsForm):
    """A word with a release."""

    def body(self) -> bytes:
        """As the API takes it."""
        return json_of({"note": self.typed("words")})


class BlockForm(WordsForm):
    """A block. What is left empty, the rule and its entries say."""

    PLACES: ClassVar = {
        "/note": "words",
        "/measure": "measure",
        "/items": "measure",
        "/reasons": "reasons",
        "/ground": "instrument",
        "/ground/legal_ground/system": "system",
        "/ground/legal_ground/instrument": "instrument",
        "/ground/legal_ground/provision": "provision",
        "/ground/terms_ground": "document",
        "/ground/terms_ground/clause": "clause",
    }

    measure = forms.ChoiceField(label=_("What is done"), required=False, widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=_("Reasons"),
        required=False,
        widget=multiline(4),
        help_text=_("What its author reads. Left empty, it is the reason that the rule gives."),
    )
    document = forms.CharField(label=_("Your terms"), required=False, help_text=_("For example: Terms of service"))
    clause = forms.CharField(label=_("Clause"), required=False, help_text=_("For example: 4.2"))
    system = forms.ChoiceField(label=_("Whose law"), required=False)
    instrument = forms.CharField(label=_("Law"), required=False, help_text=_("For example: UU 11/2008"))
    provision = forms.CharField(label=_("Article"), required=False, help_text=_("For example: Pasal 40 ayat (2a)"))

    def __init__(self, data: Any = None, *, of: str, help_text: Any = "") -> None:
        super().__init__(data, of=of, label=_("A note for your colleagues"), help_text=help_text)
        found: Any = self.fields
        found["measure"].choices = choices(words.MEASURES, BLOCKING)
        systems = [*FIRST_SYSTEMS, *sorted(LEGAL_SYSTEMS - set(FIRST_SYSTEMS))]
        found["system"].choices = [(each, SYSTEMS.get(each, each)) for each in systems]
        self.initial.update(measure=BLOCKING[0].value, system=FIRST_SYSTEMS[0])

    def body(self) -> bytes:
        """As the API takes it."""
        legal = {name: self.typed(name) for name in ("instrument", "provision") if self.typed(name)}
        terms = {name: self.typed(name) for name in ("document", "clause") if self.typed(name)}
        ground = {
            "legal_ground": {"system": self.typed("system"), **legal} if legal else None,
            "terms_ground": terms or None,
        }
        return json_of(
            {
                "note": self.typed("words"),
                "measure": self.typed("measure"),
                "reasons": self.typed("reasons"),
                "ground": {name: value for name, value in ground.items() if value},
            }
        )
