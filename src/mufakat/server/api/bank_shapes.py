"""What the code asks of banks beyond the types of their structs (see ``shapes``), and their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.filtering import EntryState, Origin
from mufakat.screening.bank import BankKind
from mufakat.server.api.decision_shapes import LINKS
from mufakat.server.api.shapes import HASH, INSTANT, LINE, ONE_PAGE, SAYS_SOMETHING, TEXT, an_id, one_of, or_null

if TYPE_CHECKING:
    from mufakat.server.api.shapes import Schema

NAME: Schema = {
    "type": "string",
    "pattern": "^[a-z0-9][a-z0-9-]{0,63}$",
    "description": "A name: small letters, digits and hyphens, at most 64.",
}
ENTRY: Schema = {"type": "string", "minLength": 1, "maxLength": 64, "description": "The id of an entry in its bank."}
MOMENT: Schema = {"type": "string", "format": "date-time", "description": "A time with its zone (RFC 3339)."}
SEAT: Schema = {"type": "string", "description": "A role and a number, such as `reviewer-2`."}
MAYBE = or_null(INSTANT)
NOTE: Schema = {"pattern": f"^$|{TEXT}", "description": f"Why, in words. {SAYS_SOMETHING}"}
NAMES: Schema = {"items": ENTRY, "uniqueItems": True, "description": "Which entries, by id."}
MANY: Schema = {"minimum": 0}
STATES: Schema = {"propertyNames": {"enum": list(EntryState)}, "description": "How many entries stand in each state."}
WORDS: dict[str, Schema] = {
    "value": {"description": "What is looked for; what is only not in its one form is taken in it."},
    "source": {"pattern": LINE, "description": f"Whence it is. {SAYS_SOMETHING}"},
    "category": {"pattern": LINE, "description": f"A word that the rules of a policy can ask for. {SAYS_SOMETHING}"},
    "ground": {"pattern": LINE, "description": f"On what it stands: a clause, a law. {SAYS_SOMETHING}"},
    "author": {"pattern": f"^$|{LINE}", "description": "Who wrote it."},
}

BANK_SHAPES: dict[str, dict[str, Schema]] = {
    "BankIn": {
        "name": NAME,
        "kind": one_of(BankKind, "What its entries are."),
        "allow": {"description": "What is found in it ends the matter: nothing is done."},
    },
    "BankOut": {
        "id": an_id("bnk"),
        "name": NAME,
        "kind": one_of(BankKind, "What its entries are."),
        "allow": {"description": "What is found in it ends the matter: nothing is done."},
        "made_at": INSTANT,
        "made_by": SEAT,
        "changes": {**MANY, "description": "Goes up with everything that alters what it finds."},
        "entries": STATES,
        "links": LINKS,
    },
    "BankList": {"next": ONE_PAGE},
    "EntriesIn": {"entries": {"description": "Up to a thousand: all of them are taken, or none."}},
    "BankEntryIn": {
        **WORDS,
        "id": or_null({**ENTRY, "description": "Its id in the bank; without one it is made of kind and value."}),
        "review_at": or_null({**MOMENT, "description": "When it is looked at again."}),
        "expires_at": or_null({**MOMENT, "description": "From when on it is not there."}),
        "shadow": {"description": "Taken, and without effect: everything begins in shadow."},
    },
    "AddedOut": {
        "bank": NAME,
        "taken": {"items": ENTRY, "description": "What came in, by id."},
        "standing": {"items": ENTRY, "description": "What stood there already, by the id that it has there."},
    },
    "BankEntryOut": {
        "id": ENTRY,
        **{name: {"description": says["description"]} for name, says in WORDS.items()},
        "value": or_null({"type": "string", "description": "What is looked for; null once it is erased."}),
        "origin": one_of(Origin, "By which way it came."),
        "notice": or_null({**an_id("ntc"), "description": "The decided notice that proposed it."}),
        "state": one_of(EntryState, "How it stands; only what a second person accepted acts."),
        "added_at": INSTANT,
        "added_by": or_null({**SEAT, "description": "Who put it in, or decided the notice that proposed it."}),
        "review_at": or_null({**INSTANT, "description": "When it is looked at again."}),
        "expires_at": or_null({**INSTANT, "description": "From when on it is not there."}),
        "reviewed_at": MAYBE,
        "reviewed_by": or_null(SEAT),
        "note": or_null({"type": "string", "description": "What was said with the review."}),
        "retracted_at": MAYBE,
        "retracted_by": or_null({**SEAT, "description": "Null where it was retracted with what proposed it."}),
        "reason": or_null({"type": "string", "description": "Why it was retracted."}),
    },
    "BankEntryList": {
        "next": or_null({"type": "string", "pattern": "^[0-9]+$", "description": "Pass it back as `after`."})
    },
    "BankReviewIn": {
        "entries": NAMES,
        "accept": {"description": "True: they act from now on. False: they never do."},
        "note": NOTE,
    },
    "RetractionIn": {
        "entries": NAMES,
        "reason": {"pattern": TEXT, "description": f"Why they are to act no more. {SAYS_SOMETHING}"},
    },
    "MovedOut": {
        "bank": NAME,
        "state": one_of(EntryState, "How all of them stand now."),
        "changed": {"items": ENTRY, "description": "Those that this changed."},
        "standing": {"items": ENTRY, "description": "Those that stood so before."},
    },
    "BankStatsOut": {
        "bank": NAME,
        "entries": STATES,
        "origins": {
            "propertyNames": {"enum": list(Origin)},
            "description": "What is in shadow or live, by the way by which it came.",
        },
        "categories": {"description": "The same by category: the most frequent ones, twenty at most."},
        "expired": {**MANY, "description": "Those of them whose time is over."},
        "to_review": {**MANY, "description": "Those of them that are to be looked at again."},
        "days": {"minimum": 1, "description": "Over how many days hits are counted."},
        "hits": {**MANY, "description": "Items that its entries hit within these days."},
        "restored": {**MANY, "description": "Those of them that were restored since."},
        "hitting": {"description": "The entries that hit most, twenty at most."},
    },
    "CategoryCountOut": {"count": MANY},
    "HittingOut": {
        "entry": ENTRY,
        "state": one_of(EntryState, "How the entry stands."),
        "hits": MANY,
        "restored": MANY,
    },
    "EntriesLine": {
        "taken": {"minimum": 1, "description": "How many entries this event put in."},
        "first": {"minimum": 2, "description": "The first line of the portion."},
        "last": {"minimum": 2, "description": "The last line of the portion."},
        "leaf": HASH,
    },
}
OF_A_BANK = (
    *("bank", "bank_entries", "bank_add", "bank_import", "bank_export", "bank_stats", "bank_review", "bank_retract"),
)
PARAMETERS: dict[str, Schema] = {
    **{
        f"{operation} name": {
            "description": "The name of a bank of your platform.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 64},
            "example": "phrases",
        }
        for operation in OF_A_BANK
    },
    "bank_entries state": {
        "description": "Only entries in this state; empty for all.",
        "schema": {"type": "string", "enum": ["", *EntryState], "default": ""},
        "example": "shadow",
    },
    "bank_entries after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": "^[0-9]{0,18}$", "default": ""},
        "example": "50",
    },
}
