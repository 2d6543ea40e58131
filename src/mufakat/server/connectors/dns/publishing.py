"""The part of the worker that brings the lists to the primary servers, as soon as something was committed.

What changed comes first, liftings before all else; to compare a whole zone waits until nothing else does. A zone counts
as published once every server has it; what was sent before that is sent again after a crash, which changes nothing.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from mufakat.server.connectors.dns.holding import Holder, Job
from mufakat.server.journal.parts import Swept
from mufakat.server.restrictions import publication
from mufakat.server.restrictions.publication import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mufakat.server.connectors.dns.configuration import DNS
    from mufakat.server.restrictions.publication import Waiting

SHARE = 0.5  # Seconds of comparisons after which it is looked whether anything else waits.


class Publisher:
    """What this process knows of the servers; its rows are the truth, and another process may know better."""

    def __init__(self, told: DNS) -> None:
        self.told = told
        self.holders = [Holder(host, port, told.key, told.timers) for host, port in told.primaries]
        # The allow-lists once in each process: its settings may protect other names than the last one's did.
        self._doubted = {zone.zone for zone in publication.zones() if zone.allows}

    def close(self) -> None:
        """Let the connections go."""
        for holder in self.holders:
            holder.primary.close()

    def share(self, *, at: datetime, stop: threading.Event | None = None) -> Swept:
        """Bring what changed; then compare what has to be, until something else waits."""
        newest = publication.newest()
        place = publication.position()  # Before the rows are read: what they say is known until there at least.
        jobs = _jobs(publication.waiting())
        done = self._bring([job for job in jobs if job.zone.published], place, at=at)
        self._doubted |= {job.zone.zone for job in jobs if job.changed.whole or not job.zone.published}
        self._doubted |= set().union(*(holder.suspects for holder in self.holders))
        until = time.monotonic() + SHARE
        for zone in sorted(self._doubted):
            if (stop and stop.is_set()) or time.monotonic() > until or publication.is_newer(newest):
                return Swept(done, more=True)
            done += self._compare(
                zone, at=at, busy=lambda: bool(stop and stop.is_set()) or publication.is_newer(newest)
            )
        return Swept(done, more=publication.is_newer(newest))

    def _bring(self, jobs: Sequence[Job], place: int, *, at: datetime) -> int:
        for holder in self.holders:
            holder.bring(jobs)
        done = [job for job in jobs if not job.changed.whole and all(holder.has(job) for holder in self.holders)]
        if done:
            taken = [Taken(job.zone.zone, job.zone.serial, job.changed.last) for job in done]
            publication.taken(taken, position=place, at=at)
        return len(done)

    def _compare(self, zone: int, *, at: datetime, busy: Callable[[], bool]) -> int:
        """One zone at every server; 1 where all have it."""
        place = publication.position()
        (job,) = _jobs(publication.zones([zone]))
        serials = [holder.put_right(job, at=at, busy=busy) for holder in self.holders]
        if None in serials:
            return 0
        self._doubted.discard(zone)
        serial = min(serial for serial in serials if serial is not None)
        publication.taken([Taken(zone, serial, job.changed.last)], position=place, at=at)
        return 1


def _jobs(zones: Sequence[Waiting]) -> list[Job]:
    changed = publication.changed([zone.zone for zone in zones])
    return [Job(zone, changed[zone.zone]) for zone in zones]


_publisher: Publisher | None = None
_starting = threading.Lock()


def publisher(told: DNS) -> Publisher:
    """The publisher of this process, made anew where the configuration is another one."""
    global _publisher  # noqa: PLW0603 - one for a process: what it knows saves it from asking.
    with _starting:
        if _publisher is None or _publisher.told != told:
            if _publisher is not None:
                _publisher.close()
            _publisher = Publisher(told)
        return _publisher


def close() -> None:
    """Forget the servers."""
    global _publisher
    with _starting:
        found, _publisher = _publisher, None
    if found is not None:
        found.close()
