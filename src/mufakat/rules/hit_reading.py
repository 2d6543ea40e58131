"""What a reviewer says of a hit: a word with its release, or how and why it is blocked. Every fault at once.

Whether a decision can be made of it is judged where decisions are (`decision_reading`).
"""

from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct, inspect

from mufakat.rules import admissibility
from mufakat.rules.acting import BLOCKING
from mufakat.rules.decision import MAX_TEXT, Ground
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import MeasureName
from mufakat.rules.reading import UNREAD, parse_json, read

MAX_BYTES = 128 * 1024
Note = Annotated[str, Meta(max_length=2_000)]
T = TypeVar("T", bound=Struct)


class HitReleaseIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A word with it; none is needed."""

    note: Note | None = None


class HitBlockIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done, and why. What is not said, the rule and its entries say: their ground, their reason, `disable`."""

    note: Note | None = None
    measure: MeasureName | None = None
    ground: Ground | None = None
    reasons: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT - 1_000)] | None = None


def read_release(raw: bytes) -> HitReleaseIn:
    """What is said with a release. Raises BadScreeningError. No bytes at all say nothing."""
    faults = Faults()
    found = _read(raw, HitReleaseIn, faults)
    _judge_text(found.note, "/note", faults)
    if faults.found:
        raise BadScreeningError(faults.found)
    return found


def read_block(raw: bytes) -> HitBlockIn:
    """How and why it is blocked. Raises BadScreeningError. No bytes at all say nothing."""
    faults = Faults()
    found = _read(raw, HitBlockIn, faults)
    _judge_text(found.note, "/note", faults)
    _judge_text(found.reasons, "/reasons", faults)
    if found.measure and found.measure not in BLOCKING:
        detail = f"What a filter found is blocked by one of: {', '.join(BLOCKING)}. Other measures need a notice."
        faults.add("/measure", FaultCode.NOT_IN_LIST, detail)
    if found.ground and not (found.ground.legal_ground or found.ground.terms_ground):
        detail = "Name the ground: legal_ground (a law) or terms_ground (a clause of your own terms)."
        faults.add("/ground", FaultCode.NO_GROUND, detail)
    if faults.found:
        raise BadScreeningError(faults.found)
    return found


def _read(raw: bytes, form: type[T], faults: Faults) -> T:
    if len(raw) > MAX_BYTES:
        faults.add("", FaultCode.TOO_LARGE, f"At most {MAX_BYTES:,} bytes are taken; these are {len(raw):,}.")
        raise BadScreeningError(faults.found)
    document: Any = parse_json(raw if raw.strip() else b"{}", faults)
    found: T = read(document, inspect.type_info(form), "", faults) if document is not UNREAD else UNREAD
    if not found:
        raise BadScreeningError(faults.found)
    return found


def _judge_text(text: str | None, pointer: str, faults: Faults) -> None:
    if text:
        admissibility.judge_text(text, pointer, faults, refused=admissibility.CONTROL)
