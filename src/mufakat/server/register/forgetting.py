"""What was erased leaves the files of the index too, as it leaves the rows.

On SQLite a word that is lost to FTS5 stays in the file, in a segment of the index, until that is merged with the one
that says so. So after an erasure all segments are made one, a bounded step at a time, and the log is cut. On PostgreSQL
VACUUM does it (docs/operate.md).
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection

from mufakat.rules.events import EventType
from mufakat.server.journal import parts
from mufakat.server.journal.database import is_embedded
from mufakat.server.notices import erasure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mufakat.server.journal.followers import Step
    from mufakat.server.journal.work import Moment

PAGES = 250  # Of the index, in one commit: some tens of milliseconds of the writer's time.
ERASES = frozenset({EventType.NOTICE_ERASED, EventType.CONTACT_ERASED})

_owed = threading.Event()
_owed.set()  # A process before this one may have been killed between the erasure and here.


def read(steps: Iterable[Step]) -> None:
    """Note whether anything was erased."""
    if any(step.type in ERASES for step in steps):
        _owed.set()


def settle(stop: threading.Event | None = None) -> None:
    """Make the index one segment, if anything was erased since that was done last."""
    if not _owed.is_set() or not is_embedded():
        return
    begin = True
    while parts.alone(partial(_merge, -PAGES if begin else PAGES)) or begin:
        begin = False
        if stop and stop.is_set():
            return  # The next one goes on.
    erasure.cut_log()
    _owed.clear()


def _merge(pages: int, moment: Moment) -> bool:
    """One step; whether it did anything. A negative number takes in all segments, not those of one level alone."""
    del moment
    connection.ensure_connection()
    before = connection.connection.total_changes
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO register_found(register_found, rank) VALUES ('merge', %s)", [pages])
    return bool(connection.connection.total_changes - before > 1)  # The command itself counts as one.
