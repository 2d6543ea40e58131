"""The forms of banks: open one, put an entry in, import a file, review and retract. The rules name every fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from django import forms
from django.utils.translation import gettext as gettext_now, gettext_lazy as _

from mufakat.screening.bank import BankKind
from mufakat.server.web import screening_words
from mufakat.server.web.agreement_forms import Judged
from mufakat.server.web.contact_form import moment
from mufakat.server.web.draft_form import choices, english
from mufakat.server.web.restriction_form import PLAIN
from mufakat.server.web.screening_desk import WordsForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.fault import Fault

FAULTS = 50
"""Lines that the page names; the command names all."""


def _line(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={**PLAIN, **attrs})


class BankForm(Judged):
    """A bank to be opened."""

    PLACES: ClassVar = {"/name": "name", "/kind": "kind", "/allow": "allow"}

    name = forms.CharField(
        label=_("Name"),
        required=False,
        widget=_line(),
        help_text=_("Small letters, digits and hyphens. Rules call the bank by it; it cannot be changed."),
    )
    kind = forms.ChoiceField(label=_("What its entries are"), required=False)
    allow = forms.BooleanField(
        label=_("It allows: what it finds ends the matter"),
        required=False,
        help_text=_("Only for what nobody but you can say. Whoever writes it has his whole message allowed."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="bank-%s", label_suffix="")
        self.of = "bank"
        found: Any = self.fields
        found["kind"].choices = choices(screening_words.BANK_KINDS, BankKind)
        self.initial["kind"] = BankKind.PHRASE.value

    def body(self) -> bytes:
        """As the API takes it."""
        made = {"name": self.typed("name"), "kind": self.typed("kind"), "allow": bool(self.typed("allow"))}
        return msgspec.json.encode(made)


class EntryForm(Judged):
    """An entry put in by hand."""

    PLACES: ClassVar = {
        "/value": "value",
        "/category": "category",
        "/ground": "ground",
        "/source": "source",
        "/author": "author",
        "/id": "id",
        "/review_at": "review_at",
        "/expires_at": "expires_at",
    }

    value = forms.CharField(
        label=_("What is to be found"), required=False, widget=forms.Textarea(attrs={"rows": 2, **PLAIN})
    )
    category = forms.CharField(
        label=_("Category"),
        required=False,
        widget=_line(),
        help_text=_(
            "One word, as the rules ask for it: terrorism, gambling, spam. What no notice knows is told as other."
        ),
    )
    ground = forms.CharField(
        label=_("Ground"),
        required=False,
        help_text=_("The clause of your terms, or the law. It stands in the reasons."),
    )
    source = forms.CharField(label=_("Whence it came"), required=False, help_text=_("For example: our reviewers"))
    author = forms.CharField(label=_("Who wrote it"), required=False, help_text=_("Optional."))
    id = forms.CharField(
        label=_("Its name in the bank"),
        required=False,
        widget=_line(),
        help_text=_("Optional; made of the value where it is left empty."),
    )
    review_at = forms.CharField(
        label=_("To be looked at again"), required=False, widget=forms.TextInput(attrs={"type": "datetime-local"})
    )
    expires_at = forms.CharField(
        label=_("It ends by itself"), required=False, widget=forms.TextInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="entry-%s", label_suffix="")
        self.of = "entry"

    def body(self) -> bytes:
        """As the API takes it: a list of one."""
        told: dict[str, Any] = {name: self.typed(name) for name in ("value", "category", "ground", "source", "author")}
        told |= {"id": self.typed("id"), **{name: moment(self.typed(name)) for name in ("review_at", "expires_at")}}
        return msgspec.json.encode({"entries": [{name: value for name, value in told.items() if value}]})

    def place(self, faults: Sequence[Fault]) -> None:
        """Faults of the one entry, without their place in the list; what has no member concerns the value."""
        beginning = "/entries/0"
        own = [
            msgspec.structs.replace(one, pointer=one.pointer.removeprefix(beginning) or "/value")
            if one.pointer.startswith(beginning)
            else one
            for one in faults
        ]
        super().place(own)


class ImportForm(Judged):
    """A bank's file."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_(
            "The bank on the first line, then one entry on each line (NDJSON), at most 4 MiB here. "
            "A larger one goes by the command: mufakat bank import."
        ),
    )
    partial = forms.BooleanField(
        label=_("Take the sound lines where others have faults"),
        required=False,
        help_text=_("Otherwise nothing is taken where any line has a fault."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="import-%s", label_suffix="")
        self.of = "import"

    def place(self, faults: Sequence[Fault]) -> None:
        """Each fault with its line."""
        for one in faults[:FAULTS]:
            before = gettext_now("Line %d:") % one.line if one.line else ""
            before += f" {one.pointer}" if one.pointer else ""
            self.add_error("file", english(one.detail, before.strip()))


class EntriesForm(WordsForm):
    """What is said to the entries that are ticked."""

    PLACES: ClassVar = {"/note": "words", "/reason": "words"}

    def body(self, entries: Sequence[str], *, accept: bool | None) -> bytes:
        """A review, or with None a retraction, as the API takes it."""
        if accept is None:
            return msgspec.json.encode({"entries": entries, "reason": self.typed("words")})
        return msgspec.json.encode({"entries": entries, "accept": accept, "note": self.typed("words")})
