"""The Government Channel bot's way into the house, and the operator's look at its chats.

Like every deed of the console they are reachable on the local socket and in the process, never from the network: what
is said here about who wrote is believed, so only the process that this machine's operator runs may say it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.chats import Because
from mufakat.rules.errors import NotFoundError
from mufakat.server.connectors.government_bot import chats, hearing
from mufakat.server.connectors.government_bot.faces import ChatOut
from mufakat.server.connectors.government_bot.hearing import Update as Update  # noqa: PLC0414 - the console's form.
from mufakat.server.connectors.government_bot.models import Chat
from mufakat.server.journal import door, ids
from mufakat.server.parties import queries
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from datetime import datetime


class ChatsOf(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat telegram list``."""

    party: str


class ChatEnd(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat telegram revoke``."""

    chat: str


def hear(told: Update, at: datetime) -> Any:
    """An update of the service, and what is to be done about it."""
    return hearing.hear(told, at=at)


def listed(told: ChatsOf, at: datetime) -> Any:
    """The chats of a party, newest first."""
    del at
    return [msgspec.to_builtins(ChatOut.of(one)) for one in chats.of_party(queries.party_by_handle(told.party).id)]


def revoke(told: ChatEnd, at: datetime) -> Any:
    """End a chat."""
    del at
    found = Chat.objects.filter(pk=told.chat).first() if ids.is_id(told.chat, "cht") else None
    if found is None:
        raise NotFoundError("chat")
    door.commit(lambda moment: chats.end(found, Because.BY_ADMIN, actor=HOUSE, moment=moment))
    return {"id": told.chat, "ended": True}
