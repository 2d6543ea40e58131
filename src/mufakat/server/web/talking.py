"""What the two sides say about a notice, on its page: seen, messages, in whose hands it is; and the receipts of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules.errors import EndedError, KeyReusedError, RefusedError, TooManyMessagesError
from mufakat.rules.permissions import Deed
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import hands, passages, queries, sides, talk
from mufakat.server.web import errors, notice as pages, once, receipts, seat, talk_forms

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def see(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """Say that we have seen it. Whoever only opens the address is led to the notice and changes nothing."""
    if request.method == "POST":
        passages.see(notice, by=caller)
        messages.success(request, _("Noted: your party has seen it. It still waits to be acknowledged."))
    return redirect("notice", notice)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def say(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """Write to the other side; a second click sends nothing twice."""
    if request.method != "POST":
        return redirect("notice", notice)
    sides.require_voice(caller, queries.get_for(caller, notice, deed=Deed.MESSAGE))
    form = talk_forms.SayForm(request.POST, prefix="say", auto_id="%s", label_suffix="")
    status = 422
    if form.is_valid():
        text = form.cleaned_data["text"]
        key = Key.of(caller.party_id, f"POST /desk/notices/{notice}/messages", once.key_of(request), text.encode())
        try:
            once.done(lambda: talk.send(notice, by=caller, text=text, key=key))
        except (EndedError, TooManyMessagesError, KeyReusedError) as error:
            form.add_error(None, talk_forms.refusal(error))
            status = 409
        except WriteError as error:
            status, title, says = errors.told(error)
            form.add_error(None, f"{title}. {says}")
        else:
            messages.success(request, _("Sent. The other side is told; the receipt stands beside the message."))
            return redirect("notice", notice)
    response = pages.page(request, caller, notice, status=status, say=form)
    if status >= 500:
        response["Retry-After"] = errors.RETRY
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def hand_over(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """Put the notice into the hands of a colleague, or back into everybody's."""
    if request.method != "POST":
        return redirect("notice", notice)
    found = queries.get_for(caller, notice, deed=Deed.MESSAGE)
    side = sides.require_voice(caller, found)
    form = talk_forms.hand_form(caller, side, request.POST)
    if not form.is_valid():
        return pages.page(request, caller, notice, status=422, hand=form)
    to, note = form.cleaned_data["to"], form.cleaned_data["text"]
    try:
        hands.hand_over(notice, by=caller, seat=to, note=note)
    except RefusedError as error:
        messages.error(request, talk_forms.refusal(error))
    else:
        done = (
            _("In the hands of %(seat)s now.") % {"seat": to} if to else _("In nobody's hands now: it is everybody's.")
        )
        messages.success(request, done)
    return redirect("notice", notice)


@require_safe
@seat.seated
def receipt(request: Visit, caller: Caller, notice: str, event: str) -> HttpResponse:
    """The receipt of one event as a file, for ``mufakat verify``."""
    found = queries.get_for(caller, notice)
    return receipts.download(request, queries.event_for(caller, found, event))
