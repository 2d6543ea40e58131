"""The environment's words about the probes, which ask operators' resolvers whether a name is closed."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from mufakat.rules.probing import BadResolverError, Reach, read_target
from mufakat.server.runtime.environment import EnvironmentValueError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(environ: Mapping[str, str]) -> Reach:
    """Read everything about the probes, or raise EnvironmentValueError."""
    words = (environ.get("MUFAKAT_RESOLVER_ALLOW") or "").replace(" ", "").split(",")
    try:
        networks = tuple(ipaddress.ip_network(word) for word in words if word)
    except ValueError:
        raise EnvironmentValueError(
            "MUFAKAT_RESOLVER_ALLOW must be networks such as 10.1.0.0/16, with commas between"
        ) from None
    return Reach(networks, reference(environ.get("MUFAKAT_PROBE_REFERENCE") or ""))


def reference(text: str) -> tuple[str, int] | None:
    """A resolver that filters nothing, as ``192.0.2.53`` or ``192.0.2.53#5353``."""
    if not text:
        return None
    try:
        return read_target(text)
    except BadResolverError:
        raise EnvironmentValueError(
            "MUFAKAT_PROBE_REFERENCE must be an address such as 9.9.9.9 or 127.0.0.1#5353"
        ) from None
