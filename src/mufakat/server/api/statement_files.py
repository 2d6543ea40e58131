"""``POST /api/v1/statements/import``: a dump of the DSA Transparency Database in, a line of JSON for what became of it.

The way of files of notices (``importing``): the whole body is written to a file first, the work is done in threads of
its own, and after each portion a line says how far it is. An import that was cut off is started again; nothing is taken
twice.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from django.http import StreamingHttpResponse

from mufakat.rules.fault import Fault, FaultCode, Faults
from mufakat.rules.permissions import Deed
from mufakat.server.api import importing, intake, parameters, problems
from mufakat.server.api.importing import Counts, EndLine, ProgressLine, RefusedLine, Remark
from mufakat.server.decisions import dsa_imports
from mufakat.server.notices.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from django.http import HttpRequest

    from mufakat.server.decisions.dsa_imports import Step
    from mufakat.server.parties.queries import Caller

PATH = "/api/v1/statements/import"


class PortionLine(msgspec.Struct, frozen=True):
    """A portion that is durable: how many statements its event took, the event's leaf, and the receipt over it."""

    taken: int
    first: int
    last: int
    leaf: str
    receipt: str


class Work:
    """An import at work: the lines of its answer. Closing it removes the file and frees the slot, once."""

    def __init__(self, by: Caller) -> None:
        by.require(Deed.IMPORT_STATEMENTS)
        self._by = by
        self._held = ExitStack()
        self._held.enter_context(importing.slots.one(by.party_id))
        self.spool = Spool.new()
        self._held.callback(self.spool.remove)
        self._lines: Iterator[bytes] = iter(())

    def begin(self) -> Iterator[bytes]:
        """The whole file is here: read it. Raises BadRequestError where there is none."""
        if not self.spool.size:
            raise problems.BadRequestError([Fault("", FaultCode.EMPTY, "There is nothing in this file.")])
        self.spool.rewind()
        self._lines = lines(self.spool, self._by)
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._lines)

    def close(self) -> None:
        self._held.close()


def lines(spool: Spool, by: Caller) -> Iterator[bytes]:
    """Do the work, and say after each portion what became of it. The last line says whether all was read."""
    counts = Counts(size=spool.size)
    problem: msgspec.Raw | None = None
    try:
        for step in dsa_imports.steps(spool, by=by):
            yield b"".join(_told(step, counts, spool.place))
    except Exception as error:  # noqa: BLE001 - the answer has begun: its last line says what stood in the way.
        problem = msgspec.Raw(problems.problem(error)[2])
    end = "done" if problem is None else "interrupted"
    yield _line(EndLine(end, counts.read, counts.taken, counts.repeated, counts.refused, problem))


def _told(step: Step, counts: Counts, place: int) -> Iterator[bytes]:
    counts.read += step.read
    counts.taken += step.taken
    counts.repeated += step.repeated
    counts.refused += len(step.refused)
    counts.bytes = place
    for each in step.refused:
        yield _line(RefusedLine(each.line, [Remark(one.pointer, one.detail) for one in each.remarks]))
    if step.leaf is not None and step.receipt is not None:
        yield _line(PortionLine(step.taken, step.first, step.last, step.leaf, step.receipt))
    yield _line(ProgressLine(counts))


def _line(out: object) -> bytes:
    return msgspec.json.encode(out) + b"\n"


def require_nothing_else(query: str) -> None:
    """The address takes no parameters: the file says it all."""
    faults = Faults()
    parameters.read(query, (), faults)
    if faults.found:
        raise problems.BadRequestError(faults.found)


async def take(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """The ASGI door."""
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    try:
        headers = dict(scope["headers"])
        # (1) Who speaks; (2) the whole file, before the first row is read; (3) the work.
        known = await intake.who(headers.get(b"authorization", b"").decode("latin-1"), datetime.now(UTC))
        require_nothing_else(scope["query_string"].decode("latin-1"))
        importing.require_size(headers.get(b"content-length", b"0"))
        with closing(await loop.run_in_executor(None, Work, known.caller)) as work:
            await importing.receive_into(work.spool, receive)
            parts = await loop.run_in_executor(None, work.begin)
            await importing.answer_with(parts, send, started=started, route=PATH[1:])
    except ConnectionResetError:
        return
    except Exception as error:  # noqa: BLE001 - problems.problem knows what to show and what to log.
        await intake.answer(send, *problems.problem(error), method="POST", route=PATH[1:], started=started)


def view(request: HttpRequest, caller: Caller) -> StreamingHttpResponse:
    """The same for who comes through Django: the command line's socket, and servers without this door."""
    require_nothing_else(request.META.get("QUERY_STRING", ""))
    length = request.META.get("CONTENT_LENGTH") or "0"
    importing.require_size(length.encode())
    work = Work(caller)
    try:
        while part := request.read(importing.BLOCK):
            work.spool.write(part)
        parts = work.begin() if work.spool.size == int(length) else _cut_off()
    except BaseException:
        work.close()
        raise
    return StreamingHttpResponse(parts, content_type=importing.MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _cut_off() -> NoReturn:
    raise problems.TruncatedError
