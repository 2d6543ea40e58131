"""Obligations over HTTP: what each side of an agreement owes, how it stands, and by which evidence."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.server.agreements import queries
from mufakat.server.agreements.compliance import ComplianceOut
from mufakat.server.api import auth
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented

router = Router(tags=["agreements"])


@router.get(
    "/agreements/{agreement}/obligations",
    url_name="agreement_obligations",
    openapi_extra=documented(200, "ComplianceOut", never=[422]),
)
def shown(request: HttpRequest, agreement: str) -> HttpResponse:
    """What each side owes and how it stands, judged by the program from its own figures, for either side alike.

    What was decided is no input: a refusal in time counts as an answer in time. `not_measured` is neither kept nor
    broken; no part of this version sees it yet.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    return reply(ComplianceOut.of(queries.get_for(caller, agreement)))
