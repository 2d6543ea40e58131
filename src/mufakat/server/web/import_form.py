"""The form of a file: the file, how it is read, and what is said once for all its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from mufakat.formats import Encoding, Format
from mufakat.rules.notice import Category, Urgency
from mufakat.server.web import words
from mufakat.server.web.draft_form import LANGUAGES, DraftForm, choices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import QueryDict

    from mufakat.rules.notice import NoticeKind

FORMATS = (
    ("", _("As the file shows")),
    (Format.CSV.value, _("Table (csv)")),
    (Format.JSON.value, _("JSON, one notice or a list (json)")),
    (Format.NDJSON.value, _("JSON, one notice on each line (ndjson)")),
    (Format.EML.value, _("Mails (eml)")),
    (Format.XARF.value, _("XARF v4 (xarf)")),
)
ENCODINGS = (
    ("", _("As the file shows")),
    (Encoding.UTF_8.value, "UTF-8"),
    (Encoding.WINDOWS_1252.value, "Windows-1252"),
)
ACCEPTED = ".csv,.tsv,.json,.ndjson,.jsonl,.xarf,text/csv,application/json,application/x-ndjson"


class ImportForm(DraftForm):
    """The fields of a notice that may be the same for all lines, and those of the file."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text=_("A table (csv), JSON, or XARF; at most 1 GiB. The first line of a table names its columns."),
    )
    form = forms.ChoiceField(label=_("Format"), required=False, choices=FORMATS)
    encoding = forms.ChoiceField(
        label=_("Encoding of a table"),
        required=False,
        choices=ENCODINGS,
        help_text=_("Say Windows-1252 when accented letters come out wrong."),
    )

    def __init__(
        self, data: QueryDict | None, *, recipients: Sequence[tuple[str, str]], kinds: Sequence[NoticeKind]
    ) -> None:
        super().__init__(data, recipients=recipients, kinds=kinds, language="")
        for name in ("locators", "content_date"):
            del self.fields[name]
        each = ("", gettext("As each line says"))
        self._offer("to", [each, *recipients])
        self._offer("kind", [each, *choices(words.KINDS, kinds)])
        self._offer("category", [each, *choices(words.CATEGORIES, Category)])
        self._offer("urgency", [each, *choices(words.URGENCIES, Urgency)])
        self._offer("language", [each, *LANGUAGES])
        self.initial["urgency"] = ""

    def defaults(self) -> Mapping[str, Any]:
        """The members that are said once for all lines."""
        found: dict[str, Any] = msgspec.json.decode(self.body())
        return found

    def told_format(self) -> Format | None:
        """The format that was chosen, if any was."""
        text = self.typed("form")
        return Format(text) if text in set(Format) else None

    def told_encoding(self) -> Encoding | None:
        """The encoding that was chosen, if any was."""
        text = self.typed("encoding")
        return Encoding(text) if text in set(Encoding) else None
