"""A value of an entry, laid out: as parts of which the template knows how each is made inert."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import get_language, gettext as _

from mufakat.rules.parties import PartyKind
from mufakat.rules.publicity import A_USER
from mufakat.server.web import agreement_words, appeal_words, decision_words, register_words, restriction_words, words
from mufakat.server.web.words import Coded, coded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.utils.functional import Promise

LONGEST_LINE = 300  # Characters of a value in one line; longer ones are texts.


class Part(NamedTuple):
    """A piece of a value; exactly one member beside the label and the language is set."""

    code: Coded | None = None
    at: datetime | None = None
    handle: str = ""
    plain: str = ""
    address: str = ""
    said: str = ""
    label: str | Promise = ""
    language: str = ""


Line = tuple[Part, ...]


def moment_of(text: str) -> datetime:
    """A time of an entry."""
    return datetime.fromisoformat(text)


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


def handle_of(value: str) -> Sequence[Line]:
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


def _in_ours(value: Mapping[str, str]) -> Sequence[Line]:
    """A text that stands in both languages, in the reader's."""
    return [(Part(plain=value["id" if get_language() == "id" else "en"]),)]


def _sides(value: Sequence[str]) -> Sequence[Line]:
    return [tuple(part for handle in value for part in handle_of(handle)[0])]


def _versions(value: Sequence[Mapping[str, Any]]) -> Sequence[Line]:
    return [
        (
            Part(plain=str(one["number"]), label=_("Version")),
            Part(at=moment_of(one["from_at"]), label=_("From")),
            *([Part(at=moment_of(one["until"]), label=_("Until"))] if one.get("until") else []),
        )
        for one in value
    ]


def _points(value: Sequence[Mapping[str, Any]]) -> Sequence[Line]:
    return [_point(one) for one in value]


def _point(value: Mapping[str, Any]) -> Line:
    parts = [
        Part(code=coded(agreement_words.POINTS, value["name"])),
        Part(code=coded(agreement_words.POINT_STATES, value["state"]), label=_("State")),
        Part(plain=str(value["version"]), label=_("Version")),
        Part(at=moment_of(value["since"]), label=_("So since")),
    ]
    if value.get("owner"):
        parts.append(handle_of(value["owner"])[0][0]._replace(label=_("Owed by")))
    if value.get("due_at"):
        parts.append(Part(at=moment_of(value["due_at"]), label=_("Due")))
    # Both are binding: a reader of the one sees that there is the other.
    parts += [Part(said=said, language=language) for language, said in value.get("text", {}).items()]
    return tuple(parts)


def _obligations(value: Sequence[Mapping[str, Any]]) -> Sequence[Line]:
    return [
        (
            Part(code=coded(agreement_words.POINTS, one["point"])),
            Part(code=coded(agreement_words.OBLIGATIONS, one["kind"])),
            Part(code=coded(agreement_words.OBLIGATION_STATES, one["state"]), label=_("State")),
            Part(at=moment_of(one["since"]), label=_("So since")),
            *([Part(handle=one["party"])] if one.get("party") else []),
        )
        for one in value
    ]


def _reopening(value: Mapping[str, Any]) -> Sequence[Line]:
    lines = [
        (Part(plain=", ".join(value[name]), label=says),)
        for name, says in (("all_of", _("All of")), ("any_of", _("One of")))
        if value.get(name)
    ]
    parts = [Part(plain=_("yes") if value["holds"] else _("no"), label=_("Is it there"))]
    if value.get("since"):
        parts.append(Part(at=moment_of(value["since"]), label=_("So since")))
    return [*lines, tuple(parts)]


def _asked(value: Mapping[str, Any]) -> Sequence[Line]:
    """What opens a restriction before its end: which points, and whose."""
    lines: list[Line] = [(Part(plain=value["agreement"], label=_("By")),)]
    for name, says in (("all_of", _("All of")), ("any_of", _("One of"))):
        parts = [Part(code=coded(agreement_words.POINTS, term)) for term in value.get(name, ())]
        if parts:
            lines.append((parts[0]._replace(label=says), *parts[1:]))
    return lines


def _carried(value: Sequence[Mapping[str, Any]]) -> Sequence[Line]:
    return [
        (
            *handle_of(one["operator"])[0],
            Part(code=coded(restriction_words.CARRYING, one["state"])),
            Part(at=moment_of(one["since"]), label=_("So since")),
            *_seen(one),
            *([Part(at=moment_of(one["overdue_at"]), label=_("Overdue since"))] if one.get("overdue_at") else []),
        )
        for one in value
    ]


def _seen(value: Mapping[str, Any]) -> Sequence[Part]:
    if not value.get("seen"):
        return ()
    seen = Part(code=coded(restriction_words.SIGHTINGS, value["seen"]), label=_("Its resolvers answer"))
    return seen, Part(at=moment_of(value["seen_since"]), label=_("So since"))


_TIMES = (
    *("received_at", "delivered_at", "seen_at", "acknowledged_at", "decided_at", "closed_at", "withdrawn_at"),
    *("informed_at", "reversed_at", "made_at", "given_at", "submitted_at", "lodged_at", "resolved_at"),
    *("granted_at", "registered_at", "since", "non_disclosure"),
    *("opened_at", "in_force_at", "ends_at", "ended_at"),
    *("proposed_at", "approved_at", "answered_at", "published_at", "review_at", "sunset_at"),
)
_SHAPES: Mapping[str, Callable[[Any], Sequence[Line]]] = {
    **dict.fromkeys(_TIMES, _time),
    **dict.fromkeys(("sender", "recipient", "holder", "party", "authority", "platform"), handle_of),
    **dict.fromkeys(("reasons", "facts", "resolution", "reason", "proportionality"), _text),
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
    "title": _in_ours,
    "parties": _sides,
    "profile": _plain,
    "version": _plain,
    "versions": _versions,
    "points": _points,
    "obligations": _obligations,
    "reopening": _reopening,
    "restriction reopening": _asked,
    "match": _code(restriction_words.MATCHES),
    "layer": _code(restriction_words.LAYERS),
    "lifted_by": _code(restriction_words.LIFTED_BY),
    **dict.fromkeys(("operators", "overdue_operators"), _sides),
    "carried": _carried,
    **dict.fromkeys(("emergency", "shadow"), _yes),
    "automatic": _codes(words.MEASURES),
}
"""Field → how it is laid out; `<kind> <field>` where a name means something else in that kind."""
