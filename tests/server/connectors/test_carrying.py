"""What a stranger's address may do to the carrier, and what not: every test speaks with a real socket."""

from __future__ import annotations

import asyncio
import gzip
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.connectors.conftest import reply

from mufakat.formats import webhook
from mufakat.rules import egress
from mufakat.server.connectors.carriers import Fate, Outcome, Parcel
from mufakat.server.connectors.listeners import stop_accepting
from mufakat.server.connectors.webhook import carrier as carriers
from mufakat.server.connectors.webhook.carrier import WebhookCarrier

if TYPE_CHECKING:
    from tests.server.connectors.conftest import Receiver

SECRET = bytes(range(32))
HERE = egress.read_policy(["127.0.0.0/8"])
NOWHERE = egress.read_policy([])
AT = datetime.now(UTC)


def parcel(address: str, **changes: Any) -> Parcel:
    made: dict[str, Any] = {
        "delivery": "dlv_00000000000000000000000000",
        "attempt": 1,
        "event": "evt_00000000000000000000000000",
        "type": "notice.received",
        "case": "ntc_00000000000000000000000000",
        "party": "telegram",
        "address": address,
        "contact": None,
        "body": b'{"type":"notice.received"}',
        "at": AT,
        "keys": (SECRET,),
    }
    return Parcel(**{**made, **changes})


def carried(*addresses: str, policy: egress.Policy = HERE, total: float = 5.0, **changes: Any) -> list[Outcome]:
    """The outcome of one parcel after the other, by one carrier."""

    async def run() -> list[Outcome]:
        carrier = WebhookCarrier(policy, total=total)
        try:
            return [await carrier.carry(parcel(address, **changes)) for address in addresses]
        finally:
            await carrier.close()

    return asyncio.run(run())


def spoken_with(speak: Any, *, total: float = 0.3) -> Outcome:
    """The outcome at a server that says what this function writes."""

    async def run() -> Outcome:
        connected: set[asyncio.WriteTransport] = set()

        class Protocol(asyncio.StreamReaderProtocol):
            def connection_made(self, transport: Any) -> None:
                self._own = transport
                connected.add(transport)
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                connected.discard(self._own)
                super().connection_lost(error)

        async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await reader.readuntil(b"\r\n\r\n")
                await speak(writer)
            writer.close()

        server = await asyncio.get_running_loop().create_server(
            lambda: Protocol(asyncio.StreamReader(), taken), "127.0.0.1", 0
        )
        port = server.sockets[0].getsockname()[1]
        carrier = WebhookCarrier(HERE, total=total)
        try:
            return await carrier.carry(parcel(f"http://127.0.0.1:{port}/"))
        finally:
            await carrier.close()
            await stop_accepting(server)
            while connected:
                for one in list(connected):
                    one.abort()
                await asyncio.sleep(0)

    return asyncio.run(run())


def test_what_is_sent_is_signed_and_bears_the_delivery_s_id(receiver: Receiver) -> None:
    (outcome,) = carried(receiver.url())
    ((_, headers, body),) = receiver.taken
    genuine = webhook.verify(headers, body, keys=[webhook.Secret(SECRET)], at=datetime.now(UTC))
    assert (outcome.fate, genuine.id) == (Fate.DELIVERED, "dlv_00000000000000000000000000")
    assert headers["content-type"] == "application/json"


def test_without_a_secret_nothing_is_sent(receiver: Receiver) -> None:
    (outcome,) = carried(receiver.url(), keys=())
    assert (outcome.fate, receiver.taken) == (Fate.RETRY, [])


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        *((200, Fate.DELIVERED), (204, Fate.DELIVERED), (299, Fate.DELIVERED), (410, Fate.GONE), (404, Fate.RETRY)),
        *((500, Fate.RETRY), (301, Fate.RETRY), (308, Fate.RETRY), (429, Fate.RETRY)),
    ],
)
def test_only_2xx_is_delivered(receiver: Receiver, status: int, fate: Fate) -> None:
    receiver.answer("/hook", status)
    (outcome,) = carried(receiver.url())
    assert (outcome.fate, outcome.status) == (fate, status)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer("/hook", 302, {"Location": receiver.url("/inside")})
    carried(receiver.url())
    assert (receiver.seen["/inside"], receiver.seen["GET /inside"]) == (0, 0)


def test_a_wait_that_is_asked_for_is_told(receiver: Receiver) -> None:
    receiver.answer("/hook", 503, {"Retry-After": "77"})
    (outcome,) = carried(receiver.url())
    assert outcome.after == timedelta(seconds=77)


def test_ten_megabytes_of_an_answer_are_not_read(receiver: Receiver) -> None:
    sent: list[int] = []

    def flood(number: int, handler: Any) -> None:
        del number
        handler.send_response(200)
        handler.send_header("Content-Length", str(10_000_000))
        handler.end_headers()
        try:
            for _ in range(1_000):
                handler.wfile.write(b"x" * 10_000)
                sent.append(10_000)
        except ConnectionError:
            handler.close_connection = True

    receiver.answers["/hook"] = flood
    (outcome,) = carried(receiver.url())
    assert outcome.fate is Fate.DELIVERED
    assert sum(sent) < 10_000_000  # What stands in the buffers of two sockets, and no more.


def test_a_compressed_bomb_is_not_opened(receiver: Receiver) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    receiver.answer("/hook", 200, {"Content-Encoding": "gzip"}, bomb)
    (outcome,) = carried(receiver.url())
    assert outcome.fate is Fate.DELIVERED


def test_a_black_hole_is_left_after_its_time() -> None:
    async def silent(writer: asyncio.StreamWriter) -> None:
        del writer
        await asyncio.sleep(30)

    outcome = spoken_with(silent)
    assert (outcome.fate, outcome.detail) == (Fate.RETRY, "no answer within 0 s")


def test_an_answer_that_drips_is_left_after_its_time() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        for sign in b"HTTP/1.1 200 OK\r\n" * 100:
            writer.write(bytes([sign]))
            await writer.drain()
            await asyncio.sleep(0.02)

    assert spoken_with(drip).fate is Fate.RETRY


def test_a_body_that_drips_does_not_undo_the_delivery() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
        await writer.drain()
        await asyncio.sleep(30)

    assert spoken_with(drip, total=5.0).fate is Fate.DELIVERED


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
        b"\x16\x03\x01\x00\x05",
    ],
    ids=str,
)
def test_what_is_no_answer_is_a_failure_and_nothing_else(said: bytes) -> None:
    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    outcome = spoken_with(speak, total=2.0)
    assert outcome.fate is Fate.RETRY


def test_a_transfer_encoding_that_is_broken_does_not_undo_the_delivery() -> None:
    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello")
        await writer.drain()

    assert spoken_with(speak, total=2.0).fate in {Fate.DELIVERED, Fate.RETRY}


def test_nobody_there_is_said_in_our_words() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (outcome,) = carried(f"http://127.0.0.1:{port}/")
    assert (outcome.fate, outcome.detail) == (Fate.RETRY, "nobody listens there")


# -- The guard ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names resolve to, one answer after the other; the last one stays."""
    told: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def answered(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if host not in told:
            return real(host, port, *rest, **named)
        found = told[host]
        address = found.pop(0) if len(found) > 1 else found[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port, 0, 0) if ":" in address else (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answered)
    return told


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1", "2002:7f00:1::"]
)
def test_a_name_that_leads_inside_is_not_connected_to(names: dict[str, list[str]], address: str) -> None:
    names["hooks.example.org"] = [address]
    (outcome,) = carried("https://hooks.example.org/", policy=NOWHERE)
    assert outcome.fate is Fate.RETRY
    assert outcome.detail.startswith("its address is not public")


def test_a_name_that_changes_its_mind_is_not_asked_again(names: dict[str, list[str]], receiver: Receiver) -> None:
    # First an address of the allowed network, then one of this machine that is not: whoever resolves twice goes there.
    names["hooks.example.org"] = ["::1", "127.0.0.1"]
    policy = egress.read_policy(["::1/128"])
    (outcome,) = carried(receiver.url(host="hooks.example.org"), policy=policy)
    assert (outcome.fate, receiver.taken) == (Fate.RETRY, [])


def test_the_guard_stands_at_the_socket_whoever_resolved(
    names: dict[str, list[str]], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    names["hooks.example.org"] = ["127.0.0.1"]
    policy = egress.read_policy(["127.0.0.2/32"])
    # A resolver that lets everything through: the socket is refused all the same.
    monkeypatch.setattr(carriers.Resolver, "__init__", lambda self, _: _open(self))
    (outcome,) = carried(receiver.url(host="hooks.example.org"), policy=policy)
    assert (outcome.fate, receiver.taken) == (Fate.RETRY, [])
    assert outcome.detail.startswith("its address is not public")


def _open(resolver: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    resolver._refusal = lambda *_: None
    resolver._threads = ThreadPoolExecutor(1)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "http://hooks.example.org/", "https://hooks.example.org:22/", "x"]
)
def test_a_url_that_is_refused_by_itself_is_a_dead_letter(url: str) -> None:
    (outcome,) = carried(url, policy=NOWHERE)
    assert outcome.fate is Fate.DEAD


def test_a_name_of_many_addresses_is_reached_by_the_good_ones_alone(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    kind = socket.SOCK_STREAM

    def both(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        return [(socket.AF_INET, kind, 6, "", (address, port)) for address in ("127.0.0.1", "127.0.0.2")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    policy = egress.read_policy(["127.0.0.1/32"])
    (outcome,) = carried(receiver.url(host="hooks.example.org"), policy=policy)
    assert (outcome.fate, receiver.taken[0][1]["host"]) == (Fate.DELIVERED, f"hooks.example.org:{receiver.port}")


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    (outcome,) = carried(receiver.url())
    assert outcome.fate is Fate.DELIVERED


def test_connections_are_used_again(receiver: Receiver) -> None:
    ports: set[int] = set()

    def noted(number: int, handler: Any) -> None:
        del number
        ports.add(handler.client_address[1])
        reply(handler, 200, body=b"ok")

    receiver.answers["/hook"] = noted
    carried(*[receiver.url()] * 5)
    assert len(ports) == 1


def test_no_cookie_is_kept(receiver: Receiver) -> None:
    receiver.answer("/hook", 200, {"Set-Cookie": "a=b"})
    carried(receiver.url(), receiver.url())
    assert "cookie" not in receiver.taken[1][1]
