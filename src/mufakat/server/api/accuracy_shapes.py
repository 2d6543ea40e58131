"""What the code asks beyond the types of the structs of accuracy, in the words of JSON Schema."""

from __future__ import annotations

from typing import Any

from mufakat.rules.consequences import ProposalState
from mufakat.rules.notice import Category
from mufakat.rules.parties import PartyKind
from mufakat.server.api.shapes import HANDLE, INSTANT, an_id, one_of, or_null, ref

_DAY: dict[str, Any] = {"type": "string", "format": "date"}


def _count(words: str) -> dict[str, Any]:
    return {"minimum": 0, "description": words}


def _share(words: str) -> dict[str, Any]:
    return {"minimum": 0, "maximum": 1, "description": words}


ACCURACY_SHAPES: dict[str, dict[str, dict[str, Any]]] = {
    "ShareOut": {
        "part": _count("So many."),
        "whole": _count("Of so many."),
        "value": or_null({"type": "number", **_share("The share; null where nothing was counted.")}),
        "lower": _share("With 95 % certainty the true share is not below this (Wilson)."),
        "upper": _share("And not above this."),
    },
    "ReportOut": {
        "received": _count("So many came in: the sum of the outcomes, what is open and what was withdrawn."),
        "outcomes": {
            "additionalProperties": {"type": "integer", "minimum": 0},
            "description": "By outcome, how many were decided so.",
        },
        "open": _count("So many wait for a decision, a new one after a reversal included."),
        "withdrawn": _count("So many were taken back by whoever sent them."),
    },
    "AskingOut": {
        "notices": ref("ReportOut"),
        "refusals": {
            "additionalProperties": {"type": "integer", "minimum": 0},
            "description": "By code, how many were refused.",
        },
        "overturned": _count("Of those that were acted on, so many were reversed on appeal."),
        "partly_overturned": _count("And so many in part."),
        "without_law": _count("So many named terms of service alone, and no law."),
        "precision": {**ref("ShareOut"), "description": "Of those that say anything, how many were right."},
        "says": {"description": "The same as a sentence."},
    },
    "AnsweringOut": {
        "received": _count("So many came in."),
        "answered_in_time": _count("So many were decided in time, however they were decided."),
        "answered_late": _count("So many were decided late."),
        "unanswered_late": _count("So many wait past their time."),
        "waiting": _count("So many wait in time."),
        "withdrawn": _count("So many were taken back before they were decided."),
        "acknowledged_in_time": _count("So many were taken on in time."),
        "acknowledged_late": _count("So many were taken on late."),
        "unacknowledged_late": _count("So many still wait to be taken on, past their time."),
        "punctuality": {**ref("ShareOut"), "description": "Of those that had to be decided, how many were in time."},
        "overturn_rate": {**ref("ShareOut"), "description": "Of the appeals heard, how many changed the decision."},
    },
    "PartyFiguresOut": {
        "party": HANDLE,
        "kind": one_of(PartyKind, "What the party is."),
        "asking": or_null(ref("AskingOut")),
        "categories": {
            "propertyNames": {"enum": [str(category) for category in Category]},
            "additionalProperties": ref("ShareOut"),
            "description": "By category, how many of those that say anything were right.",
        },
        "answering": or_null(ref("AnsweringOut")),
    },
    "ShareLeftOut": {
        "percent": {"minimum": 1, "maximum": 100, "description": "So much of the quota is left; 100 is all of it."},
        "burst": {"minimum": 1, "description": "So many notices at once."},
        "per_minute": {"minimum": 1, "description": "And so many more with each minute."},
        "since": INSTANT,
        "reason": {"description": "Why people gave it back; empty where nobody did."},
        "evidence": or_null({**ref("Evidence"), "description": "What was counted; null where nothing is lowered."}),
    },
    "ProposalOut": {
        "id": an_id("prp"),
        "state": one_of(ProposalState, "What became of it."),
        "made_at": INSTANT,
        "reason": {"description": "Why it was declined; empty where it was not."},
        "evidence": {**ref("Evidence"), "description": "What was counted."},
    },
    "Evidence": {
        "since": {**_DAY, "description": "The first day on which notices that count came in (UTC)."},
        "until": {**_DAY, "description": "The last such day."},
        "counted": {
            "additionalProperties": {"type": "integer", "minimum": 1},
            "description": "What became of them, by name; what is none is absent.",
        },
        "judged": _count("So many of them say anything."),
        "right": _count("So many of those were right."),
        "lower": _share("With 95 % certainty the true share is not below this (Wilson)."),
        "upper": _share("And not above this."),
        "minimum": _count("Nothing follows from fewer than so many."),
        "below": _share("The bound below which this follows."),
        "percent": {"minimum": 1, "maximum": 100, "description": "So much of the quota is left."},
        "platforms": {"description": "How they fared with each platform."},
    },
    "Refusals": {
        "platform": HANDLE,
        "right": _count("So many were right there."),
        "wrong": _count("So many were wrong there."),
    },
    "AccuracyOut": {
        "from": or_null({**_DAY, "description": "The first day; null for no beginning."}),
        "to": or_null({**_DAY, "description": "The last day; null for no end."}),
        "next": or_null({**HANDLE, "description": "Pass it back as `after`; null on the last page."}),
        "conservation": {**ref("ReportOut"), "description": "Where every notice of the period is, whoever sent it."},
    },
}
