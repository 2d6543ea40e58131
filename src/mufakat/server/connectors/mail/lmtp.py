"""The way in: LMTP (RFC 2033) on a socket of this machine, behind a mail server that keeps its queue until we say yes.

"250" is said when the mail is durable and not before. A process that dies in between leaves the mail in the queue, and
what comes twice is one mail (``intake``). What is no address of ours is refused at once, so that nobody's list is held.
"""

from __future__ import annotations

import asyncio
import fcntl
import functools
import itertools
import logging
import os
import socket
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connections

from mufakat.formats import mail
from mufakat.server.connectors.listeners import stop_accepting
from mufakat.server.connectors.mail import addresses, bounces, intake
from mufakat.server.connectors.mail.addresses import Kind
from mufakat.server.journal import door
from mufakat.server.journal.errors import DiskFullError, WriteError

try:
    from aiosmtpd.lmtp import LMTP
except ImportError:  # The server works without mail.
    raise ImportError("aiosmtpd is missing; mail needs: pip install 'mufakat[mail]'") from None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mufakat.server.connectors.mail.addresses import Address
    from mufakat.server.connectors.mail.configuration import Listen
    from mufakat.server.journal.work import Deed

log = logging.getLogger(__name__)

RECIPIENTS = 20  # Of one mail; whoever has more has them in a second transaction.
IDLE = 300.0  # Seconds that a connection may be silent.
AGAIN = 1.0  # Seconds between two looks whether the place has become free.
FLUSHING = 50  # Looks, 0.01 s apart, in which a last answer may still go out.


class Protocol(LMTP):
    """LMTP that takes lines as long as people's programs write them; the mail's size is the bound."""

    line_length_limit = 1024 * 1024

    def __init__(self, *told: Any, among: set[Protocol], **more: Any) -> None:
        self._among = among  # Those that are connected, and no others.
        super().__init__(*told, **more)

    def connection_made(self, transport: Any) -> None:
        self._among.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._among.discard(self)
        super().connection_lost(error)


class Handler:
    """What is done with each command."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name.
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        del server, session
        if addresses.read(address) is None:
            return "550 5.1.1 This is no address of ours"
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the same.
        del server, session
        raw, sender = bytes(envelope.content), envelope.mail_from or ""
        sender = "" if sender == "<>" else sender  # So the library names nobody.
        # LMTP answers for each recipient (RFC 2033, section 4.2); each is durable by itself.
        return "\r\n".join([await self._take(raw, sender, address) for address in envelope.rcpt_tos])

    async def handle_exception(self, error: Exception) -> str:
        log.error("mail not taken", extra={"reason": type(error).__name__})
        return "451 4.3.0 Something went wrong here; it is tried again"

    async def _take(self, raw: bytes, sender: str, address: str) -> str:
        to = addresses.read(address)
        if to is None:
            return "550 5.1.1 This is no address of ours"
        try:
            deed = await asyncio.to_thread(functools.partial(deed_of, raw, sender, to))
            taken = await door.writer().enter(deed)
        except DiskFullError:
            return "452 4.3.1 No room is left"
        except WriteError:
            return "451 4.3.0 It may be stored; it is tried again"
        except Exception:  # Whatever a stranger's mail breaks in us; the other recipients have their own answers.
            log.exception("mail not taken")
            return "451 4.3.0 Something went wrong here; it is tried again"
        # The id is no secret to a mail server that had the mail in its hands.
        return f"250 2.0.0 {'Known' if taken.repeated else 'Taken'} as {taken.id}"


def deed_of(raw: bytes, sender: str, to: Address) -> Deed:
    """What is done with a mail to this address: a bounce is counted, everything else taken in."""
    if to.kind is Kind.BOUNCE:
        return bounces.deed(raw, letter=to.subject, sender=sender)
    return intake.deed(raw, sender=sender, to=to)


class Server:
    """A thread with an event loop of its own that listens, once it alone has the place."""

    def __init__(self, where: Listen) -> None:
        self.where = where
        self.port = where.port
        self.ready = threading.Event()
        self.connected: set[Protocol] = set()
        self._stop = threading.Event()
        self._hush: Callable[[], object] | None = None  # Ends the loop; there is one while it listens.
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._live, name="lmtp", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; a mail that is being written is finished by the writer, and said twice if need be."""
        with self._lock:
            self._stop.set()
            if self._hush is not None:
                self._hush()
        self._thread.join()

    def _live(self) -> None:
        # Of several processes one listens; where it ends the next takes its place, for a lock ends with its holder.
        descriptor = os.open(Path(settings.MUFAKAT_DATA) / "lmtp.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not self._stop.is_set():
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._stop.wait(AGAIN)
                    continue
                try:
                    with bound(self.where) as place:
                        asyncio.run(self._serve(place))
                except OSError as error:
                    log.critical("mail is not taken", extra={"reason": f"MUFAKAT_LMTP: {error.strerror}"})
                    self._stop.wait(AGAIN * 10)
        finally:
            os.close(descriptor)
            connections.close_all()

    async def _serve(self, place: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()

        def made() -> Any:
            return Protocol(
                Handler(),
                among=self.connected,
                data_size_limit=mail.MAX_MAIL,
                hostname="mufakat",
                ident="Mufakat",
                timeout=IDLE,
                loop=loop,
            )

        if self.where.path:
            server = await loop.create_unix_server(made, sock=place)
        else:
            server = await loop.create_server(made, sock=place)
            self.port = place.getsockname()[1]
        with self._lock:
            if self._stop.is_set():
                over.set()
            self._hush = functools.partial(loop.call_soon_threadsafe, over.set)
        self.ready.set()
        try:
            await over.wait()
        finally:
            with self._lock:
                self._hush = None
            self.ready.clear()
            await stop_accepting(server)
            await self._hang_up()

    async def _hang_up(self) -> None:
        """Close every connection, and see it closed: the loop ends without a look at what is still open."""
        for look in itertools.count():
            if not self.connected:
                return
            for protocol in list(self.connected):
                transport = protocol.transport
                if isinstance(transport, asyncio.WriteTransport) and look >= FLUSHING:
                    transport.abort()  # It does not read what it was told.
                elif transport is not None:
                    transport.close()
            await asyncio.sleep(0.01)


def bound(where: Listen) -> socket.socket:
    """A socket at this place. What a former process left of a socket file is removed: we hold the lock."""
    if not where.path:
        family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
        made = socket.socket(family)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((where.host, where.port))
        return made
    with suppress(FileNotFoundError):
        Path(where.path).unlink()
    made = socket.socket(socket.AF_UNIX)
    made.bind(where.path)
    # A mail server of this machine runs as somebody else; who may pass the folder may write.
    Path(where.path).chmod(0o666)
    return made


@contextmanager
def listening(where: Listen) -> Iterator[Server]:
    """Take mails while the block runs. The caller has opened the house."""
    server = Server(where)
    server.start()
    try:
        yield server
    finally:
        server.stop()
