"""The ordinary API: django-ninja for routes and OpenAPI, our own structs for what goes in and out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from mufakat import __version__
from mufakat.rules.notice import Draft
from mufakat.server.api import notices, parties, problems
from mufakat.server.api.answers import EventList, NoticeList, PartyList, PartyOut
from mufakat.server.api.bodies import BatchIn, NoteIn, ReasonIn
from mufakat.server.api.exporting import ReportEnd, ReportLine
from mufakat.server.api.importing import EndLine, NotedLine, ProgressLine, ReceiptLine, RefusedLine
from mufakat.server.notices.batches import BatchOut
from mufakat.server.notices.faces import NoticeOut

if TYPE_CHECKING:
    from django.http import HttpRequest

FILES = (EndLine, NotedLine, ProgressLine, ReceiptLine, RefusedLine, ReportEnd, ReportLine)
SCHEMAS = (
    *(BatchIn, BatchOut, Draft, EventList, NoteIn, NoticeList, NoticeOut, PartyList, PartyOut, ReasonIn),
    *FILES,
)


class MufakatAPI(NinjaAPI):
    """OpenAPI whose components are the structs that the code itself reads and writes."""

    def get_openapi_schema(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        _, components = msgspec.json.schema_components(SCHEMAS, ref_template="#/components/schemas/{name}")
        schema.setdefault("components", {}).setdefault("schemas", {}).update(components)
        schema["components"]["schemas"]["Problem"] = PROBLEM
        schema["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}]
        return schema


PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}

api = MufakatAPI(
    title="Mufakat",
    version=__version__,
    description="Notices with signed receipts. Send the token as bearer; POSTs that create need an Idempotency-Key.",
    servers=[{"url": "/"}],
    urls_namespace="api",
)
api.add_router("/notices", notices.router)
api.add_router("/parties", parties.router)


@api.exception_handler(Exception)
def anything(request: HttpRequest, error: Exception) -> HttpResponse:
    """Every error of a route becomes a problem in one place."""
    del request
    return problems.response(error)


@api.exception_handler(ValidationError)
def bad_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter of the address that is not of its type."""
    del request
    faults = [{"pointer": "/" + "/".join(map(str, one["loc"])), "detail": str(one["msg"])} for one in error.errors]
    return problems.plain(problems.BAD_FIELD, "See the errors.", errors=faults)


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses."""
    del request
    return problems.plain(problems.REFUSED, re.sub(r"\s+", " ", str(error))[:200], status=error.status_code)
