"""The floor: the rows that ours wrote, written again by one thread that does nothing else.

Same tables, indexes, constraints, settings and disk; no HTTP, no checks, no hash, no signature. One commit per notice
is what a single careful writer can do; ours may come close to it, or pass it where notices share a commit.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench import recount
from bench.contest import Sample, WrongError
from bench.house import DATABASE, House

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
HEAD = (
    "INSERT INTO journal_channel (shard, sender, recipient, seq, head) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (shard, sender, recipient) DO UPDATE SET seq = excluded.seq, head = excluded.head"
)
EVENT_HEAD = 'SELECT shard, sender, recipient, seq, leaf_hash FROM journal_event WHERE "case" = ?'

Rows = dict[str, list[tuple[object, ...]]]  # Statement → its rows.


@dataclass(slots=True)
class Recording:
    """Notices as rows, in the order in which ours committed them."""

    notices: list[Rows] = field(default_factory=list)

    def take(self, data: Path) -> None:
        """Keep the rows of a database that ours wrote; the longest recording is kept."""
        with closing(sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)) as database:
            found: dict[str, Rows] = {}
            order = "SELECT id FROM notices_notice ORDER BY id"
            for (notice,) in database.execute(order):
                found[notice] = {HEAD: [database.execute(EVENT_HEAD, (notice,)).fetchone()]}
            for table, owner in TABLES:
                rows = database.execute(f"SELECT {owner}, r.* FROM {table} r")  # noqa: S608 - the names above.
                names = [column[0] for column in rows.description][1:]
                # Numbered rows get their numbers from the database, as with ours.
                numbered = table.endswith(("opening", "outbox", "pointer", "clock", "answer"))
                first = 1 + numbered
                statement = _insert(table, names[first - 1 :])
                if numbered and names[0] != "id":
                    raise WrongError(f"{table} does not begin with its number")
                for row in rows:
                    if row[0] in found:
                        found[row[0]].setdefault(statement, []).append(row[first:])
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
        groups = _grouped(self.recording.notices, self.together)
        data = self.house.copy(self.folder)
        database = sqlite3.connect(data / DATABASE, isolation_level=None)
        with closing(database):
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                database.execute(f"PRAGMA {pragma}")
            done = 0
            started = time.perf_counter()
            for size, group in groups:
                database.execute("BEGIN IMMEDIATE")
                for statement, rows in group.items():
                    database.executemany(statement, rows)
                database.execute("COMMIT")
                done += size
                if (took := time.perf_counter() - started) >= SECONDS:
                    break
        recount.require(data, answered=done, open_at_most=0)
        return Sample(done / took)


def _insert(table: str, names: Sequence[str]) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" for _ in names)
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of the database itself.


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
