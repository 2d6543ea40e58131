"""The logs that are shown to others: one that `mufakat serve` wrote, and the golden one of 70,000 leaves."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.houses import NOTICE, Server, free_port
from tests.interop.others import Case

from mufakat.proof import checkpoint, leaf, tile
from mufakat.proof.edge import Edge
from mufakat.proof.key import SigningKey, VerifyKey, read_keys
from mufakat.proof.reader import TileReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.proof.tile import Bundle, Tile

GOLDEN = json.loads((Path(__file__).parents[1] / "vectors" / "ledger_golden.json").read_text(encoding="utf-8"))
PATIENCE = 60.0  # Seconds until what was answered is published: for a machine that does much else.
SIZE = 70_000
OLDER = 12_767


@dataclass(frozen=True)
class Log:
    """A log as files, and what a reader knows of it beforehand."""

    folder: Path
    key: VerifyKey
    older: Path | None = None  # A checkpoint from before.

    @property
    def head(self) -> checkpoint.Checkpoint:
        return checkpoint.open((self.folder / "checkpoint").read_bytes(), [self.key]).checkpoint

    @property
    def reader(self) -> TileReader:
        return TileReader(self.read)

    def read(self, one: Tile | Bundle) -> bytes:
        return (self.folder / one.path).read_bytes()

    def entry(self, index: int) -> bytes:
        number = index // tile.WIDTH
        width = tile.width_at(0, number, self.head.size)
        found: bytes = tile.decode_bundle(self.read(tile.Bundle(number, width)), width)[index % tile.WIDTH]
        return found

    def cases(self) -> list[Case]:
        """Proofs by our reader, at the boundaries of tiles and of the log."""
        head, reader, note = self.head, self.reader, (self.folder / "checkpoint").read_text(encoding="utf-8")
        places = {0, 1, 2, 254, 255, 256, 257, 65_535, 65_536, head.size // 2, head.size - 2, head.size - 1}
        return [
            Case(
                *(index, head.size, head.root, self.entry(index), tuple(reader.inclusion(index, head.size))),
                note=note,
                key=self.key,
            )
            for index in sorted(places & set(range(head.size)))
        ]


@dataclass(frozen=True)
class Written:
    """What a server wrote that told the story of 2017 and then took notices; it runs still."""

    server: Server
    live: Log
    story: Log
    receipts: Sequence[bytes]

    def address(self, log: Log) -> str:
        return f"{self.server.url}/log/{log.folder.name}"


def write(folder: Path) -> Written:
    """Do what `make run` does, take notices, and wait until all that was taken is published."""
    (folder / "data").mkdir()
    server = Server(folder / "data", free_port())
    try:
        server.run("migrate", "--quiet")
        server.run("example", "load", "story-2017", timeout=10 * PATIENCE)
        server.start()
        token = server.token("kominfo", "officer")
        first = taken(server, token, "first", 300)
        until_published(server, "1", len(first))
        older = folder / "older"
        older.write_bytes((server.data / "log" / "1" / "checkpoint").read_bytes())
        second = taken(server, token, "second", 300)
        size = until_published(server, "1", len(first) + len(second))
        until_published(server, "example", 1)
        receipts = [
            asked(server, token, f"/api/v1/notices/{notice}/receipt?grade=inclusion")
            for notice in (first[0], first[255], first[256], first[-1], second[0], second[-1])
        ]
        assert size > 2 * tile.WIDTH
    except BaseException:
        server.kill()
        raise
    logs = [Log(server.data / "log" / shard, key_of(server, shard)) for shard in ("1", "example")]
    return Written(server, Log(logs[0].folder, logs[0].key, older), logs[1], receipts)


def taken(server: Server, token: str, name: str, count: int) -> list[str]:
    """The ids of so many notices, sent in one call."""
    notices = [{**NOTICE, "explanation": f"A made-up placeholder, {name} {number}."} for number in range(count)]
    body = json.dumps({"notices": notices}).encode()
    answer = json.loads(asked(server, token, "/api/v1/notices/batch", body=body, **{"Idempotency-Key": name}))
    return [item["id"] for item in answer["items"] if item["status"] == 201]


def asked(server: Server, token: str, path: str, *, body: bytes | None = None, **fields: str) -> bytes:
    headers = {"Content-Type": "application/json", **fields}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{server.url}{path}", data=body, headers=headers)  # noqa: S310 - http alone.
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - the same.
        found: bytes = answer.read()
    return found


def until_published(server: Server, shard: str, size: int) -> int:
    """Wait for a checkpoint among the files that is at least as far; its size."""
    path, until, found = server.data / "log" / shard / "checkpoint", time.monotonic() + PATIENCE, 0
    while time.monotonic() < until:
        if path.exists():
            found = int(path.read_text(encoding="utf-8").split("\n")[1])
        if found >= size:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{found} leaves of shard {shard} are published, {size} were taken")


def key_of(server: Server, shard: str) -> VerifyKey:
    (found,) = read_keys(asked(server, "", f"/log/{shard}/keys.json").decode())
    return found


def golden(folder: Path) -> Log:
    """The golden log as files, grown at once by the pure package."""
    key = SigningKey(GOLDEN["origin"], bytes(range(32)))
    entries = [json.dumps({"i": number, "t": "notice.received"}).encode() for number in range(SIZE)]
    hashes = [leaf.leaf_hash(entry) for entry in entries]
    growth = Edge().grow(hashes)
    for one in growth.tiles:
        put(folder / one.tile.path, one.content)
    for bundle in tile.bundles_of(SIZE):
        first = bundle.index * tile.WIDTH
        put(folder / bundle.path, tile.encode_bundle(entries[first : first + bundle.width]))
    put(folder / "checkpoint", checkpoint.sign(key, size=SIZE, root=growth.root()).encode())
    older = folder.with_name("older")
    put(older, checkpoint.sign(key, size=OLDER, root=Edge().grow(hashes[:OLDER]).root()).encode())
    return Log(folder, key.verify_key, older)


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
