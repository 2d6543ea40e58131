"""Between the fields of the pages and the JSON of agreements. Nothing is judged here: the rules name every fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from mufakat.server.web.draft_form import OURS, english

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.rules.fault import Fault

Summary = list[tuple[str, str, str]]


def multiline(rows: int) -> forms.Textarea:
    """A field for several lines."""
    return forms.Textarea(attrs={"rows": rows})


class Judged(forms.Form):
    """A form of which nothing is required here, so that the rules alone say what is missing."""

    PLACES: ClassVar[Mapping[str, str]] = {}

    def full_clean(self) -> None:
        """Nothing: the rules judge, and what they find is added afterwards."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def typed(self, name: str) -> str:
        """The text of a field, line ends as the rules know them."""
        return str(self.data.get(self.add_prefix(name), "")).replace("\r\n", "\n").replace("\r", "\n").strip()

    def chosen(self, name: str) -> list[str]:
        """What is ticked in a field."""
        data: Any = self.data
        return list(data.getlist(self.add_prefix(name)))

    def lines(self, name: str) -> list[str]:
        """The lines of a field, blank ones left out."""
        return [line.strip() for line in self.typed(name).split("\n") if line.strip()]

    def place(self, faults: Sequence[Fault]) -> None:
        """Put every fault beside its field. The sentences of the rules are English, and say so."""
        for fault in faults:
            name = self.field_of(fault.pointer)
            self.add_error(name if name in self.fields else None, OURS.get(fault.code) or english(fault.detail))

    def field_of(self, pointer: str) -> str | None:
        """The field that a pointer concerns: that of its longest beginning that has one."""
        parts = pointer.split("/")
        for end in range(len(parts), 1, -1):
            if found := self.PLACES.get("/".join(parts[:end])):
                return found
        return None

    def summary(self) -> Summary:
        """Every fault as (address of the field, its label, sentence), in the order of the page."""
        found: Summary = [("", "", str(fault)) for fault in self.non_field_errors()]
        for name in self.fields:
            bound = self[name]
            found += [(bound.id_for_label or bound.auto_id, str(bound.label), str(fault)) for fault in bound.errors]
        return found


class OpenForm(Judged):
    """What opens talks: what it is called, between whom, and by which profile's points it begins."""

    PLACES: ClassVar = {"/title": "title_en", "/title/id": "title_id", "/title/en": "title_en", "/parties": "parties"}

    title_id = forms.CharField(
        label=_("Title in Indonesian"), required=False, widget=forms.TextInput(attrs={"lang": "id"})
    )
    title_en = forms.CharField(
        label=_("Title in English"), required=False, widget=forms.TextInput(attrs={"lang": "en"})
    )
    parties = forms.MultipleChoiceField(
        label=_("With whom"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("One side asks (an authority, a flagger), one is asked (a platform, an operator)."),
    )

    def __init__(self, data: Any = None, *, others: Sequence[tuple[str, str]], like: str) -> None:
        super().__init__(data, auto_id="open-%s", label_suffix="")
        self.like = like
        found: Any = self.fields
        found["parties"].choices = others
        if len(others) == 1:
            self.initial["parties"] = [others[0][0]]

    def body(self, own: str) -> bytes:
        """As the API takes it. One's own party stands first."""
        made = {
            "title": {"id": self.typed("title_id"), "en": self.typed("title_en")},
            "parties": [own, *(one for one in self.chosen("parties") if one != own)],
            "like": self.like,
        }
        return msgspec.json.encode(made)


class NoteForm(Judged):
    """A few words with a deed."""

    PLACES: ClassVar = {"/note": "note", "/reason": "note"}

    note = forms.CharField(
        label=_("What you say"),
        required=False,
        widget=multiline(3),
        help_text=_("The other sides read it, and it stays."),
    )

    def __init__(self, data: Any = None, *, of: str) -> None:
        super().__init__(data, auto_id=f"{of}-%s", label_suffix="")
        self.of = of

    def act(self, act: str, *, proposal: int | None) -> bytes:
        """A deed that answers a proposal."""
        made = {"act": act, "proposal": proposal, "note": self.typed("note")}
        return msgspec.json.encode({name: value for name, value in made.items() if value is not None})

    def ending(self) -> bytes:
        """Why it ends."""
        return msgspec.json.encode({"reason": self.typed("note")})


class ShowForm(NoteForm):
    """What is shown for a point: in words, and by the digests of files."""

    PLACES: ClassVar = {"/note": "note", "/files": "digests", "": "note"}

    digests = forms.CharField(
        label=_("Files"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=_("One on each line: its SHA-256 digest, then its name. The file itself stays with you."),
    )

    def showing(self, *, confirms: bool) -> bytes:
        """As the API takes it."""
        files = []
        for line in self.lines("digests"):
            digest, _space, name = line.partition(" ")
            files.append({"sha256": digest.lower(), "name": name.strip() or digest[:12]})
        return msgspec.json.encode({"confirms": confirms, "note": self.typed("note"), "files": files})
