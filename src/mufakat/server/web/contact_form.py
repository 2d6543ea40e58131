"""Between the fields of the page and the JSON of a contact. Nothing is judged here: the rules name every fault."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from django import forms
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from mufakat.rules.contact import MAX_RANK, ContactRole
from mufakat.rules.places import COUNTRIES
from mufakat.server.web import words
from mufakat.server.web.draft_form import LANGUAGES, OURS, choices, english

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict

    from mufakat.rules.fault import Fault
    from mufakat.server.parties.contact_faces import CardOut

PLAIN = (
    *("name", "organisation", "country", "email", "phone", "postal_address"),
    *("hours", "time_zone", "mandate", "mandate_sha256"),
)
MOMENTS = ("valid_from", "valid_to")


class ContactForm(forms.Form):
    """The fields of a contact. None is required here, so that the rules alone say what is missing."""

    role = forms.ChoiceField(label=_("What the contact is for"), required=False)
    name = forms.CharField(label=_("Name"), required=False, help_text=_("The person who is asked for."))
    organisation = forms.CharField(
        label=_("Organisation"), required=False, help_text=_("The office. Everybody sees it, with the role.")
    )
    country = forms.ChoiceField(label=_("Country"), required=False)
    email = forms.CharField(
        label=_("E-mail"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocapitalize": "off", "spellcheck": "false"}),
        help_text=_("Test messages and reminders go there. Use one that somebody reads every day."),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text=_("With + and the country. Without it nobody can call when e-mail fails."),
    )
    postal_address = forms.CharField(
        label=_("Postal address"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"), required=False, choices=LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    hours = forms.CharField(
        label=_("Hours"), required=False, help_text=_("When somebody is there. For example: Mon-Fri 08:00-17:00")
    )
    time_zone = forms.CharField(
        label=_("Time zone of the hours"), required=False, help_text=_("For example: Asia/Jakarta")
    )
    rank = forms.CharField(
        label=_("Rank"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_RANK}),
        help_text=_("Whom to turn to first: 1 comes before 2."),
    )
    senior = forms.BooleanField(
        label=_("Senior contact"), required=False, help_text=_("Turned to when the others did not answer.")
    )
    mandate = forms.CharField(
        label=_("Written authority"),
        required=False,
        help_text=_("On what document the contact acts. Your party alone sees it."),
    )
    mandate_sha256 = forms.CharField(
        label=_("SHA-256 of the document"),
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"}),
    )
    valid_from = forms.CharField(
        label=_("In force from"),
        required=False,
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
        help_text=_("Leave it empty for as soon as possible."),
    )
    valid_to = forms.CharField(
        label=_("In force until"),
        required=False,
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
        help_text=_("Leave it empty for no end."),
    )

    def __init__(self, data: QueryDict | None, *, card: CardOut | None = None, new: bool) -> None:
        super().__init__(data, auto_id="field-%s", label_suffix="")
        if new:
            self._offer("role", [("", gettext("Choose…")), *choices(words.CONTACT_ROLES, ContactRole)])
        else:
            del self.fields["role"]
        self._offer("country", [("", gettext("Choose…")), *((code, code) for code in sorted(COUNTRIES))])
        self.initial = {"languages": ["id", "en"], "country": "ID", "rank": "1", "time_zone": "Asia/Jakarta"}
        if card is not None:
            self._keep_languages(card.languages)
            self.initial = {name: getattr(card, name) or "" for name in PLAIN}
            self.initial |= {"languages": card.languages, "rank": str(card.rank), "senior": card.senior}

    def full_clean(self) -> None:
        """Nothing: the rules judge, and what they find is added afterwards."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def _offer(self, name: str, offered: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = offered

    def _keep_languages(self, found: Sequence[str]) -> None:
        """A language that another way in has set must not vanish because the page offers fewer."""
        known = {code for code, _label in LANGUAGES}
        self._offer("languages", [*LANGUAGES, *((code, code) for code in found if code not in known)])

    def body(self) -> bytes:
        """The contact's JSON; a field that was left empty says nothing."""
        data: Any = self.data
        made: dict[str, Any] = {name: str(data.get(name, "")).strip().replace("\r\n", "\n") for name in PLAIN}
        made |= {name: moment(str(data.get(name, "")).strip()) for name in MOMENTS}
        if "role" in self.fields:
            made["role"] = data.get("role", "")
        made["languages"] = data.getlist("languages")
        rank = str(data.get("rank", "")).strip()
        made["rank"] = int(rank) if rank.isascii() and rank.isdigit() and len(rank) < 9 else rank
        made["senior"] = bool(data.get("senior"))
        return msgspec.json.encode({name: value for name, value in made.items() if value not in ("", [])})

    def place(self, faults: Sequence[Fault]) -> None:
        """Put every fault beside its field. The sentences of the rules are English, and say so."""
        for fault in faults:
            name = fault.pointer.split("/")[1] if fault.pointer else ""
            self.add_error(name if name in self.fields else None, OURS.get(fault.code) or english(fault.detail))

    def summary(self) -> list[tuple[str, str, str]]:
        """Every fault as (address of the field, its label, sentence), in the order of the page."""
        found: list[tuple[str, str, str]] = [("", "", str(fault)) for fault in self.non_field_errors()]
        for name in self.fields:
            bound = self[name]
            found += [(bound.id_for_label or f"field-{name}", str(bound.label), str(fault)) for fault in bound.errors]
        return found


def moment(text: str) -> str:
    """What was typed in the instance's time zone, as the rules read it; what is none is left for them to refuse."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (found if found.tzinfo else timezone.make_aware(found)).isoformat()
