"""Notices over HTTP: each view translates, one call does the deed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from mufakat import formats
from mufakat.rules.errors import NotFoundError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.lifecycle import NoticeState
from mufakat.server.api import auth, bodies, exporting, importing, intake, problems
from mufakat.server.api.answers import EventList, EventOut, NoticeList, reply
from mufakat.server.journal import queries as journal
from mufakat.server.journal.answers import Key
from mufakat.server.notices import batches, operations, queries
from mufakat.server.notices.faces import NoticeOut

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller

router = Router(tags=["notices"])

ID = re.compile(r"ntc_[0-9a-hjkmnp-tv-z]{26}")


def schema(name: str) -> dict[str, Any]:
    """A reference to a component."""
    return {"application/json": {"schema": {"$ref": component(name)}}}


def component(name: str) -> str:
    """Where OpenAPI describes it."""
    return f"#/components/schemas/{name}"


def documented(status: int, answer: str, *, body: str | None = None, key: str | None = None) -> dict[str, Any]:
    """What OpenAPI says of a route beyond its parameters."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    refusals = {**READING, **(WRITING if key else {})}
    found: dict[str, Any] = {
        "responses": {
            status: {"description": "Done", "content": schema(answer)},
            **{code: {"description": words, "content": problem} for code, words in sorted(refusals.items())},
        }
    }
    if body is not None:
        found["requestBody"] = {"required": key == "required", "content": schema(body)}
    if key is not None:
        found["parameters"] = [
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": key == "required",
                "schema": {"type": "string", "minLength": 1, "maxLength": 257},
            }
        ]
    return found


READING = {
    401: "No token in force",
    403: "Not permitted",
    404: "Not found",
    422: "Something in it cannot be taken: see the errors",
}
WRITING = {
    400: "The Idempotency-Key is missing or malformed",
    409: "Not possible now",
    410: "Taken, and erased since",
    413: "Too large",
    422: "Something in it cannot be taken: see the errors; or the key was used for other content",
    503: "Too busy; repeat with the same key",
    507: "No room to store it",
}


# ninja names 200 by itself where nothing else is named.
@router.post(
    "",
    url_name="submit",
    response={201: None},
    openapi_extra=documented(201, "NoticeOut", body="Draft", key="required"),
)
def submit(request: HttpRequest) -> HttpResponse:
    """Send a notice. The answer holds the signed receipt and comes only once the notice is durable."""
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    caller = auth.caller_of(request, at=at)
    key = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    return answered(operations.submit(body_of(request), by=caller, at=at, key=key))


@router.post("/batch", url_name="batch", openapi_extra=documented(200, "BatchOut", body="BatchIn", key="required"))
def submit_batch(request: HttpRequest) -> HttpResponse:
    """Send up to 1,000 notices.

    Each is judged alone; what is taken shares one receipt over the leaves, in their order.
    """
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    key = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    items = [bytes(item) for item in bodies.read_batch(raw).notices]
    named = Key.of(caller.party_id, batches.ROUTE, key, raw)
    return answered(batches.submit_batch(items, by=caller, at=at, key=named, told=problems.item))


def import_documented() -> dict[str, Any]:
    """What OpenAPI says of an import: the body is the file, the answer a line for each thing that became of it."""
    found = documented(200, "Problem", key="optional")
    names = ("RefusedLine", "NotedLine", "ReceiptLine", "ProgressLine", "EndLine")
    answer = {"description": "One of these on each line", "oneOf": [{"$ref": component(name)} for name in names]}
    found["responses"][200]["content"] = {importing.MEDIA_TYPE: {"schema": answer}}
    problem = {"application/problem+json": {"schema": {"$ref": component("Problem")}}}
    found["responses"][408] = {"description": "The body stood still; nothing was taken", "content": problem}
    file = {"schema": {"type": "string", "format": "binary"}}
    found["requestBody"] = {"required": True, "content": {"application/octet-stream": file}}
    told = {
        "format": {"type": "string", "enum": ["", *formats.Format]},
        "encoding": {"type": "string", "enum": ["", *formats.Encoding]},
        "set": {"type": "string", "description": "Members said once for all lines: a JSON object"},
    }
    found["parameters"] += [
        {"in": "query", "name": name, "required": False, "schema": shape} for name, shape in told.items()
    ]
    return found


@router.post("/import", url_name="import", openapi_extra=import_documented())
def import_file(request: HttpRequest) -> HttpResponseBase:
    """Send a file of many notices: json, ndjson, csv or XARF v4, up to 1 GiB, the body being the file itself.

    Good lines are taken, bad ones are named, and doing it again doubles nothing.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return importing.view(request, caller)


@router.get("", url_name="notices", openapi_extra=documented(200, "NoticeList"))
def listed(request: HttpRequest, state: str = "", to: str = "", after: str = "") -> HttpResponse:
    """The notices of your party, newest first; pass ``next`` back as ``after``."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    faults = []
    if state and state not in set(NoticeState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(NoticeState)}"))
    if after and not ID.fullmatch(after):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.list_for(
        caller,
        state=NoticeState(state) if state else None,
        to=to or None,
        after=after or None,
    )
    return reply(NoticeList([NoticeOut.of(one, at=at) for one in page.items], page.next))


def export_documented() -> dict[str, Any]:
    """What OpenAPI says of an export: a file, or a line for each thing to be said of it."""
    found = documented(200, "Problem")
    report = {"oneOf": [{"$ref": component(name)} for name in ("ReportLine", "ReportEnd")]}
    file = {"type": "string"}
    found["responses"][200]["content"] = {
        "text/csv": {"schema": file},
        "application/json": {"schema": {"type": "array", "items": {"$ref": component("Draft")}}},
        exporting.NDJSON: {"schema": {"anyOf": [{"$ref": component("Draft")}, report, file]}},
    }
    problem = {"application/problem+json": {"schema": {"$ref": component("Problem")}}}
    found["responses"][503] = {"description": "Too many exports run; come again", "content": problem}
    told: dict[str, dict[str, Any]] = {name: {"type": "string"} for name in exporting.PARAMETERS}
    told["format"] = {"type": "string", "enum": list(formats.Format)}
    told["state"] = {"type": "string", "enum": ["", *NoticeState]}
    told["report"] = {"type": "string", "enum": ["", "true"]}
    found["parameters"] = [
        {"in": "query", "name": name, "required": name == "format", "schema": shape} for name, shape in told.items()
    ]
    return found


@router.get("/export", url_name="export", openapi_extra=export_documented())
def export(request: HttpRequest) -> HttpResponseBase:
    """The notices of your party as a file, newest first.

    Erased ones are left out; ``report=true`` gives, in place of the file, what would be lost or left out of it.
    """
    at = request.at  # type: ignore[attr-defined]
    return exporting.view(request, auth.caller_of(request, at=at), at=at)


@router.get("/{notice}", url_name="notice", openapi_extra=documented(200, "NoticeOut"))
def shown(request: HttpRequest, notice: str) -> HttpResponse:
    """One notice, with the body as it was sent while that is not erased."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    found = queries.get_for(caller, notice)
    related = [one.id for one in queries.related(caller, found)]
    return reply(NoticeOut.of(queries.whole(found), at=at, body=queries.body(found), related=related))


@router.get("/{notice}/events", url_name="events", openapi_extra=documented(200, "EventList"))
def events(request: HttpRequest, notice: str) -> HttpResponse:
    """The events of a notice: leaves byte for byte, and what opens their commitments."""
    at = request.at  # type: ignore[attr-defined]
    found = queries.get_for(auth.caller_of(request, at=at), notice)
    return reply(EventList([EventOut.of(event) for event in journal.events_of(found.id)]))


RECEIPT = documented(200, "Problem")  # All its refusals; what it gives is a text.
RECEIPT["responses"][200]["content"] = {"text/plain": {"schema": {"type": "string"}}}


@router.get("/{notice}/receipt", url_name="receipt", openapi_extra=RECEIPT)
def receipt(request: HttpRequest, notice: str, grade: str = "") -> HttpResponse:
    """The receipt as text, for ``mufakat verify``."""
    at = request.at  # type: ignore[attr-defined]
    found = queries.get_for(auth.caller_of(request, at=at), notice)
    if grade not in {"", "custody"}:
        raise NotFoundError(
            f"a receipt of grade {grade[:20]!a} (the log that makes it is not running; there is: custody)"
        )
    return HttpResponse(
        queries.receipt(found),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found.id}.receipt"', "Cache-Control": "no-store"},
    )


@router.post(
    "/{notice}/acknowledgement",
    url_name="acknowledge",
    openapi_extra=documented(200, "NoticeOut", body="NoteIn", key="optional"),
)
def acknowledge(request: HttpRequest, notice: str) -> HttpResponse:
    """Say that your party has it. A page that is only opened acknowledges nothing."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    note = bodies.read_body(raw, bodies.NoteIn).note or ""
    key = key_of(request, caller, f"POST /api/v1/notices/{notice}/acknowledgement", raw)
    return answered(operations.acknowledge(notice, by=caller, note=note, key=key))


@router.post(
    "/{notice}/withdrawal",
    url_name="withdraw",
    openapi_extra=documented(200, "NoticeOut", body="ReasonIn", key="optional"),
)
def withdraw(request: HttpRequest, notice: str) -> HttpResponse:
    """Take a notice of your party back, with a reason."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    reason = bodies.read_body(raw, bodies.ReasonIn).reason
    key = key_of(request, caller, f"POST /api/v1/notices/{notice}/withdrawal", raw)
    return answered(operations.withdraw(notice, by=caller, reason=reason, key=key))


def body_of(request: HttpRequest) -> bytes:
    """The body, no more than the door takes."""
    try:
        return request.body
    except RequestDataTooBig:
        raise problems.TooLargeError from None


def answered(answer: Answer) -> HttpResponse:
    """A stored answer as a response, byte for byte."""
    return HttpResponse(answer.body, status=answer.status, headers=intake.headers_of(answer))


def key_of(request: HttpRequest, caller: Caller, route: str, raw: bytes) -> Key | None:
    """The key where one was sent; it is optional here."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    return Key.of(caller.party_id, route, auth.idempotency_key(header), raw)
