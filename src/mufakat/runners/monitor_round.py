"""One look at one log, with its mirrors and what receipts show of it.

It has steps that must not be skipped or exchanged:

1. Every server has shown its head; whose key is not trusted is not listened to.
2. All heads are compared: the servers', those of receipts, the one that was kept. Two that cannot both be true are a
   fork, and its proof is a file. Past a fork, or past a log that is not shown to have grown, nothing is kept.
3. What is new is fetched and made again, every entry and tile, up to the signed root.
4. What the leaves say is looked at with what is remembered (`monitor_meaning`).
5. What is shown beside the leaves is looked at (`monitor_disclosures`), and what receipts promised.
6. All that was learned is kept, with the head, in one transaction.

A head was given between two times: what it has to hold is judged by the one before it was asked for, what it cannot
hold yet by the one after it came. So whoever answers slowly makes no false alarm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mufakat.proof import canonical, tenure
from mufakat.proof.errors import ProofError
from mufakat.runners import monitor_heads as heads, monitor_receipts as receipts
from mufakat.runners.fsck import BadLogError, Reading, UnreadLogError
from mufakat.runners.log_source import NotReadError
from mufakat.runners.monitor_alarms import Alarm, Kind
from mufakat.runners.monitor_disclosures import Looking
from mufakat.runners.monitor_heads import View
from mufakat.runners.monitor_meaning import AHEAD, Meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mufakat.proof.edge import Edge
    from mufakat.proof.tenure import Trusted
    from mufakat.runners.monitor_heads import Served
    from mufakat.runners.monitor_receipts import Promise
    from mufakat.runners.monitor_state import Kept, State

MMD: Final = timedelta(seconds=60)  # In this time the log holds what happened, and shows it everywhere.
MIRROR: Final = timedelta(days=1)  # So long a mirror may be behind, or away.
SHARE: Final = 200  # Documents of new leaves, and as many of old ones, that a round looks at.


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


@dataclass(slots=True)
class Round:
    """Steps (2) to (6). `own` names the log's own server, None where it is not known; every other one is a mirror.

    What is found gathers in `alarms`, so that it is there even if the state cannot be kept.
    """

    terms: Terms
    state: State
    served: Sequence[Served]  # One at least.
    shown: Sequence[View]  # Of receipts.
    promises: Sequence[Promise]
    own: str | None
    clock: Callable[[], datetime]
    progress: Callable[[int, int], None]
    alarms: list[Alarm]
    unshown: list[Alarm] = field(default_factory=list)  # Of the kept head; the reading decides.

    def run(self) -> Told:
        """Look at the log. Raises BadStateError by way of the state, and sqlite3.Error and OSError through it."""
        kept = self.state.kept()
        before = 0 if kept is None else kept.edge.size
        ranked = sorted(self.served, key=lambda one: (one.head.size, one.source == self.own), reverse=True)
        # (2) The heads.
        sound = self._compare(ranked[0], kept)
        edge: Edge | None = None if kept is None else kept.edge
        looked = 0
        if sound and ranked[0].head.size >= before:
            # (3) and (4) What is new, and what it says.
            best, edge = self._read([one for one in ranked if one.head.size >= before], kept)
            # What was read on from the kept head up to the signed root shows that the log grew, whatever did not.
            self.alarms += self.unshown if edge is None else []
            if edge is not None:
                # (5) What is beside it.
                looked = self._beside(best, since=before, size=edge.size)
                # (6) Kept.
                self.state.keep_head(best.note, edge, asked=best.asked, shown=best.shown)
                # For whoever compares with this monitor: --receipt takes it.
                heads.put(self.state.folder / f"{self.state.stem}.checkpoint", best.note)
        size = before if edge is None else edge.size
        return Told(self.state.origin, size, size - before, looked, tuple(self.alarms), self.clock())

    # -- (2) --------------------------------------------------------------------------------------------------------

    def _compare(self, best: Served, kept: Kept | None) -> bool:
        """Compare every head with the best one; whether what it shows may be kept."""
        sound = True
        others: list[View] = [*(one for one in self.served if one is not best), *self.shown]
        before: View | None = None
        if kept is not None:
            try:
                # It was good when it was kept: a key that ended since takes nothing of it back.
                before = View.of("what was seen before", kept.note, tenure.keys_of(self.terms.keys))
            except ProofError:
                said = "The head that was seen before is not signed by a key that is given now: give that key besides."
                self._alarm(Kind.UNSIGNED, best.source, said)
                return False
            others.append(before)
        logs = [one.log for one in (best, *self.served)]
        for other in others:
            older, newer = sorted((other, best), key=lambda one: one.head.size)
            alarm = heads.compare(older, newer, logs, forked=self.state.folder)
            if alarm is not None and alarm.kind is Kind.UNSHOWN and older is before:
                self.unshown.append(alarm)
            elif alarm is not None:
                self.alarms.append(alarm)
                sound = False
        self._late(best)
        return sound

    def _late(self, best: View) -> None:
        """Who shows an older view than somebody saw so long ago that everybody must show it by now."""
        for one in self.served:
            long = self.terms.mmd if one.source == self.own else max(self.terms.mmd, MIRROR)
            seen = self.state.seen_before(one.asked - long)
            if one.head.size < seen:
                kind = Kind.ROLLBACK if best.head.size < seen else Kind.STALE
                said = (
                    f"{one.source} shows {one.head.size} entries; a log of {seen} was seen longer ago than it may take."
                )
                self._alarm(kind, one.source, said)
        if self.own not in {one.source for one in self.served}:
            return  # Mirrors alone may all be behind.
        for other in self.shown:
            if other.head.size > best.head.size:
                said = (
                    f"{other.source} shows a log of {other.head.size} entries, and {best.source} serves "
                    f"{best.head.size}: an old view is served, or entries were taken back."
                )
                self._alarm(Kind.STALE, best.source, said)

    # -- (3) and (4) ------------------------------------------------------------------------------------------------

    def _read(self, ranked: Sequence[Served], kept: Kept | None) -> tuple[Served, Edge | None]:
        """Read on from what was read before, at the first server that gives all of it; None where none does."""
        away: list[Alarm] = []
        for one in ranked:
            try:
                edge = self._read_on(one, kept)
            except BadLogError as bad:
                kind = Kind.UNREACHABLE if isinstance(bad, UnreadLogError) else Kind.BROKEN
                said = f"{one.source}: {bad.wrong.problem}"
                alarm = Alarm(kind=kind, source=one.source, log=one.head.origin, index=bad.wrong.index, said=said)
                (away if kind is Kind.UNREACHABLE and one.source != self.own else self.alarms).append(alarm)
            else:
                return one, edge
        self.alarms += away
        return ranked[0], None

    def _read_on(self, one: Served, kept: Kept | None) -> Edge:
        meaning = Meaning(self.state, one.source, one.shown, self._earliest(one, kept))
        self.state.mark()
        try:
            reading = Reading(one.log, one.head, told=self.progress, each=meaning.take)
            edge = reading.read(None if kept is None else kept.edge)
        except BadLogError:
            self.state.take_back()
            raise
        meaning.done()
        self.state.keep()
        self.alarms += meaning.alarms.all()
        self._age(one, meaning)
        self.state.put("live", one.source)
        return edge

    def _earliest(self, one: Served, kept: Kept | None) -> datetime | None:
        """The time before which nothing new can have happened: when the log itself was asked last, and a little.

        What a mirror showed last may be as old as it likes, and so may be what it shows now.
        """
        itself = one.log.live and one.source == self.own == self.state.get("live")
        return kept.asked - self.terms.mmd - AHEAD if kept is not None and itself else None

    def _age(self, best: Served, meaning: Meaning) -> None:
        oldest = self.terms.max_age
        if oldest is None or meaning.newest is None or meaning.is_story:
            return
        if best.asked - meaning.newest > oldest:
            said = (
                f"The newest of {best.head.size} entries is of {canonical.timestamp(meaning.newest)}: nothing happened "
                f"since, or {best.source} serves an old view. Compare with another: --receipt, or a mirror."
            )
            self._alarm(Kind.STALE, best.source, said)

    # -- (5) --------------------------------------------------------------------------------------------------------

    def _beside(self, best: Served, *, since: int, size: int) -> int:
        log = best.log
        try:
            self.alarms += receipts.kept(self.promises, log, size, self.state, now=best.asked)
        except (NotReadError, ProofError) as error:
            self._alarm(Kind.UNREACHABLE, log.name, f"{log.name}: {error}")
        # A folder or a mirror holds the files of the log and nothing beside them.
        asked = next((one.log for one in self.served if one.log.live and one.source == self.own), None)
        if asked is None:
            return 0
        looking = Looking(asked, self.state, size, best.asked, self.clock)
        looked = looking.look(since=since, share=self.terms.share)
        self.alarms += looking.alarms.all()
        return looked

    def _alarm(self, kind: Kind, source: str, said: str) -> None:
        self.alarms.append(Alarm(kind=kind, source=source, log=self.state.origin, said=said))
