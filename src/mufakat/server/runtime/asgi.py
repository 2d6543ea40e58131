"""The way in: the hot door for notices, Django for everything else, and the house opened and closed with the server.

Django's middlewares and its request cost as much as all the rest of taking a notice, so the one hot POST is answered
before them; the same operation stands behind an ordinary view too. A worker of the server that only speaks WSGI ends
without a word; here the lifespan closes the writer.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from a2wsgi import WSGIMiddleware

from mufakat.server.runtime.wsgi import application as pages  # First: it sets Django up.

from mufakat.server.api import intake  # isort: skip
from mufakat.server.journal import door  # isort: skip

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

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
            if scope["path"] == intake.PATH and scope["method"] == "POST":
                await intake.take(scope, receive, send)
            else:
                await self._pages(scope, receive, send)  # type: ignore[arg-type]  # The same.
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    self._house.enter_context(door.open_house())
                    self._house.enter_context(door.listening(pages))
                except Exception as error:  # noqa: BLE001 - whatever it is, the server says so and does not start.
                    log.critical("not started", extra={"reason": str(error)})
                    self._house.close()
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                self._house.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


application = Application()
