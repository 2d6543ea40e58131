"""``POST /api/v1/screen`` and ``/screen/batch``: what a platform's policy says of its items, answered before Django.

One item is one request. Of many a request takes 64 MiB: it is read whole, and then judged, written and answered a
portion at a time, each line in its place. Nothing is answered before its hits are in the books. The work is done in
threads of its own; the loop only carries bytes. The ordinary views behind it serve who comes through Django.
"""

from __future__ import annotations

import asyncio
import functools
import io
import itertools
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from django.db import close_old_connections
from django.http import StreamingHttpResponse

from mufakat.formats import screened
from mufakat.formats.items import Bad
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.permissions import Deed
from mufakat.server.api import auth, importing, intake, problems
from mufakat.server.filters import operations as filters
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key
from mufakat.server.notices.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from django.http import HttpRequest

    from mufakat.screening.item import Item
    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller

ONE = "/api/v1/screen"
MANY = "/api/v1/screen/batch"
MEDIA_TYPE = "application/x-ndjson"
LARGEST = 64 * 1024 * 1024  # Bytes of a request of many; it is kept in memory, and never on the disk.
LINES = 500_000  # Of a request: an item has a hundred bytes at least, and more lines of that size are none.
LINE = 1024 * 1024  # Bytes of a line.
PORTION = 1_000  # Lines that are judged, written and answered at once.
AT_ONCE = 4  # Requests of many that run at once in this process; each has a thread.
OF_ONE_PARTY = 2
STALLED = 60.0  # Seconds without a byte of the body.
MARK = b"\xef\xbb\xbf"  # Some programs put it before UTF-8.

threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="screening")
slots = Slots(at_once=AT_ONCE, of_one_party=OF_ONE_PARTY)
encoder = msgspec.json.Encoder()


class TooMuchError(problems.TooLargeError):
    """The request is larger than is taken at once."""

    def __str__(self) -> str:
        return f"A request has at most {LARGEST // 1024**2} MiB and {LINES:,} lines; nothing of it was screened."


class UnscreenedLine(msgspec.Struct, frozen=True):
    """A line that was not screened, and why; the others are not touched by it."""

    line: int
    problem: msgspec.Raw


class InterruptedLine(msgspec.Struct, frozen=True):
    """The last line of an answer that was cut short: from which line on nothing was screened, and why."""

    interrupted: int
    problem: msgspec.Raw


TOO_LONG = BadScreeningError([Fault("", FaultCode.TOO_LARGE, f"A line has at most {LINE:,} bytes.")])


def lines_of(raw: bytes) -> Iterator[tuple[int, Item] | Bad]:
    """Each item with its line, from 1; a line that is no item has its faults. Blank lines are passed over."""
    read = screened.read_item
    for number, line in enumerate(io.BytesIO(raw.removeprefix(MARK)), start=1):
        if len(line) > LINE:
            yield Bad(number, TOO_LONG.faults)
        elif not line.isspace():
            found = read(line)
            yield Bad(number, found) if isinstance(found, tuple) else (number, found)


class Work:
    """A request of many at work: the lines of its answer, a portion at a time. Closing it frees the slot."""

    def __init__(self, by: Caller) -> None:
        by.require(Deed.SCREEN)
        self._by = by
        self._held = ExitStack()
        self._held.enter_context(slots.one(by.party_id))
        self._left: Iterator[tuple[int, Item] | Bad] = iter(())

    def begin(self, raw: bytes) -> Work:
        """All of it is here. Raises TooMuchError."""
        if len(raw) > LARGEST or raw.count(b"\n") > LINES:
            raise TooMuchError
        self._left = lines_of(raw)
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        portion = list(itertools.islice(self._left, PORTION))
        if not portion:
            raise StopIteration
        close_old_connections()  # In a thread that no request opens or closes, one that broke is let go here.
        try:
            return answered(portion, self._by)
        except Exception as error:  # noqa: BLE001 - the answer has begun: its last line says what stood in the way.
            self._left = iter(())
            first = portion[0]
            line = first.number if isinstance(first, Bad) else first[0]
            return encoder.encode(InterruptedLine(line, problems.item(error)[1])) + b"\n"

    def close(self) -> None:
        self._held.close()


def answered(portion: Sequence[tuple[int, Item] | Bad], by: Caller) -> bytes:
    """What is answered to these lines, once every hit among them is durable."""
    said = filters.screen_many(portion, by=by, at=datetime.now(UTC))
    return encoder.encode_lines(
        UnscreenedLine(line, problems.item(out)[1]) if isinstance(out, BadScreeningError) else out for line, out in said
    )


# -- The ASGI doors --


async def take(
    scope: dict[str, object], receive: Callable[[], Awaitable[object]], send: Callable[[object], Awaitable[None]]
) -> None:
    """One item."""
    started = time.perf_counter()
    try:
        headers: dict[bytes, bytes] = dict(scope["headers"])  # type: ignore[call-overload]  # As ASGI says.
        at = datetime.now(UTC)
        # (1) Who speaks; (2) what, no more than the door takes; (3) judged in a thread; (4) durable, then answered.
        known = await intake.who(headers.get(b"authorization", b"").decode("latin-1"), at)
        raw = await intake.body(headers, receive)
        sent = headers.get(b"idempotency-key")
        key = _key(known.caller, None if sent is None else sent.decode("latin-1"), raw)
        answer = await _screened(raw, known.caller, at=at, key=key)
        status, fields, content = answer.status, intake.headers_of(answer), answer.body
    except ConnectionResetError:
        return
    except Exception as error:  # noqa: BLE001 - problems.problem knows what to show and what to log.
        status, fields, content = problems.problem(error)
    await intake.answer(send, status, fields, content, method="POST", route=ONE[1:], started=started)


async def _screened(raw: bytes, by: Caller, *, at: datetime, key: Key | None) -> Answer:
    """As ``filters.screen``, without a thread that waits for the writer."""
    loop = asyncio.get_running_loop()
    for anew in filters.ATTEMPTS:
        prepare = functools.partial(_prepared, raw, by=by, at=at, key=key, anew=anew)
        found, writing = await loop.run_in_executor(None, prepare)
        try:
            answer: Answer = await door.writer().enter(writing)
        except filters.StaleError:
            continue
        filters.count(found.judged)
        return answer
    raise filters.UnsettledError


def _prepared(raw: bytes, *, by: Caller, at: datetime, key: Key | None, anew: bool) -> filters.Prepared:
    close_old_connections()
    return filters.prepare_one(raw, by=by, at=at, key=key, anew=anew)


def _key(by: Caller, sent: str | None, raw: bytes) -> Key | None:
    return None if sent is None else Key.of(by.party_id, f"POST {ONE}", auth.idempotency_key(sent), raw)


async def take_many(
    scope: dict[str, object], receive: Callable[[], Awaitable[object]], send: Callable[[object], Awaitable[None]]
) -> None:
    """Many items, one a line."""
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    try:
        headers: dict[bytes, bytes] = dict(scope["headers"])  # type: ignore[call-overload]  # As ASGI says.
        known = await intake.who(headers.get(b"authorization", b"").decode("latin-1"), datetime.now(UTC))
        require_size(headers.get(b"content-length", b"0"))
        work = await loop.run_in_executor(None, Work, known.caller)
        try:
            raw = await _body(receive)
            parts = await loop.run_in_executor(threads, work.begin, raw)
            del raw
            first = await loop.run_in_executor(threads, importing.following, parts)
            await _answer(first, parts, send, started=started)
        finally:
            work.close()
    except ConnectionResetError:
        return
    except Exception as error:  # noqa: BLE001 - problems.problem knows what to show and what to log.
        await intake.answer(send, *problems.problem(error), method="POST", route=MANY[1:], started=started)


def require_size(length: bytes) -> None:
    """Refuse at once what says itself that it is too large."""
    if not length.isdigit() or int(length[:12]) > LARGEST:
        raise TooMuchError


async def _body(receive: Callable[[], Awaitable[object]]) -> bytes:
    """All of the body; refused as soon as it is known to be too large, given up where it stands still."""
    parts: list[bytes] = []
    size = 0
    while True:
        try:
            message = await asyncio.wait_for(receive(), STALLED)
        except TimeoutError:
            raise problems.StalledError from None
        if not isinstance(message, dict) or message["type"] != "http.request":
            raise ConnectionResetError
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST:
            raise TooMuchError
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(
    first: bytes, parts: Iterator[bytes], send: Callable[[object], Awaitable[None]], *, started: float
) -> None:
    """Send the lines as they come."""
    loop = asyncio.get_running_loop()
    request_id = secrets.token_hex(8)
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store", "x-request-id": request_id}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": pairs})
    part = first
    while part:
        await send({"type": "http.response.body", "body": part, "more_body": True})
        part = await loop.run_in_executor(threads, importing.following, parts)
    await send({"type": "http.response.body", "body": b""})
    intake.note(request_id, 200, method="POST", route=MANY[1:], started=started)


# -- The same through Django --


def view(request: HttpRequest, caller: Caller, raw: bytes) -> Answer:
    """One item."""
    key = _key(caller, request.headers.get("Idempotency-Key"), raw)
    return filters.screen(raw, by=caller, at=request.at, key=key)  # type: ignore[attr-defined]


def view_many(request: HttpRequest, caller: Caller) -> StreamingHttpResponse:
    """Many items."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    require_size(length.encode())
    work = Work(caller)
    try:
        raw = request.read(LARGEST + 1)
        parts = work.begin(raw if len(raw) == int(length) else importing.cut_off())
    except BaseException:
        work.close()
        raise
    return StreamingHttpResponse(parts, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
