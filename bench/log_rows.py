"""Leaves as rows that wait for the log, as a log of tiles, and as a database that was filled for years."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bench import bulk
from bench.database import insert
from mufakat.proof import checkpoint
from mufakat.proof.edge import Edge
from mufakat.proof.key import SigningKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.database import Instance
    from mufakat.proof.edge import Growth

SHARD = "1"
LENGTH = 300  # Bytes of a leaf.
SENDER, RECIPIENT = "bench", "telegram"
EVENT = (
    *("id", "shard", "position", "type", "at", "sender", "recipient", "seq", "case", "leaf", "leaf_hash", "custody"),
)
PENDING = ("event_id", "shard", "position")
TILE = ("shard", "level", "number", "hashes")
HEAD = ("shard", "size", "root", "note", "at")
PORTION = 65_536  # Leaves in memory.

_FILLING = b"x" * LENGTH


def leaf(number: int, length: int = LENGTH) -> bytes:
    """A leaf as long as it is asked for: what is measured reads none of its members."""
    head = b'{"i":%d,"x":"' % number
    return b'%s%s"}' % (head, _FILLING[: length - len(head) - 2])


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\0" + entry).digest()


def first_free(instance: Instance, connection: Any) -> int:
    """The position of the next event."""
    sql = "SELECT max(position) FROM journal_event WHERE shard = %s"
    ((last,),) = instance.fetch(connection, sql, [SHARD])
    return 0 if last is None else int(last) + 1


def events(numbers: range, time: Any, length: int = LENGTH) -> Iterator[tuple[Any, ...]]:
    """Rows of events at these positions."""
    for number in numbers:
        entry = leaf(number, length)
        place = (f"evt_{number:026d}", SHARD, number, "notice.received", time, SENDER, RECIPIENT, number + 1)
        yield (*place, f"ntc_{number:026d}", entry, leaf_hash(entry), "")


def wait(instance: Instance, count: int) -> None:
    """Events whose leaves wait, as the writer left them."""
    with instance.writing() as connection:
        first = first_free(instance, connection)
        numbers = range(first, first + count)
        connection.execute("BEGIN")
        bulk.write(instance, connection, "journal_event", EVENT, events(numbers, instance.time(datetime.now(UTC))))
        rows = ((f"evt_{number:026d}", SHARD, number) for number in numbers)
        bulk.write(instance, connection, "journal_pending", PENDING, rows)
        connection.execute("COMMIT")


@dataclass(slots=True)
class Tiles:
    """A log that is grown in memory: every tile in its last width."""

    edge: Edge = field(default_factory=Edge)
    contents: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def grow(self, hashes: Sequence[bytes]) -> Growth:
        growth = self.edge.grow(hashes)
        self.contents.update({(one.tile.level, one.tile.index): one.content for one in growth.tiles})
        self.edge = growth.edge
        return growth


def grown(instance: Instance, count: int, *, length: int) -> None:
    """A database whose shard has a log of so many leaves, signed and published, and nothing that waits."""
    tiles, time = Tiles(), instance.time(datetime.now(UTC))
    with bulk.loading(instance, ["journal_event", "journal_tile"]) as connection:
        sql = "SELECT leaf_hash FROM journal_event WHERE shard = %s ORDER BY position"
        tiles.grow([bytes(digest) for (digest,) in instance.fetch(connection, sql, [SHARD])])
        connection.execute("DELETE FROM journal_pending")
        for start in range(tiles.edge.size, count, PORTION):
            rows = list(events(range(start, min(start + PORTION, count)), time, length))
            bulk.write(instance, connection, "journal_event", EVENT, rows)
            tiles.grow([row[EVENT.index("leaf_hash")] for row in rows])
        contents = ((SHARD, level, number, content) for (level, number), content in tiles.contents.items())
        put(connection, "journal_tile", TILE, contents)
        note = checkpoint.sign(key(instance), size=count, root=tiles.edge.root())
        put(connection, "journal_head", HEAD, [(SHARD, count, tiles.edge.root(), note, time)])
    for path in (instance.data / "heads" / f"{SHARD}.note", instance.data / "log" / SHARD / "checkpoint"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(note, encoding="utf-8")
        path.chmod(0o600)
    os.sync()


def put(connection: Any, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows in the place of those of the little log that preparing the house left; on the embedded database alone."""
    connection.executemany(insert(table, names).replace("INSERT", "INSERT OR REPLACE", 1).replace("%s", "?"), rows)


def key(instance: Instance) -> SigningKey:
    return SigningKey.parse((instance.data / "keys" / f"{SHARD}.key").read_text(encoding="utf-8").strip())
