"""Between the fields of the page and the JSON of a decision: what was typed becomes the body, a pointer a field.

Nothing is judged here: the page takes what the API takes, and the rules name every fault. One thing is the form's own:
a text that still holds a blank of a template is not sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import get_language, gettext, gettext_lazy as _

from mufakat.rules import reason_templates, statement_text
from mufakat.rules.decision import ACTS, MAX_TEXT, Automation, Outcome, Refusal
from mufakat.rules.notice import MeasureName
from mufakat.rules.places import LEGAL_SYSTEMS
from mufakat.rules.reason_templates import TEMPLATES
from mufakat.server.web import decision_words, words
from mufakat.server.web.contact_form import moment
from mufakat.server.web.draft_form import FIRST_SYSTEMS, LANGUAGES, OURS, SYSTEMS, choices, english

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.http import QueryDict

    from mufakat.rules.fault import Fault
    from mufakat.rules.notice import Draft
    from mufakat.server.web.faces import LinkFace

NOTHING = "nothing"  # What stands for no measure on one link.

# A fault's pointer begins with one of these; the longest one names the field. Items are told by `DecisionForm.place`.
PLACES = {
    "/outcome": "outcome",
    "/refusal": "refusal",
    "/items": "measures",
    "/ground": "instrument",
    "/ground/legal_ground": "instrument",
    "/ground/legal_ground/system": "system",
    "/ground/legal_ground/provision": "provision",
    "/ground/terms_ground": "document",
    "/ground/terms_ground/clause": "clause",
    "/ground/terms_ground/url": "terms_url",
    "/facts": "facts",
    "/reasons": "reasons",
    "/language": "language",
    "/automated": "automation",
    "/automated/detection": "detection",
}
OF_ITEM = {"ends_at": "ends_at", "territory": "territory"}


@dataclass(frozen=True, slots=True)
class Item:
    """One measure as the fields tell it; `own` says that they are the fields of its link and not those of all."""

    locator: int
    measure: str
    ends_at: str
    territory: list[str]
    own: bool

    @property
    def body(self) -> dict[str, Any]:
        """The item's JSON; what was left empty says nothing."""
        told = {"ends_at": moment(self.ends_at) if self.ends_at else "", "territory": self.territory}
        return {"locator": self.locator, "measure": self.measure, **{name: one for name, one in told.items() if one}}


@dataclass(frozen=True, slots=True)
class Row:
    """One link with the fields of its own."""

    number: int
    link: LinkFace
    measure: forms.BoundField
    ends_at: forms.BoundField
    territory: forms.BoundField

    @property
    def wrong(self) -> bool:
        """Whether a fault stands in this row."""
        return bool(self.measure.errors or self.ends_at.errors or self.territory.errors)


class DecisionForm(forms.Form):
    """The fields of a decision. None is required here, so that the rules alone say what is missing; none is chosen."""

    template = forms.ChoiceField(
        label=_("Begin with a text"),
        required=False,
        help_text=_("It fills the empty fields below. What stands in [… brackets …] only you can know."),
    )
    outcome = forms.ChoiceField(label=_("What do you decide?"), required=False, widget=forms.RadioSelect)
    refusal = forms.ChoiceField(label=_("Why you refuse"), required=False)
    measures = forms.MultipleChoiceField(
        label=_("What is done with the links"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Terminating an account and closing a channel wait until a second person has approved them."),
    )
    ends_at = forms.CharField(
        label=_("Until when"),
        required=False,
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
        help_text=_("Leave it empty for no end."),
    )
    territory = forms.CharField(
        label=_("Where"),
        required=False,
        help_text=_("Codes of countries, such as ID. Leave it empty for everywhere."),
    )
    facts = forms.CharField(
        label=_("The facts"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": MAX_TEXT}),
        help_text=_("What you found, and when. No names of people who are not needed to understand it."),
    )
    reasons = forms.CharField(
        label=_("The reasons"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": MAX_TEXT}),
        help_text=_("Why this follows from the ground. The sender and whoever is affected read it."),
    )
    system = forms.ChoiceField(label=_("Whose law"), required=False)
    instrument = forms.CharField(label=_("Law"), required=False, help_text=_("For example: UU 11/2008"))
    provision = forms.CharField(label=_("Article"), required=False, help_text=_("For example: Pasal 40 ayat (2a)"))
    document = forms.CharField(label=_("Document"), required=False, help_text=_("For example: Terms of Service"))
    clause = forms.CharField(label=_("Clause"), required=False)
    terms_url = forms.CharField(
        label=_("Address of the document"), required=False, widget=forms.TextInput(attrs={"inputmode": "url"})
    )
    language = forms.ChoiceField(label=_("Language of facts and reasons"), required=False, choices=LANGUAGES)
    detection = forms.BooleanField(label=_("A machine found the content"), required=False)
    automation = forms.ChoiceField(label=_("Who decided"), required=False, widget=forms.RadioSelect)

    def __init__(
        self, data: QueryDict | None, *, links: Sequence[LinkFace], draft: Draft | None, language: str
    ) -> None:
        super().__init__(data, prefix="decide", auto_id="%s", label_suffix="")
        self.links = links
        tongue = statement_text.tongue_of(get_language() or "en")
        nothing = ("", gettext("Choose…"))
        self._offer("template", [nothing, *((one.name, one.title[tongue]) for one in TEMPLATES.values())])
        self._offer("outcome", choices(decision_words.OUTCOMES, Outcome))
        self._offer("refusal", [nothing, *choices(decision_words.REFUSALS, Refusal)])
        self._offer("measures", choices(words.MEASURES, MeasureName))
        self._offer("automation", choices(decision_words.AUTOMATION, Automation))
        systems = [*FIRST_SYSTEMS, *sorted(LEGAL_SYSTEMS - set(FIRST_SYSTEMS))]
        self._offer("system", [(each, SYSTEMS.get(each, each)) for each in systems])
        for number in range(len(links)):
            self._add_link(number)
        self.initial = {"system": "id", "language": language, "automation": Automation.NONE.value, **_told_by(draft)}

    def full_clean(self) -> None:
        """Nothing: the rules judge, and what they find is added afterwards."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def _offer(self, name: str, offered: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = offered

    def _add_link(self, number: int) -> None:
        own = [("", gettext("As above")), (NOTHING, gettext("Nothing")), *choices(words.MEASURES, MeasureName)]
        shown = {"number": number + 1}
        self.fields[f"link{number}"] = forms.ChoiceField(
            label=gettext("What is done with link %(number)d") % shown, required=False, choices=own
        )
        self.fields[f"link{number}-ends_at"] = forms.CharField(
            label=gettext("Until when (link %(number)d)") % shown,
            required=False,
            widget=forms.TextInput(attrs={"type": "datetime-local"}),
        )
        self.fields[f"link{number}-territory"] = forms.CharField(
            label=gettext("Where (link %(number)d)") % shown, required=False
        )

    @property
    def rows(self) -> list[Row]:
        """The links, each with its own fields."""
        return [
            Row(number + 1, link, self[f"link{number}"], self[f"link{number}-ends_at"], self[f"link{number}-territory"])
            for number, link in enumerate(self.links)
        ]

    @property
    def singles_wrong(self) -> bool:
        """Whether something is wrong with, or was told of, a single link: then those fields stand open."""
        return any(row.wrong or self.typed(row.measure.name) for row in self.rows)

    def typed(self, name: str) -> str:
        """The text of one field, line ends as the rules know them. A choice that was not offered is refused there."""
        return str(self.data.get(self.add_prefix(name), "")).replace("\r\n", "\n").replace("\r", "\n")

    def typed_list(self, name: str) -> list[str]:
        """The choices of one field."""
        data: Any = self.data
        return list(data.getlist(self.add_prefix(name))) if hasattr(data, "getlist") else []

    def items(self) -> list[Item]:
        """What is done with which link: its own fields where they say something, else those for all."""
        return [item for number in range(len(self.links)) for item in self._items_of(number)]

    def _items_of(self, number: int) -> Iterator[Item]:
        own = self.typed(f"link{number}").strip()
        if own == NOTHING:
            return
        ends_at = self.typed(f"link{number}-ends_at").strip()
        territory = _countries(self.typed(f"link{number}-territory"))
        for measure in [own] if own else [one for one in self.typed_list("measures") if one != NOTHING]:
            yield Item(
                number,
                measure,
                ends_at or self.typed("ends_at").strip(),
                territory or _countries(self.typed("territory")),
                own=bool(own or ends_at or territory),
            )

    def body(self) -> bytes:
        """The decision's JSON. What belongs to another outcome than the one chosen is not sent: it is hidden then."""
        outcome = self.typed("outcome")
        acts = outcome in ACTS or not outcome
        law = self._ground("instrument", "provision", system="system")
        terms = self._ground("document", "clause", url="terms_url")
        made: dict[str, Any] = {
            "outcome": outcome,
            "refusal": self.typed("refusal") if outcome == Outcome.REFUSE else "",
            "items": [item.body for item in self.items()] if acts else [],
            "ground": {name: one for name, one in (("legal_ground", law), ("terms_ground", terms)) if one},
            "facts": self.typed("facts").strip(),
            "reasons": self.typed("reasons").strip(),
            "language": self.typed("language"),
        }
        told = {name: value for name, value in made.items() if value}
        told["automated"] = {"detection": bool(self.typed("detection")), "decision": self.typed("automation")}
        return msgspec.json.encode(told)

    def _ground(self, *told: str, **others: str) -> dict[str, str]:
        """A ground, if anything of it was typed; a choice that stands there from the start says nothing by itself."""
        found = {name: self.typed(name).strip() for name in told}
        rest = {name: self.typed(field).strip() for name, field in others.items()}
        if not any(found.values()) and not rest.get("url"):
            return {}
        return {name: text for name, text in {**rest, **found}.items() if text}

    def open_blanks(self) -> bool:
        """Whether a blank of a template still stands in a text; it is said beside the field."""
        for name in ("facts", "reasons"):
            if found := reason_templates.blanks(self.typed(name)):
                says = gettext("Write your own words where this stands: %(blank)s")
                self.add_error(name, says % {"blank": found[0]})
        return bool(self.errors)

    def place(self, faults: Sequence[Fault]) -> None:
        """Put every fault beside its field. The sentences of the rules are English, and say so."""
        said: set[tuple[str | None, str]] = set()
        for fault in faults:
            field, before = self._place_of(fault.pointer)
            sentence = str(OURS.get(fault.code) or english(fault.detail, before))
            if (field, sentence) not in said:  # Every link has the fault of the fields for all.
                said.add((field, sentence))
                self.add_error(field, OURS.get(fault.code) or english(fault.detail, before))

    def _place_of(self, pointer: str) -> tuple[str | None, str]:
        parts = pointer.split("/")
        if len(parts) > 2 and parts[1] == "items" and parts[2].isdigit():
            items = self.items()
            item = items[int(parts[2])] if int(parts[2]) < len(items) else None
            name = OF_ITEM.get(parts[3] if len(parts) > 3 else "", "")
            if item is None or not item.own:
                return name or "measures", ""
            return f"link{item.locator}" + (f"-{name}" if name else ""), ""
        for end in range(len(parts), 1, -1):
            if found := PLACES.get("/".join(parts[:end])):
                return found, ""
        return None, ""

    def summary(self) -> list[tuple[str, str, str]]:
        """Every fault as (address of the field, its label, sentence), in the order of the page."""
        found: list[tuple[str, str, str]] = [("", "", str(fault)) for fault in self.non_field_errors()]
        for name in self.fields:
            bound = self[name]
            found += [(bound.id_for_label or bound.auto_id, str(bound.label), str(fault)) for fault in bound.errors]
        return found

    def with_template(self) -> QueryDict | None:
        """What was typed, with the chosen template in the texts that are empty or hold blanks; None where none is."""
        found = reason_templates.fill(
            self.typed("template"),
            tongue=statement_text.tongue_of(self.typed("language") or "en"),
            ground=self._ground_text(),
            links=len(self.links),
        )
        if found is None:
            return None
        typed: Any = self.data
        data: QueryDict = typed.copy()
        data[self.add_prefix("outcome")] = found.outcome.value
        data[self.add_prefix("refusal")] = found.refusal.value if found.refusal else ""
        for name, text in (("facts", found.facts), ("reasons", found.reasons)):
            if not self.typed(name).strip() or reason_templates.blanks(self.typed(name)):
                data[self.add_prefix(name)] = text
        return data

    def _ground_text(self) -> str:
        law = [self.typed("instrument").strip(), self.typed("provision").strip()]
        terms = [self.typed("document").strip(), self.typed("clause").strip()]
        return ", ".join(one for one in (law if any(law) else terms) if one)


def _told_by(draft: Draft | None) -> Mapping[str, str]:
    """What the notice says already: its ground, and where it should apply; whether it is right is for the reviewer."""
    if draft is None:
        return {}
    found = {"territory": " ".join(draft.territory or ())}
    if law := draft.legal_ground:
        found |= {"system": law.system, "instrument": law.instrument, "provision": law.provision}
    if terms := draft.terms_ground:
        found |= {"document": terms.document, "clause": terms.clause, "terms_url": terms.url or ""}
    return found


def _countries(text: str) -> list[str]:
    return text.replace(",", " ").upper().split()
