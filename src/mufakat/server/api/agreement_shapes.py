"""What the code asks of agreements beyond the types of their structs (see ``shapes``), and their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.agreement import Act, AgreementState, PointState
from mufakat.rules.notice import Category, MeasureName
from mufakat.rules.obligation import ObligationKind, ObligationState
from mufakat.server.api.decision_shapes import LINKS
from mufakat.server.api.shapes import (
    HANDLE,
    INSTANT,
    LINE,
    SAYS_SOMETHING,
    TEXT,
    an_id,
    one_of,
    or_null,
    ref,
)

if TYPE_CHECKING:
    from mufakat.server.api.shapes import Schema

POINT: Schema = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9]*(_[a-z0-9]+)*$",
    "maxLength": 40,
    "description": "Which point, such as `government_channel`; `terms` holds the frame.",
}
TERM: Schema = {
    "type": "string",
    "pattern": r"^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)?$",
    "maxLength": 81,
    "description": "A point that is in force, or an obligation that is kept, such as `representative.kept`.",
}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
MOMENT: Schema = {"type": "string", "format": "date-time", "description": "A time with its zone (RFC 3339)."}
BOTH: Schema = {
    "type": "object",
    "required": ["id", "en"],
    "properties": {"id": {"type": "string"}, "en": {"type": "string"}},
    "additionalProperties": False,
    "description": "The same in Indonesian and in English.",
}
HANDLES: Schema = {"type": "array", "items": HANDLE}
NOTE: Schema = {"pattern": f"^$|{TEXT}", "description": f"Why, in words. {SAYS_SOMETHING}"}
TERMS: Schema = {**ref("PointTerms"), "description": "What is proposed, as it is signed."}
SEAT: Schema = {"description": "A role and a number, such as `approver-2`."}
NAME: Schema = or_null({"type": "string", "description": "Who; for the own party and counterparties in force alone."})

_HEAD: dict[str, Schema] = {
    "id": an_id("agr"),
    "state": one_of(AgreementState, "How it stands."),
    "title": BOTH,
    "parties": HANDLES,
    "opened_by": HANDLE,
    "opened_at": INSTANT,
    "ended_at": or_null(INSTANT),
    "version": or_null({"type": "integer", "minimum": 1, "description": "In force now, or last; null before any."}),
    "profile": or_null({"type": "string", "description": "By which rules it runs; behind @ the digest of the text."}),
    "awaits": {**HANDLES, "description": "The parties that have something on the table to answer."},
    "links": LINKS,
}

AGREEMENT_SHAPES: dict[str, dict[str, Schema]] = {
    "AgreementIn": {
        "title": {"description": "What it is called."},
        "parties": {"items": HANDLE, "uniqueItems": True, "description": "Between whom; yours among them."},
        "like": or_null({"type": "string", "description": "A profile whose points are proposed, beside those named."}),
        "points": {"description": "The first proposals."},
    },
    "Title": {
        "id": {"pattern": LINE, "description": f"In Indonesian. {SAYS_SOMETHING}"},
        "en": {"pattern": LINE, "description": f"In English. {SAYS_SOMETHING}"},
    },
    "Text": {
        "id": {"pattern": TEXT, "description": f"In Indonesian. {SAYS_SOMETHING}"},
        "en": {"pattern": TEXT, "description": f"In English. {SAYS_SOMETHING}"},
    },
    "PointTerms": {
        "owner": {**HANDLE, "description": "The party that owes it."},
        "evidence": {"items": {"type": "string", "pattern": LINE}, "description": "What is asked for as evidence."},
        "due_at": or_null({**MOMENT, "description": "Until when the evidence is to be there."}),
        "from_at": or_null({**MOMENT, "description": "From when on it is in force; null: with the last signature."}),
        "frame": or_null({**ref("Frame"), "description": "With the point `terms`, and with no other."}),
    },
    "NamedTerms": {
        "name": POINT,
        "owner": {**HANDLE, "description": "The party that owes it."},
        "evidence": {"items": {"type": "string", "pattern": LINE}, "description": "What is asked for as evidence."},
        "due_at": or_null({**MOMENT, "description": "Until when the evidence is to be there."}),
        "from_at": or_null({**MOMENT, "description": "From when on it is in force; null: with the last signature."}),
        "frame": or_null({**ref("Frame"), "description": "With the point `terms`, and with no other."}),
    },
    "Frame": {
        "profile": {"description": "A profile's name, such as id-2017; what is stored names the very text behind @."},
        "ends_at": or_null({**MOMENT, "description": "When the agreement ends by itself; null: never."}),
        "categories": or_null(
            {
                "type": "array",
                "items": one_of(Category, "About what."),
                "minItems": 1,
                "maxItems": 50,
                "uniqueItems": True,
                "description": "What orders and restrictions may be about; null: as the profile says.",
            }
        ),
        "automatic": {
            "items": one_of(MeasureName, "A measure."),
            "description": "Reversible measures that a platform may take by itself.",
        },
        "reopening": or_null({**ref("Condition"), "description": "What opens again what was closed."}),
        "grounds": {
            "uniqueItems": True,
            "description": "Laws under which a platform may tell an authority of a screening hit; none: it tells none.",
        },
    },
    "Condition": {
        "all_of": {"items": TERM, "description": "All of these must hold."},
        "any_of": {"items": TERM, "description": "And one of these, where something stands here."},
    },
    "ObligationTerms": {
        "kind": {"description": "What is to be kept."},
        "party": or_null({**HANDLE, "description": "Whose mandate is meant, with `mandate_granted` alone."}),
    },
    "ActIn": {
        "act": {"description": "What you do with the point."},
        "proposal": or_null(
            {
                "type": "integer",
                "minimum": 1,
                "maximum": 10_000,
                "description": "The number of what you answer; needed with all but `propose`.",
            }
        ),
        "terms": or_null({**ref("PointTerms"), "description": "With `propose` and `counter`, and there alone."}),
        "note": {**NOTE, "description": "Why; needed with `decline`."},
        "signed": or_null({**ref("Signed"), "description": "By a key of your party's, where it enrolled one."}),
    },
    "Signed": {
        "key": {"description": "The key's line (vkey)."},
        "signature": {"contentEncoding": "base64", "description": "Ed25519, over the six lines in docs/api.md."},
    },
    "ShowingIn": {
        "note": {**NOTE, "description": "What shows it; a note or a file is needed."},
        "confirms": {"description": "Another side says that the point is kept; its owner hands in evidence instead."},
    },
    "FileRef": {
        "name": {"pattern": LINE, "description": f"What the file is called. {SAYS_SOMETHING}"},
        "sha256": {**SHA256, "description": "Its digest; the bytes stay with whoever has them."},
    },
    "EndingIn": {"reason": {"pattern": TEXT, "description": f"Why it ends. {SAYS_SOMETHING}"}},
    "AgreementOut": {
        **_HEAD,
        "reopening": or_null({**ref("ReopeningOut"), "description": "Null where nothing is asked for."}),
    },
    "AgreementBriefOut": {
        **_HEAD,
        "points": {
            "additionalProperties": one_of(PointState, "How its newest version stands."),
            "description": "By name.",
        },
        "reopening": or_null({"type": "boolean", "description": "Whether what is asked for is there."}),
    },
    "AgreementList": {
        "next": or_null({**an_id("agr"), "description": "Pass it back as `after`; null on the last page."})
    },
    "PointOut": {
        "name": POINT,
        "version": {"minimum": 1},
        "state": one_of(PointState, "How this version stands."),
        "since": INSTANT,
        "owner": HANDLE,
        "proposal": {"minimum": 1, "description": "The number of the newest proposal, which an answer names."},
        "awaited": {**HANDLES, "description": "Who has not signed what is on the table."},
        "agreed_at": or_null(INSTANT),
        "from_at": or_null({**INSTANT, "description": "From when on it is in force; null before it is agreed."}),
        "due_at": or_null({**INSTANT, "description": "Until when the evidence is to be there."}),
        "terms": {**TERMS, "description": "The newest terms."},
    },
    "PointProposalOut": {
        "number": {"minimum": 1},
        "party": HANDLE,
        "seat": SEAT,
        "name": NAME,
        "at": INSTANT,
        "terms": TERMS,
        "sha256": SHA256,
        "event": an_id("evt"),
    },
    "SignatureOut": {
        "party": HANDLE,
        "seat": SEAT,
        "name": NAME,
        "at": INSTANT,
        "key": or_null({"type": "string", "description": "The key's line, where it was signed by a key too."}),
        "signature": or_null({"type": "string", "contentEncoding": "base64"}),
    },
    "ShownOut": {
        "party": HANDLE,
        "seat": SEAT,
        "at": INSTANT,
        "files": {
            "items": {
                "type": "object",
                "required": ["name", "sha256"],
                "properties": {"name": {"type": "string"}, "sha256": SHA256},
                "additionalProperties": False,
            }
        },
    },
    "VersionOut": {
        "number": {"minimum": 1},
        "from_at": INSTANT,
        "until": or_null({**INSTANT, "description": "Null while it is in force."}),
        "profile": {"description": "By which rules; behind @ the digest of the text."},
        "frame": {**ref("Frame"), "description": "The frame, as everybody signed it."},
        "points": {"additionalProperties": {"type": "integer", "minimum": 1}, "description": "Name → version."},
        "event": an_id("evt"),
    },
    "VersionShownOut": {
        "agreement": an_id("agr"),
        "number": {"minimum": 1},
        "from_at": INSTANT,
        "until": or_null({**INSTANT, "description": "Null while it is in force."}),
        "profile": {"description": "By which rules; behind @ the digest of the text."},
        "event": an_id("evt"),
        "links": LINKS,
    },
    "PointInForceOut": {"name": POINT, "version": {"minimum": 1}, "terms": TERMS, "sha256": SHA256},
    "ObligationOut": {
        "point": POINT,
        "kind": one_of(ObligationKind, "What is to be kept."),
        "party": or_null({**HANDLE, "description": "Whose mandate is meant, where that is the obligation."}),
        "owner": HANDLE,
        "state": one_of(ObligationState, "How it stands."),
        "since": INSTANT,
        "judged_at": INSTANT,
        "due_at": or_null(INSTANT),
        "evidence": {"description": "What was counted or found: figures, codes, ids and times."},
    },
    "ComplianceOut": {
        "agreement": an_id("agr"),
        "version": or_null({"type": "integer", "minimum": 1}),
        "condition": or_null({**ref("Condition"), "description": "What it asks for; null where nothing is asked for."}),
        "reopening": or_null({**ref("ReopeningOut"), "description": "Null before it was ever considered."}),
        "links": LINKS,
    },
    "SideOut": {
        "party": HANDLE,
        "counts": {
            "additionalProperties": {"type": "integer", "minimum": 0},
            "propertyNames": {"enum": list(ObligationState)},
            "description": "How many stand how; every state is there.",
        },
    },
    "OwedOut": {
        "point": POINT,
        "kind": one_of(ObligationKind, "What is to be kept."),
        "party": or_null({**HANDLE, "description": "Whose mandate is meant, where that is the obligation."}),
        "state": one_of(ObligationState, "How it stands."),
        "since": INSTANT,
        "judged_at": INSTANT,
        "due_at": or_null({**INSTANT, "description": "When its time is over, where that is known."}),
        "evidence": {"description": "What was counted or found: figures, codes, ids and times."},
        "event": an_id("evt"),
    },
    "ReopeningOut": {
        "since": INSTANT,
        "by": {"description": "The terms of the condition that hold."},
        "missing": {"description": "Those that are missing."},
        "event": an_id("evt"),
    },
}

ACTS = ", ".join(Act)
PARAMETERS: dict[str, Schema] = {
    "agreement": {
        "description": "The id of an agreement of your party.",
        "schema": an_id("agr"),
        "example": "agr_01m89vygyhe4mtytf7q822wp85",
    },
    "point": {"description": "The name of a point.", "schema": POINT, "example": "government_channel"},
    "number": {
        "description": "The number of a version, as a notice cites it.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 1,
    },
    "agreements state": {
        "description": "Only agreements in this state; empty for all.",
        "schema": {"type": "string", "enum": ["", *AgreementState], "default": ""},
        "example": "in_force",
    },
    "agreements after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('agr')['pattern'][1:-1]})?$", "default": ""},
        "example": "agr_01m89vygyhe4mtytf7q822wp85",
    },
}
