"""``GET /api/v1/statements/export``: batches for the DSA Transparency Database, or a dump in its shape, streamed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.http import StreamingHttpResponse

from mufakat.formats import dsa
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.permissions import Deed
from mufakat.server.api import parameters, problems
from mufakat.server.decisions import dsa_exports, dsa_queries
from mufakat.server.notices.exports import Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from mufakat.server.parties.queries import Caller

BATCHES, CSV = "batches", "csv"
FORMATS = (BATCHES, CSV)
NDJSON = "application/x-ndjson"
BLOCK = 64 * 1024  # Bytes that are handed on at once.


class Refused(msgspec.Struct, frozen=True):
    """Where, and a sentence."""

    pointer: str
    detail: str


class StatementsRefusedLine(msgspec.Struct, frozen=True):
    """A decision that cannot be said there, and every reason."""

    decision: str
    errors: list[Refused]


class StatementsEndLine(msgspec.Struct, frozen=True):
    """The last line: how many statements there were, and how many decisions cannot be said there."""

    end: str
    statements: int
    refused: int


class Asked(NamedTuple):
    """What the address asks for."""

    form: str
    since: datetime | None
    until: datetime | None


def asked(query: str) -> Asked:
    """Read the parameters. Raises BadRequestError with every fault."""
    faults = Faults()
    told = parameters.read(query, ("format", "since", "until"), faults)
    if told.get("format") not in FORMATS:
        faults.add("/format", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(FORMATS)}")
    since, until = (_time(name, told.get(name), faults) for name in ("since", "until"))
    if faults.found:
        raise problems.BadRequestError(faults.found)
    return Asked(told["format"], since, until)


def _time(name: str, text: str | None, faults: Faults) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        detail = "must be a date or a time, such as 2025-08-02 or 2025-08-02T10:00:00Z"
        faults.add(f"/{name}", FaultCode.BAD_DATE, detail)
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def batches(caller: Caller, wanted: Asked) -> Iterator[bytes]:
    """A line for each batch of at most a hundred statements, one for each decision that has none, and the end."""
    waiting: list[dsa.Statement] = []
    count = refused = 0
    for one in dsa_exports.of_period(caller, since=wanted.since, until=wanted.until):
        if one.faults:
            refused += 1
            errors = [Refused(fault.pointer, fault.detail) for fault in one.faults]
            yield _line(StatementsRefusedLine(one.decision, errors))
        if len(waiting) + len(one.statements) > dsa.LARGEST:
            yield _line(dsa_exports.ForeignOut(waiting))
            waiting = []
        waiting += one.statements
        count += len(one.statements)
    if waiting:
        yield _line(dsa_exports.ForeignOut(waiting))
    yield _line(StatementsEndLine("done", count, refused))


def dump(caller: Caller, wanted: Asked) -> Iterator[bytes]:
    """The statements that the platform handed in or imported, in the shape of the daily dump."""
    block = bytearray()
    for piece in dsa.write_dump(dsa_queries.rows(caller, since=wanted.since, until=wanted.until)):
        block += piece
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def _line(out: object) -> bytes:
    return msgspec.json.encode(out) + b"\n"


def view(request: HttpRequest, caller: Caller, *, at: datetime) -> StreamingHttpResponse:
    """The file."""
    caller.require(Deed.READ)
    wanted = asked(request.META.get("QUERY_STRING", ""))
    dsa_queries.seen_by(caller)  # Refused here, before a byte has left.
    headers = {"Cache-Control": "no-store"}
    if wanted.form == BATCHES:
        return StreamingHttpResponse(Work(caller, batches(caller, wanted)), content_type=NDJSON, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="statements-{at:%Y%m%d}.csv"'
    work = Work(caller, dump(caller, wanted))
    return StreamingHttpResponse(work, content_type="text/csv; charset=utf-8", headers=headers)


def documented_export() -> dict[str, Any]:
    """What OpenAPI says of it."""
    from mufakat.server.api.components import examples
    from mufakat.server.api.documents import documented
    from mufakat.server.api.shapes import ref

    found = documented(200, "Problem", never=[404], also={503: "Too many exports run, or the database is away"})
    names = {"ForeignStatements": "StatementsBatchLine", "StatementsRefusedLine": "", "StatementsEndLine": ""}
    shown = {name: {"value": examples()[other or name]} for name, other in names.items()}
    lines = {"anyOf": [ref(name) for name in names], "description": "One of these on each line."}
    found["responses"][200]["content"] = {
        NDJSON: {"schema": lines, "examples": shown},
        "text/csv": {"schema": {"type": "string"}, "example": ",".join(dsa.COLUMNS)},
    }
    time = {"type": "string", "default": ""}
    found["parameters"] = [
        {
            "in": "query",
            "name": "format",
            "required": True,
            "description": "`batches` of what was decided here, or the `csv` of what was handed in.",
            "schema": {"type": "string", "enum": list(FORMATS)},
            "example": BATCHES,
        },
        *(
            {"in": "query", "name": name, "required": False, "description": words, "schema": time, "example": example}
            for name, words, example in (
                ("since", "Only what was decided, or created, since this date or time.", "2025-08-01"),
                ("until", "Only what was decided, or created, before this date or time.", "2025-09-01"),
            )
        ),
    ]
    return found
