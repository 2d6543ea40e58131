"""Clocks that rest and go on, and what ladders ask people to do, over HTTP."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.api import auth, bodies, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, key_of
from mufakat.server.journal import ids
from mufakat.server.notices import pauses, tasks

router = Router(tags=["clocks"])


@router.post(
    "/notices/{notice}/clocks/{name}/pause",
    url_name="pause_clock",
    openapi_extra=documented(200, "NoticeOut", body="ReasonIn", key="optional"),
)
def pause(request: HttpRequest, notice: str, name: str) -> HttpResponse:
    """Let a clock rest that counts for your party. What is left of its time is kept; both sides read the reason."""
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    reason = bodies.read_body(raw, bodies.ReasonIn).reason
    key = key_of(request, caller, route("pause", notice, name), raw)
    return answered(pauses.pause(notice, name, by=caller, reason=reason, key=key))


@router.post(
    "/notices/{notice}/clocks/{name}/resume",
    url_name="resume_clock",
    openapi_extra=documented(200, "NoticeOut", body="ReasonIn", key="optional"),
)
def resume(request: HttpRequest, notice: str, name: str) -> HttpResponse:
    """Let a clock go on: one that your party let rest, or one that counts what your party has to do."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    reason = bodies.read_body(raw, bodies.ReasonIn).reason
    key = key_of(request, caller, route("resume", notice, name), raw)
    return answered(pauses.resume(notice, name, by=caller, reason=reason, key=key))


def route(deed: str, notice: str, name: str) -> str:
    """What a key of this deed is stored under: a name may be longer than its column is wide."""
    return f"POST clocks/{deed} {notice} {hashlib.sha256(name.encode()).hexdigest()[:16]}"


@router.get("/tasks", url_name="tasks", openapi_extra=documented(200, "TaskList", never=[404]))
def listed(request: HttpRequest, after: str = "") -> HttpResponse:
    """What the ladders of your party's notices ask people to do, oldest first, while it is not done."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    if after and not ids.is_id(after, "tsk"):
        raise problems.BadRequestError([Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page")])
    return reply(tasks.open_for(caller, at=at, after=after or None))


@router.post(
    "/tasks/{task}/done", url_name="task_done", openapi_extra=documented(200, "TaskOut", body="NoteIn", key="optional")
)
def done(request: HttpRequest, task: str) -> HttpResponse:
    """Somebody did it, or decided about it. Your party alone reads the note."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    note = bodies.read_body(raw, bodies.NoteIn).note or ""
    key = key_of(request, caller, f"POST /api/v1/tasks/{task}/done", raw)
    return answered(tasks.done(task, by=caller, note=note, key=key))


@router.post(
    "/tasks/{task}/reopening",
    url_name="task_reopened",
    openapi_extra=documented(200, "TaskOut", body="NoteIn", key="optional"),
)
def reopen(request: HttpRequest, task: str) -> HttpResponse:
    """It is not done after all."""
    at = request.at  # type: ignore[attr-defined]
    caller = auth.caller_of(request, at=at)
    raw = body_of(request)
    note = bodies.read_body(raw, bodies.NoteIn).note or ""
    key = key_of(request, caller, f"POST /api/v1/tasks/{task}/reopening", raw)
    return answered(tasks.reopen(task, by=caller, note=note, key=key))
