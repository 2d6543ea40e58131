"""``/feeds/<list>/…``: an operator's own lists, for its machines. Signed, streamed, every entry with its end."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import parse_etags

from mufakat.rules.errors import NotFoundError, RefusedError
from mufakat.server.api import auth, problems
from mufakat.server.journal.errors import WriteError
from mufakat.server.restrictions import feeding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from mufakat.server.parties.queries import Caller

TEXT = "text/plain; charset=utf-8"
MEDIA_TYPES = {
    "rpz.zone": "text/dns",  # RFC 4027.
    "domains.json": "application/json",
    "hosts.txt": TEXT,
    "squid.txt": TEXT,
}


class Sending:
    """A file on its way: its bytes. Closing it frees the slot, once."""

    def __init__(self, by: Caller, parts: Iterator[bytes]) -> None:
        self._held = ExitStack()
        self._held.enter_context(feeding.slots.one(by.party_id))
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        self._held.close()


@problems.only_read
def feed(request: HttpRequest, list_name: str, file: str) -> HttpResponseBase:
    """A file of a list, or 304 where the caller has this serial of it."""
    try:
        return _answer(request, list_name, file)
    except (RefusedError, WriteError) as error:
        return problems.response(error)


def _answer(request: HttpRequest, name: str, file: str) -> HttpResponseBase:
    at = request.at  # type: ignore[attr-defined]  # Ours.
    caller = auth.caller_of(request, at=at)
    found = feeding.listing(caller, name, at=at, look_up=look_up(request))
    if file not in MEDIA_TYPES:
        raise NotFoundError("file of this list")
    parts = feeding.written(found, file, at=at)
    headers = {"ETag": found.tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if found.tag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=headers)
    if request.method == "HEAD":
        return HttpResponse(content_type=MEDIA_TYPES[file], headers=headers)
    return StreamingHttpResponse(Sending(caller, parts), content_type=MEDIA_TYPES[file], headers=headers)


def look_up(request: HttpRequest) -> str:
    """Where anybody may ask why a name is closed."""
    return request.build_absolute_uri("/restrictions/")
