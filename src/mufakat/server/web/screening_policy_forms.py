"""The forms of policies and samples. Nothing is judged here: the rules name every fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from mufakat.server.filters import samples
from mufakat.server.web.agreement_forms import Judged, multiline
from mufakat.server.web.draft_form import english
from mufakat.server.web.restriction_form import PLAIN
from mufakat.server.web.screening_desk import WordsForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.fault import Fault

ROWS = 24


class ProposalForm(Judged):
    """The text of a version, and a word with it."""

    PLACES: ClassVar = {"/text": "text", "/note": "note"}

    text = forms.CharField(
        label=_("The policy"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": ROWS, "class": "code", "wrap": "off", **PLAIN}),
        help_text=_("YAML, as you would keep it in a file. It is kept byte for byte as it stands here."),
    )
    note = forms.CharField(
        label=_("What you say with it"),
        required=False,
        widget=multiline(3),
        help_text=_("Optional: what changed, and why. The one who promotes it reads it."),
    )

    def __init__(self, data: Any = None, *, begin: str = "") -> None:
        super().__init__(data, auto_id="propose-%s", label_suffix="")
        self.of = "propose"
        self.initial = {"text": begin}
        self.lined: list[Fault] = []

    def text_typed(self) -> str:
        """The text byte for byte but for the line ends that a browser sends, and one at its end."""
        text = str(self.data.get("text", "")).replace("\r\n", "\n").replace("\r", "\n")
        return text if not text or text.endswith("\n") else text + "\n"

    def place(self, faults: Sequence[Fault]) -> None:
        """Faults of the text are kept with their lines as well, to be shown beside these."""
        super().place(faults)
        self.lined = [one for one in faults if one.pointer == "/text"]

    def beside(self) -> list[tuple[int, str, list[str]]]:
        """Each line with a fault: its number, what stands there, and what is wrong with it."""
        lines = self.text_typed().split("\n")
        found: dict[int, list[str]] = {}
        for one in self.lined:
            number = one.line or 1
            found.setdefault(number, []).append(one.detail.removeprefix(f"Line {number}").lstrip(":, "))
        return [
            (number, lines[number - 1] if number <= len(lines) else "", details)
            for number, details in sorted(found.items())
        ]


class TryForm(Judged):
    """On which samples a version is tried."""

    PLACES: ClassVar = {"/samples": "samples", "/live": "live"}

    samples = forms.MultipleChoiceField(label=_("Samples"), required=False, widget=forms.CheckboxSelectMultiple)
    live = forms.BooleanField(
        label=_("As if every rule were live"),
        required=False,
        help_text=_("Shows what would follow one day. Such a table is not taken for a promotion."),
    )

    def __init__(self, data: Any = None, *, offers: Sequence[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="try-%s", label_suffix="")
        self.of = "try"
        found: Any = self.fields
        found["samples"].choices = offers
        if len(offers) == 1:
            self.initial["samples"] = [offers[0][0]]


class PromotionForm(WordsForm):
    """A promotion: with the figures in sight, and said once more."""

    PLACES: ClassVar = {"/note": "words", "/backtest": "sure"}

    sure = forms.BooleanField(label=_("I have read these figures, and this version shall go live."), required=False)


class EndForm(WordsForm):
    """The live policy is taken back."""

    restore = forms.ChoiceField(
        label=_("What becomes of what it hit"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            ("", _("It stays, each by its own decision")),
            ("restore", _("It is restored: the policy was at fault, and all that it hit is undone")),
        ],
        initial="",
    )


class SampleForm(Judged):
    """Items of the past, as a file."""

    PLACES: ClassVar = {"/name": "name", "": "file"}

    name = forms.CharField(
        label=_("What it is"),
        required=False,
        widget=forms.TextInput(attrs={"maxlength": samples.NAME}),
        help_text=_("One line, for your colleagues: posts of last week."),
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("One item on each line, as they are screened (NDJSON), at most 50 MiB."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="sample-%s", label_suffix="")
        self.of = "sample"

    def place(self, faults: Sequence[Fault]) -> None:
        """What is wrong with the name stands beside it, all else beside the file, with its line."""
        # A line may have a member of this name, too: what is wrong in lines comes after the one that says so.
        named = [] if faults and not faults[0].pointer else [one for one in faults if one.pointer == "/name"]
        super().place(named)
        for one in faults:
            if one not in named:
                self.add_error("file", english(one.detail))
