"""`mufakat monitor run`: somebody who watches logs from outside, and remembers.

A round asks every server for its head, looks at each log by itself (`monitor_round`), and then for those of which
something was seen and nothing is shown any more. Whatever is wrong with one log, its servers or its state, the others
are looked at; and no server holds the round longer than its time.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from mufakat.proof.errors import ProofError
from mufakat.runners import monitor_state as states
from mufakat.runners.log_source import Log, NotReadError, Timed
from mufakat.runners.monitor_alarms import Alarm, Kind
from mufakat.runners.monitor_heads import Served
from mufakat.runners.monitor_round import MIRROR, Round, Terms, Told
from mufakat.runners.monitor_sources import Sources
from mufakat.runners.monitor_state import BadStateError, State

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Sequence

    from mufakat.runners.monitor_receipts import Held

BUDGET: Final = timedelta(minutes=10)


def now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


@dataclass
class Monitor:
    """Some logs, each with its mirrors, and what receipts show of them.

    `budget` is how long a server may take in a round, by `ticks`, which give seconds and are never set back.
    """

    logs: Sequence[Log]
    terms: Terms
    held: Sequence[Held] = ()
    clock: Callable[[], datetime] = now
    progress: Callable[[int, int], None] = lambda _, __: None
    budget: timedelta = BUDGET
    ticks: Callable[[], float] = time.monotonic

    def once(self) -> list[Told]:
        """One round of every log. Raises BadStateError where it cannot be read which server showed which log."""
        asking = _Asking(self, Sources(self.terms.folder))
        # (1) Every server shows its head.
        asking.ask()
        groups: dict[str, list[Served]] = defaultdict(list)
        for one in asking.served:
            groups[one.head.origin].append(one)
        # (2) Each log, by itself.
        told = [self._round(origin, group, asking.sources) for origin, group in groups.items()]
        # (3) Those that nobody shows.
        try:
            lost = asking.lost(groups)
        except BadStateError as error:
            lost = [Alarm(kind=Kind.UNKEPT, source=str(self.terms.folder), said=f"{error}.")]
        alarms = (*asking.alarms, *lost)
        return [Told(None, 0, 0, 0, alarms, self.clock()), *told] if alarms else told

    def on(self, every: float, *, stop: threading.Event, say: Callable[[Sequence[Told]], None]) -> None:
        """Round after round until `stop`."""
        while not stop.is_set():
            say(self.once())
            if stop.wait(every):
                return

    def _round(self, origin: str, served: Sequence[Served], sources: Sources) -> Told:
        shown = [view for held in self.held for view in held.views if view.head.origin == origin]
        promises = [one for held in self.held for one in held.promises if one.origin == origin]
        timed = [replace(one, log=Log(Timed(one.log.files, self._time().is_over))) for one in served]
        own = sources.own(origin, self.logs)
        alarms: list[Alarm] = []
        try:
            with State(self.terms.folder, origin) as state:
                found = Round(self.terms, state, timed, shown, promises, own, self.clock, self.progress, alarms).run()
        except BadStateError as error:
            # What was found is said all the same: it may be worse than the trouble of this disk.
            said = f"What was found out about {origin} is not remembered: {error}."
            alarms.append(Alarm(kind=Kind.UNKEPT, source=origin, log=origin, said=said))
            return Told(origin, 0, 0, 0, tuple(alarms), self.clock())
        return found

    def _time(self) -> _Time:
        return _Time(self.budget.total_seconds(), self.ticks)


@dataclass(slots=True)
class _Time:
    """The time that a server may take; it begins with the first thing that it is asked for."""

    seconds: float
    ticks: Callable[[], float]
    _begun: float | None = field(default=None, init=False)

    def is_over(self) -> bool:
        if self._begun is None:
            self._begun = self.ticks()
        return self.ticks() - self._begun > self.seconds


@dataclass(slots=True)
class _Asking:
    """Who shows which log, who shows none or another one, and which log nobody shows."""

    monitor: Monitor
    sources: Sources
    served: list[Served] = field(default_factory=list, init=False)
    alarms: list[Alarm] = field(default_factory=list, init=False)

    def ask(self) -> None:
        """Ask every server; what one shows is remembered whatever comes of it."""
        away = []
        for log in self.monitor.logs:
            try:
                one = Served.by(log, self.monitor.terms.keys, self.monitor.clock)
            except NotReadError as error:
                away.append((log.name, f"{log.name}: {error}."))
            except ProofError as error:
                self._alarm(Kind.UNSIGNED, log.name, f"{log.name}: the head is not good: {error}")
            else:
                self.served.append(one)
                self._showed(one)
        # Who is a log's own server and who a mirror is known only when all were asked.
        for name, said in away:
            if not self._may_be_away(name):
                self._alarm(Kind.UNREACHABLE, name, said)
        try:
            self.sources.keep()
        except BadStateError as error:
            self._alarm(Kind.UNKEPT, str(self.monitor.terms.folder), f"{error}.")

    def lost(self, shown: Collection[str]) -> list[Alarm]:
        """The logs that were seen once, or that a receipt is of, and that no server shows now. Raises BadStateError."""
        sizes = states.sizes(self.monitor.terms.folder)
        promised = {origin for held in self.monitor.held for origin in held.origins()}
        told = {self.sources.shown_by(alarm.source) for alarm in self.alarms}
        alarms = []
        # Of a log whose own server has an alarm already, another one says nothing more.
        for origin in sorted((sizes.keys() | promised) - set(shown) - told):
            known = f"{sizes[origin]} entries were seen" if origin in sizes else "there is a receipt"
            said = f"No server that was asked shows {origin}, of which {known}."
            alarms.append(Alarm(kind=Kind.UNREACHABLE, source=origin, log=origin, said=said))
        return alarms

    def _showed(self, one: Served) -> None:
        first, origin = self.sources.shown_by(one.source), one.head.origin
        if first not in {None, origin}:
            said = f"{one.source} showed the log {first}, and shows {origin} in its place: the first one is gone there."
            self._alarm(Kind.SWAPPED, one.source, said)
        self.sources.showed(one.source, origin, one.shown)

    def _may_be_away(self, name: str) -> bool:
        """Whether it is a mirror that was there not long ago."""
        origin, last = self.sources.shown_by(name), self.sources.last(name)
        if origin is None or last is None or self.monitor.clock() - last > MIRROR:
            return False
        return self.sources.own(origin, self.monitor.logs) not in {None, name}

    def _alarm(self, kind: Kind, source: str, said: str) -> None:
        self.alarms.append(Alarm(kind=kind, source=source, said=said))
