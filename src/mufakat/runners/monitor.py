"""`mufakat monitor run`: somebody who watches a log from outside, and remembers.

A round has steps that must not be skipped or exchanged:

1. Every server shows its head; whose key is not trusted is not listened to.
2. All heads are compared: the servers', those of receipts, the one that was kept. Two that cannot both be true are a
   fork, and its proof is a file. Past a fork, or past a log that is not shown to have grown, nothing is kept.
3. What is new is fetched and made again, every entry and tile, up to the signed root.
4. What the leaves say is looked at with what is remembered (`monitor_meaning`).
5. What is shown beside the leaves is looked at (`monitor_disclosures`), and what receipts promised.
6. All that was learned is kept, with the head, in one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mufakat.proof import canonical, tenure
from mufakat.proof.errors import ProofError
from mufakat.runners import monitor_heads as heads, monitor_receipts as receipts
from mufakat.runners.fsck import BadLogError, Reading
from mufakat.runners.log_source import NotReadError
from mufakat.runners.monitor_alarms import Alarm, Kind
from mufakat.runners.monitor_disclosures import Looking
from mufakat.runners.monitor_heads import View
from mufakat.runners.monitor_meaning import AHEAD, Meaning
from mufakat.runners.monitor_state import State

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mufakat.proof.edge import Edge
    from mufakat.proof.tenure import Trusted
    from mufakat.runners.log_source import Log
    from mufakat.runners.monitor_receipts import Held, Promise

MMD: Final = timedelta(seconds=60)  # In this time the log holds what happened, and shows it everywhere.
SHARE: Final = 200  # Documents of new leaves, and as many of old ones, that a round looks at.


def now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a log is watched. `max_age` is how long nothing may come, None where that is no alarm."""

    keys: Sequence[Trusted]
    folder: Path
    mmd: timedelta = MMD
    max_age: timedelta | None = timedelta(days=1)
    share: int = SHARE


@dataclass(frozen=True, slots=True)
class Told:
    """What a round found out about one log. `size` is up to where it was found good, now or before."""

    origin: str | None
    size: int
    new: int
    looked: int
    alarms: tuple[Alarm, ...]
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """One line for machines; the alarms are lines of their own."""
        return {
            "at": canonical.timestamp(self.at),
            "log": self.origin,
            "size": self.size,
            "new": self.new,
            "disclosures": self.looked,
            "alarms": len(self.alarms),
        }


@dataclass
class Monitor:
    """Some logs, each with its mirrors, and what receipts show of them."""

    logs: Sequence[Log]
    terms: Terms
    held: Sequence[Held] = ()
    clock: Callable[[], datetime] = now
    progress: Callable[[int, int], None] = lambda _, __: None

    def once(self) -> list[Told]:
        """One round of every log. Raises BadStateError."""
        at = self.clock()
        # (1) Every server shows its head.
        views, alarms = self._views()
        told = [] if not alarms else [Told(None, 0, 0, 0, tuple(alarms), at)]
        groups: dict[str, list[View]] = defaultdict(list)
        for one in views:
            groups[one.head.origin].append(one)
        for origin, group in groups.items():
            told.append(self._round(origin, group, at))
        for origin in sorted({one for held in self.held for one in _origins(held)} - groups.keys()):
            said = f"There is a receipt of {origin}, and no server that was asked shows that log."
            alarm = Alarm(kind=Kind.UNREACHABLE, source=origin, log=origin, said=said)
            told.append(Told(origin, 0, 0, 0, (alarm,), at))
        return told

    def on(self, every: float, *, stop: threading.Event, say: Callable[[Sequence[Told]], None]) -> None:
        """Round after round until `stop`."""
        while not stop.is_set():
            say(self.once())
            if stop.wait(every):
                return

    def _views(self) -> tuple[list[View], list[Alarm]]:
        views, alarms = [], []
        for log in self.logs:
            try:
                views.append(View.of(log.name, log.checkpoint(), self.terms.keys, log))
            except NotReadError as error:
                alarms.append(Alarm(kind=Kind.UNREACHABLE, source=log.name, said=f"{log.name}: {error}."))
            except ProofError as error:
                said = f"{log.name}: the head is not good: {error}"
                alarms.append(Alarm(kind=Kind.UNSIGNED, source=log.name, said=said))
        return views, alarms

    def _round(self, origin: str, views: Sequence[View], at: datetime) -> Told:
        shown = [view for held in self.held for view in held.views if view.head.origin == origin]
        promises = [one for held in self.held for one in held.promises if one.origin == origin]
        with State(self.terms.folder, origin) as state:
            return _Round(self, state, list(views), shown, promises, at).run()


def _origins(held: Held) -> list[str]:
    return [*(one.head.origin for one in held.views), *(one.origin for one in held.promises)]


@dataclass(slots=True)
class _Round:
    """Steps (2) to (6) of one log."""

    monitor: Monitor
    state: State
    views: list[View]  # Of servers, one at least.
    shown: list[View]  # Of receipts.
    promises: list[Promise]
    at: datetime
    alarms: list[Alarm] = field(default_factory=list)
    unshown: list[Alarm] = field(default_factory=list)  # Of the kept head; the reading decides.

    def run(self) -> Told:
        kept = self.state.kept()
        before = 0 if kept is None else kept.edge.size
        best = max(self.views, key=lambda one: one.head.size)
        # (2) The heads.
        sound = self._compare(best)
        edge: Edge | None = None if kept is None else kept.edge
        looked = 0
        if sound and best.head.size >= before:
            # (3) and (4) What is new, and what it says.
            edge = self._read(best, edge)
            # What was read on from the kept head up to the signed root shows that the log grew, whatever did not.
            self.alarms += self.unshown if edge is None else []
            if edge is not None:
                # (5) What is beside it.
                looked = self._beside(best, since=before, size=edge.size)
                # (6) Kept.
                self.state.keep_head(best.note, edge, at=self.at)
                # For whoever compares with this monitor: --receipt takes it.
                heads.put(self.state.folder / f"{self.state.stem}.checkpoint", best.note)
        size = before if edge is None else edge.size
        return Told(self.state.origin, size, size - before, looked, tuple(self.alarms), self.at)

    # -- (2) --------------------------------------------------------------------------------------------------------

    def _compare(self, best: View) -> bool:
        """Compare every head with the best one; whether what it shows may be kept."""
        kept, sound = self.state.kept(), True
        folder = self.state.folder
        others = [*(one for one in self.views if one is not best), *self.shown]
        before: View | None = None
        if kept is not None:
            try:
                # It was good when it was kept: a key that ended since takes nothing of it back.
                before = View.of("what was seen before", kept.note, tenure.keys_of(self.monitor.terms.keys))
            except ProofError:
                said = "The head that was seen before is not signed by a key that is given now: give that key besides."
                self._alarm(Kind.UNSIGNED, best.source, said)
                return False
            others.append(before)
        logs = [one.log for one in (best, *self.views) if one.log is not None]
        for other in others:
            older, newer = sorted((other, best), key=lambda one: one.head.size)
            alarm = heads.compare(older, newer, logs, forked=folder)
            if alarm is not None and alarm.kind is Kind.UNSHOWN and older is before:
                self.unshown.append(alarm)
            elif alarm is not None:
                self.alarms.append(alarm)
                sound = False
        self._late(best)
        return sound

    def _late(self, best: View) -> None:
        """Who shows an older view than somebody saw so long ago that everybody must show it by now."""
        long_ago = self.at - self.monitor.terms.mmd
        seen = self.state.seen_before(long_ago)
        for one in self.views:
            if one.head.size < seen:
                kind = Kind.ROLLBACK if one is best else Kind.STALE
                said = (
                    f"{one.source} shows {one.head.size} entries; a log of {seen} was seen longer ago than it may take."
                )
                self._alarm(kind, one.source, said)
        for other in self.shown:
            if other.head.size > best.head.size:
                said = (
                    f"{other.source} shows a log of {other.head.size} entries, and {best.source} serves "
                    f"{best.head.size}: an old view is served, or entries were taken back."
                )
                self._alarm(Kind.STALE, best.source, said)

    # -- (3) and (4) ------------------------------------------------------------------------------------------------

    def _read(self, best: View, start: Edge | None) -> Edge | None:
        """Read on from what was read before; None where the log is not whole, and nothing of it is kept."""
        log = best.log
        if log is None:
            return None
        meaning = Meaning(self.state, best.source, self.at, self._earliest(best))
        self.state.mark()
        try:
            edge = Reading(log, best.head, told=self.monitor.progress, each=meaning.take).read(start)
        except BadLogError as bad:
            self.state.take_back()
            wrong = bad.wrong
            said = f"{best.source}: {wrong.problem}"
            self.alarms.append(
                Alarm(kind=Kind.BROKEN, source=best.source, log=best.head.origin, index=wrong.index, said=said)
            )
            return None
        meaning.done()
        self.state.keep()
        self.alarms += meaning.alarms.all()
        self._age(best, meaning)
        self.state.put("live", best.source)
        return edge

    def _earliest(self, best: View) -> datetime | None:
        """The time before which nothing new can have happened: when this server was asked last, and a little."""
        kept = self.state.kept()
        live = best.log is not None and best.log.live and self.state.get("live") == best.source
        return None if kept is None or not live else kept.at - self.monitor.terms.mmd - AHEAD

    def _age(self, best: View, meaning: Meaning) -> None:
        oldest = self.monitor.terms.max_age
        if oldest is None or meaning.newest is None or meaning.is_story:
            return
        if self.at - meaning.newest > oldest:
            said = (
                f"The newest of {best.head.size} entries is of {canonical.timestamp(meaning.newest)}: nothing happened "
                f"since, or {best.source} serves an old view. Compare with another: --receipt, or a mirror."
            )
            self._alarm(Kind.STALE, best.source, said)

    # -- (5) --------------------------------------------------------------------------------------------------------

    def _beside(self, best: View, *, since: int, size: int) -> int:
        log = best.log
        if log is None:
            return 0
        try:
            self.alarms += receipts.kept(self.promises, log, size, self.state, now=self.at)
        except (NotReadError, ProofError) as error:
            self._alarm(Kind.UNREACHABLE, log.name, f"{log.name}: {error}")
        # A folder or a mirror holds the files of the log and nothing beside them.
        asked = next((one.log for one in self.views if one.log is not None and one.log.live), None)
        if asked is None:
            return 0
        looking = Looking(asked, self.state, size, self.at)
        looked = looking.look(since=since, share=self.monitor.terms.share)
        self.alarms += looking.alarms.all()
        return looked

    def _alarm(self, kind: Kind, source: str, said: str) -> None:
        self.alarms.append(Alarm(kind=kind, source=source, log=self.state.origin, said=said))
