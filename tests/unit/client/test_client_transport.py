from __future__ import annotations

import contextlib
import hashlib
import io
import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mufakat.client import Client, ProblemError, Transport, UnreachableError


@pytest.fixture
def scripted():
    """A server that answers what the script says and keeps what it was asked; an answer None cuts the line."""
    asked: list[tuple[str, str, str | None]] = []
    script: list[tuple[int, dict, dict] | None] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path, self.headers.get("Idempotency-Key")))
            told = script.pop(0)
            if told is None:
                self.close_connection = True
                self.connection.close()
                return
            status, headers, body = told
            raw = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the standard library's names.

        def log_message(self, *_) -> None:
            pass

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError, ValueError):
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    paused: list[float] = []
    url = f"http://127.0.0.1:{server.server_port}"
    client = Client(url, "t", transport=Transport(url, sleep=paused.append, chance=random.Random(1)))  # noqa: S311
    yield client, script, asked, paused
    client.close()
    server.shutdown()
    server.server_close()
    thread.join()


STORED = {"sha256": hashlib.sha256(b"made-up bytes").hexdigest(), "size": 13, "expires_at": ""}


def test_an_upload_whose_line_is_cut_is_sent_again_from_its_beginning(scripted, tmp_path):
    client, script, asked, _ = scripted
    file = tmp_path / "capture.png"
    file.write_bytes(b"made-up bytes")
    script += [None, (503, {"Retry-After": "1"}, {}), (201, {}, STORED)]
    assert client.upload(file) == STORED["sha256"]
    assert {path for _, path, _ in asked} == {f"/api/v1/evidence/{STORED['sha256']}"}
    assert len(asked) == 3


def test_a_file_that_is_open_is_sent_from_where_it_stands(scripted):
    client, script, asked, _ = scripted
    opened = io.BytesIO(b"before, made-up bytes")
    opened.seek(8)
    script += [None, (201, {}, STORED)]
    assert client.upload(opened) == STORED["sha256"]
    assert asked[-1][1].endswith(STORED["sha256"])


def test_an_upload_that_is_refused_says_why(scripted):
    client, script, *_ = scripted
    script += [(413, {}, {"type": "urn:mufakat:problem:too-large", "detail": "larger than 50 MiB"})]
    with pytest.raises(ProblemError, match="larger than 50 MiB"):
        client.upload(io.BytesIO(b"made-up"))


NOTICE = {"id": "ntc_x", "state": "received", "received_at": "", "clocks": [], "receipt": "", "leaf": ""}
BUSY: tuple[int, dict, dict] = (503, {}, {"type": "urn:mufakat:problem:busy", "detail": "busy"})


def test_a_cut_line_is_repeated_with_the_same_key(scripted):
    client, script, asked, _ = scripted
    script += [None, None, (201, {}, NOTICE)]
    assert client.submit({}).id == "ntc_x"
    assert len({key for _, _, key in asked}) == 1
    assert len(asked) == 3


def test_a_busy_server_is_asked_again_after_as_long_as_it_says(scripted):
    client, script, asked, paused = scripted
    script += [(503, {"Retry-After": "7"}, {}), (201, {}, NOTICE)]
    client.submit({}, key="k")
    assert (paused, [key for _, _, key in asked]) == ([7.0], ['"k"', '"k"'])


def test_pauses_double_and_jitter(scripted):
    client, script, _, paused = scripted
    script += [BUSY] * 4 + [(201, {}, NOTICE)]
    client.submit({})
    assert all(0.1 * 2**place <= pause <= 0.2 * 2**place for place, pause in enumerate(paused))
    assert len(paused) == 4


def test_a_server_that_stays_busy_is_given_up_with_its_own_words(scripted):
    client, script, asked, _ = scripted
    script += [BUSY] * 6
    with pytest.raises(ProblemError, match="busy"):
        client.submit({})
    assert len(asked) == 6


def test_a_line_that_stays_cut_is_unreachable_and_gives_the_key_back(scripted):
    client, script, _, _ = scripted
    script += [None] * 6
    with pytest.raises(UnreachableError) as caught:
        client.submit({}, key="mine")
    assert caught.value.key == '"mine"'


def test_a_refusal_is_not_repeated(scripted):
    client, script, asked, _ = scripted
    script += [(422, {}, {"detail": "no", "errors": [{"pointer": "/to", "detail": "missing"}]})]
    with pytest.raises(ProblemError) as caught:
        client.submit({})
    assert (len(asked), caught.value.errors[0]["pointer"]) == (1, "/to")


def test_the_twin_of_a_running_request_is_waited_for(scripted):
    client, script, asked, _ = scripted
    script += [(409, {}, {"type": "urn:mufakat:problem:key-in-flight"}), (201, {"Idempotent-Replayed": "true"}, NOTICE)]
    assert client.submit({}).replayed
    assert len(asked) == 2


def test_another_conflict_is_not_repeated(scripted):
    client, script, asked, _ = scripted
    script += [(409, {}, {"type": "urn:mufakat:problem:not-its-turn", "detail": "closed"})]
    with pytest.raises(ProblemError):
        client.acknowledge("ntc_x")
    assert len(asked) == 1


def test_an_answer_that_is_no_json_is_a_problem_still(scripted):
    client, script, _, _ = scripted
    script += [(500, {}, ["odd"])]
    with pytest.raises(ProblemError, match="500"):
        client.parties()


def test_pages_are_fetched_as_they_are_read(scripted):
    client, script, asked, _ = scripted
    script += [(200, {}, {"items": [NOTICE], "next": "ntc_x"}), (200, {}, {"items": [NOTICE], "next": None})]
    assert len(list(client.notices(state="received"))) == 2
    assert "after=ntc_x" in asked[1][1]


def test_the_token_is_not_in_the_clients_picture():
    assert "secret" not in repr(Client("http://127.0.0.1:1", "secret"))


def test_another_scheme_is_refused():
    with pytest.raises(ValueError, match="https"):
        Client("file:///etc/passwd", "t").parties()
