"""The probe against resolvers that answer, lie, break the form or are not there."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from mufakat.rules.probing import Reading, Way
from mufakat.rules.restriction import Sighting
from mufakat.runners import probe
from mufakat.runners.probe import Question, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Reply = Callable[["Resolver", dns.message.Message, bool], bytes | None]

ZONE = "terrorism.isp-a.rpz.mufakat"
CANARY = f"canary.{ZONE}"
CLOSED, OPEN = "closed.example.net", "open.example.net"
PATIENCE = 0.2


class Resolver:
    """Answers by UDP and TCP as a function says; counts who asks what."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: Counter[tuple[str, str, bool, bool]] = Counter()
        self.waiting = self.most = 0
        self.lock = threading.Lock()
        self.port = 0

    @property
    def at(self) -> Target:
        return Target("127.0.0.1", self.port)

    def answer(self, raw: bytes, *, tcp: bool) -> bytes | None:
        query = dns.message.from_wire(raw)
        name = query.question[0].name.to_text(omit_final_dot=True)
        signed = bool(query.ednsflags & dns.flags.DO)
        with self.lock:
            self.asked[name, dns.rdatatype.to_text(query.question[0].rdtype), signed, tcp] += 1
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        try:
            return self.reply(self, query, tcp)
        finally:
            with self.lock:
                self.waiting -= 1


@contextmanager
def resolver(reply: Reply) -> Iterator[Resolver]:
    made = Resolver(reply)

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, sock = self.request
            if (answer := made.answer(data, tcp=False)) is not None:
                sock.sendto(answer, self.client_address)

    class Stream(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError, struct.error):
                (length,) = struct.unpack("!H", self.request.recv(2))
                if (answer := made.answer(self.request.recv(length), tcp=True)) is not None:
                    self.request.sendall(struct.pack("!H", len(answer)) + answer)

    with ExitStack() as stack:
        while True:
            by_udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Datagram)
            try:
                by_tcp = socketserver.ThreadingTCPServer(("127.0.0.1", by_udp.server_address[1]), Stream)
            except OSError:
                by_udp.server_close()
                continue
            break
        made.port = by_udp.server_address[1]
        for server in (by_udp, by_tcp):
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        yield made


def as_bind(here: Resolver, query: dns.message.Message, tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
    """As a BIND with the list answers."""
    del here, tcp
    made = dns.message.make_response(query)
    name = made.question[0].name.to_text(omit_final_dot=True).lower()
    soa = dns.rrset.from_text(f"{ZONE}.", 30, "IN", "SOA", "localhost. root.localhost. 1 60 30 86400 30")
    if name == CANARY:
        if made.question[0].rdtype == dns.rdatatype.A:
            made.answer.append(dns.rrset.from_text(f"{name}.", 30, "IN", "A", "192.0.2.1"))
        made.additional.append(soa)
    elif name == CLOSED:
        made.set_rcode(dns.rcode.NXDOMAIN)
        made.additional.append(soa)
    elif name == OPEN:
        kind, address = (
            ("A", "198.51.100.80") if made.question[0].rdtype == dns.rdatatype.A else ("AAAA", "2001:db8::80")
        )
        made.answer.append(dns.rrset.from_text(f"{name}.", 30, "IN", kind, address))
    else:
        made.set_rcode(dns.rcode.NXDOMAIN)
        made.authority.append(
            dns.rrset.from_text(".", 30, "IN", "SOA", "a.root.example. h.root.example. 1 60 30 86400 30")
        )
    return made.to_wire()


def look(at: Target, *names: str, **options: object) -> probe.Looked:
    return probe.look([Question(at, names, CANARY)], patience=PATIENCE, **options)[0]  # type: ignore[arg-type]


def test_a_name_is_asked_for_in_four_ways() -> None:
    with resolver(as_bind) as here:
        found = look(here.at, OPEN)
    assert found.filters is True
    assert found.seen[0].readings == dict.fromkeys(Way, Reading.OPEN)
    asked = {key for key in here.asked if key[0] == OPEN}
    assert asked == {
        (OPEN, "A", False, False),
        (OPEN, "AAAA", False, False),
        (OPEN, "A", True, False),
        (OPEN, "A", False, True),
    }


def test_closed_and_open_names_are_told_apart() -> None:
    with resolver(as_bind) as here:
        found = look(here.at, CLOSED, OPEN)
    assert [(one.name, one.state) for one in found.seen] == [(CLOSED, Sighting.CLOSED), (OPEN, Sighting.OPEN)]
    assert found.seen[0].ways == "a=closed aaaa=closed do=closed tcp=closed"


@pytest.mark.parametrize("way", [(False, False, "AAAA"), (True, False, "A"), (False, True, "A")])
def test_what_is_closed_by_one_way_alone_is_found(way: tuple[bool, bool, str]) -> None:
    signed, tcp, kind = way

    def partly(here: Resolver, query: dns.message.Message, by_tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
        is_do = bool(query.ednsflags & dns.flags.DO)
        same = (is_do, by_tcp, dns.rdatatype.to_text(query.question[0].rdtype)) == (signed, tcp, kind)
        if same and query.question[0].name.to_text(omit_final_dot=True) == OPEN:
            made = dns.message.make_response(query)
            made.set_rcode(dns.rcode.NXDOMAIN)
            made.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.BLOCKED)])
            return made.to_wire()
        return as_bind(here, query, by_tcp)

    with resolver(partly) as here:
        assert look(here.at, OPEN).seen[0].state is Sighting.CLOSED


def test_an_answer_that_is_too_long_for_a_datagram_is_fetched_by_tcp() -> None:
    def cut(here: Resolver, query: dns.message.Message, tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
        if tcp:
            return as_bind(here, query, tcp)
        made = dns.message.make_response(query)
        made.flags |= dns.flags.TC
        return made.to_wire()

    with resolver(cut) as here:
        assert look(here.at, CLOSED, OPEN).seen[1].readings == dict.fromkeys(Way, Reading.OPEN)


def garbage(here: Resolver, query: dns.message.Message, tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
    del here, query, tcp
    return b"\xff" * 40


def empty(here: Resolver, query: dns.message.Message, tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
    del here, query, tcp
    return b""


def another(here: Resolver, query: dns.message.Message, tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
    """The answer to a question that nobody asked."""
    raw = bytearray(as_bind(here, query, tcp))
    raw[0] ^= 0xFF
    return bytes(raw)


def loop(here: Resolver, query: dns.message.Message, tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
    """A name that points at itself (a compression pointer without an end)."""
    del here, tcp
    return struct.pack("!HHHHHH", query.id, 0x8180, 1, 0, 0, 0) + b"\xc0\x0c\x00\x01\x00\x01"


def nobody(here: Resolver, query: dns.message.Message, tcp: bool) -> None:  # noqa: FBT001 - a Reply.
    del here, query, tcp


@pytest.mark.parametrize("reply", [garbage, empty, another, loop, nobody])
def test_what_is_no_answer_is_silence(reply: Reply) -> None:
    with resolver(reply) as here:
        found = look(here.at, CLOSED, OPEN)
    assert found.filters is None
    assert {one.state for one in found.seen} == {Sighting.SILENT}


def test_a_resolver_that_is_not_there_is_silent_and_holds_up_nobody_else() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken, resolver(as_bind) as here:
        taken.bind(("127.0.0.1", 0))
        nowhere = Target("127.0.0.1", taken.getsockname()[1])
        found = probe.look([Question(nowhere, [OPEN], CANARY), Question(here.at, [OPEN], CANARY)], patience=PATIENCE)
    assert [(one.filters, one.seen[0].state) for one in found] == [(None, Sighting.SILENT), (True, Sighting.OPEN)]


def test_who_filters_nothing_is_found() -> None:
    def plain(here: Resolver, query: dns.message.Message, tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
        name = query.question[0].name.to_text(omit_final_dot=True)
        if name == CANARY:
            query.question[0].name = dns.name.from_text("nowhere.example")
            raw = as_bind(here, query, tcp)
            made = dns.message.from_wire(raw)
            made.question[0].name = dns.name.from_text(CANARY)
            return made.to_wire()
        return as_bind(here, query, tcp)

    with resolver(plain) as here:
        assert look(here.at, OPEN).filters is False


def test_a_reference_is_asked_where_an_answer_does_not_say_it() -> None:
    def hides(here: Resolver, query: dns.message.Message, tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
        """It says of an open name that there is none, as if that were so."""
        if query.question[0].name.to_text(omit_final_dot=True) == OPEN:
            made = dns.message.make_response(query)
            made.set_rcode(dns.rcode.NXDOMAIN)
            made.authority.append(
                dns.rrset.from_text("example.net.", 30, "IN", "SOA", "ns.example.net. h.example.net. 1 60 30 86400 30")
            )
            return made.to_wire()
        return as_bind(here, query, tcp)

    with resolver(hides) as here, resolver(as_bind) as reference:
        alone = look(here.at, OPEN, "gone.example.net")
        compared = look(here.at, OPEN, "gone.example.net", reference=reference.at)
    assert [one.state for one in alone.seen] == [Sighting.SILENT, Sighting.SILENT]
    assert [one.state for one in compared.seen] == [Sighting.CLOSED, Sighting.OPEN]
    assert {key[0] for key in reference.asked} == {OPEN, "gone.example.net"}


def test_one_resolver_is_asked_no_more_than_so_much_at_once() -> None:
    everybody = threading.Event()

    def slow(here: Resolver, query: dns.message.Message, tcp: bool) -> bytes:  # noqa: FBT001 - a Reply.
        if here.most >= probe.OF_ONE:
            everybody.set()
        if query.question[0].name.to_text(omit_final_dot=True).startswith("host"):
            everybody.wait(5)
        return as_bind(here, query, tcp)

    names = [f"host{number}.example.net" for number in range(60)]
    with resolver(slow) as here:
        found = probe.look([Question(here.at, names, CANARY)], patience=3)[0]
    assert here.most == probe.OF_ONE
    assert {one.readings[Way.A] for one in found.seen} == {Reading.ABSENT}


def test_a_name_is_given_as_it_was_asked() -> None:
    with resolver(as_bind) as here:
        names = [f"n{number}.example.net" for number in range(20)]
        assert [one.name for one in look(here.at, *names).seen] == names
