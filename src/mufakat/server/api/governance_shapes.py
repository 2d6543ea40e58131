"""What the code asks beyond the types of the structs of governance, in the words of JSON Schema."""

from __future__ import annotations

from mufakat.rules.objective import Area, Figure, Reached, Source
from mufakat.rules.parties import PartyKind
from mufakat.server.api.shapes import HANDLE, HASH, INSTANT, ONE_PAGE, TEXT, Schema, an_id, one_of, or_null, ref

_DAY: Schema = {"type": "string", "format": "date"}
_SAID = "Control characters are refused."


def _count(words: str) -> Schema:
    return {"minimum": 0, "description": words}


def _share(words: str) -> Schema:
    return {"minimum": 0, "maximum": 1, "description": words}


def _seat(words: str) -> Schema:
    return {"description": words}


_FIGURE = one_of(Figure, "What is measured, as so many of so many.")
_AREA = one_of(Area, "What the procedure asks about.")
_SOURCE = one_of(Source, "Whether the program counts it, a review writes it down, or nothing measures it yet.")
_STATE = one_of(Reached, "How it stands; no_figures and not_measured are neither reached nor missed.")
_AT_LEAST = {"minimum": 1, "maximum": 100, "description": "What the share is to reach, in percent."}
_PARTS: dict[str, Schema] = {"part": _count("So many."), "whole": _count("Of so many.")}
_BOUNDS: dict[str, Schema] = {
    "lower": _share("With 95 % certainty the true share is not below this (Wilson)."),
    "upper": _share("And not above this."),
}
_EVENT: dict[str, Schema] = {"event": an_id("evt"), "leaf": HASH}

GOVERNANCE_SHAPES: dict[str, dict[str, Schema]] = {
    "ObjectiveIn": {
        "figure": _FIGURE,
        "owner": _seat("Who sees to it: a seat of your party in which somebody sits."),
        "review_on": or_null({**_DAY, "description": "The first review; null: every_days from today."}),
    },
    "ObjectiveEndIn": {"reason": {"pattern": TEXT, "description": f"Why. {_SAID}"}},
    "ReviewIn": {
        "minutes": {"pattern": TEXT, "description": f"What was said; name roles, not people. {_SAID}"},
    },
    "RecordedIn": {"figure": one_of(Figure, "A figure that only people know.")},
    "DoneIn": {"note": {"pattern": TEXT, "description": f"What was done. {_SAID}"}},
    "MonthOut": {
        "month": {**_DAY, "description": "Its first day (UTC)."},
        **_PARTS,
        "value": or_null({"type": "number", **_share("The share; null where nothing was counted.")}),
    },
    "ObjectiveOut": {
        "id": an_id("obj"),
        "area": _AREA,
        "figure": _FIGURE,
        "source": _SOURCE,
        "at_least": _AT_LEAST,
        "owner": _seat("The seat that sees to it."),
        "review_on": {**_DAY, "description": "The day of the next review."},
        "agreement": or_null({**an_id("agr"), "description": "The agreement whose point asks for it."}),
        "state": _STATE,
        "share": or_null({**ref("ShareOut"), "description": "Over the last months; null: not measured yet."}),
        "set_at": INSTANT,
        "ended_at": or_null(INSTANT),
        **_EVENT,
    },
    "ObjectiveList": {"next": ONE_PAGE},
    "FollowupOut": {
        "id": an_id("fup"),
        "review": an_id("rev"),
        "number": {"minimum": 1, "description": "Its place in the review."},
        "due_on": {**_DAY, "description": "Until when."},
        "done_at": or_null(INSTANT),
    },
    "FollowupList": {"next": or_null(an_id("fup"))},
    "FoundOut": {
        "objective": an_id("obj"),
        "figure": _FIGURE,
        "at_least": _AT_LEAST,
        "state": _STATE,
        **_PARTS,
        **_BOUNDS,
    },
    "ReviewOut": {
        "id": an_id("rev"),
        "held_at": INSTANT,
        "figures": or_null({**ref("SaidOut"), "description": "What was found that day, and what was written down."}),
        **_EVENT,
    },
    "ReviewList": {"next": or_null(an_id("rev"))},
    "Report": {
        "received": _count("So many came in: the sum of the outcomes, what is open and what was withdrawn."),
        "outcomes": {
            "additionalProperties": {"type": "integer", "minimum": 0},
            "description": "By outcome, how many were decided so.",
        },
        "open": _count("So many wait for a decision."),
        "withdrawn": _count("So many were taken back by whoever sent them."),
    },
    "Month": {"month": {**_DAY, "description": "Its first day (UTC)."}, **_PARTS},
    "FigureOfYear": {"figure": _FIGURE, "area": _AREA, "source": _SOURCE, **_PARTS, **_BOUNDS},
    "AimOfYear": {
        "objective": an_id("obj"),
        "figure": _FIGURE,
        "area": _AREA,
        "at_least": _AT_LEAST,
        "state": _STATE,
    },
    "ReviewOfYear": {
        "review": an_id("rev"),
        "held_at": INSTANT,
        "looked_at": _count("So many objectives were looked at."),
        "decided": _count("So many things were decided."),
        "done": _count("So many of those are done."),
    },
    "YearReport": {
        "party": HANDLE,
        "kind": one_of(PartyKind, "What the party is."),
        "number": _count("The how manieth report of this year; 0 before it is published."),
        "made_at": {**INSTANT, "description": "Until when it was counted."},
        "sent": {**ref("Report"), "description": "Where every notice is that it sent; the sums balance."},
        "received": {**ref("Report"), "description": "Where every notice is that it received; the sums balance."},
    },
    "PublishedOut": {"id": an_id("rpt"), "published_at": INSTANT, **_EVENT},
    "PublishedLine": {"party": HANDLE, "number": {"minimum": 1}, "published_at": INSTANT},
    "PublishedList": {"next": ONE_PAGE},
}


def _of_page(prefix: str) -> Schema:
    return {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id(prefix)['pattern'][1:-1]})?$", "default": ""},
        "example": f"{prefix}_01m89vygyhe4mtytf7q822wp85",
    }


_YEAR: Schema = {
    "description": "The year, in UTC.",
    "schema": {"type": "integer", "minimum": 2000, "maximum": 2999},
    "example": 2017,
}

PARAMETERS: dict[str, Schema] = {
    **{
        name: {
            "description": words,
            "schema": an_id(prefix),
            "example": f"{prefix}_01m89vygyhe4mtytf7q822wp85",
        }
        for name, prefix, words in (
            ("objective", "obj", "The id of an objective of your party."),
            ("review", "rev", "The id of a review of your party."),
            ("followup", "fup", "The id of a follow-up of your party."),
        )
    },
    "reviews after": _of_page("rev"),
    "followups after": _of_page("fup"),
    "followups state": {
        "description": "`waiting` for what is still to be done, by its day; empty for all, newest first.",
        "schema": {"type": "string", "enum": ["", "waiting"], "default": ""},
        "example": "waiting",
    },
    "year": _YEAR,
    "register_report party": {
        "description": "The handle of the party that published it.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 63},
        "example": "telegram",
    },
    "register_report number": {
        "description": "Which of several reports of the year; absent for the newest.",
        "schema": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        "example": 1,
    },
}
"""What each parameter means."""
