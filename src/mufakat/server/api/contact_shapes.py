"""The shapes of contacts and drills, beyond what their structs say."""

from __future__ import annotations

from mufakat.rules.contact import ContactRole, ContactState, DrillCause, DrillState
from mufakat.rules.places import COUNTRIES
from mufakat.server.api.schema_words import INSTANT, LINE, ONE_PAGE, SAYS_SOMETHING, Schema, an_id, one_of, or_null

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
