"""Read an order to close names, and what is said about one: every fault of the bytes at once, each with its pointer.

Here the shape is judged, and what a name and a text is. Whether the order may be made is asked in `restriction_checks`,
and what it would take with it in `guard`. The order that comes out holds its names as the lists have them.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import inspect
from msgspec.structs import replace

from mufakat.rules import admissibility, network_names
from mufakat.rules.errors import BadRestrictionError
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.network_names import NameReason, Refusal
from mufakat.rules.places import LEGAL_SYSTEMS
from mufakat.rules.reading import UNREAD, parse_json, read
from mufakat.rules.restriction import MAX_NAMES, NoteIn, RestrictionIn

MAX_BYTES = 2 * 1024 * 1024
"""What any body may have; ten thousand long names, with room."""

_ORDER, _NOTE = inspect.type_info(RestrictionIn), inspect.type_info(NoteIn)
_CODES = {
    NameReason.EMPTY: FaultCode.EMPTY,
    NameReason.TOO_LONG: FaultCode.TOO_LONG,
    NameReason.REPEATED: FaultCode.REPEATED_ITEM,
}


def read_order(raw: bytes) -> RestrictionIn:
    """The order in these bytes (JSON, UTF-8), or BadRestrictionError with every fault found."""
    return _order(raw, named=None)


def read_draft(raw: bytes) -> RestrictionIn:
    """The same, but a text that is no name stands in the order as it was written.

    The guard makes it impossible, together with everything else that speaks against the order: whoever mends one name
    is not told of the next only then.
    """
    return _order(raw, named=Faults())


def _order(raw: bytes, *, named: Faults | None) -> RestrictionIn:
    faults = Faults()
    found: RestrictionIn = _document(raw, _ORDER, faults)
    names = _names(found.names or (), faults, named=named)
    for member in ("reason", "proportionality"):
        admissibility.judge_text(getattr(found, member), f"/{member}", faults, refused=admissibility.CONTROL)
    ground = found.legal_ground
    if ground:
        for member in ("instrument", "provision"):
            admissibility.judge_text(getattr(ground, member), f"/legal_ground/{member}", faults)
        if ground.system and ground.system not in LEGAL_SYSTEMS:
            detail = f"{excerpt(ground.system)} is no system of law: a country's code in lower case, eu, or un."
            faults.add("/legal_ground/system", FaultCode.NOT_IN_LIST, detail)
    _judge_repeated(found.operators, "/operators", faults)
    _judge_repeated(found.notices, "/notices", faults)
    if found.reopening:
        _judge_repeated(found.reopening.all_of, "/reopening/all_of", faults)
        _judge_repeated(found.reopening.any_of, "/reopening/any_of", faults)
    if faults.found:
        raise BadRestrictionError(faults.found)
    return replace(found, names=names)


def read_note(raw: bytes) -> NoteIn:
    """What is said with a deed, or BadRestrictionError. No bytes at all say nothing."""
    faults = Faults()
    found: NoteIn = _document(raw or b"{}", _NOTE, faults)
    admissibility.judge_text(found.note, "/note", faults, refused=admissibility.CONTROL)
    names = _names(found.names or (), faults)
    if faults.found:
        raise BadRestrictionError(faults.found)
    return replace(found, names=names)


def _document(raw: bytes, kind: Any, faults: Faults) -> Any:
    if len(raw) > MAX_BYTES:
        faults.add("", FaultCode.TOO_LARGE, f"At most {MAX_BYTES} bytes are taken; these are {len(raw)}.")
        raise BadRestrictionError(faults.found)
    document = parse_json(raw, faults)
    found = read(document, kind, "", faults) if document is not UNREAD else UNREAD
    if not found:
        raise BadRestrictionError(faults.found)
    return found


def _names(texts: Sequence[str], faults: Faults, *, named: Faults | None = None) -> tuple[str, ...]:
    """The names that the texts mean, each in its place; each that means none is a fault, and stays where `named` is."""
    if len(texts) > MAX_NAMES:
        detail = (
            f"An order names at most {MAX_NAMES} names; these are {len(texts)}. Who closes so many closes too much."
        )
        faults.add("/names", FaultCode.TOO_MANY, detail)
        return ()
    places = [place for place, text in enumerate(texts) if text is not UNREAD]
    names = []
    for place, found in zip(places, network_names.read_all(texts[place] for place in places), strict=True):
        if isinstance(found, Refusal):
            (faults if named is None else named).add(f"/names/{place}", code_of(found.reason), found.detail)
            names.append(texts[place])
        else:
            names.append(found)
    return tuple(names)


def code_of(reason: NameReason) -> FaultCode:
    """The code of a fault in a name."""
    return _CODES.get(reason, FaultCode.BAD_FORM)


def _judge_repeated(items: Sequence[str] | None, pointer: str, faults: Faults) -> None:
    seen: set[str] = set()
    for place, item in enumerate(items or ()):
        if item is not UNREAD and item in seen:
            faults.add(f"{pointer}/{place}", FaultCode.REPEATED_ITEM, "This stands in the list already.")
        elif item is not UNREAD:
            seen.add(item)
