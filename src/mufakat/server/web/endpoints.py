"""Where a party is told of its events, and, for the operator, what could not be delivered."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mufakat.rules.egress import BadAddressError
from mufakat.rules.errors import IdempotencyKeyError, NotFoundError, NotNowError
from mufakat.server.connectors import endpoints, faces, letters
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key
from mufakat.server.web import seat, words

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mufakat.server.connectors.models import Endpoint
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

ROUTE = "page: set an endpoint"
ALL = "all"


class EndpointForm(forms.Form):
    """Where to send."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2_000,
        help_text=gettext_lazy("It begins with https:// and can be reached from the open Internet."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def shown(request: Visit, caller: Caller) -> HttpResponse:
    """The endpoints of our party; a POST sets another one."""
    if request.method != "POST":
        return page(request, caller)
    form = EndpointForm(request.POST, label_suffix="", auto_id="%s")
    endpoints.list_for(caller)  # Whether the seat may, before anything is judged.
    if not form.is_valid():
        return page(request, caller, form=form, status=422)
    url, text = form.cleaned_data["url"].strip(), form.cleaned_data["key"]
    key = Key.of(caller.party_id, ROUTE, text, url.encode())
    try:
        answer, secret = endpoints.set_up(url, by=caller, key=key, told=lambda one: one.id.encode())
    except BadAddressError as error:
        form.add_error("url", f"{_('Nothing can be sent there.')} {error}")
        return page(request, caller, form=form, status=422)
    except NotNowError as error:
        form.add_error("url", str(words.NOT_NOW_DELIVERY.get(type(error), error)))
        return page(request, caller, form=form, status=409)
    except IdempotencyKeyError:
        return redirect("endpoints")
    messages.success(request, _("The endpoint is set. Everything your party is told from now on goes there."))
    return page(request, caller, secret=secret, made=answer.subject)


def page(  # noqa: PLR0913 - what was made just now, and the form as it was sent.
    request: Visit,
    caller: Caller,
    *,
    form: EndpointForm | None = None,
    secret: str | None = None,
    made: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page; a secret stands on it once."""
    found = endpoints.list_for(caller)
    many = faces.counts(found)
    context = {
        "rows": [face(one, many.get(one.id, (0, 0))) for one in found],
        "form": form or EndpointForm(initial={"key": secrets.token_hex(16)}, label_suffix="", auto_id="%s"),
        "secret": secret,
        "made": made,
        "at": request.at,
    }
    return render(request, "web/endpoints.html", context, status=status)


def face(one: Endpoint, many: tuple[int, int]) -> dict[str, Any]:
    """An endpoint as the page shows it."""
    waiting, dead = many
    return {
        "id": one.id,
        "short": one.id[-6:],
        "url": one.url,
        "state": words.coded(words.ENDPOINT_STATES, one.state),
        "ended": words.coded(words.ENDPOINT_ENDS, one.ended) if one.ended else None,
        "active": one.state == "active",
        "waiting": waiting,
        "dead": dead,
        "last_at": one.last_at,
        "last_good": one.last_at is not None and one.last_at == one.last_good_at,
        "last_status": one.last_status,
        "last_detail": one.last_detail,
        "paused_until": one.paused_until,
        "former_until": one.former_until,
    }


@require_POST
@seat.seated
def deed(request: Visit, caller: Caller, endpoint: str, deed: str) -> HttpResponse:
    """Something done to one endpoint."""
    try:
        if deed == "secret":
            made = endpoints.rotate(endpoint, by=caller)
            messages.success(request, _("It has a new secret. For a day the former one signs beside it."))
            return page(request, caller, secret=made.secret, made=endpoint)
        says = done(caller, endpoint, deed)
    except NotNowError as error:
        messages.error(request, str(words.NOT_NOW_DELIVERY.get(type(error), error)))
    else:
        messages.success(request, says)
    return redirect("endpoints")


def done(caller: Caller, endpoint: str, deed: str) -> str:
    """Do it, and what the page says then."""
    if deed == "test":
        endpoints.test(endpoint, by=caller)
        return _("A test message is on its way. Load the page again in a moment to see what became of it.")
    if deed == "disable":
        endpoints.disable(endpoint, by=caller)
        return _("Nothing is sent there any more.")
    if deed == "enable":
        endpoints.enable(endpoint, by=caller)
        return _("It is told of everything from now on.")
    raise NotFoundError("deed")


@require_safe
@seat.seated
def dead(request: Visit, caller: Caller) -> HttpResponse:
    """What could not be delivered; for the operator."""
    letters.require_operator(caller)
    after = request.GET.get("after", "")
    if after and not ids.is_id(after, "dlv"):
        raise NotFoundError("page of the list")
    found = letters.dead(after=after or None)
    standing = letters.standing()
    context = {
        "rows": [(one, words.coded(words.EVENTS, one.event.type)) for one in found.items],
        "next": found.next,
        "after": after,
        "standing": standing,
        "mail": letters.waits_for_mail(),
        "at": request.at,
    }
    return render(request, "web/deliveries.html", context)


def _one(chosen: str, caller: Caller) -> int:
    letters.replay(chosen, actor=caller.handle)
    return 1


@require_POST
@seat.seated
def replay(request: Visit, caller: Caller) -> HttpResponse:
    """Try one dead letter anew, or all of them."""
    letters.require_operator(caller)
    chosen = request.POST.get("delivery", "")
    try:
        # All of them has a word of its own: a form that lost its field must not mean it.
        many = letters.replay_all(actor=caller.handle) if chosen == ALL else _one(chosen, caller)
    except NotNowError as error:
        messages.error(request, str(words.NOT_NOW_DELIVERY.get(type(error), error)))
    else:
        messages.success(request, _("%(many)d are tried anew.") % {"many": many})
    return redirect("deliveries")
