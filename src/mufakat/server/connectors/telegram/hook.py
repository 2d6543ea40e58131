"""Updates by webhook: each is answered 200 once what follows from it is durable; anything else, and it comes again.

Who posts here has to know the secret that was given to Telegram with the address (X-Telegram-Bot-Api-Secret-Token).
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from typing import TYPE_CHECKING, Final

from aiogram.methods import SetWebhook
from aiogram.types import Update
from aiohttp import web
from pydantic import ValidationError

from mufakat.server.connectors.platform.errors import ConnectorError, LaterError, LockedOutError
from mufakat.server.connectors.telegram import places, polling
from mufakat.server.connectors.telegram.answers import meaning
from mufakat.server.connectors.telegram.books import Note, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.connectors.telegram.account import Account
    from mufakat.server.connectors.telegram.books import Books
    from mufakat.server.connectors.telegram.hearing import Hearing

log = logging.getLogger(__name__)

HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
LARGEST: Final = 1024 * 1024  # Bytes of an update.
TOGETHER: Final = 100  # Updates that become one commit.
AT_ONCE: Final = 100  # Connections that Telegram may open.


class Hook:
    """A small server for Telegram's posts."""

    def __init__(self, account: Account, books: Books, hearing: Hearing, *, secret: str) -> None:
        self._account = account
        self._books = books
        self._hearing = hearing
        self._secret = secret.encode()
        self._waiting: asyncio.Queue[tuple[Update, asyncio.Future[None]]] = asyncio.Queue(maxsize=1_000)
        self._stopping = False
        self._down_since: float | None = None
        self._down_told = False
        self.port = 0

    async def prepare(self, url: str) -> None:
        """Tell Telegram where to post to."""
        call = SetWebhook(
            url=url,
            secret_token=self._secret.decode(),
            allowed_updates=list(places.ASKED),
            max_connections=AT_ONCE,
        )
        try:
            await self._account.bot()(call)
        except Exception as error:  # noqa: BLE001 - `meaning` raises what it does not know.
            raise meaning(error) from None

    async def run(self, host: str, port: int, *, listening: asyncio.Event | None = None) -> None:
        """Until it is broken off. Raises LockedOutError; OSError where it cannot listen."""
        application = web.Application(client_max_size=LARGEST)
        application.router.add_post("/{path:.*}", self._posted)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=5)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            self.port = runner.addresses[0][1]
            if listening is not None:
                listening.set()
            while True:
                await self._take([await self._waiting.get()])
        finally:
            self._stopping = True
            waiting = [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]
            _answer(waiting, LaterError("stopped"))
            await runner.cleanup()

    async def _take(self, found: list[tuple[Update, asyncio.Future[None]]]) -> None:
        while len(found) < TOGETHER and not self._waiting.empty():
            found.append(self._waiting.get_nowait())
        problem: ConnectorError | None = LaterError("stopped")
        try:
            await self._hearing.take([update for update, _ in found])
            problem, self._down_since = None, None
        except ConnectorError as error:
            problem = error
            log.error("not screened; Telegram posts it again", extra={"says": str(error)})  # noqa: TRY400
            await self._down(found[0][0], error)
        finally:
            _answer(found, problem)
        if isinstance(problem, LockedOutError):
            raise problem

    async def _down(self, update: Update, error: ConnectorError) -> None:
        """Tell people once that nothing is screened, where that lasts."""
        if self._down_since is None:
            self._down_since, self._down_told = time.monotonic(), False
        if self._down_told or time.monotonic() - self._down_since < polling.DOWN:
            return
        self._down_told = True
        await self._books.add_notes([polling.down(update, error)])

    async def _posted(self, request: web.Request) -> web.Response:
        # Bytes that are no UTF-8 come as halves of pairs, which cannot be encoded as they are.
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode("utf-8", "replace"), self._secret):
            return web.Response(status=403)
        raw = await request.read()
        try:
            update = Update.model_validate_json(raw)
        except ValidationError:
            return await self._unreadable(raw)
        if self._stopping:
            return web.Response(status=503)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._waiting.put((update, future))
        try:
            await future
        except ConnectorError:
            return web.Response(status=503)
        return web.Response()

    async def _unreadable(self, raw: bytes) -> web.Response:
        """What no release of ours can read would come again and again: it is noted, and taken."""
        import msgspec

        try:
            number = msgspec.json.decode(raw)["update_id"]
        except (msgspec.MsgspecError, KeyError, TypeError):
            number = None
        if not isinstance(number, int):
            return web.Response(status=400)
        says = f"update {number} cannot be read by this release; nothing of it was screened"
        await self._books.take([Seen(number, "other", "unreadable")], [], [Note("updates", str(number), says)])
        return web.Response()


def _answer(found: Sequence[tuple[Update, asyncio.Future[None]]], problem: ConnectorError | None) -> None:
    """Tell those who wait for an answer to their posts: it is durable, or why not."""
    for _, future in found:
        if future.done():
            continue
        if problem is None:
            future.set_result(None)
        else:
            future.set_exception(problem)
