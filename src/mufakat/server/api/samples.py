"""Samples over HTTP: items of the past, one a line, streamed to the disk under a seal; and erased.

The POST is answered before Django's handler, as evidence is, because nothing behind that takes a body in pieces; the
same stands behind an ordinary view, for the local socket. Whatever goes wrong, nothing stays behind.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode, Faults
from mufakat.server.api import auth, intake, parameters, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.bodies import EmptyIn
from mufakat.server.api.components import examples
from mufakat.server.api.documents import documented
from mufakat.server.api.evidence import PIECE, one_place, pieces
from mufakat.server.api.notices import answered, deed_of
from mufakat.server.api.shapes import LINE
from mufakat.server.filters import operations, policy_queries as queries, samples
from mufakat.server.filters.errors import SampleTooLargeError
from mufakat.server.filters.policy_faces import SampleList, SampleOut
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key

if TYPE_CHECKING:
    from mufakat.server.filters.samples import Receiving
    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller

router = Router(tags=["screening"])

PATH = "/api/v1/samples"
MEDIA_TYPE = "application/x-ndjson"
# Threads of their own: to read fifty mebibytes of items takes seconds, and evidence must not wait for it.
workers = ThreadPoolExecutor(2, thread_name_prefix="samples")

Receive = Callable[[], Awaitable[Any]]


async def take(scope: dict[str, Any], receive: Receive, send: Callable[[Any], Awaitable[None]]) -> None:
    """The ASGI door of ``POST /api/v1/samples``."""
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    try:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        # (1) Who speaks; (2) what it is called, and under which key; both before the first byte of the body.
        known = await intake.who(headers.get(b"authorization", ""), datetime.now(UTC))
        by = known.caller
        name = name_of(scope["query_string"].decode("latin-1"))
        key = key_of(headers.get(b"idempotency-key"), by)
        length = length_of(headers.get(b"content-length", ""))
        with one_place():
            # (3) Sealed piece by piece, off the loop. (4) Read, sealed anew, and written down. (5) The answer.
            receiving = await loop.run_in_executor(workers, partial(samples.Receiving, by, length=length))
            try:
                async for piece in pieces(receive):
                    await loop.run_in_executor(workers, receiving.write, piece)
                answer = await loop.run_in_executor(
                    workers, partial(ended, receiving, length, name=name, by=by, key=key)
                )
            finally:
                receiving.discard()
        status, fields, content = answer.status, intake.headers_of(answer), answer.body
    except ConnectionResetError:
        return
    except Exception as error:  # noqa: BLE001 - problems.problem knows what to show and what to log.
        status, fields, content = problems.problem(error)
    await intake.answer(send, status, fields, content, method="POST", route=PATH[1:], started=started)


def ended(receiving: Receiving, length: int | None, *, name: str, by: Caller, key: Key) -> Answer:
    """What came, if it is whole, is kept."""
    close_old_connections()  # In a thread that no request opens or closes, one that broke is let go here.
    if length is not None and receiving.size != length:
        raise problems.TruncatedError
    return operations.take_sample(receiving, name=name, by=by, key=key)


def name_of(query: str) -> str:
    """What the sample is called. Raises BadRequestError, BadScreeningError."""
    faults = Faults()
    found = parameters.read(query, ("name",), faults)
    if faults.found:
        raise problems.BadRequestError(faults.found)
    name = found.get("name", "")
    samples.require_name(name)
    return name


def key_of(header: str | None, by: Caller) -> Key:
    """The key; its digest is that of what comes, once it is here."""
    return Key(by.party_id, f"POST {PATH}", auth.idempotency_key(header), b"")


def length_of(header: str) -> int | None:
    """The announced length; None for a body in chunks."""
    if not header:
        return None
    if not header.isascii() or not header.isdigit() or len(header) > 18:
        raise SampleTooLargeError(samples.LARGEST)
    return int(header)


def sample_documented() -> dict[str, Any]:
    """What OpenAPI says of handing items in: the body is the file."""
    also = {
        400: "The Idempotency-Key is missing or malformed, or the body ended before its announced end",
        408: "No more bytes came in time",
        413: "More than 50 MiB",
        503: "Too many uploads at once, or too busy: repeat with the same key",
    }
    found = documented(201, "SampleOut", key="required", never=[404], also=also)
    lines = {"schema": {"type": "string"}, "example": examples()["Items"]}
    found["requestBody"] = {"required": True, "content": {MEDIA_TYPE: lines}}
    found["parameters"].append(
        {
            "in": "query",
            "name": "name",
            "required": True,
            "description": "What the sample is, for your colleagues: one line.",
            "schema": {"type": "string", "minLength": 1, "maxLength": samples.NAME, "pattern": LINE},
            "example": "posts of last week",
        }
    )
    return found


@router.post("", url_name="sample_add", response={201: None}, openapi_extra=sample_documented())
def add(request: HttpRequest) -> HttpResponse:
    """Hand in items of the past to try policies on: one a line, as they are screened, at most 50 MiB.

    Lines that are marked private are refused and counted, as are lines that are no items. The rest is sealed, is read
    for back-tests alone, and is erased after thirty days, or before when you ask for it.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    name = name_of(request.META.get("QUERY_STRING", ""))
    key = key_of(request.headers.get("Idempotency-Key"), caller)
    length = length_of(request.headers.get("Content-Length", ""))
    with one_place(), samples.Receiving(caller, length=length) as receiving:
        while piece := request.read(PIECE):
            receiving.write(piece)
        return answered(ended(receiving, length, name=name, by=caller, key=key))


@router.get("", url_name="samples", openapi_extra=documented(200, "SampleList", never=[404]))
def listed(request: HttpRequest, after: str = "") -> HttpResponse:
    """The samples of your platform, newest first, those that were erased too; pass ``next`` back as ``after``."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    if after and not ids.is_id(after, "smp"):
        raise problems.BadRequestError([Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page")])
    page = queries.samples(caller, after=after or None)
    return reply(SampleList([SampleOut.of(one) for one in page.items], page.next))


@router.get("/{sample}", url_name="sample", openapi_extra=documented(200, "SampleOut", never=[422]))
def shown(request: HttpRequest, sample: str) -> HttpResponse:
    """One sample: how many items it holds, and until when. The items themselves are not given out."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(SampleOut.of(queries.sample_for(caller, sample)))


@router.post(
    "/{sample}/erasure",
    url_name="sample_erase",
    openapi_extra=documented(200, "SampleOut", body="EmptyIn", key="optional"),
)
def erase(request: HttpRequest, sample: str) -> HttpResponse:
    """Erase a sample now. Its back-tests keep their counts and name no item of it any more."""
    caller, _, key = deed_of(request, EmptyIn)
    return answered(operations.erase_sample(sample, by=caller, key=key))
