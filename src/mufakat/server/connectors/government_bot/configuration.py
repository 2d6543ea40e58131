"""What the operator decides about the Government Channel bot (``runtime.government_bot_environment`` reads it)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from mufakat.rules.errors import NotNowError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class GovernmentBot:
    """The bot; `name` is empty where there is none.

    The token may lie in a file: it is read anew whenever the service refuses the one that is known, so that a token
    that leaked is replaced without a restart.
    """

    name: str = ""
    token: str = field(default="", repr=False)
    token_file: Path | None = None
    api: str = "https://api.telegram.org"
    pages: str = ""  # The base address of the pages, for links in messages.
    webhook: str = ""  # The address under which the service reaches us; empty: we ask it (long polling).
    listen: tuple[str, int] = ("127.0.0.1", 8081)  # Where the proxy hands a webhook to us.
    secret: str = field(default="", repr=False)  # What the service says with each webhook.


class NoBotError(NotNowError):
    """There is no Government Channel bot here."""

    def __init__(self) -> None:
        super().__init__("This instance has no Government Channel bot; its operator can set one up.")


def configured() -> GovernmentBot:
    """What the operator decided."""
    return settings.MUFAKAT_GOVERNMENT_BOT


def is_configured() -> bool:
    """Whether there is a bot."""
    return bool(configured().name)


def require() -> GovernmentBot:
    """The bot, or NoBotError."""
    found = configured()
    if not found.name:
        raise NoBotError
    return found


def token() -> str:
    """The token as it is now: a file may hold another one than at the start."""
    found = configured()
    if found.token_file is not None:
        try:
            return found.token_file.read_text(encoding="utf-8").strip() or found.token
        except (OSError, UnicodeDecodeError):
            return found.token
    return found.token


def page_of(path: str) -> str:
    """The address of a page, for a message."""
    return configured().pages + path
