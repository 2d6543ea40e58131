"""Processes of a test that are forked off it: Django is loaded already, so that one lives for some milliseconds."""

import os
import signal
import sys
import traceback
from collections.abc import Callable

from django.db import connections


def begun(live: Callable[[], object]) -> int:
    """Begin a process that lives so and ends; its number. The caller has no writer and no house open."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        live()
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, the child says it and never runs the rest of the test.
        sys.__stderr__.write(traceback.format_exc()) if sys.__stderr__ else None
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    """Wait for a process, and return its exit code, or the negative number of the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def lived(live: Callable[[], object]) -> int:
    """Begin a process and wait for its end."""
    return ended(begun(live))


def die() -> None:
    """End this very process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)
