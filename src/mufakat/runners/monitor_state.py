"""What a monitor remembers of one log: a SQLite file, changed in one transaction a round.

So whatever happens to the machine, the head, the channels and everything else are of the same moment: a round is kept
whole or done again. Memory is bounded; on the disk an event takes some tens of bytes.
"""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from mufakat.proof import canonical
from mufakat.proof.edge import Edge

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

VERSION: Final = "1"
TABLES: Final = (
    "told (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "event (id TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
    "channel (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, head TEXT NOT NULL) WITHOUT ROWID",
    "thing (id TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT, more TEXT NOT NULL) WITHOUT ROWID",
    "opened (position INTEGER PRIMARY KEY, event TEXT NOT NULL, leaf TEXT NOT NULL, told TEXT)",
    "counted (party TEXT, year INTEGER, sent INTEGER, received INTEGER, PRIMARY KEY (party, year))",
    "seen (size INTEGER PRIMARY KEY, at TEXT NOT NULL)",
)


class BadStateError(Exception):
    """The folder of the state cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The last head that was found good, the edge of its tree, and when it was asked for."""

    note: bytes
    edge: Edge
    asked: datetime


def sizes(folder: Path) -> dict[str, int]:
    """The logs of which the folder holds a state, and how much of each was found good. Raises BadStateError."""
    found = {}
    for file in sorted(folder.glob("*.sqlite3")):
        try:
            with closing(sqlite3.connect(file, timeout=60.0)) as database:
                told = dict(database.execute("SELECT name, value FROM told WHERE name IN ('origin', 'head')"))
        except sqlite3.Error as error:
            raise BadStateError(f"{file} cannot be used: {error}") from None
        if told.keys() == {"origin", "head"}:
            found[told["origin"]] = int(json.loads(told["head"])["size"])
    return found


class State:
    """One log's state in a folder. Entered, it is locked; left without an error, it is kept."""

    def __init__(self, folder: Path, origin: str) -> None:
        self.folder = folder
        self.origin = origin
        self.stem = re.sub(r"[^A-Za-z0-9.-]", "_", origin)[:120]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # One writer: a second monitor of this folder waits, and then sees what the first one kept.
            self._database = sqlite3.connect(folder / f"{self.stem}.sqlite3", isolation_level=None, timeout=60.0)
        except (OSError, sqlite3.Error) as error:
            raise BadStateError(f"the folder of the state cannot be used: {error}") from None

    def __enter__(self) -> Self:
        try:
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                self._database.execute(f"CREATE TABLE IF NOT EXISTS {table}")
            self._database.execute("CREATE INDEX IF NOT EXISTS thing_kind ON thing (kind)")
            found = (self.get("origin"), self.get("version"))
            if found == (None, None):
                self.put("origin", self.origin)
                self.put("version", VERSION)
        except sqlite3.Error as error:
            self._database.close()
            raise BadStateError(f"the state in {self.folder} cannot be used: {error}") from None
        if found not in {(None, None), (self.origin, VERSION)}:
            self._database.close()
            raise BadStateError(f"the state in {self.folder} is of another log, or of another version")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._database.execute("COMMIT" if kind is None else "ROLLBACK")
        except sqlite3.Error as broken:
            error = error or broken
        self._database.close()
        if isinstance(error, sqlite3.Error | OSError):
            raise BadStateError(f"the state in {self.folder} cannot be kept: {error}") from None

    def mark(self) -> None:
        """Begin what may be taken back without the rest of the round."""
        self._database.execute("SAVEPOINT reading")

    def keep(self) -> None:
        """Keep what was written since `mark`."""
        self._database.execute("RELEASE reading")

    def take_back(self) -> None:
        """Forget what was written since `mark`."""
        self._database.execute("ROLLBACK TO reading")
        self._database.execute("RELEASE reading")

    def get(self, name: str) -> str | None:
        """A single fact."""
        value: str | None = self._one("SELECT value FROM told WHERE name = ?", name)
        return value

    def put(self, name: str, value: str) -> None:
        """Remember a single fact."""
        self._database.execute("INSERT OR REPLACE INTO told VALUES (?, ?)", (name, value))

    def kept(self) -> Kept | None:
        """The last good head; None before the first."""
        raw = self.get("head")
        if raw is None:
            return None
        told = json.loads(raw)
        partials = tuple(canonical.from_base64(one) or b"" for one in told["partials"])
        return Kept(told["note"].encode(), Edge(told["size"], partials), datetime.fromisoformat(told["at"]))

    def keep_head(self, note: bytes, edge: Edge, *, asked: datetime, shown: datetime) -> None:
        """Remember a head that was found good, and between which times the server gave it."""
        partials = [canonical.to_base64(one) for one in edge.partials]
        told = {"note": note.decode(), "size": edge.size, "partials": partials, "at": asked.isoformat()}
        self.put("head", json.dumps(told))
        self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (edge.size, shown.isoformat()))
        # What was seen long ago says nothing more about who is late today.
        self._database.execute(
            "DELETE FROM seen WHERE size NOT IN (SELECT size FROM seen ORDER BY size DESC LIMIT 1000)"
        )

    def seen_before(self, at: datetime) -> int:
        """The largest size that was seen at this time or earlier; 0 where none was."""
        found = self._one("SELECT max(size) FROM seen WHERE at <= ?", at.isoformat())
        return 0 if found is None else int(found)

    def add_event(self, id_: str, position: int) -> int | None:
        """Remember an event; its former place where there is one already."""
        done = self._database.execute("INSERT OR IGNORE INTO event VALUES (?, ?)", (id_, position))
        if done.rowcount:
            return None
        return int(self._one("SELECT position FROM event WHERE id = ?", id_) or 0)

    def has_event(self, id_: str) -> bool:
        """Whether the log holds this event."""
        return self._one("SELECT 1 FROM event WHERE id = ?", id_) is not None

    def channel(self, name: str) -> tuple[int, str] | None:
        """The last number of a channel and the hash of that leaf."""
        found = self._database.execute("SELECT seq, head FROM channel WHERE name = ?", (name,)).fetchone()
        return None if found is None else (found[0], found[1])

    def put_channel(self, name: str, seq: int, head: str) -> None:
        """Remember where a channel stands."""
        self._database.execute("INSERT OR REPLACE INTO channel VALUES (?, ?, ?)", (name, seq, head))

    def thing(self, id_: str) -> dict[str, Any] | None:
        """What is remembered of a thing: its kind, whose it is, and more."""
        found = self._database.execute("SELECT kind, owner, more FROM thing WHERE id = ?", (id_,)).fetchone()
        return None if found is None else {"kind": found[0], "owner": found[1], **json.loads(found[2])}

    def put_thing(self, id_: str, kind: str, owner: str | None = None, **more: Any) -> None:
        """Remember a thing."""
        row = (id_, kind, owner, json.dumps(more, separators=(",", ":")))
        self._database.execute("INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?)", row)

    def forget_thing(self, id_: str) -> None:
        """Forget a thing."""
        self._database.execute("DELETE FROM thing WHERE id = ?", (id_,))

    def things(self, kind: str) -> dict[str, dict[str, Any]]:
        """All things of a kind; only asked for those of which there are few at a time."""
        rows = self._database.execute("SELECT id, owner, more FROM thing WHERE kind = ? ORDER BY id", (kind,))
        return {id_: {"owner": owner, **json.loads(more)} for id_, owner, more in rows}

    def add_opened(self, position: int, event: str, leaf: str) -> None:
        """Remember a leaf that commits to something."""
        self._database.execute("INSERT OR REPLACE INTO opened VALUES (?, ?, ?, NULL)", (position, event, leaf))

    def opened_from(self, position: int, count: int) -> list[tuple[int, str, str, str | None]]:
        """So many of them from a place on: place, event, leaf hash, and what was told of them (JSON)."""
        rows = self._database.execute(
            "SELECT position, event, leaf, told FROM opened WHERE position >= ? ORDER BY position LIMIT ?",
            (position, count),
        )
        return list(rows)

    def put_told(self, position: int, told: str) -> None:
        """Remember what was told of one."""
        self._database.execute("UPDATE opened SET told = ? WHERE position = ?", (told, position))

    def count(self, party: str, year: int, *, sent: int = 0, received: int = 0) -> None:
        """Count a notice of a party."""
        self._database.execute(
            "INSERT INTO counted VALUES (?, ?, ?, ?) ON CONFLICT (party, year) "
            "DO UPDATE SET sent = sent + excluded.sent, received = received + excluded.received",
            (party, year, sent, received),
        )

    def counts(self, party: str, year: int) -> tuple[int, int]:
        """How many notices a party sent and received in a year."""
        rows = self._database.execute("SELECT sent, received FROM counted WHERE party = ? AND year = ?", (party, year))
        return rows.fetchone() or (0, 0)

    def _one(self, statement: str, *values: Any) -> Any:
        found = self._database.execute(statement, values).fetchone()
        return None if found is None else found[0]
