"""Names that are never closed: everybody with a seat reads them, the admin of the house adds and releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from mufakat.rules import network_names
from mufakat.rules.errors import NotFoundError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.journal.answers import Key
from mufakat.server.restrictions import protecting
from mufakat.server.web import agreements, once, seat
from mufakat.server.web.agreement_forms import Judged, multiline
from mufakat.server.web.restriction_form import PLAIN
from mufakat.server.web.restrictions import taken

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit


class ProtectForm(Judged):
    """A name, and why it is never closed."""

    PLACES: ClassVar = {"/name": "name", "/reason": "reason", "": "name"}

    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", **PLAIN}),
        help_text=gettext_lazy("All below it is protected with it, and no name above it is closed as a whole."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it is never closed"),
        required=False,
        widget=multiline(2),
        help_text=gettext_lazy("Everybody reads it."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="protect-%s", label_suffix="")

    def body(self) -> bytes:
        """As the API takes it."""
        made = {"name": self.typed("name"), "reason": self.typed("reason")}
        return msgspec.json.encode({name: value for name, value in made.items() if value})


class ReleaseForm(Judged):
    """Why a name may be closed again."""

    PLACES: ClassVar = {"/reason": "reason", "": "reason"}

    reason = forms.CharField(
        label=gettext_lazy("Why it may be closed again"),
        required=False,
        widget=multiline(2),
        help_text=gettext_lazy("Everybody reads it."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="release-%s", label_suffix="")

    def body(self) -> bytes:
        """As the API takes it."""
        said = self.typed("reason")
        return msgspec.json.encode({"reason": said} if said else {})


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """The names, in their order; a POST of the house's admin protects one more."""
    form = ProtectForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return page(request, caller, form, status=200)
    raw = form.body()
    key = Key.of(caller.party_id, "POST /desk/protected", once.key_of(request), raw)
    status = taken(form, lambda: once.done(lambda: protecting.protect(raw, by=caller, key=key)))
    if status is not None:
        return page(request, caller, form, status=status)
    messages.success(request, _("Protected: it is never closed here from now on."))
    return redirect("protected")


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def release(request: Visit, caller: Caller, name: str) -> HttpResponse:
    """Take a name off the list: one page that says what follows, and one button."""
    found = protecting.standing(name)
    if not keeps(caller):
        caller.require(Deed.PROTECT_NAME)
        raise NotFoundError("page")
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    status: int | None = 200
    if request.method == "POST":
        raw = form.body()
        key = Key.of(caller.party_id, f"POST /desk/protected/{found.name}", once.key_of(request), raw)
        status = taken(form, lambda: once.done(lambda: protecting.release(found.name, raw, by=caller, key=key)))
        if status is None:
            messages.success(request, _("Released: an order may name it again."))
            return redirect("protected")
    context = {
        "one": found,
        "form": form,
        "summary": form.summary() if request.method == "POST" else [],
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
    }
    return agreements.failed_or(render(request, "web/protected_release.html", context, status=status))


def page(request: Visit, caller: Caller, form: ProtectForm, *, status: int) -> HttpResponse:
    """The list, with the form for whoever keeps it."""
    after = request.GET.get("after", "")
    if after and network_names.sought(after) != after:
        raise NotFoundError("page of the list")
    found = protecting.page(after=after or None)
    context = {
        "rows": found.items,
        "next": found.next,
        "after": after,
        "form": form if keeps(caller) else None,
        "summary": form.summary() if status >= 400 else [],
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        "at": request.at,
    }
    return agreements.failed_or(render(request, "web/protected.html", context, status=status))


def keeps(caller: Caller) -> bool:
    """Whether this seat says what is never closed."""
    return caller.kind is PartyKind.HOUSE and seat.may(caller, Deed.PROTECT_NAME)
