"""Carrying out what is owed: a queue for each chat, one act after the other; what fails in passing is tried again.

Telegram's limits are by chat: one that asks to wait keeps its own waiting and nobody else's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mufakat.rules.measures_planning import Capability
from mufakat.server.connectors.platform.errors import (
    CannotError,
    LaterError,
    LockedOutError,
    LostError,
    OtherOrderError,
)
from mufakat.server.connectors.platform.orders import Outcome, Receipt
from mufakat.server.connectors.telegram import following

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.connectors.platform.orders import Order
    from mufakat.server.connectors.platform.performing import Performer
    from mufakat.server.connectors.telegram.account import Account
    from mufakat.server.connectors.telegram.books import Books
    from mufakat.server.connectors.telegram.chats import Chats

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.3  # Seconds.
LONGEST_PAUSE: Final = 60.0
MOST_TRIES: Final = 200
"""Attempts, the waits that Telegram asks for apart: some three hours. Then it is put before a person."""


def pause(tries: int, asked: float | None) -> float:
    """Seconds to wait after so many failures: what Telegram asks for, or a doubling time, and some chance."""
    spread = random.uniform(1.0, 1.2)  # noqa: S311 - so that what failed together does not come back together.
    if asked is not None:
        return asked * spread
    return float(min(FIRST_PAUSE * 2.0 ** min(tries, 16), LONGEST_PAUSE)) * spread


class Acting:
    """The queues. `failed` is set with the reason where nothing can go on."""

    def __init__(self, performer: Performer, books: Books, chats: Chats, account: Account) -> None:
        self._performer = performer
        self._books = books
        self._chats = chats
        self._account = account
        self._lanes: dict[int, deque[Order]] = {}
        self._known: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.told = asyncio.Event()  # There is something new for people to be told.

    async def resume(self) -> None:
        """Put in hand what the books say is owed."""
        for row in await self._books.half_restored():  # The power failed between an act's end and what undoes it.
            await self._books.restore_hit(row, following.restored)
        self.put_in_hand([order for _, _, order in await self._books.open_acts()])

    def leave(self, orders: Sequence[Order]) -> None:
        """Do nothing of this; only people are told."""
        del orders
        self.told.set()

    def put_in_hand(self, orders: Sequence[Order]) -> None:
        """Carry these out, each in the queue of its chat."""
        self.told.set()
        for order in orders:
            if (order.case, order.act) in self._known:
                continue
            self._known.add((order.case, order.act))
            chat = order.target.numbers["chat"]
            lane = self._lanes.get(chat)
            if lane is not None:
                lane.append(order)
                continue
            self._lanes[chat] = deque([order])
            task = asyncio.get_running_loop().create_task(self._walk(chat))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    async def run(self) -> None:
        """Until something makes it impossible to go on; raises that."""
        await asyncio.shield(self._failure)

    async def idle(self) -> None:
        """Until nothing is in hand."""
        while self._tasks and not self._failure.done():
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Break off what waits: it is in the books."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._failure.done() and not self._failure.cancelled():
            self._failure.exception()  # It is known: something else may have ended it first.
        self._failure.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self._failure.done():
            self._failure.set_exception(error)

    async def _walk(self, chat: int) -> None:
        lane = self._lanes[chat]
        while lane:
            order = lane[0]
            await self._do(order)
            lane.popleft()
            self._known.discard((order.case, order.act))
            self.told.set()
        del self._lanes[chat]

    async def _do(self, order: Order) -> None:
        tries = 0
        while True:
            before = self._account.token
            try:
                receipt = await self._let_be(order) or await self._performer.perform(order)
            except LockedOutError:
                if not self._account.renewed(before):
                    raise
                continue
            except (LaterError, LostError) as error:
                asked = error.seconds if isinstance(error, LaterError) else None
                if asked is None:
                    tries = await self._books.tried(order)
                if tries < MOST_TRIES:
                    log.warning("act failed, and is tried again", extra={"act": order.act, "says": str(error)})
                    await asyncio.sleep(pause(tries, asked))
                    continue
                receipt = self._given_up(f"not possible in {tries} attempts: {error}")
                await self._books.end(order, receipt)
            except OtherOrderError as error:
                log.error("not carried out", extra={"says": str(error)})  # noqa: TRY400
                return
            except CannotError as error:
                receipt = self._given_up(str(error))
                await self._books.end(order, receipt)
            break
        log.info("act ended", extra={"act": order.act, "case": order.case, "outcome": receipt.outcome.value})
        await self._follow(order, receipt)

    async def _follow(self, order: Order, receipt: Receipt) -> None:
        """What follows from how an act ended."""
        if receipt.outcome is Outcome.REFUSED:
            self._chats.forget(order.target.numbers["chat"])
        if receipt.outcome is Outcome.DONE and order.undoes is None:
            # It was restored while it was owed or under way: what undoes it could not be planned before.
            row = await self._books.restored(order)
            if row is not None:
                self.put_in_hand(await self._books.restore_hit(row, following.restored))

    async def _let_be(self, order: Order) -> Receipt | None:
        """What cannot be undone, or taken back unseen, is not done any more once it is to be restored.

        What can be is done and then undone: whether it was done already, before a line was cut, nobody knows.
        """
        if order.verb not in {Capability.REMOVE, Capability.WARN} or await self._books.restored(order) is None:
            return None
        known = await self._books.known(order)
        if known is not None and (known.begun or known.receipt is not None):
            return None
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        receipt = Receipt(outcome=Outcome.ALREADY, at=at, says="it was restored before it was done")
        await self._books.end(order, receipt)
        return receipt

    @staticmethod
    def _given_up(says: str) -> Receipt:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        return Receipt(outcome=Outcome.REFUSED, at=at, says=says)
