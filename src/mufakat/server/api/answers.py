"""What the API answers besides a notice itself."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec
from django.http import HttpResponse

from mufakat.rules.mandate import is_due_for_review
from mufakat.server.agreements.faces import AgreementBriefOut  # noqa: TC001 - msgspec evaluates the annotations.
from mufakat.server.journal import queries
from mufakat.server.notices.exhibits import ExhibitOut  # noqa: TC001 - msgspec evaluates the annotations of a struct.
from mufakat.server.notices.faces import NoticeOut, instant
from mufakat.server.notices.talk import MessageOut  # noqa: TC001 - the same.
from mufakat.server.parties.contact_faces import ContactOut, DrillOut, OwnContactOut  # noqa: TC001 - the same.
from mufakat.server.parties.share_faces import NOTHING, Followed, ProposalOut, ShareLeftOut

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.journal.models import Event
    from mufakat.server.notices.evidence import Kept
    from mufakat.server.parties.mandate_queries import Use
    from mufakat.server.parties.queries import Mandate, Party


class NoticeList(msgspec.Struct, frozen=True):
    """A page of notices; ``next`` goes back as ``after``."""

    items: list[NoticeOut]
    next: str | None


class OpeningOut(msgspec.Struct, frozen=True):
    """What opens a commitment of a leaf: both base64."""

    salt: str
    value: str


class EventOut(msgspec.Struct, frozen=True):
    """An event: its leaf byte for byte (base64).

    The leaf's hash, what can still be opened of it, and its receipt if it has one.
    """

    id: str
    type: str
    at: str
    leaf: str
    hash: str
    openings: dict[str, OpeningOut | None]
    receipt: str | None

    @classmethod
    def of(cls, event: Event) -> EventOut:
        return cls(
            event.id,
            event.type,
            instant(event.at),
            text(event.leaf),
            text(event.leaf_hash),
            {
                one.field: None
                if one.salt is None or one.value is None
                else OpeningOut(text(one.salt), text(one.value))
                for one in event.openings.all()
            },
            queries.custody(event),
        )


class EventList(msgspec.Struct, frozen=True):
    """The events of a case, in their order."""

    items: list[EventOut]
    next: None = None


class PartyOut(msgspec.Struct, frozen=True):
    """A party as every other party may see it."""

    id: str
    handle: str
    kind: str
    name: str
    country: str

    @classmethod
    def of(cls, party: Party) -> PartyOut:
        return cls(party.id, party.handle, party.kind, party.name, party.country)


class PartyList(msgspec.Struct, frozen=True):
    """Every party."""

    items: list[PartyOut]
    next: None = None


class QuotaOut(msgspec.Struct, frozen=True):
    """The measure of a mandate, and what its holder has left of it with all its mandates and tokens together."""

    burst: int
    per_minute: int
    left: int
    full_at: str


class MandateOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mandate: its scope for whoever is asked under it; the rest for its holder and the operator alone."""

    id: str
    party: str
    state: str
    kinds: list[str]
    categories: list[str]
    surfaces: list[str]
    country: str
    expertise: str
    granted_by: str
    legal_source: str
    granted_at: str
    since: str | None = None
    review_on: str | None = None
    due_for_review: bool | None = None
    reason: str | None = None
    reply: str | None = None
    replied_at: str | None = None
    quota: QuotaOut | None = None
    share: ShareLeftOut | None = None
    proposal: ProposalOut | None = None

    @classmethod
    def scope(cls, mandate: Mandate) -> MandateOut:
        """What those on the other side see."""
        return cls(
            mandate.id,
            mandate.party.handle,
            mandate.state,
            mandate.kinds,
            mandate.categories,
            mandate.surfaces,
            mandate.country,
            mandate.expertise,
            mandate.granted_by,
            mandate.legal_source,
            instant(mandate.granted_at),
        )

    @classmethod
    def whole(cls, mandate: Mandate, use: Use | None, *, at: datetime, found: Followed = NOTHING) -> MandateOut:
        """What its holder and the operator see; `use` is that of the holder's quota, `found` what followed."""
        return msgspec.structs.replace(
            cls.scope(mandate),
            since=instant(mandate.since),
            review_on=mandate.review_on.isoformat(),
            due_for_review=is_due_for_review(mandate.review_on, at=at),
            reason=mandate.reason,
            reply=mandate.reply,
            replied_at=instant(mandate.replied_at) if mandate.replied_at else None,
            quota=QuotaOut(
                mandate.burst, mandate.per_minute, use.left if use else 0, instant(use.full_at if use else at)
            ),
            share=found.share,
            proposal=found.proposal,
        )


class MandateList(msgspec.Struct, frozen=True):
    """A page of mandates, newest first; ``next`` goes back as ``after``."""

    items: list[MandateOut]
    next: str | None


class AgreementList(msgspec.Struct, frozen=True):
    """A page of agreements, newest first; ``next`` goes back as ``after``."""

    items: list[AgreementBriefOut]
    next: str | None


class PartyShownOut(PartyOut, frozen=True, kw_only=True):
    """A party and who can be reached there, as far as the one who asks may know (I-18)."""

    contacts: list[ContactOut]

    @classmethod
    def with_contacts(cls, party: Party, contacts: list[ContactOut]) -> PartyShownOut:
        return cls(party.id, party.handle, party.kind, party.name, party.country, contacts=contacts)


class OwnContactList(msgspec.Struct, frozen=True):
    """The contacts of a party."""

    items: list[OwnContactOut]
    next: None = None


class DrillList(msgspec.Struct, frozen=True):
    """The newest drills of a contact."""

    items: list[DrillOut]
    next: None = None


class StoredOut(msgspec.Struct, frozen=True):
    """A file that is stored for good, and until when a notice of your party may name it."""

    sha256: str
    size: int
    expires_at: str

    @classmethod
    def of(cls, kept: Kept) -> StoredOut:
        return cls(kept.sha256, kept.size, instant(kept.expires_at))


class MessageList(msgspec.Struct, frozen=True):
    """A page of a conversation, oldest first; ``next`` goes back as ``after``."""

    items: list[MessageOut]
    next: str | None


class ExhibitList(msgspec.Struct, frozen=True):
    """The files of a notice, in their order."""

    items: list[ExhibitOut]
    next: None = None


def text(data: bytes | memoryview) -> str:
    """Base64."""
    return base64.b64encode(bytes(data)).decode()


def reply(out: object, *, status: int = 200) -> HttpResponse:
    """A JSON answer that no cache keeps."""
    return HttpResponse(
        msgspec.json.encode(out), status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )
