"""Updates by webhook: answered once they are durable, never for a stranger, and again where they were not."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest
from tests.houses import free_port
from tests.telegram.bots import until

from mufakat.server.connectors.telegram import acting, hook, polling, running

if TYPE_CHECKING:
    from tests.telegram.bots import Scene

SECRET = "secret-of-the-hook"


@pytest.fixture
def posts(scene: Scene) -> str:
    """The bot takes posts at this address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/updates"
    scene.start(webhook=running.Webhook(url, SECRET, "127.0.0.1", port))
    until(lambda: scene.api.do(lambda _: scene.bot.webhook))
    return url


def post(url: str, body: bytes, secret: str) -> int:
    import asyncio

    async def send() -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers={hook.HEADER: secret, "Content-Type": "application/json"}) as answer,
        ):
            return answer.status

    def reached() -> int | None:
        try:
            return asyncio.run(send())
        except aiohttp.ClientConnectorError:
            return None  # It does not listen yet.

    return int(until(reached))


def test_what_is_posted_is_screened_and_acted_upon(scene, posts):
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))
    until(lambda: "deleted" in scene.notes())


def test_a_stranger_is_not_heard(scene, posts):
    assert post(posts, b'{"update_id": 1}', "guessed") == 403
    assert post(posts, b'{"update_id": 1}', "") == 403


def test_a_stranger_whose_secret_is_no_text_is_not_heard_either(scene, posts):
    until(lambda: post(posts, b"{}", "") == 403)
    host, port = posts.removeprefix("http://").partition("/")[0].split(":")
    with socket.create_connection((host, int(port))) as line:
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n{hook.HEADER}: ".encode()
        line.sendall(head + b"\xff\xfe\r\n\r\n{}")
        answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 403")


def test_what_is_no_update_is_refused_and_what_cannot_be_read_is_noted(scene, posts):
    assert post(posts, b"nothing", SECRET) == 400
    assert post(posts, b'{"update_id": 77, "message": {"message_id": "x"}}', SECRET) == 200
    until(lambda: "update 77 cannot be read by this release" in scene.notes())


def test_the_same_update_posted_twice_is_dealt_with_once(scene, posts):
    scene.say("jeruk")
    until(lambda: "warned" in scene.notes())
    chat = {"id": scene.group.id, "type": "supergroup", "username": "contohgrup"}
    edited = {"message_id": 1, "date": 1, "edit_date": 9_999_999_999, "chat": chat, "text": "jeruk"}
    body = json.dumps({"update_id": 1_000_000, "edited_message": edited}).encode()
    before = len(scene.engine.items)
    assert [post(posts, body, SECRET) for _ in range(2)] == [200, 200]
    assert len(scene.engine.items) == before + 1
    assert len(scene.texts(scene.group)) == 2


def test_while_the_platform_is_away_telegram_posts_again(scene, posts, monkeypatch):
    monkeypatch.setattr(acting, "FIRST_PAUSE", 0.01)
    scene.engine.failing += [503] * 3
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))
    assert scene.engine.failing == []


def test_people_are_told_when_the_platform_stays_away(scene, posts, monkeypatch):
    monkeypatch.setattr(polling, "DOWN", 0.0)
    scene.engine.failing += [503] * 3
    message = scene.say("pisang")
    until(lambda: "nothing is screened for the moment" in scene.notes())
    until(lambda: not scene.is_there(message))
