"""How a listener of asyncio ends without leaving a connection open that nobody knows."""

from __future__ import annotations

import asyncio

ACCEPTING = 5  # Turns of the loop between a connection's coming in and its protocol's knowing of it.


async def stop_accepting(server: asyncio.Server) -> None:
    """Take no connection any more, and close the listener; whoever was being accepted is connected afterwards.

    A connection that asyncio has accepted when its listener is closed, and has no transport yet, is refused one by an
    assertion and never closed (CPython 3.11, ``BaseSelectorEventLoop._accept_connection2``). So the listener first
    stops looking for new ones, and is closed when those that came in have their transports.
    """
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener.fileno())
    for _ in range(ACCEPTING):
        await asyncio.sleep(0)
    server.close()
