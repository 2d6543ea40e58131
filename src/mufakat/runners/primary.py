"""Write to a primary server of zones: updates with TSIG (RFC 2136, 8945), many under way at once, and transfers (5936).

Each update says which SOA it expects and brings the next one: it is taken as a whole, on that state, or not at all. So
whoever sends it twice, or beside another sender, or dies in between, leaves no half state and no serial that goes back.
Needs the extra `dns`.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import TYPE_CHECKING, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsig

from mufakat.formats import rpz
from mufakat.runners import transfer
from mufakat.runners.updates import SOA, Sent, Update, encode, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.formats.tsig import TSIGKey
    from mufakat.runners.transfer import Transferred

WINDOW: Final = 64
"""Messages under way at once; a server reads on only when it has answered some."""

PATIENCE: Final = 600.0
"""Seconds that a transfer may take."""


class PrimaryError(RuntimeError):
    """The server does not answer, or not as one that has the key; the sentence says which."""


class Primary:
    """One connection to one server, made when it is needed and again after it broke."""

    def __init__(self, host: str, port: int, key: TSIGKey | None, *, timeout: float = 10.0) -> None:
        self.host = host
        self.port = port
        self._keys = None if key is None else transfer.ring(key.name, key.algorithm, key.secret)
        self._timeout = timeout
        self._connection: socket.socket | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def soas(self, zones: Sequence[str]) -> list[SOA | None]:
        """The state of each zone; None where the server does not serve it. Raises PrimaryError."""
        answers = self._exchange([_question(zone, self._keys) for zone in zones])
        return [_soa(zone, answer) for zone, answer in zip(zones, answers, strict=True)]

    def send(self, updates: Sequence[Update]) -> list[str]:
        """What the server says to each: `NOERROR`, `NXRRSET` (another state), `NOTAUTH`, `REFUSED` … PrimaryError."""
        answers = self._exchange([encode(update, self._keys) for update in updates])
        return [dns.rcode.to_text(answer.rcode()) for answer in answers]

    def lines(self, zone: str, action: rpz.Action) -> Transferred:
        """All that a zone has, by transfer, on a connection of its own. Raises PrimaryError, TransferError."""
        with self._connect() as connection:
            return transfer.take(connection, zone, action, self._keys, deadline=time.monotonic() + PATIENCE)

    def _connect(self) -> socket.socket:
        try:
            made = socket.create_connection((self.host, self.port), timeout=self._timeout)
        except OSError as error:
            raise PrimaryError(f"{self} does not answer ({type(error).__name__})") from None
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _exchange(self, asked: Sequence[Sent]) -> list[dns.message.Message]:
        """Ask all; on a connection that the server had closed meanwhile, once more on a new one.

        An update that had arrived before its connection went is refused the second time, since its state is past.
        """
        had = self._connection is not None
        try:
            try:
                return self._pipeline(asked)
            except (OSError, EOFError):
                self.close()
                if not had:
                    raise
                return self._pipeline(asked)
        except (OSError, EOFError) as error:
            self.close()
            raise PrimaryError(f"{self} broke off ({type(error).__name__})") from None
        except dns.exception.DNSException as error:
            self.close()
            raise PrimaryError(f"{self} answered what cannot be taken ({type(error).__name__})") from None

    def _pipeline(self, asked: Sequence[Sent]) -> list[dns.message.Message]:
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        under_way: dict[int, tuple[int, Sent]] = {}
        answers: dict[int, dns.message.Message] = {}

        def take() -> None:
            wire = transfer.framed(connection)
            place, sent = under_way.pop(int.from_bytes(wire[:2], "big"), (-1, None))
            if sent is None:
                raise dns.exception.FormError
            answers[place] = self._opened(wire, sent)

        for place, one in enumerate(asked):
            # Whoever waits for an answer has its number alone, by which it is known.
            while len(under_way) >= WINDOW or one.number in under_way:
                take()
            under_way[one.number] = (place, one)
            connection.sendall(struct.pack("!H", len(one.wire)) + one.wire)
        while under_way:
            take()
        return [answers[place] for place in range(len(asked))]

    def _opened(self, wire: bytes, sent: Sent) -> dns.message.Message:
        """The answer, once its signature is verified. Only a refusal may come without: the server has not our key."""
        answer = dns.message.from_wire(wire, keyring=self._keys, request_mac=sent.mac)
        if self._keys is not None and not answer.had_tsig and answer.rcode() == dns.rcode.NOERROR:
            raise dns.tsig.PeerError
        return answer


def _question(zone: str, keys: transfer.Ring | None) -> Sent:
    asked = dns.message.make_query(zone, "SOA", flags=0)
    return signed(asked.id, asked.to_wire(), keys)


def _soa(zone: str, answer: dns.message.Message) -> SOA | None:
    origin = dns.name.from_text(zone)
    found = answer.get_rrset(dns.message.ANSWER, origin, dns.rdataclass.IN, dns.rdatatype.SOA)
    if answer.rcode() != dns.rcode.NOERROR or not answer.flags & dns.flags.AA or not found:
        return None
    one = found[0]
    timers = rpz.Timers(one.refresh, one.retry, one.expire, one.minimum)
    return SOA(one.serial, timers, one.mname.to_text(), one.rname.to_text())
