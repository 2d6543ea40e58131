"""The shapes of what a ladder puts to people, beyond what the structs say by themselves."""

from __future__ import annotations

from mufakat.rules.profile import Certainty
from mufakat.rules.warning import LONGEST
from mufakat.server.api.shapes import (
    HANDLE,
    HASH,
    INSTANT,
    ONE_PAGE,
    RECEIPT,
    SAYS_SOMETHING,
    TEXT,
    Schema,
    an_id,
    one_of,
    or_null,
    ref,
)

WARNING_SHAPES: dict[str, dict[str, Schema]] = {
    "WarningIn": {
        "step": {"description": "Which step of the profile's ladder: the next one that people send."},
        "text": {"pattern": TEXT, "description": f"What it says besides what its form says. {SAYS_SOMETHING}"},
        "legal_ground": {
            "anyOf": [ref("LegalGround"), {"type": "null"}],
            "description": "The law it stands on; absent: the law of the notice.",
        },
        "reasons_weighed": or_null(
            {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST,
                "pattern": TEXT,
                "description": f"How the other side's reasons were weighed, where the profile asks. {SAYS_SOMETHING}",
            }
        ),
    },
    "WarningOut": {
        "id": an_id("wrn"),
        "notice": an_id("ntc"),
        "from": {**HANDLE, "description": "The party that sent it."},
        "to": {**HANDLE, "description": "The party that it is for."},
        "step": {"description": "Which step of the profile's ladder."},
        "proposes": {"description": "What it is: `warning_letter`, `notice_of_intended_block`, or the profile's own."},
        "sent_at": INSTANT,
        "receipt": RECEIPT,
        "leaf": HASH,
        "links": {
            "additionalProperties": {"type": "string", "format": "uri-reference"},
            "description": "Where it is, its notice, and the page that can be printed.",
        },
        "text": {"type": "string", "description": "Absent once it is erased."},
        "reasons_weighed": {"type": "string", "description": "How the reasons of the other side were weighed."},
    },
    "WarningLetterOut": {
        "code": {"description": "By which people know it."},
        "number": {"minimum": 1, "description": "Which letter it is."},
        "most": {"minimum": 1, "description": "Of how many at most."},
        "carries": {
            "type": "string",
            "description": "What it carries, such as `administrative_fine`; never an amount.",
        },
    },
    "WarningRuleOut": {
        "profile": {"description": "By which profile of rules, with its version where an agreement names one."},
        "certainty": one_of(Certainty, "How well this step is known."),
        "sources": {"description": "Where it was read, by the profile's own names."},
        "called": {"type": "string", "description": "What people call it."},
        "article": {"type": "string"},
        "note": {"type": "string"},
    },
    "WarningList": {"next": ONE_PAGE},
}
