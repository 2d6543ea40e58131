"""The bot's books: which updates were dealt with, which acts are owed, and what became of each. One SQLite file.

An update is confirmed to Telegram only after what follows from it is durable here, so that a process which is killed
loses nothing: what was not confirmed comes again, and what is known is passed over. No text of anybody is kept: of an
update numbers and codes, of what was acted on its digest.

All of it runs in one thread; what comes together is one commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import queue
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS seen (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL,
    chat INTEGER, message INTEGER, version INTEGER, policy TEXT, rule TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS seen_message ON seen (chat, message) WHERE message IS NOT NULL;
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
CREATE TABLE IF NOT EXISTS act (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT NOT NULL, act TEXT NOT NULL, lane INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('owed', 'begun', 'done', 'already', 'refused', 'uncertain')),
    told TEXT NOT NULL, digest TEXT NOT NULL, evidence TEXT, undone_by TEXT, receipt TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT act_is_done_once UNIQUE (name, act),
    CONSTRAINT act_that_ended_has_its_receipt CHECK ((receipt IS NULL) = (state IN ('owed', 'begun')))
) STRICT;
CREATE INDEX IF NOT EXISTS act_open ON act (lane, number) WHERE state IN ('owed', 'begun');
CREATE TABLE IF NOT EXISTS chat (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT, kind TEXT NOT NULL, status TEXT NOT NULL,
    rights TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS hit (
    hit TEXT PRIMARY KEY, at INTEGER NOT NULL, state TEXT NOT NULL, name TEXT NOT NULL, heard TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS hit_item ON hit (name);
CREATE TABLE IF NOT EXISTS note (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT NOT NULL, act TEXT NOT NULL, text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('owed', 'told', 'refused')), CONSTRAINT note_is_made_once UNIQUE (name, act)
) STRICT;
CREATE INDEX IF NOT EXISTS note_open ON note (number) WHERE state = 'owed';
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
VERSION: Final = 1


class JournalError(Exception):
    """The file cannot be used, or not be written: nothing goes on without it."""


class Journal:
    """The file, open, for one bot alone or for reading beside it.

    `run` gives a deed the connection, in a transaction that is durable when it returns.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        self.path = path
        self._lock = -1 if reading else _locked(path)
        self._begin = "BEGIN" if reading else "BEGIN IMMEDIATE"
        self._deeds: queue.SimpleQueue[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]] | None]
        self._deeds = queue.SimpleQueue()
        try:
            where = f"file:{quote(str(path))}?mode={'ro' if reading else 'rwc'}"
            self._connection = sqlite3.connect(
                where, uri=True, isolation_level=None, check_same_thread=False, timeout=10
            )
            if not reading:
                self._prepare()
        except sqlite3.Error as error:
            self._release()
            raise JournalError(f"{path.name} cannot be used: {error}") from None
        self._thread = threading.Thread(target=self._live, name="journal", daemon=True)
        self._thread.start()

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A confirmed update must survive a power cut.
        self._connection.execute("PRAGMA synchronous = FULL")
        [(version,)] = self._connection.execute("PRAGMA user_version")
        if version not in {0, VERSION}:
            raise sqlite3.DatabaseError(f"it was written by another release ({version})")
        self._connection.executescript(SCHEMA)
        self._connection.execute(f"PRAGMA user_version = {VERSION}")

    async def run(self, deed: Callable[[sqlite3.Connection], T]) -> T:
        """Do this in the journal's thread. Raises JournalError where it could not be made durable."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._deeds.put((deed, future))
        return await future

    def close(self) -> None:
        """Finish what is in hand, and let the file go."""
        self._deeds.put(None)
        self._thread.join()
        self._connection.close()
        self._release()

    def _release(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)

    # -- In the journal's thread --

    def _live(self) -> None:
        going_on = True
        while going_on:
            found = [self._deeds.get()]
            with contextlib.suppress(queue.Empty):
                while True:
                    found.append(self._deeds.get_nowait())
            going_on = None not in found
            if deeds := [one for one in found if one is not None]:
                self._commit(deeds)

    def _commit(self, deeds: list[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]]) -> None:
        outcomes: list[tuple[asyncio.Future[Any], Any, Exception | None]] = []
        try:
            self._connection.execute(self._begin)
            for deed, future in deeds:
                self._connection.execute("SAVEPOINT deed")
                try:
                    outcomes.append((future, deed(self._connection), None))
                except sqlite3.Error:
                    raise
                except Exception as error:  # noqa: BLE001 - it is raised where the deed was asked for.
                    self._connection.execute("ROLLBACK TO deed")
                    outcomes.append((future, None, error))
                self._connection.execute("RELEASE deed")
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            problem = JournalError(f"{self.path.name} cannot be written: {error}")
            outcomes = [(future, None, problem) for _, future in deeds]
        for future, result, problem_ in outcomes:
            with contextlib.suppress(RuntimeError):  # The loop is gone, and whoever asked with it.
                future.get_loop().call_soon_threadsafe(_settle, future, result, problem_)


def _settle(future: asyncio.Future[Any], result: Any, problem: Exception | None) -> None:
    if future.cancelled():
        return
    if problem is None:
        future.set_result(result)
    else:
        future.set_exception(problem)


def _locked(path: Path) -> int:
    """Two bots with one journal would do everything twice."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(f"{path} cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise JournalError(f"another process uses {path}") from None
    return descriptor
