"""A receiver of webhooks in a process of its own, with as little work as HTTP allows: the sender is what is measured.

It answers 204 to every POST and writes down when each came, by its id. ``/slow`` is answered after two seconds,
``/dead`` never. A GET of ``/seen`` gives what came, as JSON, and forgets it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

GONE = b"HTTP/1.1 204 No Content\r\n\r\n"
SLOW = 2.0  # Seconds.


class Seen:
    """When what came first, by its id, and how often anything came."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.many = 0

    def told(self) -> bytes:
        body = json.dumps({"at": self.at, "many": self.many}).encode()
        self.at, self.many = {}, 0
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body


class Connection(asyncio.Protocol):
    """Reads requests from a buffer and answers them in their order."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1")
            first, *lines = head.split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            size = int(headers.get("content-length", "0"))
            if len(self._buffer) < end + 4 + size:
                return
            self._buffer = self._buffer[end + 4 + size :]
            self._answer(first.split(" ")[1], headers)

    def _answer(self, path: str, headers: dict[str, str]) -> None:
        if path == "/seen":
            self._transport.write(self._seen.told())
            self._transport.close()
            return
        self._seen.at.setdefault(headers.get("webhook-id", ""), time.time())
        self._seen.many += 1
        if path.startswith("/slow"):
            asyncio.get_running_loop().call_later(SLOW, self._transport.write, GONE)
        elif not path.startswith("/dead"):
            self._transport.write(GONE)


@contextmanager
def receiving() -> Iterator[str]:
    """The address of a receiver that lives while the block runs."""
    command = [sys.executable, "-m", "bench.receiver"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it was asked for above.
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def seen(address: str) -> dict[str, Any]:
    """What came since the last time this was asked."""
    with urllib.request.urlopen(f"{address}/seen", timeout=30) as answer:  # noqa: S310 - of this machine.
        found: dict[str, Any] = json.load(answer)
    return found


async def main() -> None:
    """Listen on a free port of this machine and say which."""
    with suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    found = Seen()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(found), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
