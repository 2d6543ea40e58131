"""From updates to what is durable: each is dealt with once, and confirmed only after this is through.

1. What is known already is passed over.
2. What is public is heard; of everything else it is noted that it was not (I-13).
3. An older version of a message whose newer one is known is passed over: its words are not there any more.
4. The platform's engine is asked; it writes a hit to its books before it answers.
5. What follows is planned.
6. Updates, orders with their evidence, and notes are durable, in one transaction.
7. The orders are put in hand.

If power fails before 6, nothing was confirmed: the updates come again, the engine writes nothing twice. After 6 what is
owed is in the books, and is carried out after the next start.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from mufakat.server.connectors.telegram import following, places, words
from mufakat.server.connectors.telegram.asking import ItemRefusedError
from mufakat.server.connectors.telegram.books import Note, Seen
from mufakat.server.connectors.telegram.places import Heard, Unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiogram.types import Update

    from mufakat.server.connectors.platform.orders import Order
    from mufakat.server.connectors.telegram.asking import Answered, Engine
    from mufakat.server.connectors.telegram.books import Books
    from mufakat.server.connectors.telegram.chats import Chats
    from mufakat.server.connectors.telegram.following import Conduct, Follow

log = logging.getLogger(__name__)

AT_ONCE: Final = 32  # Items that are screened at the same time.


class Hearing:
    """Updates come in; orders go out through `put_in_hand`, once they are durable."""

    def __init__(
        self,
        books: Books,
        engine: Engine,
        chats: Chats,
        conduct: Conduct,
        put_in_hand: Callable[[Sequence[Order]], None],
    ) -> None:
        self._books = books
        self._engine = engine
        self._chats = chats
        self._conduct = conduct
        self._put_in_hand = put_in_hand
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.dealt_with = 0

    async def take(self, updates: Sequence[Update]) -> None:
        """Deal with these. Raises LaterError and LockedOutError, after which none of them is dealt with."""
        # (1) What is known is passed over; twice in one batch counts once.
        by_number = {update.update_id: update for update in updates}
        unknown = await self._books.unknown(list(by_number))
        fresh = [update for number, update in sorted(by_number.items()) if number in unknown]
        if not fresh:
            return
        async with self._books.turn:
            # (2) to (5), each by itself.
            newest = await self._newest(fresh)
            dealt = await asyncio.gather(*(self._deal(update, newest) for update in fresh))
            # (6) All of it is durable.
            follows = [follow for _, follow in dealt]
            orders = await self._books.take(
                [seen for seen, _ in dealt],
                [one for follow in follows for one in follow.owed],
                [note for follow in follows for note in follow.notes],
                [hit for follow in follows for hit in follow.hits],
            )
        # (7) In hand.
        self.dealt_with += len(fresh)
        self._put_in_hand(orders)

    async def _newest(self, updates: Sequence[Update]) -> dict[tuple[int, int], int]:
        """The newest version of each message that is known, or comes with these."""
        heard = [found for update in updates if isinstance(found := places.hear(update), Heard)]
        newest = await self._books.newest((one.chat, one.message) for one in heard)
        for one in heard:
            newest[one.chat, one.message] = max(one.version, newest.get((one.chat, one.message), 0))
        return newest

    async def _deal(self, update: Update, newest: dict[tuple[int, int], int]) -> tuple[Seen, Follow]:
        kind, found = places.kind_of(update), places.hear(update)
        follow = following.Follow()
        if update.my_chat_member is not None:
            follow.notes += await self._chats.learn(update.update_id, update.my_chat_member)
            return Seen(update.update_id, kind, "learnt"), follow
        if isinstance(found, Unheard):
            return Seen(update.update_id, kind, found.value), follow
        # (3) Its words are not there any more.
        if found.version < newest[found.chat, found.message]:
            return Seen(update.update_id, kind, "older", found.chat, found.message, found.version), follow
        # (4) Asked.
        try:
            async with self._slots:
                verdict = await self._engine.screen(found.item)
        except ItemRefusedError as error:
            log.warning("item refused", extra={"update": update.update_id, "says": str(error)})
            follow.notes.append(Note(found.locator, "refused", f"{found.link}: not screened: {error}"))
            return Seen(update.update_id, kind, "refused", found.chat, found.message, found.version), follow
        # (5) Planned.
        follow = await self._follow(found, verdict)
        outcome = verdict.action.value if verdict.state is None else verdict.state.value
        seen = Seen(update.update_id, kind, outcome, found.chat, found.message, found.version)
        return seen._replace(policy=verdict.policy, rule=verdict.rule), follow

    async def _follow(self, heard: Heard, verdict: Answered) -> Follow:
        if verdict.rule is None:
            return following.Follow()
        kind = "channel" if heard.item.kind.value == "post" else "supergroup"
        able = await self._chats.able(heard.chat, heard.name, kind)
        return following.follow(heard, verdict, able, self._conduct, at=int(time.time()))


def note_of(order: Order, receipt: object) -> Note:
    """What people are told of an act that ended."""
    return Note(order.case, f"did:{order.act}", words.became(order, receipt))  # type: ignore[arg-type]
