"""The small words of JSON Schema that the shapes of the API are put together from."""

from __future__ import annotations

from typing import Any

from mufakat.rules.parties import MAX_HANDLE_LENGTH

Schema = dict[str, Any]

HANDLE = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": MAX_HANDLE_LENGTH}
INSTANT = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$",
    "description": "A time in UTC with milliseconds (RFC 3339).",
}
BASE64 = {"type": "string", "contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/]*={0,2}$"}
HASH = {**BASE64, "minLength": 44, "maxLength": 44, "description": "A SHA-256 leaf hash (RFC 6962)."}
RECEIPT = {
    "type": "string",
    "pattern": r"^mufakat/custody(-batch)?/v1\n",
    "description": "A signed custody receipt (a C2SP signed note); keep it, `mufakat verify` checks it.",
}
LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$"
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+$"
SAYS_SOMETHING = "Blanks alone are refused."


def an_id(prefix: str) -> Schema:
    """An id of this kind of thing."""
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-hjkmnp-tv-z]{{26}}$"}


def one_of(values: Any, description: str) -> Schema:
    """A closed list of words."""
    return {"type": "string", "enum": [str(value) for value in values], "description": description}


def ref(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}
