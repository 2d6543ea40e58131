"""What Telegram's answers mean for an order: done already, later, refused for good, lost, or no more known to it.

The Bot API has no codes beside those of HTTP, so its sentences are read, for what cannot be told otherwise; one that
nobody here knows is a refusal, put before a person in Telegram's own words.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError

from mufakat.server.connectors.platform.errors import ConnectorError, LaterError, LockedOutError, LostError
from mufakat.server.connectors.telegram.logs import without_tokens

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.methods import Response, TelegramMethod
    from aiogram.methods.base import TelegramType

ALREADY: Final = (
    "message to delete not found",
    "message identifier is not specified",
    "user not found",
    "PARTICIPANT_ID_INVALID",
    "USER_NOT_PARTICIPANT",
)
"""What is to be done is so: the message is gone, the person has left."""

UNDONE: Final = frozenset({500, 502, 503})
"""Statuses of a server that did nothing; after 504 nobody knows."""


class Heard(NamedTuple):
    """An answer as it came."""

    status: int
    sha256: str


LAST: ContextVar[Heard | None] = ContextVar("last", default=None)
"""The newest answer that this task was given."""


class Session(AiohttpSession):
    """aiogram's session, which keeps the digest of each answer for the receipt."""

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """Keep the digest, then read it as ever."""
        LAST.set(Heard(status_code, hashlib.sha256(content.encode()).hexdigest()))
        return super().check_response(bot, method, status_code, content)


class MovedError(ConnectorError):
    """The chat has another number now."""

    def __init__(self, to: int) -> None:
        self.to = to
        super().__init__("the chat has moved")


class RefusedError(ConnectorError):
    """Telegram says no, in its own words, and would say so again."""


class AlreadyError(ConnectorError):
    """It is so already."""


def meaning(error: BaseException) -> ConnectorError:  # noqa: PLR0911 - one line a kind of answer.
    """What an exception of the library means. What is none of its own is raised again."""
    last = LAST.get()
    match error:
        case TelegramRetryAfter():
            return LaterError(f"Telegram asks to wait {error.retry_after} s", float(error.retry_after))
        case TelegramMigrateToChat():
            return MovedError(error.migrate_to_chat_id)
        case TelegramUnauthorizedError() | TelegramNotFound():
            return LockedOutError("Telegram does not know this bot's token: it is wrong, or was revoked")
        case TelegramConflictError():
            return LaterError(words(error))
        case TelegramServerError():
            undone = last is not None and last.status in UNDONE
            return LaterError(words(error)) if undone else LostError(words(error))
        case TelegramEntityTooLarge():
            return RefusedError(words(error))
        case TelegramNetworkError():
            # A line that was never opened carried nothing.
            unopened = isinstance(error.__cause__, ClientConnectorError)
            return LaterError(words(error)) if unopened else LostError(words(error))
        case ClientDecodeError():
            return LostError("Telegram's answer cannot be read")
        case TelegramAPIError():
            said = words(error)
            return AlreadyError(said) if any(known in said for known in ALREADY) else RefusedError(said)
        case _:
            raise error


def words(error: Any) -> str:
    """Telegram's sentence, short and without what moves cursors."""
    text = without_tokens(str(getattr(error, "message", error)))
    # The library puts words of its own before Telegram's.
    said = text.rsplit("Original description: ", 1)[-1].splitlines()
    return "".join(one if one.isprintable() else "?" for one in (said or [""])[0][:300])
