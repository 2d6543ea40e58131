"""The floor: the rows that ours wrote, written again by one thread that does nothing else.

Same tables, indexes, constraints, settings and disk; no HTTP, no checks, no hash, no signature. One commit per notice
is what a single careful writer can do; ours may come close to it, or pass it where notices share a commit.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench import recount
from bench.contest import Sample, WrongError
from bench.database import insert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.database import Instance
    from bench.house import House

SECONDS = 2.0

# Table, and how its rows name their notice. Parents come before children.
TABLES = (
    ("journal_event", 'r."case"'),
    ("journal_opening", '(SELECT e."case" FROM journal_event e WHERE e.id = r.event_id)'),
    ("journal_pending", '(SELECT e."case" FROM journal_event e WHERE e.id = r.event_id)'),
    ("journal_outbox", '(SELECT e."case" FROM journal_event e WHERE e.id = r.event_id)'),
    ("notices_notice", "r.id"),
    ("notices_payload", "r.notice_id"),
    ("notices_pointer", "r.notice_id"),
    ("notices_clock", "r.notice_id"),
    ("journal_answer", "r.subject"),
)
# As they were written: the worker has taken some into the log since.
SOURCES = {"journal_pending": "(SELECT id AS event_id, shard, position FROM journal_event)"}
HEAD = (
    "INSERT INTO journal_channel (shard, sender, recipient, seq, head) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT (shard, sender, recipient) DO UPDATE SET seq = excluded.seq, head = excluded.head"
)
EVENT_HEAD = 'SELECT shard, sender, recipient, seq, leaf_hash FROM journal_event WHERE "case" = %s'

NUMBERED = ("opening", "outbox", "pointer", "clock", "answer")

Rows = dict[str, list[tuple[object, ...]]]  # Statement → its rows.


@dataclass(slots=True)
class Recording:
    """Notices as rows, in the order in which ours committed them."""

    notices: list[Rows] = field(default_factory=list)

    def take(self, instance: Instance) -> None:
        """Keep the rows of a database that ours wrote; the longest recording is kept."""
        found: dict[str, Rows] = {}
        with instance.reading() as connection:
            for (notice,) in instance.fetch(connection, "SELECT id FROM notices_notice ORDER BY id"):
                found[notice] = {HEAD: instance.fetch(connection, EVENT_HEAD, [notice])}
            for table, owner in TABLES:
                names = instance.columns(connection, table)
                # Numbered rows get their numbers from the database, as with ours.
                if table.endswith(NUMBERED) and names.pop(0) != "id":
                    raise WrongError(f"{table} does not begin with its number")
                columns = ", ".join(f'r."{name}"' for name in names)
                statement = insert(table, names)
                source = SOURCES.get(table, table)
                for owned, *row in instance.fetch(connection, f"SELECT {owner}, {columns} FROM {source} r"):  # noqa: S608
                    if owned in found:
                        found[owned].setdefault(statement, []).append(tuple(row))
        if len(found) > len(self.notices):
            self.notices = list(found.values())


@dataclass(frozen=True, slots=True)
class Floor:
    """A loop of commits of so many notices each."""

    name: str
    house: House
    folder: Path
    recording: Recording
    together: int = 1

    def run(self) -> Sample:
        if not self.recording.notices:
            raise WrongError("there are no rows of ours to write again")
        instance = self.house.copy(self.folder)
        groups = [
            (size, {instance.marked(statement): rows for statement, rows in group.items()})
            for size, group in _grouped(self.recording.notices, self.together)
        ]
        with instance.writing() as connection:
            done = 0
            started = time.perf_counter()
            for size, group in groups:
                connection.execute("BEGIN IMMEDIATE" if instance.embedded else "BEGIN")
                for statement, rows in group.items():
                    connection.cursor().executemany(statement, rows)
                connection.execute("COMMIT")
                done += size
                if (took := time.perf_counter() - started) >= SECONDS:
                    break
        recount.require(instance, answered=done, open_at_most=0, batches=False)
        return Sample(done / took)


def _grouped(notices: Sequence[Rows], together: int) -> list[tuple[int, Rows]]:
    """Merge the rows of neighbours, statement by statement, before the clock starts."""
    groups = []
    for start in range(0, len(notices), together):
        part = notices[start : start + together]
        merged: Rows = {}
        for notice in part:
            for statement, rows in notice.items():
                merged.setdefault(statement, []).extend(rows)
        merged[HEAD] = merged[HEAD][-1:]
        groups.append((len(part), merged))
    return groups
