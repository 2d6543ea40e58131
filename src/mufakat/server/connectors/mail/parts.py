"""The parts of mail that go on by themselves; each does nothing where mail is not configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.server.connectors.mail import configuration, polling, replies, turns
from mufakat.server.journal.parts import Swept

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from mufakat.server.journal.parts import Part


def judged(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Ask the DNS what DKIM says of the mails that came in."""
    if not configuration.configured().domain:
        return Swept(0, more=False)
    from mufakat.server.connectors.mail import verdicts  # It needs the extra.

    return verdicts.sweep(at=at, stop=stop)


PARTS: tuple[tuple[str, Part, float], ...] = (
    ("mail_turns", turns.sweep, 5.0),
    ("mail_replies", replies.sweep, 5.0),
    ("mail_verdicts", judged, 5.0),
    ("mail_polled", polling.sweep, 30.0),
)
"""Name, part, and how many seconds it waits when nothing is left."""
