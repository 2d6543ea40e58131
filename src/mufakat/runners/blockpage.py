"""`mufakat feed blockpage`: says over plain http why a name is closed, from the list that `feed pull` keeps.

It reads the list of the disk, verified as before, and knows nothing else. It keeps no log of who asked for what, opens
nothing, and asks nobody. Where a name is not on the list any more, it says so, and caches keep nothing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from mufakat.formats import blockpage, feed as feeds, feed_chain, lists
from mufakat.formats.blockpage import Reason
from mufakat.formats.feed import FeedRefusedError, is_name
from mufakat.proof import canonical
from mufakat.rules.restriction import Match
from mufakat.runners.feed_standing import outlived_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from socket import socket

    from mufakat.formats.feed_chain import Loaded
    from mufakat.proof.key import VerifyKey

PATIENCE: Final = 10.0  # Seconds in which a request has to come.
AT_ONCE: Final = 64  # Requests; a page is made in a millisecond.
NOT_CLOSED: Final = (
    b"This name is not on a list here, or no longer. / Nama ini tidak, atau tidak lagi, ada dalam daftar.\n"
)


def now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


@dataclass
class Lists:
    """The lists of a folder, read again where a file is another one."""

    folder: Path
    keys: Sequence[VerifyKey]
    clock: Callable[[], datetime] = now
    _read: dict[Path, tuple[tuple[int, int], _Names | None]] = field(default_factory=dict, init=False, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def why(self, name: str) -> list[Reason]:
        """What closes a name now; nothing where nothing does."""
        if not is_name(name):
            return []
        at = self.clock()
        with self._turn:
            found = self._current()
        return [reason for each in found for reason in each.why(name, at=at)]

    def _current(self) -> list[_Names]:
        made = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                told = path.stat()
                state = (told.st_mtime_ns, told.st_ino)
                if path not in self._read or self._read[path][0] != state:
                    self._read[path] = (state, _Names.of(path.read_bytes(), self.keys))
            except OSError:
                continue
            names = self._read[path][1]
            if names is not None:
                made.append(names)
        return made


@dataclass(frozen=True, slots=True)
class _Names:
    loaded: Loaded
    by_name: dict[str, list[int]]  # Places in the entries of the list.

    @classmethod
    def of(cls, raw: bytes, keys: Sequence[VerifyKey]) -> _Names | None:
        try:
            loaded = feed_chain.load(feeds.read(raw, keys=keys), keys=keys)
        except FeedRefusedError:
            return None
        by_name: dict[str, list[int]] = {}
        for place, entry in enumerate(loaded.domains):
            by_name.setdefault(entry.name, []).append(place)
        return cls(loaded, by_name)

    def why(self, name: str, *, at: datetime) -> list[Reason]:
        feed = self.loaded.feed
        if feed.shadow or at >= outlived_at(feed):
            return []
        found = [self.loaded.domains[place] for place in self.by_name.get(name, ())]
        for parent in lists.parents(name):
            above = (self.loaded.domains[place] for place in self.by_name.get(parent, ()))
            found += [entry for entry in above if entry.match is Match.SUBTREE]
        text = max(canonical.timestamp(at), feed.at)
        made = []
        for entry in found:
            if entry.until > text:
                proof = self.loaded.proofs[entry.restriction]
                ground = f"{proof.ground.instrument}, {proof.ground.provision}"
                made.append(Reason(issuer=proof.issuer, ground=ground, until=entry.until, look_up=feed.look_up))
        return made


class Server(ThreadingHTTPServer):
    """Answers one request a connection, so many at once, each in its time."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, place: tuple[str, int], lists_: Lists) -> None:
        self.lists = lists_
        self._free = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(place, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, once one is free."""
        self._free.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Whoever went away, or sent what is no request, is no fault of ours; nobody is written down."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.0"
    timeout = PATIENCE
    server_version = "mufakat"
    sys_version = ""

    def answer(self) -> None:
        name = self.headers.get("Host", "").partition(":")[0].strip().lower().rstrip(".")
        reasons = self.server.lists.why(name)
        body = blockpage.page(name, reasons) if reasons else NOT_CLOSED
        self.send_response(blockpage.STATUS if reasons else 404)
        for header, value in (
            blockpage.headers(reasons) if reasons else (("Content-Type", "text/plain; charset=utf-8"),)
        ):
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815 - the library's names.

    def log_message(self, *_: object) -> None:
        """Who asked for a closed name is nobody's business."""
