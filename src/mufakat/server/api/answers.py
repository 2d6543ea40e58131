"""What the API answers besides a notice itself."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec
from django.http import HttpResponse

from mufakat.server.journal import queries
from mufakat.server.notices.exhibits import ExhibitOut  # noqa: TC001 - msgspec evaluates the annotations of a struct.
from mufakat.server.notices.faces import NoticeOut, instant
from mufakat.server.notices.talk import MessageOut  # noqa: TC001 - the same.

if TYPE_CHECKING:
    from mufakat.server.journal.models import Event
    from mufakat.server.notices.evidence import Kept
    from mufakat.server.parties.queries import Party


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
