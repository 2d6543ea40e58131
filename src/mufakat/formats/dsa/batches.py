"""Up to a hundred statements at once: all of them are taken, or none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mufakat.formats.dsa.checking import Checked, check
from mufakat.rules.fault import Fault, FaultCode, Faults, within

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 100
"""Statements of one call."""

SINGLE_TAKEN = "The identifier given is not unique within this platform."
BATCH_TAKEN = "The platform identifier(s) are not all unique within this call."
"""What the public database says of an identifier that was used before."""


def check_batch(document: Any) -> tuple[Checked, ...] | tuple[Fault, ...]:
    """Judge a batch: `{"statements": [1 to 100 statements]}`. A pointer leads into the batch."""
    faults = Faults()
    items = _items(document, faults)
    found: list[Checked] = []
    for index, item in enumerate(items):
        checked = check(item)
        if isinstance(checked, Checked):
            found.append(checked)
            continue
        for fault in checked:
            faults.add(f"/statements/{index}{fault.pointer}", fault.code, fault.detail)
    return tuple(faults.found) if faults.found else tuple(found)


def repeated(puids: Iterable[str]) -> list[str]:
    """The identifiers that stand there more than once, in their order."""
    return [puid for puid, times in Counter(puids).items() if times > 1]


def _items(document: Any, faults: Faults) -> list[Any]:
    if not isinstance(document, dict):
        faults.add("", FaultCode.WRONG_TYPE, 'A batch is an object: {"statements": [...]}.')
        return []
    for name in getattr(document, "repeated", ()):
        faults.add(within("", name), FaultCode.REPEATED_MEMBER, "This member stands here twice.")
    for name in document:
        if name != "statements":
            faults.add(within("", str(name)), FaultCode.UNKNOWN_MEMBER, "A batch has one member: statements.")
    items = document.get("statements")
    if items is None or items == []:
        faults.add("/statements", FaultCode.MISSING, "The statements field is required.")
    elif not isinstance(items, list):
        faults.add("/statements", FaultCode.WRONG_TYPE, "The statements field must be an array.")
    elif len(items) > LARGEST:
        detail = f"The statements field must have between 1 and {LARGEST} items."
        faults.add("/statements", FaultCode.TOO_MANY, detail)
    else:
        return items
    return []
