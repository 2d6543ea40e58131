"""Between the fields of the page and the JSON of a notice: what was typed becomes the body, a fault's pointer a field.

Nothing is judged here: the page takes what the API takes, and the rules name every fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy as _

from mufakat.rules.fault import FaultCode
from mufakat.rules.notice import MAX_EXPLANATION, Category, MeasureName, NoticeKind, Otherwise, Urgency
from mufakat.rules.places import LEGAL_SYSTEMS
from mufakat.server.web import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

    from mufakat.rules.fault import Fault

LANGUAGES = (
    ("id", "Bahasa Indonesia"),
    ("en", "English"),
    ("ar", "العربية"),
    ("jv", "Basa Jawa"),
    ("su", "Basa Sunda"),
    ("ms", "Bahasa Melayu"),
    ("zh", "中文"),
    ("ru", "Русский"),
)
FIRST_SYSTEMS = ("id", "eu", "un")

# A fault's pointer begins with one of these; the longest one names the field. The rest concerns the notice as a whole.
PLACES = {
    "/to": "to",
    "/kind": "kind",
    "/category": "category",
    "/urgency": "urgency",
    "/otherwise": "otherwise",
    "/locators": "locators",
    "/explanation": "explanation",
    "/language": "language",
    "/content_date": "content_date",
    "/legal_ground": "instrument",
    "/legal_ground/system": "system",
    "/legal_ground/instrument": "instrument",
    "/legal_ground/provision": "provision",
    "/terms_ground": "document",
    "/terms_ground/document": "document",
    "/terms_ground/clause": "clause",
    "/terms_ground/url": "terms_url",
    "/requested_measures": "measures",
    "/territory": "territory",
    "/evidence": "evidence",
}


C = TypeVar("C", bound=str)


@dataclass(frozen=True, slots=True)
class Line:
    """One link as typed, and the number of its line in the field."""

    number: int
    text: str


class FilesInput(forms.FileInput):
    """A field for several files."""

    allow_multiple_selected = True


class DraftForm(forms.Form):
    """The fields of a notice. None is required here, so that the rules alone say what is missing."""

    to = forms.ChoiceField(label=_("Recipient"), required=False, help_text=_("Who decides about this content."))
    kind = forms.ChoiceField(label=_("Kind of notice"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False, help_text=_("What the content is said to be."))
    urgency = forms.ChoiceField(
        label=_("Urgency"),
        required=False,
        widget=forms.RadioSelect,
        help_text=_("An emergency is when somebody is in danger."),
    )
    otherwise = forms.MultipleChoiceField(
        label=_("If no mandate of your party covers it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(Otherwise.USER_REPORT.value, _("Take it as a report by a user"))],
        help_text=_("Without this the notice is then refused, and the page says what lies outside."),
    )
    locators = forms.CharField(
        label=_("Links"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}),
        help_text=_(
            "One on each line, at most 100: web addresses, Telegram links or names (@name), host names, file digests."
        ),
    )
    explanation = forms.CharField(
        label=_("Explanation"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": MAX_EXPLANATION}),
        help_text=_("What is there, and why it breaks the law or the terms. The recipient reads this."),
    )
    language = forms.ChoiceField(label=_("Language of the explanation"), required=False, choices=LANGUAGES)
    content_date = forms.CharField(
        label=_("Date of the content"),
        required=False,
        widget=forms.TextInput(attrs={"type": "date"}),
        help_text=_("When it was published, if you know."),
    )
    evidence = forms.Field(
        label=_("Files"),
        required=False,
        widget=FilesInput(attrs={"multiple": True}),
        help_text=_(
            "At most 20, each up to 50 MiB, together up to 200 MiB. "
            "They are kept encrypted, for both sides to download. "
            "For sexual abuse of children no files are taken: write their SHA-256 digests among the links instead."
        ),
    )
    system = forms.ChoiceField(label=_("Whose law"), required=False)
    instrument = forms.CharField(label=_("Law"), required=False, help_text=_("For example: UU 11/2008"))
    provision = forms.CharField(label=_("Article"), required=False, help_text=_("For example: Pasal 40 ayat (2a)"))
    document = forms.CharField(label=_("Document"), required=False, help_text=_("For example: Terms of Service"))
    clause = forms.CharField(label=_("Clause"), required=False)
    terms_url = forms.CharField(
        label=_("Address of the document"), required=False, widget=forms.TextInput(attrs={"inputmode": "url"})
    )
    measures = forms.MultipleChoiceField(
        label=_("Measures"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The recipient decides what is done."),
    )
    territory = forms.CharField(
        label=_("Where it should apply"),
        required=False,
        help_text=_("Codes of countries, such as ID. Leave it empty for everywhere."),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        recipients: Sequence[tuple[str, str]],
        kinds: Sequence[NoticeKind],
        language: str,
        filled: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, auto_id="field-%s", label_suffix="")
        nothing = ("", gettext("Choose…"))
        self._offer("to", [nothing, *recipients])
        self._offer("kind", [nothing, *choices(words.KINDS, kinds)])
        self._offer("category", [nothing, *choices(words.CATEGORIES, Category)])
        self._offer("urgency", choices(words.URGENCIES, Urgency))
        self._offer("measures", choices(words.MEASURES, MeasureName))
        systems = [*FIRST_SYSTEMS, *sorted(LEGAL_SYSTEMS - set(FIRST_SYSTEMS))]
        self._offer("system", [(each, SYSTEMS.get(each, each)) for each in systems])
        self.initial = {"urgency": "normal", "system": "id", "language": language}
        if len(recipients) == 1:
            self.initial.setdefault("to", recipients[0][0])
        if len(kinds) == 1:
            self.initial.setdefault("kind", kinds[0].value)
        self.initial |= filled or {}

    def full_clean(self) -> None:
        """Nothing: the rules judge, and what they find is added afterwards."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def _offer(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def typed(self, name: str) -> str:
        """The text of one field, line ends as the rules know them. A choice that was not offered is refused there."""
        return str(self.data.get(name, "")).replace("\r\n", "\n").replace("\r", "\n")

    def lines(self) -> list[Line]:
        """The links, one a line, blank lines left out."""
        numbered = enumerate(self.typed("locators").split("\n"), start=1)
        return [Line(number, text.strip()) for number, text in numbered if text.strip()]

    def body(self, files: Sequence[Mapping[str, str]] = ()) -> bytes:
        """The notice's JSON. The same fields give the same bytes, so that a second click is known by its digest."""
        measures = self.data.getlist("measures") if isinstance(self.data, QueryDict) else []
        made: dict[str, Any] = {
            "to": self.typed("to"),
            "kind": self.typed("kind"),
            "category": self.typed("category"),
            "urgency": self.typed("urgency"),
            "locators": [line.text for line in self.lines()],
            "explanation": self.typed("explanation").strip(),
            "language": self.typed("language"),
            "content_date": self.typed("content_date").strip(),
            "legal_ground": self._ground("instrument", "provision", system="system"),
            "terms_ground": self._ground("document", "clause", url="terms_url"),
            "requested_measures": measures,
            "territory": self.typed("territory").replace(",", " ").upper().split(),
            "evidence": files,
            "otherwise": self.typed("otherwise"),
        }
        return msgspec.json.encode({name: value for name, value in made.items() if value})

    def _ground(self, *told: str, **others: str) -> dict[str, str]:
        """A ground, if anything of it was typed; a choice that stands there from the start says nothing by itself."""
        found = {name: self.typed(name).strip() for name in told}
        rest = {name: self.typed(field).strip() for name, field in others.items()}
        if not any(found.values()) and not rest.get("url"):
            return {}
        return {name: text for name, text in {**rest, **found}.items() if text}

    def place(self, faults: Sequence[Fault]) -> None:
        """Put every fault beside its field. The sentences of the rules are English, and say so."""
        lines = self.lines()
        for fault in faults:
            field, index = place_of(fault.pointer)
            before = ""
            if field == "locators" and index is not None and index < len(lines):
                before = gettext("Line %d:") % lines[index].number
            elif field == "evidence" and index is not None:
                before = gettext("File %d:") % (index + 1)
            elif fault.code is FaultCode.AGREED_FIELD:
                before = gettext("What you agreed with the recipient asks for this.")
            self.add_error(field, OURS.get(fault.code) or english(fault.detail, before))

    def summary(self) -> list[tuple[str, str, str]]:
        """Every fault as (address of the field, its label, sentence), in the order of the page."""
        found: list[tuple[str, str, str]] = [("", "", str(fault)) for fault in self.non_field_errors()]
        for name in self.fields:
            bound = self[name]
            found += [(bound.id_for_label or f"field-{name}", str(bound.label), str(fault)) for fault in bound.errors]
        return found


# The faults that every clerk meets, in the clerk's language.
OURS = {
    FaultCode.MISSING: _("This is needed."),
    FaultCode.NO_GROUND: _(
        "A ground is needed: the law, or a clause of the recipient's terms. "
        "Requests and orders of an authority need the law."
    ),
}
SYSTEMS = {"id": _("Indonesia"), "eu": _("European Union"), "un": _("United Nations")}


def choices(table: Mapping[C, Promise], codes: Iterable[C]) -> list[tuple[str, str]]:
    """What a field offers: the code, and the word with the code beside it."""
    return [(str(code), f"{table[code]} ({code})") for code in codes]


def place_of(pointer: str) -> tuple[str | None, int | None]:
    """The field that a JSON pointer concerns (None: the whole notice), and the index where it points into a list."""
    parts = pointer.split("/")
    for end in range(len(parts), 1, -1):
        if found := PLACES.get("/".join(parts[:end])):
            rest = parts[end:]
            return found, int(rest[0]) if rest and rest[0].isdigit() else None
    return None, None


def english(sentence: str, before: str = "") -> SafeString:
    """A sentence of the rules, marked as English."""
    return (
        format_html('{} <span lang="en">{}</span>', before, sentence)
        if before
        else format_html('<span lang="en">{}</span>', sentence)
    )
