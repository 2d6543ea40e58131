"""The hot door: ``POST /api/v1/notices`` answered before Django's handler; and the same behind an ordinary view.

One way, each hop one file: here the sender is known, the clock read once and the body handed on whole;
``notices.operations`` checks and stores.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from mufakat.rules import mandate
from mufakat.rules.errors import NotAdmissibleError, QuotaSpentError, UnsignedError
from mufakat.server.agreements import asking as agreements
from mufakat.server.api import auth, problems, tallies
from mufakat.server.journal import door
from mufakat.server.notices import evidence, operations as notices
from mufakat.server.parties import queries as parties, signing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mufakat.server.agreements.asking import Asking
    from mufakat.server.journal.answers import Answer
    from mufakat.server.notices.operations import Submission
    from mufakat.server.parties.queries import Caller, Directory, Door, Mandates

log = logging.getLogger("mufakat.requests")

PATH = "/api/v1/notices"
SIGNATURE = signing.HEADER.lower().encode()
# Where what was created is, by the first letters of its id.
PLACES = {
    "ntc": PATH,
    "ctc": "/api/v1/contacts",
    "drl": "/api/v1/drills",
    "end": "/api/v1/endpoints",
    "pol": "/api/v1/policies",
    "smp": "/api/v1/samples",
}
LARGEST = 2 * 1024 * 1024  # Bytes of a body.
# Bytes that are checked in the loop itself: a usual notice takes microseconds. Two hostile mebibytes take a second, and
# everybody else would wait for it.
SMALL = 64 * 1024
BREATH = 0.005  # Seconds between two refusals of one party whose quota is used up.


async def take(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """The ASGI door."""
    started = time.perf_counter()
    try:
        headers = dict(scope["headers"])
        at = datetime.now(UTC)
        # (1) Who speaks; (2) under which key; (3) what, no more than the door takes.
        known = await who(headers.get(b"authorization", b"").decode("latin-1"), at)
        key = auth.idempotency_key(headers.get(b"idempotency-key", b"").decode("latin-1"))
        raw = await body(headers, receive)
        signature = signing.read(said.decode("latin-1")) if (said := headers.get(SIGNATURE)) is not None else None
        # (4) Checked. (5) Stored in the writer; nothing is answered before the commit.
        prepare = functools.partial(
            notices.prepare,
            raw,
            by=known.caller,
            at=at,
            key=key,
            directory=known.directory,
            mandates=known.mandates,
            asking=known.asking,
            signature=signature,
        )
        # A signature is verified with keys that are looked up.
        quick = signature is None and len(raw) <= SMALL and not evidence.touches_disk(raw)
        submission = await prepared(prepare, known, quick=quick)
        # What is beyond the quota never comes near the writer, unless it was answered before: repeating costs nothing.
        if (spent := notices.spent(submission, at=at)) is not None:
            await in_line(submission, spent)
        given = await door.writer().enter(submission)
        if given.replayed and submission.files:
            await asyncio.get_running_loop().run_in_executor(None, evidence.let_go, submission.files)
        status, fields, content = given.status, headers_of(given), given.body
    except ConnectionResetError:
        return
    except Exception as error:  # noqa: BLE001 - problems.problem knows what to show and what to log.
        status, fields, content = problems.problem(error)
    await answer(send, status, fields, content, method="POST", route=PATH[1:], started=started)


async def prepared(prepare: Callable[..., Submission], known: Known, *, quick: bool) -> Submission:
    """Checked in the loop where that is `quick`; what hangs on a former answer is looked up in a thread."""
    if quick:
        try:
            return prepare(looks_up=False)
        except NotAdmissibleError:
            if not (mandate.have_lapsed(known.mandates) or known.caller.party_id in known.asking):
                raise
        except UnsignedError:
            pass  # It may have been answered before its party asked for signatures.
    return await asyncio.get_running_loop().run_in_executor(None, prepare)


async def answer(  # noqa: PLR0913 - what is sent, and what the log says of it; each by name.
    send: Callable[[Any], Awaitable[None]],
    status: int,
    fields: dict[str, str],
    content: bytes,
    *,
    method: str,
    route: str | None,
    started: float,
) -> None:
    """Send it with an id, and write the line that every request gets (``runtime.requests``)."""
    request_id = secrets.token_hex(8)
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()]
    pairs.append((b"x-request-id", request_id.encode()))
    pairs.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": content})
    note(request_id, status, method=method, route=route, started=started)


def note(request_id: str, status: int, *, method: str, route: str | None, started: float) -> None:
    """The line that every request gets in the log."""
    took = time.perf_counter() - started
    tallies.asked(method, route, status, took)
    if log.isEnabledFor(logging.INFO):
        ms = round(took * 1000, 1)
        extra = {"id": request_id, "method": method, "route": route, "status": status, "ms": ms}
        log.info("request", extra=extra)


async def in_line(submission: Submission, spent: QuotaSpentError) -> None:
    """Refuse what is beyond the quota, unless it was answered before.

    Those of one party wait in one line, and each refusal takes its time: however many connections a flagger sends by,
    this process looks at a few hundred of its notices a second, and at everybody else's at once.
    """
    loop = asyncio.get_running_loop()
    async with _lines.setdefault(loop, {}).setdefault(submission.sender_id, asyncio.Lock()):
        try:
            await loop.run_in_executor(None, notices.require_given, submission, spent)
        except QuotaSpentError:
            await asyncio.sleep(BREATH)
            raise


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = WeakKeyDictionary()


class Known(NamedTuple):
    """What the door knows of who speaks (``parties.queries.Door``), and what agreements ask of notices."""

    caller: Caller
    directory: Directory
    mandates: Mandates
    asking: Asking


async def who(authorization: str, at: datetime) -> Known:
    """The sender, the addressees, the mandates, the agreements: from memory, or read in a thread once in a while."""
    token = auth.bearer(authorization)
    remembered, asking = parties.remembered_door(token, at=at), agreements.remembered_asking()
    if remembered is not None and asking is not None:
        return known_of(remembered, asking)
    look_up = functools.partial(_looked_up, token, at=at)
    return known_of(*await asyncio.get_running_loop().run_in_executor(None, look_up))


def known_of(found: Door, asking: Asking) -> Known:
    """All of it together. Raises NotAuthenticatedError where the token speaks for nobody."""
    if found.caller is None:
        raise problems.NotAuthenticatedError
    return Known(found.caller, found.directory, found.mandates, asking)


def _looked_up(token: str, *, at: datetime) -> tuple[Door, Asking]:
    return parties.door(token, at=at), agreements.asking()


async def body(headers: dict[bytes, bytes], receive: Callable[[], Awaitable[Any]]) -> bytes:
    """The whole body; refused as soon as it is known to be too large."""
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length[:12]) > LARGEST:
        raise problems.TooLargeError
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionResetError
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST:
            raise problems.TooLargeError
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts) if len(parts) != 1 else parts[0]


def headers_of(answer: Answer) -> dict[str, str]:
    """The headers of a stored answer; the body's bytes are the same in a repetition, and this says that it is one."""
    found = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if answer.status == 201 and (place := PLACES.get(answer.subject[:3])):
        found["Location"] = f"{place}/{answer.subject}"
    if answer.replayed:
        tallies.replayed.add("replayed")
        found["Idempotent-Replayed"] = "true"
    return found
