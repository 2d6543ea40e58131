"""What the code asks beyond the types of the structs of rehearsals, in the words of JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.clock import ClockState
from mufakat.rules.notice import NoticeKind
from mufakat.rules.profile_shape import Actor, Certainty
from mufakat.rules.rehearsing import STEPS
from mufakat.server.api.shapes import INSTANT, one_of, or_null, ref

if TYPE_CHECKING:
    from mufakat.server.api.shapes import Schema


def _count(words: str) -> Schema:
    return {"minimum": 0, "description": words}


REHEARSAL_SHAPES: dict[str, dict[str, Schema]] = {
    "RehearsedClockOut": {
        "name": {"description": "Its name in the profile; a repeated one has its turn behind #."},
        "stops": {"description": "The event that ends it."},
        "actor": one_of(Actor, "Who has to act."),
        "certainty": one_of(Certainty, "How well its term is known."),
        "target": {"description": "Whether it is an aim and no law's term."},
        "right": {"description": "Whether it is a time in which somebody may act and need not."},
        "states": {
            "propertyNames": {"enum": [str(state) for state in ClockState]},
            "additionalProperties": {"type": "integer", "minimum": 1},
            "description": "By state, for how many notices it would stand so.",
        },
        "in_time": {**ref("ShareOut"), "description": "Of those that are due or done, how many were in time."},
    },
    "DifferenceOut": {
        "value": or_null({"type": "number", "minimum": -1, "maximum": 1, "description": "Null: none to compare."}),
        "lower": {"minimum": -1, "maximum": 1, "description": "With 95 % certainty it is not below this."},
        "upper": {"minimum": -1, "maximum": 1, "description": "And not above this."},
    },
    "RehearsedStepOut": {
        "step": {"enum": [str(step) for step in STEPS], "description": "The event that ends the step."},
        "both": _count("In time as it was, and under the draft."),
        "gained": _count("In time under the draft alone."),
        "lost": _count("In time as it was alone."),
        "neither": _count("In time by neither."),
        "open": _count("Neither due nor done, or without a clock on one of the sides."),
        "was": {**ref("ShareOut"), "description": "In time by the clocks that they ran by."},
        "would": {**ref("ShareOut"), "description": "In time by those of the draft."},
        "difference": {**ref("DifferenceOut"), "description": "Of those that can be compared, how many more."},
    },
    "RehearsalOut": {
        "profile": {"description": "What was rehearsed."},
        "notices": _count("On so many notices, the newest."),
        "from": or_null({**INSTANT, "description": "When the first of them came; null where there are none."}),
        "to": or_null({**INSTANT, "description": "When the last of them came."}),
        "not_taken": {
            "propertyNames": {"enum": [str(kind) for kind in NoticeKind]},
            "additionalProperties": {"type": "integer", "minimum": 1},
            "description": "By kind, how many the draft would not have taken from such a party.",
        },
        "not_seen": {"description": "Clocks that start or end at something that this version does not write yet."},
        "clocks": {"description": "In the order of the profile."},
        "steps": {"description": "What a recipient has to do in time."},
    },
}

PARAMETERS: dict[str, Schema] = {
    "rehearsal notices": {
        "description": "On so many notices, the newest; empty for 500.",
        "schema": {"type": "string", "pattern": "^([1-9][0-9]{0,5})?$", "default": ""},
        "example": "500",
    },
    "rehearsal profile": {
        "description": "Another profile instead of that on the table; empty for that.",
        "schema": {"type": "string", "maxLength": 64, "default": ""},
        "example": "eu-dsa",
    },
}
