"""What a ladder puts to people, sent and read over HTTP: letters, and the announcement of a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from ninja import Router

from mufakat.rules import warning as rules
from mufakat.server.api import auth
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of
from mufakat.server.journal.answers import Key
from mufakat.server.notices import warning_faces, warnings

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

router = Router(tags=["clocks"])


@router.post(
    "/notices/{notice}/warnings",
    url_name="warn",
    response={201: None},
    openapi_extra=documented(201, "WarningOut", body="WarningIn", key="required"),
)
def warn(request: HttpRequest, notice: str) -> HttpResponse:
    """Send a step of the ladder as a document: the next one, once its time has come.

    Its number is the profile's. Both sides are told, and the answer holds the signed receipt.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    key = Key.of(caller.party_id, f"POST /api/v1/notices/{notice}/warnings", sent, raw)
    answer = warnings.send(notice, rules.read(raw), by=caller, key=key)
    made = answered(answer)
    made["Location"] = warning_faces.links(msgspec.json.decode(answer.body)["id"], notice)["self"]
    return made


@router.get(
    "/notices/{notice}/warnings", url_name="warnings", openapi_extra=documented(200, "WarningList", never=[422])
)
def listed(request: HttpRequest, notice: str) -> HttpResponse:
    """What was sent on the ladders of a notice, oldest first; its words while they are not erased."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(warning_faces.list_for(caller, notice))


@router.get("/warnings/{warning}", url_name="warning", openapi_extra=documented(200, "WarningOut", never=[422]))
def shown(request: HttpRequest, warning: str) -> HttpResponse:
    """One of them, with its receipt."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    row, event = warning_faces.get_for(caller, warning)
    return reply(warning_faces.WarningOut.of(row, event))
