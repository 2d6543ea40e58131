"""Pages that anybody may open, as often as their door opens for one address."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from mufakat.rules.errors import NotFoundError, TooOftenError
from mufakat.server.register import doors
from mufakat.server.register.queries import BadAfterError
from mufakat.server.web import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from mufakat.server.register.doors import Door

    View = Callable[..., HttpResponseBase]


def through(door: Door, *, cost: int = 1) -> Callable[[View], View]:
    """The view, behind this door: whoever asks too often reads when to come again; what is not there is a page too."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def counted(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            try:
                door.enter(doors.address_of(request.META), at=request.at, cost=cost)  # type: ignore[attr-defined]  # Ours.
                return view(request, *args, **named)
            except TooOftenError as error:
                return errors.too_often(request, error)
            except (NotFoundError, BadAfterError) as error:
                return errors.not_found(request, error)

        return counted

    return decorate
