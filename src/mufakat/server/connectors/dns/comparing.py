"""The part of the worker that looks whether the servers still have what was published.

Every half minute it asks for the serials. Once soon after it started, and once a day from then on, it takes each zone
over and compares its lines, a share of them in each look. It changes nothing itself: what it finds is marked, and the
publisher puts it right. A zone of a million names takes a server a quarter of a minute, in which no lifting waits,
since the publisher is another part.
"""

from __future__ import annotations

import logging
import random
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
# Seconds within which a process compares each zone first, at a moment of its own: one that is started anew each day
# compares all the same, and several that start together do not all ask at once.
SOON = 600.0
SHARE = 10.0  # Seconds of comparisons after which a look ends: of a server of many zones the rest waits for the next.


class Comparer:
    """When this process compares which zone next."""

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
        found = _marked([zone for zone, serial in served if serial != zone.published], primary)
        until = time.monotonic() + SHARE
        for zone in self._due(primary, [zone for zone, serial in served if serial == zone.published]):
            if stop and stop.is_set():
                break
            came = differs(primary, zone, at=at)
            # Not before it was compared: who is lost meanwhile is asked again as soon as it is back.
            self._next[str(primary), zone.zone] = time.monotonic() + (SOON if came is None else DAY)
            found += _marked([zone] if came else [], primary)
            if time.monotonic() >= until:
                break
        return found

    def _due(self, primary: Primary, zones: Sequence[Waiting]) -> list[Waiting]:
        """Those whose time has come, who waits longest first."""
        now = time.monotonic()
        when = {
            zone.zone: self._next.setdefault((str(primary), zone.zone), now + random.uniform(0.0, SOON))  # noqa: S311 - no secret.
            for zone in zones
        }
        return sorted((zone for zone in zones if when[zone.zone] <= now), key=lambda zone: when[zone.zone])


def differs(primary: Primary, zone: Waiting, *, at: datetime) -> bool | None:
    """Whether a server has other lines under the serial that was published; None where that could not be seen."""
    try:
        found = primary.lines(zone.name, zone.action)
    except TransferError as error:
        log.warning("zone not compared", extra={"zone": zone.name, "why": str(error)})
        return None
    should = set(publication.lines(zone.zone, at=at))
    if found.serial != zone.published:
        return None  # Somebody wrote meanwhile.
    return found.lines != should or bool(found.strange) or not found.has_canary


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
