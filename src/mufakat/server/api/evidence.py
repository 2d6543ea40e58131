"""Evidence over HTTP: files come in by PUT, streamed to the disk, and go out to the parties of a notice, decrypted.

The PUT is answered before Django's handler, because nothing behind that takes a body in pieces; the same stands behind
an ordinary view, for the local socket. Whatever goes wrong, nothing stays behind: a draft that is left is removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.api import auth, intake, problems
from mufakat.server.api.answers import ExhibitList, StoredOut, reply
from mufakat.server.api.documents import documented
from mufakat.server.journal import door, durability, vault
from mufakat.server.journal.errors import BusyError
from mufakat.server.notices import evidence, exhibits, queries, streams
from mufakat.server.notices.evidence import NOTHING_STORED, Kept

router = Router(tags=["evidence"])

PATH = "/api/v1/evidence/"
ROUTE = "api/v1/evidence/<sha256>"
DIGEST = re.compile(r"[0-9a-f]{64}")
PIECE = 1024 * 1024  # Bytes that one upload holds in memory before they are sealed.
AT_ONCE = 16  # Uploads at once: with a piece each they take 32 MiB at most.
STALLED = 30.0  # Seconds without a byte.
WORKERS = 4  # Threads that hash, seal and write: more would only take turns on the disk.


places = threading.BoundedSemaphore(AT_ONCE)
workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="evidence")

Receive = Callable[[], Awaitable[Any]]


@contextlib.contextmanager
def one_place() -> Iterator[None]:
    """One of the uploads at once. Nobody waits for it: who comes too many is told to come again."""
    if not places.acquire(blocking=False):
        raise BusyError("too many uploads run at once; send the file again in a moment")
    try:
        yield
    finally:
        places.release()


# -- Coming in


async def take(scope: dict[str, Any], receive: Receive, send: Callable[[Any], Awaitable[None]]) -> None:
    """The ASGI door of ``PUT /api/v1/evidence/{sha256}``."""
    started = time.perf_counter()
    try:
        headers = dict(scope["headers"])
        # (1) Who speaks, (2) what is announced; both before the first byte of the body is asked for.
        known = await intake.who(headers.get(b"authorization", b"").decode("latin-1"), datetime.now(UTC))
        caller = known.caller
        evidence.require_uploader(caller)
        wanted = digest_of(scope["path"][len(PATH) :])
        length = length_of(headers.get(b"content-length", b"").decode("latin-1"))
        with one_place():
            # (3) Sealed piece by piece, off the loop. (4) Durable under its name. (5) The row. (6) The answer.
            sealed = await _sealed(pieces(receive), wanted, length)
            kept = await _recorded(sealed, evidence.record(sealed, by=caller))
        status, fields, content = 201, {"Content-Type": "application/json", "Cache-Control": "no-store"}, encoded(kept)
    except ConnectionResetError:
        return
    except Exception as error:  # noqa: BLE001 - problems.problem knows what to show and what to log.
        status, fields, content = problems.problem(error)
    await intake.answer(send, status, fields, content, method="PUT", route=ROUTE, started=started)


async def pieces(receive: Receive) -> AsyncIterator[bytes]:
    """The body in pieces that are worth a write. Raises StalledError, or ConnectionResetError when the sender left."""
    until = time.monotonic() + evidence.LONGEST.total_seconds()
    waiting = bytearray()  # Not a list: a hostile body in chunks of two bytes would be a million objects.
    more = True
    while more:
        patience = min(STALLED, until - time.monotonic())
        try:
            message = await asyncio.wait_for(_next(receive), max(patience, 0))
        except TimeoutError:
            raise problems.StalledError from None
        if message["type"] != "http.request":
            raise ConnectionResetError
        waiting += message.get("body", b"")
        more = message.get("more_body", False)
        if len(waiting) >= PIECE or not more:
            yield bytes(waiting)
            waiting.clear()


async def _next(receive: Receive) -> Any:
    """One message as a coroutine: the server gives another awaitable."""
    return await receive()


async def _sealed(parts: AsyncIterator[bytes], wanted: bytes, length: int | None) -> vault.Sealed:
    loop = asyncio.get_running_loop()
    draft = await loop.run_in_executor(workers, functools.partial(begun, length))
    try:
        async for piece in parts:
            await loop.run_in_executor(workers, added, draft, piece)
        return await loop.run_in_executor(workers, ended, draft, wanted, length)
    finally:
        # Also when this task is cancelled: removing one name is short enough for the loop.
        draft.discard()


async def _recorded(sealed: vault.Sealed, deed: Any) -> Kept:
    try:
        kept: Kept = await door.writer().enter(deed)
    except NOTHING_STORED:
        vault.remove([sealed.name])
        raise
    return kept


def begun(length: int | None) -> vault.Draft:
    """A draft, where there is room for what is announced."""
    durability.require_room_for(length or 0)
    return vault.Draft()


def added(draft: vault.Draft, piece: bytes) -> None:
    """One piece more, while it is not too many and there is room."""
    if draft.size + len(piece) > evidence.LARGEST:
        raise problems.FileTooLargeError
    durability.require_room_for(len(piece))
    draft.write(piece)


def ended(draft: vault.Draft, wanted: bytes, length: int | None) -> vault.Sealed:
    """The durable file, if it is whole and the one that was named. Always hashed, whatever is stored already."""
    if length is not None and draft.size != length:
        raise problems.TruncatedError
    if draft.sha256 != wanted:
        raise evidence.OtherDigestError
    return draft.finish()


def digest_of(text: str) -> bytes:
    """The digest of the address. Raises BadRequestError."""
    if not DIGEST.fullmatch(text):
        says = "The address ends with the SHA-256 of the file: 64 digits 0-9 and a-f, in lower case."
        raise problems.BadRequestError([Fault("/sha256", FaultCode.BAD_FORM, says)])
    return bytes.fromhex(text)


def length_of(header: str) -> int | None:
    """The announced length; None for a body in chunks."""
    if not header:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", header) or int(header) > evidence.LARGEST:
        raise problems.FileTooLargeError
    return int(header)


def encoded(kept: Kept) -> bytes:
    """The answer's body."""
    return msgspec.json.encode(StoredOut.of(kept))


BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": "made-up bytes"}}
UPLOAD = documented(
    201,
    "StoredOut",
    never=[404],
    also={
        400: "The upload ended before its announced end",
        408: "No more bytes came in time",
        413: "More than 50 MiB",
        422: "The bytes have another SHA-256, or the address names none",
        503: "Too many uploads at once",
        507: "No room to store it",
    },
)
UPLOAD["requestBody"] = {
    "required": False,  # Nothing is a file too: one of no bytes.
    "content": BYTES,
}


@router.put("/evidence/{sha256}", url_name="evidence", response={201: None}, openapi_extra=UPLOAD)
def upload(request: HttpRequest, sha256: str) -> HttpResponse:
    """Store a file that a notice of your party will name, at most 50 MiB.

    It is always hashed, also when it is stored already. A file that no notice names within 24 hours is removed.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    evidence.require_uploader(caller)
    wanted = digest_of(sha256)
    length = length_of(request.headers.get("Content-Length", ""))
    with one_place(), begun(length) as draft:
        while piece := request.read(PIECE):
            added(draft, piece)
        sealed = ended(draft, wanted, length)
    try:
        kept: Kept = door.writer().commit(evidence.record(sealed, by=caller))
    except NOTHING_STORED:
        vault.remove([sealed.name])
        raise
    return reply(StoredOut.of(kept), status=201)


# -- Going out


@router.get("/notices/{notice}/evidence", url_name="exhibits", openapi_extra=documented(200, "ExhibitList"))
def listed(request: HttpRequest, notice: str) -> HttpResponse:
    """The files that a notice names: held, known by their digest only, or erased."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(ExhibitList(list(exhibits.of(queries.get_for(caller, notice)))))


CONTENT = documented(200, "Problem", also={410: "Taken, and erased since"})  # What it gives are bytes.
CONTENT["responses"][200]["content"] = BYTES


@router.get("/notices/{notice}/evidence/{position}", url_name="exhibit", openapi_extra=CONTENT)
def content(request: HttpRequest, notice: str, position: int) -> HttpResponseBase:
    """The bytes of one file, as an attachment that no browser shows."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return streams.answer(request, exhibits.open_for(caller, notice, position))
