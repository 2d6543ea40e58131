"""Send the content that a view handed over (``notices.streams``): by the event loop, as fast as the reader takes it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from mufakat.server.journal.vault import DamagedFileError
from mufakat.server.notices.streams import HANDED_OVER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Send = Callable[[Any], Awaitable[None]]

log = logging.getLogger(__name__)

STALLED = 30.0  # Seconds in which a reader takes nothing.


class Sender:
    """The ``send`` of one request: what Django says goes out as it is; a content handed over follows its headers."""

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        self._send = send
        self._waiting: list[Iterator[bytes]] = []
        self.scope = {**scope, HANDED_OVER: self._waiting}

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            self._waiting.clear()  # Something between the view and here refused: its own body goes out.
        if message["type"] == "http.response.body" and self._waiting:
            return  # The empty body of a response whose content is here.
        await self._send(message)

    async def finish(self) -> None:
        """Send the content, if there is any; a reader who stops, or a file that breaks, ends the connection.

        The end is then never said, so the server cuts the line, and the announced length tells the reader so.
        """
        for parts in self._waiting:
            try:
                await self._content(parts)
            except (TimeoutError, DamagedFileError) as error:
                log.warning("a download was cut off", extra={"reason": type(error).__name__})
                return

    async def _content(self, parts: Iterator[bytes]) -> None:
        loop = asyncio.get_running_loop()
        while (part := await loop.run_in_executor(None, next, parts, None)) is not None:
            await asyncio.wait_for(self._sent(part, more=True), STALLED)
        await self._sent(b"", more=False)

    async def _sent(self, part: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": part, "more_body": more})
