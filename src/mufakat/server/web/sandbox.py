"""Evidence for people: bytes come from an origin of their own, by a link that lasts a minute.

A file is a stranger's. Even as an attachment under the strictest policy it is better not given out by the host whose
cookies open a desk. Where the operator names a second origin (``MUFAKAT_EVIDENCE_ORIGIN``), that host answers nothing
but signed links and looks at no cookie, and the first one gives no bytes to browsers. Without it the policy alone
stands between them: sandboxed, so the file has no origin at all, and never shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mufakat.rules.errors import ErasedError, NotFoundError, NotPermittedError
from mufakat.server.journal.vault import DamagedFileError
from mufakat.server.notices import exhibits, queries, streams
from mufakat.server.parties import queries as parties
from mufakat.server.web import errors, seat

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

LASTS = 60  # Seconds: long enough to follow it, too short to hand it on.
SALT = "mufakat.evidence"
LINK = re.compile(r"/evidence/([A-Za-z0-9:_-]{1,400})")


def host() -> str:
    """The name of the second origin's host; empty where there is none."""
    return urlsplit(settings.MUFAKAT_EVIDENCE_ORIGIN).hostname or ""


def is_for_files(name: str) -> bool:
    """Whether a request with this ``Host`` header is for the second origin."""
    return bool(settings.MUFAKAT_EVIDENCE_ORIGIN) and name.lower().partition(":")[0].rstrip(".") == host()


def link(notice: str, position: int, *, by: Caller) -> str:
    """An address for one file and one person, good for a minute."""
    signed = signing.dumps([notice, position, by.person_id], salt=SALT)
    return f"{settings.MUFAKAT_EVIDENCE_ORIGIN}/evidence/{signed}"


@require_safe
@seat.seated
def download(request: Visit, caller: Caller, notice: str, position: int) -> HttpResponse:
    """One file of a notice. It is a read: it acknowledges nothing."""
    if settings.MUFAKAT_EVIDENCE_ORIGIN:
        queries.get_for(caller, notice)  # A stranger is not even given a link.
        away = HttpResponseRedirect(link(notice, position, by=caller))
        away["Referrer-Policy"] = "no-referrer"
        return away
    try:
        found = exhibits.open_for(caller, notice, position)
    except DamagedFileError:
        says = _("The stored file is damaged, so it is not given out. Please tell the operator.")
        return errors.page(request, 500, "evidence-damaged", title=_("The file is damaged"), says=says)
    # It may stream; whoever hands it on here asks of it nothing but its headers.
    return cast("HttpResponse", streams.answer(request, found))


class SandboxMiddleware:
    """The second origin: a signed link or nothing, before sessions, cookies and pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_for_files(request.headers.get("Host", "")):
            return self.get_response(request)
        found = LINK.fullmatch(request.path_info)
        if found is None or request.method not in {"GET", "HEAD"}:
            return nothing(404, "There is nothing at this address.")
        return given(request, found[1])


def given(request: HttpRequest, signed: str) -> HttpResponseBase:
    """The file of a signed link. The person must still be let see it."""
    try:
        notice, position, person = signing.loads(signed, salt=SALT, max_age=LASTS)
        found = exhibits.open_for(still_here(person), notice, position)
    except signing.SignatureExpired:
        return nothing(410, "This link has expired. Open the notice again and follow the link there.")
    except (signing.BadSignature, NotFoundError, NotPermittedError):
        return nothing(404, "There is nothing at this address.")
    except ErasedError:
        return nothing(410, "The file was erased.")
    except DamagedFileError:
        return nothing(500, "The stored file is damaged, so it is not given out. Please tell the operator.")
    return streams.answer(request, found)


def still_here(person: int) -> Caller:
    """Who was given the link, unless the seat has ended since."""
    caller = parties.caller_by_person(person)
    if caller is None:
        raise NotFoundError("person")
    return caller


def nothing(status: int, says: str) -> HttpResponse:
    """A sentence under the same policy as the files."""
    headers = {
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(f"{says}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)
