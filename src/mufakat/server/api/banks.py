"""Banks over HTTP: opened, filled, looked at by a second person, taken out, read and exported by a platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from msgspec import Struct
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import EntryState
from mufakat.server.api import auth, bank_files, importing, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.components import examples
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.api.shapes import ref
from mufakat.server.filters import operations, queries
from mufakat.server.filters.bank_faces import BankEntryList, BankEntryOut, BankList, BankOut, BankStatsOut
from mufakat.server.journal.answers import Key
from mufakat.server.notices import exports

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from mufakat.server.parties.queries import Caller

router = Router(tags=["screening"])

API = "/api/v1/banks"
LINES = ("RefusedLine", "NotedLine", "EntriesLine", "ProgressLine", "EndLine")
LONGEST = 18  # Digits of an entry's number.


class Named(Struct):
    """The name in an answer."""

    name: str


@router.get("", url_name="banks", openapi_extra=documented(200, "BankList", never=[404, 422]))
def listed(request: HttpRequest) -> HttpResponse:
    """The banks of your platform, by name; there is one page."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    return reply(BankList([BankOut.of(one) for one in queries.banks(caller)]))


@router.post(
    "",
    url_name="bank_open",
    response={201: None},
    openapi_extra=documented(201, "BankOut", body="BankIn", key="required", never=[404]),
)
def open_bank(request: HttpRequest) -> HttpResponse:
    """Open a bank: what its entries are, and whether what is found in it accuses or allows."""
    caller, raw, key = creating(request, API)
    answer = operations.open_bank(raw, by=caller, key=key)
    made = answered(answer)
    made["Location"] = f"{API}/{msgspec.json.decode(answer.body, type=Named).name}"
    return made


@router.get("/{name}", url_name="bank", openapi_extra=documented(200, "BankOut", never=[422]))
def shown(request: HttpRequest, name: str) -> HttpResponse:
    """One bank, and how many of its entries stand in each state."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(BankOut.of(queries.bank(caller, name)))


@router.get("/{name}/entries", url_name="bank_entries", openapi_extra=documented(200, "BankEntryList"))
def entries(request: HttpRequest, name: str, state: str = "", after: str = "") -> HttpResponse:
    """The entries of a bank in the order in which they came; pass ``next`` back as ``after``."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    faults = []
    if state and state not in set(EntryState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(EntryState)}"))
    if after and not (after.isascii() and after.isdigit() and len(after) <= LONGEST):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.entries(caller, name, state=EntryState(state) if state else None, after=after or None)
    return reply(BankEntryList([BankEntryOut.of(one, page.said) for one in page.items], page.next))


@router.post(
    "/{name}/entries",
    url_name="bank_add",
    response={201: None},
    openapi_extra=documented(201, "AddedOut", body="EntriesIn", key="required"),
)
def add(request: HttpRequest, name: str) -> HttpResponse:
    """Put up to 1,000 entries in, all of them or none. They begin in shadow; a second person looks at them next.

    The same value twice is the same entry, whatever it is called: what stands there already is named beside.
    """
    caller, raw, key = creating(request, f"{API}/{name}/entries")
    made = answered(operations.add_entries(name, raw, by=caller, key=key))
    made["Location"] = f"{API}/{name}/entries"
    return made


def import_documented() -> dict[str, Any]:
    """What OpenAPI says of an import: the body is the file, the answer a line for each thing that became of it."""
    also = {
        400: "The body ended before its announced length",
        408: "The body stood still; nothing was taken",
        409: "This server cannot judge entries of this kind",
        413: "More than 1 GiB",
        503: "Too many imports run; come again",
    }
    found = documented(200, "Problem", also=also)
    answer = {"description": "One of these on each line.", "anyOf": [ref(name) for name in LINES]}
    found["responses"][200]["content"] = {
        importing.MEDIA_TYPE: {"schema": answer, "examples": {name: {"value": examples()[name]} for name in LINES}}
    }
    file = {"schema": {"type": "string", "format": "binary"}, "example": examples()["BankFile"]}
    found["requestBody"] = {"required": True, "content": {importing.MEDIA_TYPE: file}}
    found["parameters"] = [
        {
            "in": "query",
            "name": "partial",
            "required": False,
            "description": "Take the sound lines where others have faults; without it nothing is taken then.",
            "schema": {"type": "string", "enum": ["", "true", "false"], "default": ""},
            "example": "true",
        }
    ]
    return found


@router.post("/{name}/import", url_name="bank_import", openapi_extra=import_documented())
def import_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send a bank's file, up to 1 GiB: its first line says what the bank is, then one entry a line, as JSON or alone.

    It is judged before anything is taken, and every fault is told with its line; doing it again doubles nothing. What
    was declined or retracted does not come back by it. What comes in begins in shadow.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return bank_files.view(request, caller, name)


def export_documented() -> dict[str, Any]:
    """What OpenAPI says of an export: a bank's file."""
    found = documented(200, "Problem", never=[422], also={503: "Too many exports run, or the database is away"})
    schema = {"type": "string", "description": "What the bank is on the first line, then one entry a line."}
    found["responses"][200]["content"] = {importing.MEDIA_TYPE: {"schema": schema, "example": examples()["BankFile"]}}
    return found


@router.get("/{name}/export", url_name="bank_export", openapi_extra=export_documented())
def export(request: HttpRequest, name: str) -> HttpResponseBase:
    """The bank as a file: what stands in it; what nobody reviewed yet is marked as being in shadow."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    lines = queries.export(caller, name)
    headers = {"Content-Disposition": f'attachment; filename="{name}.ndjson"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(exports.Work(caller, lines), content_type=importing.MEDIA_TYPE, headers=headers)


@router.get("/{name}/stats", url_name="bank_stats", openapi_extra=documented(200, "BankStatsOut", never=[422]))
def stats(request: HttpRequest, name: str) -> HttpResponse:
    """The bank in figures: its entries by state, origin and category, and which of them hit most in thirty days."""
    at = request.at  # type: ignore[attr-defined]
    return reply(BankStatsOut.of(queries.stats(auth.caller_of(request, at=at), name, at=at)))


@router.post(
    "/{name}/review",
    url_name="bank_review",
    openapi_extra=documented(200, "MovedOut", body="BankReviewIn", key="optional"),
)
def review(request: HttpRequest, name: str) -> HttpResponse:
    """Accept entries in shadow, so that they act from now on, or decline them. All of them, or none.

    Not who put them in, nor who made the decision that proposed them. Saying it again changes nothing.
    """
    caller, raw, key = changing(request, f"{API}/{name}/review")
    return answered(operations.review_entries(name, raw, by=caller, key=key))


@router.post(
    "/{name}/retraction",
    url_name="bank_retract",
    openapi_extra=documented(200, "MovedOut", body="RetractionIn", key="optional"),
)
def retract(request: HttpRequest, name: str) -> HttpResponse:
    """Take entries out, with the reason: they act no more, and what they hit is restored. All of them, or none."""
    caller, raw, key = changing(request, f"{API}/{name}/retraction")
    return answered(operations.retract_entries(name, raw, by=caller, key=key))


def creating(request: HttpRequest, path: str) -> tuple[Caller, bytes, Key]:
    """Who makes something, with which body, under which key: it is required."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    return caller, raw, Key.of(caller.party_id, f"POST {path}", sent, raw)


def changing(request: HttpRequest, path: str) -> tuple[Caller, bytes, Key | None]:
    """The same of a deed on what is there, whose key is optional."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    return caller, raw, key_of(request, caller, f"POST {path}", raw)
