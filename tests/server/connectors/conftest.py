"""A receiver of webhooks that does as it is told, and a house whose endpoints lead to it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.houses import House


@dataclass
class Receiver:
    """What it was sent, and how it answers: a function of the path and how many came before on it."""

    port: int = 0
    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: dict[str, Callable[[int, BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str = "/hook", *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def answer(self, path: str, status: int = 204, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        """Always this on that path."""

        def given(number: int, handler: BaseHTTPRequestHandler) -> None:
            del number
            reply(handler, status, headers, body)

        self.answers[path] = given

    def ids(self, path: str = "/hook") -> list[str]:
        with self.lock:
            return [headers["webhook-id"] for where, headers, _ in self.taken if where == path]


def reply(
    handler: BaseHTTPRequestHandler, status: int = 204, headers: dict[str, str] | None = None, body: bytes = b""
) -> None:
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    if status != 204:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with made.lock:
                made.taken.append((self.path, headers, raw))
                made.seen[self.path] += 1
                number = made.seen[self.path]
            answer = made.answers.get(self.path)
            if answer is None:
                reply(self)
            else:
                answer(number, self)

        def do_GET(self) -> None:
            with made.lock:
                made.seen["GET " + self.path] += 1
            reply(self)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # A client that goes away is what some tests are about.

    server = Server(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Post:
    """A house, its endpoints, and its worker's parts done by hand, at times of the test's own."""

    house: House
    receiver: Receiver
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def endpoint(
        self, path: str = "/hook", *, party: str = "telegram", seat: str = "representative", key: str = ""
    ) -> Any:
        """An endpoint of a party at the receiver: its id and its secret."""
        from mufakat.server.connectors import endpoints
        from mufakat.server.journal.answers import Key

        caller = self.house.caller(party, seat)
        named = Key.of(caller.party_id, "POST /api/v1/endpoints", key or path, path.encode())
        answer, secret = endpoints.set_up(
            self.receiver.url(path), by=caller, key=named, told=lambda made: made.id.encode()
        )
        return answer.subject, secret

    def work(self, *, after: timedelta = timedelta(0)) -> None:
        """Everything that is due so long from now, until nothing is left and nothing is in hand.

        A second ahead, so that what this very round writes is due in it too.
        """
        from mufakat.server.connectors import dispatch, expansion

        at = datetime.now(UTC) + timedelta(seconds=1) + after
        # These parts of the worker alone: hours later ladders would be climbed, and that has tests of its own.
        while any([part(at=at).more for part in (expansion.expand, dispatch.deliver, dispatch.bury)]):  # noqa: C419
            pass

    def deliveries(self, **known: Any) -> list[Any]:
        from mufakat.server.connectors.models import Delivery

        return list(Delivery.objects.filter(**known).select_related("event").order_by("pk"))


@pytest.fixture
def post(house: House, receiver: Receiver, settings_of: Callable[..., None]) -> Iterator[Post]:
    from mufakat.rules import egress
    from mufakat.server.connectors import dispatch

    settings_of(MUFAKAT_WEBHOOK_POLICY=egress.read_policy(["127.0.0.0/8", "::1/128"]))
    yield Post(house, receiver)
    dispatch.close(at=datetime.now(UTC))
