"""Answer with a file, without a thread that waits for whoever reads it.

A page's thread must not be held by a reader who stops reading: there are few, and everybody's pages need them. So where
the request came through the ASGI server, the view hands the content over in the request's scope and is done; the event
loop sends it (``runtime.streams``). Behind a plain WSGI server the response streams itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, StreamingHttpResponse

from mufakat.server.notices import exhibits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from mufakat.server.notices.exhibits import Opened

HANDED_OVER = "mufakat.handed_over"  # In the ASGI scope: a list, into which a view puts the parts of a content.


def answer(request: HttpRequest, found: Opened) -> HttpResponseBase:
    """The file, with the headers that keep a browser from doing anything but saving it."""
    return handed_over(request, found.parts, exhibits.headers_of(found))


def handed_over(request: HttpRequest, parts: Iterator[bytes], headers: Mapping[str, str]) -> HttpResponseBase:
    """Any content with its headers, its length among them. Making the next part must not ask the database."""
    environ: dict[str, Any] = getattr(request, "environ", {})
    waiting = environ.get("asgi.scope", {}).get(HANDED_OVER)
    if waiting is None or request.method == "HEAD":
        return StreamingHttpResponse(parts, headers=dict(headers))
    waiting.append(parts)
    return HttpResponse(headers=dict(headers))
