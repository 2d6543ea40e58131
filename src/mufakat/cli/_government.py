"""Between the process of the Government Channel bot and the house: one update in, what is to be done out."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from typing import TYPE_CHECKING, Any

import click

from mufakat.cli import _server

if TYPE_CHECKING:
    from mufakat.runners.government_bot import Hear, Setting

DEED = "/local/telegram-hear"


def govern() -> int:
    """Serve the bot until stopped; the exit status."""
    try:
        from mufakat.runners import government_bot as runner
    except ImportError:
        _server.stop("this command needs aiogram: pip install 'mufakat[server,telegram]'")
    told = _server.government_bot()
    logging.getLogger("mufakat.requests").setLevel(logging.WARNING)
    setting = runner.Setting(**told)
    asyncio.run(_until_stopped(setting, heard(), ready=_said_of(setting)))
    return 0


def heard() -> Hear:
    """What gives an update to the house. Where a server runs it is asked; else this process is the house meanwhile."""
    from mufakat.runners.government_bot import AwayError, BrokenError

    def hear(told: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            with _server.instance() as house:
                reply = house.request("POST", DEED, body=json.dumps(told).encode())
        except SystemExit:
            raise AwayError from None
        if reply.good:
            found: list[dict[str, Any]] = reply.json()
            return found
        raise (AwayError if reply.status in {429, 503, 507} else BrokenError)(reply.status)

    return hear


async def _until_stopped(setting: Setting, hear: Hear, *, ready: Any) -> None:
    from mufakat.runners import government_bot as runner

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await runner.run(setting, hear, stop, ready=ready)


def _said_of(setting: Setting) -> Any:
    way = f"by webhook at {setting.listen[0]}:{setting.listen[1]}" if setting.webhook else "by asking for updates"
    return lambda: click.echo(f"the Government Channel bot @{setting.name} is there, {way}", err=True)
