"""An update of a zone as bytes (RFC 2136), signed (RFC 8945): one step from a known state to the next.

What it expects is the whole SOA of the state before, so a server takes it on that state, whole, or not at all. Names
are written here and not by dnspython, which takes 120 µs for each: a list of a million would take two minutes.
"""

from __future__ import annotations

import secrets
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TSIG
import dns.tsig

from mufakat.formats import rpz

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mufakat.runners.transfer import Ring

ROOM: Final = 60_000
"""Bytes of an update; TCP carries 65,535, and the signature comes behind."""

_UPDATE = 5 << 11  # The opcode, in the flags of a message.
_HEAD = struct.Struct("!HHHHHH")
_FIXED = struct.Struct("!HHIH")
_TO_ZONE = b"\xc0\x0c"  # A pointer to the zone's name, which stands first.
_OVERHEAD = 1 + len(_TO_ZONE) + _FIXED.size + 20  # Of a line beside its owner: the longest target has twenty bytes.
_FUDGE = 300  # Seconds that clocks may differ, as everybody has it.


@dataclass(frozen=True, slots=True)
class SOA:
    """The state of a zone, as its server has it."""

    serial: int
    timers: rpz.Timers = rpz.TIMERS
    mname: str = rpz.MNAME
    rname: str = rpz.RNAME

    def wire(self) -> bytes:
        """Its data, uncompressed."""
        times = self.timers
        return (
            _name(self.mname)
            + _name(self.rname)
            + struct.pack("!IIIII", self.serial, times.refresh, times.retry, times.expire, times.minimum)
        )


@dataclass(frozen=True, slots=True)
class Update:
    """One step of a zone. What is taken away is so before anything is added."""

    zone: str
    before: SOA
    after: SOA
    remove: Sequence[str] = ()
    add: Sequence[str] = ()
    action: rpz.Action = rpz.Action.NXDOMAIN
    founds: bool = False  # Also sets what an empty zone has: its name server and its canary.


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way: its number, its bytes, and the signature that its answer refers to."""

    number: int
    wire: bytes
    mac: bytes = field(default=b"", repr=False)


def portions(zone: str, remove: Sequence[str], add: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """What is to be taken away and added, cut so that each portion fits in an update; taking away comes first."""
    whole = ROOM - 4 * len(zone) - 500
    made: list[tuple[list[str], list[str]]] = [([], [])]
    left = whole
    for place, owners in ((0, remove), (1, add)):
        for owner in owners:
            left -= len(owner) + _OVERHEAD
            if left < 0:
                made.append(([], []))
                left = whole - len(owner) - _OVERHEAD
            made[-1][place].append(owner)
    return made


def encode(update: Update, keys: Ring | None) -> Sent:
    """The message, with a number of its own."""
    zone = _name(update.zone)
    soa = int(dns.rdatatype.SOA)
    asks = zone + struct.pack("!HH", soa, dns.rdataclass.IN)
    expects = _record(_TO_ZONE, soa, 0, update.before.wire())
    lines = list(_lines(update))
    number = secrets.randbits(16)
    head = _HEAD.pack(number, _UPDATE, 1, 1, len(lines), 0)
    return signed(number, b"".join([head, asks, expects, *lines]), keys)


def signed(number: int, wire: bytes, keys: Ring | None) -> Sent:
    """The message with a signature behind it, where there is a key."""
    if keys is None:
        return Sent(number, wire)
    (key,) = keys.values()
    bare = dns.rdtypes.ANY.TSIG.TSIG(  # type: ignore[no-untyped-call]  # Typed in part.
        dns.rdataclass.ANY, dns.rdatatype.TSIG, key.algorithm, 0, _FUDGE, b"\0" * 32, number, 0, b""
    )
    rdata, _ = dns.tsig.sign(wire, key, bare, int(time.time()), b"")  # type: ignore[no-untyped-call]  # The same.
    data = rdata.to_wire() or b""
    fixed = _FIXED.pack(dns.rdatatype.TSIG, dns.rdataclass.ANY, 0, len(data))
    counted = wire[:10] + struct.pack("!H", 1) + wire[12:]
    return Sent(number, b"".join([counted, key.name.to_wire() or b"", fixed, data]), rdata.mac)


def _lines(update: Update) -> Iterator[bytes]:
    gone = _FIXED.pack(dns.rdatatype.ANY, dns.rdataclass.ANY, 0, 0)
    for owner in update.remove:
        yield _labels(owner) + _TO_ZONE + gone
    target = _name(update.action.value)
    does = _TO_ZONE + _FIXED.pack(dns.rdatatype.CNAME, dns.rdataclass.IN, rpz.TTL, len(target)) + target
    for owner in update.add:
        yield _labels(owner) + does
    if update.founds:
        address = bytes(map(int, rpz.CANARY_ADDRESS.split(".")))
        yield _record(_TO_ZONE, dns.rdatatype.NS, rpz.TTL, _name(rpz.MNAME))
        canary = _labels(rpz.canary(update.zone)) + _TO_ZONE
        yield canary + gone
        yield _record(canary, dns.rdatatype.A, rpz.TTL, address)
    yield _record(_TO_ZONE, dns.rdatatype.SOA, rpz.TTL, update.after.wire())


def _record(owner: bytes, type_: int, ttl: int, data: bytes) -> bytes:
    return owner + _FIXED.pack(type_, dns.rdataclass.IN, ttl, len(data)) + data


def _name(text: str) -> bytes:
    """A whole name, uncompressed."""
    return dns.name.from_text(text).to_wire() or b""


def _labels(owner: str) -> bytes:
    """The labels of an owner, without an end."""
    if "\\" in owner:
        return b"".join(bytes([len(label)]) + label for label in dns.name.from_text(owner, None).labels)
    made = bytearray()
    for label in owner.encode("ascii").split(b"."):
        if not 0 < len(label) < 64:
            raise ValueError("a label has 1 to 63 bytes")
        made.append(len(label))
        made += label
    return bytes(made)
