"""What OpenAPI says of the register: its parameters, and what its structs do not say by themselves (see ``shapes``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.decision import Outcome
from mufakat.rules.notice import Category
from mufakat.rules.publicity import ENTRIES, Because
from mufakat.server.api.shapes import HASH, INSTANT, an_id, one_of, or_null

if TYPE_CHECKING:
    from mufakat.server.api.shapes import Schema

PLACE = {"type": "string", "pattern": "^[0-9a-f]{1,16}$"}
IDS = "^(ntc|dec|sor|apl|rst|agr|mnd|ctc|pty)_[0-9a-hjkmnp-tv-z]{26}$"
DAY: Schema = {"type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", "default": ""}
FIELDS = ", ".join(sorted({name for fields in ENTRIES.values() for name in fields}))

REGISTER_SHAPES: dict[str, dict[str, Schema]] = {
    "EntryOut": {
        "id": {"pattern": IDS, "description": "Of the thing itself."},
        "kind": {
            "pattern": "^[a-z_]+$",
            "description": f"What it is. Today: {', '.join(ENTRIES)}; later versions add kinds.",
        },
        "at": {**INSTANT, "description": "When it began; by this the register is ordered."},
        "state": {"pattern": "^[a-z_]+$", "description": "How it stands: a code of its kind."},
        "title": {"description": "Codes and handles, from which a line can be made; the kind first."},
        "fields": {
            "description": f"What is shown, by name: codes, times, handles, lists and objects of them, words. {FIELDS}."
        },
        "hidden": {"description": "Fields that are there and not shown, and why. No name stands in both."},
        "event": an_id("evt"),
        "leaf": {**HASH, "description": "The hash of that event's leaf (RFC 6962), base64."},
        "shard": {"description": "The log in which the leaf stands."},
        "steps": {"description": "Its public events, oldest first; the first is `event`."},
        "related": {
            "type": "array",
            "items": {"type": "string", "pattern": IDS},
            "description": "Ids of other entries that belong to it.",
        },
        "links": {
            "additionalProperties": {"type": "string", "format": "uri-reference"},
            "description": "Itself, its page, and its receipt where there is one.",
        },
    },
    "EntryList": {"next": or_null({**PLACE, "description": "Pass it back as `after`; null on the last page."})},
    "Hidden": {
        "because": one_of(Because, "Why it is not shown."),
        "until": or_null({**INSTANT, "description": "Until when, where that is known."}),
    },
    "Step": {
        "type": {"description": "The type of the event."},
        "at": INSTANT,
        "event": an_id("evt"),
        "leaf": HASH,
    },
}

PARAMETERS: dict[str, Schema] = {
    "register q": {
        "description": "Words that all stand in what is found, in any case; empty for everything.",
        "schema": {"type": "string", "default": ""},
        "example": "telegram terrorism",
    },
    "register kind": {
        "description": f"Only entries of this kind, such as {', '.join(ENTRIES)}; empty for all.",
        "schema": {"type": "string", "default": ""},
        "example": "decision",
    },
    "register party": {
        "description": "Only what this party (its handle) asked, decides, holds or is; empty for all.",
        "schema": {"type": "string", "default": ""},
        "example": "telegram",
    },
    "register category": {
        "description": f"Only what is about this: {', '.join(Category)}; empty for all.",
        "schema": {"type": "string", "default": ""},
        "example": "terrorism",
    },
    "register outcome": {
        "description": f"Only what was decided so: {', '.join(Outcome)}; empty for all.",
        "schema": {"type": "string", "default": ""},
        "example": "act_full",
    },
    "register from": {
        "description": "Only what began on this day (UTC) or later; empty for no beginning.",
        "schema": DAY,
        "example": "2017-07-01",
    },
    "register to": {
        "description": "Only what began on this day (UTC) or before; empty for no end.",
        "schema": DAY,
        "example": "2017-07-31",
    },
    "register after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": "^([0-9a-f]{1,16})?$", "default": ""},
        "example": "2ba5373f4c000002",
    },
    "entry": {
        "description": (
            "The id of a notice, decision, statement, appeal, mandate, representative, party, agreement or restriction."
        ),
        "schema": {"type": "string", "pattern": IDS},
        "example": "ntc_01m89vygyhe4mtytf7q822wp85",
    },
    "register_receipt event": {
        "description": "One of the entry's `steps`; empty for the event that began it.",
        "schema": {"type": "string", "default": ""},
        "example": "evt_01m89vygyhe4mtytf7q822wp85",
    },
}
