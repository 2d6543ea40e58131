"""A content handed over to the event loop: whole, or a line that is cut, never a thread that waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from mufakat.server.journal.vault import DamagedFileError
from mufakat.server.notices.streams import HANDED_OVER
from mufakat.server.runtime import streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b"", "more_body": False}


def answered(parts: Iterator[bytes], *, status: int = 200, send: Callable[..., Any] | None = None) -> list[Any]:
    """What goes out when a view hands these parts over and Django says an empty body."""
    said: list[Any] = []

    async def keep(message: dict[str, Any]) -> None:
        said.append(message)
        if send is not None:
            await send(message)

    async def run() -> None:
        sender = streams.Sender({"type": "http"}, keep)
        sender.scope[HANDED_OVER].append(parts)
        await sender({**START, "status": status})
        await sender({**END, "body": b"refused" if status != 200 else b""})
        await sender.finish()

    asyncio.run(run())
    return said


def test_the_content_follows_the_headers_and_ends() -> None:
    said = answered(iter([b"one", b"two"]))
    assert [one.get("body") for one in said] == [None, b"one", b"two", b""]
    assert [one.get("more_body") for one in said[1:]] == [True, True, False]


def test_an_empty_content_ends_too() -> None:
    assert answered(iter([b""]))[-1] == END


def test_an_answer_that_became_a_refusal_keeps_its_own_body() -> None:
    assert [one.get("body") for one in answered(iter([b"secret"]), status=403)] == [None, b"refused"]


def test_a_reader_who_stops_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STALLED", 0.05)

    async def stopped(message: dict[str, Any]) -> None:
        if message.get("body"):
            await asyncio.Event().wait()

    assert END not in answered(iter([b"one", b"two"]), send=stopped)


def test_a_file_that_breaks_on_the_way_is_never_said_to_be_whole() -> None:
    def breaking() -> Iterator[bytes]:
        yield b"one"
        raise DamagedFileError("made up")

    said = answered(breaking())
    assert [one.get("body") for one in said] == [None, b"one"]
