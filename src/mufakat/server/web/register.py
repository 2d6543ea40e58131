"""The register: what was asked, decided and contested here, for everybody.

Nothing here knows a viewer: signed in or not, everybody reads the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from mufakat.rules.errors import NotFoundError
from mufakat.server.journal import queries as journal
from mufakat.server.register import doors, queries
from mufakat.server.web import paced, receipts, register_faces
from mufakat.server.web.register_form import SearchForm, query_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from mufakat.rules.entries import Entry
    from mufakat.server.web.seat import Visit


@require_safe
@paced.through(doors.READING)
def search(request: HttpRequest) -> HttpResponse:
    """Search, newest first, a page at a time; a search that cannot be read comes back with what is wrong in it."""
    told = request.GET.dict()
    form, after = SearchForm(told), told.get("after", "")
    context = {"form": form, "after": after, "query": query_of(told), "rows": [], "next": ""}
    context["narrowed"] = bool(context["query"])
    if not form.is_valid():
        return render(request, "web/register.html", context, status=422)
    page = queries.search(form.cleaned_data["q"], form.filters(), after=after or None)
    context["rows"] = [register_faces.row_of(entry) for entry in page.items]
    context["next"] = query_of(told, after=page.next) if page.next else ""
    return render(request, "web/register.html", context)


@require_safe
@paced.through(doors.READING)
def shown(request: Visit, path: str, found: str) -> HttpResponse:
    """One entry: every field or why it is not shown, its steps with leaves and receipts, and what belongs to it."""
    face = register_faces.face_of(entry_of(path, found))
    context = {"entry": face, "at": request.at, "page_url": request.build_absolute_uri()}
    return render(request, "web/register_entry.html", context)


@require_safe
@paced.through(doors.READING)
def receipt(request: HttpRequest, path: str, found: str, event: str) -> HttpResponse:
    """The receipt of a public step, for ``mufakat verify``."""
    entry = entry_of(path, found)
    if entry.kind not in register_faces.RECEIPTED or all(step.event != event for step in entry.steps):
        raise NotFoundError("receipt")
    return receipts.download(request, journal.by_id([event])[event])


def entry_of(path: str, found: str) -> Entry:
    """The entry at this address, or NotFoundError."""
    entry = queries.get(found)
    if register_faces.path_of(entry.kind) != path:
        raise NotFoundError("entry")
    return entry
