"""What the code asks of appeals beyond the types of their structs (see ``shapes``)."""

from __future__ import annotations

from mufakat.rules.appeal import CLAIMED, AppealState, Level, Resolution, Standing
from mufakat.rules.decision import DecisionState, Outcome
from mufakat.rules.measure import MeasureState
from mufakat.rules.notice import MeasureName
from mufakat.server.api.decision_shapes import LINKS
from mufakat.server.api.shapes import (
    HASH,
    INSTANT,
    LINE,
    RECEIPT,
    SAYS_SOMETHING,
    TEXT,
    Schema,
    an_id,
    one_of,
    or_null,
    ref,
)

FILES: Schema = or_null(
    {
        "type": "array",
        "items": ref("EvidenceRef"),
        "maxItems": 5,
        "description": "Files that show it. For child_sexual_abuse digests alone.",
    }
)
REASONS: Schema = {"pattern": TEXT, "description": f"Why, in words. {SAYS_SOMETHING}"}
STANDING = one_of(Standing, "As whom the decision is contested.")
LEVEL = one_of(Level, "Before whom: another person of the platform, or a body outside.")
OUTCOME = one_of(Resolution, "What came of it.")
STATE = one_of(AppealState, "Where it stands.")

APPEAL_SHAPES: dict[str, dict[str, Schema]] = {
    "LodgingIn": {
        "reasons": REASONS,
        "evidence": FILES,
        "level": {"description": "Before whom; internal, if nothing is said."},
        "body": or_null(
            {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": LINE,
                "description": "The name of the court or body; needed where it is outside, and nowhere else.",
            }
        ),
    },
    "CodeLodgingIn": {
        "code": {"description": "The code that the platform gave you; hyphens and capitals do not matter."},
        "reasons": REASONS,
        "evidence": FILES,
        "standing": or_null(one_of(sorted(CLAIMED), "As whom; uploader, if nothing is said.")),
    },
    "ResolutionIn": {
        "outcome": {"description": "What comes of it."},
        "reasons": {"pattern": TEXT, "description": "Why, in three words at least, whatever the outcome is."},
        "measures": or_null(
            {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 30},
                "minItems": 1,
                "maxItems": 500,
                "uniqueItems": True,
                "description": "With partly, and only there: which measures are undone.",
            }
        ),
    },
    "ResolutionOut": {
        "outcome": OUTCOME,
        "at": INSTANT,
        "reasons": or_null({"type": "string", "description": "Why; null once erased."}),
        "receipt": RECEIPT,
        "measures": {"items": an_id("mea"), "description": "What was undone, where it was a part."},
        "resolved_by": {"type": "string", "description": "The seat; its own party alone is told."},
    },
    "LodgedAppealOut": {
        "id": an_id("apl"),
        "state": STATE,
        "receipt": RECEIPT,
        "decision": an_id("dec"),
        "notice": an_id("ntc"),
        "standing": STANDING,
        "level": LEVEL,
        "lodged_at": INSTANT,
        "lodged_by": or_null({"type": "string", "description": "The party; null for whoever had the code."}),
        "reasons": or_null({"type": "string", "description": "Why; null once erased."}),
        "leaf": HASH,
        "links": LINKS,
        "body": {"type": "string", "description": "The name of the body outside."},
        "evidence": {"description": "Its files, for who judges it and who sent them; only where one appeal is shown."},
        "resolution": {**ref("ResolutionOut"), "description": "What came of it; absent while it is open."},
    },
    "LodgedAppealList": {
        "next": or_null({**an_id("apl"), "description": "Pass it back as `after`; null on the last page."})
    },
    "OwnAppealOut": {
        "id": an_id("apl"),
        "state": STATE,
        "standing": STANDING,
        "lodged_at": INSTANT,
        "receipt": RECEIPT,
        "resolution": {**ref("ResolutionOut"), "description": "What came of it; absent while it is open."},
    },
    "ContestedMeasureOut": {
        "measure": one_of(MeasureName, "What is done."),
        "state": one_of(MeasureState, "Where it stands."),
        "ends_at": or_null({**INSTANT, "description": "When it ends by itself."}),
    },
    "ContestableOut": {
        "state": one_of(DecisionState, "How the decision stands."),
        "outcome": one_of(Outcome, "What came of the notice."),
        "decided_at": INSTANT,
        "until": {**INSTANT, "description": "Until when it may be contested."},
        "open": {"description": "Whether an appeal can be lodged now."},
        "facts": {"type": "string", "description": "What was found; absent once erased."},
        "reasons": {"type": "string", "description": "Why; absent once erased."},
        "ground": {**ref("Ground"), "description": "What it stands on; absent once erased."},
    },
}
