"""Receipts of every grade over HTTP, and how long an answer may wait for a better one (RFC 7240, ``wait``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from mufakat.server.journal import grades

if TYPE_CHECKING:
    from django.http import HttpRequest

    from mufakat.server.journal.models import Event

PREFER: dict[str, Any] = {
    "in": "header",
    "name": "Prefer",
    "required": False,
    "description": "`wait=N`: so many seconds, ten at most, that the answer may wait for a better receipt (RFC 7240).",
    "schema": {"type": "string", "maxLength": 200},
    "example": "wait=2",
}

_wait = re.compile(r'(?:^|[,;])[ \t]*wait[ \t]*=[ \t]*"?([0-9]{1,9})"?[ \t]*(?=[,;]|$)', re.IGNORECASE).search


def answered(event: Event, name: str, grade: str, *, wait: int = 0) -> HttpResponse:
    """The receipt of an event as a file; `name` is what the file is called. Raises NotFoundError, NotYetError too."""
    found = grades.awaited(event, grades.read(grade), seconds=wait)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name(name)}"',
        "Cache-Control": "no-store",
        **({"Preference-Applied": f"wait={wait}"} if found.waited else {}),
    }
    return HttpResponse(found.content, content_type="text/plain; charset=utf-8", headers=headers)


def wait_of(request: HttpRequest) -> int:
    """For how many seconds the client would wait, as far as we do; 0 where it does not say."""
    told = _wait(request.headers.get("Prefer", "")[:200])
    return min(int(told[1]), grades.LONGEST) if told is not None else 0
