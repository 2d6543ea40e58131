"""The part of the worker that looks whether the servers still have what was published.

Every half minute it asks for the serials, and once a day it takes each zone over and compares its lines. It changes
nothing itself: what it finds is marked, and the publisher puts it right. A zone of a million names takes a server a
quarter of a minute, in which no lifting waits, since the publisher is another part.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from mufakat.runners.primary import Primary, PrimaryError
from mufakat.runners.transfer import TransferError
from mufakat.server.journal.parts import Swept
from mufakat.server.restrictions import publication

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.connectors.dns.configuration import DNS
    from mufakat.server.restrictions.publication import Waiting

log = logging.getLogger(__name__)

DAY = 86_400.0  # Seconds between two comparisons of the lines of a zone.


class Comparer:
    """When this process compared which zone last."""

    def __init__(self, told: DNS) -> None:
        self.told = told
        self._next: dict[tuple[str, int], float] = {}

    def share(self, *, at: datetime, stop: threading.Event | None = None) -> Swept:
        """Look at every server once; how many zones were found to be others than they were published."""
        found = 0
        for host, port in self.told.primaries:
            primary = Primary(host, port, self.told.key)
            try:
                found += self._look(primary, at=at, stop=stop)
            except PrimaryError:
                continue  # The publisher tells that it is lost.
            finally:
                primary.close()
        return Swept(found, more=False)

    def _look(self, primary: Primary, *, at: datetime, stop: threading.Event | None) -> int:
        even = [zone for zone in publication.zones() if zone.published == zone.serial]
        states = primary.soas([zone.name for zone in even])
        served = [(zone, state.serial) for zone, state in zip(even, states, strict=True) if state is not None]
        strange = [zone for zone, serial in served if serial != zone.published]
        for zone, serial in served:
            if serial != zone.published or (stop and stop.is_set()):
                continue
            due = self._next.setdefault((str(primary), zone.zone), time.monotonic() + DAY)
            if time.monotonic() >= due:
                self._next[str(primary), zone.zone] = time.monotonic() + DAY
                if differs(primary, zone, at=at):
                    strange.append(zone)
        return _marked(strange, primary)


def differs(primary: Primary, zone: Waiting, *, at: datetime) -> bool:
    """Whether a server has other lines under the serial that was published."""
    try:
        found = primary.lines(zone.name, zone.action)
    except TransferError as error:
        log.warning("zone not compared", extra={"zone": zone.name, "why": str(error)})
        return False
    should = set(publication.lines(zone.zone, at=at))
    same = found.lines == should and not found.strange and found.has_canary
    return not same and found.serial == zone.published


def _marked(zones: Sequence[Waiting], primary: Primary) -> int:
    """Mark those that nobody wrote to meanwhile, and that are others all the same."""
    now = {zone.zone: zone for zone in publication.zones([zone.zone for zone in zones])}
    left = [zone for zone in zones if now[zone.zone].serial == zone.serial]
    for zone in left:
        log.warning("zone is another", extra={"zone": zone.name, "server": str(primary)})
        publication.doubt(zone.zone)
    return len(left)


_comparer: Comparer | None = None
_starting = threading.Lock()


def comparer(told: DNS) -> Comparer:
    """The one of this process."""
    global _comparer  # noqa: PLW0603 - one for a process: it knows when it looked last.
    with _starting:
        if _comparer is None or _comparer.told != told:
            _comparer = Comparer(told)
        return _comparer
