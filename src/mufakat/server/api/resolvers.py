"""An operator's resolvers over HTTP: named by its engineer, and then asked whether names are closed, and open again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.probing import BadResolverError, ResolverIn
from mufakat.server.api import auth, bodies, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of
from mufakat.server.api.restriction_answers import ResolverList
from mufakat.server.journal.answers import Key
from mufakat.server.restrictions import resolvers

router = Router(tags=["restrictions"])

API = "/api/v1/resolvers"
CHANGED = {409: "Not possible now", 413: "Too large", 503: "Too busy; repeat it", 507: "No room to store it"}


@router.get("", url_name="resolvers", openapi_extra=documented(200, "ResolverList", never=[404, 422]))
def listed(request: HttpRequest) -> HttpResponse:
    """The resolvers of your party, and how each stands; those that are asked first."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    return reply(ResolverList(resolvers.list_for(caller)))


@router.post(
    "",
    url_name="resolver_set",
    response={201: None},
    openapi_extra=documented(201, "ResolverOut", body="ResolverIn", key="required", never=[404]),
)
def set_up(request: HttpRequest) -> HttpResponse:
    """Name a resolver: a public address, on the port of the DNS.

    It counts once it was seen to filter the names that stand on every list of yours to be asked for.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    resolvers.require(caller)
    told = bodies.read_body(raw, ResolverIn)
    try:
        made = answered(resolvers.add(told, by=caller, key=Key.of(caller.party_id, f"POST {API}", sent, raw)))
    except BadResolverError as error:
        raise problems.BadRequestError([Fault("/address", FaultCode.BAD_FORM, str(error))]) from None
    made["Location"] = API
    return made


@router.post(
    "/{resolver}/removal",
    url_name="resolver_remove",
    openapi_extra=documented(200, "ResolverOut", body="EmptyIn", also=CHANGED),
)
def remove(request: HttpRequest, resolver: str) -> HttpResponse:
    """Ask a resolver no more. What it was seen to answer stays on record; doing it again changes nothing."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    bodies.read_body(body_of(request), bodies.EmptyIn)
    return reply(resolvers.remove(resolver, by=caller))
