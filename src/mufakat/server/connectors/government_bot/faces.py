"""What a person sees of chats: never the number of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.permissions import Role, seat_name
from mufakat.server.notices.faces import instant

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.connectors.government_bot.models import Chat, Ticket


class ChatOut(msgspec.Struct, frozen=True):
    """A chat with the Government Channel bot: whose seat acts in it, since when, and whether it can be reached."""

    id: str
    seat: str
    state: str
    bound_at: str
    ended_at: str | None
    because: str | None
    unreachable_since: str | None
    links: dict[str, str]

    @classmethod
    def of(cls, one: Chat) -> ChatOut:
        """From its row, person and party loaded with it."""
        seat = seat_name(Role(one.person.role), one.person.ordinal)
        return cls(
            one.pk,
            f"{one.party.handle}/{seat}",
            "bound" if one.ended_at is None else "ended",
            instant(one.bound_at),
            _when(one.ended_at),
            one.because or None,
            _when(one.unreachable_since),
            {"self": f"/api/v1/telegram/bindings/{one.pk}", "page": "/desk/telegram/"},
        )


class ChatList(msgspec.Struct, frozen=True):
    """Your own chats, newest first; those of your party, for who looks after its people."""

    items: list[ChatOut]
    next: None = None


class BindingOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link that binds one Telegram account to your person, once, until `expires_at`.

    ``link`` is there once, in the answer to the request that made it.
    """

    id: str
    bot: str
    expires_at: str
    links: dict[str, str]
    link: str | None = None

    @classmethod
    def of(cls, one: Ticket, *, bot: str, link: str | None = None) -> BindingOut:
        """From its row."""
        return cls(one.pk, bot, instant(one.expires_at), {"page": "/desk/telegram/"}, link)


def _when(at: datetime | None) -> str | None:
    return instant(at) if at is not None else None
