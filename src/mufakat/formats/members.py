"""The members of a notice: filled from defaults, and told apart from those that a format carries by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.formats.items import Bad, Item
from mufakat.rules.fault import Fault, FaultCode, Faults
from mufakat.rules.notice import MAX_BYTES, Draft
from mufakat.rules.notice_reading import read_at_once, read_carefully
from mufakat.rules.reading import MAX_DEPTH, UNREAD, Members, check_foreign, parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.rules.notice import Draft as Notice

NAMES = Draft.__struct_fields__

_OBJECT = msgspec.json.Decoder(dict[str, Any])
_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])


def item_of(number: int, raw: bytes, defaults: Mapping[str, object]) -> Item | Bad:
    """The item of bytes that should be one JSON object; they are kept exactly, except that defaults are put in."""
    try:
        value = _OBJECT.decode(raw)
    except (ValueError, RecursionError):
        return Bad(number, _why_no_object(raw))
    # Among others in a batch, one that is nested too deeply would be the end of all of them.
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and (faults := _too_deep(value)):
        return Bad(number, faults)
    return bounded(Item(number, fill(raw, defaults)))


def fill(raw: bytes, defaults: Mapping[str, object]) -> bytes:
    """The JSON object `raw` with the defaults for its absent and null members; every other value keeps its bytes."""
    if not defaults:
        return raw
    members = _RAW.decode(raw)
    missing = {name: value for name, value in defaults.items() if bytes(members.get(name, b"null")) == b"null"}
    if not missing or isinstance(parse_json(raw, Faults()), Members):
        return raw  # Of a name that stands twice one would be lost here; the judge is to see both.
    return msgspec.json.encode({**members, **missing})


def filled(members: Mapping[str, Any], defaults: Mapping[str, object]) -> dict[str, Any]:
    """The members with the defaults for absent and null ones."""
    return {**members, **{name: value for name, value in defaults.items() if members.get(name) is None}}


def bounded(item: Item) -> Item | Bad:
    """The item, unless its notice is larger than any notice may be."""
    if (size := len(item.body)) <= MAX_BYTES:
        return item
    return Bad(item.number, (too_large(f"A notice has at most {MAX_BYTES} bytes; this one has {size}."),))


def too_large(detail: str) -> Fault:
    """The fault of what is too large."""
    return Fault("", FaultCode.TOO_LARGE, detail)


def draft_of(body: bytes) -> Notice | tuple[Fault, ...]:
    """The notice of a body that is to be written, or why it is none."""
    faults = Faults()
    draft = read_at_once(body) or read_carefully(body, faults)
    return draft if draft and not faults.found else tuple(faults.found)


def plain(draft: Notice) -> dict[str, Any]:
    """The members of a notice as plain values; null means absent, in the grounds and in evidence as well."""
    found: dict[str, Any] = msgspec.to_builtins(draft)
    if ground := found["terms_ground"]:
        found["terms_ground"] = _without_nulls(ground)
    if evidence := found["evidence"]:
        found["evidence"] = [_without_nulls(one) for one in evidence]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in _without_nulls(found).items()}


def difference(whole: Mapping[str, Any], carried: Mapping[str, Any]) -> dict[str, Any]:
    """What `apply` needs to make `whole` out of the members that a format carries by itself; null takes one away."""
    changed = {name: value for name, value in whole.items() if name not in carried or carried[name] != value}
    return {**changed, **dict.fromkeys(name for name in carried if name not in whole)}


def apply(carried: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    """The members of the whole notice; `difference(apply(carried, rest), carried) == rest` for every such rest."""
    return _without_nulls({**carried, **rest})


def _without_nulls(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _too_deep(value: dict[str, Any]) -> tuple[Fault, ...]:
    faults = Faults()
    check_foreign(value, "", faults, depth=0)
    return tuple(fault for fault in faults.found if fault.code is FaultCode.TOO_DEEP)


def _why_no_object(raw: bytes) -> tuple[Fault, ...]:
    """Why these bytes are no JSON object that every reader reads alike; one fault at least."""
    faults = Faults()
    value = parse_json(raw, faults)
    if value is not UNREAD and not isinstance(value, dict):
        faults.add("", FaultCode.WRONG_TYPE, "A notice is a JSON object: it begins with { and ends with }.")
    elif value is not UNREAD:
        check_foreign(value, "", faults, depth=0)
    if not faults.found:
        faults.add("", FaultCode.NOT_JSON, "No two readers would read this JSON alike.")
    return tuple(faults.found)
