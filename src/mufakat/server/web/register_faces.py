"""What a page of the register shows of an entry: plain values and words, so that a template only lays them out.

An entry says what is public of a thing; nothing is asked of the database beside it. Every value goes out as a `Part`,
and the template knows how each kind of part is made inert.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.server.web import register_values, register_words, words
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.rules.entries import Entry, Hidden
    from mufakat.server.web.register_values import Line, Part
    from mufakat.server.web.words import Coded


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
        at=register_values.moment_of(entry.at),
        fields=fields_of(entry),
        steps=[
            StepFace(
                coded(words.EVENTS, step.type),
                register_values.moment_of(step.at),
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
        at=register_values.moment_of(entry.at),
        sides=[
            register_values.handle_of(entry.fields[name])[0][0]
            for name in ("sender", "recipient", "authority", "platform")
            if name in entry.fields
        ],
        hidden=len(entry.hidden),
    )


RECEIPTED = frozenset({"notice", "decision", "statement", "appeal", "restriction"})
"""The kinds whose case is a notice or a restriction: their events have receipts."""

_PREFIXES: Mapping[str, str] = {
    "ntc": "notice",
    "dec": "decision",
    "sor": "statement",
    "apl": "appeal",
    "mnd": "mandate",
    "ctc": "representative",
    "pty": "party",
    "agr": "agreement",
    "rst": "restriction",
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


def language_of(entry: Entry) -> str:
    """The language in which people wrote its texts."""
    found = entry.fields.get("language", "")
    return found if isinstance(found, str) else ""


def title_of(entry: Entry) -> Sequence[Part]:
    """What it is in one line: its most telling fields, as far as they are shown."""
    parts: list[Part] = []
    for name in _TITLES.get(entry.kind, ()):
        if name in entry.fields:
            parts += register_values.lines_of(name, entry.fields[name], entry.kind)[0]
    return parts


_TITLES: Mapping[str, tuple[str, ...]] = {
    "notice": ("kind", "category"),
    "decision": ("outcome", "category"),
    "statement": ("outcome", "category"),
    "appeal": ("standing",),
    "mandate": ("holder",),
    "representative": ("role", "party"),
    "party": ("name", "kind"),
    "agreement": ("title",),
    "restriction": ("category", "layer"),
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
    return Field(label, register_values.lines_of(name, entry.fields[name], entry.kind))


def _hidden(label: Coded, hidden: Hidden) -> Field:
    because = coded(register_words.BECAUSE, hidden.because)
    return Field(label, because=because, until=register_values.moment_of(hidden.until) if hidden.until else None)
