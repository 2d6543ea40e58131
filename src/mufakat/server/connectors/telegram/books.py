"""What the bot writes down, and reads again: updates with what follows from them, acts, chats, marks."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from mufakat.rules.measures_planning import Capability, Subject
from mufakat.server.connectors.platform.errors import OtherOrderError
from mufakat.server.connectors.platform.orders import Order, Receipt
from mufakat.server.connectors.platform.performing import Known

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from mufakat.rules.measures_planning import Verb
    from mufakat.server.connectors.platform.orders import Snapshot
    from mufakat.server.connectors.telegram.following import Follow
    from mufakat.server.connectors.telegram.journal import Journal

KEPT: Final = 4 * 86_400
"""Seconds that an update's numbers are kept: Telegram repeats one for a day, and lets nothing be deleted after two."""

REMEMBERED: Final = 400 * 86_400
"""Seconds that acts, hits and notes are kept: an appeal may undo what was done."""


class Seen(NamedTuple):
    """What became of one update. `version` is the time of the edit, 0 of what was never edited."""

    number: int
    kind: str
    outcome: str
    chat: int | None = None
    message: int | None = None
    version: int | None = None
    policy: str | None = None
    rule: str | None = None


class Owed(NamedTuple):
    """An order with its evidence and what undoes it, to be written with the update that it follows from."""

    order: Order
    evidence: str | None
    undone_by: str | None


class Note(NamedTuple):
    """Something that people are told: ids, a link and codes, never what was written."""

    name: str
    act: str
    text: str


class HitRow(NamedTuple):
    """A hit in the platform's books that came of something the bot heard; `heard` is what an order would need."""

    hit: str
    state: str
    name: str
    heard: str


class ChatRow(NamedTuple):
    """A chat as the bot last saw it."""

    number: int
    name: str | None
    kind: str
    status: str
    able: frozenset[Verb]
    at: int = 0


Done = tuple[Order, Receipt]
"""An act that ended."""


class Books:
    """The book of `platform.performing`, and the rest."""

    def __init__(self, journal: Journal, note_of: Callable[[Order, Receipt], Note | None] = lambda *_: None) -> None:
        self.journal = journal
        self.note_of = note_of
        self.turn = asyncio.Lock()
        """Between the engine's answer and its hit's row here somebody may decide about it: the row comes first."""

    # -- Updates --

    async def unknown(self, numbers: Sequence[int]) -> set[int]:
        """Of these updates, those that were not dealt with."""

        def look(connection: sqlite3.Connection) -> set[int]:
            marks = ",".join("?" * len(numbers))
            rows = connection.execute(f"SELECT number FROM seen WHERE number IN ({marks})", numbers)  # noqa: S608
            return set(numbers) - {number for (number,) in rows}

        return await self.journal.run(look)

    async def newest(self, messages: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
        """The newest version of each message that was dealt with."""
        wanted = list(dict.fromkeys(messages))

        def look(connection: sqlite3.Connection) -> dict[tuple[int, int], int]:
            found = {}
            for chat, message in wanted:
                [(version,)] = connection.execute(
                    "SELECT max(version) FROM seen WHERE chat = ? AND message = ?", (chat, message)
                )
                if version is not None:
                    found[chat, message] = version
            return found

        return await self.journal.run(look)

    async def take(
        self, seen: Sequence[Seen], owed: Sequence[Owed], notes: Sequence[Note] = (), hits: Sequence[HitRow] = ()
    ) -> list[Order]:
        """These updates are dealt with, and this is owed: durable when it returns. Gives the orders that are new."""
        at = int(time.time())

        def write(connection: sqlite3.Connection) -> list[Order]:
            connection.executemany(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(one.number, at, *one[1:]) for one in seen],
            )
            new = [one.order for one in owed if _owe(connection, one, at)]
            _note(connection, notes, at)
            connection.executemany(
                "INSERT INTO hit VALUES (?, ?, ?, ?, ?) ON CONFLICT (hit) DO NOTHING",
                [(one.hit, at, one.state, one.name, one.heard) for one in hits],
            )
            return new

        return await self.journal.run(write)

    async def forget(self) -> None:
        """Drop what is older than it is kept, and done."""
        at = int(time.time())

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM seen WHERE at < ?", (at - KEPT,))
            connection.execute("DELETE FROM act WHERE at < ? AND receipt IS NOT NULL", (at - REMEMBERED,))
            connection.execute("DELETE FROM note WHERE at < ? AND state <> 'owed'", (at - REMEMBERED,))
            connection.execute("DELETE FROM hit WHERE at < ?", (at - REMEMBERED,))

        await self.journal.run(write)

    # -- Acts --

    async def known(self, order: Order) -> Known | None:
        """How this order stands."""

        def look(connection: sqlite3.Connection) -> Known | None:
            row = connection.execute(
                "SELECT state, digest, receipt FROM act WHERE name = ? AND act = ?", (order.case, order.act)
            ).fetchone()
            if row is None:
                return None
            if row[1] != order.digest:
                raise OtherOrderError(order.case, order.act)
            receipt = None if row[2] is None else msgspec.json.decode(row[2], type=Receipt)
            return Known(row[0] == "begun", receipt)

        return await self.journal.run(look)

    async def owe(self, order: Order, *, evidence: Snapshot | None, undone_by: Capability | None) -> None:
        """It is to be done."""
        one = Owed(order, None if evidence is None else evidence.sha256, None if undone_by is None else undone_by.value)
        await self.journal.run(lambda connection: _owe(connection, one, int(time.time())))

    async def begin(self, order: Order) -> None:
        """It begins."""
        await self._state(order, "begun")

    async def rest(self, order: Order) -> None:
        """Nothing of it was done."""
        await self._state(order, "owed")

    async def end(self, order: Order, receipt: Receipt) -> None:
        """This became of it, and people are told so."""
        at = int(time.time())
        note = self.note_of(order, receipt)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE act SET state = ?, receipt = ? WHERE name = ? AND act = ? AND receipt IS NULL",
                (receipt.outcome.value, msgspec.json.encode(receipt).decode(), order.case, order.act),
            )
            _note(connection, [] if note is None else [note], at)

        await self.journal.run(write)

    async def tried(self, order: Order) -> int:
        """It failed once more; how often by now."""

        def write(connection: sqlite3.Connection) -> int:
            name = (order.case, order.act)
            connection.execute("UPDATE act SET tries = tries + 1 WHERE name = ? AND act = ?", name)
            [(tries,)] = connection.execute("SELECT tries FROM act WHERE name = ? AND act = ?", name)
            return int(tries)

        return await self.journal.run(write)

    async def open_acts(self, *, after: int = 0) -> list[tuple[int, int, Order]]:
        """What is owed: its number, its lane and the order, oldest first."""

        def look(connection: sqlite3.Connection) -> list[tuple[int, int, Order]]:
            rows = connection.execute(
                "SELECT number, lane, told FROM act WHERE state IN ('owed', 'begun') AND number > ? ORDER BY number",
                (after,),
            )
            return [(number, lane, msgspec.json.decode(told, type=Order)) for number, lane, told in rows]

        return await self.journal.run(look)

    async def undone(self) -> list[tuple[str, str, str]]:
        """Acts that a person has to look at: name, act, and how it stands."""

        def look(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
            return list(
                connection.execute(
                    "SELECT name, act, state FROM act WHERE state IN ('refused', 'uncertain')"
                    " ORDER BY number DESC LIMIT 100"
                )
            )

        return await self.journal.run(look)

    async def _state(self, order: Order, state: str) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE act SET state = ? WHERE name = ? AND act = ? AND receipt IS NULL",
                (state, order.case, order.act),
            )

        await self.journal.run(write)

    # -- Notes --

    async def open_notes(self, *, most: int) -> list[tuple[int, str]]:
        """What people are still to be told, oldest first."""
        return await self.journal.run(
            lambda connection: list(
                connection.execute(
                    "SELECT number, text FROM note WHERE state = 'owed' ORDER BY number LIMIT ?", (most,)
                )
            )
        )

    async def add_notes(self, notes: Sequence[Note]) -> None:
        """Tell people this."""
        at = int(time.time())
        await self.journal.run(lambda connection: _note(connection, notes, at))

    async def end_notes(self, numbers: Sequence[int], state: str) -> None:
        """They were told, or cannot be."""
        rows = [(state, number) for number in numbers]
        await self.journal.run(
            lambda connection: connection.executemany("UPDATE note SET state = ? WHERE number = ?", rows)
        )

    # -- Hits --

    async def hit(self, hit: str) -> HitRow | None:
        """A hit that came of something heard here."""

        def look(connection: sqlite3.Connection) -> HitRow | None:
            row = connection.execute("SELECT hit, state, name, heard FROM hit WHERE hit = ?", (hit,)).fetchone()
            return None if row is None else HitRow(*row)

        return await self.journal.run(look)

    async def move_hit(self, hit: str, state: str, owed: Sequence[Owed], notes: Sequence[Note]) -> list[Order]:
        """The platform decided about a hit, and this follows. Gives the orders that are new."""
        at = int(time.time())

        def write(connection: sqlite3.Connection) -> list[Order]:
            connection.execute("UPDATE hit SET state = ? WHERE hit = ?", (state, hit))
            new = [one.order for one in owed if _owe(connection, one, at)]
            _note(connection, notes, at)
            return new

        return await self.journal.run(write)

    async def restored(self, order: Order) -> HitRow | None:
        """The hit of an order's item that was restored, where none that stands asks for what the order does."""
        asks = "told" if order.verb is Capability.WARN else "blocked"
        hits = await self.journal.run(lambda connection: _hits(connection, order.case))
        found = [one for one in hits if one.state == "restored"]
        return found[0] if found and all(one.state != asks for one in hits) else None

    async def half_restored(self) -> list[HitRow]:
        """Hits that were restored, of which something that has an inverse was done that nothing undoes."""

        def look(connection: sqlite3.Connection) -> list[HitRow]:
            rows = connection.execute(
                "SELECT DISTINCT hit.hit, hit.state, hit.name, hit.heard FROM hit JOIN act ON act.name = hit.name"
                " WHERE hit.state = 'restored' AND act.state = 'done' AND act.undone_by IS NOT NULL AND NOT EXISTS"
                " (SELECT 1 FROM act AS undoing WHERE undoing.name = act.name AND undoing.act = 'undo:' || act.act)"
            )
            return [HitRow(*row) for row in rows]

        return await self.journal.run(look)

    async def restore_hit(
        self, row: HitRow, plan: Callable[[HitRow, Sequence[Done], Sequence[str]], Follow]
    ) -> list[Order]:
        """What was done for a hit is to be undone: `plan` is given that, and how the item's other hits stand.

        It is looked up and written in one transaction: an act that ends meanwhile ends before it or after it.
        """
        at = int(time.time())

        def write(connection: sqlite3.Connection) -> list[Order]:
            others = [one.state for one in _hits(connection, row.name) if one.hit != row.hit]
            follow = plan(row, _done(connection, row.name), others)
            connection.execute("UPDATE hit SET state = 'restored' WHERE hit = ?", (row.hit,))
            new = [one.order for one in follow.owed if _owe(connection, one, at)]
            _note(connection, follow.notes, at)
            return new

        return await self.journal.run(write)

    # -- Chats and marks --

    async def chat(self, number: int) -> ChatRow | None:
        """A chat as the bot last saw it."""
        return next(iter(await self._chats("WHERE number = ?", (number,))), None)

    async def chats(self) -> list[ChatRow]:
        """All of them."""
        return await self._chats("ORDER BY number", ())

    async def _chats(self, which: str, told: tuple[Any, ...]) -> list[ChatRow]:
        def look(connection: sqlite3.Connection) -> list[ChatRow]:
            rows = connection.execute(f"SELECT number, name, kind, status, rights, at FROM chat {which}", told)  # noqa: S608
            return [ChatRow(row[0], row[1], row[2], row[3], _verbs(row[4]), row[5]) for row in rows]

        return await self.journal.run(look)

    async def keep_chat(self, chat: ChatRow) -> None:
        """Keep how a chat stands."""
        words = " ".join(sorted(f"{verb.value}:{subject.value}" for verb, subject in chat.able))
        row = (chat.number, int(time.time()), chat.name, chat.kind, chat.status, words)
        await self.journal.run(
            lambda connection: connection.execute("INSERT OR REPLACE INTO chat VALUES (?, ?, ?, ?, ?, ?)", row)
        )

    async def mark(self, name: str) -> str | None:
        """What was kept under a name."""

        def look(connection: sqlite3.Connection) -> str | None:
            row = connection.execute("SELECT value FROM mark WHERE name = ?", (name,)).fetchone()
            return None if row is None else str(row[0])

        return await self.journal.run(look)

    async def set_mark(self, name: str, value: str) -> None:
        """Keep this under a name."""
        await self.journal.run(
            lambda connection: connection.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", (name, value))
        )


def _hits(connection: sqlite3.Connection, name: str) -> list[HitRow]:
    return [
        HitRow(*row) for row in connection.execute("SELECT hit, state, name, heard FROM hit WHERE name = ?", (name,))
    ]


def _done(connection: sqlite3.Connection, name: str) -> list[Done]:
    rows = connection.execute(
        "SELECT told, receipt FROM act WHERE name = ? AND receipt IS NOT NULL ORDER BY number", (name,)
    )
    return [
        (msgspec.json.decode(told, type=Order), msgspec.json.decode(receipt, type=Receipt)) for told, receipt in rows
    ]


def _owe(connection: sqlite3.Connection, one: Owed, at: int) -> bool:
    """Whether it is new. A name that is known stays as it is: an edit may repeat a hit, and one warning is enough."""
    order = one.order
    done = connection.execute(
        "INSERT OR IGNORE INTO act (at, name, act, lane, state, told, digest, evidence, undone_by)"
        " VALUES (?, ?, ?, ?, 'owed', ?, ?, ?, ?)",
        (
            *(at, order.case, order.act, order.target.numbers["chat"], msgspec.json.encode(order).decode()),
            *(order.digest, one.evidence, one.undone_by),
        ),
    )
    return done.rowcount == 1


def _note(connection: sqlite3.Connection, notes: Sequence[Note], at: int) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO note (at, name, act, text, state) VALUES (?, ?, ?, ?, 'owed')",
        [(at, *one) for one in notes],
    )


def _verbs(words: str) -> frozenset[Verb]:
    pairs = (word.split(":") for word in words.split())
    return frozenset((Capability(verb), Subject(subject)) for verb, subject in pairs)
