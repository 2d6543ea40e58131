"""Receipts as files: of custody at once, and the proof that the leaf is in the log once it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.translation import gettext as _

from mufakat.server.journal import grades
from mufakat.server.journal.grades import Grade, NotYetError
from mufakat.server.web import errors

if TYPE_CHECKING:
    from django.http import HttpRequest

    from mufakat.server.journal.models import Event


def download(request: HttpRequest, event: Event, *, name: str = "") -> HttpResponse:
    """The receipt of an event in the grade that the address names, custody where it names none.

    Raises NotFoundError for a grade that there is not. One that is still to come is a page that says so.
    """
    grade = grades.read(request.GET.get("grade", "")) or Grade.CUSTODY
    try:
        found = grades.of(event, grade)
    except NotYetError as error:
        says = WAITS[error.grade]()
        return errors.page(request, 404, "not-found", title=_("This receipt is not there yet"), says=says)
    headers = {"Content-Disposition": f'attachment; filename="{found.name(name or event.id)}"'}
    return HttpResponse(found.content, content_type="text/plain; charset=utf-8", headers=headers)


WAITS = {
    Grade.INCLUSION: lambda: _("The leaf waits for the log, a minute at most. Go back, and try again then."),
    Grade.WITNESSED: lambda: _("No witness has cosigned the log with this leaf yet."),
}
