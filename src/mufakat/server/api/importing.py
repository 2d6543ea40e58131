"""``POST /api/v1/notices/import``: a file of any length in, one line of JSON for whatever became of it out.

The ASGI door writes the body to a file as it comes, and reads it only when all of it is here (``notices.spool``). The
work is done in threads of its own, a batch at a time; the loop only carries bytes. The ordinary view behind it serves
who comes through Django.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from django.db import close_old_connections
from django.http import StreamingHttpResponse

from mufakat import formats
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.permissions import Deed
from mufakat.rules.reading import UNREAD, parse_json
from mufakat.server.api import auth, intake, parameters, problems
from mufakat.server.notices import imports
from mufakat.server.notices.imports import How
from mufakat.server.notices.slots import Slots
from mufakat.server.notices.spool import LARGEST, FileTooLargeError, Spool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from django.http import HttpRequest

    from mufakat.formats import Encoding, Format
    from mufakat.server.notices.imports import Step, Told
    from mufakat.server.parties.queries import Caller

PATH = f"{intake.PATH}/import"
MEDIA_TYPE = "application/x-ndjson"
PARAMETERS = ("format", "encoding", "set")
AT_ONCE = 4  # Imports that run at once in this process; each has a thread.
OF_ONE_PARTY = 2
STALLED = 60.0  # Seconds without a byte of the body.
BLOCK = 1024 * 1024  # Bytes that are written to the file at once.

threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="import")


class Remark(msgspec.Struct, frozen=True):
    """Where (RFC 6901, or the column of a csv file), and a sentence."""

    pointer: str
    detail: str


class RefusedLine(msgspec.Struct, frozen=True):
    """A line, row or record that was not taken, and every reason."""

    line: int
    errors: list[Remark]


class NotedLine(msgspec.Struct, frozen=True):
    """What should be known of a line although it was not refused for it."""

    line: int
    noted: list[Remark]


class TakenItem(msgspec.Struct, frozen=True):
    """A line that is a notice now."""

    line: int
    id: str
    leaf: str


class ReceiptLine(msgspec.Struct, frozen=True):
    """The receipt of one batch, and the leaves that it covers, in order."""

    receipt: str
    first: int
    last: int
    items: list[TakenItem]


class Counts(msgspec.Struct):
    """How far it is: lines read, and what became of them; bytes read of so many."""

    read: int = 0
    taken: int = 0
    repeated: int = 0
    refused: int = 0
    bytes: int = 0
    size: int = 0


class ProgressLine(msgspec.Struct, frozen=True):
    """After each batch."""

    progress: Counts


class EndLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last line: ``done``, or ``interrupted`` with the problem that stood in the way."""

    end: str
    read: int
    taken: int
    repeated: int
    refused: int
    problem: msgspec.Raw | None = None


slots = Slots(at_once=AT_ONCE, of_one_party=OF_ONE_PARTY)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address and the headers say of the file."""

    form: Format | None
    encoding: Encoding | None
    defaults: Mapping[str, object]
    key: str | None

    def how(self, spool: Spool) -> How:
        """With the format that the file is in, where none was named."""
        form = self.form
        if form is None:
            spool.rewind()
            form = formats.detect("", spool.read(formats.HEAD))
        if form is None:
            faults = Faults()
            detail = f"The file does not show its format; name it: {', '.join(formats.Format)}."
            faults.add("/format", FaultCode.MISSING, detail)
            raise problems.BadRequestError(faults.found)
        return How(form, self.defaults, self.encoding)


def asked(query: str, key: str | None) -> Asked:
    """Read the parameters. Raises BadRequestError with every fault."""
    faults = Faults()
    found = parameters.read(query, PARAMETERS, faults)
    form, encoding = found.get("format", ""), found.get("encoding", "")
    if form and form not in set(formats.Format):
        faults.add("/format", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(formats.Format)}")
    if encoding and encoding not in set(formats.Encoding):
        faults.add("/encoding", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(formats.Encoding)}")
    defaults = _defaults(found.get("set", ""), faults)
    if faults.found:
        raise problems.BadRequestError(faults.found)
    return Asked(
        formats.Format(form) if form else None,
        formats.Encoding(encoding) if encoding else None,
        defaults,
        auth.idempotency_key(key) if key is not None else None,
    )


def _defaults(text: str, faults: Faults) -> Mapping[str, object]:
    """The members that are said once for all lines: a JSON object."""
    if not text:
        return {}
    own = Faults()
    found = parse_json(text.encode("utf-8", "surrogateescape"), own)
    if found is not UNREAD and not isinstance(found, dict):
        own.add("", FaultCode.WRONG_TYPE, 'must be a JSON object, such as {"to": "telegram"}')
    if not own.found:
        own = imports.faults_of(found)
    for fault in own.found:
        faults.add(f"/set{fault.pointer}", fault.code, fault.detail)
    return {} if own.found else found


def lines(spool: Spool, asked: Asked, how: How, by: Caller) -> Iterator[bytes]:
    """Do the work, and say after each batch what became of it. The last line says whether all was read."""
    counts = Counts(size=spool.size)
    problem: msgspec.Raw | None = None
    try:
        name, digest = _known_by(spool, asked, how)
        spool.rewind()
        for step in imports.steps(spool, how, by=by, name=name, digest=digest):
            yield b"".join(_told(step, counts, spool.place))
    except Exception as error:  # noqa: BLE001 - the answer has begun: its last line says what stood in the way.
        problem = msgspec.Raw(problems.problem(error)[2])
    end = "done" if problem is None else "interrupted"
    yield _line(EndLine(end, counts.read, counts.taken, counts.repeated, counts.refused, problem))


def _known_by(spool: Spool, asked: Asked, how: How) -> tuple[str, bytes]:
    """The name of its batches, and the digest of what was sent: a key that comes again must come with the same."""
    if asked.key is None:
        return secrets.token_hex(16), b"\x00" * 32
    spool.rewind()
    digest = hashlib.file_digest(spool.file, "sha256")
    digest.update(json.dumps([how.form, how.encoding, how.defaults], sort_keys=True).encode())
    return hashlib.sha256(asked.key.encode()).hexdigest(), digest.digest()


def _told(step: Step, counts: Counts, place: int) -> Iterator[bytes]:
    counts.read += step.read
    counts.taken += len(step.taken)
    counts.repeated += step.repeated
    counts.refused += len(step.refused)
    counts.bytes = place
    for each in step.refused:
        yield _line(RefusedLine(each.line, _remarks(each)))
    for each in step.noted:
        yield _line(NotedLine(each.line, _remarks(each)))
    if step.receipt is not None:
        items = [TakenItem(one.line, one.id, one.leaf) for one in step.taken]
        yield _line(ReceiptLine(step.receipt, step.first, step.last, items))
    yield _line(ProgressLine(counts))


def _remarks(told: Told) -> list[Remark]:
    return [Remark(one.pointer, one.detail) for one in told.remarks]


def _line(out: object) -> bytes:
    return msgspec.json.encode(out) + b"\n"


class Work:
    """An import at work: the lines of its answer. Closing it removes the file and frees the slot, once."""

    def __init__(self, by: Caller) -> None:
        by.require(Deed.SUBMIT)
        self._by = by
        self._held = ExitStack()
        self._held.enter_context(slots.one(by.party_id))
        self.spool = Spool.new()
        self._held.callback(self.spool.remove)
        self._lines: Iterator[bytes] = iter(())

    def begin(self, asked: Asked) -> Iterator[bytes]:
        """The whole file is here: read it."""
        self._lines = lines(self.spool, asked, asked.how(self.spool), self._by)
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._lines)

    def close(self) -> None:
        self._held.close()


async def take(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """The ASGI door."""
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    try:
        headers = dict(scope["headers"])
        # (1) Who speaks; (2) what is asked; (3) the whole file, before the first line is read; (4) the work.
        known = await intake.who(headers.get(b"authorization", b"").decode("latin-1"), datetime.now(UTC))
        caller = known.caller
        caller.require(Deed.SUBMIT)
        key = headers.get(b"idempotency-key")  # One that was sent empty is refused, as everywhere.
        told = asked(scope["query_string"].decode("latin-1"), None if key is None else key.decode("latin-1"))
        require_size(headers.get(b"content-length", b"0"))
        with closing(await loop.run_in_executor(None, Work, caller)) as work:
            await receive_into(work.spool, receive)
            parts = await loop.run_in_executor(None, work.begin, told)
            await answer_with(parts, send, started=started, route=PATH[1:])
    except ConnectionResetError:
        return
    except Exception as error:  # noqa: BLE001 - problems.problem knows what to show and what to log.
        await intake.answer(send, *problems.problem(error), method="POST", route=PATH[1:], started=started)


def require_size(length: bytes) -> None:
    """Refuse at once what says itself that it is too large."""
    if length.isdigit() and int(length[:16]) > LARGEST:
        raise FileTooLargeError


async def receive_into(spool: Spool, receive: Callable[[], Awaitable[Any]]) -> None:
    """Write the body to the file as it comes. A body that breaks off or stands still leaves nothing behind."""
    loop = asyncio.get_running_loop()
    block = bytearray()
    more = True
    while more:
        try:
            message = await asyncio.wait_for(receive(), STALLED)
        except TimeoutError:
            raise problems.StalledError from None
        if message["type"] != "http.request":
            raise ConnectionResetError
        more = message.get("more_body", False)
        block += message.get("body", b"")
        if block and (len(block) >= BLOCK or not more):
            await loop.run_in_executor(None, spool.write, bytes(block))
            block.clear()


def following(parts: Iterator[bytes]) -> bytes:
    """The next part of an answer; nothing after the last one. Any thread of a pool may be the one that makes it.

    No request opens or closes these threads: a connection that broke meanwhile is let go here.
    """
    close_old_connections()
    return next(parts, b"")


async def answer_with(
    parts: Iterator[bytes], send: Callable[[Any], Awaitable[None]], *, started: float, route: str
) -> None:
    """Send the lines as they come; each is made in a thread of its own."""
    loop = asyncio.get_running_loop()
    request_id = secrets.token_hex(8)
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store", "x-request-id": request_id}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": pairs})
    while part := await loop.run_in_executor(threads, following, parts):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    intake.note(request_id, 200, method="POST", route=route, started=started)


def view(request: HttpRequest, caller: Caller) -> StreamingHttpResponse:
    """The same for who comes through Django: the command line's socket, and servers without this door."""
    told = asked(request.META.get("QUERY_STRING", ""), request.headers.get("Idempotency-Key"))
    length = request.META.get("CONTENT_LENGTH") or "0"
    require_size(length.encode())
    work = Work(caller)
    try:
        while part := request.read(BLOCK):
            work.spool.write(part)
        parts = work.begin(told if work.spool.size == int(length) else cut_off())
    except BaseException:
        work.close()
        raise
    return StreamingHttpResponse(parts, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def cut_off() -> NoReturn:
    """The body has fewer bytes than were announced."""
    raise problems.TruncatedError
