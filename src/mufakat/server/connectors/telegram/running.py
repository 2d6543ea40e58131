"""The program: everything wired together, until it is stopped or cannot go on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from mufakat.server.connectors.platform.errors import ConnectorError, LaterError, LockedOutError, LostError
from mufakat.server.connectors.platform.performing import Performer
from mufakat.server.connectors.telegram.account import Account
from mufakat.server.connectors.telegram.acting import Acting, pause
from mufakat.server.connectors.telegram.asking import Engine
from mufakat.server.connectors.telegram.books import Books
from mufakat.server.connectors.telegram.chats import Chats
from mufakat.server.connectors.telegram.connector import TelegramConnector
from mufakat.server.connectors.telegram.following import Conduct
from mufakat.server.connectors.telegram.hearing import Hearing, note_of
from mufakat.server.connectors.telegram.hook import Hook
from mufakat.server.connectors.telegram.journal import Journal, JournalError
from mufakat.server.connectors.telegram.polling import Polling
from mufakat.server.connectors.telegram.telling import Telling
from mufakat.server.connectors.telegram.watching import Watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path
    from ssl import SSLContext
    from typing import Any

log = logging.getLogger(__name__)

LAST_WORDS: Final = 5.0  # Seconds for what is in hand, at the end.
A_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram posts to, and where that is taken."""

    url: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8443


@dataclass(frozen=True, slots=True)
class Settings:
    """What the program needs. `telegram` None: Telegram's own server."""

    url: str
    token_file: Path
    bot_token_file: Path
    journal: Path
    telegram: str | None = None
    context: SSLContext | None = None
    tell: int | None = None
    conduct: Conduct = field(default_factory=Conduct)
    webhook: Webhook | None = None
    drop_webhook: bool = False


@dataclass(slots=True)
class Parts:
    """Everything, open."""

    account: Account
    books: Books
    engine: Engine
    connector: TelegramConnector
    chats: Chats
    acting: Acting
    hearing: Hearing
    telling: Telling
    watching: Watching


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Parts]:
    """Make all parts, and let them go. Raises ValueError, OSError and JournalError where something cannot be used."""
    account = Account(settings.bot_token_file, settings.telegram)
    engine = Engine(settings.url, settings.token_file, settings.context)
    journal = Journal(settings.journal)
    books = Books(journal, note_of)
    connector = TelegramConnector(account.bot, renewed=account.renewed)
    chats = Chats(books, connector)
    acting = Acting(Performer(connector, books), books, chats, account)
    # What a dry run writes down, and what is owed from before it, is done after the next start that is none.
    put_in_hand = acting.leave if settings.conduct.dry_run else acting.put_in_hand
    hearing = Hearing(books, engine, chats, settings.conduct, put_in_hand)
    telling = Telling(books, connector, account, acting.told, settings.tell)
    watching = Watching(books, engine, chats, settings.conduct, put_in_hand)
    try:
        yield Parts(account, books, engine, connector, chats, acting, hearing, telling, watching)
    finally:
        await acting.close()
        await engine.close()
        await account.close()
        journal.close()


async def screen(settings: Settings, *, stop: asyncio.Event, ready: asyncio.Event | None = None) -> None:
    """Screen until `stop`. Raises LockedOutError and JournalError where it cannot go on."""
    async with opened(settings) as parts:
        await _own_journal(parts)
        await parts.books.forget()
        prepare: Callable[[], Coroutine[Any, Any, None]]
        work: Callable[[], Coroutine[Any, Any, None]]
        if settings.webhook is None:
            polling = Polling(parts.account, parts.books, parts.hearing)
            prepare, work = partial(polling.prepare, drop_webhook=settings.drop_webhook), polling.run
        else:
            hook = Hook(parts.account, parts.books, parts.hearing, secret=settings.webhook.secret)
            prepare = partial(hook.prepare, settings.webhook.url)
            work = partial(hook.run, settings.webhook.host, settings.webhook.port)
        if not await _patiently(prepare, stop):
            return
        if not settings.conduct.dry_run:
            await parts.acting.resume()
        runs = [work(), parts.acting.run(), parts.telling.run(), parts.watching.run(), _forgetting(parts.books)]
        if ready is not None:
            ready.set()
        await _until(stop, runs, parts)


async def _until(stop: asyncio.Event, runs: list[Coroutine[Any, Any, None]], parts: Parts) -> None:
    tasks = [asyncio.ensure_future(one) for one in (*runs, stop.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task  # Raises what ended it.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await parts.acting.idle()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    with contextlib.suppress(TimeoutError, ConnectorError):
        async with asyncio.timeout(LAST_WORDS):
            await parts.telling.last()


async def _patiently(deed: Callable[[], Coroutine[Any, Any, None]], stop: asyncio.Event) -> bool:
    """At the start, too, Telegram may be away for a while. False where this was stopped before."""
    tries = 0
    while not stop.is_set():
        try:
            await deed()
        except (LaterError, LostError) as error:
            tries += 1
            log.warning("Telegram does not answer", extra={"says": str(error)})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause(tries, error.seconds if isinstance(error, LaterError) else None)):
                    await stop.wait()
            continue
        return True
    return False


async def _own_journal(parts: Parts) -> None:
    """The updates of another bot have other numbers: with its journal some of ours would be passed over."""
    mine = str(parts.account.bot().id)
    kept = await parts.books.mark("bot")
    if kept not in {None, mine}:
        raise JournalError("this journal belongs to another bot: give each its own")
    if kept is None:
        await parts.books.set_mark("bot", mine)


async def _forgetting(books: Books) -> None:
    while True:
        await asyncio.sleep(A_DAY)
        await books.forget()


def run(settings: Settings) -> str | None:
    """Screen until SIGTERM or SIGINT; why it ended, where that was not asked for."""

    async def main() -> None:
        stop = asyncio.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(one, stop.set)
        await screen(settings, stop=stop)

    try:
        asyncio.run(main())
    except (LockedOutError, JournalError, ConnectorError, ValueError) as error:
        log.critical("stopped", extra={"says": str(error)})
        return str(error)
    except OSError as error:
        log.critical("stopped", extra={"says": str(error.strerror)})
        return f"{error.strerror}: {error.filename}" if error.filename else str(error)
    return None
