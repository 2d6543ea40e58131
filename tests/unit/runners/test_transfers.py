"""Zones over the wire: what a server sends is read whole and signed, or refused; what we send expects a state."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.update
import pytest
from hypothesis import given, strategies as st

from mufakat.formats import rpz, tsig
from mufakat.formats.rpz import Action
from mufakat.runners import transfer
from mufakat.runners.primary import Primary, PrimaryError
from mufakat.runners.transfer import TransferError
from mufakat.runners.updates import ROOM, SOA, Update, encode, portions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ZONE = "terrorism.isp-a.rpz.mufakat"
KEY = tsig.TSIGKey("publisher", "hmac-sha256", "c2l4dGVlbiBieXRlcyEhIQ==")
RING = transfer.ring(KEY.name, KEY.algorithm, KEY.secret)
SOA_TEXT = f"{ZONE}. 30 IN SOA localhost. root.localhost. 7 60 30 86400 30"


def record(text: str) -> dns.rrset.RRset:
    """One record from `owner TTL IN TYPE data`."""
    owner, ttl, class_, type_, data = text.split(" ", 4)
    return dns.rrset.from_text(owner, int(ttl), class_, type_, data)


def line(owner: str, data: str = "CNAME .") -> dns.rrset.RRset:
    return record(f"{owner}.{ZONE}. 30 IN {data}")


WHOLE = [
    record(SOA_TEXT),
    line(rpz.canary(ZONE), "A 192.0.2.1"),
    line("a.example"),
    line("*.a.example"),
    record(SOA_TEXT),
]


def serve(asked: bytes, messages: Sequence[Sequence[dns.rrset.RRset]], *, signed: Sequence[bool]) -> Iterator[bytes]:
    """The messages of a transfer as a server signs them."""
    question = dns.message.from_wire(asked, keyring=RING)
    context = None
    for records, signs in zip(messages, signed, strict=True):
        answer = bare(question)
        answer.answer.extend(records)
        if signs:
            answer.use_tsig(RING)
            answer.request_mac = question.mac or b""
            yield answer.to_wire(multi=True, tsig_ctx=context, max_size=65_535) or b""
            context = answer.tsig_ctx
            continue
        yield (wire := answer.to_wire(max_size=65_535) or b"")
        if context is not None:
            context.update(wire)


def bare(question: dns.message.Message) -> dns.message.Message:
    """An answer without a signature."""
    answer = dns.message.Message(question.id) if question.opcode() else dns.message.QueryMessage(question.id)
    answer.flags = dns.flags.QR | dns.flags.AA
    answer.set_opcode(question.opcode())
    return answer


@contextmanager
def served(answer: Callable[[bytes], Iterator[bytes]]) -> Iterator[socket.socket]:
    """The asking end of a connection whose other end answers what it is asked."""
    ours, theirs = socket.socketpair()
    ours.settimeout(10)

    def live() -> None:
        with closing(theirs):
            for wire in answer(transfer.framed(theirs)):
                theirs.sendall(struct.pack("!H", len(wire)) + wire)

    thread = threading.Thread(target=live)
    thread.start()
    with closing(ours):
        yield ours
    thread.join()


def taken(
    messages: Sequence[Sequence[dns.rrset.RRset]], *, signed: Sequence[bool] | None = None, key: bool = True
) -> transfer.Transferred:
    signs = [True] * len(messages) if signed is None else signed
    with served(lambda asked: serve(asked, messages, signed=signs)) as connection:
        return transfer.take(connection, ZONE, Action.NXDOMAIN, RING if key else None, deadline=time.monotonic() + 10)


def test_a_zone_is_read_over_several_messages() -> None:
    found = taken([WHOLE[:2], WHOLE[2:3], WHOLE[3:]])
    assert (found.serial, found.lines, found.strange, found.has_canary) == (
        7,
        {"a.example", "*.a.example"},
        set(),
        True,
    )


def test_a_message_between_signed_ones_needs_no_signature() -> None:
    assert taken([WHOLE[:2], WHOLE[2:3], WHOLE[3:]], signed=[True, False, True]).lines == {"a.example", "*.a.example"}


def test_what_is_no_line_of_ours_is_strange() -> None:
    others = [line("b.example", "CNAME rpz-passthru."), line("c.example", "TXT x"), line("a\\010b.example")]
    found = taken([[*WHOLE[:-1], *others, WHOLE[-1]]])
    assert found.strange == {"b.example", "c.example"}
    assert "a\\010b.example" in found.lines


def test_upper_case_is_no_difference() -> None:
    found = taken([[WHOLE[0], line("WEB.Example"), WHOLE[-1]]])
    assert (found.lines, found.has_canary) == ({"web.example"}, False)


@pytest.mark.parametrize(
    ("messages", "signed"),
    [
        ([WHOLE], [False]),
        ([WHOLE[:2], WHOLE[2:]], [True, False]),
        ([WHOLE[1:]], [True]),
        ([[*WHOLE, line("late.example")]], [True]),
        ([[*WHOLE[:-1], record(SOA_TEXT.replace(" 7 ", " 8 "))]], [True]),
        ([WHOLE[:-1]], [True]),
    ],
    ids=["not signed", "end not signed", "no beginning", "behind its end", "changed on the way", "cut off"],
)
def test_a_zone_that_is_not_whole_and_signed_is_refused(
    messages: Sequence[Sequence[dns.rrset.RRset]], signed: Sequence[bool]
) -> None:
    with pytest.raises(TransferError):
        taken(messages, signed=signed)


def test_a_signature_over_other_bytes_is_refused() -> None:
    def changed(asked: bytes) -> Iterator[bytes]:
        (wire,) = serve(asked, [WHOLE], signed=[True])
        yield wire.replace(b"\x01a\x07example", b"\x01b\x07example")

    with served(changed) as connection, pytest.raises(TransferError, match="BadSignature"):
        transfer.take(connection, ZONE, Action.NXDOMAIN, RING, deadline=time.monotonic() + 10)


def test_a_refusal_is_named() -> None:
    def refused(asked: bytes) -> Iterator[bytes]:
        answer = bare(dns.message.from_wire(asked, keyring=RING))
        answer.set_rcode(dns.rcode.REFUSED)
        yield answer.to_wire()

    with served(refused) as connection, pytest.raises(TransferError, match="REFUSED"):
        transfer.take(connection, ZONE, Action.NXDOMAIN, RING, deadline=time.monotonic() + 10)


HEAD = struct.Struct("!HHHHHH")


@pytest.mark.parametrize(
    "name", [b"\xc0\x0c", b"\x01a\xc0\x0c", b"\xc0\xff", b"\x3f"], ids=["itself", "loop", "ahead", "cut"]
)
def test_a_name_that_sends_round_for_ever_is_refused(name: bytes) -> None:
    def hostile(asked: bytes) -> Iterator[bytes]:
        yield HEAD.pack(struct.unpack_from("!H", asked)[0], 0x8400, 0, 1, 0, 0) + name + bytes(10)

    with served(hostile) as connection, pytest.raises(TransferError):
        transfer.take(connection, ZONE, Action.NXDOMAIN, None, deadline=time.monotonic() + 10)


@given(st.binary(max_size=200))
def test_whatever_a_server_sends_is_a_zone_or_refused(rest: bytes) -> None:
    def hostile(asked: bytes) -> Iterator[bytes]:
        yield asked[:2] + b"\x84\x00" + rest

    with served(hostile) as connection, pytest.raises(TransferError):
        transfer.take(connection, ZONE, Action.NXDOMAIN, None, deadline=time.monotonic() + 10)


# -- Updates --


def opened(update: Update) -> dns.update.UpdateMessage:
    """As dnspython, which did not write it, reads it; its signature is verified."""
    found = dns.message.from_wire(encode(update, RING).wire, keyring=RING)
    assert isinstance(found, dns.update.UpdateMessage)
    assert found.had_tsig
    return found


def test_an_update_expects_the_whole_state_before_and_brings_the_next() -> None:
    found = opened(Update(ZONE, SOA(7), SOA(9), remove=["gone.example"], add=["come.example"]))
    assert found.opcode() == dns.opcode.UPDATE
    assert [str(one) for one in found.prerequisite] == [f"{ZONE}. 0 IN SOA localhost. root.localhost. 7 60 30 86400 30"]
    lines = [str(one) for one in found.update]
    assert lines == [
        f"gone.example.{ZONE}. ANY ANY",
        f"come.example.{ZONE}. 30 IN CNAME .",
        f"{ZONE}. 30 IN SOA localhost. root.localhost. 9 60 30 86400 30",
    ]


def test_an_update_that_founds_a_zone_sets_its_canary() -> None:
    lines = [str(one) for one in opened(Update(ZONE, SOA(1), SOA(2), founds=True)).update]
    assert f"{rpz.canary(ZONE)}.{ZONE}. 30 IN A 192.0.2.1" in lines
    assert f"{ZONE}. 30 IN NS localhost." in lines


def test_a_strange_owner_is_taken_away_as_it_was_read() -> None:
    (gone, _) = opened(Update(ZONE, SOA(1), SOA(2), remove=["a\\010b\\046c.example"])).update
    assert gone.name.labels[:2] == (b"a\nb.c", b"example")


@pytest.mark.parametrize("owner", ["", "a..example", "x" * 64, "ä.example"])
def test_an_owner_that_is_no_name_is_never_sent(owner: str) -> None:
    with pytest.raises(ValueError, match=r"label|ascii"):
        encode(Update(ZONE, SOA(1), SOA(2), add=[owner]), RING)


@given(st.lists(st.integers(1, 200), max_size=900), st.lists(st.integers(1, 200), max_size=900))
def test_portions_hold_everything_once_in_order_and_fit(gone: list[int], come: list[int]) -> None:
    remove = [".".join(["x" * 40] * (size // 41 + 1)) + f".r{place}" for place, size in enumerate(gone)]
    add = [".".join(["x" * 40] * (size // 41 + 1)) + f".a{place}" for place, size in enumerate(come)]
    found = portions(ZONE, remove, add)
    assert [owner for part, _ in found for owner in part] == remove
    assert [owner for _, part in found for owner in part] == add
    begun = [bool(part) for _, part in found]
    assert begun == sorted(begun)  # Nothing is added before all was taken away.
    for away, there in found:
        wire = encode(Update(ZONE, SOA(1), SOA(2), away, there, Action.PASSTHRU), RING).wire
        assert len(wire) < ROOM + 2_000 < 65_536


# -- A server --


class Server:
    """A server of names that answers as it is told, one connection after the other."""

    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        self.answer = answer
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def _live(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            with closing(connection):
                try:
                    while (found := self.answer(transfer.framed(connection))) is not None:
                        connection.sendall(struct.pack("!H", len(found)) + found)
                except (EOFError, OSError):
                    continue

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


@contextmanager
def primary(
    answer: Callable[[bytes], bytes | None], *, key: tsig.TSIGKey | None = KEY
) -> Iterator[tuple[Server, Primary]]:
    server = Server(answer)
    made = Primary("127.0.0.1", server.port, key, timeout=5)
    try:
        yield server, made
    finally:
        made.close()
        server.close()


def good(asked: bytes) -> bytes:
    """A signed answer that all is well."""
    question = dns.message.from_wire(asked, keyring=RING)
    answer = dns.message.make_response(question)
    return answer.to_wire()


def test_an_answer_that_is_signed_is_believed() -> None:
    with primary(good) as (_, made):
        assert made.send([Update(ZONE, SOA(1), SOA(2)), Update(ZONE, SOA(2), SOA(3))]) == ["NOERROR", "NOERROR"]


def test_an_answer_without_a_signature_is_not() -> None:
    with (
        primary(lambda asked: bare(dns.message.from_wire(asked, keyring=RING)).to_wire()) as (_, made),
        pytest.raises(PrimaryError, match="cannot be taken"),
    ):
        made.soas([ZONE])


def test_an_answer_to_something_else_is_not() -> None:
    def other(asked: bytes) -> bytes:
        return bytes([asked[0] ^ 1]) + good(asked)[1:]

    with primary(other) as (_, made), pytest.raises(PrimaryError):
        made.send([Update(ZONE, SOA(1), SOA(2))])


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew() -> None:
    left = [1]

    def once(asked: bytes) -> bytes | None:
        left[0] -= 1
        return None if left[0] == -1 else good(asked)

    with primary(once) as (server, made):
        assert made.send([Update(ZONE, SOA(1), SOA(2))]) == ["NOERROR"]
        assert made.send([Update(ZONE, SOA(2), SOA(3))]) == ["NOERROR"]
        assert server.connections == 2


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = Primary("127.0.0.1", free.getsockname()[1], KEY)
        with pytest.raises(PrimaryError, match="does not answer"):
            made.soas([ZONE])


def test_more_updates_than_may_be_under_way_are_all_answered() -> None:
    updates = [Update(ZONE, SOA(number), SOA(number + 1)) for number in range(1, 300)]
    with primary(good) as (server, made):
        assert set(made.send(updates)) == {"NOERROR"}
        assert server.connections == 1
