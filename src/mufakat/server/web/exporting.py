"""The list of notices as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from mufakat.formats import Format
from mufakat.rules.errors import NotFoundError
from mufakat.rules.lifecycle import NoticeState
from mufakat.server.notices import exports
from mufakat.server.notices.exports import Export
from mufakat.server.notices.queries import Wanted
from mufakat.server.web import seat

if TYPE_CHECKING:
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

FORMATS = (Format.CSV, Format.JSON, Format.NDJSON)
"""XARF asks for an address that no page knows; the API and the command line take it."""


@require_safe
@seat.seated
def notices(request: Visit, caller: Caller) -> StreamingHttpResponse:
    """Our notices, newest first, those of one state where one is named."""
    form, state = request.GET.get("format", ""), request.GET.get("state", "")
    if form not in FORMATS or (state and state not in set(NoticeState)):
        raise NotFoundError("file")
    export = Export(caller, Wanted(NoticeState(state) if state else None), Format(form), None)
    headers = {
        "Content-Disposition": f'attachment; filename="notices-{request.at:%Y%m%d}.{form}"',
        "Cache-Control": "private, no-store",
    }
    work = exports.Work(caller, export.file())
    return StreamingHttpResponse(work, content_type=exports.MEDIA_TYPES[Format(form)], headers=headers)
