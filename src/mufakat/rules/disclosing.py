"""Which committed fields of an event everybody may read: those whose whole value the register shows already. Pure.

A leaf says the digest of a field; its salt and value are told to everybody only where the public has the whole value by
the register's own rules (`publicity`): nothing is cut from it, delayed, under non-disclosure, a path, a name of a host
or of a person. So each value is compared with the entry that shows it; where the entry shows less, or there is none,
nothing is told. A field is compared with what its event alone decides: what was told once is told until it is erased.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from mufakat.rules import profile
from mufakat.rules.entry import Entry, Happened, Projected, instant, json_of, text_of
from mufakat.rules.events import EventType
from mufakat.rules.publicity import public_words, unnamed_words

Shows = Callable[[Happened, str, Entry], bool]
"""Whether an entry shows the whole value of a field."""


def disclosed(event: Happened, entries: Sequence[Projected]) -> frozenset[str]:
    """The fields of an event whose salt and value everybody may read; `entries` are those of its case, as they stand.

    What is erased is not among them, nor what this version has no rule for.
    """
    there = frozenset(name for name, value in event.openings.items() if value is not None)
    always = ALWAYS.get(event.type, frozenset()) & there
    kind, shown = DISCLOSED.get(event.type, ("", _NOTHING))
    entry = _entry_of(event, kind, entries)
    if entry is None:
        return always
    return always | {name for name, shows in shown.items() if name in there and shows(event, name, entry)}


def needs_entries(type_: str) -> bool:
    """Whether the entries of its case say what of an event of this type may be read."""
    return type_ in DISCLOSED


_NOTHING: Final[Mapping[str, Shows]] = MappingProxyType({})
_NAMED: Final = {"decision": "dec_", "appeal": "apl_"}


def _entry_of(event: Happened, kind: str, entries: Sequence[Projected]) -> Entry | None:
    """The entry that an event speaks of: the one of its case, or the decision or appeal that it names."""
    prefix = _NAMED.get(kind)
    named = event.ref(prefix) if prefix is not None else None
    found = [one.entry for one in entries if one.entry.kind == kind and (prefix is None or one.entry.id == named)]
    return found[0] if len(found) == 1 else None


def _code(shown: str) -> Shows:
    """A code that the entry shows as it is; an empty one where it shows none, and hides none."""

    def shows(event: Happened, name: str, entry: Entry) -> bool:
        return shown not in entry.hidden and (entry.fields.get(shown) or "") == text_of(event, name)

    return shows


def _json(shown: str) -> Shows:
    """A value that the entry shows as it is."""

    def shows(event: Happened, name: str, entry: Entry) -> bool:
        found = json_of(event, name)
        return found is not None and shown in entry.fields and entry.fields[shown] == found

    return shows


def _among(shown: str) -> Shows:
    """One of the codes that the entry lists."""

    def shows(event: Happened, name: str, entry: Entry) -> bool:
        return text_of(event, name) in entry.fields.get(shown, ())

    return shows


def _words(shown: str, cut: Callable[[str], str] = public_words) -> Shows:
    """What people wrote, where the entry shows the words of that field and nothing has to be cut from these."""

    def shows(event: Happened, name: str, entry: Entry) -> bool:
        said = text_of(event, name)
        return bool(said) and shown in entry.fields and said is not None and cut(said) == said

    return shows


def _grounds(event: Happened, name: str, entry: Entry) -> bool:
    """A law or a clause, where the entry shows every line of it."""
    said = json_of(event, name)
    if not isinstance(said, dict) or not said.keys() <= {"legal_ground", "terms_ground"}:
        return False
    return all(one is None or _lines_shown(one, entry.fields.get(key)) for key, one in said.items())


def _ground(event: Happened, name: str, entry: Entry) -> bool:
    """The law of an order."""
    return _lines_shown(json_of(event, name), entry.fields.get(name))


def _lines_shown(said: Any, shown: Any) -> bool:
    if not isinstance(said, dict) or not isinstance(shown, Mapping):
        return False
    return all(line is None or isinstance(line, str) for line in said.values()) and shown == {
        key: line for key, line in said.items() if line is not None
    }


_SUBJECT: Final = frozenset({"kind", "category", "urgency", "territory", "measures_asked", "non_disclosure"})


def _subject(event: Happened, name: str, entry: Entry) -> bool:
    """What a notice is about, in codes: each is shown, and the rules that it runs by are of the package."""
    said = json_of(event, name)
    if not isinstance(said, dict) or not said.keys() <= _SUBJECT | {"profile"}:
        return False
    if said.get("profile") not in profile.names():
        return False
    silence = said.get("non_disclosure")
    told = {**said, "non_disclosure": silence.get("until") if isinstance(silence, dict) else silence}
    return all((told.get(one) or None) == entry.fields.get(one) for one in _SUBJECT)


_ORDER: Final = MappingProxyType(
    {
        "list": "category",
        "match": "match",
        "layer": "layer",
        "platform": "platform",
        "operators": "operators",
        "emergency": "emergency",
        "shadow": "shadow",
        "review_at": "review_at",
        "sunset_at": "sunset_at",
    }
)
"""Member of an order → the field that shows it."""


def _order(event: Happened, name: str, entry: Entry) -> bool:
    """An order in codes: each is shown, the notices and the order before it among what the entry leads to."""
    said = json_of(event, name)
    if not isinstance(said, dict) or not said.keys() <= _ORDER.keys() | {"notices", "renews", "dated"}:
        return False
    led = [*(said.get("notices") or ()), *filter(None, [said.get("renews")])]
    if said.get("dated") is not None or not set(led) <= set(entry.related):
        return False
    return all(_same(said.get(member), entry.fields.get(shown)) for member, shown in _ORDER.items())


def _same(said: Any, shown: Any) -> bool:
    if isinstance(said, list) and isinstance(shown, list):
        return sorted(map(str, said)) == sorted(map(str, shown))
    return (said or None) == (shown or None) or (isinstance(said, str) and _time(said) == shown)


def _time(said: str) -> str | None:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return instant(found) if found.tzinfo is not None else None


def _reopening(event: Happened, name: str, entry: Entry) -> bool:
    """What opens it before its end."""
    said, shown = json_of(event, name), entry.fields.get(name)
    if not isinstance(said, dict) or not said.keys() <= {"agreement", "all_of", "any_of"}:
        return False
    return shown == {member: value for member, value in said.items() if value}


def _operators(event: Happened, name: str, entry: Entry) -> bool:
    """Who carries it out, all of them named in public."""
    said = json_of(event, name)
    return isinstance(said, list) and _same(said, entry.fields.get("operators"))


def _by(event: Happened, name: str, entry: Entry) -> bool:
    """Whether a person lifted it, or what was asked for was there."""
    return "lifted_by" in entry.fields and text_of(event, name) in {"authority", "house"}


ALWAYS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # Codes that say what was erased: without them no erasure would be seen (I-09).
        EventType.NOTICE_ERASED: frozenset({"classes"}),
        # A report of a year is published for everybody, whole.
        EventType.REPORT_PUBLISHED: frozenset({"report"}),
    }
)
"""Type of event → the fields that are public whatever becomes of its case."""

_RESOLVED: Final = ("appeal", MappingProxyType({"reasons": _words("resolution")}))

DISCLOSED: Mapping[str, tuple[str, Mapping[str, Shows]]] = MappingProxyType(
    {
        EventType.NOTICE_RECEIVED: ("notice", MappingProxyType({"subject": _subject, "legal_ground": _grounds})),
        EventType.CLOCK_BREACHED: ("notice", MappingProxyType({"clock": _among("overdue")})),
        EventType.DECISION_MADE: (
            "decision",
            MappingProxyType(
                {
                    "outcome": _code("outcome"),
                    "refusal": _code("refusal"),
                    "language": _code("language"),
                    "automated": _json("automated"),
                    "ground": _grounds,
                    "reasons": _words("reasons"),
                }
            ),
        ),
        EventType.APPEAL_LODGED: ("appeal", MappingProxyType({"standing": _code("standing")})),
        EventType.APPEAL_UPHELD: _RESOLVED,
        EventType.APPEAL_REVERSED: _RESOLVED,
        EventType.APPEAL_PARTLY_REVERSED: _RESOLVED,
        EventType.APPEAL_DISMISSED: _RESOLVED,
        EventType.DISPUTE_COMPLETED: (
            "appeal",
            MappingProxyType({"standing": _code("standing"), "level": _code("level"), "body": _words("body")}),
        ),
        EventType.DISPUTE_SETTLED: ("appeal", MappingProxyType({"note": _words("resolution")})),
        EventType.PARTY_REGISTERED: (
            "party",
            MappingProxyType({"name": _code("name"), "kind": _code("kind"), "country": _code("country")}),
        ),
        EventType.AGREEMENT_OPENED: (
            "agreement",
            MappingProxyType({"title": _json("title"), "parties": _json("parties")}),
        ),
        EventType.RESTRICTION_PROPOSED: (
            "restriction",
            MappingProxyType(
                {
                    "order": _order,
                    "legal_ground": _ground,
                    "reopening": _reopening,
                    "reason": _words("reason", unnamed_words),
                    "proportionality": _words("proportionality", unnamed_words),
                }
            ),
        ),
        EventType.RESTRICTION_PUBLISHED: ("restriction", MappingProxyType({"operators": _operators})),
        EventType.RESTRICTION_LIFTED: ("restriction", MappingProxyType({"by": _by})),
    }
)
"""Type of event → the kind of entry that shows it, and field → whether it shows the whole value.

What is not named here is told to nobody by this way, whoever else may read it: what leads to content (I-15, I-16), what
the two sides say to each other, contacts (I-18), what a filter found (I-14).
"""
