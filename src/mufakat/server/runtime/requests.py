"""Every request gets the time, an id, and one line in the log: method, route, status, duration.

No address, query, body or name.
"""

from __future__ import annotations

import logging
import secrets
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError

from mufakat.server.api import tallies
from mufakat.server.web import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

log = logging.getLogger("mufakat.requests")


def note_failure(**told: Any) -> None:
    """An error that no view expected: where it went through, without what was typed."""
    request = told.get("request")
    log.error("unexpected error", exc_info=sys.exception(), extra={"id": getattr(request, "id", None)})


got_request_exception.connect(note_failure, dispatch_uid="mufakat.requests")


class RequestMiddleware:
    """Reads the clock once a request: ``request.at``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request.at = datetime.now(UTC)  # type: ignore[attr-defined]  # Ours, for every view.
        request.id = secrets.token_hex(8)  # type: ignore[attr-defined]  # The same.
        response = self.get_response(request)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        match = request.resolver_match
        route = match.route if match else None
        took = time.perf_counter() - started
        tallies.asked(request.method, route, response.status_code, took)
        log.info(
            "request",
            extra={
                "id": request.id,  # type: ignore[attr-defined]
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "ms": round(took * 1000, 1),
            },
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A database that is away is no fault of the page: say so, and when to come again."""
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        log.error("database cannot be used", extra={"reason": type(exception.__cause__ or exception).__name__})
        return errors.unreachable(request)
