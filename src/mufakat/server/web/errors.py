"""The pages of refusal. Under the machines' addresses they are problems (RFC 9457) instead."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.template import loader
from django.utils.translation import gettext as _

from mufakat.server.journal.errors import DiskFullError, UnsureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from mufakat.rules.errors import TooOftenError
    from mufakat.server.journal.errors import WriteError

MACHINES = ("/api/", "/local/", "/health/", "/metrics", "/feeds/")
RETRY = "2"  # Seconds.


def page(  # noqa: PLR0913 - what a refusal says; each by name.
    request: HttpRequest,
    status: int,
    slug: str,
    *,
    title: str,
    says: str,
    then: str = "",
    typed: Sequence[tuple[str, str]] = (),
    alone: bool = False,
) -> HttpResponse:
    """A problem for machines, a page for people. ``alone`` draws it without looking who is signed in."""
    if request.path.startswith(MACHINES) or is_shard_file(request.path):
        body = {"type": f"urn:mufakat:problem:{slug}", "title": title, "status": status, "detail": says}
        return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")
    context = {"status": status, "title": title, "says": says, "then": then, "typed": typed}
    context["request_id"] = getattr(request, "id", "")
    if request.headers.get("HX-Request") == "true":
        # A part of a page was asked for: htmx shows it only when it came well.
        return HttpResponse(
            loader.render_to_string("web/refusal_part.html", context), headers={"Cache-Control": "no-store"}
        )
    html = loader.render_to_string("web/refusal.html", context, None if alone else request)
    return HttpResponse(html, status=status, headers={"Cache-Control": "no-store"})


def is_shard_file(path: str) -> bool:
    """``/log/1/…`` is for machines, ``/log/`` a page."""
    return path.startswith("/log/") and path != "/log/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    del exception
    says = _("The request cannot be read, or it is too large. Nothing was changed.")
    return page(request, 400, "bad-request", title=_("This cannot be read"), says=says)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    del exception
    says = _("Your seat may not do this. Nothing was changed.")
    then = _("Each seat has its own tasks, and another person of your party may be able to do it.")
    return page(request, 403, "not-permitted", title=_("This is not open to you"), says=says, then=then)


def unsigned(request: HttpRequest) -> HttpResponse:
    """422: the party asks for a signature of its key, which no page can make."""
    then = _("Do it by a program that has the key. Your party's admin can say which one.")
    return page(request, 422, "signature-refused", title=_("This must be signed"), says=signs(), then=then)


def signs() -> str:
    """Why nothing is taken from a page of a party that signs."""
    return _("What your party sends and acknowledges is refused without a signature of its key. Nothing was stored.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that this site did not give out, or too long ago."""
    del reason
    says = _("The form was opened before you signed in, or too long ago. Nothing was changed.")
    then = _("Go back, load the page again and repeat what you did. Your browser must accept this site's cookies.")
    return page(request, 403, "form-expired", title=_("This form has expired"), says=says, then=then)


def signed_out(request: HttpRequest) -> HttpResponse:
    """403 for a form sent after the session ended: what was typed is given back, to be copied."""
    typed = [
        (name, str(text)) for name, text in request.POST.items() if name not in {"csrfmiddlewaretoken", "key"} and text
    ]
    says = _("Your session ended before the form was sent. Nothing was sent.")
    then = _("Copy what you need from below, then sign in again.")
    return page(request, 403, "signed-out", title=_("You are signed out"), says=says, then=then, typed=typed)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404. What belongs to others and what does not exist look the same."""
    del exception
    says = _("There is nothing at this address, or nothing that you may see.")
    return page(request, 404, "not-found", title=_("Nothing here"), says=says)


def broken(request: HttpRequest) -> HttpResponse:
    """500. Who is signed in is not looked up: the database may be what is broken."""
    says = _("Something went wrong on our side. Whether your last step was stored is not known here.")
    then = _("Look at your notices before you repeat it. If it happens again, tell the operator the number below.")
    title = _("Something went wrong here")
    return page(request, 500, "unexpected", title=title, says=says, then=then, alone=True)


def not_written(request: HttpRequest, error: WriteError) -> HttpResponse:
    """503 or 507: the machine, not the person, stood in the way."""
    status, title, says = told(error)
    response = page(request, status, "not-stored", title=title, says=says)
    response["Retry-After"] = RETRY
    return response


def too_often(request: HttpRequest, error: TooOftenError) -> HttpResponse:
    """429: one address asks too often. Who is signed in is not looked up for it."""
    says = _("Many requests came from your address in a short time.")
    then = _("Wait %(seconds)s seconds, then load the page again.") % {"seconds": error.seconds}
    response = page(request, 429, "too-often", title=_("Too many requests"), says=says, then=then, alone=True)
    response["Retry-After"] = str(error.seconds)
    return response


def unreachable(request: HttpRequest) -> HttpResponse:
    """503: the database is away. Who is signed in cannot be looked up."""
    says = _("The server cannot reach its database just now. Please try again in a moment.")
    then = _("If you were sending something, look whether it was stored before you repeat it.")
    response = page(request, 503, "unreachable", title=_("Not reachable"), says=says, then=then, alone=True)
    response["Retry-After"] = RETRY
    return response


def told(error: WriteError) -> tuple[int, str, str]:
    """Status, title and sentence of a write that did not go through."""
    if isinstance(error, UnsureError):
        says = _("It may or may not have been stored. Do the same again: it will not be stored twice.")
        return 503, _("Not certain"), says
    if isinstance(error, DiskFullError):
        says = _("There is no room left on the server. Nothing was stored. Please tell the operator.")
        return 507, _("No room to store it"), says
    says = _("The server is too busy, starting or stopping. Nothing was stored. Please try again in a moment.")
    return 503, _("Not stored"), says
