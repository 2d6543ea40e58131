"""Items that are screened in the tests, and an agreement under which a machine may block."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from tests.server.agreements.talking import body as talks, frame, in_force

from mufakat.formats import screened
from mufakat.screening.item import Item
from mufakat.server.filters import operations
from mufakat.server.journal import door
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.houses import Server

    from mufakat.server.filters.screening import Said

BLOCK, HOLD, NOTIFY, WARN, LABEL = (
    "ayo beli pisang hijau",
    "lihat http://jual.example.net/promo",
    "ada mangga muda",
    "salak masam lagi",
    "tidak ada apa-apa",
)
"""A text for each rule of the seeded policy; the last is clean."""

PLACE = "https://t.me/examplechannel/"


def item(text: str = LABEL, *, name: str = f"{PLACE}1", **more: Any) -> bytes:
    """An item as it is sent."""
    told = {"item": name, "at": "2026-11-26T09:00:00Z", "visibility": "public", "kind": "post", "text": text, **more}
    return json.dumps(told).encode()


def read(raw: bytes) -> Item:
    found = screened.read_item(raw)
    assert isinstance(found, Item)
    return found


def screen(raw: bytes, *, by: tuple[str, str] = ("telegram", "reviewer")) -> dict[str, Any]:
    """Screen one item; the verdict as it is answered."""
    caller = parties.caller_by_seat(*by)
    found: dict[str, Any] = msgspec.json.decode(operations.screen(raw, by=caller, at=datetime.now(UTC)).body)
    return found


def screen_many(*raws: bytes, by: tuple[str, str] = ("telegram", "reviewer")) -> list[Said]:
    """Screen many at once."""
    caller = parties.caller_by_seat(*by)
    return operations.screen_many(
        [(line, read(raw)) for line, raw in enumerate(raws, start=1)], by=caller, at=datetime.now(UTC)
    )


def agreed(*automatic: str) -> dict[str, Any]:
    """An agreement in force between the ministry and the platform that leaves these measures to a machine."""
    return in_force(talks(points=[{"name": "terms", **frame("id-2017", automatic=list(automatic))}]))


def written(run: Callable[[], object]) -> None:
    """Change rows as an operation would, which tests need not go through here."""
    door.commit(lambda _: run())


@contextmanager
def inside(server: Server) -> Iterator[None]:
    """Work on the instance of a server that is stopped, in this process."""
    from django.db import connections
    from tests.houses import move_to

    move_to(server.data, server.database)
    try:
        with door.open_house():
            yield
    finally:
        connections.close_all()
