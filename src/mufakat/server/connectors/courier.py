"""The deliveries that are in hand: an event loop in a thread of its own, and a queue for each recipient.

Each recipient has so many attempts at once and no more, and a queue of its own: one that is slow keeps its own waiting
and nobody else's. No database is touched here. What was claimed is given in, what became of it is taken out; a parcel
whose lease would end before its attempt does is given back unsent, because another process may have it by then.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from mufakat.rules.retry import SUSPECT
from mufakat.server.connectors.carriers import Fate, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mufakat.server.connectors.carriers import Carrier, Parcel

log = logging.getLogger(__name__)

AT_ONCE = 8  # Attempts at one recipient at the same time, in one process.
LONGEST = 20.0  # Seconds that no attempt exceeds, unless its carrier names its own bound (`longest`).
MANY = 64  # Outcomes that are worth a commit.


class Errand(NamedTuple):
    """A parcel in hand: with what, to whom, what else has to be remembered of it, and until when it is ours."""

    carrier: str
    target: str
    parcel: Parcel
    until: float  # time.monotonic()


class Done(NamedTuple):
    """What became of it; None: it was not sent, and anybody may claim it anew."""

    errand: Errand
    outcome: Outcome | None


@dataclass(slots=True)
class Lane:
    """One recipient's queue."""

    waiting: deque[Errand] = field(default_factory=deque)
    running: int = 0
    failures: int = 0  # In a row.

    def note(self, outcome: Outcome | None) -> bool:
        """Whether what waits is to be given back: too much failed in a row, or the recipient asked for a rest."""
        if outcome is None:
            return False
        good = outcome.fate in {Fate.DELIVERED, Fate.ACCEPTED}
        self.failures = 0 if good else self.failures + 1
        return not good and (self.failures >= SUSPECT or outcome.after is not None or outcome.fate is Fate.GONE)


class Courier:
    """Started once for a process, closed at its end."""

    def __init__(self, carriers: Callable[[], Mapping[str, Carrier]]) -> None:
        self._make = carriers
        self._carriers: Mapping[str, Carrier] = {}
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._done: list[Done] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self.news = threading.Event()  # Enough is done, or nothing is left in hand, or there is something to claim.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, name="courier", daemon=True)

    def start(self) -> None:
        """Make the carriers in their loop, and wait until they are there."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    @property
    def carriers(self) -> Sequence[str]:
        """The names of the ways out that there are."""
        return list(self._carriers)

    @property
    def is_busy(self) -> bool:
        """Whether anything is in hand, done ones that were not taken out included."""
        with self._lock:
            return bool(self._held)

    def held(self, target: str) -> int:
        """How many of this recipient are in hand."""
        with self._lock:
            return self._held[target]

    def give(self, errands: Sequence[Errand]) -> None:
        """Take these in hand."""
        if not errands:
            return
        with self._lock:
            for errand in errands:
                self._held[errand.target] += 1
        self._loop.call_soon_threadsafe(self._queue, errands)

    def take(self) -> list[Done]:
        """What became of those that are done; each is told once."""
        with self._lock:
            self.news.clear()
            found, self._done = self._done, []
            for one in found:
                self._held[one.errand.target] -= 1
                if not self._held[one.errand.target]:
                    del self._held[one.errand.target]
            return found

    def put_back(self, done: Sequence[Done]) -> None:
        """Keep what was taken out and could not be written down, before what is done since; `take` tells it again."""
        with self._lock:
            self._done[:0] = done
            self._held.update(one.errand.target for one in done)

    def close(self) -> None:
        """Send nothing more, break off what runs, and end the thread; what was in hand is in `take` once more."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # -- In the loop's thread --

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _open(self) -> None:
        self._carriers = self._make()

    async def _close(self) -> None:
        self._closing = True
        for lane in list(self._lanes.values()):
            self._tell([Done(errand, None) for errand in lane.waiting])
            lane.waiting.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for carrier in self._carriers.values():
            close: Any = getattr(carrier, "close", None)
            if close is not None:
                await close()
        await self._loop.shutdown_asyncgens()

    def _queue(self, errands: Sequence[Errand]) -> None:
        if self._closing:
            self._tell([Done(errand, None) for errand in errands])
            return
        for errand in errands:
            lane = self._lanes.setdefault(errand.target, Lane())
            lane.waiting.append(errand)
            if lane.running < AT_ONCE:
                lane.running += 1
                task = self._loop.create_task(self._walk(errand.target, lane))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _walk(self, target: str, lane: Lane) -> None:
        """One attempt after the other, as long as the recipient's queue has any."""
        try:
            while lane.waiting:
                errand = lane.waiting.popleft()
                outcome = await self._attempt(errand)
                back = list(lane.waiting) if lane.note(outcome) else []
                if back:
                    lane.waiting.clear()
                self._tell([Done(errand, outcome), *(Done(one, None) for one in back)])
        finally:
            lane.running -= 1
            if not lane.running and not lane.waiting:
                self._lanes.pop(target, None)

    async def _attempt(self, errand: Errand) -> Outcome | None:
        longest: float = getattr(self._carriers.get(errand.carrier), "longest", LONGEST)
        if time.monotonic() + longest > errand.until:
            return None
        try:
            async with asyncio.timeout(longest):
                return await self._carriers[errand.carrier].carry(errand.parcel)
        except asyncio.CancelledError:
            self._tell([Done(errand, None)])
            raise
        except TimeoutError:
            return Outcome(Fate.RETRY, f"no answer within {longest:.0f} s")
        except Exception as error:
            # Whatever a carrier raises, the others go on; it is logged, because it is a fault of ours.
            log.exception("carrier broke", extra={"carrier": errand.carrier, "delivery": errand.parcel.delivery})
            return Outcome(Fate.RETRY, f"the carrier broke ({type(error).__name__})")

    def _tell(self, done: Sequence[Done]) -> None:
        with self._lock:
            self._done.extend(done)
            if len(self._done) >= MANY or len(self._done) >= self._held.total():
                self.news.set()
