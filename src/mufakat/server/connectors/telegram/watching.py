"""What the platform decides about hits later: a reviewer blocks what was held, or what was done is to be undone.

The events of the platform are read in their order, from where they were left; what follows from one and the place of
the next are durable together, or the event is read again and changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

import msgspec

from mufakat.rules.events import EventType
from mufakat.rules.filtering import HitState
from mufakat.server.connectors.platform.errors import LaterError, LostError
from mufakat.server.connectors.telegram import following

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mufakat.rules.measures_planning import Verb
    from mufakat.server.connectors.platform.orders import Order
    from mufakat.server.connectors.telegram.asking import Engine, Told
    from mufakat.server.connectors.telegram.books import Books, HitRow
    from mufakat.server.connectors.telegram.chats import Chats
    from mufakat.server.connectors.telegram.following import Conduct

log = logging.getLogger(__name__)

LOOK: Final = 2.0  # Seconds between two questions.
SLOW: Final = 30.0  # Where the last one failed.
PLACE: Final = "events_after"
STATES: Final = {
    EventType.HIT_BLOCKED.value: HitState.BLOCKED,
    EventType.HIT_RELEASED.value: HitState.RELEASED,
    EventType.HIT_RESTORED.value: HitState.RESTORED,
}


class Watching:
    """Reads the platform's events."""

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

    async def run(self) -> None:
        """Until it is broken off. Raises LockedOutError."""
        while True:
            try:
                more = await self.once()
            except (LaterError, LostError) as error:  # Telegram may be asked of a chat's rights, and its line be cut.
                log.warning("events not read", extra={"says": str(error)})
                await asyncio.sleep((error.seconds if isinstance(error, LaterError) else None) or SLOW)
                continue
            if not more:
                await asyncio.sleep(LOOK)

    async def once(self) -> bool:
        """One page; whether there is more."""
        events, more = await self._engine.events(await self._books.mark(PLACE))
        if decisions := [event for event in events if event.type in STATES]:
            # What the engine answered before these happened is in the books first; what it answers later knows of them.
            async with self._books.turn:
                for event in decisions:
                    await self._follow(event)
        if events:
            await self._books.set_mark(PLACE, events[-1].id)
        return more

    async def _follow(self, event: Told) -> None:
        state = STATES.get(event.type)
        row = None if state is None else await self._books.hit(str(event.data.get("case")))
        if state is None or row is None or row.state == state.value:
            return
        follow = following.Follow()
        if state is HitState.BLOCKED:
            follow = following.decided(row, await self._able(row), self._conduct, at=int(time.time()))
        elif state is HitState.RESTORED:
            self._put_in_hand(await self._books.restore_hit(row, following.restored))
            return
        self._put_in_hand(await self._books.move_hit(row.hit, state.value, follow.owed, follow.notes))

    async def _able(self, row: HitRow) -> frozenset[Verb]:
        place = msgspec.json.decode(row.heard, type=following.Place)
        return await self._chats.able(place.chat, "", "supergroup")
