"""The one place where an error becomes HTTP: RFC 9457 problems with a stable type and a sentence a clerk understands.

Expected refusals are not faults and are not logged as such; an unexpected error is logged and never shown.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from django.http import HttpResponse

from mufakat.rules import errors as rules
from mufakat.server.journal import errors as journal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
URN = "urn:mufakat:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, its name in ``type``, its title, and after how many seconds to try again."""

    status: int
    slug: str
    title: str
    retry_after: int | None = None


class NotAuthenticatedError(rules.RefusedError):
    """No token, or one that is not known, has ended, or was revoked."""

    def __str__(self) -> str:
        return "This needs a token that is in force: send it as 'Authorization: Bearer <token>'."


class TooLargeError(rules.RefusedError):
    """The body is larger than the door takes."""

    def __str__(self) -> str:
        return "The body is larger than 2 MiB. Send large files as evidence of their own."


# The first line that an error is an instance of decides.
KINDS: Sequence[tuple[type[Exception], Kind]] = (
    (NotAuthenticatedError, Kind(401, "not-authenticated", "Not signed in")),
    (TooLargeError, Kind(413, "too-large", "Too large")),
    (rules.NotAdmissibleError, Kind(422, "not-admissible", "The notice cannot be taken as it is")),
    (rules.NotPermittedError, Kind(403, "not-permitted", "Not permitted")),
    (rules.IllegalTransitionError, Kind(409, "not-its-turn", "Not possible in this state")),
    (rules.KeyReusedError, Kind(422, "key-reused", "The key was used for other content")),
    (rules.KeyInFlightError, Kind(409, "key-in-flight", "The first request with this key is still running", 1)),
    (rules.KeyMissingError, Kind(400, "key-missing", "An Idempotency-Key is required")),
    (rules.KeyMalformedError, Kind(400, "key-malformed", "The Idempotency-Key is malformed")),
    (rules.ErasedError, Kind(410, "erased", "Taken, and erased since")),
    (rules.NotFoundError, Kind(404, "not-found", "Not found")),
    (rules.UnknownPartyError, Kind(422, "unknown-party", "Unknown party")),
    (rules.RefusedError, Kind(422, "refused", "Refused")),
    (journal.DiskFullError, Kind(507, "disk-full", "No room to store it; nothing was stored", 60)),
    (journal.UnsureError, Kind(503, "unsure", "It may or may not be stored; repeat it with the same key", 2)),
    (journal.BusyError, Kind(503, "busy", "Too busy; nothing was stored", 1)),
    (journal.ClosedError, Kind(503, "closed", "Starting or stopping; nothing was stored", 2)),
)
UNEXPECTED = Kind(500, "unexpected", "Something went wrong here")


def kind_of(error: BaseException) -> Kind:
    """Which problem an error is."""
    return next((kind for type_, kind in KINDS if isinstance(error, type_)), UNEXPECTED)


def problem(error: BaseException) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body for an error."""
    kind = kind_of(error)
    if kind is UNEXPECTED:
        log.error("unexpected error", exc_info=error)
        detail = (
            "The request could not be finished. Whether it was stored is not known here; repeat it with the same key."
        )
    else:
        detail = str(error) or kind.title
    body: dict[str, object] = {"type": URN + kind.slug, "title": kind.title, "status": kind.status, "detail": detail}
    if isinstance(error, rules.NotAdmissibleError):
        body["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in error.faults]
    headers = {"Content-Type": MEDIA_TYPE}
    if kind.retry_after is not None:
        headers["Retry-After"] = str(kind.retry_after)
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="mufakat"'
    return kind.status, headers, msgspec.json.encode(body)


def response(error: BaseException) -> HttpResponse:
    """The same as a Django response."""
    status, headers, body = problem(error)
    return HttpResponse(body, status=status, headers=headers)


class ProblemMiddleware:
    """What the frameworks refuse in their own words under ``/api/`` becomes a problem too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code < 400 or not request.path.startswith("/api/") or answer["Content-Type"] == MEDIA_TYPE:
            return answer
        if answer.status_code == 405:
            made = plain(405, "method-not-allowed", "Method not allowed", "This address does not take this method.")
            made["Allow"] = answer.get("Allow", "")
            return made
        return plain(answer.status_code, "refused", "Refused", answer.reason_phrase)


def plain(status: int, slug: str, title: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> HttpResponse:
    """A problem that no error class stands for: an address that is not there, a method that is not taken."""
    body: dict[str, object] = {"type": URN + slug, "title": title, "status": status, "detail": detail}
    if errors:
        body["errors"] = list(errors)
    return HttpResponse(msgspec.json.encode(body), status=status, headers={"Content-Type": MEDIA_TYPE})
