"""The one place where an error becomes HTTP: RFC 9457 problems with a stable type and a sentence a clerk understands.

Expected refusals are not faults and are not logged as such; an unexpected error is logged and never shown.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from mufakat.rules import errors as rules
from mufakat.rules.appeal import BadAppealError
from mufakat.rules.contact import BadContactError
from mufakat.rules.warning import BadWarningError
from mufakat.server.api import tallies
from mufakat.server.decisions import dsa_errors
from mufakat.server.filters.errors import SampleTooLargeError
from mufakat.server.journal import errors as journal, vault
from mufakat.server.notices import batches, evidence, spool, tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from mufakat.rules.fault import Fault

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


class StalledError(rules.RefusedError):
    """The sender stopped sending, or sends so slowly that it would never end."""

    def __str__(self) -> str:
        return "No more bytes came in time, so the upload was given up; nothing was stored. Send the file again."


class TruncatedError(rules.RefusedError):
    """The body ended before it had the bytes that were announced."""

    def __str__(self) -> str:
        return "The upload ended before the announced number of bytes had come; nothing was stored."


class FileTooLargeError(TooLargeError):
    """The file is larger than one piece of evidence may be."""

    def __str__(self) -> str:
        return f"One file of evidence has at most {evidence.LARGEST} bytes (50 MiB)."


class BadRequestError(rules.DocumentRefusedError):
    """A body or a parameter that is no notice cannot be read as it is; carries every fault."""

    what = "request"


BAD_FIELD = Kind(422, "bad-field", "Part of the request cannot be read")
NOT_FOUND = Kind(404, "not-found", "Not found")
REFUSED = Kind(422, "refused", "Refused")
UNREACHABLE = Kind(503, "unreachable", "The database cannot be reached; repeat it with the same key", 2)
TOO_LARGE = Kind(413, "too-large", "Too large")

# The first line that an error is an instance of decides.
KINDS: Sequence[tuple[type[Exception], Kind]] = (
    (NotAuthenticatedError, Kind(401, "not-authenticated", "Not signed in")),
    (TooLargeError, TOO_LARGE),
    (spool.FileTooLargeError, TOO_LARGE),
    (SampleTooLargeError, TOO_LARGE),
    (evidence.OtherDigestError, Kind(422, "digest-mismatch", "The bytes have another digest")),
    (vault.DamagedFileError, Kind(500, "evidence-damaged", "The stored file is damaged")),
    (TruncatedError, Kind(400, "truncated", "The upload broke off; nothing was stored")),
    (StalledError, Kind(408, "stalled", "The upload stood still; nothing was stored")),
    (dsa_errors.PuidTakenError, Kind(422, "puid-taken", "This identifier was used before")),
    (dsa_errors.StatementRefusedError, Kind(422, "statement-refused", "The statement cannot be taken as it is")),
    (dsa_errors.UnrepresentableError, Kind(422, "unrepresentable", "That database cannot say what was decided")),
    (rules.NotAdmissibleError, Kind(422, "not-admissible", "The notice cannot be taken as it is")),
    (rules.BadSignatureError, Kind(422, "signature-refused", "The signature cannot be taken; nothing was stored")),
    (rules.BadDecisionError, Kind(422, "not-complete", "The decision cannot be made as it is")),
    (rules.BadAgreementError, Kind(422, "not-agreeable", "The agreement cannot be taken as it is")),
    (rules.BadGovernanceError, Kind(422, "not-governable", "This cannot be taken as it is")),
    (rules.BadRestrictionError, Kind(422, "not-restrictable", "The restriction cannot be taken as it is")),
    (rules.BadScreeningError, Kind(422, "not-screenable", "The bank, policy or item cannot be taken as it is")),
    (BadRequestError, BAD_FIELD),
    (rules.QuotaSpentError, Kind(429, "quota", "The quota of your party is used up; nothing was stored", 1)),
    (rules.TooOftenError, Kind(429, "too-often", "Too many requests from your address", 1)),
    (BadContactError, BAD_FIELD),
    (BadAppealError, BAD_FIELD),
    (BadWarningError, BAD_FIELD),
    (rules.NotNowError, Kind(409, "not-now", "Not possible now")),
    (rules.NotPermittedError, Kind(403, "not-permitted", "Not permitted")),
    (rules.IllegalTransitionError, Kind(409, "not-its-turn", "Not possible in this state")),
    (rules.ClockStandsError, Kind(409, "clock-stands", "Not possible with this clock now")),
    (rules.MeasureStandsError, Kind(409, "measure-stands", "Not possible with this measure now")),
    (rules.PointStandsError, Kind(409, "point-stands", "Not possible with this point now")),
    (rules.RestrictionStandsError, Kind(409, "restriction-stands", "Not possible with this restriction now")),
    (rules.ScreeningStandsError, Kind(409, "screening-stands", "Not possible with this entry, policy or hit now")),
    (tasks.TaskOverError, Kind(409, "task-over", "Nobody need do this any more")),
    (rules.EndedError, Kind(409, "ended", "The notice has ended")),
    (rules.TooManyMessagesError, Kind(409, "too-many-messages", "Your side has written too many messages")),
    (rules.KeyReusedError, Kind(422, "key-reused", "The key was used for other content")),
    (rules.KeyInFlightError, Kind(409, "key-in-flight", "The first request with this key is still running", 1)),
    (rules.KeyMissingError, Kind(400, "key-missing", "An Idempotency-Key is required")),
    (rules.KeyMalformedError, Kind(400, "key-malformed", "The Idempotency-Key is malformed")),
    (rules.ErasedError, Kind(410, "erased", "Taken, and erased since")),
    (rules.NotFoundError, NOT_FOUND),
    (batches.RepeatedItemError, Kind(409, "repeated", "Sent before")),
    (rules.UnknownPartyError, Kind(422, "unknown-party", "Unknown party")),
    (rules.RefusedError, REFUSED),
    (journal.DiskFullError, Kind(507, "disk-full", "No room to store it; nothing was stored", 60)),
    (journal.UnsureError, Kind(503, "unsure", "It may or may not be stored; repeat it with the same key", 2)),
    (journal.BusyError, Kind(503, "busy", "Too busy; nothing was stored", 1)),
    (OperationalError, UNREACHABLE),
    (InterfaceError, UNREACHABLE),
    (journal.ClosedError, Kind(503, "closed", "Starting or stopping; nothing was stored", 2)),
)
UNEXPECTED = Kind(500, "unexpected", "Something went wrong here")
UNREACHABLE_SAYS = "The database cannot be used just now. Repeat the request with the same key."
UNEXPECTED_SAYS = (
    "The request could not be finished. Whether it was stored is not known here; repeat it with the same key."
)
METHOD = Kind(405, "method-not-allowed", "Method not allowed")
UNREADABLE = Kind(400, "bad-request", "This cannot be read")  # Said by the frameworks: see web.errors.


def kind_of(error: BaseException) -> Kind:
    """Which problem an error is."""
    return next((kind for type_, kind in KINDS if isinstance(error, type_)), UNEXPECTED)


def problem(error: BaseException) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body for an error."""
    tallies.refusals.add(kind_of(error).slug)
    return rendered(error)


def rendered(error: BaseException) -> tuple[int, dict[str, str], bytes]:
    """The same, uncounted: for the examples of the documentation."""
    kind = kind_of(error)
    if kind is UNEXPECTED:
        log.error("unexpected error", exc_info=error)
        detail = UNEXPECTED_SAYS
    elif kind is UNREACHABLE:
        log.error("database cannot be used", extra={"reason": type(error.__cause__ or error).__name__})
        detail = UNREACHABLE_SAYS
    else:
        detail = str(error) or kind.title
    body = said(kind, detail, kind.status)
    if isinstance(error, rules.DocumentRefusedError):
        body["errors"] = [told(fault) for fault in error.faults]
    if isinstance(error, dsa_errors.StatementRefusedError):
        body |= error.members
    if isinstance(error, rules.ErasedError) and error.receipt:
        body["receipt"] = error.receipt
    headers = {"Content-Type": MEDIA_TYPE}
    if isinstance(error, rules.QuotaSpentError | rules.TooOftenError):
        headers["Retry-After"] = str(error.seconds)
    elif kind.retry_after is not None:
        headers["Retry-After"] = str(kind.retry_after)
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="mufakat"'
    return kind.status, headers, msgspec.json.encode(body)


def told(fault: Fault) -> dict[str, object]:
    """A fault as a problem says it: of a file that people write line by line, with the line."""
    found: dict[str, object] = {"pointer": fault.pointer, "detail": fault.detail}
    return found if fault.line is None else {**found, "line": fault.line}


def said(kind: Kind, detail: str, status: int) -> dict[str, object]:
    """The members that every problem has."""
    return {"type": URN + kind.slug, "title": kind.title, "status": status, "detail": detail}


def item(error: Exception) -> tuple[int, msgspec.Raw]:
    """Status and problem of one item of a batch."""
    status, _, body = problem(error)
    return status, msgspec.Raw(body)


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
        if answer.status_code == METHOD.status:
            return wrong_method(answer.get("Allow", ""))
        return plain(REFUSED, answer.reason_phrase, status=answer.status_code)


def only_read(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view beside the API that answers GET and HEAD alone; another method is refused as the API refuses it."""

    @functools.wraps(view)
    def read(request: HttpRequest, **named: str) -> HttpResponseBase:
        return view(request, **named) if request.method in {"GET", "HEAD"} else wrong_method("GET, HEAD")

    return csrf_exempt(read)  # Nothing is changed by reading; a missing form token would hide the true refusal.


def wrong_method(allowed: str) -> HttpResponse:
    """405, and which methods are taken."""
    made = plain(METHOD, "This address does not take this method.")
    made["Allow"] = allowed
    return made


def plain(
    kind: Kind, detail: str, *, status: int | None = None, errors: Sequence[Mapping[str, str]] = ()
) -> HttpResponse:
    """A problem that no error class stands for: an address that is not there, a method that is not taken."""
    tallies.refusals.add(kind.slug)
    code = kind.status if status is None else status
    body = said(kind, detail, code)
    if errors:
        body["errors"] = list(errors)
    return HttpResponse(msgspec.json.encode(body), status=code, headers={"Content-Type": MEDIA_TYPE})


def kinds() -> list[Kind]:
    """Every kind of problem once, by status and name."""
    found = {kind for _, kind in KINDS} | {METHOD, UNREADABLE, UNEXPECTED}
    return sorted(found, key=lambda kind: (kind.status, kind.slug))


def table() -> str:
    """The kinds as a Markdown table; ends with a newline."""
    lines = ["| status | `type` | title | `Retry-After` |", "|---|---|---|---|"]
    for kind in kinds():
        retry = "" if kind.retry_after is None else f"{kind.retry_after} s"
        lines.append(f"| {kind.status} | `{URN}{kind.slug}` | {kind.title} | {retry} |")
    return "\n".join(lines) + "\n"
