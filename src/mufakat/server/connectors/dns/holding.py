"""A primary server and what is known of its zones: bring changes there, compare a zone and put it right.

Whatever was thought of a zone, an update says which state it expects. Where the server has another one (somebody else
wrote, it was restored, a publisher died), it says so, its state is asked for, and the zone is compared afterwards.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mufakat.runners.primary import Primary, PrimaryError
from mufakat.runners.transfer import TransferError
from mufakat.runners.updates import SOA, Update, portions
from mufakat.server.restrictions import publication

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mufakat.formats import rpz
    from mufakat.formats.tsig import TSIGKey
    from mufakat.server.restrictions.publication import Changed, Waiting

log = logging.getLogger(__name__)

DONE = "NOERROR"
OTHER = "NXRRSET"  # The zone is in another state than the update expects.
ATTEMPTS = 4  # Of an update in one share, where somebody else writes to the same zone.
REST = 5.0  # Seconds for which a zone that the server refuses is left alone.
LONGEST = 60.0  # Seconds for which a server that does not answer is left alone, at most.


@dataclass(frozen=True, slots=True)
class Job:
    """A zone and what changed in it."""

    zone: Waiting
    changed: Changed

    @property
    def key(self) -> tuple[int, int]:
        """By which it is known that a server took exactly this."""
        return self.zone.serial, self.changed.last


class Holder:
    """One server. What it does not take, or not now, is left for a later share; nothing is raised for it."""

    def __init__(self, host: str, port: int, key: TSIGKey | None, timers: rpz.Timers) -> None:
        self.primary = Primary(host, port, key)
        self.suspects: set[int] = set()  # Zones that were met in another state than the one that was published.
        self._timers = timers
        self._states: dict[str, SOA] = {}
        self._taken: dict[int, tuple[int, int]] = {}
        self._resting: dict[int, float] = {}
        self._why: dict[int, str] = {}
        self._failures = 0
        self._up_at = 0.0

    def has(self, job: Job) -> bool:
        """Whether it took exactly this."""
        return self._taken.get(job.zone.zone) == job.key

    def bring(self, jobs: Sequence[Job]) -> None:
        """Send what changed in these zones, taking away first."""
        left = [job for job in jobs if not self.has(job) and self._is_ready(job.zone)]
        for _ in range(ATTEMPTS):
            if not left or time.monotonic() < self._up_at:
                return
            try:
                left = self._brought(left)
            except PrimaryError as error:
                self._went(error)
                return
            self._failures = 0

    def put_right(self, job: Job, *, at: datetime, busy: Callable[[], bool]) -> int | None:
        """Compare a zone with its rows and make it so, what is too much first; its serial, or None if it is not yet."""
        if not self._is_ready(job.zone):
            return None
        try:
            return self._put_right(job, at=at, busy=busy)
        except PrimaryError as error:
            self._went(error)
        except TransferError as error:
            self._rest(job.zone, str(error))
        return None

    # -- Bring changes --

    def _brought(self, jobs: Sequence[Job]) -> list[Job]:
        """Send these once; gives back those that met another state than the one that was thought of."""
        self._look([job.zone for job in jobs])
        plans = {job.zone.zone: self._plan(job) for job in jobs if job.zone.name in self._states}
        # What takes away goes before everything else, of whichever zone; the steps of a zone stay in their order.
        steps = sorted(
            (not step.remove, zone, place) for zone, plan in plans.items() for place, step in enumerate(plan)
        )
        said = self.primary.send([plans[zone][place] for _, zone, place in steps])
        refused: dict[int, str] = {}
        for (_, zone, _), answer in zip(steps, said, strict=True):
            if answer != DONE:
                refused.setdefault(zone, answer)
        again = []
        for job in jobs:
            zone = job.zone.zone
            if zone not in plans:
                continue
            if zone not in refused:
                self._took(job, plans[zone])
                continue
            self._states.pop(job.zone.name, None)
            if (why := refused[zone]) == OTHER:
                self.suspects.add(zone)
                again.append(job)
            else:
                self._rest(job.zone, why)
        return again

    def _took(self, job: Job, plan: Sequence[Update]) -> None:
        self._taken[job.zone.zone] = job.key
        self._why.pop(job.zone.zone, None)
        if plan:
            self._states[job.zone.name] = plan[-1].after

    def _look(self, zones: Sequence[Waiting]) -> None:
        """Ask for the states that are not known."""
        unknown = [zone for zone in zones if zone.name not in self._states]
        for zone, state in zip(unknown, self.primary.soas([zone.name for zone in unknown]), strict=True):
            if state is None:
                self._rest(zone, "it is not served there")
                continue
            self._states[zone.name] = state
            if state.serial != zone.published:
                self.suspects.add(zone.zone)

    def _plan(self, job: Job) -> list[Update]:
        return self._chain(job.zone, self._states[job.zone.name], job.changed.remove, job.changed.add)

    def _chain(self, zone: Waiting, state: SOA, remove: Sequence[str], add: Sequence[str]) -> list[Update]:
        """The updates that lead from a state to the serial of the rows, each to a serial of its own."""
        if not remove and not add and state.serial == zone.serial:
            return []
        parts = portions(zone.name, remove, add)
        serial = zone.serial
        if serial < state.serial + len(parts):
            serial = publication.reserve(zone.zone, state.serial + len(parts))
        made: list[Update] = []
        for left, (gone, come) in zip(reversed(range(len(parts))), parts, strict=True):
            after = SOA(serial - left, self._timers)
            made.append(Update(zone.name, state, after, gone, come, zone.action))
            state = after
        return made

    # -- Compare --

    def _put_right(self, job: Job, *, at: datetime, busy: Callable[[], bool]) -> int | None:
        zone = job.zone
        found = self.primary.lines(zone.name, zone.action)
        should = set(publication.lines(zone.zone, at=at))
        remove, add = sorted((found.lines - should) | found.strange), sorted(should - found.lines)
        (state,) = self.primary.soas([zone.name])
        if state is None or state.serial != found.serial:
            return None  # Somebody wrote meanwhile.
        self._states[zone.name] = state
        steps = self._chain(zone, state, remove, add)
        if steps and not found.has_canary:
            steps[0] = replace(steps[0], founds=True)
        for step in steps:
            if busy() or self.primary.send([step]) != [DONE]:
                self._states.pop(zone.name, None)
                return None  # What was done is done; the next comparison finds less to do.
            self._states[zone.name] = step.after
        self.suspects.discard(zone.zone)
        if (remove or add) and zone.published and not job.changed.whole:  # Nobody asked for it.
            told = {"zone": zone.name, "taken_away": len(remove), "added": len(add)}
            log.warning("zone put right", extra=told)
        return self._states[zone.name].serial

    # -- What does not go --

    def _is_ready(self, zone: Waiting) -> bool:
        now = time.monotonic()
        return now >= self._up_at and now >= self._resting.get(zone.zone, 0.0)

    def _rest(self, zone: Waiting, why: str) -> None:
        if self._why.get(zone.zone) != why:  # Once, not every few seconds.
            log.warning("zone not taken", extra={"zone": zone.name, "server": str(self.primary), "why": why})
            self._why[zone.zone] = why
        self._resting[zone.zone] = time.monotonic() + REST

    def _went(self, error: PrimaryError) -> None:
        self._failures += 1
        self._up_at = time.monotonic() + min(2.0 ** (self._failures - 2), LONGEST)
        self._states.clear()  # Whoever comes back may have been restored.
        log.warning("server of zones lost", extra={"why": str(error), "failures": self._failures})
