"""The process of the Government Channel bot: it brings updates into the house and carries out what the house answers.

It decides nothing and remembers nothing. An update is confirmed to Telegram only after the house has dealt with it and
its answer went out, so that whatever dies, and whenever, the update comes again; the house knows it then and answers
the same. It asks for updates (long polling), or takes them from a proxy on this machine (webhook).
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiogram import Bot, exceptions as telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Update
from aiogram.utils.token import TokenValidationError
from aiohttp import web
from pydantic import ValidationError

from mufakat.runners import bot_updates

log = logging.getLogger(__name__)

WAIT = 25  # Seconds that Telegram holds a question for updates open.
TIMEOUT = 15  # Seconds of any other call.
FIRST_REST, LONGEST_REST = 0.5, 30.0  # Seconds between two attempts at something that failed.
TRIES = 5  # Of an update on which the house breaks, and of an answer that does not go out; then it is passed over.
LARGEST = 1024 * 1024  # Bytes of an update in a webhook.
SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header.

REFUSED = (telegram.TelegramUnauthorizedError, telegram.TelegramNotFound)  # Of what is no token at all it says 404.

Told = dict[str, Any]
Hear = Callable[[Told], list[Told]]
"""Gives an update to the house, and takes its answer; it blocks."""


class AwayError(Exception):
    """The house cannot be reached now, or cannot write: the update waits."""


class BrokenError(Exception):
    """The house broke on this very update."""


class RefusedTokenError(Exception):
    """Telegram refuses the token."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the bot is reached. `token` is asked each time, for it may be replaced while this runs."""

    name: str
    token: Callable[[], str] = field(repr=False)
    api: str
    webhook: str = ""
    listen: tuple[str, int] = ("127.0.0.1", 8081)
    secret: str = field(default="", repr=False)


def made(setting: Setting) -> Bot:
    """A bot with the token of now; RefusedTokenError where it has not the form of one, as of a file half written."""
    api = TelegramAPIServer.from_base(setting.api)
    try:
        return Bot(setting.token(), session=AiohttpSession(api=api, timeout=TIMEOUT))
    except TokenValidationError:
        raise RefusedTokenError from None


async def run(setting: Setting, hear: Hear, stop: asyncio.Event, *, ready: Callable[[], None] | None = None) -> None:
    """Work until stopped. A token that is refused is read anew, and tried again after a rest."""
    rest = FIRST_REST
    while not stop.is_set():
        bot: Bot | None = None
        try:
            bot = made(setting)
            desk = Desk(bot, hear, stop)
            await _introduced(bot, setting)
            rest = FIRST_REST
            if ready is not None:
                ready()
            await (_posted(setting, desk) if setting.webhook else _asked(desk))
        except (RefusedTokenError, *REFUSED):
            log.error("telegram refuses the token of the government bot: put the new one into its file")  # noqa: TRY400 - nothing else is to be said.
            await _pause(stop, rest)
            rest = min(rest * 2, LONGEST_REST)
        except (telegram.AiogramError, OSError) as error:
            log.warning("telegram cannot be reached", extra={"reason": type(error).__name__})
            await _pause(stop, rest)
            rest = min(rest * 2, LONGEST_REST)
        finally:
            if bot is not None:
                await bot.session.close()


async def _introduced(bot: Bot, setting: Setting) -> None:
    """See whose token it is: links that people open name the bot."""
    me = await bot.get_me(request_timeout=TIMEOUT)
    if (me.username or "").lower() != setting.name.lower():
        log.warning("the token is of another bot than MUFAKAT_GOVERNMENT_BOT names", extra={"bot": me.username})


@dataclass
class Desk:
    """Takes one update after the other: what one person does has an order."""

    bot: Bot
    hear: Hear
    stop: asyncio.Event
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    refused: asyncio.Event = field(default_factory=asyncio.Event)  # The token, while a webhook was dealt with.
    broken: Counter[int] = field(default_factory=Counter)  # How often the house broke on an update of a webhook.

    def passes_over(self, update: int) -> bool:
        """Whether the house broke on this posted update so often that it is passed over: others wait behind it."""
        self.broken[update] += 1
        if self.broken[update] < TRIES:
            return False
        self.broken.clear()
        log.error("an update was passed over", extra={"update": update})
        return True

    async def take(self, update: Update) -> None:
        """Bring it into the house and carry out the answer. Raises AwayError as long as the house is not there."""
        told = bot_updates.told(update, bot=self.bot.id)
        if told is None:
            return
        async with self.turn:
            for reply in await asyncio.to_thread(self.hear, told):
                await self.carry(reply, told)

    async def carry(self, reply: Told, told: Told) -> None:
        """One thing that the house wants said; what cannot be said, after some tries, is not: the desk has it all."""
        for number in range(1, TRIES + 1):
            try:
                await _done(self.bot, reply)
            except REFUSED:
                raise
            except telegram.TelegramForbiddenError:
                await self._blocked(told)
            except telegram.TelegramRetryAfter as error:
                await _pause(self.stop, min(error.retry_after, LONGEST_REST))
                continue
            except telegram.TelegramBadRequest as error:
                log.info("telegram refuses an answer", extra={"does": reply["do"], "reason": type(error).__name__})
            except telegram.AiogramError as error:
                log.warning("an answer did not go out", extra={"reason": type(error).__name__, "try": number})
                await _pause(self.stop, FIRST_REST * number)
                continue
            return

    async def _blocked(self, told: Told) -> None:
        """The person wants nothing from the bot: the house writes it down."""
        if told["private"] and told["kind"] != "member":
            gone = {name: told[name] for name in ("bot", "user", "chat", "private", "language")}
            # Not the update's own number: what the house answered to that one stays.
            await asyncio.to_thread(self.hear, {**gone, "update": -told["update"], "kind": "member", "inside": False})


async def _asked(desk: Desk) -> None:
    """Long polling: what was dealt with is confirmed by the next question."""
    await desk.bot.delete_webhook(request_timeout=TIMEOUT)
    offset: int | None = None
    while not desk.stop.is_set():
        for update, number in await _next(desk, offset):
            if update is not None and not await _dealt_with(desk, update):
                return
            offset = number + 1


async def _next(desk: Desk, offset: int | None) -> list[tuple[Update | None, int]]:
    """The updates that wait, each with its number; None for one that nobody can read."""
    asking = asyncio.ensure_future(
        desk.bot.get_updates(
            offset=offset, timeout=WAIT, allowed_updates=bot_updates.ASKED_FOR, request_timeout=WAIT + TIMEOUT
        )
    )
    stopped = asyncio.ensure_future(desk.stop.wait())
    try:
        await asyncio.wait({asking, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return [(one, one.update_id) for one in await asking] if asking.done() else []
    except telegram.ClientDecodeError as error:
        return _one_by_one(error)
    except telegram.TelegramRetryAfter as error:
        await _pause(desk.stop, error.retry_after)
        return []
    except telegram.TelegramConflictError:
        log.warning("somebody else asks for the updates of this bot, too")
        await _pause(desk.stop, LONGEST_REST / 10)
        return []
    finally:
        for task in (asking, stopped):
            task.cancel()
        await asyncio.gather(asking, stopped, return_exceptions=True)


def _one_by_one(error: telegram.ClientDecodeError) -> list[tuple[Update | None, int]]:
    """What can be read of an answer that cannot be read as a whole: one bad update must not stand before the others."""
    found = error.data.get("result") if isinstance(error.data, dict) else None
    if not isinstance(found, list):
        raise error
    read: list[tuple[Update | None, int]] = []
    for one in found:
        try:
            read.append((Update.model_validate(one), int(one["update_id"])))
        except (ValidationError, KeyError, TypeError, ValueError):
            if isinstance(one, dict) and isinstance(one.get("update_id"), int):
                log.warning("an update cannot be read", extra={"update": one["update_id"]})
                read.append((None, one["update_id"]))
    if not read:
        raise error
    return read


async def _dealt_with(desk: Desk, update: Update) -> bool:
    """Deal with it, however long the house is away; False when this is stopped before."""
    rest, broken = FIRST_REST, 0
    while not desk.stop.is_set():
        try:
            await desk.take(update)
        except AwayError:
            log.warning("the house cannot be reached; the update waits", extra={"update": update.update_id})
        except BrokenError:
            broken += 1
            if broken >= TRIES:
                log.error("an update was passed over", extra={"update": update.update_id})  # noqa: TRY400 - the house has logged why.
                return True
        else:
            return True
        await _pause(desk.stop, rest)
        rest = min(rest * 2, LONGEST_REST)
    return False


async def _posted(setting: Setting, desk: Desk) -> None:
    """Webhook: Telegram posts to a proxy, and the proxy to us. What is not answered with 200 is posted again."""
    application = web.Application(client_max_size=LARGEST)
    application[TAKES] = (setting, desk)
    application.router.add_post("/{tail:.*}", _webhook)
    server = web.AppRunner(application, access_log=None)
    await server.setup()
    try:
        await web.TCPSite(server, *setting.listen).start()
        await desk.bot.set_webhook(
            setting.webhook,
            secret_token=setting.secret,
            allowed_updates=bot_updates.ASKED_FOR,
            max_connections=4,
            request_timeout=TIMEOUT,
        )
        await _first_of(desk.stop, desk.refused)
        if desk.refused.is_set():
            raise RefusedTokenError
    finally:
        await server.cleanup()


async def _first_of(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(one.wait()) for one in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


TAKES: web.AppKey[tuple[Setting, Desk]] = web.AppKey("takes", tuple)


async def _webhook(request: web.Request) -> web.Response:
    setting, desk = request.app[TAKES]
    said = request.headers.get(SECRET, "")
    if not hmac.compare_digest(said.encode("utf-8", "replace"), setting.secret.encode()):
        return web.Response(status=403)
    try:
        raw = json.loads(await request.read())
    except (ValueError, RecursionError):
        return web.Response(status=400)
    try:
        update = Update.model_validate(raw)
    except (ValidationError, RecursionError):
        return _unread(raw)
    return web.Response(status=await _taken(desk, update))


async def _taken(desk: Desk, update: Update) -> int:
    try:
        await desk.take(update)
    except REFUSED:
        desk.refused.set()
        return 503
    except BrokenError:
        return 200 if desk.passes_over(update.update_id) else 503
    except (AwayError, telegram.AiogramError):
        return 503
    return 200


def _unread(raw: Any) -> web.Response:
    """An update that cannot be read would be posted again before all others; what is none is refused."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    if not isinstance(number, int):
        return web.Response(status=400)
    log.warning("an update cannot be read", extra={"update": number})
    return web.Response()


async def _done(bot: Bot, reply: Told) -> None:
    if reply["do"] == "say":
        rows = [
            [InlineKeyboardButton(text=one["text"], callback_data=one["data"]) for one in row] for row in reply["rows"]
        ]
        await bot.send_message(
            chat_id=reply["chat"],
            text=reply["text"],
            reply_markup=InlineKeyboardMarkup(inline_keyboard=rows) if rows else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            request_timeout=TIMEOUT,
        )
    elif reply["do"] == "answer":
        await bot.answer_callback_query(reply["callback"], text=reply["text"] or None, request_timeout=TIMEOUT)
    else:
        await bot.leave_chat(reply["chat"], request_timeout=TIMEOUT)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
