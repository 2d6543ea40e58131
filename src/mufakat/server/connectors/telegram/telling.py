"""Telling people: notes go to one chat of those who watch over the bot, several in one message where they pile up.

A note is told at least once: where the line is cut it may come twice, with the same number. Without a chat, or
where it cannot be written to, they are in the log; acts that a person has to look at ``mufakat telegram check`` shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from mufakat.server.connectors.platform.errors import LaterError, LockedOutError, LostError
from mufakat.server.connectors.platform.orders import Outcome
from mufakat.server.connectors.telegram.acting import pause
from mufakat.server.connectors.telegram.answers import MovedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.connectors.telegram.account import Account
    from mufakat.server.connectors.telegram.books import Books
    from mufakat.server.connectors.telegram.connector import TelegramConnector

log = logging.getLogger(__name__)

AT_ONCE: Final = 20  # Notes in one message: twenty a minute is what Telegram allows in a group.
LONGEST: Final = 4_000  # Characters of one message; Telegram's bound is 4,096.
LOOK: Final = 5.0  # Seconds between two looks into the books, where nobody rang.
MOVED: Final = "tell_moved_to"


class Telling:
    """The queue of notes."""

    def __init__(
        self, books: Books, connector: TelegramConnector, account: Account, rung: asyncio.Event, chat: int | None
    ) -> None:
        self._books = books
        self._connector = connector
        self._account = account
        self._rung = rung
        self._chat = chat

    async def run(self) -> None:
        """Tell what is to be told, as it comes. Raises LockedOutError."""
        if (moved := await self._books.mark(MOVED)) is not None and self._chat is not None:
            before, _, after = moved.partition(" ")
            self._chat = int(after) if before == str(self._chat) else self._chat
        while True:
            self._rung.clear()
            while notes := await self._books.open_notes(most=AT_ONCE):
                await self._tell(notes)
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`, which in Python 3.11 may take a cancellation for an answer.
                async with asyncio.timeout(LOOK):
                    await self._rung.wait()

    async def last(self) -> None:
        """Tell what can be told at once, at the end."""
        while notes := await self._books.open_notes(most=AT_ONCE):
            numbers, text = _together(notes)
            if self._chat is not None:
                receipt = await self._connector.tell(self._chat, text)
                if receipt.outcome is not Outcome.DONE:
                    return
            await self._books.end_notes(numbers, "told")

    async def _tell(self, notes: Sequence[tuple[int, str]]) -> None:
        numbers, text = _together(notes)
        for number, said in notes[: len(numbers)]:
            log.warning("note", extra={"note": number, "says": said})
        if self._chat is None:
            await self._books.end_notes(numbers, "told")
            return
        tries = 0
        while True:
            before = self._account.token
            try:
                receipt = await self._connector.tell(self._chat, text)
            except MovedError as error:
                await self._books.set_mark(MOVED, f"{self._chat} {error.to}")
                self._chat = error.to
                continue
            except LockedOutError:
                if not self._account.renewed(before):
                    raise
                continue
            except (LaterError, LostError) as error:
                tries += 1
                asked = error.seconds if isinstance(error, LaterError) else None
                await asyncio.sleep(pause(tries, asked))
                continue
            break
        good = receipt.outcome is Outcome.DONE
        if not good:
            log.error("nobody can be told", extra={"chat": self._chat, "says": receipt.says})
        await self._books.end_notes(numbers, "told" if good else "refused")


def _together(notes: Sequence[tuple[int, str]]) -> tuple[list[int], str]:
    """As many as fit into one message, each with its number."""
    numbers: list[int] = []
    lines: list[str] = []
    for number, said in notes:
        line = f"#{number} {said[:1_500]}"
        if lines and len("\n".join([*lines, line])) > LONGEST:
            break
        numbers.append(number)
        lines.append(line)
    return numbers, "\n".join(lines)
