"""The words of the register: what a reader sees beside every code, and what each field of an entry is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mufakat.rules.publicity import A_USER, Because
from mufakat.server.web import agreement_words, appeal_words, decision_words, restriction_words, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

KINDS: Mapping[str, Promise] = {
    "notice": _("Notice"),
    "decision": _("Decision"),
    "statement": _("Statement of reasons"),
    "appeal": _("Appeal"),
    "mandate": _("Mandate"),
    "representative": _("Representative"),
    "party": _("Party"),
    "agreement": _("Agreement"),
    "restriction": _("Restriction"),
}

# Kind of entry → the segment of its address.
PATHS: Mapping[str, str] = {
    "notice": "notices",
    "decision": "decisions",
    "statement": "statements",
    "appeal": "appeals",
    "mandate": "mandates",
    "representative": "representatives",
    "party": "parties",
    "agreement": "agreements",
    "restriction": "restrictions",
}

STATEMENT_STATES: Mapping[str, Promise] = {
    "made": _("Made"),
    "given": _("Given to the person affected"),
}

PARTY_STATES: Mapping[str, Promise] = {"registered": _("Registered")}

STATES: Mapping[str, Mapping[str, Promise]] = {
    "notice": words.STATES,  # type: ignore[dict-item]  # A StrEnum's member and its text are one key.
    "decision": decision_words.DECISION_STATES,  # type: ignore[dict-item]  # The same.
    "statement": STATEMENT_STATES,
    "appeal": appeal_words.STATES,  # type: ignore[dict-item]  # The same.
    "mandate": words.MANDATE_STATES,  # type: ignore[dict-item]  # The same.
    "representative": words.CONTACT_STATES,  # type: ignore[dict-item]  # The same.
    "party": PARTY_STATES,
    "agreement": agreement_words.STATES,  # type: ignore[dict-item]  # The same.
    "restriction": restriction_words.STATES,  # type: ignore[dict-item]  # The same.
}

BECAUSE: Mapping[str, Promise] = {
    Because.DELAYED: _("Published later"),
    Because.NON_DISCLOSURE: _("A law forbids to say it yet"),
    Because.CHILD_PROTECTION: _("Never shown, to protect children"),
    Because.PERSONAL: _("It speaks of a person; the two sides have it"),
    Because.ERASED: _("Erased; the leaf still commits to it"),
    Because.NOT_RECORDED: _("Not recorded at the time"),
    Because.BY_NAME: _("Told to whoever asks for exactly one of them"),
}

PLACE: Mapping[str, Promise] = {A_USER: _("A user")}

FIELDS: Mapping[str, Promise] = {
    "sender": _("Asked by"),
    "recipient": _("Decided by"),
    "kind": _("Kind"),
    "urgency": _("Urgency"),
    "law": _("Order of laws"),
    "erased": _("Erased"),
    "non_disclosure": _("Not disclosed until"),
    "received_at": _("Received"),
    "delivered_at": _("Delivered"),
    "seen_at": _("Seen"),
    "acknowledged_at": _("Acknowledged"),
    "decided_at": _("Decided"),
    "closed_at": _("Closed"),
    "withdrawn_at": _("Withdrawn"),
    "informed_at": _("The sender was told"),
    "reversed_at": _("Reversed"),
    "made_at": _("Made"),
    "given_at": _("Given to the person affected"),
    "submitted_at": _("Sent to a public database"),
    "lodged_at": _("Lodged"),
    "resolved_at": _("Resolved"),
    "granted_at": _("Granted"),
    "registered_at": _("Registered"),
    "since": _("So since"),
    "overdue": _("Times that ran out"),
    "outcome": _("Outcome"),
    "refusal": _("Why it was refused"),
    "automated": _("How far by machine"),
    "language": _("Language"),
    "category": _("Category"),
    "legal_ground": _("Legal ground"),
    "terms_ground": _("Terms of service"),
    "measures_asked": _("Asked for"),
    "measures": _("Measures"),
    "territory": _("Where"),
    "locators": _("What it points at"),
    "reasons": _("The reasons"),
    "facts": _("The facts"),
    "standing": _("Who appeals"),
    "level": _("Before whom"),
    "body": _("Body outside"),
    "resolution": _("What was answered"),
    "holder": _("Holder"),
    "kinds": _("May send"),
    "categories": _("About"),
    "surfaces": _("Pointing at"),
    "country": _("Country"),
    "granted_by": _("Granted by"),
    "legal_source": _("On which law"),
    "expertise": _("Knows about"),
    "party": _("Party"),
    "role": _("Role"),
    "organisation": _("Organisation"),
    "handle": _("Handle"),
    "name": _("Name"),
    "title": _("Title"),
    "parties": _("Parties"),
    "profile": _("Profile"),
    "version": _("Version in force"),
    "versions": _("Versions"),
    "points": _("Points"),
    "obligations": _("Obligations"),
    "reopening": _("What reopens what was closed"),
    "automatic": _("May be done by machine"),
    "opened_at": _("Talks began"),
    "in_force_at": _("In force since"),
    "ends_at": _("Ends"),
    "ended_at": _("Ended"),
    "authority": _("Ordered by"),
    "platform": _("Platform concerned"),
    "match": _("What of a name"),
    "layer": _("Where it is closed"),
    "closes": _("How many names"),
    "names": _("Which names"),
    "lifted": _("How many are lifted"),
    "lifted_by": _("Lifted by"),
    "operators": _("Operators"),
    "carried": _("At the operators"),
    "overdue_operators": _("Operators that did not open in time"),
    "emergency": _("Emergency"),
    "shadow": _("Only counted, nothing is closed"),
    "reason": _("Why"),
    "proportionality": _("Why nothing milder does"),
    "proposed_at": _("Proposed"),
    "approved_at": _("Approved by both"),
    "answered_at": _("The platform answered"),
    "published_at": _("Closed from"),
    "review_at": _("Looked at again"),
    "sunset_at": _("Closed until at most"),
}

# The order in which a page shows the fields of an entry; a field that is not named comes last.
ORDER: Mapping[str, tuple[str, ...]] = {
    "notice": (
        *("sender", "recipient", "kind", "category", "urgency", "legal_ground", "terms_ground", "law", "locators"),
        *("measures_asked", "territory", "outcome", "overdue", "received_at", "delivered_at", "seen_at"),
        *("acknowledged_at", "decided_at", "closed_at", "withdrawn_at", "non_disclosure", "erased"),
    ),
    "decision": (
        *("sender", "recipient", "category", "outcome", "refusal", "measures", "legal_ground", "terms_ground"),
        *("facts", "reasons", "automated", "language", "decided_at", "informed_at", "reversed_at"),
    ),
    "statement": (
        *("recipient", "category", "outcome", "refusal", "measures", "legal_ground", "terms_ground"),
        *("facts", "reasons", "automated", "language", "made_at", "given_at", "submitted_at"),
    ),
    "appeal": ("standing", "level", "body", "recipient", "category", "lodged_at", "resolution", "resolved_at"),
    "mandate": (
        *("holder", "kinds", "categories", "surfaces", "country", "granted_by", "legal_source", "expertise"),
        *("granted_at", "since"),
    ),
    "representative": ("party", "role", "organisation", "country", "since"),
    "party": ("name", "handle", "kind", "country", "registered_at"),
    "agreement": (
        *("title", "parties", "profile", "version", "points", "obligations", "reopening", "categories", "automatic"),
        *("opened_at", "in_force_at", "versions", "ends_at", "ended_at"),
    ),
    "restriction": (
        *("authority", "category", "layer", "match", "closes", "names", "lifted", "lifted_by", "emergency", "shadow"),
        *("legal_ground", "reason", "proportionality", "platform", "published_at", "sunset_at", "ended_at"),
        *("overdue_operators", "carried", "operators", "reopening", "review_at", "proposed_at", "approved_at"),
        "answered_at",
    ),
}
