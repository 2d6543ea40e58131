"""Read what is said of a notification: every fault of the bytes at once, each with its pointer."""

from typing import Any

from msgspec import inspect

from mufakat.rules import admissibility
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notifying import NotificationRefusalIn, NotificationReleaseIn
from mufakat.rules.reading import UNREAD, parse_json, read

MAX_BYTES = 64 * 1024
"""A ground and a handle, with room."""

_RELEASE, _REFUSAL = inspect.type_info(NotificationReleaseIn), inspect.type_info(NotificationRefusalIn)


def read_release(raw: bytes) -> NotificationReleaseIn:
    """Whom it is released to and on which ground, or BadScreeningError."""
    faults = Faults()
    found: NotificationReleaseIn = _read(raw, _RELEASE, faults)
    if found.legal_ground:
        admissibility.judge_ground(found.legal_ground, "/legal_ground", faults)
    _refuse(faults)
    return found


def read_refusal(raw: bytes) -> NotificationRefusalIn:
    """Why nobody is told, or BadScreeningError."""
    faults = Faults()
    found: NotificationRefusalIn = _read(raw, _REFUSAL, faults)
    admissibility.judge_text(found.reason, "/reason", faults, refused=admissibility.CONTROL)
    _refuse(faults)
    return found


def _read(raw: bytes, kind: Any, faults: Faults) -> Any:
    if len(raw) > MAX_BYTES:
        faults.add("", FaultCode.TOO_LARGE, f"At most {MAX_BYTES} bytes are taken; these are {len(raw)}.")
        _refuse(faults)
    document = parse_json(raw, faults)
    found = read(document, kind, "", faults) if document is not UNREAD else UNREAD
    if not found:
        _refuse(faults)
    return found


def _refuse(faults: Faults) -> None:
    if faults.found:
        raise BadScreeningError(faults.found)
