"""What OpenAPI says of statements of reasons: made from the table that judges them (`formats.dsa.attributes`)."""

from __future__ import annotations

from typing import Any

import msgspec

from mufakat.formats.dsa.attributes import ATTRIBUTES, GROUP, LISTS_OF, Attribute, Case, Kind
from mufakat.formats.dsa.codes import CODES
from mufakat.server.api.shapes import Schema, an_id, or_null, ref


class SubmissionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That a statement was sent; with the attributes that were said besides, as in the export."""

    attributes: dict[str, Any] | None = None


_EXAMPLE: dict[str, Any] = {
    "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
    "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
    "illegal_content_legal_ground": "A made-up directive, Art. 5",
    "illegal_content_explanation": "Public provocation, as a made-up example.",
    "content_type": ["CONTENT_TYPE_TEXT"],
    "category": "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
    "category_specification": ["KEYWORD_TERRORIST_CONTENT"],
    "territorial_scope": ["DE", "FR"],
    "content_language": "EN",
    "content_date": "2025-08-01",
    "application_date": "2025-08-02",
    "decision_facts": "What was found.",
    "source_type": "SOURCE_TRUSTED_FLAGGER",
    "source_identity": "Example referral unit",
    "automated_detection": "No",
    "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
    "puid": "EXAMPLE-0001",
}
_UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
_PLACE = f"/api/v1/statement/{_UUID}"
_SAID = {
    "uuid": _UUID,
    "created_at": "2025-08-02 10:11:12",
    "platform_name": "Telegram",
    "permalink": _PLACE,
    "self": _PLACE,
    "id": _UUID,
}
_SHOWN = {
    **{name: _EXAMPLE.get(name) for name in ATTRIBUTES if name != "content_id"},
    **_SAID,
}


def _code(name: str) -> Schema:
    return {"type": "string", "enum": sorted(CODES[LISTS_OF.get(name, name)])}


def _attribute(name: str, one: Attribute) -> Schema:
    shapes: dict[Kind, Schema] = {
        Kind.TEXT: {"type": "string", "maxLength": one.most},
        Kind.URL: {"type": "string", "maxLength": one.most, "pattern": "^[A-Za-z][A-Za-z0-9+.-]*://"},
        Kind.DATE: {"type": "string", "format": "date", "description": "YYYY-MM-DD, until 2038-01-01."},
        Kind.PUID: {"type": "string", "maxLength": one.most, "pattern": "^[a-zA-Z0-9_-]+$"},
        Kind.EAN: {"type": "string", "pattern": "^[0-9]{13}$"},
        Kind.PRODUCT: {
            "type": "object",
            "additionalProperties": False,
            "properties": {"EAN-13": {"type": "string", "pattern": "^[0-9]{13}$"}},
        },
    }
    if one.kind is Kind.CODE:
        found = _code(name)
    elif one.kind is Kind.CODES:
        found = {"type": "array", "items": _code(name)}
    else:
        found = shapes[one.kind]
    if one.required:
        return found if one.kind is not Kind.CODES else {**found, "minItems": 1}
    return or_null(found) if one.null else found


def _needs() -> list[Schema]:
    """What must be there in a case: the case is not given, or what it needs is there.

    Not as if and then: programs that make examples of a schema only follow alternatives.
    """
    cases: dict[Case, list[str]] = {}
    for name, one in ATTRIBUTES.items():
        if one.within is not None:
            cases.setdefault(one.within, []).append(name)
    return [
        {
            "anyOf": [
                {"properties": {case.attribute: _without(case)}},
                {"required": names, "properties": {name: {"type": "string", "minLength": 1} for name in names}},
            ]
        }
        for case, names in cases.items()
    ]


def _without(case: Case) -> Schema:
    other: Schema = {"not": {"const": case.code}}
    return {"items": other} if ATTRIBUTES[case.attribute].kind is Kind.CODES else other


def _shown() -> Schema:
    """A statement as it is shown: every attribute, and what is said of it."""
    values: dict[str, Schema] = {name: {} for name in ATTRIBUTES if name != "content_id"}
    for name in values:
        listed = ATTRIBUTES[name].kind is Kind.CODES
        values[name] = or_null({"type": "array", "items": {"type": "string"}} if listed else {"type": "string"})
    said: dict[str, Schema] = {name: {"type": "string", "minLength": 1} for name in _SAID}
    properties = {**values, **said}
    return {
        "type": "object",
        "title": "ForeignStatementOut",
        "description": "A statement as the DSA Transparency Database shows it; null where there is nothing.",
        "required": sorted(properties),
        "properties": properties,
    }


SHAPES: dict[str, Schema] = {
    "ForeignStatement": {
        "type": "object",
        "title": "ForeignStatement",
        # In words alone: together with the other alternatives it is more than such programs follow.
        "description": "A statement of reasons, as the DSA Transparency Database (schema v2) takes it. "
        f"One of these at least is needed: {', '.join(GROUP)}.",
        "required": sorted(name for name, one in ATTRIBUTES.items() if one.required),
        "properties": {name: _attribute(name, one) for name, one in ATTRIBUTES.items()},
        "additionalProperties": False,
        "allOf": _needs(),
    },
    "ForeignStatements": {
        "type": "object",
        "title": "ForeignStatements",
        "description": "1 to 100 statements: all of them are taken, or none.",
        "required": ["statements"],
        "additionalProperties": False,
        "properties": {
            "statements": {"type": "array", "minItems": 1, "maxItems": 100, "items": ref("ForeignStatement")}
        },
    },
    "ForeignStatementOut": _shown(),
    "ForeignStatementsOut": {
        "type": "object",
        "title": "ForeignStatementsOut",
        "description": "The statements of a batch, in its order.",
        "required": ["statements"],
        "properties": {"statements": {"type": "array", "minItems": 1, "items": ref("ForeignStatementOut")}},
    },
    "PuidOut": {
        "type": "object",
        "title": "PuidOut",
        "description": "That an identifier was used.",
        "required": ["message", "puid"],
        "properties": {"message": {"type": "string", "minLength": 1}, "puid": {"type": "string", "minLength": 1}},
    },
}

EXAMPLES: dict[str, Any] = {
    "ForeignStatement": _EXAMPLE,
    "ForeignStatements": {"statements": [_EXAMPLE]},
    "ForeignStatementOut": _SHOWN,
    "ForeignStatementsOut": {"statements": [_SHOWN]},
    "PortionLine": {
        "taken": 999,
        "first": 2,
        "last": 1001,
        "leaf": "nUZfBr4ZfnrMUgmCNFH1mZz8BTXXO5IBUmZrPE8NWUY=",
        "receipt": "mufakat/custody-batch/v1\nlocalhost/log/1\n1\nnUZfBr4ZfnrMUgmCNFH1mZz8BTXXO5IBUmZrPE8NWUY=\n"
        "2025-08-02T10:11:12.345Z\nmmd 60\n\n\u2014 localhost/log/1 5oUbVQ==\n",
    },
    "SubmissionIn": {"attributes": {"content_type": ["CONTENT_TYPE_TEXT"]}},
    "StatementsBatchLine": {"statements": [_EXAMPLE]},
    "StatementsRefusedLine": {
        "decision": "dec_01m89vygyhe4mtytf7q822wp85",
        "errors": [{"pointer": "/items/0/territory", "detail": "ID is outside of the European Economic Area."}],
    },
    "StatementsEndLine": {"end": "done", "statements": 1, "refused": 1},
    "PuidOut": {"message": "statement of reason found", "puid": "EXAMPLE-0001"},
}

PARAMETERS: dict[str, Schema] = {
    "decision_dsa decision": {
        "description": "The id of a decision of your platform.",
        "schema": an_id("dec"),
        "example": "dec_01m89vygyhe4mtytf7q822wp85",
    },
    "statement_hand_over statement": {
        "description": "The id of a statement of reasons of your platform.",
        "schema": an_id("sor"),
        "example": "sor_01m89vygyhe4mtytf7q822wp85",
    },
    "puid": {
        "description": "The identifier that your platform gave a statement.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 500},
        "example": "EXAMPLE-0001",
    },
    "uuid": {
        "description": "The name that the database gave a statement.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
        "example": _UUID,
    },
}

IN_PROBLEMS: dict[str, Schema] = {
    "message": {"type": "string", "minLength": 1, "description": "Of statements alone: what that database says."},
    "existing": {
        "type": "object",
        "description": "Of one statement: the identifier that was used before.",
        "properties": {"puid": {"type": "string"}},
    },
    "existing_puids": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Of a batch: the identifiers that were used before, or twice in it.",
    },
    "puid": {"type": "string", "description": "Of a question for an identifier: the one that was not used."},
}
