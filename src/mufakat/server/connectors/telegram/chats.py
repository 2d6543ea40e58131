"""The chats that the bot is in, and what it may do there: learnt from updates, asked where unknown."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from mufakat.server.connectors.platform.orders import Target
from mufakat.server.connectors.telegram import places, rights
from mufakat.server.connectors.telegram.books import ChatRow, Note

if TYPE_CHECKING:
    from aiogram.types import ChatMemberUpdated

    from mufakat.rules.measures_planning import Verb
    from mufakat.server.connectors.telegram.books import Books
    from mufakat.server.connectors.telegram.connector import TelegramConnector

log = logging.getLogger(__name__)


class Chats:
    """Rights by chat, in memory and in the books."""

    def __init__(self, books: Books, connector: TelegramConnector) -> None:
        self._books = books
        self._connector = connector
        self._able: dict[int, frozenset[Verb]] = {}
        self._doubtful: set[int] = set()
        self._learnt: dict[int, int] = {}  # The newest update that told of a chat.

    async def able(self, chat: int, name: str, kind: str) -> frozenset[Verb]:
        """What the bot may do there."""
        found = self._able.get(chat)
        if found is None:
            kept = None if chat in self._doubtful else await self._books.chat(chat)
            if kept is not None:
                found = kept.able
            else:
                found = await self._connector.able(Target(f"tg:channel:{places.number_of(chat)}", {"chat": chat}))
                status = "administrator" if found else "unknown"
                await self._books.keep_chat(ChatRow(chat, name, kind, status, found))
                self._doubtful.discard(chat)
            self._able[chat] = found
        return found

    async def learn(self, update: int, changed: ChatMemberUpdated) -> list[Note]:
        """Its own membership changed; what people are told of it."""
        chat, new = changed.chat, changed.new_chat_member
        if not places.is_public(chat):
            if chat.type != "private":  # Whoever sets the bot up learns here which number to tell people at.
                log.info("the bot's place in a chat that is not public", extra={"chat": chat.id, "status": new.status})
            return []
        if update < self._learnt.get(chat.id, update):
            return []  # A webhook may bring an older change after a newer one.
        self._learnt[chat.id] = update
        found = rights.able(new, chat.type)
        self._able[chat.id] = found
        await self._books.keep_chat(ChatRow(chat.id, chat.username, chat.type, new.status, found))
        lost = sorted({verb.value for verb, _ in rights.able(changed.old_chat_member, chat.type) - found})
        if not lost:
            return []
        where = f"https://t.me/{chat.username}"
        says = f"{where}: the bot is {new.status} there now, and can no more: {', '.join(lost)}"
        log.warning("rights lost", extra={"chat": chat.id, "status": new.status, "lost": lost})
        return [Note(f"tg:channel:{places.number_of(chat.id)}", f"rights:{update}", says)]

    def forget(self, chat: int) -> None:
        """Telegram refused something there: the rights are asked for anew."""
        self._able.pop(chat, None)
        self._doubtful.add(chat)
