"""Statements of reasons as the DSA Transparency Database takes and shows them, at the same addresses.

A program that speaks to that database speaks to this one: the same members, the same sentences, 201 and 422. Errors are
problems as everywhere here (RFC 9457), and besides its ``message`` stands in them. No Idempotency-Key is needed: the
PUID says whether a statement was taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from mufakat.formats import dsa
from mufakat.rules.fault import Faults
from mufakat.rules.reading import UNREAD, parse_json
from mufakat.server.api import auth, bodies, importing, parameters, problems, statement_exporting, statement_files
from mufakat.server.api.answers import reply
from mufakat.server.api.components import examples
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.api.shapes import ref
from mufakat.server.api.statement_shapes import SubmissionIn
from mufakat.server.decisions import dsa_exports, dsa_faces, dsa_intake, dsa_queries

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from mufakat.server.journal.answers import Answer

router = Router(tags=["statements"])

LISTS = ("content_type", "category_specification")
LINES = ("RefusedLine", "PortionLine", "ProgressLine", "EndLine")
SINGLE, BATCH = "POST /api/v1/statement", "POST /api/v1/statements"


@router.post(
    "/statement",
    url_name="statement_submit",
    response={201: None},
    openapi_extra=documented(201, "ForeignStatementOut", body="ForeignStatement", key="optional", never=[404]),
)
def submit(request: HttpRequest) -> HttpResponse:
    """Hand in a statement of reasons of your platform, as to the DSA Transparency Database (schema v2)."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    raw = body_of(request)
    answer = dsa_intake.submit(read(raw), by=caller, key=key_of(request, caller, SINGLE, raw))
    return taken(answer, msgspec.json.decode(answer.body))


@router.post(
    "/statements",
    url_name="statements_submit",
    response={201: None},
    openapi_extra=documented(201, "ForeignStatementsOut", body="ForeignStatements", key="optional", never=[404]),
)
def submit_batch(request: HttpRequest) -> HttpResponse:
    """Hand in 1 to 100 statements: all of them are taken, or none."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    answer = dsa_intake.submit_batch(read(raw), by=caller, key=key_of(request, caller, BATCH, raw))
    return taken(answer, msgspec.json.decode(answer.body)["statements"][0])


def import_documented() -> dict[str, Any]:
    """What OpenAPI says of an import: the body is the dump, the answer a line for each thing that became of it."""
    also = {
        400: "The body ended before its announced length",
        408: "The body stood still; nothing was taken",
        413: "More than 1 GiB",
        503: "Too many imports run; come again",
    }
    found = documented(200, "Problem", never=[404], also=also)
    answer = {"description": "One of these on each line.", "anyOf": [ref(name) for name in LINES]}
    found["responses"][200]["content"] = {
        importing.MEDIA_TYPE: {"schema": answer, "examples": {name: {"value": examples()[name]} for name in LINES}}
    }
    file = {"schema": {"type": "string", "format": "binary"}, "example": ",".join(dsa.COLUMNS)}
    found["requestBody"] = {"required": True, "content": {"text/csv": file}}
    return found


@router.post("/statements/import", url_name="statements_import", openapi_extra=import_documented())
def import_dump(request: HttpRequest) -> HttpResponseBase:
    """Send a daily dump of that database (full version, csv), up to 1 GiB, the body being the file itself.

    Good rows are taken, bad ones are named, and doing it again doubles nothing.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return statement_files.view(request, caller)


@router.get(
    "/statement/existing-puid/{puid}",
    url_name="statement_existing",
    response={302: None},
    openapi_extra=documented(302, "PuidOut", never=[422]),
)
def existing(request: HttpRequest, puid: str) -> HttpResponse:
    """Whether your platform used this identifier: 302 if it did, 404 if not, as that database answers."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    if dsa_queries.is_used(caller, puid):
        return said({"message": "statement of reason found", "puid": puid}, status=302)
    problem = problems.said(problems.NOT_FOUND, "Your platform has used no such identifier.", 404)
    kept = puid if dsa.is_puid(puid) else ""
    return said(problem | {"message": "statement of reason not found", "puid": kept}, status=404)


@router.get(
    "/statement/{uuid}", url_name="statement", openapi_extra=documented(200, "ForeignStatementOut", never=[422])
)
def shown(request: HttpRequest, uuid: str) -> HttpResponse:
    """One statement that your platform handed in, or imported."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    row = dsa_queries.get_for(caller, uuid)
    return said(dsa_faces.face(row, dsa.decoded(bytes(row.body or b""))), status=200)


@router.get("/decisions/{decision}/dsa", url_name="decision_dsa", openapi_extra=documented(200, "ForeignStatements"))
def of_decision(request: HttpRequest, decision: str) -> HttpResponse:
    """A decision of your platform in the words of that database: a batch to be sent there as it is.

    What cannot be said there is refused with every reason. What nothing here says (``content_type``, ``category`` and
    others) can be given as parameters; lists with commas.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(dsa_exports.of_decision(caller, decision, said_beside(request.META.get("QUERY_STRING", ""))))


@router.post(
    "/statements/{statement}/submission",
    url_name="statement_hand_over",
    openapi_extra=documented(200, "StatementOut", body="SubmissionIn", key="optional"),
)
def hand_over(request: HttpRequest, statement: str) -> HttpResponse:
    """Say that a statement of reasons was sent to that database; the first time counts."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    more = bodies.read_body(raw, SubmissionIn).attributes or {}
    key = key_of(request, caller, f"POST /api/v1/statements/{statement}/submission", raw)
    return answered(dsa_exports.submit(statement, more, by=caller, key=key))


@router.get("/statements/export", url_name="statements_export", openapi_extra=statement_exporting.documented_export())
def export(request: HttpRequest) -> HttpResponseBase:
    """Statements of a period: ``batches`` of what your platform decided, or the ``csv`` of what it handed in.

    A batch is sent to that database as it is; of what cannot be said there a line names every reason.
    """
    at = request.at  # type: ignore[attr-defined]
    return statement_exporting.view(request, auth.caller_of(request, at=at), at=at)


def said_beside(query: str) -> dict[str, Any]:
    """The attributes that nothing of ours says."""
    faults = Faults()
    told = parameters.read(query, tuple(sorted(dsa.SAID_BESIDE)), faults)
    if faults.found:
        raise problems.BadRequestError(faults.found)
    return {name: value.split(",") if name in LISTS else value for name, value in told.items()}


def read(raw: bytes) -> Any:
    """The plain values of a body. Raises BadRequestError where it is no JSON."""
    faults = Faults()
    document = parse_json(raw, faults)
    if document is UNREAD:
        raise problems.BadRequestError(faults.found)
    return document


def taken(answer: Answer, first: dict[str, Any]) -> HttpResponse:
    """The answer, and where the statement is, or the first of them."""
    response = answered(answer)
    response["Location"] = first["self"]
    return response


def said(body: dict[str, Any], *, status: int) -> HttpResponse:
    """JSON, or a problem where it is one."""
    kind = problems.MEDIA_TYPE if "type" in body else "application/json"
    return HttpResponse(msgspec.json.encode(body), status=status, content_type=kind)
