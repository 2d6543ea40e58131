"""What tests of mail stand on: a configured house, an LMTP client, a server that takes letters by a script."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socketserver
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.conf import settings

from mufakat.server.connectors.listeners import stop_accepting
from mufakat.server.connectors.mail.configuration import Listen, Mail, Relay

if TYPE_CHECKING:
    from collections.abc import Iterator

DOMAIN = "mail.mufakat.example"


def letter(*, to: str = f"notices@{DOMAIN}", author: str = "officer@kominfo.example", **changes: str) -> bytes:
    """A mail as an officer would write it."""
    fields = {
        "Message-ID": "<one@kominfo.example>",
        "From": author,
        "To": to,
        "Subject": "A made-up placeholder",
        "Date": "Mon, 10 Jul 2017 09:00:00 +0700",
        **{name.replace("_", "-"): value for name, value in changes.items() if name != "body"},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    body = changes.get("body", "Please look at https://t.me/examplechannel/12\r\n")
    return f"{head}\r\n{body}".encode()


@contextlib.contextmanager
def configured(**told: Any) -> Iterator[Mail]:
    """A house that has mail."""
    former = settings.MUFAKAT_MAIL
    made = Mail(**{"domain": DOMAIN, "author": f"notices@{DOMAIN}", "pages": "http://127.0.0.1:8000", **told})
    settings.MUFAKAT_MAIL = made
    try:
        yield made
    finally:
        settings.MUFAKAT_MAIL = former


def lmtp(port: int, raw: bytes, *, sender: str = "officer@kominfo.example", to: str = f"notices@{DOMAIN}") -> str:
    """Hand a mail over by LMTP and give what was said; raises as smtplib does."""
    with smtplib.LMTP("127.0.0.1", port) as client:
        client.ehlo()
        code, said = client.mail(sender)
        if code != 250:
            return f"{code} {said.decode()}"
        code, said = client.rcpt(to)
        if code != 250:
            return f"{code} {said.decode()}"
        code, said = client.data(raw)
        return f"{code} {said.decode()}"


@dataclass
class Sink:
    """A mail server that keeps what it takes, and answers by a script: recipient → what is said to RCPT or DATA."""

    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    says: dict[str, str] = field(default_factory=dict)
    arrived: threading.Event = field(default_factory=threading.Event)

    async def handle_RCPT(self, *told: Any) -> str:  # noqa: N802 - aiosmtpd's name.
        _, _, envelope, address, _ = told
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *told: Any) -> str:  # noqa: N802 - the same.
        _, _, envelope = told
        self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), bytes(envelope.content)))
        self.arrived.set()
        return "250 OK"


@contextlib.contextmanager
def sink() -> Iterator[tuple[Sink, Relay]]:
    """The server, and how it is reached."""
    from tests.houses import free_port

    made = Sink()
    port = free_port()
    controller = Listening(made, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield made, Relay("127.0.0.1", port)
    finally:
        asyncio.run_coroutine_threadsafe(controller.hang_up(), controller.loop).result(10)
        controller.stop()


class Listening(Controller):
    """Hangs up on everybody before it stops: its loop ends without a look at what is still open."""

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        self.connected: set[SMTP] = set()

    def factory(self) -> SMTP:
        connected = self.connected

        class Session(SMTP):
            def connection_made(self, transport: Any) -> None:
                connected.add(self)
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                connected.discard(self)
                super().connection_lost(error)

        return Session(self.handler, **self.SMTP_kwargs)

    async def hang_up(self) -> None:
        if isinstance(self.server, asyncio.Server):
            await stop_accepting(self.server)
        while self.connected:
            for one in list(self.connected):
                if isinstance(one.transport, asyncio.WriteTransport):
                    one.transport.abort()
            await asyncio.sleep(0.01)


@contextlib.contextmanager
def scripted(**says: str) -> Iterator[Relay]:
    """A mail server that says this to the commands named, and to `banner` and `letter`; to all others that it is well.

    After a line that is empty it hangs up.
    """

    class Handler(socketserver.StreamRequestHandler):
        def say(self, what: str, usual: str) -> bool:
            line = says.get(what, usual)
            if line:
                self.wfile.write(line.encode() + b"\r\n")
            return bool(line)

        def handle(self) -> None:
            going = self.say("banner", "220 ready")
            while going and (line := self.rfile.readline()):
                verb = line.split()[0].decode().lower()
                going = self.say(verb, {"data": "354 go on", "quit": "221 bye"}.get(verb, "250 well"))
                if verb == "data" and says.get("data", "3").startswith("3"):
                    while self.rfile.readline() not in {b".\r\n", b""}:
                        pass
                    going = self.say("letter", "250 taken")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield Relay("127.0.0.1", server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def listening() -> Iterator[int]:
    """Mail taken by LMTP on a free port of this machine."""
    from mufakat.server.connectors.mail import lmtp as server

    with configured(), server.listening(Listen(host="127.0.0.1")) as made:
        assert made.ready.wait(10)
        yield made.port
