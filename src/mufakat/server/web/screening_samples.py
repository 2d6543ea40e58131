"""Samples at the desk: items of the past, handed in to try policies on, and erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mufakat.rules.errors import NotFoundError
from mufakat.rules.permissions import Deed
from mufakat.server.filters import holdings, operations, policy_faces, policy_queries as queries
from mufakat.server.journal import ids
from mufakat.server.web import once, screening_files, seat
from mufakat.server.web.screening_desk import key_for, shown, taken
from mufakat.server.web.screening_policy_forms import SampleForm

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """Our samples, newest first; a POST hands one in."""
    if request.method != "POST":
        return _page(request, caller, SampleForm())
    holdings.require(caller, Deed.PROPOSE_POLICY)
    form = SampleForm(request.POST)
    file, status = screening_files.sample_of(request, form)
    if file is None:
        return _page(request, caller, form, status=status)
    key = key_for(request, caller, form.typed("name"))
    status, answer = taken(
        form, lambda: operations.take_sample(file.receiving, name=form.typed("name"), by=caller, key=key)
    )
    if answer is None:
        return _page(request, caller, form, status=status)
    told: dict[str, Any] = msgspec.json.decode(answer.body)
    if told.get("faults"):
        # Not by a message behind a redirect: messages travel in a cookie, and there may be a hundred lines.
        return _page(request, caller, SampleForm(), told=told)
    messages.success(request, _counted(told))
    return redirect("screening-samples")


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def erase(request: Visit, caller: Caller, sample: str) -> HttpResponse:
    """Erase one before its time."""
    if request.method == "POST":
        once.done(lambda: operations.erase_sample(sample, by=caller, key=key_for(request, caller)))
        messages.success(request, _("Erased. The back-tests on it keep their counts, and name none of its items."))
    return redirect("screening-samples")


def _counted(told: dict[str, Any]) -> str:
    return _("Taken: %(items)s items. Not taken: %(private)s private lines, %(refused)s lines that are no items.") % {
        name: f"{told[name]:,}" for name in ("items", "private", "refused")
    }


def _page(
    request: Visit, caller: Caller, form: SampleForm, *, status: int = 200, told: dict[str, Any] | None = None
) -> HttpResponse:
    after = request.GET.get("after", "")
    if after and not ids.is_id(after, "smp"):
        raise NotFoundError("page of the list")
    found = queries.samples(caller, after=after or None)
    context: dict[str, Any] = {
        "rows": [(one, policy_faces.seat(one.added_by)) for one in found.items],
        "next": found.next,
        "after": after,
        "form": form if seat.may(caller, Deed.PROPOSE_POLICY) else None,
    }
    if told is not None:
        context |= {"told": _counted(told), "faults": told["faults"], "key": once.new_key()}
    return shown(request, "web/screening_samples.html", context, form=form, status=status)
