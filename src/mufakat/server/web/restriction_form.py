"""Between the fields of the pages and the JSON of restrictions. Nothing is judged here: the rules name every fault."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from mufakat.rules.notice import Category
from mufakat.rules.places import LEGAL_SYSTEMS
from mufakat.rules.profile_powers import Layer
from mufakat.rules.restriction import Match
from mufakat.server.web import agreement_words, restriction_words, words
from mufakat.server.web.agreement_forms import Judged, multiline
from mufakat.server.web.contact_form import moment
from mufakat.server.web.draft_form import FIRST_SYSTEMS, OURS, SYSTEMS, Line, choices, english

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.rules.fault import Fault

REVIEW, SUNSET = timedelta(days=14), timedelta(days=30)  # What the form begins with; shorter is always possible.
PLAIN: Mapping[str, str] = {"spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


def _moment() -> forms.TextInput:
    return forms.TextInput(attrs={"type": "datetime-local"})


class Offers(msgspec.Struct, frozen=True):
    """What the form offers: whom one may name, and what may open it again, each as (code, words)."""

    operators: Sequence[tuple[str, str]]
    platforms: Sequence[tuple[str, str]]
    agreements: Sequence[tuple[str, str]]
    points: Sequence[str]


class OrderForm(Judged):
    """An order to close names."""

    PLACES: ClassVar = {
        "/list": "category",
        "/names": "names",
        "/match": "match",
        "/layer": "layer",
        "/operators": "operators",
        "/legal_ground": "instrument",
        "/legal_ground/system": "system",
        "/legal_ground/instrument": "instrument",
        "/legal_ground/provision": "provision",
        "/reason": "reason",
        "/proportionality": "proportionality",
        "/emergency": "emergency",
        "/review_at": "review_at",
        "/sunset_at": "sunset_at",
        "/notices": "notices",
        "/platform": "platform",
        "/reopening": "agreement",
        "/reopening/all_of": "all_of",
        "/reopening/any_of": "all_of",
        "/shadow": "shadow",
        "/renews": "renews",
        "/dated": "dated",
    }

    category = forms.ChoiceField(label=_("List"), required=False, help_text=_("What the content is said to be."))
    names = forms.CharField(
        label=_("Names"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, **PLAIN}),
        help_text=_("One host name on each line, without http:// and without a path; at most 10,000."),
    )
    match = forms.ChoiceField(label=_("What of a name"), required=False, widget=forms.RadioSelect)
    layer = forms.ChoiceField(label=_("Where it is closed"), required=False, widget=forms.RadioSelect)
    operators = forms.MultipleChoiceField(
        label=_("Operators that carry it out"), required=False, widget=forms.CheckboxSelectMultiple
    )
    platform = forms.ChoiceField(
        label=_("Platform concerned"),
        required=False,
        help_text=_("It is told, and nothing is published before it answered or its time is over."),
    )
    notices = forms.CharField(
        label=_("Notices that went before"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, **PLAIN}),
        help_text=_("Their numbers (ntc_…), one on each line. An order that follows notices is held against them."),
    )
    system = forms.ChoiceField(label=_("Whose law"), required=False)
    instrument = forms.CharField(label=_("Law"), required=False, help_text=_("For example: UU 11/2008"))
    provision = forms.CharField(label=_("Article"), required=False, help_text=_("For example: Pasal 40 ayat (2a)"))
    dated = forms.CharField(
        label=_("Date of the order on paper"), required=False, widget=forms.TextInput(attrs={"type": "date"})
    )
    reason = forms.CharField(
        label=_("Why these names are closed"),
        required=False,
        widget=multiline(5),
        help_text=_("Everybody reads it in the register; names in it are left out there."),
    )
    proportionality = forms.CharField(
        label=_("Why nothing milder does"),
        required=False,
        widget=multiline(4),
        help_text=_("What was tried before, what else is reached by these names, and why that weighs less."),
    )
    sunset_at = forms.CharField(
        label=_("It ends by itself"), required=False, widget=_moment(), help_text=_("Nobody has to do anything then.")
    )
    review_at = forms.CharField(label=_("It is looked at again"), required=False, widget=_moment())
    agreement = forms.ChoiceField(
        label=_("What opens it before"),
        required=False,
        help_text=_("When the points below are settled it is lifted by itself, at once."),
    )
    all_of = forms.MultipleChoiceField(
        label=_("Points"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none to take all that the agreement or the profile asks for."),
    )
    emergency = forms.BooleanField(
        label=_("Emergency: publish before the platform answered"),
        required=False,
        help_text=_("It stands for at most 72 hours, and is renewed only in the ordinary way."),
    )
    shadow = forms.BooleanField(
        label=_("Only count first"),
        required=False,
        help_text=_("The operators count how often the names are asked for, and close nothing. No address is kept."),
    )
    renews = forms.CharField(
        label=_("Renews"),
        required=False,
        widget=forms.TextInput(attrs=dict(PLAIN)),
        help_text=_("The number (rst_…) of the restriction in whose place this one comes, if there is one."),
    )

    def __init__(self, data: Any = None, *, offers: Offers, at: datetime) -> None:
        super().__init__(data, auto_id="order-%s", label_suffix="")
        nothing = ("", gettext("Choose…"))
        found: Any = self.fields
        found["category"].choices = [nothing, *choices(words.CATEGORIES, Category)]
        found["match"].choices = choices(restriction_words.MATCHES, Match)
        found["layer"].choices = choices(restriction_words.LAYERS, Layer)
        found["operators"].choices = offers.operators
        found["platform"].choices = [("", gettext("None")), *offers.platforms]
        found["agreement"].choices = [("", gettext("What the agreement or the profile says")), *offers.agreements]
        found["all_of"].choices = [(one, _pointed(one)) for one in offers.points]
        systems = [*FIRST_SYSTEMS, *sorted(LEGAL_SYSTEMS - set(FIRST_SYSTEMS))]
        found["system"].choices = [(each, SYSTEMS.get(each, each)) for each in systems]
        self.initial = {
            "match": Match.EXACT.value,
            "layer": Layer.DNS.value,
            "system": "id",
            "operators": [handle for handle, _words in offers.operators],
            "review_at": _local(at + REVIEW),
            "sunset_at": _local(at + SUNSET),
        }

    def numbered(self) -> list[Line]:
        """The names with the numbers of their lines, blank ones left out."""
        lines = enumerate(self.typed_raw("names").split("\n"), start=1)
        return [Line(number, text.strip()) for number, text in lines if text.strip()]

    def typed_raw(self, name: str) -> str:
        """The text of a field with its first line where it stands."""
        return str(self.data.get(self.add_prefix(name), "")).replace("\r\n", "\n").replace("\r", "\n")

    def body(self) -> bytes:
        """As the API takes it. The same fields give the same bytes, so that a second click is known by its digest."""
        ground = {name: self.typed(name) for name in ("system", "instrument", "provision")}
        agreement, points = self.typed("agreement"), self.chosen("all_of")
        made: dict[str, Any] = {
            "list": self.typed("category"),
            **{name: self.typed(name) for name in ("match", "layer", "platform", "renews", "dated")},
            **{name: self.typed(name) for name in ("reason", "proportionality")},
            **{name: moment(self.typed(name)) for name in ("review_at", "sunset_at")},
            "names": [line.text for line in self.numbered()],
            "operators": self.chosen("operators"),
            "notices": self.lines("notices"),
            "legal_ground": {name: text for name, text in ground.items() if text},
            "emergency": bool(self.typed("emergency")),
            "shadow": bool(self.typed("shadow")),
            "reopening": {"agreement": agreement, "all_of": points} if agreement else None,
        }
        return msgspec.json.encode({name: value for name, value in made.items() if value})

    def place(self, faults: Sequence[Fault]) -> None:
        """Each fault beside its field; of a name with the number of its line."""
        numbered = self.numbered()
        for fault in faults:
            name, index = self.field_of(fault.pointer), fault.pointer.rpartition("/")[2]
            before = ""
            if name == "names" and index.isdigit() and int(index) < len(numbered):
                before = gettext("Line %d:") % numbered[int(index)].number
            self.add_error(name if name in self.fields else None, OURS.get(fault.code) or english(fault.detail, before))


class NoteForm(Judged):
    """A few words with a deed."""

    PLACES: ClassVar = {"/note": "note", "/names": "names"}

    note = forms.CharField(label=_("What you say"), required=False, widget=multiline(3))

    def __init__(self, data: Any = None, *, of: str, help_text: Any = "") -> None:
        super().__init__(data, auto_id=f"{of}-%s", label_suffix="")
        self.of = of
        self.fields["note"].help_text = help_text

    def body(self, *, refuse: bool = False) -> bytes:
        """As the API takes it."""
        made: dict[str, Any] = {"note": self.typed("note"), "refuse": refuse}
        return msgspec.json.encode({name: value for name, value in made.items() if value})


class LiftForm(NoteForm):
    """A lifting: of everything, or of the names that are given."""

    names = forms.CharField(
        label=_("Only these names"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, **PLAIN}),
        help_text=_("One on each line. The others stay closed."),
    )

    def body(self, *, refuse: bool = False, some: bool = False) -> bytes:
        """As the API takes it."""
        del refuse
        made = {"note": self.typed("note"), "names": self.lines("names") if some else []}
        return msgspec.json.encode({name: value for name, value in made.items() if value})


def _local(at: datetime) -> str:
    """A time as the field for one takes it, in the zone of this instance."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def _pointed(term: str) -> str:
    word = words.coded(agreement_words.POINTS, term.partition(".")[0]).word
    return f"{word} ({term})"
