"""Files of notices over HTTP, in and out: the two routes, and what OpenAPI says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ninja import Router

from mufakat import formats
from mufakat.rules.lifecycle import NoticeState
from mufakat.server.api import auth, exporting, importing
from mufakat.server.api.components import examples
from mufakat.server.api.documents import documented
from mufakat.server.api.shapes import an_id, ref

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

router = Router(tags=["files"])

LINES = ("RefusedLine", "NotedLine", "ReceiptLine", "ProgressLine", "EndLine")
ID = {"type": "string", "pattern": f"^({an_id('ntc')['pattern'][1:-1]})?$", "default": ""}


def text(values: Any) -> dict[str, Any]:
    """A closed list, empty for none of them."""
    return {"type": "string", "enum": ["", *values], "default": ""}


def asked(name: str, words: str, schema: dict[str, Any], example: str, *, required: bool = False) -> dict[str, Any]:
    """A parameter of the address."""
    return {
        "in": "query",
        "name": name,
        "required": required,
        "description": words,
        "schema": schema,
        "example": example,
    }


def import_documented() -> dict[str, Any]:
    """What OpenAPI says of an import: the body is the file, the answer a line for each thing that became of it."""
    also = {
        400: "The Idempotency-Key is malformed, or the body ended before its announced length",
        408: "The body stood still; nothing was taken",
        413: "More than 1 GiB",
        503: "Too many imports run; come again",
    }
    found = documented(200, "Problem", key="optional", never=[404, 409, 410], also=also)
    answer = {"description": "One of these on each line.", "anyOf": [ref(name) for name in LINES]}
    found["responses"][200]["content"] = {
        importing.MEDIA_TYPE: {"schema": answer, "examples": {name: {"value": examples()[name]} for name in LINES}}
    }
    file = {"schema": {"type": "string", "format": "binary"}, "example": examples()["File"]}
    found["requestBody"] = {"required": True, "content": {"application/octet-stream": file}}
    found["parameters"] += [
        asked("format", "What the file holds; without it, what its beginning shows.", text(formats.Format), "ndjson"),
        asked("encoding", "How the text of a csv file is written.", text(formats.Encoding), "utf-8"),
        asked(
            "set",
            "Members said once for all lines: a JSON object, as text.",
            {"type": "string", "default": ""},
            '{"to": "telegram", "kind": "trusted_flag"}',
        ),
    ]
    return found


@router.post("/notices/import", url_name="import", openapi_extra=import_documented())
def import_file(request: HttpRequest) -> HttpResponseBase:
    """Send a file of many notices: json, ndjson, csv or XARF v4, up to 1 GiB, the body being the file itself.

    Good lines are taken, bad ones are named, and doing it again doubles nothing.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    return importing.view(request, caller)


def export_documented() -> dict[str, Any]:
    """What OpenAPI says of an export: a file, or a line for each thing to be said of it."""
    found = documented(200, "Problem", never=[404], also={503: "Too many exports run, or the database is away"})
    shown = {name: {"value": examples()[name]} for name in ("ReportLine", "ReportEnd")}
    lines: dict[str, Any] = {
        "anyOf": [ref("Draft"), ref("ReportLine"), ref("ReportEnd"), {"type": "object", "title": "XARF report"}]
    }
    lines["description"] = "One of these on each line: notices, or XARF reports, or with `report=true` what is said."
    found["responses"][200]["content"] = {
        "text/csv": {"schema": {"type": "string"}, "example": examples()["CSV"]},
        "application/json": {"schema": {"type": "array", "items": ref("Draft")}, "example": [examples()["Draft"]]},
        "application/mbox": {"schema": {"type": "string"}, "example": "From notices Thu Jan  1 00:00:00 1970\n..."},
        exporting.NDJSON: {"schema": lines, "examples": {"Draft": {"value": examples()["Draft"]}, **shown}},
    }
    newest = examples()["NoticeOut"]["id"]
    found["parameters"] = [
        asked(
            "format",
            "What the file shall hold.",
            {"type": "string", "enum": list(formats.Format)},
            "csv",
            required=True,
        ),
        asked("state", "Only notices in this state; empty for all.", text(NoticeState), "received"),
        asked("to", "Only notices to this party (its handle).", {"type": "string", "default": ""}, "telegram"),
        asked(
            "since", "Only notices received since this date or time.", {"type": "string", "default": ""}, "2026-11-25"
        ),
        asked("after", "Only notices older than this one.", ID, newest),
        asked("upto", "Only notices not newer than this one.", ID, newest),
        asked("contact", "XARF alone, and needed there: your address.", {"type": "string"}, "abuse@regulator.example"),
        asked("domain", "XARF alone, and needed there: your domain.", {"type": "string"}, "regulator.example"),
        asked("report", "In place of the file, what is to be said of it.", text(["true"]), "true"),
    ]
    return found


@router.get("/notices/export", url_name="export", openapi_extra=export_documented())
def export(request: HttpRequest) -> HttpResponseBase:
    """The notices of your party as a file, newest first.

    Erased ones are left out; ``report=true`` gives, in place of the file, what would be lost or left out of it.
    """
    at = request.at  # type: ignore[attr-defined]
    return exporting.view(request, auth.caller_of(request, at=at), at=at)
