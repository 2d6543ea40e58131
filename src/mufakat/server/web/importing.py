"""Import a file: send it here, look at its first lines, let it run, see what became of each line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mufakat import formats
from mufakat.formats import table
from mufakat.rules.permissions import Deed
from mufakat.server.journal.errors import DiskFullError
from mufakat.server.notices import import_jobs as jobs, import_queries as queries, imports
from mufakat.server.notices.import_queries import ImportState
from mufakat.server.notices.imports import How
from mufakat.server.notices.spool import FileGoneError, FileInUseError, FileTooLargeError
from mufakat.server.web import inert, seat, send, spooling, words
from mufakat.server.web.draft_form import english
from mufakat.server.web.import_form import ImportForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mufakat.server.notices.import_queries import Import
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.spooling import Received

SHOWN = 50  # Refused lines on the page; the rest are in the report.
REPORT = ("line", "place", "reason")


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def send_file(request: Visit, caller: Caller) -> HttpResponse:
    """The form, and the files that came before; a POST keeps the file and leads to the look at it."""
    caller.require(Deed.SUBMIT)
    form = form_for(request, caller)
    if request.method != "POST":
        return show(request, caller, form)
    status, made = received(request, caller, form)
    return redirect("import-shown", made) if made else show(request, caller, form, status=status)


def form_for(request: Visit, caller: Caller) -> ImportForm:
    """The form with what this party may send, and to whom."""
    data = request.POST if request.method == "POST" else None
    return ImportForm(data, recipients=send.recipients_for(caller), kinds=send.kinds_for(caller))


def received(request: Visit, caller: Caller, form: ImportForm) -> tuple[int, str | None]:
    """Keep the file that was sent: its id, or the status of the refusal that now stands in the form."""
    refusal = spooling.refused(request)
    if isinstance(refusal, FileTooLargeError):
        form.add_error("file", _("The file is too large: at most 1 GiB. Cut it in two."))
        return 413, None
    if refusal is not None:
        raise DiskFullError from refusal
    file = spooling.received(request.FILES, "file")
    if file is None:
        form.add_error("file", _("Choose a file."))
        return 422, None
    if not request.POST.get("end"):
        # The last field of the form is missing: so is the end of the file.
        form.add_error("file", _("The file was cut off on its way. Nothing was kept; send it again."))
        return 422, None
    form.place(imports.faults_of(form.defaults()).found)
    how = how_of(form, file)
    if how is None or form.errors:
        return 422, None
    try:
        made = jobs.create(file.spool, name=file.name or "", how=how, by=caller)
    except jobs.TooManyOpenError:
        form.add_error(None, _("Too many files of your party wait or run. Send or discard one of them first."))
        return 422, None
    file.kept = True
    return 303, made


def how_of(form: ImportForm, file: Received) -> How | None:
    """How the file is to be read; what it does not show by itself is asked for."""
    told = form.told_format()
    if told is None:
        file.spool.rewind()
        told = formats.detect(file.name or "", file.spool.read(formats.HEAD))
    if told is None:
        form.add_error("form", _("The file does not show its format. Choose it, and choose the file again."))
        return None
    return How(told, form.defaults(), form.told_encoding())


def show(request: Visit, caller: Caller, form: ImportForm, *, status: int = 200) -> HttpResponse:
    """The form with whatever was typed, and the party's newest files."""
    context = {
        "form": form,
        "summary": form.summary() if status >= 400 else [],
        "rows": [face(one) for one in queries.recent(caller)],
        "at": request.at,
    }
    return render(request, "web/import.html", context, status=status)


def face(found: Import) -> dict[str, Any]:
    """What a page shows of an import."""
    share = 100 if found.state == ImportState.DONE else int(found.place * 100 / found.size) if found.size else 0
    return {
        "id": found.id,
        "name": inert.visible(found.name),
        "form": found.form,
        "size": found.size,
        "state": words.coded(words.IMPORT_STATES, found.state),
        "reason": words.IMPORT_REASONS.get(found.reason, ""),
        "read": found.read,
        "taken": found.taken,
        "repeated": found.repeated,
        "refused": found.refused,
        "share": min(share, 100),
        "person": found.person.name,
        "created_at": found.created_at,
        "started_at": found.started_at,
        "ended_at": found.ended_at,
        "here": queries.is_here(found),
    }


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, found: str) -> HttpResponse:
    """One file: the look at it, how far it is, and what became of its lines."""
    row = queries.get_for(caller, found)
    context: dict[str, Any] = {"one": face(row), "at": request.at, "shown": SHOWN}
    if row.state == ImportState.WAITING:
        looked = queries.look(row, by=caller)
        context["look"] = looked
        context["lines"] = [
            {"line": one.line, "about": inert.defanged(one.about), "refused": said(one.refused)} for one in looked.lines
        ]
        context["defaults"] = [
            (name, inert.visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))
            for name, value in queries.how(row).defaults.items()
        ]
    else:
        kept = [(one.line, one.pointer, one.detail) for one in queries.problems(row, upto=SHOWN)]
        context["problems"] = [
            {"line": line, "place": inert.visible(place), "detail": inert.visible(detail)}
            for line, place, detail in kept
        ]
        context["receipts"] = row.receipts.exists()
    return render(request, "web/import_shown.html", context)


def said(remarks: Iterable[imports.Remark]) -> list[dict[str, str]]:
    """Why a line would be refused, for the page."""
    return [{"place": inert.visible(one.pointer), "detail": inert.visible(one.detail)} for one in remarks]


@require_safe
@seat.seated
def progress(request: Visit, caller: Caller, found: str) -> HttpResponse:
    """How far it is: a part of the page for htmx. Where it no longer runs, the whole page is asked for anew."""
    row = queries.get_for(caller, found)
    response = render(request, "web/import_progress.html", {"one": face(row)})
    if row.state != ImportState.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@seat.seated
def start(request: Visit, caller: Caller, found: str) -> HttpResponse:
    """Send it, or go on with it."""
    try:
        jobs.start(found, by=caller)
    except FileGoneError as error:
        messages.error(request, english(str(error)))
    return redirect("import-shown", found)


@require_POST
@seat.seated
def stop(request: Visit, caller: Caller, found: str) -> HttpResponse:
    """Stop behind the batch at hand."""
    jobs.stop(found, by=caller)
    messages.success(request, _("Stopped. What was taken stays taken; you can go on with the rest."))
    return redirect("import-shown", found)


@require_POST
@seat.seated
def discard(request: Visit, caller: Caller, found: str) -> HttpResponse:
    """Do not send it, or not the rest of it."""
    try:
        jobs.discard(found, by=caller)
    except FileInUseError as error:
        messages.error(request, english(str(error)))
    return redirect("import-shown", found)


@require_safe
@seat.seated
def report(request: Visit, caller: Caller, found: str) -> StreamingHttpResponse:
    """The refused lines as a table that no spreadsheet runs."""
    del request
    row = queries.get_for(caller, found)
    rows = ((str(one.line), one.pointer, one.detail) for one in queries.problems(row))
    return download(table(REPORT, rows), f"{row.id}-refused.csv", "text/csv; charset=utf-8")


@require_safe
@seat.seated
def receipts(request: Visit, caller: Caller, found: str) -> StreamingHttpResponse:
    """The receipts of all batches, one on each line, with the notices and leaves that each covers."""
    del request
    row = queries.get_for(caller, found)
    return download(lines_of(row), f"{row.id}-receipts.ndjson", "application/x-ndjson")


def lines_of(found: Import) -> Iterator[bytes]:
    """Each receipt as a line of JSON."""
    for one in queries.receipts(found):
        made = {"first": one.first, "last": one.last, "receipt": one.receipt, "items": json.loads(bytes(one.items))}
        yield json.dumps(made).encode() + b"\n"


def download(parts: Iterable[bytes], name: str, media_type: str) -> StreamingHttpResponse:
    """A file to be kept."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(parts, content_type=media_type, headers=headers)
