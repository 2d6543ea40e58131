"""Notices over HTTP: each view translates, one call does the deed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from msgspec import Struct
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.lifecycle import NoticeState
from mufakat.server.api import auth, bodies, components, grading, intake, problems, shapes
from mufakat.server.api.answers import EventList, EventOut, MessageList, NoticeList, reply
from mufakat.server.api.documents import documented
from mufakat.server.decisions import queries as decisions
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key
from mufakat.server.notices import batches, confirming, hands, operations, passages, queries, talk
from mufakat.server.notices.faces import NoticeOut, messages
from mufakat.server.parties import signing

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller

router = Router(tags=["notices"])

T = TypeVar("T", bound=Struct)


# ninja names 200 by itself where nothing else is named.
@router.post(
    "",
    url_name="submit",
    response={201: None},
    openapi_extra=documented(
        201,
        "NoticeOut",
        body="Draft",
        key="required",
        signed=True,
        never=[404],
        also={429: "Your party has sent as many notices as its mandates allow for now; come again"},
    ),
)
def submit(request: HttpRequest) -> HttpResponse:
    """Send a notice. The answer holds the signed receipt and comes only once the notice is durable."""
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    caller = auth.caller_of(request, at=at)
    key = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    signature = signing.read(request.headers.get(signing.HEADER))
    return answered(operations.submit(body_of(request), by=caller, at=at, key=key, signature=signature))


@router.post(
    "/batch", url_name="batch", openapi_extra=documented(200, "BatchOut", body="BatchIn", key="required", never=[404])
)
def submit_batch(request: HttpRequest) -> HttpResponse:
    """Send up to 1,000 notices.

    Each is judged alone; what is taken shares one receipt over the leaves, in their order. `signatures` has, for each
    notice, what the sender's key signed of it, or null.
    """
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    key = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    batch = bodies.read_batch(raw)
    items = [bytes(item) for item in batch.notices]
    named = Key.of(caller.party_id, batches.ROUTE, key, raw)
    signatures = batch.signatures or ()
    answer = batches.submit_batch(items, by=caller, at=at, key=named, told=problems.item, signatures=signatures)
    return answered(answer)


@router.get("", url_name="notices", openapi_extra=documented(200, "NoticeList", never=[404]))
def listed(request: HttpRequest, state: str = "", to: str = "", after: str = "") -> HttpResponse:
    """The notices of your party, newest first; pass ``next`` back as ``after``."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    faults = []
    if state and state not in set(NoticeState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(NoticeState)}"))
    if after and not ids.is_id(after, "ntc"):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.list_for(
        caller,
        state=NoticeState(state) if state else None,
        to=to or None,
        after=after or None,
    )
    heads = decisions.heads_of([one.notice.id for one in page.items])
    items = [NoticeOut.of(one, at=at, decision=heads.get(one.notice.id)) for one in page.items]
    return reply(NoticeList(items, page.next))


@router.get("/{notice}", url_name="notice", openapi_extra=documented(200, "NoticeOut", never=[422]))
def shown(request: HttpRequest, notice: str) -> HttpResponse:
    """One notice, with the body as it was sent while that is not erased."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    found = queries.get_for(caller, notice)
    if not auth.is_local(request):
        passages.note_fetched(caller, found)
    related = [one.id for one in queries.related(caller, found)]
    body, erased_at = queries.body(found), queries.erased_at(found)
    whole = queries.with_steps(queries.whole(found, viewer=caller))
    head = decisions.heads_of([found.id]).get(found.id)
    return reply(NoticeOut.of(whole, at=at, body=body, related=related, erased_at=erased_at, decision=head))


@router.get("/{notice}/events", url_name="events", openapi_extra=documented(200, "EventList", never=[422]))
def events(request: HttpRequest, notice: str) -> HttpResponse:
    """The events of a notice: leaves byte for byte, and what opens their commitments."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    found = queries.get_for(caller, notice)
    return reply(EventList([EventOut.of(event) for event in queries.events_for(caller, found)]))


RECEIPT = documented(200, "Problem", never=[422])  # All its refusals; what it gives is a text.
RECEIPT["responses"][200]["content"] = {
    "text/plain": {"schema": shapes.GRADED, "example": components.examples()["NoticeOut"]["receipt"]}
}
RECEIPT["parameters"] = [grading.PREFER]


@router.get("/{notice}/receipt", url_name="receipt", openapi_extra=RECEIPT)
def receipt(request: HttpRequest, notice: str, grade: str = "", event: str = "") -> HttpResponse:
    """The receipt of a notice, or of another of its events (a decision, an appeal …), for ``mufakat verify``.

    With ``Prefer: wait=N`` it waits so many seconds, ten at most, for the grade that is asked for; where none is, the
    best one that is reached by then is given.
    """
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    found = queries.get_for(caller, notice)
    of = queries.event_for(caller, found, event or None)
    return grading.answered(of, event or found.id, grade, wait=grading.wait_of(request))


@router.post(
    "/{notice}/acknowledgement",
    url_name="acknowledge",
    openapi_extra=documented(200, "NoticeOut", body="NoteIn", key="optional", signed=True),
)
def acknowledge(request: HttpRequest, notice: str) -> HttpResponse:
    """Say that your party has it. A page that is only opened acknowledges nothing."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    note = bodies.read_body(raw, bodies.NoteIn).note or ""
    key = key_of(request, caller, f"POST /api/v1/notices/{notice}/acknowledgement", raw)
    signature = signing.read(request.headers.get(signing.HEADER))
    return answered(operations.acknowledge(notice, by=caller, note=note, key=key, signature=signature))


@router.post(
    "/{notice}/delivery",
    url_name="arrive",
    openapi_extra=documented(200, "NoticeOut", body="EmptyIn", key="optional", signed=True),
)
def arrive(request: HttpRequest, notice: str) -> HttpResponse:
    """Sign that the notice arrived: by your party's key, which names the leaf by which it came.

    Nobody need have looked, and no clock of acknowledging stops. Without a signature it is refused.
    """
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    bodies.read_body(raw, bodies.EmptyIn)
    key = key_of(request, caller, f"POST /api/v1/notices/{notice}/delivery", raw)
    signature = signing.read(request.headers.get(signing.HEADER))
    return answered(confirming.arrive(notice, by=caller, signature=signature, key=key))


@router.post(
    "/{notice}/withdrawal",
    url_name="withdraw",
    openapi_extra=documented(200, "NoticeOut", body="ReasonIn", key="optional"),
)
def withdraw(request: HttpRequest, notice: str) -> HttpResponse:
    """Take a notice of your party back, with a reason."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    reason = bodies.read_body(raw, bodies.ReasonIn).reason
    key = key_of(request, caller, f"POST /api/v1/notices/{notice}/withdrawal", raw)
    return answered(operations.withdraw(notice, by=caller, reason=reason, key=key))


@router.post(
    "/{notice}/seen", url_name="see", openapi_extra=documented(200, "NoticeOut", body="EmptyIn", key="optional")
)
def see(request: HttpRequest, notice: str) -> HttpResponse:
    """Say that a person or system of your party has seen it. It promises nothing yet, and no clock stops."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    bodies.read_body(raw, bodies.EmptyIn)
    key = key_of(request, caller, f"POST /api/v1/notices/{notice}/seen", raw)
    return answered(passages.see(notice, by=caller, key=key))


@router.post(
    "/{notice}/handover",
    url_name="hand-over",
    openapi_extra=documented(200, "NoticeOut", body="HandoverIn", key="optional"),
)
def hand_over(request: HttpRequest, notice: str) -> HttpResponse:
    """Put it into the hands of a colleague of your party; null gives it back to all. The other side is not told."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    told = bodies.read_body(raw, bodies.HandoverIn)
    key = key_of(request, caller, f"POST /api/v1/notices/{notice}/handover", raw)
    return answered(hands.hand_over(notice, by=caller, seat=told.to or hands.NOBODY, note=told.note or "", key=key))


@router.post(
    "/{notice}/messages",
    url_name="say",
    response={201: None},
    openapi_extra=documented(201, "MessageOut", body="TextIn", key="required"),
)
def say(request: HttpRequest, notice: str) -> HttpResponse:
    """Write to the other side. The answer holds the signed receipt and comes only once the message is durable."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    text = bodies.read_body(raw, bodies.TextIn).text
    key = Key.of(caller.party_id, f"POST /api/v1/notices/{notice}/messages", sent, raw)
    answer = answered(talk.send(notice, by=caller, text=text, key=key))
    answer["Location"] = messages(notice)  # A message is found in its conversation.
    return answer


@router.get("/{notice}/messages", url_name="messages", openapi_extra=documented(200, "MessageList"))
def conversation(request: HttpRequest, notice: str, after: str = "") -> HttpResponse:
    """What both sides wrote to each other about a notice, oldest first; pass ``next`` back as ``after``."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    if after and not ids.is_id(after, "msg"):
        raise problems.BadRequestError([Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page")])
    page = talk.list_for(caller, notice, after=after or None)
    return reply(MessageList(list(page.items), page.next))


def body_of(request: HttpRequest) -> bytes:
    """The body, no more than the door takes."""
    try:
        return request.body
    except RequestDataTooBig:
        raise problems.TooLargeError from None


def answered(answer: Answer) -> HttpResponse:
    """A stored answer as a response, byte for byte."""
    return HttpResponse(answer.body, status=answer.status, headers=intake.headers_of(answer))


def key_of(request: HttpRequest, caller: Caller, route: str, raw: bytes) -> Key | None:
    """The key where one was sent; it is optional here."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    return Key.of(caller.party_id, route, auth.idempotency_key(header), raw)


def deed_of(request: HttpRequest, form: type[T]) -> tuple[Caller, T, Key | None]:
    """Of a deed that is asked for at this address: who asks, what the body says, and the key, which is optional."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    return caller, bodies.read_body(raw, form), key_of(request, caller, f"POST {request.path}", raw)
