"""Read what is said about names that are never closed: every fault at once, each with its pointer. Pure."""

from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct, inspect

from mufakat.rules import admissibility, network_names
from mufakat.rules.errors import BadRestrictionError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.network_names import Refusal
from mufakat.rules.reading import UNREAD, parse_json, read as read_value

MAX_BYTES = 64 * 1024

Said = Annotated[str, Meta(min_length=1, max_length=2_000)]
T = TypeVar("T", bound=Struct)


class ProtectedIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A name that is never to be closed, and why."""

    name: Annotated[str, Meta(min_length=1, max_length=1_024)]
    reason: Said


class ReleasedIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why it may be closed again."""

    reason: Said


_PROTECTED, _RELEASED = inspect.type_info(ProtectedIn), inspect.type_info(ReleasedIn)


def read_protected(raw: bytes) -> ProtectedIn:
    """The name in A-labels, and the reason; or BadRestrictionError. An ending of strangers' names is no name here."""
    faults = Faults()
    told: ProtectedIn = _shape(raw, _PROTECTED, faults)
    name = network_names.read(told.name) if told.name else ""
    if isinstance(name, Refusal):
        faults.add("/name", FaultCode.BAD_FORM, name.detail)
    if faults.found or isinstance(name, Refusal):
        raise BadRestrictionError(faults.found)
    return ProtectedIn(name=name, reason=told.reason.strip())


def read_released(raw: bytes) -> str:
    """The reason, or BadRestrictionError."""
    faults = Faults()
    told: ReleasedIn = _shape(raw, _RELEASED, faults)
    if faults.found:
        raise BadRestrictionError(faults.found)
    return told.reason.strip()


def _shape(raw: bytes, kind: Any, faults: Faults) -> Any:
    if len(raw) > MAX_BYTES:
        faults.add("", FaultCode.TOO_LARGE, f"At most {MAX_BYTES} bytes are taken; these are {len(raw)}.")
        raise BadRestrictionError(faults.found)
    document = parse_json(raw, faults)
    found = read_value(document, kind, "", faults) if document is not UNREAD else UNREAD
    if not found:
        raise BadRestrictionError(faults.found)
    if found.reason:
        admissibility.judge_text(found.reason, "/reason", faults, refused=admissibility.CONTROL)
    return found
