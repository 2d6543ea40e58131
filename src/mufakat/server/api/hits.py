"""Screening over HTTP: items in and verdicts out, the hits of a platform, and what a reviewer decides on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from django.http.response import HttpResponseBase  # noqa: TC002 - the same.
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import HitState
from mufakat.server.api import auth, problems, screening
from mufakat.server.api.answers import reply
from mufakat.server.api.components import examples
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.api.shapes import ref
from mufakat.server.filters import operations, queries
from mufakat.server.filters.faces import HitList, HitOut
from mufakat.server.journal import ids

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Key
    from mufakat.server.parties.queries import Caller

router = Router(tags=["screening"])

LINES = ("VerdictOut", "UnscreenedLine", "InterruptedLine")


@router.post(
    "/screen",
    url_name="screen",
    openapi_extra=documented(200, "VerdictOut", body="Item", key="optional", never=[404]),
)
def screen(request: HttpRequest) -> HttpResponse:
    """What your own policy says of one item that was said in public. A hit is in the books before it is answered.

    Act by ``state``: a block that no agreement leaves to a machine is held until a reviewer decides. Asking again about
    the same content writes nothing twice; what was edited is looked at anew.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    return answered(screening.view(request, caller, body_of(request)))


def batch_documented() -> dict[str, Any]:
    """What OpenAPI says of many: the body is one item a line, the answer one line for each."""
    also = {
        400: "The body ended before its announced length",
        408: "The body stood still; nothing was screened",
        413: "More than 64 MiB, or too many lines",
        503: "Too many requests of many run; come again",
    }
    found = documented(200, "Problem", never=[404, 409, 410], also=also)
    said = {
        "description": "One of these on each line, in the order of the items.",
        "anyOf": [ref(one) for one in LINES],
    }
    found["responses"][200]["content"] = {
        screening.MEDIA_TYPE: {"schema": said, "examples": {one: {"value": examples()[one]} for one in LINES}}
    }
    item = {"description": "One item on each line.", "anyOf": [ref("Item")]}
    content = {screening.MEDIA_TYPE: {"schema": item, "example": examples()["Item"]}}
    found["requestBody"] = {"required": True, "content": content}
    return found


@router.post("/screen/batch", url_name="screen_batch", openapi_extra=batch_documented())
def screen_batch(request: HttpRequest) -> HttpResponseBase:
    """The same of many: one item a line, up to 64 MiB; one line is answered for each that says something, in its order.

    A line that cannot be screened is refused in its place: one that is private, too long, or no item.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return screening.view_many(request, caller)


@router.get("/hits", url_name="hits", openapi_extra=documented(200, "HitList", never=[404]))
def listed(request: HttpRequest, state: str = "", after: str = "") -> HttpResponse:
    """The hits of your platform, newest first; pass ``next`` back as ``after``. What waits is in the state `held`."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    faults = []
    if state and state not in set(HitState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(HitState)}"))
    if after and not ids.is_id(after, "hit"):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.hits(caller, state=HitState(state) if state else None, after=after or None)
    return reply(HitList([HitOut.of(one, viewer=caller, brief=True) for one in page.items], page.next))


@router.get("/hits/{hit}", url_name="hit", openapi_extra=documented(200, "HitOut", never=[422]))
def shown(request: HttpRequest, hit: str) -> HttpResponse:
    """One hit: what was said while it is kept, by which entries of which banks, and what became of it."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    found = queries.whole_hit(queries.hit_for(caller, hit))
    return reply(HitOut.of(found, viewer=caller))


@router.post(
    "/hits/{hit}/release",
    url_name="hit_release",
    openapi_extra=documented(200, "HitOut", body="HitReleaseIn", key="optional"),
)
def release(request: HttpRequest, hit: str) -> HttpResponse:
    """Let a held item go. Where nobody decides within a day it is let go by itself."""
    caller, raw, key = deed_on(request, hit, "release")
    return answered(operations.release(hit, raw, by=caller, key=key))


@router.post(
    "/hits/{hit}/block",
    url_name="hit_block",
    openapi_extra=documented(200, "HitOut", body="HitBlockIn", key="optional"),
)
def block(request: HttpRequest, hit: str) -> HttpResponse:
    """Block a held item: a notice of own detection and your decision on it, with statement of reasons and appeal code.

    What you do not say, the rule and its entries say: their ground, their reason, and the measure `disable`.
    """
    caller, raw, key = deed_on(request, hit, "block")
    return answered(operations.block(hit, raw, by=caller, key=key))


def deed_on(request: HttpRequest, hit: str, deed: str) -> tuple[Caller, bytes, Key | None]:
    """Who does something, with which body, and the key, which is optional."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    return caller, raw, key_of(request, caller, f"POST /api/v1/hits/{hit}/{deed}", raw)
