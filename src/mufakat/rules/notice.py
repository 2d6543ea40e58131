"""The notice as it is sent: its words, its shape and its limits (INTERFACE.md, "Notice in").

The types carry the limits, so that the fast decoder and the careful reader (`reading`) obey the same ones. Lengths of
text are in Unicode code points. Every optional member may be absent or null. What needs more than the shape (the
parties, the ground, dates, digests, locators) is in `admissibility`.
"""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from mufakat.rules.parties import MAX_HANDLE_LENGTH


class NoticeKind(StrEnum):
    """On whose authority a notice asks."""

    USER_REPORT = "user_report"
    TRUSTED_FLAG = "trusted_flag"
    REQUEST = "request"  # An authority asks.
    ORDER = "order"  # An authority that may command.
    OWN_DETECTION = "own_detection"
    FORWARDED = "forwarded"


class Category(StrEnum):
    """What the content is said to be."""

    TERRORISM = "terrorism"
    CHILD_SEXUAL_ABUSE = "child_sexual_abuse"
    NARCOTICS = "narcotics"
    GAMBLING = "gambling"
    FRAUD = "fraud"
    VIOLENCE = "violence"
    HATE = "hate"
    PRIVACY = "privacy"
    OTHER = "other"


class Urgency(StrEnum):
    """How soon the sender asks for an answer."""

    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class MeasureName(StrEnum):
    """What a platform can do about content."""

    REMOVE = "remove"
    DISABLE = "disable"
    DEMOTE = "demote"
    LABEL = "label"
    AGE_RESTRICT = "age_restrict"
    GEO_RESTRICT = "geo_restrict"
    WARN = "warn"
    PRESERVE = "preserve"
    SUSPEND_ACCOUNT = "suspend_account"
    TERMINATE_ACCOUNT = "terminate_account"
    CLOSE_CHANNEL = "close_channel"


class Otherwise(StrEnum):
    """As what a notice may be taken where no mandate of its sender covers it; without a word it is refused."""

    USER_REPORT = "user_report"


MAX_BYTES = 2 * 1024 * 1024
"""Bytes of a whole notice."""
MAX_EXTERNAL_BYTES = 64 * 1024
"""Bytes of `external`, written without spaces."""
MAX_CONTENT_BYTES = 256 * 1024
"""Bytes of one piece of evidence sent inside the notice; larger ones are uploaded first."""
MAX_LOCATORS = 100
MAX_EVIDENCE = 20
MAX_EXTERNAL_REFS = 20
MAX_EXPLANATION = 20_000

# `$` alone also matches before a final newline in Python, not in ECMAScript; with `(?!\n)` both mean the end.
_END = r"$(?!\n)"
_CONTENT_TEXT = (MAX_CONTENT_BYTES + 2) // 3 * 4

Line = Annotated[str, Meta(min_length=1, max_length=255)]
"""One line of text; `admissibility` judges that no control character is inside, which is faster than a pattern."""
LanguageTag = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?" + _END,
        description="a language tag (BCP 47: language, script, region) such as id, en-GB or zh-Hant-TW",
    ),
]
Digest = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}" + _END, description="a SHA-256 digest: 64 digits 0-9 and a-f, in lower case")
]
MediaType = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}" + _END,
        description="a media type (RFC 6838) without parameters, such as image/png",
    ),
]
WebAddress = Annotated[
    str,
    Meta(
        max_length=2048,
        pattern=r"^https?://[^\x00-\x20\x7f-\x9f\u2028\u2029<>\"]+" + _END,
        description="an address that begins with https:// or http://",
    ),
]
Scheme = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,31}" + _END,
        description="the short name of a foreign numbering, such as kominfo: a-z, 0-9, '.', '_', '-'",
    ),
]


class LegalGround(Struct, frozen=True, forbid_unknown_fields=True):
    """The law that a notice stands on: whose (`places.LEGAL_SYSTEMS`), which instrument, which provision."""

    system: Annotated[str, Meta(min_length=1, max_length=2)]
    instrument: Line
    provision: Line


class TermsGround(Struct, frozen=True, forbid_unknown_fields=True):
    """The clause of the recipient's own terms of service that a notice stands on."""

    document: Line
    clause: Line
    url: WebAddress | None = None


class NonDisclosure(Struct, frozen=True, forbid_unknown_fields=True):
    """Until when (RFC 3339) the public is not told what an authority's notice is about, and which law says so."""

    until: Annotated[str, Meta(min_length=1, max_length=40)]
    legal_ground: LegalGround


class EvidenceRef(Struct, frozen=True, forbid_unknown_fields=True):
    """One file: inside the notice (`content`, base64), or uploaded before (null)."""

    name: Line
    media_type: MediaType
    sha256: Digest
    content: Annotated[str, Meta(min_length=1, max_length=_CONTENT_TEXT)] | None = None


class ExternalRef(Struct, frozen=True, forbid_unknown_fields=True):
    """The number that this notice has elsewhere."""

    scheme: Scheme
    id: Line


class Draft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A notice as its sender wrote it: of the right shape; `admissibility.admit` says whether it can be taken."""

    to: Annotated[str, Meta(min_length=1, max_length=MAX_HANDLE_LENGTH)]
    kind: NoticeKind
    category: Category
    locators: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MAX_LOCATORS)]
    explanation: Annotated[str, Meta(min_length=1, max_length=MAX_EXPLANATION)]
    language: LanguageTag
    urgency: Urgency | None = None
    content_date: Annotated[str, Meta(max_length=40)] | None = None
    legal_ground: LegalGround | None = None
    terms_ground: TermsGround | None = None
    requested_measures: Annotated[tuple[MeasureName, ...], Meta(max_length=len(MeasureName))] | None = None
    territory: Annotated[tuple[str, ...], Meta(max_length=300)] | None = None
    evidence: Annotated[tuple[EvidenceRef, ...], Meta(max_length=MAX_EVIDENCE)] | None = None
    external_refs: Annotated[tuple[ExternalRef, ...], Meta(max_length=MAX_EXTERNAL_REFS)] | None = None
    external: dict[str, Any] | None = None
    otherwise: Otherwise | None = None
    non_disclosure: NonDisclosure | None = None

    @property
    def effective_urgency(self) -> Urgency:
        """The urgency, where none was sent: normal."""
        return self.urgency or Urgency.NORMAL
