"""What the operator decides about the doors that are open to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ipaddress
    from collections.abc import Sequence

    from mufakat.rules.mandate import Quota


@dataclass(frozen=True, slots=True)
class Doors:
    """How often an address may ask, and whose word is taken about where a request came from."""

    reading: Quota
    appealing: Quota
    proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]
