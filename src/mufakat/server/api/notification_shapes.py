"""What the code asks of notifications and weekly counts beyond the types of their structs, and their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.filtering import LEAST, NotificationState
from mufakat.rules.notice import Category
from mufakat.server.api.decision_shapes import LINKS
from mufakat.server.api.shapes import (
    HANDLE,
    INSTANT,
    RECEIPT,
    SAYS_SOMETHING,
    TEXT,
    an_id,
    one_of,
    or_null,
    ref,
)

if TYPE_CHECKING:
    from mufakat.server.api.shapes import Schema

OURS = "For its platform alone."
DAY: Schema = {"type": "string", "format": "date"}
COUNT: Schema = or_null({"type": "integer", "minimum": LEAST})

NOTIFICATION_SHAPES: dict[str, dict[str, Schema]] = {
    "NotificationReleaseIn": {
        "to": {**HANDLE, "description": "A regulator or a court with which you have an agreement in force."},
        "legal_ground": {**ref("LegalGround"), "description": "One of those that the frame of the agreement lists."},
    },
    "NotificationRefusalIn": {"reason": {"pattern": TEXT, "description": f"Why nobody is told. {SAYS_SOMETHING}"}},
    "ToldCodes": {
        "platform": {**HANDLE, "description": "Whose screening it was."},
        "category": one_of(Category, "About what; a word of a bank that is none of these is `other`."),
        "action": {"description": "What the rule asks for."},
        "policy": {**an_id("pol"), "description": "The version of the policy whose rule it was."},
        "version": {"minimum": 1, "description": "Its number."},
        "kind": {"description": "What kind of thing was hit; null where it is not known any more."},
        "day": {**DAY, "description": "On which day (UTC)."},
        "count": {"const": 1, "description": "One; how many there are of a category is told by the week."},
    },
    "NotificationOut": {
        "id": {**an_id("ntf"), "description": "To its platform its own name, to an authority that of the release."},
        "state": one_of(NotificationState, "How it stands; an authority sees what is released alone."),
        "codes": {"description": "All that an authority is told, or would be."},
        "links": LINKS,
        "to": {**HANDLE, "description": "Whom it was released to; absent before."},
        "legal_ground": {**ref("LegalGround"), "description": "On which ground; absent before."},
        "agreement": {**an_id("agr"), "description": "Under which agreement; absent before."},
        "released_at": {**INSTANT, "description": "When it was released; absent before."},
        "withdrawn_at": {**INSTANT, "description": "When the authority was told that it is restored; absent before."},
        "receipt": {**RECEIPT, "description": "Of the release; absent before."},
        "told": {**an_id("ntf"), "description": f"By which name its authority knows it. {OURS}"},
        "hit": {**an_id("hit"), "description": f"Which hit it is of. {OURS}"},
        "rule": {"type": "string", "description": f"By which rule. {OURS}"},
        "proposed_at": {**INSTANT, "description": f"Since when it waits, or did. {OURS}"},
        "due_at": {**INSTANT, "description": f"When it lapses; absent once it is over. {OURS}"},
        "decided_at": {**INSTANT, "description": f"When it was over. {OURS}"},
        "by": {"type": "string", "description": f"Who decided, by seat. {OURS}"},
        "reason": {"type": "string", "description": f"Why nobody is told; where it is shown by itself. {OURS}"},
    },
    "NotificationList": {
        "next": or_null({**an_id("ntf"), "description": "Pass it back as `after`; null on the last page."})
    },
    "CountsTold": {
        "cells": {
            "additionalProperties": COUNT,
            "propertyNames": {"enum": list(Category)},
            "description": "How many items live rules hit, by category; null is a count that is not told.",
        },
        "hits": {**COUNT, "description": "All of them; null where it would say how many are in a small cell."},
        "screened": {**COUNT, "description": "How many items were screened; null for the same reason."},
    },
    "WeekOut": {
        "id": an_id("wkc"),
        "platform": {**HANDLE, "description": "Whose screening it was."},
        "authority": {**HANDLE, "description": "Who was told."},
        "agreement": {**an_id("agr"), "description": "Under which agreement."},
        "week": {**DAY, "description": "Its Monday; days are those of UTC."},
        "until": {**DAY, "description": "Its Sunday."},
        "counts": {"description": "The same for everybody who was told of this week."},
        "told_at": INSTANT,
    },
    "WeekList": {"next": or_null({**an_id("wkc"), "description": "Pass it back as `after`; null on the last page."})},
}
PARAMETERS: dict[str, Schema] = {
    "notification": {
        "description": "The id of a notification of your platform, or of one that was released to you.",
        "schema": an_id("ntf"),
        "example": "ntf_01m89vygyhe4mtytf7q822wp85",
    },
    "notifications state": {
        "description": "Only notifications in this state; empty for all.",
        "schema": {"type": "string", "enum": ["", *NotificationState], "default": ""},
        "example": "waiting",
    },
    "notifications after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('ntf')['pattern'][1:-1]})?$", "default": ""},
        "example": "ntf_01m89vygyhe4mtytf7q822wp85",
    },
    "screening_counts after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('wkc')['pattern'][1:-1]})?$", "default": ""},
        "example": "wkc_01m89vygyhe4mtytf7q822wp85",
    },
}
