"""Chats with the Government Channel bot over HTTP: a link that binds one, which there are, and their end."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.server.api import auth, bodies
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.connectors.government_bot import chats, configuration
from mufakat.server.connectors.government_bot.faces import BindingOut, ChatList, ChatOut
from mufakat.server.journal.answers import Key
from mufakat.server.notices.faces import encode

router = Router(tags=["contacts"])

BINDINGS = "/api/v1/telegram/bindings"


@router.get("/bindings", url_name="bindings", openapi_extra=documented(200, "ChatList", never=[404, 422]))
def listed(request: HttpRequest) -> HttpResponse:
    """Your own chats with the Government Channel bot; those of your party, where you look after its people."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    return reply(ChatList([ChatOut.of(one) for one in chats.list_for(caller)]))


@router.post(
    "/bindings",
    url_name="binding-make",
    response={201: None},
    openapi_extra=documented(201, "BindingOut", body="EmptyIn", key="required", never=[404]),
)
def made(request: HttpRequest) -> HttpResponse:
    """Make a link that binds one Telegram account to your person, once, within 15 minutes.

    It is shown this once: a repetition gets the same answer without it. A newer link ends an older one that was not
    used. Whoever opens it first acts in your seat: give it to nobody.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    text = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    bodies.read_body(raw, bodies.EmptyIn)
    bot = configuration.require().name
    key = Key.of(caller.party_id, f"POST {BINDINGS} {caller.seat}", text, raw)
    answer, word = chats.offer(by=caller, key=key, told=lambda one: encode(BindingOut.of(one, bot=bot)))
    if word is None:
        response = answered(answer)
    else:
        # From the answer, not from its row: a newer link of the same moment may have ended it already.
        shown_once = msgspec.json.decode(answer.body, type=BindingOut)
        response = reply(msgspec.structs.replace(shown_once, link=chats.link_of(word)), status=201)
    response["Location"] = BINDINGS
    return response


@router.get("/bindings/{chat}", url_name="binding", openapi_extra=documented(200, "ChatOut", never=[422]))
def shown(request: HttpRequest, chat: str) -> HttpResponse:
    """One chat."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(ChatOut.of(chats.get_for(caller, chat)))


@router.post(
    "/bindings/{chat}/revocation",
    url_name="binding-revoke",
    openapi_extra=documented(200, "ChatOut", body="EmptyIn", key="optional"),
)
def revoked(request: HttpRequest, chat: str) -> HttpResponse:
    """End a chat at once: nothing is told there any more, and nothing is done from there."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    bodies.read_body(raw, bodies.EmptyIn)
    key = key_of(request, caller, f"POST {BINDINGS}/{chat}/revocation", raw)
    return answered(chats.revoke(chat, by=caller, key=key, told=lambda one: encode(ChatOut.of(one))))
