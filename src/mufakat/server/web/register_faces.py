"""What a page of the register shows of an entry: plain values and words, so that a template only lays them out.

An entry says what is public of a thing; nothing is asked of the database beside it. Every value goes out as a `Part`,
and the template knows how each kind of part is made inert.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _

from mufakat.rules.parties import PartyKind
from mufakat.rules.publicity import A_USER
from mufakat.server.web import appeal_words, decision_words, register_words, words
from mufakat.server.web.words import Coded, coded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.utils.functional import Promise

    from mufakat.rules.entries import Entry, Hidden

LONGEST_LINE = 300  # Characters of a value in one line; longer ones are texts.


class Part(NamedTuple):
    """A piece of a value; exactly one member beside the label is set."""

    code: Coded | None = None
    at: datetime | None = None
    handle: str = ""
    plain: str = ""
    address: str = ""
    said: str = ""
    label: str | Promise = ""


Line = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: what is shown of it, line by line, or why it is not, and until when."""

    name: Coded
    lines: Sequence[Line] = ()
    because: Coded | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StepFace:
    """A public event of an entry: its leaf's hash, and whether a receipt of it can be had."""

    type: Coded
    at: datetime
    event: str
    leaf: str
    receipted: bool


@dataclass(frozen=True, slots=True)
class Related:
    """Another entry, by its id."""

    kind: Coded
    path: str
    id: str


@dataclass(frozen=True, slots=True)
class Face:
    """An entry."""

    id: str
    kind: Coded
    path: str
    title: Sequence[Part]
    state: Coded
    at: datetime
    fields: Sequence[Field]
    steps: Sequence[StepFace]
    related: Sequence[Related]
    shard: str
    leaf: str
    event: str
    language: str
    reversed: bool
    receipted: bool

    @property
    def short(self) -> str:
        """The end of the id, which differs from one entry to the next."""
        return self.id[-8:]


@dataclass(frozen=True, slots=True)
class RowFace:
    """An entry in a list."""

    id: str
    kind: Coded
    path: str
    title: Sequence[Part]
    state: Coded
    at: datetime
    sides: Sequence[Part]
    hidden: int

    @property
    def short(self) -> str:
        """The end of the id."""
        return self.id[-8:]


def face_of(entry: Entry) -> Face:
    """The whole entry."""
    return Face(
        id=entry.id,
        kind=coded(register_words.KINDS, entry.kind),
        path=path_of(entry.kind),
        title=title_of(entry),
        state=state_of(entry),
        at=moment_of(entry.at),
        fields=fields_of(entry),
        steps=[
            StepFace(
                coded(words.EVENTS, step.type),
                moment_of(step.at),
                step.event,
                step.leaf,
                entry.kind in RECEIPTED,
            )
            for step in entry.steps
        ],
        related=[related for id_ in entry.related if (related := related_of(id_)) is not None],
        shard=entry.shard,
        leaf=entry.leaf,
        event=entry.event,
        language=language_of(entry),
        reversed=entry.kind == "decision" and entry.state in {"reversed", "partly_reversed"},
        receipted=entry.kind in RECEIPTED,
    )


def row_of(entry: Entry) -> RowFace:
    """The entry as a line of a list."""
    return RowFace(
        id=entry.id,
        kind=coded(register_words.KINDS, entry.kind),
        path=path_of(entry.kind),
        title=title_of(entry),
        state=state_of(entry),
        at=moment_of(entry.at),
        sides=[_handle(entry.fields[name])[0][0] for name in ("sender", "recipient") if name in entry.fields],
        hidden=len(entry.hidden),
    )


RECEIPTED = frozenset({"notice", "decision", "statement", "appeal"})
"""The kinds whose case is a notice: their events have receipts."""

_PREFIXES: Mapping[str, str] = {
    "ntc": "notice",
    "dec": "decision",
    "sor": "statement",
    "apl": "appeal",
    "mnd": "mandate",
    "ctc": "representative",
    "pty": "party",
}


def path_of(kind: str) -> str:
    """The segment of an address; a kind that this release has no page for gets its own name."""
    return register_words.PATHS.get(kind, kind)


def related_of(id_: str) -> Related | None:
    """Another entry; None where the id is of a kind that has no page."""
    kind = _PREFIXES.get(id_.partition("_")[0])
    return Related(coded(register_words.KINDS, kind), path_of(kind), id_) if kind is not None else None


def state_of(entry: Entry) -> Coded:
    """How it stands."""
    return coded(register_words.STATES.get(entry.kind, {}), entry.state)


def moment_of(text: str) -> datetime:
    """A time of an entry."""
    return datetime.fromisoformat(text)


def language_of(entry: Entry) -> str:
    """The language in which people wrote its texts."""
    found = entry.fields.get("language", "")
    return found if isinstance(found, str) else ""


def title_of(entry: Entry) -> Sequence[Part]:
    """What it is in one line: its most telling fields, as far as they are shown."""
    parts: list[Part] = []
    for name in _TITLES.get(entry.kind, ()):
        if name in entry.fields:
            parts += lines_of(name, entry.fields[name], entry.kind)[0]
    return parts


_TITLES: Mapping[str, tuple[str, ...]] = {
    "notice": ("kind", "category"),
    "decision": ("outcome", "category"),
    "statement": ("outcome", "category"),
    "appeal": ("standing",),
    "mandate": ("holder",),
    "representative": ("role", "party"),
    "party": ("name", "kind"),
}


def fields_of(entry: Entry) -> Sequence[Field]:
    """Every field, shown or hidden, in the order of the page."""
    order = register_words.ORDER.get(entry.kind, ())
    named = [name for name in order if name in entry.fields or name in entry.hidden]
    rest = sorted({*entry.fields, *entry.hidden} - set(named))
    return [_field(name, entry) for name in (*named, *rest)]


def _field(name: str, entry: Entry) -> Field:
    label = coded(register_words.FIELDS, name)
    if (hidden := entry.hidden.get(name)) is not None:
        return _hidden(label, hidden)
    return Field(label, lines_of(name, entry.fields[name], entry.kind))


def _hidden(label: Coded, hidden: Hidden) -> Field:
    because = coded(register_words.BECAUSE, hidden.because)
    return Field(label, because=because, until=moment_of(hidden.until) if hidden.until else None)


def lines_of(name: str, value: Any, kind: str) -> Sequence[Line]:
    """A value, line by line. What is of another shape than its field's is shown as text all the same."""
    try:
        return _SHAPES[f"{kind} {name}" if f"{kind} {name}" in _SHAPES else name](value)
    except (KeyError, TypeError, ValueError, AttributeError):
        return [(Part(plain=str(value)),)]


def _code(table: Mapping[Any, Promise]) -> Callable[[Any], Sequence[Line]]:
    return lambda value: [(Part(code=coded(table, value)),)]


def _codes(table: Mapping[Any, Promise]) -> Callable[[Any], Sequence[Line]]:
    return lambda value: [tuple(Part(code=coded(table, one)) for one in value)]


def _time(value: str) -> Sequence[Line]:
    return [(Part(at=moment_of(value)),)]


def _plain(value: Any) -> Sequence[Line]:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return [(Part(said=text),)] if len(text) > LONGEST_LINE else [(Part(plain=text),)]


def _text(value: str) -> Sequence[Line]:
    return [(Part(said=value),)]


def _handle(value: str) -> Sequence[Line]:
    if value == A_USER:
        return [(Part(code=coded(register_words.PLACE, value)),)]
    return [(Part(handle=value),)]


def _yes(value: bool) -> Sequence[Line]:  # noqa: FBT001 - a value of an entry.
    return [(Part(plain=_("yes") if value else _("no")),)]


def _law(value: Mapping[str, str]) -> Sequence[Line]:
    labels = {"instrument": _("Instrument"), "provision": _("Provision"), "system": _("Legal system")}
    return [tuple(Part(plain=value[name], label=says) for name, says in labels.items() if value.get(name))]


def _terms(value: Mapping[str, str]) -> Sequence[Line]:
    labels = {"document": _("Document"), "clause": _("Clause")}
    parts = [Part(plain=value[name], label=says) for name, says in labels.items() if value.get(name)]
    if value.get("url"):
        parts.append(Part(address=value["url"], label=_("Address")))
    return [tuple(parts)]


def _places(value: Sequence[Mapping[str, str]]) -> Sequence[Line]:
    return [_place(one) for one in value]


def _place(value: Mapping[str, str]) -> Line:
    parts = [Part(code=coded(words.LINKS, value["kind"]))]
    if value.get("host"):
        parts.append(Part(address=value["host"]))
    return tuple(parts)


def _measures(value: Sequence[Mapping[str, Any]]) -> Sequence[Line]:
    return [_measure(one) for one in value]


def _measure(value: Mapping[str, Any]) -> Line:
    parts = [
        Part(code=coded(words.MEASURES, value["name"])),
        Part(code=coded(decision_words.MEASURE_STATES, value["state"]), label=_("State")),
    ]
    if about := value.get("about"):
        parts += [part._replace(label=_("About") if part.code else "") for part in _place(about)]
    if value.get("ends_at"):
        parts.append(Part(at=moment_of(value["ends_at"]), label=_("Until")))
    if value.get("territory"):
        parts.append(Part(plain=", ".join(value["territory"]), label=_("Where")))
    return tuple(parts)


def _automated(value: Mapping[str, Any]) -> Sequence[Line]:
    found = _("yes") if value["detection"] else _("no")
    return [
        (
            Part(code=coded(decision_words.AUTOMATION, value["decision"])),
            Part(plain=found, label=_("Found by a machine")),
        )
    ]


_TIMES = (
    *("received_at", "delivered_at", "seen_at", "acknowledged_at", "decided_at", "closed_at", "withdrawn_at"),
    *("informed_at", "reversed_at", "made_at", "given_at", "submitted_at", "lodged_at", "resolved_at"),
    *("granted_at", "registered_at", "since", "non_disclosure"),
)
_SHAPES: Mapping[str, Callable[[Any], Sequence[Line]]] = {
    **dict.fromkeys(_TIMES, _time),
    **dict.fromkeys(("sender", "recipient", "holder", "party"), _handle),
    **dict.fromkeys(("reasons", "facts", "resolution"), _text),
    **dict.fromkeys(("law", "language", "territory", "country", "granted_by", "legal_source", "expertise"), _plain),
    **dict.fromkeys(("body", "organisation", "handle", "name"), _plain),
    "notice kind": _code(words.KINDS),
    "party kind": _code({kind: words.PARTY_KINDS[kind] for kind in PartyKind}),
    "urgency": _code(words.URGENCIES),
    "erased": _yes,
    "overdue": _codes(words.CLOCKS),
    "outcome": _code(decision_words.DECIDED),
    "refusal": _code(decision_words.REFUSALS),
    "automated": _automated,
    "category": _code(words.CATEGORIES),
    "legal_ground": _law,
    "terms_ground": _terms,
    "measures_asked": _codes(words.MEASURES),
    "measures": _measures,
    "locators": _places,
    "standing": _code(appeal_words.STANDINGS),
    "level": _code(appeal_words.LEVELS),
    "kinds": _codes(words.KINDS),
    "categories": _codes(words.CATEGORIES),
    "surfaces": _codes(words.SURFACES),
    "role": _code(words.CONTACT_ROLES),
}
"""Field → how it is laid out; `<kind> <field>` where a name means something else in that kind."""
