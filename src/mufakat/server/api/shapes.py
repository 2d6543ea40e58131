"""What the code asks beyond the types of its structs, in the words of JSON Schema, component by component."""

from __future__ import annotations

from typing import Any

from mufakat.locator.kinds import Surface
from mufakat.rules.clock import ClockState
from mufakat.rules.contact import ContactRole, ContactState, DrillCause, DrillState
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.mandate import MandateState
from mufakat.rules.notice import Category
from mufakat.rules.parties import MAX_HANDLE_LENGTH, PartyKind
from mufakat.rules.permissions import MANDATED
from mufakat.rules.places import COUNTRIES, LEGAL_SYSTEMS
from mufakat.rules.profile import Act, Certainty
from mufakat.server.connectors.models import DeliveryState, Ended, EndpointState
from mufakat.server.notices import clocks

Schema = dict[str, Any]

HANDLE = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": MAX_HANDLE_LENGTH}
INSTANT = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$",
    "description": "A time in UTC with milliseconds (RFC 3339).",
}
BASE64 = {"type": "string", "contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/]*={0,2}$"}
HASH = {**BASE64, "minLength": 44, "maxLength": 44, "description": "A SHA-256 leaf hash (RFC 6962)."}
RECEIPT = {
    "type": "string",
    "pattern": r"^mufakat/custody(-batch)?/v1\n",
    "description": "A signed custody receipt (a C2SP signed note); keep it, `mufakat verify` checks it.",
}
GRADED = {
    "type": "string",
    "pattern": r"^(mufakat/custody(-batch)?/v1|c2sp\.org/tlog-proof@v1)\n",
    "description": "A signed receipt: of custody (a C2SP signed note), or of inclusion (a C2SP tlog-proof).",
}
LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$"
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+$"
SAYS_SOMETHING = "Blanks alone are refused."


def an_id(prefix: str) -> Schema:
    """An id of this kind of thing."""
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-hjkmnp-tv-z]{{26}}$"}


def one_of(values: Any, description: str) -> Schema:
    """A closed list of words."""
    return {"type": "string", "enum": [str(value) for value in values], "description": description}


def ref(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


# What each of the four times says.
PASSED = {
    "fetched": "A session or token of the recipient read it by GET; nobody need have looked.",
    "delivered": "A carrier got the recipient's own answer; nobody need have looked.",
    "seen": "A person or system of the recipient said that it was seen.",
    "acknowledged": "The recipient has it.",
}

PARTY: dict[str, Schema] = {
    "id": an_id("pty"),
    "handle": HANDLE,
    "kind": one_of(PartyKind, "What it is here."),
    "country": {"pattern": "^([A-Z]{2})?$", "description": "ISO 3166-1; empty for none."},
}
ONE_PAGE: Schema = {"type": "null", "description": "There is one page."}
COUNTRY = {"type": "string", "enum": sorted(COUNTRIES), "description": "ISO 3166-1."}
SHA256 = or_null({"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Of the mandate's document."})
CARD: dict[str, Schema] = {
    "name": {"pattern": LINE, "description": f"The person who is asked for. {SAYS_SOMETHING}"},
    "organisation": {"pattern": LINE, "description": f"The office; the public sees it. {SAYS_SOMETHING}"},
    "country": COUNTRY,
    "email": {"description": "Where drills and escalations go."},
    "languages": {
        "items": {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
        "uniqueItems": True,
        "description": "Tags of BCP 47.",
    },
    "time_zone": or_null({"type": "string", "description": "A name of the time zone database; needed with hours."}),
    "rank": {"description": "Whom to turn to first; the lowest."},
    "senior": {"description": "Whether this one is turned to when the others did not answer."},
    "valid_from": or_null({**INSTANT, "pattern": "^[0-9]{4}-", "description": "Later than in 72 hours, where asked."}),
    "valid_to": or_null({**INSTANT, "pattern": "^[0-9]{4}-", "description": "When it ends by itself."}),
}
CONTACT_ROLE = one_of(ContactRole, "For whom the contact is there.")
MAYBE = or_null(INSTANT)
CONTACT_SHAPES: dict[str, dict[str, Schema]] = {
    "Card": CARD,
    "NewCard": {**CARD, "role": CONTACT_ROLE},
    "CardOut": {
        "set_at": INSTANT,
        "valid_from": INSTANT,
        "valid_to": or_null({**INSTANT, "description": "When it ends: asked for, replaced, taken back or removed."}),
        "country": COUNTRY,
        "mandate_sha256": SHA256,
        **dict.fromkeys(("verified_at", "unreachable_since", "erased_at"), MAYBE),
    },
    "OwnContactOut": {
        "id": an_id("ctc"),
        "role": CONTACT_ROLE,
        "state": one_of(ContactState, "How it stands."),
        "removed_at": MAYBE,
    },
    "DrillOut": {
        "id": an_id("drl"),
        "contact": an_id("ctc"),
        "state": one_of(DrillState, "How it stands; a late answer leaves the miss standing."),
        "because": one_of(DrillCause, "Why it was sent."),
        "sent_at": INSTANT,
        "due_at": INSTANT,
        "answered_at": MAYBE,
    },
    "ContactOut": {
        "id": an_id("ctc"),
        "role": CONTACT_ROLE,
        "country": COUNTRY,
        **dict.fromkeys(("verified_at", "unreachable_since"), MAYBE),
    },
    "OwnContactList": {"next": ONE_PAGE},
    "DrillList": {"next": ONE_PAGE},
}

# Component → member → what is added to, or stands instead of, what the struct says.
SHARPER: dict[str, dict[str, Schema]] = {
    "Draft": {
        "to": {**HANDLE, "description": "The handle of the platform or operator that is asked."},
        "kind": {"description": "On whose authority it asks; trusted_flag, request and order need a mandate in force."},
        "otherwise": {"description": "As what it may be taken where no mandate covers it; without it, it is refused."},
        "category": {"description": "What the content is said to be. For child_sexual_abuse no file is taken."},
        "locators": {
            "items": {"type": "string", "minLength": 1, "description": "A web address, host, Telegram link or digest."},
            "description": "What is pointed at, as people write it.",
        },
        "explanation": {"pattern": TEXT, "description": f"Why, in words. {SAYS_SOMETHING}"},
        "content_date": or_null(
            {
                "type": "string",
                "minLength": 10,
                "maxLength": 40,
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}",
                "description": "A day, or a moment (RFC 3339), from 1990 on and not in the future.",
            }
        ),
        "territory": or_null(
            {
                "type": "array",
                "items": {"type": "string", "enum": sorted(COUNTRIES)},
                "maxItems": 300,
                "uniqueItems": True,
                "description": "Where the measure is asked for: country codes of ISO 3166-1, each once.",
            }
        ),
        "external": or_null(
            {"type": "object", "description": "What your own system wants to find again; at most 64 KiB, never read."}
        ),
    },
    "LegalGround": {
        "system": {"type": "string", "enum": sorted(LEGAL_SYSTEMS), "description": "Whose law."},
        "instrument": {"pattern": LINE, "description": f"Which law. {SAYS_SOMETHING}"},
        "provision": {"pattern": LINE, "description": f"Which provision of it. {SAYS_SOMETHING}"},
    },
    "TermsGround": {
        "document": {"pattern": LINE, "description": f"Which terms. {SAYS_SOMETHING}"},
        "clause": {"pattern": LINE, "description": f"Which clause of them. {SAYS_SOMETHING}"},
    },
    "EvidenceRef": {"name": {"pattern": LINE, "description": f"The name of the file. {SAYS_SOMETHING}"}},
    "ExternalRef": {"id": {"pattern": LINE, "description": f"The number there. {SAYS_SOMETHING}"}},
    "NoteIn": {
        "note": or_null({"type": "string", "maxLength": 2000, "pattern": f"^$|{TEXT}", "description": SAYS_SOMETHING})
    },
    "ConfirmationIn": {
        "note": or_null({"type": "string", "maxLength": 2000, "pattern": f"^$|{TEXT}", "description": SAYS_SOMETHING}),
        "undone": {"description": "True: the inverse is done. False: the measure is. Where the other is due: 409."},
    },
    "TextIn": {"text": {"pattern": TEXT, "description": f"What you say to the other side. {SAYS_SOMETHING}"}},
    "HandoverIn": {
        "to": or_null(
            {
                "type": "string",
                "minLength": 1,
                "maxLength": 40,
                "description": "A seat of your party, such as `reviewer-2`; null for nobody's.",
            }
        ),
        "note": or_null(
            {"type": "string", "maxLength": 2000, "pattern": f"^$|{TEXT}", "description": "A word to the colleague."}
        ),
    },
    "ReasonIn": {"reason": {"pattern": TEXT, "description": SAYS_SOMETHING}},
    "BatchIn": {"notices": {"items": ref("Draft"), "description": "Each as it would be sent alone, and judged alone."}},
    "NoticeOut": {
        "id": an_id("ntc"),
        "state": one_of(NoticeState, "Whose turn it is."),
        "received_at": INSTANT,
        "receipt": RECEIPT,
        "leaf": HASH,
        **{
            f"{passage}_at": {**INSTANT, "description": f"{words} The first time; absent before."}
            for passage, words in PASSED.items()
        },
        "in_hands_of": {"description": "The seat of your own party that has it in hand; the other side is not told."},
        "links": {
            "additionalProperties": {"type": "string", "format": "uri-reference"},
            "description": "Where the rest is.",
        },
        "notice": {**ref("Draft"), "description": "The body byte for byte as it was sent, while it is not erased."},
        "related": {
            "type": "array",
            "items": an_id("ntc"),
            "description": "Your other open notices on the same thing; only where one notice is shown.",
        },
        "next_step": {**ref("NextStepOut"), "description": "What happens next if nobody answers; absent for nothing."},
        "unreachable_since": {**INSTANT, "description": "Since when its ladder says that nobody can be reached."},
        "escalation": {"description": "What its clocks did by themselves, in order; only where one notice is shown."},
        "decision": {**ref("OutcomeOut"), "description": "What was decided last, or asked; where it is read."},
        "mandate": {**an_id("mnd"), "description": "The mandate that it was sent under; absent where none was needed."},
        "profile": {"description": "By which rules it runs; of a text that was adopted, its digest stands behind @."},
        "agreement": {**ref("CitedOut"), "description": "What was in force when it came; absent where nothing was."},
        "taken_as": one_of(
            ("user_report",), "As what it was taken, where no mandate covered it and its sender chose so."
        ),
    },
    "CitedOut": {
        "id": an_id("agr"),
        "version": {"minimum": 1, "description": "The number of the version, as `/agreements/{id}/versions/{number}`."},
    },
    "MandateOut": {
        "id": an_id("mnd"),
        "party": HANDLE,
        "state": one_of(MandateState, "Whether it counts."),
        "kinds": {"items": one_of(sorted(MANDATED), "A kind of notice.")},
        "categories": {"items": one_of(Category, "About what.")},
        "surfaces": {"items": one_of(Surface, "What a link may point at.")},
        "country": {"pattern": "^([A-Z]{2})?$", "description": "Where it holds: ISO 3166-1; empty for everywhere."},
        "granted_by": {"description": "Who gave it, outside of here."},
        "legal_source": {"description": "On which law."},
        "granted_at": INSTANT,
        "since": INSTANT,
        "review_on": {"type": "string", "format": "date", "description": "When somebody looks whether it is right."},
        "due_for_review": {"type": "boolean", "description": "That day has come; it stays in force all the same."},
        "reason": {"type": "string", "description": "Why it stands as it does; empty where nobody said anything."},
        "reply": {"type": "string", "description": "What its holder said to the reason; empty for nothing yet."},
        "replied_at": INSTANT,
        "quota": {**ref("QuotaOut"), "description": "The measure, and what is left of it."},
        "share": {
            **ref("ShareLeftOut"),
            "description": "What followed for the measure; absent where nothing ever did.",
        },
        "proposal": {**ref("ProposalOut"), "description": "The last proposal that it be suspended; absent for none."},
    },
    "QuotaOut": {
        "burst": {"minimum": 1, "description": "So many notices at once."},
        "per_minute": {"minimum": 1, "description": "And so many more with each minute."},
        "left": {"minimum": 0, "description": "What the party may send now, with all its mandates and tokens."},
        "full_at": {**INSTANT, "description": "When it is full again, if nothing is sent."},
    },
    "MandateList": {
        "next": or_null({**an_id("mnd"), "description": "Pass it back as `after`; null on the last page."})
    },
    "ClockOut": {
        "name": {"description": "Which clock of the profile."},
        "due_at": {**INSTANT, "description": "When it is due; while it rests, when it would have been."},
        "state": one_of(ClockState, "How it stands now."),
        "paused_at": {**INSTANT, "description": "Since when it rests; only while it does."},
        "remaining": {"type": "integer", "minimum": 0, "description": "Seconds that are left to a clock that rests."},
        "certainty": one_of(Certainty, "How well its term is known; only `primary-read` was read in the law itself."),
    },
    "NextStepOut": {
        "name": {"description": "Which step of the profile's ladder."},
        "act": one_of(Act, "What it does."),
        "at": INSTANT,
        "certainty": one_of(Certainty, "How well the profile knows this step."),
    },
    "StepOut": {
        "clock": {"description": "Which clock of the profile."},
        "name": {"description": "Which step; of a clock that ran out, its name."},
        "act": one_of([clocks.BREACHED, *Act], "What happened; `breached`: the clock ran out."),
        "at": INSTANT,
        "event": an_id("evt"),
        "missing": {"description": "Nobody was there whom it could have told; the next step came at once."},
    },
    "CallOut": {
        "role": one_of(ContactRole, "In which office."),
        "country": {"pattern": "^[A-Z]{2}$"},
        "name": or_null({"type": "string", "description": "For counterparties alone."}),
        "phone": or_null({"type": "string", "description": "For counterparties alone."}),
    },
    "TaskOut": {
        "id": an_id("tsk"),
        "notice": an_id("ntc"),
        "act": one_of([Act.PHONE_TASK, Act.PROPOSE], "What is asked of people."),
        "name": {"description": "Which step of the profile's ladder."},
        "made_at": INSTANT,
        "done_at": {**INSTANT, "description": "When somebody said that it is done."},
        "over_at": {**INSTANT, "description": "Since when nobody need do it any more, and what is done stays so."},
        "proposes": {"type": "string", "description": "What people are to decide about."},
        "call": {**ref("CallOut"), "description": "Whom to call; absent where nobody is named."},
    },
    "TaskList": {"next": or_null({**an_id("tsk"), "description": "Pass it back as `after`; null on the last page."})},
    "NoticeList": {"next": or_null({**an_id("ntc"), "description": "Pass it back as `after`; null on the last page."})},
    "MessageList": {
        "next": or_null({**an_id("msg"), "description": "Pass it back as `after`; null on the last page."})
    },
    "MessageOut": {
        "id": an_id("msg"),
        "notice": an_id("ntc"),
        "from": {**HANDLE, "description": "The handle of the party that wrote it."},
        "sent_at": INSTANT,
        "text": or_null({"type": "string", "description": "Null once it is erased."}),
        "receipt": RECEIPT,
        "leaf": HASH,
        "links": {
            "additionalProperties": {"type": "string", "format": "uri-reference"},
            "description": "Where its conversation is.",
        },
    },
    "EventOut": {
        "id": an_id("evt"),
        "type": one_of(EventType, "What happened."),
        "at": INSTANT,
        "leaf": {**BASE64, "description": "The leaf, byte for byte."},
        "hash": HASH,
        "receipt": or_null(RECEIPT),
    },
    "OpeningOut": {"salt": BASE64, "value": BASE64},
    "EventList": {"next": ONE_PAGE},
    "ExhibitList": {"next": ONE_PAGE},
    "ExhibitOut": {
        "state": one_of(("held", "digest_only", "erased"), "Whether its bytes are here."),
        "sha256": or_null({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
    },
    "StoredOut": {"sha256": {"pattern": "^[0-9a-f]{64}$"}, "expires_at": INSTANT},
    **CONTACT_SHAPES,
    "PartyList": {"next": ONE_PAGE},
    "PartyOut": PARTY,
    "PartyShownOut": PARTY,
    "EndpointIn": {
        "url": {"pattern": "^[!-~]+$", "format": "uri", "description": "https, on its own port, at a public address."}
    },
    "EndpointOut": {
        "id": an_id("end"),
        "state": one_of(EndpointState, "Whether anything is sent there."),
        "made_at": INSTANT,
        "waiting": {"minimum": 0, "description": "How many deliveries are on their way there."},
        "dead": {"minimum": 0, "description": "How many were given up; an operator tries them anew."},
        "links": {
            "additionalProperties": {"type": "string", "format": "uri-reference"},
            "description": "Where the rest is.",
        },
        "ended": or_null(one_of(Ended, "Why it is disabled.")),
        "ended_at": or_null(INSTANT),
        "paused_until": or_null({**INSTANT, "description": "It failed too often: nothing is tried before this time."}),
        "last_good_at": or_null(INSTANT),
        "former_secret_until": or_null({**INSTANT, "description": "Until then the former secret signs too."}),
        "secret": or_null(
            {"type": "string", "pattern": "^whsec_", "description": "Shown once; it checks the signatures."}
        ),
    },
    "AttemptOut": {"at": INSTANT},
    "EndpointList": {"next": {"type": "null", "description": "There is one page."}},
    "DeliveryOut": {
        "id": an_id("dlv"),
        "state": one_of(DeliveryState, "How far it is."),
        "party": HANDLE,
        "type": one_of(EventType, "What happened."),
        "event": an_id("evt"),
        "made_at": INSTANT,
        "ended_at": or_null(INSTANT),
    },
    "DeliveryList": {
        "next": or_null({**an_id("dlv"), "description": "Pass it back as `after`; null on the last page."})
    },
    "ToldOut": {"id": an_id("evt"), "type": one_of(EventType, "What happened."), "timestamp": INSTANT},
    "ToldList": {
        "next": or_null({**an_id("evt"), "description": "Pass it back as `after`; null when there is no more."})
    },
    "ItemOut": {
        "index": {"minimum": 0, "description": "Which item of the batch, from 0."},
        "status": {"minimum": 201, "maximum": 599, "description": "201 for a taken one; otherwise see the problem."},
        "id": an_id("ntc"),
        "leaf": HASH,
        "problem": ref("Problem"),
    },
    "BatchOut": {
        "receipt": or_null({**RECEIPT, "description": "One receipt over the leaves of what was taken; null for none."})
    },
}
