"""``POST /api/v1/banks/{name}/import``: a bank's file in, one line of JSON for whatever became of it out.

The way of files of notices (``importing``): the whole body is written to a file first, then judged, and refused with
every fault and its line before anything is taken; the work is done in threads of its own, and after each portion a line
says how far it is. An import that was cut off is started again; nothing is taken twice.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from django.db import close_old_connections
from django.http import StreamingHttpResponse

from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.permissions import Deed
from mufakat.server.api import importing, intake, parameters, problems
from mufakat.server.api.importing import Counts, EndLine, NotedLine, ProgressLine, RefusedLine, Remark
from mufakat.server.filters import operations
from mufakat.server.notices.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from django.http import HttpRequest

    from mufakat.rules.fault import Fault
    from mufakat.server.filters.bank_imports import Step
    from mufakat.server.parties.queries import Caller

PATH = re.compile(r"/api/v1/banks/(?P<bank>[^/]+)/import")
ROUTE = "api/v1/banks/{name}/import"
PARAMETERS = ("partial",)


class EntriesLine(msgspec.Struct, frozen=True):
    """A portion that is durable: how many entries its event put in, from which lines, and the event's leaf."""

    taken: int
    first: int
    last: int
    leaf: str


class Work:
    """An import at work: the lines of its answer. Closing it removes the file and frees the slot, once."""

    def __init__(self, by: Caller, bank: str) -> None:
        close_old_connections()  # In a thread that no request opens or closes, one that broke is let go here.
        operations.own_bank(by, bank)
        self._by = by
        self._bank = bank
        self._held = ExitStack()
        self._held.enter_context(importing.slots.one(by.party_id))
        self.spool = Spool.new()
        self._held.callback(self.spool.remove)
        self._lines: Iterator[bytes] = iter(())

    def begin(self, *, partial: bool) -> Iterator[bytes]:
        """The whole file is here: judge it, then take it. Raises BadScreeningError with every fault and its line."""
        close_old_connections()
        self.spool.rewind()
        operations.check_import(self.spool, self._bank, by=self._by, partial=partial)
        self.spool.rewind()
        self._lines = lines(self.spool, self._bank, self._by, partial=partial)
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._lines)

    def close(self) -> None:
        self._held.close()


def lines(spool: Spool, bank: str, by: Caller, *, partial: bool) -> Iterator[bytes]:
    """Do the work, and say after each portion what became of it. The last line says whether all was read."""
    counts = Counts(size=spool.size)
    problem: msgspec.Raw | None = None
    try:
        for step in operations.import_entries(spool, bank, by=by, partial=partial):
            yield b"".join(_told(step, counts, spool.place))
    except Exception as error:  # noqa: BLE001 - the answer has begun: its last line says what stood in the way.
        problem = msgspec.Raw(problems.problem(error)[2])
    end = "done" if problem is None else "interrupted"
    yield _line(EndLine(end, counts.read, counts.taken, counts.repeated, counts.refused, problem))


def _told(step: Step, counts: Counts, place: int) -> Iterator[bytes]:
    refused, noted = dict(_by_line(step.refused)), dict(_by_line(step.noted))
    counts.read += step.read
    counts.taken += step.taken
    counts.repeated += step.repeated
    counts.refused += len(refused)
    counts.bytes = place
    for number, remarks in refused.items():
        yield _line(RefusedLine(number, remarks))
    for number, remarks in noted.items():
        yield _line(NotedLine(number, remarks))
    if step.leaf is not None:
        yield _line(EntriesLine(step.taken, step.first, step.last, step.leaf))
    yield _line(ProgressLine(counts))


def _by_line(faults: Iterable[Fault]) -> Iterable[tuple[int, list[Remark]]]:
    """What is said of each line, together."""
    found: dict[int, list[Remark]] = {}
    for one in faults:
        found.setdefault(one.line or 0, []).append(Remark(one.pointer, one.detail))
    return found.items()


def _line(out: object) -> bytes:
    return msgspec.json.encode(out) + b"\n"


def is_partial(query: str) -> bool:
    """Whether the sound lines are to be taken where others have faults. Raises BadRequestError."""
    faults = Faults()
    found = parameters.read(query, PARAMETERS, faults).get("partial", "false")
    if found not in {"true", "false"}:
        faults.add("/partial", FaultCode.NOT_IN_LIST, "must be true or false")
    if faults.found:
        raise problems.BadRequestError(faults.found)
    return found == "true"


async def take(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]], *, bank: str
) -> None:
    """The ASGI door."""
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    try:
        headers = dict(scope["headers"])
        # (1) Who speaks; (2) the whole file, before the first line is read; (3) the judgement, and the work.
        known = await intake.who(headers.get(b"authorization", b"").decode("latin-1"), datetime.now(UTC))
        known.caller.require(Deed.MANAGE_BANKS)
        partial = is_partial(scope["query_string"].decode("latin-1"))
        importing.require_size(headers.get(b"content-length", b"0"))
        with closing(await loop.run_in_executor(None, Work, known.caller, bank)) as work:
            await importing.receive_into(work.spool, receive)
            parts = await loop.run_in_executor(importing.threads, lambda: work.begin(partial=partial))
            await importing.answer_with(parts, send, started=started, route=ROUTE)
    except ConnectionResetError:
        return
    except Exception as error:  # noqa: BLE001 - problems.problem knows what to show and what to log.
        await intake.answer(send, *problems.problem(error), method="POST", route=ROUTE, started=started)


def view(request: HttpRequest, caller: Caller, bank: str) -> StreamingHttpResponse:
    """The same for who comes through Django: the command line's socket, and servers without this door."""
    partial = is_partial(request.META.get("QUERY_STRING", ""))
    length = request.META.get("CONTENT_LENGTH") or "0"
    importing.require_size(length.encode())
    work = Work(caller, bank)
    try:
        while part := request.read(importing.BLOCK):
            work.spool.write(part)
        parts = work.begin(partial=partial) if work.spool.size == int(length) else _cut_off()
    except BaseException:
        work.close()
        raise
    return StreamingHttpResponse(parts, content_type=importing.MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _cut_off() -> NoReturn:
    raise problems.TruncatedError
