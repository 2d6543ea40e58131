"""The bot's own account: its token, which can leak and be rotated while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiogram import Bot
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.utils.token import TokenValidationError

from mufakat.server.connectors.telegram.answers import Session
from mufakat.server.connectors.telegram.asking import read_token

if TYPE_CHECKING:
    from pathlib import Path

AT_ONCE: Final = 64  # Connections to Telegram.
PATIENCE: Final = 30.0  # Seconds for one answer; getUpdates waits longer by itself.


class Account:
    """Gives the bot of the newest token. A session is kept; the tokens of aiogram's bots are fixed."""

    def __init__(self, token_file: Path, server: str | None = None) -> None:
        self._file = token_file
        api = PRODUCTION if server is None else TelegramAPIServer.from_base(server)
        self.session = Session(api=api, limit=AT_ONCE, timeout=PATIENCE)
        self._token = read_token(token_file)
        self._bot = self._made()

    @property
    def token(self) -> str:
        """The token that is in use, to be compared and never shown."""
        return self._token

    def bot(self) -> Bot:
        """The bot of the newest token."""
        return self._bot

    def renewed(self, before: str) -> bool:
        """Whether there is another token than the one that was refused: read anew from the file."""
        if self._token == before:
            self._token = read_token(self._file)
            self._bot = self._made()
        return self._token != before

    def _made(self) -> Bot:
        try:
            return Bot(self._token, session=self.session)
        except TokenValidationError:
            raise ValueError(f"{self._file} holds no token of a bot: digits, a colon, letters") from None

    async def close(self) -> None:
        """Let the connections go."""
        await self.session.close()
