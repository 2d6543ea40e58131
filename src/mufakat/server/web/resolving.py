"""An operator's resolvers: its engineer names those that the probes ask, and sees whether each filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from mufakat.rules.probing import PORT, BadResolverError, ResolverIn
from mufakat.server.journal.answers import Key
from mufakat.server.restrictions import resolvers
from mufakat.server.restrictions.resolvers import ResolverState
from mufakat.server.web import agreements, once, restriction_words, seat
from mufakat.server.web.agreement_forms import Judged
from mufakat.server.web.draft_form import english
from mufakat.server.web.register_values import moment_of
from mufakat.server.web.restriction_form import PLAIN
from mufakat.server.web.restrictions import taken
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.resolvers import ResolverOut
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded


class ResolverForm(Judged):
    """A resolver: its address and port."""

    PLACES: ClassVar = {"": "address"}

    address = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        widget=forms.TextInput(attrs=dict(PLAIN)),
        help_text=gettext_lazy(
            "Its public IP address, such as 203.0.113.53. It is asked for names on your lists alone."
        ),
    )
    port = forms.CharField(
        label=gettext_lazy("Port"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="resolver-%s", label_suffix="")
        self.initial = {"port": PORT}

    def told(self) -> ResolverIn:
        """What was typed. Raises BadResolverError."""
        port = self.typed("port") or str(PORT)
        number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0
        return ResolverIn(self.typed("address"), number)


class Face:
    """A resolver on the page."""

    def __init__(self, told: ResolverOut) -> None:
        self.id = told.id
        self.place = f"[{told.address}]:{told.port}" if ":" in told.address else f"{told.address}:{told.port}"
        self.state: Coded = coded(restriction_words.RESOLVERS, told.state)
        self.set_at = moment_of(told.set_at)
        self.ready_at = _at(told.ready_at)
        self.asked_at = _at(told.asked_at)
        self.answered_at = _at(told.answered_at)
        self.removed = told.state == ResolverState.REMOVED


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """Our resolvers; a POST names one more."""
    resolvers.require(caller)
    form = ResolverForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return page(request, caller, form, status=200)
    told = form.told()
    raw = msgspec.json.encode(told)
    key = Key.of(caller.party_id, "POST /desk/resolvers", once.key_of(request), raw)
    try:
        status = taken(form, lambda: once.done(lambda: resolvers.add(told, by=caller, key=key)))
    except BadResolverError as error:
        form.add_error("address", english(str(error)))
        status = 422
    if status is not None:
        return page(request, caller, form, status=status)
    messages.success(request, _("Named. It counts once it was seen to filter the name that stands on every list."))
    return redirect("resolvers")


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def remove(request: Visit, caller: Caller, resolver: str) -> HttpResponse:
    """Take one back. Whoever only opens the address is led to the list and changes nothing."""
    if request.method == "POST":
        resolvers.remove(resolver, by=caller)
        messages.success(request, _("Taken back: it is asked no more. What it was seen to answer stays."))
    return redirect("resolvers")


def page(request: Visit, caller: Caller, form: ResolverForm, *, status: int) -> HttpResponse:
    """The list and the form."""
    context = {
        "rows": [Face(one) for one in resolvers.list_for(caller)],
        "form": form,
        "summary": form.summary() if status >= 400 else [],
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        "at": request.at,
    }
    return agreements.failed_or(render(request, "web/resolvers.html", context, status=status))


def _at(text: str | None) -> datetime | None:
    return moment_of(text) if text is not None else None
