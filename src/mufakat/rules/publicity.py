"""Who sees what of a contact (I-18): one table, from where a viewer stands to what it is shown.

A natural person's name, phone and address are for the counterparties; the public sees role and office. Counterparties
are the sides of an agreement in force; and whoever works with the party in an official matter: between a platform or an
operator and a party that holds a mandate in force, or that asked with authority before. Whoever sends a mere user
report is not one: else anybody could have a person's phone number for a report.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from mufakat.rules.notice import NoticeKind
from mufakat.rules.parties import PartyKind


class Standing(StrEnum):
    """Where somebody stands who looks at a party's contacts."""

    OWN = "own"  # A seat of the party itself.
    COUNTERPARTY = "counterparty"
    PUBLIC = "public"  # Everybody else, signed in or not, other parties too.


OFFICIAL = frozenset({NoticeKind.TRUSTED_FLAG, NoticeKind.REQUEST, NoticeKind.ORDER})
"""Kinds of notice that make their two sides counterparties: they need a mandate, a user report does not."""

_ASKED = frozenset({PartyKind.PLATFORM, PartyKind.OPERATOR})

OFFICE = frozenset({"role", "organisation", "country"})
"""What everybody sees of a contact: the role and the office."""

REACH = frozenset(
    {
        *("name", "email", "phone", "postal_address", "hours", "time_zone", "languages"),
        *("rank", "senior", "valid_from", "verified_at", "unreachable_since", "drill"),
    }
)
"""What a counterparty sees besides: who it is, how and when to reach them, and whether they can be reached."""

INSIDE = frozenset({"mandate", "mandate_sha256", "waiting", "valid_to", "number"})
"""What the party alone sees: on what the contact acts, and what is to come into force."""

SHOWN: Mapping[Standing, frozenset[str]] = MappingProxyType(
    {
        Standing.OWN: OFFICE | REACH | INSIDE,
        Standing.COUNTERPARTY: OFFICE | REACH,
        Standing.PUBLIC: OFFICE,
    }
)
"""What each standing is shown; what is not named here is shown to nobody."""


def standing(  # noqa: PLR0913 - who looks at whom, and what is between them; each by name.
    *,
    viewer: str | None,
    viewer_kind: PartyKind | None,
    owner: str,
    owner_kind: PartyKind,
    agreed: bool,
    mandated: bool,
    exchanged: bool,
) -> Standing:
    """Where party `viewer` (None: nobody signed in) stands before party `owner`.

    `agreed`: both are sides of an agreement in force, whatever they are. `mandated`: one of the two holds a mandate in
    force towards the other's kind of service. `exchanged`: one of them sent the other a notice of an `OFFICIAL` kind.
    """
    if viewer is None or viewer_kind is None:
        return Standing.PUBLIC
    if viewer == owner:
        return Standing.OWN
    if agreed:
        return Standing.COUNTERPARTY
    if (mandated or exchanged) and (viewer_kind in _ASKED or owner_kind in _ASKED):
        return Standing.COUNTERPARTY
    return Standing.PUBLIC


def is_shown(name: str, seen_from: Standing) -> bool:
    """Whether a member of a contact is shown to whoever stands there."""
    return name in SHOWN[seen_from]


class Because(StrEnum):
    """Why the register does not show a field that is there; an entry itself is never left out."""

    DELAYED = "delayed"  # The profile publishes later.
    NON_DISCLOSURE = "non_disclosure"  # A law forbids to speak of it yet.
    CHILD_PROTECTION = "child_protection"  # I-15: nothing that leads there, and no words about it.
    PERSONAL = "personal"  # It speaks of somebody's content or person; the two sides have it.
    ERASED = "erased"  # Its period has passed, or an order had it erased; the leaf still commits to it.
    NOT_RECORDED = "not_recorded"  # Written before the journal committed to it.
    BY_NAME = "by_name"  # I-16: whoever asks for exactly one is told; nobody is given the list.


class Shown(Struct, frozen=True):
    """When a field of an entry is shown: while publication is delayed, under non-disclosure, for child abuse."""

    delayed: bool = True
    undisclosed: bool = True
    protected: bool = True


_ALWAYS = Shown()
_ABOUT = Shown(delayed=False, undisclosed=False)
"""What it is about: hidden while it must not or shall not be known yet."""
_WORDS = Shown(delayed=False, undisclosed=False, protected=False)
"""What leads to content, and what people wrote."""

ENTRIES: Mapping[str, Mapping[str, Shown]] = MappingProxyType(
    {
        "notice": MappingProxyType(
            {
                **dict.fromkeys(("sender", "recipient", "kind", "urgency", "law", "erased", "non_disclosure"), _ALWAYS),
                **dict.fromkeys(("received_at", "delivered_at", "seen_at", "acknowledged_at"), _ALWAYS),
                **dict.fromkeys(("decided_at", "closed_at", "withdrawn_at", "overdue", "outcome"), _ALWAYS),
                **dict.fromkeys(("category", "legal_ground", "terms_ground", "measures_asked", "territory"), _ABOUT),
                "locators": _WORDS,
            }
        ),
        "decision": MappingProxyType(
            {
                **dict.fromkeys(("sender", "recipient", "outcome", "refusal", "automated"), _ALWAYS),
                **dict.fromkeys(("decided_at", "informed_at", "reversed_at", "language"), _ALWAYS),
                **dict.fromkeys(("category", "measures", "legal_ground", "terms_ground"), _ABOUT),
                **dict.fromkeys(("reasons", "facts"), _WORDS),
            }
        ),
        "statement": MappingProxyType(
            {
                **dict.fromkeys(("recipient", "outcome", "refusal", "automated", "language"), _ALWAYS),
                **dict.fromkeys(("made_at", "given_at", "submitted_at"), _ALWAYS),
                **dict.fromkeys(("category", "measures", "legal_ground", "terms_ground"), _ABOUT),
                **dict.fromkeys(("reasons", "facts"), _WORDS),
            }
        ),
        "appeal": MappingProxyType(
            {
                **dict.fromkeys(("recipient", "standing", "level", "lodged_at", "resolved_at"), _ALWAYS),
                "category": _ABOUT,
                **dict.fromkeys(("body", "resolution"), _WORDS),
            }
        ),
        "mandate": MappingProxyType(
            dict.fromkeys(
                (
                    *("holder", "kinds", "categories", "surfaces", "country", "granted_by", "legal_source"),
                    *("expertise", "granted_at", "since"),
                ),
                _ALWAYS,
            )
        ),
        "representative": MappingProxyType(
            dict.fromkeys(("party", "since", *(name for name in sorted(OFFICE))), _ALWAYS)
        ),
        "party": MappingProxyType(dict.fromkeys(("handle", "name", "kind", "country", "registered_at"), _ALWAYS)),
        "agreement": MappingProxyType(
            dict.fromkeys(
                (
                    *("title", "parties", "profile", "version", "versions", "points", "obligations", "reopening"),
                    *("categories", "automatic", "opened_at", "in_force_at", "ends_at", "ended_at"),
                ),
                _ALWAYS,
            )
        ),
        "restriction": MappingProxyType(
            {
                **dict.fromkeys(("authority", "platform", "category", "match", "layer", "closes", "lifted"), _ALWAYS),
                **dict.fromkeys(("operators", "carried", "overdue_operators", "reopening", "lifted_by"), _ALWAYS),
                **dict.fromkeys(("emergency", "shadow", "proposed_at", "approved_at", "answered_at"), _ALWAYS),
                **dict.fromkeys(("published_at", "review_at", "sunset_at", "ended_at", "names"), _ALWAYS),
                **dict.fromkeys(("legal_ground", "reason", "proportionality"), _WORDS),
            }
        ),
    }
)
"""Kind of entry → field → when it is shown. What is not named here never reaches an entry: `entries` fails instead."""

NEVER = frozenset({"explanation", "evidence", "payload", "messages", "note"})
"""What the two sides of a notice say to each other about it. No entry has a field of these names."""

A_USER = "a_user"
"""What stands in the place of a party that is no office: its handle would tell who reported."""

_OFFICES = frozenset(PartyKind) - {PartyKind.MEMBER}


def is_office(kind: str | None) -> bool:
    """Whether a party of this kind is named in public."""
    return kind in _OFFICES


# Each pattern begins where a run of its characters begins, so that a text of any shape is read once.
_LINK = re.compile(
    r"(?<![a-z0-9+.-])(?:[a-z][a-z0-9+.-]{1,20}://|(?:mailto|tel|tg|magnet|data|sha256|xmpp|sip|urn):|www\.)[^\s<>\"]+",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"(?<![\w.-])((?:[\w-]{1,63}\.){1,10}[^\W\d_][\w-]{1,62}|\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5})?[/?#][^\s<>\"]*"
)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]*@[\w-]+(?:\.[\w-]+)*")
_PHONE = re.compile(r"(?<![\w+])\+[0-9][0-9 ()./-]{6,}[0-9]")
_HOST = re.compile(r"(?:https?|ftp)://(?:[^\s/@]*@)?([^\s/?#@:\\]+)", re.IGNORECASE)
CUT = "…"


def public_words(text: str) -> str:
    """A text that people wrote, without what leads to content or a person: of links the host stays (I-16, I-18).

    Names that begin with ``@``, mail addresses and telephone numbers with their country become an ellipsis. It does
    not look at what the notice points at, so that erasing the locators cannot bring them back here.
    """
    # Most lines have none of the signs without which a pattern finds nothing.
    if ":" in text or "www." in text.lower():
        text = _LINK.sub(_host_alone, text)
    if "/" in text or "?" in text or "#" in text:
        text = _PATH.sub(rf"\1/{CUT}", text)
    if "@" in text:
        text = _ADDRESS.sub(CUT, text)
    return _PHONE.sub(CUT, text) if "+" in text else text


def _host_alone(found: re.Match[str]) -> str:
    link = found[0]
    if link.lower().startswith("www."):
        link = "http://" + link
    host = _HOST.match(link)
    return f"{host[1]}/{CUT}" if host else CUT


_TOKEN = re.compile(r"[\w.\-*\u3002\uff0e\uff61]+")
_DOTS = re.compile(r"[.\u3002\uff0e\uff61]")  # What IDNA takes for a full stop.
_DISARMED = re.compile(r"[ \t]?[\[({][ \t]?(?:\.|dot|titik)[ \t]?[\])}][ \t]?", re.IGNORECASE)


def unnamed_words(text: str) -> str:
    """What `public_words` leaves, and no name of a host either: of what is closed nobody is given a list (I-16)."""
    return _TOKEN.sub(_cut_name, public_words(_DISARMED.sub(".", text)))


def _cut_name(found: re.Match[str]) -> str:
    """An ellipsis for what may be a name: labels with points between, the last of which begins with two letters."""
    labels = [label for label in _DOTS.split(found[0].strip("*-")) if label]
    if len(labels) > 1 and labels[-1][:2].isalpha() and len(labels[-1]) > 1:
        return CUT
    return found[0]
