"""A server that stalls, never ends, lies about lengths or sends elsewhere is left with a plain word, and soon."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from tests.logs import served

from mufakat.runners import log_source
from mufakat.runners.log_source import MissingError, NotReadError
from mufakat.runners.log_web import DEADLINE, LONGEST_WAIT, WAITS, Web

if TYPE_CHECKING:
    from pathlib import Path

Speak = Callable[[socket.socket, threading.Event], None]


@contextmanager
def speaking(speak: Speak) -> Iterator[str]:
    """The address of a server that reads a request and then does what `speak` does, until the test is over."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer, suppress(OSError):
                peer.settimeout(5)
                peer.recv(65536)
                speak(peer, over)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/log/1"
    finally:
        over.set()
        # Closing alone would leave the thread in accept.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def said(url: str, *, patience: float = 5, deadline: float = 5, limit: int = 100) -> str:
    web = Web(url, patience=patience, deadline=deadline)
    with pytest.raises(NotReadError) as refused:
        web.read("checkpoint", limit=limit)
    web.close()
    return str(refused.value)


def sends(*parts: bytes) -> Speak:
    def speak(peer: socket.socket, over: threading.Event) -> None:
        del over
        for part in parts:
            peer.sendall(part)

    return speak


def drips(first: bytes, drop: bytes) -> Speak:
    """Something first, and then a little for ever."""

    def speak(peer: socket.socket, over: threading.Event) -> None:
        peer.sendall(first)
        while not over.wait(0.01):
            peer.sendall(drop)

    return speak


HEAD = b"HTTP/1.1 200 OK\r\n"


def say_nothing(_: socket.socket, over: threading.Event) -> None:
    over.wait()


def test_a_server_that_says_nothing_is_left() -> None:
    with speaking(say_nothing) as url:
        assert said(url, patience=0.05) == "checkpoint cannot be fetched: TimeoutError"


def test_a_server_that_drips_its_headers_is_left() -> None:
    with speaking(drips(HEAD + b"X-A: ", b"a")) as url:
        assert said(url, deadline=0.1) == "checkpoint did not come within 0.1 seconds"


@pytest.mark.parametrize("head", [b"Content-Length: 90\r\n\r\n", b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n5a\r\n"])
def test_a_server_that_drips_its_content_is_left(head: bytes) -> None:
    with speaking(drips(HEAD + head, b"a")) as url:
        assert said(url, deadline=0.1, limit=2**20) == "checkpoint did not come within 0.1 seconds"


@pytest.mark.parametrize("head", [b"Content-Length: 99999999999\r\n\r\n", b"\r\n"])
def test_a_server_that_never_ends_is_left_after_what_may_be_there(head: bytes) -> None:
    with speaking(drips(HEAD + head, b"a" * 65536)) as url:
        assert said(url) == "checkpoint is longer than the 100 bytes that it may have"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "was answered with 302"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "was answered with 500"),
        (HEAD + b"Content-Length: 9\r\n\r\nabc", "was cut off"),
        (
            HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            "came in another encoding than was asked for",
        ),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc", "cannot be fetched: IncompleteRead"),
        (b"nothing of the kind\r\n\r\n", "cannot be fetched: BadStatusLine"),
        (b"", "cannot be fetched: RemoteDisconnected"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "is missing"),
        (b"HTTP/1.1 410 No\r\nContent-Length: 0\r\n\r\n", "is missing"),
    ],
)
def test_another_answer_than_the_file_is_said(answer: bytes, words: str) -> None:
    with speaking(sends(answer)) as url:
        assert said(url) == f"checkpoint {words}"


OFTEN = b"HTTP/1.1 429 No\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n"


def answers_in_turn(*answers: bytes) -> Speak:
    """Each of them to one request; the last one to all that come after it."""
    left = list(answers)

    def speak(peer: socket.socket, over: threading.Event) -> None:
        del over
        peer.sendall(left.pop(0) if len(left) > 1 else left[0])

    return speak


def test_whoever_asked_too_often_waits_as_long_as_the_server_says() -> None:
    paused: list[float] = []
    with speaking(answers_in_turn(OFTEN % 1, OFTEN % 3, HEAD + b"Content-Length: 3\r\n\r\nabc")) as url:
        web = Web(url, pause=paused.append)
        assert web.read("checkpoint", limit=100) == b"abc"
        web.close()
    assert paused == [1, 3]


def test_a_server_that_always_says_that_it_was_asked_too_often_is_left() -> None:
    paused: list[float] = []
    with speaking(sends(OFTEN % LONGEST_WAIT)) as url:
        web = Web(url, pause=paused.append)
        with pytest.raises(NotReadError, match="checkpoint was asked for too often"):
            web.read("checkpoint", limit=100)
    assert sum(paused) == WAITS * LONGEST_WAIT <= DEADLINE


@pytest.mark.parametrize("wait", [b"11", b"9" * 5000, b"Fri, 27 Nov 2026 09:00:00 GMT", b"-1", b""])
def test_a_server_that_asks_for_longer_pauses_is_left_at_once(wait: bytes) -> None:
    with speaking(sends(b"HTTP/1.1 429 No\r\nRetry-After: " + wait + b"\r\nContent-Length: 0\r\n\r\n")) as url:
        assert said(url) == "checkpoint was answered with 429"


def test_a_connection_is_kept_and_made_anew_where_it_was_closed_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_bytes(b"head\n")
    with served(tmp_path) as url:
        web = Web(f"{url}/")
        assert web.read("checkpoint", limit=100) == b"head\n"
        kept = web._connection
        assert kept is not None
        assert web.read("checkpoint", limit=100) == b"head\n"
        assert web._connection is kept
        kept.sock.shutdown(socket.SHUT_RDWR)
        assert web.read("checkpoint", limit=100) == b"head\n"
        with pytest.raises(MissingError):
            web.read("keys.json", limit=100)
        web.close()


def test_a_server_that_is_not_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert said(f"http://127.0.0.1:{port}/log/1") == "checkpoint cannot be fetched: ConnectionRefusedError"


@pytest.mark.parametrize(
    "url",
    [
        "http://user:pass@log.example/log/1",
        "https://log.example/log/1?x",
        "https://log.example/log/1#x",
        "https://log.example:port/log/1",
        "https:///log/1",
        "https://log.example/a b",
        "ftp://log.example/log/1",
    ],
)
def test_what_is_no_address_of_a_log_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        log_source.opened(url, web=Web)


@pytest.mark.parametrize("text", ["", "nowhere/at/all", "a\0b", "file:///etc"])
def test_what_is_neither_an_address_nor_a_folder_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither an address"):
        log_source.opened(str(tmp_path / text) if text == "nowhere/at/all" else text, web=Web)
