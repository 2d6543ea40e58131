"""Our Telegram account at the desk: a link that binds it, whether it is bound, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mufakat.rules import chats as rules
from mufakat.rules.errors import IdempotencyKeyError, NotNowError, NotPermittedError
from mufakat.rules.permissions import Role, seat_name
from mufakat.server.connectors.government_bot import chats, configuration
from mufakat.server.journal.answers import Key
from mufakat.server.web import once, seat, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from mufakat.server.connectors.government_bot.models import Chat
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

ROUTE = "page: bind a chat"


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def shown(request: Visit, caller: Caller) -> HttpResponse:
    """Our chats; a POST makes a link, which stands on the page once."""
    found = chats.list_for(caller)
    if request.method != "POST":
        return page(request, caller, found)
    key = Key.of(caller.party_id, f"{ROUTE} {caller.seat}", once.key_of(request), b"")
    try:
        made = chats.offer(by=caller, key=key, told=lambda one: one.pk.encode())
    except (NotNowError, IdempotencyKeyError):
        return redirect("telegram")
    if made.word is None:  # The form again: the link was shown.
        return redirect("telegram")
    return page(request, caller, found, link=chats.link_of(made.word))


@require_POST
@seat.seated
def end(request: Visit, caller: Caller, chat: str) -> HttpResponse:
    """End one."""
    chats.revoke(chat, by=caller, key=None, told=lambda one: one.pk.encode())
    messages.success(request, _("This chat is bound to nobody any more."))
    return redirect("telegram")


def page(request: Visit, caller: Caller, found: Sequence[Chat], *, link: str = "") -> HttpResponse:
    """The page; a link stands on it once."""
    context = {
        "rows": [face(one, caller) for one in found],
        "bot": configuration.configured().name,
        "binds": binds(caller),
        "waits": chats.waiting_for(caller, at=request.at),
        "link": link,
        "minutes": int(rules.LIFE.total_seconds()) // 60,
        "key": once.new_key(),
    }
    return render(request, "web/telegram.html", context)


def binds(caller: Caller) -> bool:
    """Whether this seat may have a chat at all."""
    try:
        chats.require_seat(caller)
    except NotPermittedError:
        return False
    return True


def face(one: Chat, caller: Caller) -> dict[str, Any]:
    """A chat as the page shows it."""
    return {
        "id": one.pk,
        "short": one.pk[-6:],
        "seat": seat_name(Role(one.person.role), one.person.ordinal),
        "own": one.person_id == caller.person_id,
        "bound_at": one.bound_at,
        "ended_at": one.ended_at,
        "because": words.coded(words.CHAT_ENDS, one.because) if one.because else None,
        "unreachable_since": one.unreachable_since,
    }
