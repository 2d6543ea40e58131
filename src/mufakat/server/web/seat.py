"""Who sits at the desk: every view behind the sign-in gets its caller, and its refusals become pages."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.urls import reverse

from mufakat.rules.errors import ErasedError, NotFoundError, NotPermittedError, UnsignedError
from mufakat.server.journal.errors import WriteError
from mufakat.server.parties import queries as parties
from mufakat.server.web import errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http.response import HttpResponseBase

    from mufakat.rules.permissions import Deed
    from mufakat.server.parties.queries import Caller

P = ParamSpec("P")


class Visit(HttpRequest):
    """A request as our middlewares leave it."""

    at: datetime
    id: str


def caller_of(request: HttpRequest) -> Caller | None:
    """The caller that the signed-in person is, if anybody is signed in."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return None
    return parties.caller_of(person)


def seated(
    view: Callable[Concatenate[Visit, Caller, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Hand the view its caller; refusals of the rules and of the machine become pages, and no cache keeps any."""

    @wraps(view)
    def seen(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        caller = caller_of(request)
        if caller is None:
            if request.method == "POST":
                return errors.signed_out(request)
            return redirect_to_login(request.get_full_path(), reverse("account_login"))
        response: HttpResponseBase
        try:
            response = view(cast("Visit", request), caller, *args, **kwargs)
        except (NotFoundError, ErasedError) as error:
            response = errors.not_found(request, error)
        except NotPermittedError as error:
            response = errors.forbidden(request, error)
        except UnsignedError:
            response = errors.unsigned(request)
        except WriteError as error:
            response = errors.not_written(request, error)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", seen)


def may(caller: Caller, deed: Deed) -> bool:
    """Whether the seat may do this at all: a page offers nothing that would be refused."""
    try:
        caller.require(deed)
    except NotPermittedError:
        return False
    return True
