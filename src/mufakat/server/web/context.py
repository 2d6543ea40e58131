"""What every page knows: who is signed in, in whose party, and in which time zone the times are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from mufakat import __version__
from mufakat.rules.notifying import AUTHORITIES
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed, Reach, seat_name
from mufakat.server.connectors.mail import desk as mails
from mufakat.server.web import seat, words

if TYPE_CHECKING:
    from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """The context of every page. A page that does not ask who is signed in costs no query for it."""
    return {
        "sitter": SimpleLazyObject(lambda: sitter(request)),
        "zone": settings.TIME_ZONE,
        "version": __version__,
        "static_version": __version__,
    }


def sitter(request: HttpRequest) -> dict[str, Any]:
    """The signed-in person's party and seat, as the header shows them; empty for a visitor."""
    caller = seat.caller_of(request)
    if caller is None:
        return {}
    return {
        "party": request.user.party.name,  # type: ignore[union-attr]  # Signed in, or there were no caller.
        "handle": caller.handle,
        "role": words.coded(words.ROLES, caller.role),
        "seat": seat_name(caller.role, caller.ordinal),
        "mails": bool(settings.MUFAKAT_MAIL.domain) and mails.is_open_to(caller),
        "sends": seat.may(caller, Deed.SUBMIT),
        "measures": seat.may(caller, Deed.CONFIRM_MEASURE),
        "endpoints": seat.may(caller, Deed.MANAGE_ENDPOINTS),
        "chats": seat.may(caller, Deed.BIND_CHAT),
        "operates": caller.kind is PartyKind.HOUSE and seat.may(caller, Deed.REPLAY_DELIVERY),
        "screens": caller.kind is PartyKind.PLATFORM and caller.require(Deed.READ) is not Reach.PEOPLE_AND_KEYS,
        "told": caller.kind in AUTHORITIES and caller.require(Deed.READ) is not Reach.PEOPLE_AND_KEYS,
        "reads": caller.require(Deed.READ) is not Reach.PEOPLE_AND_KEYS,
    }
