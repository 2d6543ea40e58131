"""The environment's words about the Government Channel bot, read once and refused in one line when a value is bad."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mufakat.server.connectors.government_bot.configuration import GovernmentBot
from mufakat.server.runtime.environment import EnvironmentValueError, secret

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,30}[Bb][Oo][Tt]")
TOKEN = re.compile(r"[0-9]{1,18}:[A-Za-z0-9_-]{1,100}")
ORIGIN = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")
WEBHOOK = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/[A-Za-z0-9/_-]{1,200}")
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
LISTEN = re.compile(r"(127\.0\.0\.1|\[::1\]|localhost):([0-9]{1,5})")


def read(environ: Mapping[str, str], *, host: str, port: int) -> GovernmentBot:
    """Read everything about the bot, or raise EnvironmentValueError."""
    name = (environ.get("MUFAKAT_GOVERNMENT_BOT") or "").removeprefix("@")
    token = secret(environ, "MUFAKAT_GOVERNMENT_BOT_TOKEN")
    if bool(name) != bool(token):
        raise EnvironmentValueError("MUFAKAT_GOVERNMENT_BOT and MUFAKAT_GOVERNMENT_BOT_TOKEN go together")
    if not name:
        return GovernmentBot()
    if not NAME.fullmatch(name):
        raise EnvironmentValueError("MUFAKAT_GOVERNMENT_BOT must be the bot's username, such as mufakat_channel_bot")
    if not TOKEN.fullmatch(token):
        raise EnvironmentValueError("MUFAKAT_GOVERNMENT_BOT_TOKEN must be a token as BotFather gives it")
    if find_spec("aiogram") is None:
        raise EnvironmentValueError("MUFAKAT_GOVERNMENT_BOT needs aiogram: pip install 'mufakat[telegram]'")
    file = environ.get("MUFAKAT_GOVERNMENT_BOT_TOKEN_FILE")
    webhook, word = told_by_webhook(environ)
    return GovernmentBot(
        name=name,
        token=token,
        token_file=Path(file) if file else None,
        api=origin(environ, "MUFAKAT_TELEGRAM_API") or "https://api.telegram.org",
        pages=origin(environ, "MUFAKAT_URL") or f"http://{f'[{host}]' if ':' in host else host}:{port}",
        webhook=webhook,
        listen=listen(environ),
        secret=word,
    )


def told_by_webhook(environ: Mapping[str, str]) -> tuple[str, str]:
    """The address under which the service reaches us, and what it says so that nobody else can pass for it."""
    address = environ.get("MUFAKAT_GOVERNMENT_BOT_WEBHOOK") or ""
    word = secret(environ, "MUFAKAT_GOVERNMENT_BOT_SECRET")
    if bool(address) != bool(word):
        raise EnvironmentValueError("MUFAKAT_GOVERNMENT_BOT_WEBHOOK and MUFAKAT_GOVERNMENT_BOT_SECRET go together")
    if address and not WEBHOOK.fullmatch(address):
        raise EnvironmentValueError(
            "MUFAKAT_GOVERNMENT_BOT_WEBHOOK must be an address like https://bot.example.org/telegram"
        )
    if word and not SECRET.fullmatch(word):
        raise EnvironmentValueError("MUFAKAT_GOVERNMENT_BOT_SECRET must be 16 to 256 of A-Z, a-z, 0-9, _ and -")
    return address, word


def origin(environ: Mapping[str, str], name: str) -> str:
    """Scheme, host and port, or nothing."""
    text = (environ.get(name) or "").rstrip("/")
    if text and not ORIGIN.fullmatch(text):
        raise EnvironmentValueError(f"{name} must be an origin like https://notices.example.org")
    return text


def listen(environ: Mapping[str, str]) -> tuple[str, int]:
    """Where a webhook is taken from the proxy on this machine, which speaks TLS with the world."""
    text = environ.get("MUFAKAT_GOVERNMENT_BOT_LISTEN") or "127.0.0.1:8081"
    found = LISTEN.fullmatch(text)
    if found is None or int(found[2]) > 65_535:
        raise EnvironmentValueError("MUFAKAT_GOVERNMENT_BOT_LISTEN must be a port of this machine: 127.0.0.1:8081")
    return found[1].strip("[]").replace("localhost", "127.0.0.1"), int(found[2])
