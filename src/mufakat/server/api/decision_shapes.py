"""What the code asks of decisions beyond the types of their structs (see ``shapes``)."""

from __future__ import annotations

from mufakat.rules.decision import ACTS, FINAL, DecisionState, Outcome
from mufakat.rules.measure import IRREVERSIBLE, MEASURES, MeasureState
from mufakat.rules.notice import MeasureName
from mufakat.rules.places import COUNTRIES
from mufakat.rules.reasons import GROUNDED
from mufakat.server.api.shapes import HASH, INSTANT, RECEIPT, SAYS_SOMETHING, TEXT, Schema, an_id, one_of, or_null, ref

MOMENT: Schema = {"type": "string", "maxLength": 40, "pattern": "^[0-9]{4}-", "description": "RFC 3339, in the future."}
FOR_EVER = ", ".join(sorted(IRREVERSIBLE))
LINKS: Schema = {
    "additionalProperties": {"type": "string", "format": "uri-reference"},
    "description": "Where the rest is.",
}

DECISION_SHAPES: dict[str, dict[str, Schema]] = {
    "DecisionIn": {
        "outcome": {
            "description": (
                "What comes of it. act_full does something about every locator, act_partial about some; the others "
                "order no measures. needs_information asks, and decides nothing yet."
            )
        },
        "reasons": {"pattern": TEXT, "description": f"Why, in three words at least. {SAYS_SOMETHING}"},
        "facts": or_null(
            {
                "type": "string",
                "minLength": 1,
                "maxLength": 20_000,
                "pattern": TEXT,
                "description": "What was found; needed but where information is asked.",
            }
        ),
        "items": or_null(
            {
                "type": "array",
                "items": ref("ItemIn"),
                "maxItems": 300,
                "description": "What is done to which locator; each measure once for each.",
            }
        ),
        "ground": {
            **or_null(ref("Ground")),
            "description": "What it stands on; needed to act and to refuse alike, one of both at least.",
        },
        "automated": {
            **or_null(ref("Automated")),
            "description": "How much of it a machine did; needed but where information is asked.",
        },
        "refusal": {
            **or_null(ref("Refusal")),
            "description": "Why it is refused; needed with refuse, and with nothing else.",
        },
    },
    "ItemIn": {
        "locator": {"description": "The locator's place in the notice, from 0."},
        "measure": {"description": f"What is done. A second person approves what cannot be undone: {FOR_EVER}."},
        "ends_at": or_null({**MOMENT, "description": "When it ends by itself (RFC 3339); null: no end is set."}),
        "territory": or_null(
            {
                "type": "array",
                "items": {"type": "string", "enum": sorted(COUNTRIES)},
                "maxItems": 300,
                "uniqueItems": True,
                "description": "Where: country codes of ISO 3166-1; needed with geo_restrict, empty for everywhere.",
            }
        ),
    },
    "Automated": {
        "detection": {"description": "Whether a machine found the content."},
        "decision": {"description": "How much of the decision a machine made."},
    },
    "HowIn": {"how": {"description": "By which way it reached whoever is affected."}},
    "OutcomeOut": {
        "id": an_id("dec"),
        "outcome": one_of(Outcome, "What came of it."),
        "state": one_of(DecisionState, "How it stands."),
    },
    "DecisionOut": {
        "id": an_id("dec"),
        "state": one_of(DecisionState, "How it stands."),
        "statement": or_null({**an_id("sor"), "description": "Its statement of reasons; null where it only asks."}),
        "receipt": RECEIPT,
        "appeal_until": or_null({**INSTANT, "description": "Until when it may be appealed; null for no such right."}),
        "notice": an_id("ntc"),
        "outcome": one_of(Outcome, "What came of it."),
        "decided_at": INSTANT,
        "leaf": HASH,
        "links": LINKS,
        "refusal": {"type": "string", "description": "Why it was refused: a code."},
        "ground": {**ref("Ground"), "description": "What it stands on; absent once erased."},
        "facts": {"type": "string", "description": "What was found; absent once erased."},
        "reasons": {"type": "string", "description": "Why, or what is asked; absent once erased."},
        "automated": {**ref("Automated"), "description": "How much of it a machine did."},
        "informed_at": {**INSTANT, "description": "When it first reached whoever asked."},
        "given": {**ref("StatementOut"), "description": "How the statement of reasons stands."},
        "decided_by": {"type": "string", "description": "The seat that decided; its own party alone is told."},
        "appeal": {**ref("AppealOut"), "description": "What whoever is affected is given; for those who hand it out."},
        "erased": {"description": "Something of what it said was erased since."},
    },
    "AppealOut": {
        "code": {
            "pattern": "^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5,6}){4}$",
            "description": "Whoever holds it may appeal; no account is needed.",
        },
        "url": {"format": "uri-reference", "description": "Where its bearer goes."},
        "until": or_null({**INSTANT, "description": "Until when."}),
    },
    "MeasureOut": {
        "id": an_id("mea"),
        "decision": an_id("dec"),
        "notice": an_id("ntc"),
        "locator": {"minimum": 0, "description": "The locator's place in the notice, from 0."},
        "measure": one_of(MeasureName, "What is done."),
        "inverse": one_of(sorted({line.inverse for line in MEASURES.values()}), "What undoes it."),
        "state": one_of(MeasureState, "Where it stands."),
        "ends_at": or_null({**INSTANT, "description": "When it ends by itself."}),
        "links": LINKS,
        "needs_approval": {"description": "It cannot be undone, and waits for a second person."},
        "ordered_at": INSTANT,
        "confirmed_at": {**INSTANT, "description": "When the platform said that it is done."},
        "ended_at": {**INSTANT, "description": "Since when it is to be undone."},
        "reverted_at": {**INSTANT, "description": "When the platform said that it is undone."},
    },
    "MeasureList": {
        "next": or_null({**an_id("mea"), "description": "Pass it back as `after`; null on the last page."})
    },
    "StatementOut": {
        "id": an_id("sor"),
        "decision": an_id("dec"),
        "made_at": INSTANT,
        "given_at": {**INSTANT, "description": "When it reached whoever is affected."},
        "given_how": {"type": "string", "description": "How it reached them: a code."},
        "submitted_at": {**INSTANT, "description": "When it was handed to a public database of statements."},
    },
}

NEEDED: dict[Outcome, list[str]] = {
    outcome: [
        *(("facts", "automated") if outcome in FINAL else ()),
        *(("ground",) if outcome in GROUNDED else ()),
        *(("items",) if outcome in ACTS else ()),
        *(("refusal",) if outcome is Outcome.REFUSE else ()),
    ]
    for outcome in Outcome
}
"""What an outcome needs besides what every one does."""

BESIDES: dict[str, Schema] = {
    "DecisionIn": {
        "description": "A decision with complete reasons: refusing takes what acting takes.",
        "oneOf": [
            {
                "required": needed,
                "properties": {
                    "outcome": {"const": outcome.value},
                    "items": {"type": "array", "minItems": 1} if outcome in ACTS else {"maxItems": 0},
                    **({} if outcome is Outcome.REFUSE else {"refusal": {"type": "null"}}),
                    **{name: {"not": {"type": "null"}} for name in needed if name != "items"},
                },
            }
            for outcome, needed in NEEDED.items()
        ],
    },
}
