"""Updates by getUpdates: an update is confirmed by asking for the next one, once what follows from it is durable.

Where to go on is not kept: after a start Telegram gives what was not confirmed, and what is known is passed over.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from aiogram.exceptions import ClientDecodeError, TelegramConflictError
from aiogram.methods import DeleteWebhook, GetUpdates, GetWebhookInfo
from aiogram.types import Update
from pydantic import ValidationError

from mufakat.server.connectors.platform.errors import ConnectorError, LaterError, LockedOutError, LostError
from mufakat.server.connectors.telegram import places
from mufakat.server.connectors.telegram.acting import pause
from mufakat.server.connectors.telegram.answers import meaning
from mufakat.server.connectors.telegram.books import Note, Seen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from mufakat.server.connectors.telegram.account import Account
    from mufakat.server.connectors.telegram.books import Books
    from mufakat.server.connectors.telegram.hearing import Hearing

log = logging.getLogger(__name__)

WAIT: Final = 25  # Seconds that Telegram keeps a question open where nothing waits.
CONFLICTS: Final = 5  # In a row; then somebody else is at work with this token.
DOWN: Final = 60.0  # Seconds after which people are told that nothing is screened.


class Polling:
    """Asks, gives to `hearing`, and asks on."""

    def __init__(self, account: Account, books: Books, hearing: Hearing) -> None:
        self._account = account
        self._books = books
        self._hearing = hearing
        self._offset: int | None = None
        self._conflicts = 0

    async def prepare(self, *, drop_webhook: bool) -> None:
        """See that no webhook takes the updates; LockedOutError where one does."""
        info = await self._asked(GetWebhookInfo())
        if info.url and not drop_webhook:
            raise LockedOutError("this bot has a webhook, which takes its updates: --drop-webhook removes it")
        if info.url:
            await self._asked(DeleteWebhook())

    async def run(self) -> None:
        """Until it is broken off. Raises LockedOutError."""
        async for updates in self.batches():
            await self._taken(updates)
            self._offset = max(update.update_id for update in updates) + 1

    async def batches(self) -> AsyncIterator[Sequence[Update]]:
        """What waits, batch by batch; going on confirms the one before."""
        tries = 0
        while True:
            try:
                found = await self._fetched()
            except (LaterError, LostError) as error:
                tries += 1
                log.warning("no updates", extra={"says": str(error)})
                await asyncio.sleep(pause(tries, error.seconds if isinstance(error, LaterError) else None))
                continue
            tries = 0
            if found:
                yield found

    async def _fetched(self) -> Sequence[Update]:
        call = GetUpdates(offset=self._offset, timeout=WAIT, limit=100, allowed_updates=list(places.ASKED))
        try:
            found: Sequence[Update] = await self._asked(call, patience=WAIT + 15)
        except _UnreadableError as error:
            return await self._readable(error.raw)
        self._conflicts = 0
        return found

    async def _readable(self, raw: Sequence[Any]) -> Sequence[Update]:
        """One update that the library cannot read must not keep all others: it is noted, and passed over."""
        good: list[Update] = []
        for one in raw:
            try:
                good.append(Update.model_validate(one))
            except ValidationError:
                number = one.get("update_id") if isinstance(one, dict) else None
                if not isinstance(number, int):
                    raise LaterError("Telegram's updates cannot be read") from None
                says = f"update {number} cannot be read by this release; nothing of it was screened"
                await self._books.take([Seen(number, "other", "unreadable")], [], [Note("updates", str(number), says)])
                good.append(Update(update_id=number))
        return good

    async def _taken(self, updates: Sequence[Update]) -> None:
        """Deal with them, however long the platform's engine is away."""
        tries, since, told = 0, time.monotonic(), False
        while True:
            try:
                await self._hearing.take(updates)
            except LockedOutError:
                raise
            except ConnectorError as error:
                tries += 1
                log.error("not screened, and tried again", extra={"says": str(error)})  # noqa: TRY400
                if not told and time.monotonic() - since > DOWN:
                    told = True
                    await self._books.add_notes([down(updates[0], error)])
                await asyncio.sleep(pause(tries, error.seconds if isinstance(error, LaterError) else None))
                continue
            return

    async def _asked(self, call: Any, *, patience: float | None = None) -> Any:
        while True:
            before = self._account.token
            try:
                return await self._account.session(
                    self._account.bot(), call, timeout=None if patience is None else int(patience)
                )
            except ClientDecodeError as error:
                if isinstance(error.data, dict) and isinstance(error.data.get("result"), list):
                    raise _UnreadableError(error.data["result"]) from None
                raise meaning(error) from None
            except TelegramConflictError as error:
                self._conflicts += 1
                if "webhook" in error.message or self._conflicts >= CONFLICTS:
                    raise LockedOutError(f"somebody else takes this bot's updates ({error.message})") from None
                raise meaning(error) from None
            except Exception as error:  # noqa: BLE001 - `meaning` raises what it does not know.
                meant = meaning(error)
                if isinstance(meant, LockedOutError) and self._account.renewed(before):
                    continue
                raise meant from None


def down(update: Update, error: ConnectorError) -> Note:
    """What people are told where nothing is screened for a while."""
    says = f"nothing is screened for the moment ({error}); updates wait at Telegram for a day"
    return Note("engine", f"down:{update.update_id}", says)


class _UnreadableError(Exception):
    """Some update of a batch is not as the library knows updates."""

    def __init__(self, raw: Sequence[Any]) -> None:
        self.raw = raw
        super().__init__()
