"""Who sees what of a contact (I-18): one table, from where a viewer stands to what it is shown.

A natural person's name, phone and address are for the counterparties; the public sees role and office. Until there are
agreements, a counterparty is whoever works with the party in an official matter: between a platform or an operator and
a party that holds a mandate in force, or that asked with authority before. Whoever sends a mere user report is not one:
else anybody could have a person's phone number for a report.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

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
    mandated: bool,
    exchanged: bool,
) -> Standing:
    """Where party `viewer` (None: nobody signed in) stands before party `owner`.

    `mandated`: one of the two holds a mandate in force towards the other's kind of service. `exchanged`: one of them
    sent the other a notice of an `OFFICIAL` kind.
    """
    if viewer is None or viewer_kind is None:
        return Standing.PUBLIC
    if viewer == owner:
        return Standing.OWN
    if (mandated or exchanged) and (viewer_kind in _ASKED or owner_kind in _ASKED):
        return Standing.COUNTERPARTY
    return Standing.PUBLIC


def is_shown(name: str, seen_from: Standing) -> bool:
    """Whether a member of a contact is shown to whoever stands there."""
    return name in SHOWN[seen_from]
