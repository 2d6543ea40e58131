"""Names that are never closed, over HTTP: the house says which, everybody with a token reads them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.rules import network_names
from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.api import auth, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented, schema
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.api.restriction_answers import ProtectedList
from mufakat.server.journal.answers import Key
from mufakat.server.restrictions import protecting

router = Router(tags=["restrictions"])

API = "/api/v1/protected-names"


@router.get("", url_name="protected_names", openapi_extra=documented(200, "ProtectedList", never=[403, 404]))
def listed(request: HttpRequest, after: str = "") -> HttpResponse:
    """The names that this house protects beside those that are shipped, in their order, and why each.

    A name is protected with everything below it, and from being a part of what is closed above it. Pass ``next`` back
    as ``after``.
    """
    auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    if after and network_names.sought(after) is None:
        raise problems.BadRequestError([Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page")])
    page = protecting.page(after=after or None)
    return reply(ProtectedList(page.items, page.next))


PROTECT: dict[str, Any] = documented(201, "ProtectedOut", body="ProtectedIn", key="required", never=[404])
# What stands there already is not made once more.
PROTECT["responses"][200] = {"description": "It is protected already", "content": schema("ProtectedOut")}


@router.post("", url_name="name_protect", response={201: None}, openapi_extra=PROTECT)
def protect(request: HttpRequest) -> HttpResponse:
    """Put a name on the list, as the admin of this house. What is closed now is lifted first (409)."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    made = answered(protecting.protect(raw, by=caller, key=Key.of(caller.party_id, f"POST {API}", sent, raw)))
    made["Location"] = API
    return made


@router.post(
    "/{name}/release",
    url_name="name_release",
    openapi_extra=documented(200, "ProtectedOut", body="ReleasedIn", key="optional"),
)
def release(request: HttpRequest, name: str) -> HttpResponse:
    """Take a name off the list, as the admin of this house, and say why."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    key = key_of(request, caller, f"POST {API}/{name}/release", raw)
    return answered(protecting.release(name, raw, by=caller, key=key))
