"""A house as the feed client sees it: one list over HTTP on loopback, which a test changes, breaks or stops."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "token-of-an-engineer"


@dataclass
class House:
    """What it answers with."""

    raw: bytes = b""
    tag: str = 'W/"1"'
    status: int = 200
    port: int = 0
    asked: list[str | None] = field(default_factory=list)  # The tags that it was asked with.
    silent: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feeds/terrorism"

    def show(self, raw: bytes, tag: str) -> None:
        self.raw, self.tag = raw, tag


@contextlib.contextmanager
def house(raw: bytes = b"") -> Iterator[House]:
    made = House(raw)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tag = self.headers.get("If-None-Match")
            made.asked.append(tag)
            if made.silent.is_set():
                made.go_on.wait(30)
                return
            status = made.status
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status = 401
            elif self.path != "/feeds/terrorism/domains.json":
                status = 404
            elif status == 200 and tag == made.tag:
                status = 304
            body = made.raw if status == 200 else b""
            self.send_response(status)
            self.send_header("ETag", made.tag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        made.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
