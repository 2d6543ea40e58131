"""Is the process alive; can it take a notice."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.http import JsonResponse

from mufakat.server.api import problems
from mufakat.server.journal import door, durability, standing
from mufakat.server.journal.errors import WriteError

if TYPE_CHECKING:
    from django.http import HttpRequest


@problems.only_read
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    del request
    return JsonResponse({"status": "ok"})


@problems.only_read
def ready(request: HttpRequest) -> JsonResponse:
    """It can read, write, and has room; otherwise 503 and what stands in the way.

    What is wrong with the public log is said beside it: notices are taken all the same.
    """
    del request
    wrong, warnings = [], []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        wrong.append("the database cannot be read")
    try:
        if not door.writer().is_open:
            wrong.append("the writer is not running")
        durability.require_room()
    except WriteError as error:
        wrong.append(str(error))
    except OSError:
        wrong.append("the data directory cannot be read")
    if not wrong:
        with suppress(DatabaseError, OSError):
            warnings = standing.troubles()
    told = {"status": "ok" if not wrong else "not ready", "wrong": wrong, "warnings": warnings}
    return JsonResponse(told, status=503 if wrong else 200)
