"""The way in: hot doors for notices and items, Django for everything else, and the house opened and closed with it.

Django's middlewares and its request cost as much as all the rest of taking a notice, so the hot POSTs are answered
before them; the same operations stand behind ordinary views too. A worker of the server that only speaks WSGI ends
without a word; here the lifespan closes the writer.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

from mufakat import locator
from mufakat.server.runtime.wsgi import application as pages  # First: it sets Django up.

from mufakat.server.api import bank_files, evidence, importing, intake, problems, samples, screening, statement_files  # isort: skip
from mufakat.server.journal import database, door  # isort: skip
from mufakat.server.notices import import_jobs  # isort: skip
from mufakat.server.parties import news  # isort: skip
from mufakat.server.runtime import housekeeping, logs, start, streams, worker  # isort: skip
from mufakat.server.web import sandbox  # isort: skip

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Door = Callable[[dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]

log = logging.getLogger(__name__)

# Seconds that a thread keeps the interpreter where others wait for it. The writer gives it away at every statement, and
# beside a thread that reads a file it got it back after five milliseconds, Python's default, a dozen times a commit.
TURN = 0.001
THREADS = 8  # Pages and ordinary API calls at once; each thread keeps its read connection.


class Application:
    """The ASGI callable."""

    def __init__(self) -> None:
        self._pages = WSGIMiddleware(pages, workers=THREADS)  # type: ignore[arg-type]  # The same in other words.
        self._house = ExitStack()

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] == "http":
            if self._is_for_files(scope):
                await self._page(scope, receive, send)  # Not to the hot doors.
            elif (hot := DOORS.get((scope["method"], scope["path"]))) is not None:
                await hot(scope, receive, send)
            elif scope["method"] == "PUT" and scope["path"].startswith(evidence.PATH):
                await evidence.take(scope, receive, send)
            elif scope["method"] == "POST" and (bank := bank_files.PATH.fullmatch(scope["path"])) is not None:
                await bank_files.take(scope, coroutine_of(receive), send, bank=bank["bank"])
            elif any(name == b"transfer-encoding" for name, _ in scope["headers"]):
                await self._measured(scope, receive, send)
            else:
                await self._page(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _page(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Django's answer, and after it the content that a view handed over.

        WSGI has one name for ``X-Forwarded-For`` and ``X_Forwarded_For``: what a client writes in the second one must
        not pass for what a proxy wrote in the first, so that no such name goes in, as with other servers.
        """
        headers = [pair for pair in scope["headers"] if b"_" not in pair[0]]
        sender = streams.Sender({**scope, "headers": headers}, send)
        await self._pages(sender.scope, coroutine_of(receive), sender)  # type: ignore[arg-type]  # The same.
        await sender.finish()

    @staticmethod
    def _is_for_files(scope: dict[str, Any]) -> bool:
        """Whether it came to the host that gives out evidence and does nothing else (``web.sandbox``)."""
        if not settings.MUFAKAT_EVIDENCE_ORIGIN:
            return False
        return any(sandbox.is_for_files(value.decode("latin-1")) for name, value in scope["headers"] if name == b"host")

    async def _measured(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Give a body sent in chunks its length: WSGI takes one without for none, and a note would vanish unsaid."""
        started = time.perf_counter()
        try:
            raw = await intake.body({}, receive)
        except problems.TooLargeError as error:
            await intake.answer(send, *problems.problem(error), method=scope["method"], route=None, started=started)
            return
        except ConnectionResetError:
            return
        headers = [pair for pair in scope["headers"] if pair[0] not in {b"transfer-encoding", b"content-length"}]
        headers.append((b"content-length", str(len(raw)).encode()))
        parts = iter([{"type": "http.request", "body": raw, "more_body": False}])

        async def again() -> Any:
            return next(parts, None) or await receive()

        await self._page({**scope, "headers": headers}, again, send)

    async def _live(self, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    start.end_with_parent()
                    # Reads the list of public suffixes, which the first notice need not wait for.
                    locator.parse("example.co.id")
                    settle_collector()
                    logs.leave_out()
                    sys.setswitchinterval(TURN)
                    self._house.enter_context(door.open_house(patience=start.PATIENCE))
                    self._house.enter_context(news.heard())
                    sweep = functools.partial(import_jobs.sweep, at=datetime.now(UTC))
                    await asyncio.get_running_loop().run_in_executor(None, sweep)
                    if database.is_embedded():
                        self._house.enter_context(door.listening(pages))
                    self._house.enter_context(housekeeping.keeping())
                    if settings.MUFAKAT_MAIL.listen:
                        from mufakat.server.connectors.mail import lmtp  # It needs the extra.

                        self._house.enter_context(lmtp.listening(settings.MUFAKAT_MAIL.listen))
                    if settings.ENVIRONMENT.works:
                        self._house.enter_context(worker.working())
                except Exception as error:  # noqa: BLE001 - whatever it is, the server says so and does not start.
                    log.critical("not started", extra={"reason": str(error)})
                    self._house.close()
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                self._house.close()
                for handler in logging.getLogger().handlers:
                    handler.flush()  # The worker ends without running what waits for its end.
                await send({"type": "lifespan.shutdown.complete"})
                return


def settle_collector() -> None:
    """Have the collector of cycles look seldom, and never at what was loaded by now and stays for good.

    A batch makes tens of thousands of objects and hardly a cycle: looking after every 700 cost it a twentieth.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def coroutine_of(receive: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
    """The same as a coroutine: granian gives another awaitable, which the bridge to WSGI refuses to schedule."""

    async def received() -> Any:
        return await receive()

    return received


def scheduled(take: Door) -> Door:
    """A door that waits for its body no longer than it wants to, and so needs a coroutine of each part."""

    async def taking(
        scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        await take(scope, coroutine_of(receive), send)

    return taking


DOORS: Mapping[tuple[str, str], Door] = MappingProxyType(
    {
        ("POST", intake.PATH): intake.take,
        ("POST", importing.PATH): scheduled(importing.take),
        ("POST", samples.PATH): samples.take,
        ("POST", screening.ONE): screening.take,
        ("POST", screening.MANY): scheduled(screening.take_many),
        ("POST", statement_files.PATH): scheduled(statement_files.take),
    }
)
"""What is answered before Django: method and path → door."""

application = Application()
