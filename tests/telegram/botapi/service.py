"""The server: HTTP in a thread of its own, on a free port of this machine."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Self, TypeVar

from aiohttp import web
from tests.telegram.botapi import calls, updates
from tests.telegram.botapi.faults import Fault, Kind, Weather
from tests.telegram.botapi.modelled import MODELLED
from tests.telegram.botapi.problems import NOT_FOUND, UNAUTHORIZED, ProblemError, flood
from tests.telegram.botapi.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tests.telegram.botapi.world import Bot

T = TypeVar("T")


class BotAPI:
    """Started with ``with``. `calls` are the calls that were done, in order: method, and what it was told."""

    def __init__(self) -> None:
        self.world = World()
        self.weather = Weather()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.broken: list[str] = []  # What no faithful client does: methods not modelled, parameters that are unknown.
        self.watch: Callable[[str, dict[str, Any]], None] = lambda *_: None  # Sees each call that was done.
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, name="bot api", daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self.news = asyncio.Condition()

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
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def do(self, deed: Callable[[World], T]) -> T:
        """Look at the world, or change it, in the server's thread."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(deed(self.world))
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for.
                done.set_exception(error)

        self.loop.call_soon_threadsafe(run)
        return done.result(30)

    def fail(self, kind: Kind, method: str = "", **more: Any) -> None:
        """Let a call fail."""
        self.do(lambda _: self.weather.add(Fault(kind, method, **more)))

    def done(self, method: str) -> list[dict[str, Any]]:
        """What was told to this method, each time it succeeded."""
        return self.do(lambda _: [told for name, told in self.calls if name == method])

    # -- In the server's thread ----------------------------------------------------------------------------------------

    def _live(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._serve())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    async def _serve(self) -> None:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/bot{token}/{method}", self._called)
        application.router.add_get("/file/bot{token}/{path:.+}", self._file)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self.world.changed = self._ring
        poster = asyncio.create_task(updates.post(self))
        self._ready.set()
        await self._stop.wait()
        poster.cancel()
        await asyncio.gather(poster, return_exceptions=True)
        await runner.cleanup()

    def _ring(self) -> None:
        task = self.loop.create_task(self._wake())
        task.add_done_callback(lambda _: None)

    async def _wake(self) -> None:
        async with self.news:
            self.news.notify_all()

    def bot(self, token: str) -> Bot:
        found = self.world.bots.get(token)
        if found is None:
            raise UNAUTHORIZED if ":" in token else NOT_FOUND
        return found

    async def _called(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            fault = self.weather.of(calls.method_of(name).__api_method__)
            if fault is not None:
                await self._before(fault, request)
            told = await _told(request)
            answer: dict[str, Any] = {"ok": True, "result": await self._do(name, told, request.match_info["token"])}
            status = 200
        except ProblemError as problem:
            answer, status, fault = problem.body, problem.code, None
        if fault is not None and fault.kind in {Kind.DROP_AFTER, Kind.CUT, Kind.GARBAGE}:
            return await _after(fault, request)
        return web.json_response(answer, status=status)

    async def _do(self, name: str, told: dict[str, Any], token: str) -> Any:
        method, bot = calls.method_of(name), self.bot(token)
        api_name = method.__api_method__
        try:
            call = calls.read(method, told)
        except calls.UnknownParametersError as error:
            self.broken.append(str(error))
            raise ProblemError(501, f"Not modelled: {error}") from None
        if api_name == "getUpdates":
            answer = await updates.get(self, bot, call)
        elif api_name in MODELLED:
            answer = MODELLED[api_name](self.world, bot, call)
        else:
            self.broken.append(f"{api_name} is validated and not modelled")
            raise ProblemError(501, f"Not modelled: {api_name}")
        if api_name != "getUpdates":  # Of updates each was looked at when it came.
            if self.world.checks:
                calls.sound_answer(method, answer)
            self.calls.append((api_name, told))
            self.watch(api_name, told)
        return answer

    @staticmethod
    async def _before(fault: Fault, request: web.Request) -> None:
        if fault.kind is Kind.LATENCY:
            await asyncio.sleep(fault.seconds)
        elif fault.kind is Kind.STATUS:
            raise ProblemError(fault.status, {500: "Internal Server Error"}.get(fault.status, "Bad Gateway"))
        elif fault.kind is Kind.FLOOD:
            raise flood(int(fault.seconds))
        elif fault.kind is Kind.DROP_BEFORE:
            _cut(request)
            raise ProblemError(500, "The line is cut")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["path"].removeprefix("documents/")
        try:
            self.bot(request.match_info["token"])
        except ProblemError as problem:
            return web.json_response(problem.body, status=problem.code)
        found = next((content for content, known in self.world.files.values() if known == name), None)
        if not isinstance(found, bytes):
            return web.json_response(NOT_FOUND.body, status=404)
        return web.Response(body=found)


async def _told(request: web.Request) -> dict[str, Any]:
    """The parameters of a call, however they were sent: in the address, as a form, with files, or as JSON."""
    told: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        told |= await request.json()
        return told
    files: dict[str, calls.File] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = calls.File(value.file.read(), value.filename)
        else:
            told[name] = value if isinstance(value, str) else value.decode()
    for name, value in told.items():
        if isinstance(value, str) and value.startswith("attach://"):
            told[name] = files.pop(value.removeprefix("attach://"), value)
    return {**told, **files}


async def _after(fault: Fault, request: web.Request) -> web.StreamResponse:
    if fault.kind is Kind.GARBAGE:
        return web.Response(text="<html>Bad Gateway</html>", content_type="text/html")
    if fault.kind is Kind.CUT:
        answer = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "500"})
        await answer.prepare(request)
        await answer.write(b'{"ok":true,"res')
    _cut(request)
    return web.Response()


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
