"""Have FTS5 let go of words that nothing in the register has any more.

FTS5 takes a word out by a note in a new segment of its index; the word itself stays in an old one until both are
merged. Of words that were erased that would be for nobody knows how long. So when something was erased, all segments
are merged into one, a few pages in each turn of the writer, and the database's log is cut in the end. On PostgreSQL it
is VACUUM that does this (docs/operate.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from mufakat.server.journal import durability, parts
from mufakat.server.journal.database import is_embedded
from mufakat.server.journal.parts import Swept
from mufakat.server.register.models import Merging

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from django.db.backends.utils import CursorWrapper

    from mufakat.server.journal.work import Moment

PAGES = 64  # Of the index, that one turn of the writer merges: about 250 kB.
MOST = 400  # Turns of one share of the work.
IDLE = 2  # Fewer rows are changed only where nothing was left to merge (SQLite's manual, "The merge command").


def want() -> None:
    """Something was erased. In an operation of the writer, with what takes the words out."""
    if is_embedded():
        Merging.objects.update_or_create(id=1, defaults={"begun": False})


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Merge on, where something was erased; a part of the worker."""
    del at
    done = 0
    while Merging.objects.exists():
        if done == MOST or (stop and stop.is_set()):
            return Swept(done, more=True)
        parts.alone(_merge)
        done += 1
    return Swept(done, more=False)


def _merge(moment: Moment) -> None:
    """A few pages. The first time by a negative number: that puts all segments that there are into one merge."""
    row = Merging.objects.filter(id=1).first()
    if row is None:
        return
    with connection.cursor() as cursor:
        before = _changes(cursor)
        pages = PAGES if row.begun else -PAGES
        cursor.execute("INSERT INTO register_found(register_found, rank) VALUES ('merge', %s)", [pages])
        idle = _changes(cursor) - before < IDLE
    if not row.begun:
        row.begun = True
        row.save(update_fields=["begun"])
    elif idle:
        row.delete()
        moment.after.append(_cut_log)


def _cut_log() -> None:
    """After the commit, in the writer's thread."""
    durability.cut_log(connection)


def _changes(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT total_changes()")
    found: int = cursor.fetchone()[0]
    return found
