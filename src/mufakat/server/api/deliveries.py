"""Being told over HTTP: a party's endpoints, the events it polls, and the operator's dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from ninja import Router

from mufakat.rules.egress import BadAddressError
from mufakat.rules.errors import NotPermittedError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.permissions import Deed, Reach
from mufakat.server.api import auth, bodies, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of
from mufakat.server.connectors import endpoints, faces, letters
from mufakat.server.connectors.faces import DeliveryList, DeliveryOut, EndpointList, EndpointOut, ToldList, ToldOut
from mufakat.server.journal import ids, outbox
from mufakat.server.journal.answers import Key
from mufakat.server.notices.faces import encode

if TYPE_CHECKING:
    from mufakat.server.connectors.models import Endpoint

router = Router(tags=["deliveries"])

ENDPOINTS = "POST /api/v1/endpoints"
PAGE = 100
# What a route that changes something without a key can answer besides.
CHANGED = {409: "Not possible now", 413: "Too large", 503: "Too busy; repeat it", 507: "No room to store it"}


@router.get("/endpoints", url_name="endpoints", openapi_extra=documented(200, "EndpointList", never=[404, 422]))
def listed(request: HttpRequest) -> HttpResponse:
    """Where your party is told of its events, and how each endpoint does."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    return reply(EndpointList(faces.shown(endpoints.list_for(caller))))


@router.post(
    "/endpoints",
    url_name="endpoint-set",
    response={201: None},
    openapi_extra=documented(201, "EndpointOut", body="EndpointIn", key="required", never=[404]),
)
def made(request: HttpRequest) -> HttpResponse:
    """Set an endpoint. Its secret is shown this once: a repetition gets the endpoint without it."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    text = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    told = bodies.read_body(raw, bodies.EndpointIn)
    key = Key.of(caller.party_id, ENDPOINTS, text, raw)
    try:
        answer, secret = endpoints.set_up(told.url, by=caller, key=key, told=lambda one: encode(EndpointOut.of(one)))
    except BadAddressError as error:
        raise problems.BadRequestError([Fault("/url", FaultCode.BAD_FORM, str(error))]) from None
    if secret is None:
        response = answered(answer)
    else:
        response = reply(EndpointOut.of(endpoints.get_for(caller, answer.subject), secret=secret), status=201)
    response["Location"] = f"/api/v1/endpoints/{answer.subject}"
    return response


@router.get("/endpoints/{endpoint}", url_name="endpoint", openapi_extra=documented(200, "EndpointOut", never=[422]))
def shown(request: HttpRequest, endpoint: str) -> HttpResponse:
    """One endpoint of your party."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return one_of(endpoints.get_for(caller, endpoint))


@router.post(
    "/endpoints/{endpoint}/secret",
    url_name="endpoint-secret",
    openapi_extra=documented(200, "EndpointOut", body="EmptyIn", also=CHANGED),
)
def rotated(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Give it a new secret, shown this once. For a day the former one signs beside it."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    bodies.read_body(body_of(request), bodies.EmptyIn)
    found = endpoints.rotate(endpoint, by=caller)
    return one_of(found.endpoint, secret=found.secret)


@router.post(
    "/endpoints/{endpoint}/disabling",
    url_name="endpoint-disabling",
    openapi_extra=documented(200, "EndpointOut", body="EmptyIn", also=CHANGED),
)
def disabled(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Send nothing there any more. What waits for it becomes a dead letter."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    bodies.read_body(body_of(request), bodies.EmptyIn)
    return one_of(endpoints.disable(endpoint, by=caller))


@router.post(
    "/endpoints/{endpoint}/enabling",
    url_name="endpoint-enabling",
    openapi_extra=documented(200, "EndpointOut", body="EmptyIn", also=CHANGED),
)
def enabled(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Send there again, with a clean record."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    bodies.read_body(body_of(request), bodies.EmptyIn)
    return one_of(endpoints.enable(endpoint, by=caller))


@router.post(
    "/endpoints/{endpoint}/test",
    url_name="endpoint-test",
    openapi_extra=documented(200, "EndpointOut", body="EmptyIn", also=CHANGED),
)
def tested(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Send a test message there. Its result is the endpoint's `last` a moment later."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    bodies.read_body(body_of(request), bodies.EmptyIn)
    endpoints.test(endpoint, by=caller)
    return one_of(endpoints.get_for(caller, endpoint))


@router.get("/events", url_name="told", openapi_extra=documented(200, "ToldList", never=[404]))
def told(request: HttpRequest, after: str = "") -> HttpResponse:
    """What your party was told, oldest first: all that webhooks bring, for who has none or missed some.

    Keep the id of the last event you took and pass it as ``after``: what came since follows it.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    if caller.require(Deed.READ) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(Deed.READ, caller.role)
    require_id(after, "evt")
    found = outbox.told_to(f"party:{caller.handle}", after=after or None, limit=PAGE + 1)
    items = ToldOut.of_all(found[:PAGE])
    return reply(ToldList(items, items[-1].id if len(found) > PAGE else None))


@router.get("/deliveries", url_name="deliveries", openapi_extra=documented(200, "DeliveryList", never=[404]))
def dead(request: HttpRequest, after: str = "") -> HttpResponse:
    """Dead letters, oldest first; for the operator of this instance."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    letters.require_operator(caller)
    require_id(after, "dlv")
    page = letters.dead(after=after or None)
    return reply(DeliveryList([DeliveryOut.of(one) for one in page.items], page.next))


@router.post(
    "/deliveries/{delivery}/replay",
    url_name="delivery-replay",
    openapi_extra=documented(200, "DeliveryOut", body="EmptyIn", also=CHANGED),
)
def replayed(request: HttpRequest, delivery: str) -> HttpResponse:
    """Try a dead letter anew, with the same id; for the operator of this instance."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    letters.require_operator(caller)
    bodies.read_body(body_of(request), bodies.EmptyIn)
    return reply(DeliveryOut.of(letters.replay(delivery, actor=caller.handle)))


def one_of(found: Endpoint, *, secret: str | None = None) -> HttpResponse:
    """An endpoint with what waits for it."""
    waiting, dead_ = faces.counts([found]).get(found.id, (0, 0))
    return reply(EndpointOut.of(found, waiting=waiting, dead=dead_, secret=secret))


def require_id(after: str, prefix: str) -> None:
    """Raise unless it is empty or the id of such a thing."""
    if after and not ids.is_id(after, prefix):
        raise problems.BadRequestError([Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page")])
