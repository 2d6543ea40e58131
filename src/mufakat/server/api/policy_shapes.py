"""What the code asks of policies and samples beyond their structs' types (see ``shapes``), and their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.filtering import PolicyState, RestoringState
from mufakat.screening.item import Action
from mufakat.screening.policy import Mode
from mufakat.server.api.decision_shapes import LINKS
from mufakat.server.api.shapes import HASH, INSTANT, LINE, SAYS_SOMETHING, TEXT, an_id, one_of, or_null

if TYPE_CHECKING:
    from mufakat.server.api.shapes import Schema

NAME: Schema = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9-]{0,63}$"}
SEAT: Schema = {"type": "string", "pattern": "^[a-z]+(-[0-9]+)?$", "description": "A role and a number."}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
REF: Schema = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9-]{0,63}/[1-9][0-9]*$"}
ITEMS: Schema = {"minimum": 0, "description": "Items."}
NOTE: Schema = {"pattern": f"^$|{TEXT}", "description": f"A word with it. {SAYS_SOMETHING}"}
DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "A day in UTC."}

POLICY_SHAPES: dict[str, dict[str, Schema]] = {
    "PolicyIn": {
        "text": {"pattern": TEXT, "description": "The policy as YAML, at most 256 KiB; it is kept byte for byte."},
        "note": or_null({"type": "string", "maxLength": 2_000, **NOTE}),
    },
    "BacktestIn": {
        "sample": or_null({**an_id("smp"), "description": "One sample; or else several `samples`."}),
        "samples": {"items": an_id("smp"), "uniqueItems": True, "description": "Several, each once."},
        "live": {"description": "As if every rule of the version were live: what would follow if all were promoted."},
    },
    "PromotionIn": {
        "backtest": {**an_id("bkt"), "description": "The figures on which you promote it."},
        "note": or_null({"type": "string", "maxLength": 2_000, **NOTE}),
    },
    "PolicyEndIn": {
        "reason": {"pattern": TEXT, "description": f"Why it is taken back. {SAYS_SOMETHING}"},
        "restore": {"description": "The version was at fault: everything that it hit is undone."},
    },
    "PolicyOut": {
        "id": an_id("pol"),
        "policy": {**NAME, "description": "Its name."},
        "version": {"minimum": 1, "description": "Its version: one text each."},
        "state": one_of(PolicyState, "How it stands."),
        "sha256": {**SHA256, "description": "The SHA-256 of its text."},
        "proposer": SEAT,
        "proposed_at": INSTANT,
        "links": LINKS,
        "shadow_at": {**INSTANT, "description": "When it began to judge in shadow; absent before."},
        "promoter": {**SEAT, "description": "Who let it go live: somebody else than who proposed it."},
        "promoted_at": {**INSTANT, "description": "When it went live; absent before."},
        "backtest": {**an_id("bkt"), "description": "On which figures it was promoted."},
        "ended_by": {**SEAT, "description": "Who declined it, took it back, or put another one in its place."},
        "ended_at": {**INSTANT, "description": "When that was; absent before."},
        "leaf": {**HASH, "description": "The leaf hash of its proposal; absent in a list."},
        "text": {"type": "string", "description": "The YAML, as it was proposed; absent in a list."},
        "rules": {"description": "Its rules in the order in which they are asked; absent in a list."},
        "tests": {"type": "integer", "minimum": 0, "description": "How many tests it brings; absent in a list."},
        "note": {"type": "string", "description": "What its proposer said with it; absent in a list."},
        "reason": {"type": "string", "description": "Why it was declined or taken back; absent in a list."},
        "backtests": {"description": "Its back-tests, newest first, fifty at most; absent in a list."},
        "banks_changed": {
            "items": NAME,
            "description": "In the answer to a promotion: banks that were changed since the back-test.",
        },
    },
    "PolicyList": {"next": or_null({**an_id("pol"), "description": "Pass it back as `after`; null on the last page."})},
    "PolicyRuleOut": {
        "name": NAME,
        "mode": one_of(Mode, "How far it may go."),
        "percent": or_null({"type": "integer", "minimum": 1, "maximum": 99, "description": "In the mode sample."}),
        "then": one_of(Action, "What follows."),
        "reason": {"propertyNames": {"enum": ["id", "en"]}, "description": "What the author reads, by language."},
    },
    "BacktestRunningOut": {"done": {**ITEMS, "description": "Judged so far."}, "items": ITEMS},
    "PolicyRestoringOut": {
        "state": one_of(RestoringState, "Whether it goes on."),
        "restored": {"minimum": 0, "description": "Hits that were undone so far."},
        "begun_at": INSTANT,
        "ended_at": or_null(INSTANT),
    },
    "BacktestOut": {
        "id": an_id("bkt"),
        "policy": an_id("pol"),
        "against": or_null({**an_id("pol"), "description": "The version that was live; null where none was."}),
        "samples": {"items": an_id("smp"), "description": "On which samples."},
        "live": {"description": "As if every rule were live."},
        "items": {**ITEMS, "description": "Items that were judged."},
        "changed": {**ITEMS, "description": "Items for which another action follows."},
        "made_by": SEAT,
        "made_at": INSTANT,
        "links": LINKS,
    },
    "BacktestTableOut": {
        "before": or_null({**REF, "description": "Name and version of what was live; null for nothing."}),
        "after": {**REF, "description": "Name and version of what was tried."},
        "items": {**ITEMS, "description": "Items that were judged; the counts of the rows add up to it."},
        "changed": {**ITEMS, "description": "Items for which another action follows."},
        "refused": {**ITEMS, "description": "Items that are not screened."},
        "rows": {"description": "What changes comes first, the more frequent before the less; 200 at most."},
        "shadow": {"description": "Rule → how often it only would have decided."},
        "banks": {"description": "Bank → how often it had been changed when it was asked."},
    },
    "BacktestRowOut": {
        "changes": {"description": "Whether another action follows."},
        "count": {"minimum": 1, "description": "Items."},
        "samples": or_null(
            {
                "type": "array",
                "items": {"type": "string"},
                "description": "Your own ids of some of them; null once a sample was erased.",
            }
        ),
    },
    "FollowsOut": {
        "action": one_of(Action, "What follows."),
        "rule": or_null({**NAME, "description": "Which rule decided; null for none."}),
    },
    "RestOfTableOut": {
        "rows": {"minimum": 0, "description": "Rows that are not shown."},
        "items": ITEMS,
        "changed": {**ITEMS, "description": "Those of them for which another action follows."},
    },
    "PolicyCountOut": {
        "day": DAY,
        "rule": or_null({**NAME, "description": "Which rule; null: every item that was screened that day."}),
        "shadow": {"description": "It only would have acted."},
        "count": ITEMS,
    },
    "PolicyCountList": {"next": or_null({**DAY, "description": "Pass it back as `after`; null on the last page."})},
    "SampleOut": {
        "id": an_id("smp"),
        "name": {"pattern": LINE, "description": "What it is, for colleagues."},
        "items": {"minimum": 1, "description": "Items that are kept."},
        "private": {"minimum": 0, "description": "Lines that are marked private: refused, not kept."},
        "refused": {"minimum": 0, "description": "Lines that are no items, or too long."},
        "sha256": {**SHA256, "description": "Of the lines that are kept."},
        "added_by": SEAT,
        "added_at": INSTANT,
        "erase_at": {**INSTANT, "description": "When it is erased at the latest."},
        "erased_at": or_null({**INSTANT, "description": "When it was erased; null while it is here."}),
        "faults": {"description": "Why the first of the refused lines were; in the answer to handing it in alone."},
    },
    "SampleLineOut": {
        "line": {"minimum": 1, "description": "Which line."},
        "pointer": {"pattern": "^(/.*)?$", "description": "RFC 6901"},
    },
    "SampleList": {"next": or_null({**an_id("smp"), "description": "Pass it back as `after`; null on the last page."})},
}
PARAMETERS: dict[str, Schema] = {
    "policy": {
        "description": "The id of a version of your platform's policies.",
        "schema": an_id("pol"),
        "example": "pol_01m89vygyhe4mtytf7q822wp85",
    },
    "backtest": {
        "description": "The id of a back-test of this version.",
        "schema": an_id("bkt"),
        "example": "bkt_01m89vygyhe4mtytf7q822wp85",
    },
    "sample": {
        "description": "The id of a sample of your platform.",
        "schema": an_id("smp"),
        "example": "smp_01m89vygyhe4mtytf7q822wp85",
    },
    "policies state": {
        "description": "Only versions in this state; empty for all.",
        "schema": {"type": "string", "enum": ["", *PolicyState], "default": ""},
        "example": "shadow",
    },
    "policies after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('pol')['pattern'][1:-1]})?$", "default": ""},
        "example": "pol_01m89vygyhe4mtytf7q822wp85",
    },
    "samples after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('smp')['pattern'][1:-1]})?$", "default": ""},
        "example": "smp_01m89vygyhe4mtytf7q822wp85",
    },
    "policy_counts after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", "default": ""},
        "example": "2026-11-20",
    },
}
