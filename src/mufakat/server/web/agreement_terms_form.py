"""The form of a proposal: its terms become fields and its fields terms, what nobody touched to the letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from mufakat.rules import agreement_checks
from mufakat.rules.admissibility import moment_of
from mufakat.rules.agreement import FRAME
from mufakat.rules.differences import ground_line
from mufakat.rules.measure import IRREVERSIBLE
from mufakat.rules.notice import Category, MeasureName
from mufakat.rules.obligation import ObligationKind
from mufakat.rules.permissions import kinds_by_mandate
from mufakat.server.web import agreement_words, words
from mufakat.server.web.agreement_forms import Judged, multiline
from mufakat.server.web.contact_form import moment
from mufakat.server.web.draft_form import choices, english

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mufakat.rules.agreement import Frame, PointTerms
    from mufakat.rules.fault import Fault
    from mufakat.rules.obligation import ObligationTerms
    from mufakat.rules.parties import PartyKind
    from mufakat.server.web.agreement_forms import Summary
    from mufakat.server.web.agreement_terms import Who
    from mufakat.server.web.words import Coded


def _moment() -> forms.TextInput:
    return forms.TextInput(attrs={"type": "datetime-local"})


@dataclass(frozen=True, slots=True)
class Row:
    """An obligation that a point can have: whether it has it, and what is set for it; None where nothing can be."""

    key: str
    kind: Coded
    party: str
    checked: bool
    numbers: Mapping[str, str]  # Member → what stands there; those that this kind takes alone.


class TermsForm(Judged):
    """What a proposal says. It begins with what stands there now."""

    PLACES: ClassVar = {
        "/terms/owner": "owner",
        "/terms/text": "text_en",
        "/terms/text/id": "text_id",
        "/terms/text/en": "text_en",
        "/terms/evidence": "evidence",
        "/terms/due_at": "due_at",
        "/terms/from_at": "from_at",
        "/terms/frame/profile": "profile",
        "/terms/frame/ends_at": "ends_at",
        "/terms/frame/categories": "categories",
        "/terms/frame/automatic": "automatic",
        "/terms/frame/grounds": "grounds",
        "/terms/frame/reopening": "all_of",
        "/terms/frame/reopening/all_of": "all_of",
        "/terms/frame/reopening/any_of": "any_of",
        "/note": "note",
    }

    name = forms.CharField(
        label=_("Name of the point"),
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"}),
        help_text=_("Small letters and _, for example: yearly_meeting"),
    )
    owner = forms.ChoiceField(label=_("Who owes it"), required=False)
    text_id = forms.CharField(label=_("Indonesian text"), required=False, widget=multiline(8))
    text_en = forms.CharField(label=_("English text"), required=False, widget=multiline(8))
    evidence = forms.CharField(
        label=_("Evidence asked for"), required=False, widget=multiline(3), help_text=_("One on each line, at most 10.")
    )
    due_at = forms.CharField(label=_("Evidence due"), required=False, widget=_moment())
    from_at = forms.CharField(
        label=_("In force from"),
        required=False,
        widget=_moment(),
        help_text=_("Leave it empty for: with the last signature."),
    )
    profile = forms.ChoiceField(label=_("Profile"), required=False)
    ends_at = forms.CharField(
        label=_("Ends"), required=False, widget=_moment(), help_text=_("Leave it empty for no end.")
    )
    categories = forms.MultipleChoiceField(
        label=_("Categories"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=choices(words.CATEGORIES, Category),
        help_text=_("Tick none for all that the profile has."),
    )
    automatic = forms.MultipleChoiceField(
        label=_("May be done by machine"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=choices(words.MEASURES, [one for one in MeasureName if one not in IRREVERSIBLE]),
        help_text=_("Only what can be undone."),
    )
    grounds = forms.CharField(
        label=_("Grounds to tell an authority of a hit"),
        required=False,
        widget=multiline(3),
        help_text=_("One on each line, such as: id | UU 11/2008 | Pasal 40. Where none stands here none is told."),
    )
    all_of = forms.CharField(
        label=_("Reopening asks for all of"),
        required=False,
        widget=multiline(6),
        help_text=_("Names of points, one on each line: representative, or representative.kept."),
    )
    any_of = forms.CharField(
        label=_("Reopening asks for one of"), required=False, widget=multiline(2), help_text=_("The same.")
    )
    note = forms.CharField(
        label=_("Why"), required=False, widget=multiline(3), help_text=_("The other sides read it beside the proposal.")
    )

    def __init__(  # noqa: PLR0913 - what the form is made of, each by name.
        self,
        data: Any = None,
        *,
        point: str,
        terms: PointTerms | None,
        sides: Sequence[Who],
        kinds: Mapping[str, PartyKind],
        profiles: Sequence[str],
    ) -> None:
        super().__init__(data, auto_id="terms-%s", label_suffix="")
        self.point, self.terms, self.kinds = point, terms, kinds
        found: Any = self.fields
        found["owner"].choices = [
            ("", gettext("Choose…")),
            *((one.handle, f"{one.name} · {one.handle}") for one in sides),
        ]
        found["text_id"].widget.attrs["lang"], found["text_en"].widget.attrs["lang"] = "id", "en"
        if point:
            del found["name"]
        if point == FRAME:
            current = terms.frame.profile if terms is not None and terms.frame is not None else ""
            offered = dict.fromkeys([*([current] if current else []), *profiles])
            found["profile"].choices = [(one, one) for one in offered]
        else:
            for name in ("profile", "ends_at", "categories", "automatic", "grounds", "all_of", "any_of"):
                del found[name]
        if terms is not None:
            self.initial = _initial(terms)
        self.owed_faults: list[Any] = []  # What is wrong with an obligation, which is no field of its own.

    def place(self, faults: Sequence[Fault]) -> None:
        """Put every fault beside its field, those of an obligation beside them all."""
        owed = [fault for fault in faults if fault.pointer.startswith("/terms/obligations")]
        told = self._obligations()
        for fault in owed:
            place = fault.pointer.split("/")[3:4]
            number = int(place[0]) if place and place[0].isdigit() else len(told)
            before = f"{told[number]['kind']}:" if number < len(told) else ""
            self.owed_faults.append(english(fault.detail, before))
        super().place([fault for fault in faults if fault not in owed])

    def summary(self) -> Summary:
        found = super().summary()
        return [*found, *(("owed", gettext("What the program checks"), str(one)) for one in self.owed_faults)]

    def rows(self) -> Sequence[Row]:
        """Every obligation that one of these parties can owe, those of the point ticked."""
        standing = {_key(one.kind, one.party): one for one in self.terms.obligations} if self.terms else {}
        return [self._row(kind, party, standing.get(_key(kind, party))) for kind, party in self._offered()]

    def _offered(self) -> Iterator[tuple[ObligationKind, str]]:
        """The kinds, those that concern a mandate once for each party that can hold one."""
        for kind in ObligationKind:
            if not agreement_checks.OWNERS[kind] & set(self.kinds.values()):
                continue
            if kind is not ObligationKind.MANDATE_GRANTED:
                yield kind, ""
            else:
                yield from ((kind, party) for party in self.kinds if kinds_by_mandate(self.kinds[party]))

    def _row(self, kind: ObligationKind, party: str, standing: ObligationTerms | None) -> Row:
        key = _key(kind, party or None)
        taken = _taken(kind)
        if self.is_bound:
            checked = bool(self.typed(f"owed-{key}"))
            numbers = {member: self.typed(f"owed-{key}-{member}") for member in taken}
        else:
            checked = standing is not None
            numbers = {member: str(getattr(standing, member, None) or "") for member in taken}
        return Row(key, words.coded(agreement_words.OBLIGATIONS, kind), party, checked, numbers)

    def told(self) -> dict[str, Any]:
        """The terms as the API takes them."""
        made: dict[str, Any] = {
            "owner": self.typed("owner"),
            "text": {"id": self.typed("text_id"), "en": self.typed("text_en")},
            "evidence": self.lines("evidence"),
            "due_at": self._time("due_at"),
            "from_at": self._time("from_at"),
            "obligations": self._obligations(),
        }
        if self.point == FRAME:
            made["frame"] = self._frame()
        return made

    def body(self, act: str, *, proposal: int | None) -> bytes:
        """A deed on the point."""
        made = {"act": act, "proposal": proposal, "terms": self.told(), "note": self.typed("note")}
        return msgspec.json.encode({name: value for name, value in made.items() if value is not None})

    def _frame(self) -> dict[str, Any]:
        all_of, any_of = self.lines("all_of"), self.lines("any_of")
        reopening = {"all_of": all_of, "any_of": any_of} if all_of or any_of else None
        return {
            "profile": self.typed("profile"),
            "ends_at": self._time("ends_at"),
            "categories": self.chosen("categories") or None,
            "automatic": self.chosen("automatic"),
            "grounds": self._grounds(),
            "reopening": reopening,
        }

    def _grounds(self) -> list[dict[str, str]]:
        """As typed; a line that was left as it stood there is the ground that stood there."""
        frame = self.terms.frame if self.terms is not None else None
        stood = {ground_line(one): one for one in frame.grounds} if frame is not None else {}
        return [msgspec.to_builtins(stood[line]) if line in stood else _ground(line) for line in self.lines("grounds")]

    def _obligations(self) -> list[dict[str, Any]]:
        """Those that are ticked: first what stood there before, in its order, then what is new."""
        ticked = {row.key: row for row in self.rows() if row.checked}
        before = [_key(one.kind, one.party) for one in self.terms.obligations] if self.terms else []
        order = [key for key in before if key in ticked] + [key for key in ticked if key not in before]
        return [_owed(ticked[key]) for key in order]

    def _time(self, name: str) -> str | None:
        """A time as typed; one that was left as it stood there stays so to the letter."""
        text = self.typed(name)
        stood = str(self.initial.get(f"{name}_as", ""))
        if text and text == str(self.initial.get(name, "")):
            return stood
        return moment(text) if text else None


def _owed(row: Row) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": row.kind.code}
    for member, text in row.numbers.items():
        if text:
            made[member] = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text
    if row.party:
        made["party"] = row.party
    return made


def _ground(line: str) -> dict[str, str]:
    """A ground as it is typed: `id | UU 11/2008 | Pasal 40 ayat (2a)`; what is missing is said by the rules."""
    parts = [part.strip() for part in line.split("|", 2)]
    return dict(zip(("system", "instrument", "provision"), [*parts, "", ""], strict=False))


def _key(kind: ObligationKind, party: str | None) -> str:
    return f"{kind.value}--{party}" if party else kind.value


def _taken(kind: ObligationKind) -> Sequence[str]:
    """Which numbers this kind takes."""
    found = ["at_least", "over_days"] if kind in agreement_checks.SHARES else []
    return [*found, *(["every_days"] if kind in agreement_checks.REPEATED else [])]


def _initial(terms: PointTerms) -> dict[str, Any]:
    made: dict[str, Any] = {
        "owner": terms.owner,
        "text_id": terms.text.id,
        "text_en": terms.text.en,
        "evidence": "\n".join(terms.evidence),
        **_standing("due_at", terms.due_at),
        **_standing("from_at", terms.from_at),
    }
    return made | _initial_frame(terms.frame) if terms.frame is not None else made


def _initial_frame(frame: Frame) -> dict[str, Any]:
    wanted = frame.reopening
    return {
        "profile": frame.profile,
        **_standing("ends_at", frame.ends_at),
        "categories": [one.value for one in frame.categories or ()],
        "automatic": [one.value for one in frame.automatic],
        "grounds": "\n".join(ground_line(one) for one in frame.grounds),
        "all_of": "\n".join(wanted.all_of) if wanted else "",
        "any_of": "\n".join(wanted.any_of) if wanted else "",
    }


def _standing(name: str, text: str | None) -> dict[str, str]:
    """A time as its field shows it, in the instance's zone, and to the letter beside it."""
    found = moment_of(text) if text is not None else None
    if text is None or found is None:
        return {}
    return {name: timezone.localtime(found).strftime("%Y-%m-%dT%H:%M"), f"{name}_as": text}
