"""The floor of the mail suite: the same LMTP library, and a file for each mail, its content and its name durable."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.lmtp import LMTP

if TYPE_CHECKING:
    from collections.abc import Iterator


class Handler:
    """Keeps mails in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    async def handle_DATA(self, *told: Any) -> str:  # noqa: N802 - aiosmtpd's name.
        await asyncio.to_thread(self._keep, bytes(told[2].content))
        return "250 OK"

    def _keep(self, raw: bytes) -> None:
        path = self._folder / f"{os.getpid()}-{next(self._numbers)}"
        with path.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


async def serve(folder: Path, port: int) -> None:
    """Until it is killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LMTP(Handler(folder), loop=loop), "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """In a process of its own, as ours is."""
    process = subprocess.Popen([sys.executable, "-m", "bench.mail_floor", str(folder), str(port)])
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
