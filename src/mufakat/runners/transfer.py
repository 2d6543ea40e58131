"""Take all lines of a zone over from its server (AXFR, RFC 5936), of a million names within seconds.

A general reader makes objects of every record, which takes a minute for a million; this one looks at names and targets
alone. The signature of every message is verified by dnspython as it would be there. Needs the extra `dns`.
"""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig

from mufakat.formats import rpz

if TYPE_CHECKING:
    import socket
    from typing import Any

Ring = dict[dns.name.Name, dns.tsig.Key]

_POINTER = 0xC0
_FIXED = struct.Struct("!HHIH")  # Type, class, TTL, length of the data.
_HEAD = struct.Struct("!HHHHHH")
_UNSIGNED = 99  # Messages that may come between two signed ones (RFC 8945, 5.3.1).


class TransferError(RuntimeError):
    """The server does not give the zone out, or not whole; the sentence says why."""


@dataclass(slots=True)
class Transferred:
    """A zone as its server has it: owners whose line does what it should, and those of whatever else is there."""

    serial: int
    lines: set[str] = field(default_factory=set)
    strange: set[str] = field(default_factory=set)
    has_canary: bool = False


def ring(name: str, algorithm: str, secret: str) -> Ring:
    """A key as dnspython takes it."""
    owner = dns.name.from_text(name)
    return {owner: dns.tsig.Key(owner, secret, algorithm)}


def framed(connection: socket.socket) -> bytes:
    """The next message of a connection. Raises EOFError at its end, OSError."""
    return _exactly(connection, int.from_bytes(_exactly(connection, 2), "big"))


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = connection.recv(count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def take(
    connection: socket.socket, zone: str, action: rpz.Action, keys: Ring | None, *, deadline: float
) -> Transferred:
    """Ask for the zone and read it to its end. Raises TransferError."""
    asked = dns.message.make_query(zone, "AXFR", flags=0)
    if keys is not None:
        asked.use_tsig(keys)
    wire = asked.to_wire()
    reader = _Reader(zone, action, asked, keys)
    try:
        connection.sendall(struct.pack("!H", len(wire)) + wire)
        while not reader.ended:
            if time.monotonic() > deadline:
                raise TransferError(f"{zone} took too long")
            reader.read(framed(connection))
    except (OSError, EOFError, IndexError, RecursionError, struct.error, dns.exception.DNSException) as error:
        raise TransferError(f"the transfer of {zone} broke off ({type(error).__name__})") from None
    if keys is not None and reader.unsigned:
        raise TransferError(f"the end of {zone} is not signed")
    return reader.found


class _Reader:
    def __init__(self, zone: str, action: rpz.Action, asked: dns.message.Message, keys: Ring | None) -> None:
        self.found = Transferred(0)
        self.ended = False
        self.unsigned = 0
        self._begun = False
        self._zone = f"{zone}."
        self._behind = f".{zone}."
        self._target = "" if action is rpz.Action.NXDOMAIN else action.value
        self._canary = rpz.canary(zone)
        self._asked = asked
        self._keys = keys
        self._context: Any = None
        self._names: dict[int, str] = {}

    def read(self, wire: bytes) -> None:
        """One message."""
        number, flags, questions, answers, _, more = _HEAD.unpack_from(wire)
        if number != self._asked.id:
            raise TransferError(f"{self._zone} was answered with another message")
        if flags & 0xF:
            raise TransferError(f"{self._zone} is not given out: {dns.rcode.to_text(dns.rcode.Rcode(flags & 0xF))}")
        self._names.clear()
        at = _HEAD.size
        for _ in range(questions):
            _, at = self._name(wire, at)
            at += 4
        for _ in range(answers):
            at = self._record(wire, at)
        self._verify(wire, at, more)

    def _record(self, wire: bytes, at: int) -> int:
        owner, at = self._name(wire, at)
        type_, _, _, length = _FIXED.unpack_from(wire, at)
        at += _FIXED.size
        end: int = at + length
        if type_ == dns.rdatatype.SOA and owner == self._zone:
            self._state(wire, end)
            return end
        if self.ended or not self._begun:
            raise TransferError(f"{self._zone} does not stand between its two SOA records")
        if owner == self._zone:
            return end
        relative = owner.removesuffix(self._behind)
        if type_ == dns.rdatatype.CNAME and self._name(wire, at)[0] == self._target:
            self.found.lines.add(relative)
        elif type_ == dns.rdatatype.A and relative == self._canary:
            self.found.has_canary = wire[at:end] == bytes(map(int, rpz.CANARY_ADDRESS.split(".")))
        else:
            self.found.strange.add(relative)
        return end

    def _state(self, wire: bytes, end: int) -> None:
        (serial,) = struct.unpack_from("!I", wire, end - 20)
        if self._begun and serial != self.found.serial:
            raise TransferError(f"{self._zone} changed on the way")
        self.ended = self._begun
        self._begun = True
        self.found.serial = serial

    def _name(self, wire: bytes, at: int) -> tuple[str, int]:
        """A name in lower case with its last dot, the root as nothing; and where it ends."""
        labels = []
        begun = at
        while True:
            length = wire[at]
            if length >= _POINTER:
                labels.append(self._pointed(wire, at, begun))
                at += 2
                break
            label = wire[at + 1 : at + 1 + length].lower()
            at += 1 + length
            labels.append(label.decode("ascii") if label.isalnum() else rpz.escaped_label(label))
            if not length:
                break
        name = self._names[begun] = ".".join(labels)
        return name, at

    def _pointed(self, wire: bytes, at: int, begun: int) -> str:
        """The rest of a name that began at `begun`; it stands further up, or a server could send us round for ever."""
        pointer = int.from_bytes(wire[at : at + 2], "big") & 0x3FFF
        if pointer >= begun:
            raise TransferError("a name of the transfer points forward")
        found = self._names.get(pointer)
        return self._name(wire, pointer)[0] if found is None else found

    def _verify(self, wire: bytes, at: int, more: int) -> None:
        """Verify the signature of this message, or count that it has none (RFC 8945, 5.3.1)."""
        if self._keys is None:
            return
        signature = None
        for _ in range(more):
            begun = at
            owner, at = self._name(wire, at)
            type_, _, _, length = _FIXED.unpack_from(wire, at)
            at += _FIXED.size
            if type_ == dns.rdatatype.TSIG:
                signature = (begun, owner, dns.rdata.from_wire("ANY", "TSIG", wire, at, length))
            at += length
        if signature is None:
            self.unsigned += 1
            if self._context is None or self.unsigned > _UNSIGNED:
                raise TransferError(f"{self._zone} is not signed")
            self._context.update(wire)
            return
        begun, owner, rdata = signature
        name = dns.name.from_text(owner)
        if name not in self._keys:
            raise TransferError(f"{self._zone} is signed with another key")
        self.unsigned = 0
        self._context = dns.tsig.validate(  # type: ignore[no-untyped-call]  # Typed in part.
            wire, self._keys[name], name, rdata, int(time.time()), self._asked.mac, begun, self._context, multi=True
        )
