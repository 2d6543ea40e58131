"""The platform's instance, as the bot asks it: `POST /api/v1/screen` and `GET /api/v1/events`, and nothing else.

The one place that imitates it. What it answers has the members of `server/filters/screening.py: VerdictOut`; fruit
words stand for what a rule hits. It writes a hit once for an item and rule, as the server does.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from mufakat.formats import screened
from mufakat.screening.item import Item, Visibility

if TYPE_CHECKING:
    from types import TracebackType

# A word: the action of its rule, and how its hit stands in the books.
WORDS: dict[str, tuple[str, str]] = {
    "pisang": ("block", "blocked"),
    "durian": ("block", "held"),
    "jeruk": ("warn", "told"),
    "salak": ("label", "told"),
    "nanas": ("hold", "held"),
    "mangga": ("propose_notification", "told"),
}


@dataclass
class Engine:
    """Started with ``with``."""

    token: str = "token-of-a-reviewer"
    port: int = 0
    items: list[Item] = field(default_factory=list)  # What was screened, each time it was asked.
    hits: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    failing: list[int] = field(default_factory=list)  # The statuses of the next answers.
    delay: float = 0.0

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def decide(self, hit: str, what: str) -> None:
        """A person decided about a hit: blocked, released or restored."""
        number = f"evt_{len(self.told):026}"
        told = {"id": number, "type": f"hit.{what}", "timestamp": "2026-01-01T00:00:00.000Z"}
        self.told.append({**told, "data": {"event": number, "case": hit, "links": {}}})

    # -- In its thread --

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _serve(self) -> None:
        application = web.Application(client_max_size=2 * 1024 * 1024)
        application.router.add_post("/api/v1/screen", self._screen)
        application.router.add_get("/api/v1/events", self._events)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    def _problem(self, status: int, detail: str) -> web.Response:
        return web.json_response(
            {"type": "about:blank", "status": status, "detail": detail},
            status=status,
            content_type="application/problem+json",
        )

    async def _screen(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._problem(401, "This token is not known.")
        if self.failing:
            return self._problem(self.failing.pop(0), "Not now.")
        if self.delay:
            await asyncio.sleep(self.delay)
        item = screened.read_item(await request.read())
        if not isinstance(item, Item):
            return self._problem(422, item[0].detail)
        if item.visibility is Visibility.PRIVATE:
            return self._problem(422, "A private item is not screened.")
        self.items.append(item)
        if "rambutan" in item.text:
            return self._problem(422, "The engine does not take this one.")
        return web.json_response(self._verdict(item))

    def _verdict(self, item: Item) -> dict[str, Any]:
        seen = " ".join((item.text, *item.urls))
        word = next((one for one in WORDS if one in seen), None)
        base: dict[str, Any] = {
            "item": item.item,
            "action": "none",
            "rule": None,
            "policy": "fruit/1",
            "matches": [],
            "shadow": [],
        }
        if word is None:
            return base
        action, state = WORDS[word]
        hit = self.hits.setdefault((item.item, word), {"hit": f"hit_{len(self.hits):026}", "state": state})
        return {**base, "action": action, "rule": f"{word}-rule", **hit}

    async def _events(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._problem(401, "This token is not known.")
        after = request.query.get("after", "")
        found = [one for one in self.told if one["id"] > after]
        return web.json_response({"items": found[:50], "next": found[49]["id"] if len(found) > 50 else None})
