"""Notifications over HTTP: a platform decides whether an authority is told of a hit, and the authority reads it.

The two see the same addresses and not the same things: a platform its own, an authority what was released to it, by a
name of its own and in codes (I-14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import NotificationState
from mufakat.server.api import auth, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.filters import operations, queries
from mufakat.server.filters.notification_faces import NotificationList, NotificationOut, WeekList, WeekOut
from mufakat.server.journal import ids

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Key
    from mufakat.server.parties.queries import Caller

router = Router(tags=["screening"])
counts = Router(tags=["screening"])

API = "/api/v1/notifications"


@router.get("", url_name="notifications", openapi_extra=documented(200, "NotificationList", never=[404]))
def listed(request: HttpRequest, state: str = "", after: str = "") -> HttpResponse:
    """The notifications of your platform, or those that were released to you, newest first.

    Pass ``next`` back as ``after``. What waits, was declined or lapsed nobody sees but its platform.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    faults = _not_of_a_page(after, "ntf")
    if state and state not in set(NotificationState):
        detail = f"must be one of {', '.join(NotificationState)}"
        faults.insert(0, Fault("/state", FaultCode.NOT_IN_LIST, detail))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.notifications(caller, state=NotificationState(state) if state else None, after=after or None)
    return reply(NotificationList([NotificationOut.of(one, viewer=caller) for one in page.items], page.next))


@router.get("/{notification}", url_name="notification", openapi_extra=documented(200, "NotificationOut", never=[422]))
def shown(request: HttpRequest, notification: str) -> HttpResponse:
    """One notification: its codes, and whom it was released to on which ground; to its platform, which hit it is of."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(NotificationOut.single(queries.notification(caller, notification), viewer=caller))


@router.post(
    "/{notification}/release",
    url_name="notification_release",
    openapi_extra=documented(200, "NotificationOut", body="NotificationReleaseIn", key="optional"),
)
def release(request: HttpRequest, notification: str) -> HttpResponse:
    """Tell one authority of the hit, in codes, as a named person of the platform.

    It is a regulator or a court, an agreement between you and it is in force, the frame of this agreement lists the
    ground, and is about the category. It cannot be taken back; what is restored later is told, too.
    """
    caller, raw, key = _deed(request, f"{API}/{notification}/release")
    return answered(operations.release_notification(notification, raw, by=caller, key=key))


@router.post(
    "/{notification}/refusal",
    url_name="notification_decline",
    openapi_extra=documented(200, "NotificationOut", body="NotificationRefusalIn", key="optional"),
)
def decline(request: HttpRequest, notification: str) -> HttpResponse:
    """Tell nobody, and say why to your own. What nobody decides lapses after fourteen days, and nobody was told."""
    caller, raw, key = _deed(request, f"{API}/{notification}/refusal")
    return answered(operations.decline_notification(notification, raw, by=caller, key=key))


@counts.get("/counts", url_name="screening_counts", openapi_extra=documented(200, "WeekList", never=[404]))
def told(request: HttpRequest, after: str = "") -> HttpResponse:
    """What authorities were told of your platform by themselves, or what you were told: counts of a week, ten at least.

    The last week first; pass ``next`` back as ``after``. A null is a count that is not told.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    if faults := _not_of_a_page(after, "wkc"):
        raise problems.BadRequestError(faults)
    page = queries.weeks_told(caller, after=after or None)
    return reply(WeekList([WeekOut.of(one) for one in page.items], page.next))


def _not_of_a_page(after: str, prefix: str) -> list[Fault]:
    if not after or ids.is_id(after, prefix):
        return []
    return [Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page")]


def _deed(request: HttpRequest, path: str) -> tuple[Caller, bytes, Key | None]:
    """Who does something, with which body, and the key, which is optional."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    raw = body_of(request)
    return caller, raw, key_of(request, caller, f"POST {path}", raw)
