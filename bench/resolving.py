"""Ask a resolver of this machine whether names are open, again and again, and wait until they are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.query
import dns.rcode

if TYPE_CHECKING:
    from collections.abc import Sequence

PAUSE = 0.002  # Seconds between two questions.


def code(port: int, name: str) -> int | None:
    """What the resolver says of the name; nothing where it does not answer."""
    try:
        return dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", port=port, timeout=1).rcode()
    except (dns.exception.DNSException, OSError):
        return None


def until_all(port: int, names: Sequence[str], *, is_open: bool, seconds: float) -> None:
    """Wait until each of the names is so. Ends the program where it takes longer."""
    until = time.monotonic() + seconds
    wanted = dns.rcode.NOERROR if is_open else dns.rcode.NXDOMAIN
    for name in names:
        while code(port, name) != wanted:
            if time.monotonic() > until:
                raise SystemExit(f"{name} is not {'open' if is_open else 'closed'} after {seconds} s")
            time.sleep(PAUSE)
