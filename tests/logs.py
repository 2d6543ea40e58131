"""Small published logs for tests: leaves in chains, their tiles and a signed head, as files or behind loopback."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from mufakat.proof import canonical, checkpoint, leaf
from mufakat.proof.edge import Edge
from mufakat.proof.key import SigningKey
from mufakat.proof.leaf import Leaf
from mufakat.proof.reader import TileReader
from mufakat.proof.tile import Bundle, Tile, bundles_of, encode_bundle, tiles_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ORIGIN = "log.mufakat.example/2026a"
KEY = SigningKey.generate(ORIGIN, seed=bytes(range(32)))
VKEY = KEY.verify_key.vkey
BEGUN = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
DIGEST = canonical.to_base64(bytes(32))
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def id_of(prefix: str, number: int) -> str:
    """An id of this kind that sorts by its number."""
    digits = ""
    for _ in range(26):
        digits = ALPHABET[number % 32] + digits
        number //= 32
    return f"{prefix}_{digits}"


@dataclass
class Writer:
    """Writes leaves as the journal does: chained by channel, in the order of their times."""

    at: datetime = BEGUN
    leaves: list[bytes] = field(default_factory=list)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)

    def write(self, type_: str = "notice.seen", *, chan: str = "kominfo>telegram", **members: Any) -> str:
        """One leaf; gives its event's id. Members replace what the chain would have."""
        seq, prev = self.heads.get(chan, (0, None))
        event = members.pop("id", id_of("evt", len(self.leaves) + 1))
        self.at += timedelta(milliseconds=members.pop("after", 1))
        said: dict[str, Any] = {
            "v": 1,
            "id": event,
            "type": type_,
            "at": canonical.timestamp(self.at),
            "chan": chan,
            "seq": seq + 1,
            "prev": prev,
            "actor": chan.split(">", maxsplit=1)[0],
            "case": None,
            "due": None,
            "law": None,
            "c": {},
            "ref": (),
            "sig": (),
        }
        made = leaf.encode(Leaf(**(said | members)))
        self.heads[chan] = (seq + 1, canonical.to_base64(leaf.leaf_hash(made)))
        self.leaves.append(made)
        return str(event)


def many(count: int) -> list[bytes]:
    """So many leaves of one channel."""
    writer = Writer()
    for _ in range(count):
        writer.write()
    return writer.leaves


@dataclass
class Published:
    """A log with all its files by path, for any of its sizes."""

    leaves: Sequence[bytes]
    key: SigningKey = KEY

    def head(self, size: int | None = None) -> bytes:
        """The signed head at this size."""
        size = len(self.leaves) if size is None else size
        root = Edge().grow([leaf.leaf_hash(one) for one in self.leaves[:size]]).root()
        return checkpoint.sign(self.key, size=size, root=root).encode()

    def tile(self, one: Tile) -> bytes:
        """A tile of the whole log, as wide as it is asked for."""
        grown = Edge().grow([leaf.leaf_hash(each) for each in self.leaves]).tiles
        return next(each.content for each in grown if (each.tile.level, each.tile.index) == (one.level, one.index))[
            : one.length
        ]

    def reader(self) -> TileReader:
        """Proofs from the tiles of the whole log."""
        return TileReader(self.tile)

    def files(self, size: int | None = None) -> dict[str, bytes]:
        """Every file of the log at this size."""
        size = len(self.leaves) if size is None else size
        leaves = self.leaves[:size]
        grown = {one.tile: one.content for one in Edge().grow([leaf.leaf_hash(one) for one in leaves]).tiles}
        found = {one.path: grown[one] for one in tiles_of(size)}
        for one in bundles_of(size):
            found[one.path] = encode_bundle(leaves[one.index * 256 :][: one.width])
        return {"checkpoint": self.head(size), **found}

    def write(self, folder: Path, size: int | None = None) -> Path:
        """The files in a folder, beside those that are there."""
        for path, content in self.files(size).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return folder


def last_bundle(size: int) -> Bundle:
    """The bundle of the last entries."""
    return list(bundles_of(size))[-1]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of a folder over HTTP/1.1, without a word on standard error."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        del format, args


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder, behind loopback."""
    with answering(partial(Quiet, directory=str(folder))) as url:
        yield url


@contextmanager
def answering(handler: Any) -> Iterator[str]:
    """The address of a server that answers as the handler does."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
