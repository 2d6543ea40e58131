"""`mufakat feed pull`: an operator's own copy of its signed list, carried out by a server of its own.

It needs nothing of the house but the list, once: what is past its end is dropped by this machine's clock, and the whole
list after `expire` seconds without a newer one. So nothing stays closed because the house, or the way to it, is gone.

A round has steps that must not be skipped or exchanged:

1. The list is fetched, or known to be the same.
2. It is verified as a whole: signed, unchanged, the one that was asked for, not older than the one before.
3. It is on the disk before anything is done by it: after a power cut an older one is still refused. On a full disk it
   counts nevertheless, because it may open names; that is said, and tried again.
4. Of it, what is proven is loaded; what is not is named and left out.
5. What stands now is carried out; openings first.

Step 5 is done by itself whenever an entry ends, whatever becomes of 1 to 4: fetching has a thread of its own.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mufakat.formats import feed as feeds, feed_chain
from mufakat.formats.feed import FeedRefusedError, Refusal
from mufakat.runners.feed_source import NotFetchedError
from mufakat.runners.feed_standing import NotShownError, Standing, next_change

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mufakat.formats.feed import Feed
    from mufakat.formats.feed_chain import Loaded
    from mufakat.proof.key import VerifyKey
    from mufakat.runners.feed_shelf import Shelf
    from mufakat.runners.feed_source import Source
    from mufakat.runners.feed_standing import Sink

FRESH: Final = timedelta(hours=1)
"""A list that was signed longer ago is asked for whole, although its serial is the same: an answer that nothing changed
is signed by nobody, and must not keep a list from growing old."""
LOOK: Final = 2.0  # Seconds between two looks at the clock, which somebody may have set right.


def now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """What a round did. `problem` is why something of it was not possible; the rest was done."""

    list: str
    serial: int | None
    closed: int
    changed: bool
    fetched: bool
    refused: tuple[feed_chain.Refused, ...]
    problem: str | None

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        refused = [{"restriction": one.restriction, "name": one.name, "reason": one.reason} for one in self.refused]
        told = {name: getattr(self, name) for name in self.__slots__}
        return {**told, "refused": refused}


@dataclass
class Pull:
    """One list, where it comes from, where it is kept, and who carries it out."""

    source: Source
    shelf: Shelf
    keys: Sequence[VerifyKey]
    sinks: Sequence[Sink]
    clock: Callable[[], datetime] = now
    _loaded: Loaded | None = field(default=None, init=False, repr=False)
    _tag: str | None = field(default=None, init=False, repr=False)
    _changed: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def recall(self) -> str | None:
        """Load the list of before, so that a machine that starts without the house closes and opens as it should.

        Gives why that was not possible.
        """
        try:
            raw = self.shelf.load()
            if raw is not None:
                self._loaded = feed_chain.load(self._read(raw), keys=self.keys)
        except FeedRefusedError as refused:
            return f"the list that was kept is not loaded: {refused}"
        except OSError as error:
            return f"the list that was kept cannot be read: {error.strerror}"
        return None

    def fetch(self) -> bool:
        """Steps (1) to (4); whether the list is another one. Raises NotFetchedError or FeedRefusedError."""
        before = self._loaded
        # (1) The list, unless it is known to be the same.
        came = self.source.fetch(self._tag if before is not None and self._is_fresh(before.feed) else None)
        if came is None:
            return False
        # (2) Verified as a whole.
        feed = self._read(came.raw)
        if before is not None and feed.apex != before.feed.apex:
            raise FeedRefusedError(Refusal.OTHER_LIST, f"This is the list {feed.apex}, and not {before.feed.apex}.")
        if before is not None and feed.head.is_older_than(before.feed.head):
            raise FeedRefusedError(
                Refusal.OLDER, f"Serial {feed.serial} is older than {before.feed.serial}, which was loaded before."
            )
        # (3) Kept.
        problem = self._keep(came.raw)
        # (4) Loaded.
        self._loaded = feed_chain.load(feed, keys=self.keys)
        self._tag = came.tag if problem is None else None
        if problem is not None:
            raise NotFetchedError(problem)
        return True

    def _keep(self, raw: bytes) -> str | None:
        try:
            self.shelf.store(raw)
        except OSError as error:
            return f"the list is carried out and cannot be kept: {error.strerror}"
        return None

    def show(self) -> bool:
        """Step (5); whether something changed. Raises NotShownError, after every server had its turn."""
        loaded = self._loaded
        if loaded is None:
            return False
        shown = Standing.of(loaded, at=self.clock())
        changed, problems = False, []
        for sink in self.sinks:
            try:
                changed = sink.show(shown) or changed
            except NotShownError as error:
                problems.append(str(error))
        if problems:
            raise NotShownError("; ".join(problems))
        return changed

    def once(self) -> Told:
        """One round."""
        problems: list[str] = []
        if self._loaded is None and (problem := self.recall()) is not None:
            problems.append(problem)
        fetched = self._fetched(problems)
        return self._shown(fetched, problems)

    def on(self, every: float, *, stop: threading.Event, say: Callable[[Told], None]) -> None:
        """Round after round until `stop`; what is new is said: another list, what changed, what fails."""
        problem = self.recall()
        problems = [] if problem is None else [problem]
        fetching = threading.Thread(target=self._keep_fetching, args=(every, stop, say), daemon=True)
        fetching.start()
        said: tuple[Any, ...] | None = None
        while not stop.is_set():
            self._changed.clear()
            told = self._shown(fetched=False, problems=problems)
            news = (told.serial, told.closed, told.problem)
            if told.changed or news != said:
                say(told)
            said, problems = news, []
            self._rest(LOOK if told.problem is not None else every)
        fetching.join(timeout=LOOK)

    def _keep_fetching(self, every: float, stop: threading.Event, say: Callable[[Told], None]) -> None:
        said: list[str] = []
        while True:
            before, problems = self._loaded, list[str]()
            fetched = self._fetched(problems)
            if self._loaded is not before:
                self._changed.set()
            if problems != said:
                say(self._told(changed=False, fetched=fetched, problems=problems))
            said = problems
            if stop.wait(every):
                self._changed.set()
                return

    def _rest(self, longest: float) -> None:
        """Until there is another list, an entry ends, or so many seconds are over.

        In short naps: the clock may be set right meanwhile, and a nap knows nothing of it.
        """
        loaded, began = self._loaded, time.monotonic()
        change = None if loaded is None else next_change(loaded, at=self.clock())
        while (left := longest - (time.monotonic() - began)) > 0:
            if change is not None:
                left = min(left, (change - self.clock()).total_seconds())
            if left <= 0 or self._changed.wait(min(left, LOOK)):
                return

    def _fetched(self, problems: list[str]) -> bool:
        try:
            return self.fetch()
        except (NotFetchedError, FeedRefusedError) as error:
            problems.append(str(error))
            return False

    def _shown(self, fetched: bool, problems: list[str]) -> Told:  # noqa: FBT001
        changed = False
        try:
            changed = self.show()
        except NotShownError as error:
            problems.append(str(error))
        return self._told(changed=changed, fetched=fetched, problems=problems)

    def _told(self, *, changed: bool, fetched: bool, problems: list[str]) -> Told:
        loaded = self._loaded
        closed = 0 if loaded is None else len(Standing.of(loaded, at=self.clock()).domains)
        return Told(
            list=self.source.list,
            serial=None if loaded is None else loaded.feed.serial,
            closed=closed,
            changed=changed,
            fetched=fetched,
            refused=() if loaded is None else loaded.refused,
            problem="; ".join(problems) or None,
        )

    def _read(self, raw: bytes) -> Feed:
        feed = feeds.read(raw, keys=self.keys)
        named = f"{'shadow-' if feed.shadow else ''}{feed.list}".replace("_", "-")
        if named != self.source.list.replace("_", "-"):
            raise FeedRefusedError(Refusal.OTHER_LIST, f"This is the list {named}, and not {self.source.list}.")
        return feed

    def _is_fresh(self, feed: Feed) -> bool:
        return self.clock() - datetime.fromisoformat(feed.at) < FRESH
