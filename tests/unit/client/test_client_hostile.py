"""A server that lies, drips, floods or cuts: the client stays whole, keeps its token, and says what happened."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from mufakat.client import BadAnswerError, Client, ProblemError, Transport, UnreachableError, UntrustedReceiptError
from mufakat.client.answers import Batch, Taken
from mufakat.client.http import LARGEST, told_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOTICE = {"id": "ntc_x", "state": "received", "received_at": "", "clocks": [], "receipt": "", "leaf": ""}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def answer(body: Any, status: str = "201 Created", *headers: str) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + raw


class Hostile:
    """Answers each request with the next bytes, or lets a function of the script speak on the line itself."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.script: list[bytes | Callable[[socket.socket], None]] = []
        self.asked: list[bytes] = []
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), line:
                line.settimeout(10)
                spoken = self._context.wrap_socket(line, server_side=True) if self._context else line
                with spoken:
                    self._speak(spoken)

    def _speak(self, line: socket.socket) -> None:
        while self.script:
            raw = b""
            while b"\r\n\r\n" not in raw:
                part = line.recv(65536)
                if not part:
                    return
                raw += part
            head, _, body = raw.partition(b"\r\n\r\n")
            length = next(
                (int(one[15:]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length:")), 0
            )
            while len(body) < length:
                body += line.recv(65536)
            self.asked.append(head)
            told = self.script.pop(0)
            if callable(told):
                told(line)
                return
            line.sendall(told)
            if b"connection: close" in told.lower():
                return

    def close(self) -> None:
        # An accept that waits is woken by shutdown alone.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    made = Hostile()
    yield made
    made.close()


@pytest.fixture
def client(hostile: Hostile) -> Iterator[Client]:
    with client_of(hostile) as made:
        yield made


def client_of(server: Hostile, scheme: str = "http", **options: Any) -> Client:
    url = f"{scheme}://localhost:{server.port}" if scheme == "https" else f"http://127.0.0.1:{server.port}"
    paused: list[float] = []
    transport = Transport(
        url,
        timeout=5,
        sleep=paused.append,
        clock=NOW.timestamp,
        chance=random.Random(1),  # noqa: S311
        **options,
    )
    made = Client(url, "mfk_token", transport=transport)
    made.paused = paused  # type: ignore[attr-defined]
    return made


# -- Time -------------------------------------------------------------------------------------------------------------


def test_a_server_that_drips_is_given_up_at_the_deadline(hostile: Hostile) -> None:
    ended = threading.Event()

    def drip(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        with contextlib.suppress(OSError):
            while not ended.wait(0.02):
                line.sendall(b" ")

    hostile.script += [drip]
    with client_of(hostile, deadline=0.3, attempts=1) as client, pytest.raises(UnreachableError, match="Timeout"):
        client.parties()
    ended.set()


def test_headers_that_drip_are_given_up_as_well(hostile: Hostile) -> None:
    ended = threading.Event()

    def drip(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        with contextlib.suppress(OSError):
            while not ended.wait(0.02):
                line.sendall(b"x")

    hostile.script += [drip]
    with client_of(hostile, deadline=0.3, attempts=1) as client, pytest.raises(UnreachableError, match="Timeout"):
        client.parties()
    ended.set()


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        (format_datetime(NOW + timedelta(seconds=9), usegmt=True), 9.0),
        (format_datetime(NOW - timedelta(days=9), usegmt=True), 0.0),
        ("9" * 400, 120.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 120.0),
    ],
)
def test_a_server_is_asked_again_when_it_says_within_reason(
    hostile: Hostile, client: Client, told: str, seconds: float
) -> None:
    hostile.script += [answer({}, "503 Busy", f"Retry-After: {told}"), answer(NOTICE)]
    client.submit({})
    assert client.paused == [seconds]  # type: ignore[attr-defined]


@pytest.mark.parametrize("told", ["", "soon", "-1", "1.5", "²", "٣", "1e9", "Fri, 99 Dec 2026", "0x10", "\x00"])
def test_nonsense_about_when_is_no_word_at_all(told: str) -> None:
    assert told_seconds(told, now=0.0) is None


def test_a_kept_line_that_the_server_let_go_costs_no_pause(hostile: Hostile, client: Client) -> None:
    hostile.script += [answer({"items": []}, "200 OK"), lambda line: line.close(), answer({"items": []}, "200 OK")]
    client.parties()
    client.parties()
    assert client.paused == []  # type: ignore[attr-defined]


# -- Bytes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cut",
    [
        answer(NOTICE)[:-5],
        b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"\r\n',
        b"HTTP/1.1 201 Created\r\nContent-Le",
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 99999 X\r\n\r\n",
        b"HTTP/1.1 201 Created\r\n" + b"X: 1\r\n" * 200,
        b"HTTP/1.1 201 Created\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["length", "chunks", "headers", "nothing", "no http", "status", "many headers", "long header", "no chunk"],
)
def test_an_answer_that_ends_early_is_asked_for_again_with_the_same_key(
    hostile: Hostile, client: Client, cut: bytes
) -> None:
    hostile.script += [lambda line: line.sendall(cut), answer(NOTICE)]
    assert client.submit({}, key="mine").id == "ntc_x"
    assert [b'idempotency-key: "mine"' in one.lower() for one in hostile.asked] == [True, True]


def test_an_answer_that_does_not_end_is_refused_and_not_asked_for_again(hostile: Hostile, client: Client) -> None:
    def flood(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                line.sendall(b" " * 65536)

    hostile.script += [flood]
    with pytest.raises(BadAnswerError, match=f"more than {LARGEST} bytes"):
        client.parties()
    assert len(hostile.asked) == 1


def test_an_answer_without_a_length_that_closes_is_read_whole(hostile: Hostile, client: Client) -> None:
    raw = b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n" + json.dumps(NOTICE).encode()
    hostile.script += [raw, answer(NOTICE, "201 Created", "Connection: close"), answer(NOTICE)]
    assert [client.submit({}).id for _ in range(3)] == ["ntc_x"] * 3


# -- Words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"{}", b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"id": 5}'),
        json.dumps({**NOTICE, "receipt": None}).encode(),
        json.dumps({**NOTICE, "clocks": {}}).encode(),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_an_answer_that_is_no_notice_is_said_to_be_none_and_gives_the_key_back(
    hostile: Hostile, client: Client, body: bytes
) -> None:
    hostile.script += [answer(body)]
    with pytest.raises(BadAnswerError) as caught:
        client.submit({}, key="mine")
    assert caught.value.key in {"mine", '"mine"'}


DECIDED: dict[str, Any] = {
    "id": "dec_x",
    "notice": "ntc_x",
    "outcome": "refuse",
    "state": "standing",
    "statement": None,
    "measures": [],
    "receipt": "",
    "leaf": "",
}


@pytest.mark.parametrize("change", [{"id": 5}, {"statement": 5}, {"measures": None}, {"measures": [5]}, {"leaf": None}])
def test_an_answer_that_is_no_decision_is_said_to_be_none(
    hostile: Hostile, client: Client, change: dict[str, Any]
) -> None:
    hostile.script += [answer(DECIDED), answer({**DECIDED, **change})]
    assert client.decide("ntc_x", {}).outcome == "refuse"
    with pytest.raises(BadAnswerError, match="it is no decision"):
        client.decide("ntc_x", {})


@pytest.mark.parametrize("body", [{}, {"items": 5}, {"items": [5]}, {"items": None}])
def test_an_answer_that_is_no_list_is_said_to_be_none(hostile: Hostile, client: Client, body: Any) -> None:
    hostile.script += [answer(body, "200 OK")] * 3
    for ask in (client.parties, lambda: client.events("x"), lambda: list(client.notices())):
        with pytest.raises(BadAnswerError):
            ask()


def test_pages_that_go_round_in_a_circle_end(hostile: Hostile, client: Client) -> None:
    hostile.script += [answer({"items": [], "next": word}, "200 OK") for word in ("a", "b", "a")]
    with pytest.raises(BadAnswerError, match="circle"):
        list(client.notices())


@pytest.mark.parametrize("items", [[], [{"index": 1, "status": 201}], [{"index": 0}, {"index": 0}], [{"status": 201}]])
def test_a_batch_of_which_an_item_is_kept_silent_is_no_answer(hostile: Hostile, client: Client, items: Any) -> None:
    hostile.script += [answer({"items": items, "receipt": None}, "200 OK")]
    with pytest.raises(BadAnswerError, match="every item"):
        client.submit_batch([{}, {}])


@pytest.mark.parametrize("errors", [5, {"a": 1}, [5], [{}], [{"pointer": None}], "text", None, [[]]])
def test_a_problem_of_another_shape_is_a_problem_still(hostile: Hostile, client: Client, errors: Any) -> None:
    hostile.script += [answer({"detail": "no\x1b[2J", "errors": errors}, "422 No")]
    with pytest.raises(ProblemError) as caught:
        client.submit({})
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("leaf", ["!", "AAAA", "", "\u00e9"])
def test_a_receipt_of_a_leaf_that_is_none_is_not_trusted(leaf: str) -> None:
    client = Client("http://127.0.0.1:1", "t")
    with pytest.raises(UntrustedReceiptError):
        client.verify(Taken("ntc_x", "", "", [], "x", leaf, raw={}))
    with pytest.raises(UntrustedReceiptError):
        client.verify_batch(Batch([{"status": 201, "leaf": leaf}, {"status": 201}], "x", "k"))


def test_keys_that_are_none_are_no_keys(hostile: Hostile, client: Client) -> None:
    hostile.script += [answer({"keys": "all"}, "200 OK")]
    with pytest.raises(BadAnswerError):
        client.trust()


# -- The token --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else(
    hostile: Hostile, client: Client, status: str
) -> None:
    other = Hostile()
    hostile.script += [answer({}, status, f"Location: http://127.0.0.1:{other.port}/")]
    with pytest.raises(ProblemError, match="points elsewhere"):
        client.submit({})
    other.close()
    assert (len(hostile.asked), other.asked) == (1, [])


def test_a_server_whose_certificate_is_not_trusted_never_sees_the_token(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Hostile(context)
    server.script += [answer(NOTICE)]
    with client_of(server, "https") as client, pytest.raises(UnreachableError, match="certificate is not trusted"):
        client.submit({})
    assert (server.asked, client.paused) == ([], [])  # type: ignore[attr-defined]
    server.close()


@pytest.mark.parametrize(("name", "reached"), [("localhost", 1), ("other.example", 0)])
def test_an_authority_of_ones_own_is_taken_for_the_right_name_alone(tmp_path: Path, name: str, reached: int) -> None:
    certificate = self_signed(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Hostile(context)
    server.script += [answer(NOTICE)]
    with client_of(server, "https", context=ssl.create_default_context(cafile=str(certificate))) as client:
        if reached:
            assert client.submit({}).id == "ntc_x"
        else:
            with pytest.raises(UnreachableError, match="certificate is not trusted"):
                client.submit({})
    assert len(server.asked) == reached
    server.close()


def test_a_context_that_verifies_nothing_is_refused() -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    with pytest.raises(ValueError, match="does not verify"):
        Client("https://127.0.0.1:1", "t", transport=Transport("https://127.0.0.1:1", context=context)).parties()


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "é", "a\x00b"])
def test_a_token_that_is_none_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        Client("http://127.0.0.1:1", token)
    assert not token or token not in str(caught.value)


def test_a_token_out_of_a_file_may_end_in_a_line_break() -> None:
    assert Client("http://127.0.0.1:1", "mfk_x\n").token == "mfk_x"


@pytest.mark.parametrize("key", ["a b", "a\r\nX: 1", "é", "x" * 256])
def test_a_key_that_no_server_takes_is_refused_before_it_is_sent(key: str) -> None:
    with pytest.raises(ValueError, match="key is 1 to 255"):
        Client("http://127.0.0.1:1", "t").submit({}, key=key)


@pytest.mark.parametrize(
    "url", ["http://user:secret@127.0.0.1/", "http://127.0.0.1/?a", "http://127.0.0.1/#a", "http://"]
)
def test_an_address_that_says_more_than_where_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address of a server"):
        Client(url, "t").parties()


def test_an_address_below_a_path_is_kept(hostile: Hostile) -> None:
    url = f"http://127.0.0.1:{hostile.port}/mufakat/"
    hostile.script += [answer({"items": []}, "200 OK")]
    with Client(url, "t") as client:
        client.parties()
    assert hostile.asked[0].startswith(b"GET /mufakat/api/v1/parties ")


# -- Threads ----------------------------------------------------------------------------------------------------------


def test_threads_that_share_a_client_get_their_own_answers(hostile: Hostile, client: Client) -> None:
    names = [f"ntc_{number}" for number in range(40)]

    def echo(line: socket.socket) -> None:
        """Answers with the id that was asked for, slowly enough for others to come in between."""
        while True:
            name = hostile.asked[-1].split()[1].decode().rpartition("/")[2]
            time.sleep(0.002)
            line.sendall(answer({**NOTICE, "id": name}, "200 OK"))
            raw = b""
            while b"\r\n\r\n" not in raw:
                part = line.recv(65536)
                if not part:
                    return
                raw += part
            hostile.asked.append(raw)

    hostile.script += [echo]
    got: dict[str, str] = {}
    threads = [threading.Thread(target=lambda name=name: got.update({name: client.notice(name).id})) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {name: name for name in names}


def self_signed(folder: Path, name: str) -> Path:
    """A certificate for this name that no authority made."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
