"""The ASGI application and the operator's console: what opens, what closes, and who gets in."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from tests.houses import body
from tests.server.api.doors import NOTICES, get, rows

from mufakat.server.journal import door
from mufakat.server.register import doors
from mufakat.server.runtime import door_environment, start

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.houses import House


async def told(application: Any, scope: dict[str, Any], messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What an application says to these messages."""
    waiting, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.sleep(3600)  # As a connection on which nothing more comes.
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent


def application() -> Any:
    """A fresh application, no house opened yet."""
    from mufakat.server.runtime.asgi import Application

    return Application()


LIFE = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]


def test_the_house_opens_and_closes_with_the_server(data: Path) -> None:
    sent = asyncio.run(told(application(), {"type": "lifespan"}, LIFE))
    assert [one["type"] for one in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    # Closed again: the lock is free, and the socket is gone.
    with door.lock():
        assert not (data / "sock").exists()


@pytest.mark.embedded
def test_a_house_that_cannot_open_fails_the_start_and_says_why(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del data
    monkeypatch.setattr(start, "PATIENCE", 0.3)
    with door.lock():
        sent = asyncio.run(told(application(), {"type": "lifespan"}, LIFE[:1]))
    assert [one["type"] for one in sent] == ["lifespan.startup.failed"]
    assert "another process of Mufakat owns" in sent[0]["message"]


@pytest.mark.embedded
def test_a_server_waits_for_a_command_that_works_in_its_data_directory(data: Path) -> None:
    # As after a kill: whoever calls a command then finds no server, and takes the house for as long as it works.
    with ExitStack() as command:
        command.enter_context(door.lock())
        free = threading.Timer(0.5, command.close)
        free.start()
        sent = asyncio.run(told(application(), {"type": "lifespan"}, LIFE))
    free.join()
    assert [one["type"] for one in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert not (data / "sock").exists()


@pytest.mark.embedded
def test_a_server_does_not_wait_for_another_server(data: Path) -> None:
    from mufakat.server.runtime.wsgi import application as pages

    del data
    with door.lock(), door.listening(pages), pytest.raises(door.HouseTakenError), door.lock(patience=3600):
        pass


def request(
    house: House, method: str, path: str, parts: list[bytes], raw: Sequence[tuple[bytes, bytes]] = (), /, **fields: str
) -> tuple[int, bytes]:
    """One request to the application, in parts; `raw` are headers as they are."""
    named = {"host": "localhost", **fields}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()] + list(raw),
    }
    del house
    messages = [
        {"type": "http.request", "body": part, "more_body": place < len(parts) - 1} for place, part in enumerate(parts)
    ]
    sent = asyncio.run(told(application(), scope, messages))
    content = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
    return sent[0]["status"], content


def test_the_hot_post_and_the_ordinary_routes_come_to_one_application(house: House) -> None:
    token = f"Bearer {house.token('kominfo', 'officer')}"
    taken, answer = request(house, "POST", NOTICES, [body()], authorization=token, idempotency_key="k1")
    listed, page = request(house, "GET", NOTICES, [b""], authorization=token)
    assert (taken, listed) == (201, 200)
    assert json.loads(page)["items"][0]["id"] == json.loads(answer)["id"]


def test_a_body_in_chunks_reaches_the_ordinary_routes_whole(house: House) -> None:
    notice = house.submit().subject
    token = f"Bearer {house.token('telegram', 'reviewer')}"
    parts = [b'{"note": "', b"Dari potongan", b'."}']
    fields: dict[str, Any] = {"authorization": token, "transfer_encoding": "chunked"}
    status, _ = request(house, "POST", f"{NOTICES}/{notice}/acknowledgement", parts, **fields)
    events = get(f"{NOTICES}/{notice}/events", house.token("kominfo", "officer")).json()["items"]
    assert (status, list(events[1]["openings"])) == (200, ["note"])


def test_what_a_client_writes_does_not_pass_for_what_a_proxy_wrote(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_of: list[str] = []
    monkeypatch.setattr(doors.READING, "enter", lambda address, **_: told_of.append(address))
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", door_environment.read({"MUFAKAT_PROXIES": "127.0.0.0/8"}))
    spoofed = ((b"x-forwarded-for", b"198.51.100.1"), (b"x_forwarded_for", b"203.0.113.9"))
    assert request(house, "GET", "/api/v1/register", [b""], spoofed)[0] == 200
    assert told_of == ["198.51.100.1"]


def test_chunks_without_end_are_refused_early(house: House) -> None:
    token = f"Bearer {house.token('telegram', 'reviewer')}"
    fields: dict[str, Any] = {"authorization": token, "transfer_encoding": "chunked"}
    before = rows()
    status, content = request(house, "POST", f"{NOTICES}/x/acknowledgement", [b"x" * 1_048_576] * 10, **fields)
    assert (status, json.loads(content)["type"], rows()) == (413, "urn:mufakat:problem:too-large", before)


# -- The console


def deed(name: str, raw: bytes, *, method: str = "POST") -> tuple[int, Any]:
    """A deed as the command line asks for it in this process."""
    from mufakat.cli import _server
    from mufakat.server.runtime.wsgi import application as pages

    sent = {"Content-Type": "application/json", "Content-Length": str(len(raw)), "Host": "localhost"}
    reply = _server.call(pages, method, f"/local/{name}", io.BytesIO(raw), sent)
    return reply.status, reply.json()


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("party-add", b""),
        ("party-add", b"{}"),
        ("party-add", b"[]"),
        ("party-add", b"{"),
        ("party-add", b"\xff"),
        ("party-add", b'{"handle": 1, "kind": "court", "name": "x"}'),
        ("party-add", b'{"handle": "x", "kind": "boss", "name": "x"}'),
        ("party-add", b'{"handle": "x", "kind": "court", "name": "x", "more": 1}'),
        ("token-issue", b'{"party": "kominfo", "role": "officer", "scopes": ["all"]}'),
        ("token-issue", b'{"party": "kominfo", "role": "officer", "days": 99999999999}'),
        ("token-issue", b'{"party": "kominfo", "role": "officer", "days": -1}'),
        ("token-revoke", b'{"id": "\\u0000"}'),
        ("notice-erase", b"{}"),
        ("notice-erase", b'{"notice": "ntc_x"}'),
        ("notice-erase", b'{"notice": "\\u0000", "reason": "x"}'),
        ("notice-erase", b'{"notice": "ntc_x", "reason": "x", "classes": ["leaf"]}'),
        ("notice-erase", b'{"notice": "ntc_x", "reason": "x", "classes": ["login_attempts"]}'),
        ("notice-erase", b'{"notice": "ntc_x", "reason": "\\ud800"}'),
        ("hold-place", b'{"notice": "\\u0000", "reason": "x"}'),
        ("hold-release", b'{"notice": "ntc_x", "reason": "x", "until": null}'),
        ("work", b'{"once": true}'),
    ],
)
def test_what_a_console_cannot_read_is_a_problem_and_changes_nothing(house: House, name: str, raw: bytes) -> None:
    del house
    before = rows()
    status, problem = deed(name, raw)
    assert (400 <= status < 500, problem["status"], rows()) == (True, status, before)


@pytest.mark.parametrize("name", ["", "x", "party-delete", "../api/v1/parties"])
def test_a_deed_that_there_is_not_is_not_there(house: House, name: str) -> None:
    del house
    assert deed(name, b"{}")[0] == 404


def test_every_request_of_the_operator_has_a_time_of_its_own(house: House) -> None:
    del house
    status, made = deed("token-issue", b'{"party": "kominfo", "role": "officer", "days": 1}')
    assert (status, set(made)) == (200, {"token", "id", "party", "role"})
