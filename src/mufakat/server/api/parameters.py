"""The parameters of an address, read with the care of a body: what is not known is refused with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from mufakat.rules.fault import FaultCode, Faults, within

if TYPE_CHECKING:
    from collections.abc import Collection


def read(query: str, known: Collection[str], faults: Faults) -> dict[str, str]:
    """The parameters that say something; an empty one equals none."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            detail = f"This parameter is not known here; there are: {', '.join(known)}."
            faults.add(within("", name), FaultCode.UNKNOWN_MEMBER, detail)
        elif name in found:
            faults.add(f"/{name}", FaultCode.REPEATED_MEMBER, "This parameter stands here twice.")
        found[name] = value
    return {name: value for name, value in found.items() if value}
