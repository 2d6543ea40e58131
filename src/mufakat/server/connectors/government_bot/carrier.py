"""Telegram as a carrier: an event of a notice becomes a message in a person's chat, with the buttons of the moment.

Telegram took it over: that the person read it is not said, and nothing counts as delivered by it. What is said is made
at the moment of each attempt, so that a message which waited for hours offers nothing that is over.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import close_old_connections

from mufakat.rules import chats as rules
from mufakat.rules.errors import RefusedError
from mufakat.server.connectors.carriers import Fate, Outcome
from mufakat.server.connectors.government_bot import chats, configuration, recipients, replies, telling, words
from mufakat.server.journal import door
from mufakat.server.notices import queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiogram import Bot
    from aiogram.exceptions import AiogramError
    from aiogram.types import InlineKeyboardMarkup

    from mufakat.server.connectors.carriers import Parcel
    from mufakat.server.connectors.government_bot.chats import Owner
    from mufakat.server.connectors.government_bot.replies import Reply
    from mufakat.server.journal.work import Moment

TIMEOUT = 15  # Seconds of one call; the courier gives an attempt twenty.


def telegram() -> TelegramCarrier | None:
    """The carrier, where the operator set a bot up."""
    return TelegramCarrier() if configuration.is_configured() else None


class TelegramCarrier:
    """One way out. Made and closed in one event loop; the token is read anew once the service refuses it."""

    name = "telegram"

    def __init__(self, make: Callable[[], Bot] | None = None) -> None:
        self._make = make or made
        self._bot: Bot | None = None

    async def carry(self, parcel: Parcel) -> Outcome:
        """Send it once."""
        from aiogram import exceptions as telegram

        said = await asyncio.to_thread(_said, parcel)
        if isinstance(said, Outcome):
            return said
        try:
            await self._send(said)
        except telegram.AiogramError as error:
            if isinstance(error, telegram.TelegramUnauthorizedError | telegram.TelegramNotFound):
                await self.close()
            elif isinstance(error, telegram.TelegramForbiddenError):
                await asyncio.to_thread(_blocked, parcel)
            return outcome_of(error)
        return Outcome(Fate.ACCEPTED)

    async def _send(self, said: Reply) -> None:
        from aiogram.types import LinkPreviewOptions

        if self._bot is None:
            self._bot = self._make()
        await self._bot.send_message(
            chat_id=said["chat"],
            text=said["text"],
            reply_markup=markup(said),
            link_preview_options=LinkPreviewOptions(is_disabled=True),  # Nobody opens an address because we wrote it.
            request_timeout=TIMEOUT,
        )

    async def close(self) -> None:
        """Let the connection go; the next attempt makes another."""
        found, self._bot = self._bot, None
        if found is not None:
            await found.session.close()


def made() -> Bot:
    """A bot with the token of now."""
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    api = TelegramAPIServer.from_base(configuration.configured().api)
    return Bot(configuration.token(), session=AiohttpSession(api=api, timeout=TIMEOUT))


def markup(said: Reply) -> InlineKeyboardMarkup | None:
    """The buttons of a message, or none."""
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    rows = [
        [InlineKeyboardButton(text=face["text"], callback_data=face["data"]) for face in row] for row in said["rows"]
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def outcome_of(error: AiogramError) -> Outcome:
    """What became of an attempt that the service refused, or that never came to it."""
    from aiogram import exceptions as telegram

    if isinstance(error, telegram.TelegramRetryAfter):
        return Outcome(Fate.RETRY, "Telegram asks for a rest", 429, timedelta(seconds=error.retry_after))
    # What has not the form of a token of theirs is not found; of a chat that is not there they say 400.
    if isinstance(error, telegram.TelegramUnauthorizedError | telegram.TelegramNotFound):
        return Outcome(Fate.RETRY, "Telegram refuses the bot's token: it was replaced, or revoked", 401)
    if isinstance(error, telegram.TelegramForbiddenError):
        return Outcome(Fate.GONE, "the person has blocked the bot", 403)
    if isinstance(error, telegram.TelegramBadRequest):
        return Outcome(Fate.DEAD, "Telegram knows no such chat, or refuses such a message", 400)
    # Its text names the address, and in the address is the token.
    return Outcome(Fate.RETRY, f"Telegram did not answer properly ({type(error).__name__})")


def _said(parcel: Parcel) -> Reply | Outcome:
    """The message, or what became of it where there is none to send. In a thread of the loop's."""
    close_old_connections()
    try:
        owner = chats.owner(parcel.contact or "")
        if owner is None:
            return Outcome(Fate.DEAD, "the chat is bound to nobody any more")
        try:
            queries.get_for(owner.caller, parcel.case)
        except RefusedError:
            return Outcome(Fate.DEAD, "the notice is not for this person")
        return door.commit(lambda moment: _written(owner, parcel, moment))
    finally:
        close_old_connections()


def _written(owner: Owner, parcel: Parcel, moment: Moment) -> Reply:
    notice = queries.get_for(owner.caller, parcel.case)
    text = telling.told(owner, parcel.type, notice)
    chat = owner.chat
    # The last one within the measure says so: the next one, which would know that it is too many, is not sent.
    if chat.told >= rules.TOLD_AN_HOUR and chat.hour is not None:
        until = telling.moment(chat.hour + recipients.HOUR)
        text += "\n\n" + words.MORE.say(chat.language, until=until, page=configuration.page_of("/desk/"))
    rows = replies.buttons(chat, notice.id, telling.choices(owner, notice), moment=moment)
    return replies.say(chat.user or 0, text, rows)


def _blocked(parcel: Parcel) -> None:
    close_old_connections()
    try:
        owner = chats.owner(parcel.contact or "")
        if owner is not None:
            door.commit(lambda moment: chats.note_reached(owner.chat, reached=False, moment=moment))
    finally:
        close_old_connections()
