"""The environment's words about the doors that are open to everybody."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from mufakat.rules.mandate import Quota
from mufakat.server.register.configuration import Doors
from mufakat.server.runtime.environment import EnvironmentValueError, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READING = 300  # A person who pages through the register stays far below; a program that copies it takes the files.
APPEALING = 20
MOST = 1_000_000
LOOPBACK = "127.0.0.0/8,::1"  # A proxy on this machine. Without one, only its own programs could pretend.


def read(environ: Mapping[str, str]) -> Doors:
    """Read everything about these doors, or raise EnvironmentValueError."""
    return Doors(
        pace(number(environ, "MUFAKAT_PUBLIC_PACE", READING, least=1, most=MOST)),
        pace(number(environ, "MUFAKAT_APPEAL_PACE", APPEALING, least=1, most=MOST)),
        proxies(environ.get("MUFAKAT_PROXIES") or LOOPBACK),
    )


def pace(per_minute: int) -> Quota:
    """So many a minute, and a minute's worth of them at once."""
    return Quota(per_minute, per_minute)


def proxies(text: str) -> Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks, with commas between."""
    try:
        return tuple(ipaddress.ip_network(word) for word in text.replace(" ", "").split(",") if word)
    except ValueError:
        raise EnvironmentValueError(
            "MUFAKAT_PROXIES must be networks such as 127.0.0.0/8,::1, with commas between"
        ) from None
