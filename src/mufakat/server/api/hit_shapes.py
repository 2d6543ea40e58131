"""What the code asks of items, verdicts and hits beyond the types of their structs (``shapes``), and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.acting import BLOCKING, Asked
from mufakat.rules.filtering import HitState
from mufakat.rules.notice import Category
from mufakat.screening.item import Action, ItemKind
from mufakat.server.api.decision_shapes import LINKS
from mufakat.server.api.shapes import INSTANT, TEXT, an_id, one_of, or_null, ref

if TYPE_CHECKING:
    from mufakat.server.api.shapes import Schema

DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
POLICY: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}/[0-9]+$", "description": "Name and version."}
SEAT: Schema = {"type": "string", "description": "A role and a number, such as `reviewer-2`; a machine has none."}
STATE = one_of(HitState, "How it stands; act by this.")
HIT: Schema = {**an_id("hit"), "description": "Where it is in the books; absent where nothing was hit."}
ERASED = "absent once erased, and of child sexual abuse"

HIT_SHAPES: dict[str, dict[str, Schema]] = {
    "Item": {
        "item": {"description": "Your own id of it; an address where it has one, so that it can be decided upon."},
        "at": {"description": "When it was said, as you write times."},
        "visibility": {"description": "What is private is refused, whatever it says."},
        "author": {"description": "Who said it, as you call them."},
        "channel": {"description": "Where it was said; an address where it has one."},
        "text": {"maxLength": 100_000, "description": "What was said, whole: what is cut away is not screened."},
        "urls": {"description": "Addresses beside the text."},
        "language": or_null({"type": "string", "maxLength": 35, "description": "A tag of BCP 47, such as `id`."}),
    },
    "VerdictOut": {
        "action": one_of(Action, "What the rule asks for; none where the item was let go or restored before."),
        "rule": or_null({"type": "string", "description": "The rule that decides."}),
        "policy": or_null({**POLICY, "description": "The live policy; null without one."}),
        "matches": {"description": "The entries that the rule's questions named, with their places; at most 100."},
        "shadow": {"description": "Rules that only would have decided."},
        "hit": HIT,
        "state": {**STATE, "description": "How the hit stands: act by this, not by the action."},
    },
    "UnscreenedLine": {
        "line": {"minimum": 1, "description": "Which line it was."},
        "problem": {**ref("Problem"), "description": "Why it was not screened."},
    },
    "InterruptedLine": {
        "interrupted": {"minimum": 1, "description": "From this line on nothing was screened; send the rest again."},
        "problem": {**ref("Problem"), "description": "What stood in the way."},
    },
    "HitReleaseIn": {"note": or_null({"type": "string", "pattern": f"^$|{TEXT}", "maxLength": 2_000})},
    "HitBlockIn": {
        "note": or_null({"type": "string", "pattern": f"^$|{TEXT}", "maxLength": 2_000}),
        "measure": {**or_null(one_of(BLOCKING, "What is done; null: disable.")), "default": None},
        "ground": or_null({**ref("Ground"), "description": "On what it stands; null: what the entry names."}),
        "reasons": or_null(
            {"type": "string", "minLength": 1, "pattern": TEXT, "description": "Why; null: the rule's own reason."}
        ),
    },
    "HitOut": {
        "id": an_id("hit"),
        "state": STATE,
        "action": one_of(Asked, "What the rule asked for."),
        "category": one_of(Category, "What it is said to be, in a word of notices."),
        "policy": POLICY,
        "rule": {"description": "The rule that decided."},
        "at": INSTANT,
        "links": LINKS,
        "due_at": {**INSTANT, "description": "When the hold ends by itself; absent where none waits."},
        "decided_at": {**INSTANT, "description": "When it was let go or blocked."},
        "decided_by": SEAT,
        "restored_at": {**INSTANT, "description": "When what was done was undone."},
        "erased_at": {**INSTANT, "description": "When what it said was erased."},
        "notice": {**an_id("ntc"), "description": "The notice of own detection of what is blocked."},
        "decision": {**an_id("dec"), "description": "The decision by which it is blocked."},
        "note": {"type": "string", "description": "What was said with its release or block; not in a list."},
    },
    "HitItemOut": {
        "item_sha256": {**DIGEST, "description": "SHA-256 of your own id of it; it stays."},
        "kind": one_of(ItemKind, "What it is; absent once erased."),
        "item": {"type": "string", "description": f"Your own id of it; {ERASED}."},
        "at": {"type": "string", "description": f"When it was said; {ERASED}."},
        "author": {"type": "string", "description": f"Who said it; {ERASED}."},
        "channel": {"type": "string", "description": f"Where; {ERASED}."},
        "text": {"type": "string", "description": f"What was said; {ERASED}, and in a list."},
        "urls": {"items": {"type": "string"}, "description": f"Addresses beside the text; {ERASED}, and in a list."},
        "sha256": {**DIGEST, "description": "Of its file; absent once erased."},
        "language": {"type": "string", "description": f"A tag of BCP 47; {ERASED}."},
        "locator": {"type": "string", "description": "What a decision would point at; absent where nothing does."},
    },
    "HitList": {"next": or_null({**an_id("hit"), "description": "Pass it back as `after`; null on the last page."})},
}
PARAMETERS: dict[str, Schema] = {
    "hit": {
        "description": "The id of a hit of your platform.",
        "schema": an_id("hit"),
        "example": "hit_01m89vygyhe4mtytf7q822wp85",
    },
    "hits state": {
        "description": "Only hits in this state; empty for all.",
        "schema": {"type": "string", "enum": ["", *HitState], "default": ""},
        "example": "held",
    },
    "hits after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('hit')['pattern'][1:-1]})?$", "default": ""},
        "example": "hit_01m89vygyhe4mtytf7q822wp85",
    },
}
