"""Evidence through a real server: what breaks off leaves nothing, what is large fills neither memory nor disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.api.doors import NOTICES, Reply, ask
from tests.server.runtime.test_disk_full import fill, moved, small_disk, start_and_wait_until_alive

from mufakat.server.notices import evidence

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable, Iterator

    from tests.houses import Server

__all__ = ["small_disk"]  # A fixture.

FILE = b"made-up bytes " * 150_000  # Two mebibytes.
PATH = "/api/v1/evidence/"


def sha(content: bytes = FILE) -> str:
    return hashlib.sha256(content).hexdigest()


def put(server: Server, token: str, content: bytes = FILE, *, chunked: bool = False) -> Reply:
    return ask(server, "PUT", PATH + sha(content), token, raw=content, chunked=chunked)


def files(server: Server) -> list[Path]:
    return [path for path in (server.data / "evidence").rglob("*") if path.is_file()]


def until(found: Callable[[], bool], *, seconds: float = 20) -> bool:
    """Whether it comes true within a time that is only there to end a failing test."""
    end = time.monotonic() + seconds
    while not found() and time.monotonic() < end:
        time.sleep(0.02)
    return found()


@contextlib.contextmanager
def begun(server: Server, token: str, framing: str) -> Iterator[socket.socket]:
    """An upload of which more is announced than comes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        length = f"Content-Length: {len(FILE) + 1}" if framing == "length" else "Transfer-Encoding: chunked"
        head = f"PUT {PATH}{sha()} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{length}\r\n\r\n"
        chunk = b"" if framing == "length" else b"%x\r\n" % (len(FILE) + 1)
        line.sendall(head.encode() + chunk + FILE)
        assert until(lambda: any(path.suffix == ".draft" and path.stat().st_size for path in files(server)))
        yield line


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_comes_in_by_length_and_in_chunks(server: Server, chunked: bool) -> None:  # noqa: FBT001
    token = server.token("kominfo", "officer")
    assert put(server, token, chunked=chunked).status == 201
    named = {"name": "a.bin", "media_type": "image/png", "sha256": sha()}
    identity = ask(server, "POST", NOTICES, token, raw=body(evidence=[named]), key="k").json()["id"]
    reply = ask(server, "GET", f"{NOTICES}/{identity}/evidence/0", server.token("telegram", "reviewer"))
    assert (reply.status, reply.body == FILE) == (200, True)


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_an_upload_whose_line_breaks_leaves_nothing(server: Server, framing: str) -> None:
    token = server.token("kominfo", "officer")
    with begun(server, token, framing):
        pass
    assert until(lambda: not files(server))
    assert put(server, token).status == 201


def test_a_file_of_another_digest_or_of_more_than_fifty_mebibytes_leaves_nothing(server: Server) -> None:
    token = server.token("kominfo", "officer")
    assert ask(server, "PUT", PATH + sha(b"other"), token, raw=FILE, chunked=True).status == 422
    assert put(server, token, bytes(evidence.LARGEST + 1), chunked=True).status == 413
    assert put(server, token, bytes(evidence.LARGEST + 1)).status == 413
    assert until(lambda: not files(server))


def test_a_draft_that_a_killed_server_left_is_swept_by_the_next(server: Server) -> None:
    token = server.token("kominfo", "officer")
    with begun(server, token, "length"):
        server.kill()
    (draft,) = files(server)
    old = time.time() - 2 * 3600
    os.utime(draft, (old, old))
    server.start()
    assert put(server, token).status == 201
    server.stop()

    from datetime import UTC, datetime

    from tests.houses import move_to

    from mufakat.server.journal import door

    former = Path(os.environ["MUFAKAT_DATA"])
    move_to(server.data, server.database)
    try:
        with door.open_house():
            swept = evidence.sweep(at=datetime.now(UTC))
    finally:
        move_to(former)
    assert (swept.files, [path.suffix for path in files(server)]) == (1, [""])


def peak(server: Server) -> int:
    """The most memory that a process of the server ever held, in bytes."""
    assert server.process is not None
    group = os.getpgid(server.process.pid)
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            if os.getpgid(int(folder.name)) == group:
                lines = (folder / "status").read_text().splitlines()
                found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
    return max(found)


def test_a_large_file_is_never_whole_in_memory(server: Server) -> None:
    token = server.token("kominfo", "officer")
    assert put(server, token).status == 201  # What the first one loads is not counted.
    before = peak(server)
    content = os.urandom(evidence.LARGEST)
    assert put(server, token, content).status == 201
    named = {"name": "a.bin", "media_type": "image/png", "sha256": sha(content)}
    identity = ask(server, "POST", NOTICES, token, raw=body(evidence=[named]), key="k").json()["id"]
    assert ask(server, "GET", f"{NOTICES}/{identity}/evidence/0", token).body == content
    assert peak(server) - before < evidence.LARGEST // 2


def test_readers_who_stop_reading_hold_nobodys_page(server: Server) -> None:
    from mufakat.server.runtime.asgi import THREADS

    token = server.token("kominfo", "officer")
    content = os.urandom(16 * 1024 * 1024)  # More than the lines themselves hold.
    assert put(server, token, content).status == 201
    named = {"name": "a.bin", "media_type": "image/png", "sha256": sha(content)}
    identity = ask(server, "POST", NOTICES, token, raw=body(evidence=[named]), key="k").json()["id"]
    head = f"GET {NOTICES}/{identity}/evidence/0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(2 * THREADS):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            line.sendall(head.encode())
            assert line.recv(12) == b"HTTP/1.1 200"  # It has begun; no more of it is read.
        assert ask(server, "GET", f"{NOTICES}/{identity}/evidence", token).status == 200


def test_a_server_without_its_reserve_takes_no_file(stopped_server: Server) -> None:
    server = stopped_server
    token = server.token("kominfo", "officer")
    server.environ["MUFAKAT_DISK_RESERVE"] = str(1 << 50)
    start_and_wait_until_alive(server)
    reply = put(server, token)
    assert (reply.status, reply.json()["type"]) == (507, "urn:mufakat:problem:disk-full")
    assert files(server) == []


def test_a_disk_that_is_full_to_the_last_byte_keeps_no_part_of_a_file(
    stopped_server: Server, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("40m")
    server = moved(stopped_server, disk)
    server.environ["MUFAKAT_DISK_RESERVE"] = "0"
    server.start()
    token = server.token("kominfo", "officer")
    filler = fill(disk, leave=1024 * 1024)
    refused = [put(server, token, chunked=chunked).status for chunked in (False, True)]
    left = files(server)
    filler.unlink()
    taken = put(server, token).status
    assert (refused, left, taken, server.stop()) == ([507, 507], [], 201, 0)


@pytest.mark.embedded
def test_the_local_socket_takes_no_part_of_a_file(server: Server) -> None:
    from mufakat.cli._server import LocalConnection

    line = LocalConnection(server.data)
    line.putrequest("PUT", PATH + sha(), skip_host=True)
    for name, value in {
        "Host": "localhost",
        "Content-Length": str(len(FILE)),
        "X-Mufakat-As": "kominfo/officer",
    }.items():
        line.putheader(name, value)
    line.endheaders(FILE[: len(FILE) // 2])
    line.sock.shutdown(socket.SHUT_WR)
    answer: http.client.HTTPResponse = line.getresponse()
    found = json.loads(answer.read())
    line.close()
    assert (answer.status, found["type"]) == (400, "urn:mufakat:problem:truncated")
    assert files(server) == []
