"""The register as a table: one row for each entry, and the dictionary that says what stands in its columns.

The columns are the fields of `rules.publicity.ENTRIES`, of all kinds of entry together; a column says in its dictionary
which kinds have it. What a field holds besides one value is taken apart (``legal_ground.instrument``) or stands as
JSON. A field that is not shown is empty, and ``hidden`` says why.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mufakat.formats.columns import Column, Row, Type, Value
from mufakat.rules.appeal import Level
from mufakat.rules.decision import Automation, Outcome, Refusal
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile_powers import Layer
from mufakat.rules.publicity import ENTRIES
from mufakat.rules.restriction import Match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.rules.entries import Entry

_OURS = (
    Column("id", Type.STRING, "Id of the thing itself; its entry lies under /register/."),
    Column("entry", Type.STRING, "What kind of entry it is.", tuple(ENTRIES)),
    Column("at", Type.DATETIME, "When it began."),
    Column("state", Type.STRING, "How it stands, as a code of its kind."),
    Column("event", Type.STRING, "Id of the event that began it."),
    Column("leaf", Type.STRING, "Hash of that event's leaf in the log: SHA-256, base64."),
    Column("shard", Type.STRING, "The shard of the log in which that leaf stands."),
)
_THEIRS = (
    Column("hidden", Type.STRING, "JSON: name of each field that is there and not shown, with the reason as a code."),
    Column("related", Type.LIST, "Ids of the entries that belong to it."),
)

# Field → its columns. A name with a point is a member of the field.
_FIELDS: Mapping[str, tuple[Column, ...]] = {
    "sender": (Column("sender", Type.STRING, "Handle of the party that asked; a_user where it is no office."),),
    "recipient": (Column("recipient", Type.STRING, "Handle of the party that decides."),),
    "kind": (
        Column(
            "kind",
            Type.STRING,
            "Of a notice: as what it was sent. Of a party: what it is.",
            (
                *sorted(NoticeKind),
                *("regulator", "trusted_flagger", "court", "platform", "operator", "auditor", "house"),
            ),
        ),
    ),
    "urgency": (Column("urgency", Type.STRING, "How urgent its sender says it is.", tuple(Urgency)),),
    "law": (Column("law", Type.STRING, "Code of the order of laws it stands on, or terms."),),
    "category": (Column("category", Type.STRING, "What it is about.", tuple(Category)),),
    "legal_ground": (
        Column("legal_ground.system", Type.STRING, "The legal ground: code of the order of laws."),
        Column("legal_ground.instrument", Type.STRING, "The legal ground: the law."),
        Column("legal_ground.provision", Type.STRING, "The legal ground: its provision."),
    ),
    "terms_ground": (
        Column("terms_ground.document", Type.STRING, "The terms of service: their name."),
        Column("terms_ground.clause", Type.STRING, "The terms of service: the clause."),
        Column("terms_ground.url", Type.STRING, "The terms of service: where they can be read."),
    ),
    "locators": (Column("locators", Type.STRING, "JSON: of each thing it points at the kind, and the host if any."),),
    "measures_asked": (Column("measures_asked", Type.LIST, "Codes of the measures that the sender asked for."),),
    "territory": (Column("territory", Type.LIST, "Countries (ISO 3166-1) that it is about; empty is everywhere."),),
    "outcome": (Column("outcome", Type.STRING, "What was decided; of a notice the last decision.", tuple(Outcome)),),
    "refusal": (Column("refusal", Type.STRING, "Why it was refused.", tuple(Refusal)),),
    "automated": (
        Column("automated.detection", Type.BOOLEAN, "Whether a machine found the content."),
        Column("automated.decision", Type.STRING, "How much of the decision a machine made.", tuple(Automation)),
    ),
    "measures": (
        Column("measures", Type.STRING, "JSON: each measure with name, state, about what, until when and where."),
    ),
    "facts": (Column("facts", Type.STRING, "The facts of a decision; they are not shown."),),
    "reasons": (Column("reasons", Type.STRING, "Why it was decided so, in the words of the party that decided."),),
    "language": (Column("language", Type.STRING, "Language of the reasons (BCP 47)."),),
    "standing": (Column("standing", Type.STRING, "Of an appeal: as whom somebody contests the decision."),),
    "level": (Column("level", Type.STRING, "Of an appeal: before whom.", tuple(Level)),),
    "body": (Column("body", Type.STRING, "Of an appeal: which body outside, if any."),),
    "resolution": (Column("resolution", Type.STRING, "Of an appeal: the reasons of its resolution."),),
    "overdue": (Column("overdue", Type.LIST, "Names of the clocks that ran out."),),
    "erased": (Column("erased", Type.BOOLEAN, "Whether content of the notice was erased."),),
    "holder": (Column("holder", Type.STRING, "Of a mandate: handle of the party that holds it."),),
    "kinds": (Column("kinds", Type.LIST, "Of a mandate: kinds of notice it covers."),),
    "categories": (Column("categories", Type.LIST, "Of a mandate or an agreement: categories it covers."),),
    "surfaces": (Column("surfaces", Type.LIST, "Of a mandate: what its notices may point at."),),
    "country": (Column("country", Type.STRING, "Country (ISO 3166-1)."),),
    "granted_by": (Column("granted_by", Type.STRING, "Of a mandate: who granted it."),),
    "legal_source": (Column("legal_source", Type.STRING, "Of a mandate: on which law."),),
    "expertise": (Column("expertise", Type.STRING, "Of a mandate: what its holder knows about."),),
    "party": (Column("party", Type.STRING, "Of a representative: handle of its party."),),
    "role": (Column("role", Type.STRING, "Of a representative: for what it can be reached."),),
    "organisation": (Column("organisation", Type.STRING, "Of a representative: the office."),),
    "handle": (Column("handle", Type.STRING, "Of a party: its handle."),),
    "name": (Column("name", Type.STRING, "Of a party: its name."),),
    "title": (
        Column("title.id", Type.STRING, "Of an agreement: what it is called, in Indonesian."),
        Column("title.en", Type.STRING, "Of an agreement: what it is called, in English."),
    ),
    "parties": (Column("parties", Type.LIST, "Of an agreement: handles of its parties."),),
    "profile": (Column("profile", Type.STRING, "Of an agreement: the profile it works under; behind @ its digest."),),
    "version": (Column("version", Type.INTEGER, "Of an agreement: number of the version in force, or of the last."),),
    "versions": (Column("versions", Type.STRING, "JSON: each version with its number, from when and until when."),),
    "points": (
        Column(
            "points",
            Type.STRING,
            "JSON: each point with name, state, version and since; once in force with owner, due time and its text.",
        ),
    ),
    "obligations": (Column("obligations", Type.STRING, "JSON: each obligation with point, kind, state and since."),),
    "reopening": (
        Column(
            "reopening", Type.STRING, "JSON: what opens again what was closed; of an agreement, whether it is there."
        ),
    ),
    "automatic": (Column("automatic", Type.LIST, "Of an agreement: measures that may be done by machine."),),
    "authority": (Column("authority", Type.STRING, "Of a restriction: handle of the party that ordered it."),),
    "platform": (Column("platform", Type.STRING, "Of a restriction: handle of the platform concerned."),),
    "match": (Column("match", Type.STRING, "Of a restriction: a name alone, or all below it too.", tuple(Match)),),
    "layer": (Column("layer", Type.STRING, "Of a restriction: where the network closes something.", tuple(Layer)),),
    "closes": (Column("closes", Type.INTEGER, "Of a restriction: how many names it was published with, or asks for."),),
    "lifted": (Column("lifted", Type.INTEGER, "Of a restriction: how many of them are off the lists by an act."),),
    "lifted_by": (Column("lifted_by", Type.STRING, "Of a restriction: who lifted it, as a code."),),
    "operators": (Column("operators", Type.LIST, "Of a restriction: handles of the operators that carry it out."),),
    "carried": (
        Column(
            "carried",
            Type.STRING,
            "JSON: of each operator how the restriction stands there and since when, and since when it is overdue.",
        ),
    ),
    "overdue_operators": (
        Column("overdue_operators", Type.LIST, "Of a restriction: operators that did not open it in their time."),
    ),
    "emergency": (Column("emergency", Type.BOOLEAN, "Of a restriction: whether it did not wait for an answer."),),
    "shadow": (Column("shadow", Type.BOOLEAN, "Of a restriction: whether it only counts, and closes nothing."),),
    "names": (Column("names", Type.STRING, "Of a restriction: never shown; who asks for one exactly is told."),),
    "reason": (Column("reason", Type.STRING, "Of a restriction: why, in the words of the authority."),),
    "proportionality": (
        Column("proportionality", Type.STRING, "Of a restriction: why nothing milder does, in the same words."),
    ),
    **{
        name: (Column(name, Type.DATETIME, says),)
        for name, says in {
            "received_at": "When the notice was received.",
            "delivered_at": "When the recipient's own machine had it.",
            "seen_at": "When somebody of the recipient saw it.",
            "acknowledged_at": "When the recipient took it on.",
            "decided_at": "When it was decided; of a notice the last time.",
            "closed_at": "When nothing more could come of it.",
            "withdrawn_at": "When its sender took it back.",
            "non_disclosure": "Until when a law forbids to say what it is about.",
            "informed_at": "When the decision reached whoever asked.",
            "reversed_at": "When an appeal changed the decision.",
            "made_at": "When the statement of reasons was made.",
            "given_at": "When it reached the person affected.",
            "submitted_at": "When it went to a public database of statements.",
            "lodged_at": "When the appeal was lodged.",
            "resolved_at": "When it was resolved.",
            "granted_at": "When the mandate was granted.",
            "since": "Since when it is so.",
            "registered_at": "When the party was registered.",
            "opened_at": "When the talks began.",
            "in_force_at": "Since when there is an agreement in force.",
            "ends_at": "When it ends by itself.",
            "ended_at": "When it ended.",
            "proposed_at": "When the restriction was proposed.",
            "approved_at": "When its second approver approved it.",
            "answered_at": "When the platform concerned answered.",
            "published_at": "When it was put on the operators' lists.",
            "review_at": "When it is looked at again.",
            "sunset_at": "When it ends by itself.",
        }.items()
    },
}

_NAMES = tuple(dict.fromkeys(name for fields in ENTRIES.values() for name in fields))
COLUMNS: tuple[Column, ...] = (*_OURS, *(column for name in _NAMES for column in _FIELDS[name]), *_THEIRS)
"""Every column, in its order. Columns are added at the end of their field and never taken away."""

KINDS: Mapping[str, tuple[str, ...]] = {
    column.name: tuple(kind for kind, fields in ENTRIES.items() if name in fields)
    for name in _NAMES
    for column in _FIELDS[name]
}
"""Column of a field → the kinds of entry that have it; the other columns belong to all."""


def row_of(entry: Entry) -> Row:
    """An entry as a row."""
    hidden = {name: str(why.because) for name, why in entry.hidden.items()}
    ours = (entry.id, entry.kind, datetime.fromisoformat(entry.at), entry.state, entry.event, entry.leaf, entry.shard)
    fields = (_value(column, name, entry.fields) for name in _NAMES for column in _FIELDS[name])
    return (*ours, *fields, _json(hidden) if hidden else None, tuple(entry.related))


def _value(column: Column, name: str, fields: Mapping[str, Any]) -> Value:
    value = fields.get(name)
    member = column.name.removeprefix(name).removeprefix(".")
    if member:
        value = value.get(member) if isinstance(value, dict) else None
    if value is None:
        return None
    match column.type:
        case Type.DATETIME:
            return datetime.fromisoformat(value)
        case Type.LIST:
            return tuple(map(str, value))
        case Type.STRING if not isinstance(value, str):
            return _json(value)
    return value  # type: ignore[no-any-return]  # A boolean or a number, as its field has it.


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
