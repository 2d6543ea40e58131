"""What the code asks of restrictions beyond the types of their structs (see ``shapes``), and their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.notice import Category
from mufakat.rules.profile_powers import Layer
from mufakat.rules.restriction import MAX_NAMES, CarryingState, Match, RestrictionState, Sighting
from mufakat.server.api.decision_shapes import LINKS
from mufakat.server.api.shapes import (
    HANDLE,
    HASH,
    INSTANT,
    LINE,
    RECEIPT,
    SAYS_SOMETHING,
    TEXT,
    an_id,
    one_of,
    or_null,
    ref,
)
from mufakat.server.restrictions.resolvers import ResolverState

if TYPE_CHECKING:
    from mufakat.server.api.shapes import Schema

NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 253,
    "description": "A name in the DNS, as the DNS writes it: A-labels, lower case, no last dot.",
}
MOMENT: Schema = {"type": "string", "format": "date-time", "description": "A time with its zone (RFC 3339)."}
TERM: Schema = {
    "type": "string",
    "pattern": r"^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)?$",
    "maxLength": 81,
    "description": "A point that is in force, or an obligation that is kept, such as `representative.kept`.",
}
NOTE: Schema = {"pattern": f"^$|{TEXT}", "description": f"Why, in words. {SAYS_SOMETHING}"}
SEAT: Schema = {"type": "string", "description": "A role and a number, such as `approver-2`."}
MAYBE = or_null(INSTANT)
WORDS: Schema = or_null({"type": "string", "description": "In words; null once they are erased."})
OPERATORS: Schema = {"description": "Where it is carried out: for an operator itself alone, for the sides all of them."}

RESTRICTION_SHAPES: dict[str, dict[str, Schema]] = {
    "RestrictionIn": {
        "list": {"description": "On which list: a category that the agreement in force names, or else the profile."},
        "names": {
            "items": {"type": "string", "minLength": 1, "maxLength": 1_024, "description": "A name of the DNS."},
            "maxItems": MAX_NAMES,
            "description": "What is closed, each name once; neither addresses, nor patterns, nor whole suffixes.",
        },
        "match": {"description": "`exact`: the name alone; `subtree`: and everything below it."},
        "layer": {"description": "Where it is closed; only what the profile allows."},
        "operators": {"items": HANDLE, "uniqueItems": True, "description": "Who carries it out."},
        "reason": {"pattern": TEXT, "description": f"Why, in words. {SAYS_SOMETHING}"},
        "proportionality": {"pattern": TEXT, "description": f"Why nothing less would do. {SAYS_SOMETHING}"},
        "emergency": {"description": "It does not wait for the platform, and stands for at most 72 hours."},
        "review_at": {**MOMENT, "description": "When it is looked at again; before it ends."},
        "sunset_at": {**MOMENT, "description": "When it ends by itself, whoever is there or not."},
        "notices": {
            "items": an_id("ntc"),
            "uniqueItems": True,
            "description": "Your party's notices that came before it; may be empty.",
        },
        "platform": or_null({**HANDLE, "description": "The platform concerned, which is told first and answers."}),
        "reopening": or_null({**ref("Reopening"), "description": "What opens it again by itself, before its end."}),
        "shadow": {"description": "It closes nothing and counts alone what it would hit."},
        "renews": or_null({**an_id("rst"), "description": "In whose place this one comes."}),
        "dated": or_null(
            {"type": "string", "format": "date", "description": "The day of the order on paper, not after today."}
        ),
    },
    "Reopening": {
        "all_of": {"items": TERM, "uniqueItems": True, "description": "All of these must hold."},
        "any_of": {"items": TERM, "uniqueItems": True, "description": "And one of these, where something stands here."},
    },
    "ApprovalIn": {
        "note": {**NOTE, "description": f"Why; needed with `refuse`, and where the guard asks. {SAYS_SOMETHING}"},
        "refuse": {"description": "The approver says no."},
    },
    "ObjectionIn": {"note": {**NOTE, "description": f"What the platform has to say. {SAYS_SOMETHING}"}},
    "LiftingIn": {
        "note": NOTE,
        "names": {
            "items": {"type": "string", "minLength": 1, "maxLength": 1_024, "description": "A name of the order."},
            "description": "These alone; without any, the whole of it.",
        },
    },
    "CarriedIn": {
        "note": NOTE,
        "opened": {"description": "True: it was opened. False: it is carried out. Where the other is due: 409."},
    },
    "RestrictionOut": {
        "id": an_id("rst"),
        "state": one_of(RestrictionState, "How it stands."),
        "receipt": RECEIPT,
        "list": one_of(Category, "On which list."),
        "match": one_of(Match, "What of a name is closed."),
        "layer": one_of(Layer, "Where it is closed."),
        "authority": {**HANDLE, "description": "Who ordered it."},
        "platform": or_null({**HANDLE, "description": "Whom it concerns."}),
        "operators": OPERATORS,
        "count": {"minimum": 1, "description": "How many names the order has."},
        "emergency": {"description": "It did not wait for the platform."},
        "shadow": {"description": "It closes nothing and counts alone what it would hit."},
        "weighty": {"description": "The guard asks for reasons with each approval."},
        "proposed_at": INSTANT,
        "review_at": {**INSTANT, "description": "When it is looked at again."},
        "sunset_at": {**INSTANT, "description": "When it ends by itself."},
        "since": {**INSTANT, "description": "Since when it stands so."},
        "leaf": HASH,
        "links": LINKS,
        "published_at": {**INSTANT, "description": "When it came onto the lists; absent before."},
        "ended_at": {**INSTANT, "description": "When it left the lists; absent before."},
        "told_at": {**INSTANT, "description": "When the platform was told; absent before. For the sides alone."},
        "answer_until": {**INSTANT, "description": "Until when the platform may answer. For the sides alone."},
        "answered_at": {**INSTANT, "description": "When the platform answered. For the sides alone."},
        "missing": {"description": "What it still needs before it is published; for the sides, while it does."},
        "renews": {**an_id("rst"), "description": "In whose place it came; absent for nobody's."},
        "profile": {"type": "string", "description": "By which rules it runs; behind @ the digest of the text."},
        "names": {"items": NAME, "description": "Those that are closed; where one restriction is shown."},
        "lifted": {"items": NAME, "description": "Those that were lifted; where one restriction is shown."},
        "legal_ground": {**ref("LegalGround"), "description": "On which law; absent in a list, and once erased."},
        "reopening": {**ref("Reopening"), "description": "What opens it again by itself."},
        "notices": {"items": an_id("ntc"), "description": "The notices before it. For the sides alone."},
        "dated": {"type": "string", "format": "date", "description": "The day of the order on paper."},
        "reason": {"type": "string", "description": "Why; absent in a list, and once erased."},
        "proportionality": {"type": "string", "description": "Why nothing less would do; absent likewise."},
        "approvals": {"description": "Who agreed, by seat. For the sides alone."},
        "answers": {"description": "What the platform said. For the sides alone."},
        "warnings": {"description": "What the guard found that asks for reasons. For the sides alone."},
        "refused": {"type": "string", "description": "Why it was refused. For the sides alone."},
    },
    "RestrictionList": {
        "next": or_null({**an_id("rst"), "description": "Pass it back as `after`; null on the last page."})
    },
    "ApprovalOut": {"seat": SEAT, "at": INSTANT, "note": WORDS},
    "AnswerOut": {"at": INSTANT, "text": WORDS},
    "CarryingOut": {
        "operator": HANDLE,
        "state": one_of(CarryingState, "How it stands there."),
        "since": INSTANT,
        "applied_at": MAYBE,
        "due_at": or_null({**INSTANT, "description": "By when it has to have opened."}),
        "overdue_at": or_null({**INSTANT, "description": "Since when it is late; null once it opened."}),
        "opened_at": MAYBE,
    },
    "ClosedNameOut": {
        "name": {**NAME, "description": "The name that was asked for, as the DNS writes it."},
        "closed": {"description": "Whether anything closes it now."},
        "restrictions": {"description": "What closes it, or closed it, the newest first."},
    },
    "ClosedByOut": {
        "id": an_id("rst"),
        "closes": {"description": "Whether it closes the name now; false once it was opened."},
        "name": {**NAME, "description": "That name, or the one above it that is closed with everything below."},
        "list": one_of(Category, "On which list."),
        "match": one_of(Match, "What of the name is closed."),
        "layer": one_of(Layer, "Where it is closed."),
        "authority": {**HANDLE, "description": "Who ordered it."},
        "platform": or_null({**HANDLE, "description": "Whom it concerns."}),
        "emergency": {"description": "It did not wait for the platform."},
        "shadow": {"description": "It closes nothing and counts alone what it would hit."},
        "published_at": or_null({**INSTANT, "description": "When it came onto the lists."}),
        "review_at": {**INSTANT, "description": "When it is looked at again."},
        "sunset_at": {**INSTANT, "description": "When it ends by itself, if nothing opens it before."},
        "opened_at": or_null({**INSTANT, "description": "When the name left the lists; null while it is closed."}),
        "legal_ground": {
            "additionalProperties": {"type": "string"},
            "propertyNames": {"enum": ["system", "instrument", "provision"]},
            "description": "On which law; without what is erased, or not shown.",
        },
        "reason": {"description": "Why, in the words of the authority; empty where they are erased or not shown."},
        "operators": {"description": "How it stands at each operator."},
        "links": LINKS,
    },
    "ClosedAtOut": {
        "operator": HANDLE,
        "state": one_of(CarryingState, "How it stands there, by what the operator says."),
        "since": INSTANT,
        "overdue_at": or_null(
            {**INSTANT, "description": "Since when it is late, once it is named for that; null once it opened."}
        ),
        "seen": or_null({**ref("SeenOut"), "description": "What its resolvers answer; null where none is asked."}),
    },
    "SeenOut": {
        "state": one_of(Sighting, "Closed while one of its resolvers closes the name."),
        "since": INSTANT,
        "asked_at": INSTANT,
    },
    "MatrixOut": {
        "restriction": an_id("rst"),
        "state": one_of(RestrictionState, "How it stands."),
        "total": {"minimum": 1, "description": "How many names the order has."},
        "asked": {"minimum": 0, "description": "How many of them the resolvers are asked for."},
    },
    "OperatorOut": {
        "operator": HANDLE,
        "carrying": one_of(CarryingState, "What the operator says."),
        "due_at": or_null({**INSTANT, "description": "By when it has to have opened."}),
        "overdue_since": or_null({**INSTANT, "description": "Since when it is late; null once it opened."}),
        "named": {"description": "It is named in public, because it did not open."},
        "opened_at": or_null({**INSTANT, "description": "When it said that it opened."}),
        "resolvers": {"minimum": 0, "description": "Those that were seen to filter, and are asked."},
        "ready": {"minimum": 0, "description": "Those of them that filter now."},
        "asked_at": or_null({**INSTANT, "description": "When they were asked last."}),
        **{
            name: {"minimum": 0, "description": f"Names that are {name} there."}
            for name in ("closed", "open", "silent")
        },
        "behind": {"minimum": 0, "description": "Lifted names that it still closes, though nothing asks for it."},
        "opened": {"description": "When the lifted names were open there."},
    },
    "OpenedOut": {name: or_null({**INSTANT, "description": f"{name}."}) for name in ("first", "half", "all")},
    "NameOut": {"name": NAME, "lifted": {"description": "Whether it is off the lists."}},
    "SpotOut": {"operator": HANDLE, "state": one_of(Sighting, "What is answered there."), "since": MAYBE},
    "ProtectedIn": {
        "name": {"pattern": LINE, "description": "The name; it is protected with everything below it."},
        "reason": {"pattern": TEXT, "description": f"Why it is never to be closed. {SAYS_SOMETHING}"},
    },
    "ReleasedIn": {"reason": {"pattern": TEXT, "description": f"Why it may be closed again. {SAYS_SOMETHING}"}},
    "ProtectedOut": {
        "name": NAME,
        "since": INSTANT,
        "released_at": or_null({**INSTANT, "description": "When it was released; null while it is protected."}),
    },
    "ProtectedList": {"next": or_null({**NAME, "description": "Pass it back as `after`; null on the last page."})},
    "ResolverIn": {
        "address": {"description": "Its address, a public one: IPv4 or IPv6."},
        "port": {"description": "Its port: that of the DNS."},
    },
    "ResolverOut": {
        "id": {"pattern": "^[0-9]+$", "description": "The number of a resolver of your party."},
        "operator": HANDLE,
        "state": one_of(ResolverState, "How it stands; only what filters proves anything by an open name."),
        "set_at": INSTANT,
        "ready_at": or_null({**INSTANT, "description": "Since when it filters without a break."}),
        **dict.fromkeys(("asked_at", "answered_at", "removed_at"), MAYBE),
    },
    "ResolverList": {"next": {"type": "null", "description": "There is one page."}},
    "FindingOut": {
        "name": {"description": "Which name; empty for the order as a whole."},
        "code": {"description": "What was found."},
        "detail": {"description": "The same in a sentence."},
    },
}
PARAMETERS: dict[str, Schema] = {
    "restriction": {
        "description": "The id of a restriction that concerns your party.",
        "schema": an_id("rst"),
        "example": "rst_01m89vygyhe4mtytf7q822wp85",
    },
    "restrictions state": {
        "description": "Only restrictions in this state; empty for all.",
        "schema": {"type": "string", "enum": ["", *RestrictionState], "default": ""},
        "example": "applied",
    },
    "restrictions after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "pattern": f"^({an_id('rst')['pattern'][1:-1]})?$", "default": ""},
        "example": "rst_01m89vygyhe4mtytf7q822wp85",
    },
    "resolver": {
        "description": "The number of a resolver of your party.",
        "schema": {"type": "string", "pattern": "^[0-9]+$", "maxLength": 18},
        "example": "1",
    },
    "protected_names after": {
        "description": "The `next` of the page before; empty for the first page.",
        "schema": {"type": "string", "maxLength": 253, "default": ""},
        "example": "help.example.org",
    },
    "name_release name": {
        "description": "A name that is protected.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 1_024},
        "example": "help.example.org",
    },
    "closed_name name": {
        "description": "The name that you want to reach, as you would type it.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 1_024},
        "example": "files.channel.example",
    },
}
