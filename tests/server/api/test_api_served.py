"""The machines' door of a real server: what only shows where bytes travel and a process dies."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import Server
from tests.server.api.doors import NOTICES, ask, encoded, view

from mufakat.proof import key as keys, verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.houses import House
    from tests.server.api.doors import Reply

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def served(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that leave nothing behind which would disturb another."""
    folder = tmp_path_factory.mktemp("served") / "data"
    server = Server.on(prepared, folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def officer(served: Server) -> str:
    return served.token("kominfo", "officer")


@pytest.fixture(scope="module")
def representative(served: Server) -> str:
    return served.token("telegram", "representative")


def count(server: Server, token: str) -> int:
    """How many notices are on the first page."""
    return len(ask(server, "GET", NOTICES, token).json()["items"])


def test_a_notice_is_taken_and_its_receipt_verifies_with_what_the_server_publishes(
    served: Server, officer: str
) -> None:
    answer = ask(served, "POST", NOTICES, officer, raw=encoded(), key="taken")
    published = keys.read_keys(ask(served, "GET", "/log/1/keys.json").body.decode())
    found = verify.verify(answer.json()["receipt"].encode(), keys=published)
    assert (answer.status, found.notice) == (201, answer.json()["id"])


def test_the_server_answers_with_the_same_headers_as_the_view(served: Server, officer: str, house: House) -> None:
    hot = ask(served, "POST", NOTICES, officer, raw=encoded(), key="headers")
    ordinary = view(encoded(), token=house.token("kominfo", "officer"))
    compared = ("content-type", "cache-control")
    assert [hot.headers[name] for name in compared] == [ordinary.headers[name] for name in compared]
    assert {"location", "x-request-id"} <= set(hot.headers) & set(ordinary.headers)


@pytest.mark.parametrize("form", ["with-length", "chunked"])
@pytest.mark.parametrize("path", [NOTICES, f"{NOTICES}/ntc_x/acknowledgement", f"{NOTICES}/batch"])
def test_ten_megabytes_are_refused(served: Server, officer: str, path: str, form: str) -> None:
    before = count(served, officer)
    answer = ask(served, "POST", path, officer, raw=b" " * (10 * MEBIBYTE), key="large", chunked=form == "chunked")
    assert (answer.status, answer.json()["type"]) == (413, "urn:mufakat:problem:too-large")
    assert count(served, officer) == before


def test_a_notice_in_chunks_is_taken(served: Server, officer: str) -> None:
    raw = encoded(explanation="x" * 19_000, external={"more": "y" * 60_000})
    answer = ask(served, "POST", NOTICES, officer, raw=raw, key="chunks", chunked=True)
    shown = ask(served, "GET", f"{NOTICES}/{answer.json()['id']}", officer)
    assert (answer.status, raw in shown.body) == (201, True)


def test_a_note_in_chunks_is_not_lost(served: Server, officer: str, representative: str) -> None:
    notice = ask(served, "POST", NOTICES, officer, raw=encoded(), key="noted").json()["id"]
    path = f"{NOTICES}/{notice}"
    ask(served, "POST", f"{path}/acknowledgement", representative, raw=b'{"note": "Diterima."}', chunked=True)
    events = ask(served, "GET", f"{path}/events", officer).json()["items"]
    assert set(events[1]["openings"]) == {"note"}


def test_a_bad_note_in_chunks_is_refused(served: Server, officer: str, representative: str) -> None:
    notice = ask(served, "POST", NOTICES, officer, raw=encoded(), key="badly-noted").json()["id"]
    path = f"{NOTICES}/{notice}/acknowledgement"
    assert ask(served, "POST", path, representative, raw=b'{"note": 5}', chunked=True).pointers == ["/note"]


def test_a_token_ended_by_the_command_line_acts_no_more_at_once(served: Server) -> None:
    made = json.loads(served.run("token", "issue", "--party", "kominfo", "--role", "officer", "--json").stdout)
    first = ask(served, "POST", NOTICES, made["token"], raw=encoded(), key="before-the-end").status
    served.run("token", "revoke", made["id"])
    after = [
        ask(served, "POST", NOTICES, made["token"], raw=encoded(), key="after-the-end").status,
        ask(served, "GET", NOTICES, made["token"]).status,
    ]
    assert (first, after) == (201, [401, 401])


def test_the_operators_deeds_are_not_there_for_the_network(served: Server) -> None:
    answer = ask(served, "POST", "/local/token-issue", raw=b'{"party": "kominfo", "role": "officer"}')
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("name", ["X-Mufakat-As", "x_mufakat_as", "Mufakat.Local", "HTTP_X_MUFAKAT_AS"])
def test_nobody_on_the_network_names_the_seat_to_act_in(served: Server, name: str) -> None:
    assert ask(served, "GET", NOTICES, headers={name: "kominfo/officer"}).status == 401


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 100,
        b"GET\r\n\r\n",
        b"POST /api/v1/notices HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        b"\r\n" * 50,
    ],
    ids=["zeros", "no version", "no length", "empty lines"],
)
def test_what_is_no_http_disturbs_nobody(served: Server, officer: str, garbage: bytes) -> None:
    # The server may hang up before we have finished.
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line, contextlib.suppress(OSError):
        line.sendall(garbage)
        line.shutdown(socket.SHUT_WR)
        while line.recv(4096):
            pass
    assert ask(served, "GET", NOTICES, officer).status == 200


@pytest.mark.invariant("I-01")
@pytest.mark.invariant("I-02")
def test_a_repetition_after_a_kill_gets_the_same_bytes(stopped_server: Server) -> None:
    officer = stopped_server.token("kominfo", "officer")
    answers = []
    for _ in range(2):
        stopped_server.start()
        answers.append(ask(stopped_server, "POST", NOTICES, officer, raw=encoded(), key="k1"))
        stopped_server.kill()
    assert (answers[1].status, answers[1].body, answers[1].headers["idempotent-replayed"]) == (
        201,
        answers[0].body,
        "true",
    )


@pytest.mark.invariant("I-02")
def test_parallel_twins_make_one_notice(served: Server, officer: str) -> None:
    raw = encoded(explanation="Twins.")
    answers: list[Reply] = []
    start = threading.Barrier(32)

    def send() -> None:
        start.wait()
        answers.append(ask(served, "POST", NOTICES, officer, raw=raw, key="twins"))

    threads = [threading.Thread(target=send) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 32
    assert len({answer.body for answer in answers if answer.status == 201}) == 1
    assert {answer.status for answer in answers} <= {201, 409}


def imported(server: Server, token: str, raw: bytes, *, chunked: bool = True) -> list[dict[str, Any]]:
    """What the server says of a file, line by line."""
    answer = ask(server, "POST", f"{NOTICES}/import?format=ndjson", token, raw=raw, chunked=chunked)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.body.splitlines()]


def many(count: int, word: str) -> bytes:
    return b"".join(encoded(explanation=f"{word} {number}.") + b"\n" for number in range(count))


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with-length"])
def test_a_file_larger_than_a_notice_may_be_is_taken(served: Server, officer: str, chunked: bool) -> None:  # noqa: FBT001
    raw = b"".join(encoded(explanation=f"{chunked} {n}.", external={"x": "y" * 60_000}) + b"\n" for n in range(50))
    found = imported(served, officer, raw, chunked=chunked)
    assert (len(raw) > 2 * MEBIBYTE, found[-1]["end"], found[-1]["taken"]) == (True, "done", 50)


def test_a_file_whose_sender_hangs_up_is_not_taken(served: Server, officer: str) -> None:
    before = count(served, officer)
    raw = many(3, "Cut off")
    head = f"POST {NOTICES}/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {officer}\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.sendall(f"{head}Content-Length: {len(raw) * 2}\r\n\r\n".encode() + raw)
        line.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            line.recv(4096)
    assert ask(served, "GET", "/health/ready").status == 200
    assert count(served, officer) == before
    assert list((served.data / "imports").iterdir()) == []


@pytest.mark.invariant("I-02")
def test_an_import_whose_sender_goes_away_leaves_nothing_and_doubles_nothing(served: Server, officer: str) -> None:
    raw = many(2_000, "Left alone")
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    line.request("POST", f"{NOTICES}/import", body=raw, headers={"Authorization": f"Bearer {officer}"})
    assert b"receipt" in line.getresponse().readline()
    line.close()
    until = time.monotonic() + 120
    while list((served.data / "imports").iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    assert list((served.data / "imports").iterdir()) == []
    last = imported(served, officer, raw)[-1]
    assert (last["taken"] + last["repeated"], last["repeated"] >= 125) == (2_000, True)


@pytest.mark.invariant("I-01")
@pytest.mark.invariant("I-02")
def test_an_import_cut_by_a_kill_goes_on_and_doubles_nothing(stopped_server: Server) -> None:
    officer = stopped_server.token("kominfo", "officer")
    raw = many(3_000, "Killed")
    stopped_server.start()
    line = http.client.HTTPConnection("127.0.0.1", stopped_server.port, timeout=60)
    line.request("POST", f"{NOTICES}/import", body=raw, headers={"Authorization": f"Bearer {officer}"})
    answer = line.getresponse()
    receipts = [json.loads(answer.readline()) for _ in range(8)][0::2]
    stopped_server.kill()
    line.close()
    assert len(list((stopped_server.data / "imports").iterdir())) == 1
    stopped_server.start()
    assert list((stopped_server.data / "imports").iterdir()) == []
    last = imported(stopped_server, officer, raw)[-1]
    assert (last["taken"] + last["repeated"], last["refused"]) == (3_000, 0)
    # What was receipted before the kill is there, and was taken once.
    assert last["repeated"] >= sum(len(one["items"]) for one in receipts) >= 500
