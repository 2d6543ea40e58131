"""The parts of the DNS that go on by themselves; each does nothing where no primary server is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.server.connectors.dns import configuration
from mufakat.server.journal.parts import Swept

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from mufakat.server.journal.parts import Part


def published(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Bring what changed in the lists to the servers."""
    told = configuration.configured()
    if not told.primaries:
        return Swept(0, more=False)
    from mufakat.server.connectors.dns import publishing  # It needs the extra.

    return publishing.publisher(told).share(at=at, stop=stop)


def compared(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Look whether the servers still have what was published."""
    told = configuration.configured()
    if not told.primaries:
        return Swept(0, more=False)
    from mufakat.server.connectors.dns import comparing  # It needs the extra.

    return comparing.comparer(told).share(at=at, stop=stop)


PARTS: tuple[tuple[str, Part, float, bool], ...] = (
    ("zones_published", published, 1.0, True),
    ("zones_compared", compared, 30.0, False),
)
"""Name, part, how many seconds it waits when nothing is left, and whether it hears the bell."""
