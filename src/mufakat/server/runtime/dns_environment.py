"""The environment's words about the lists in the DNS, read once and refused in one line when a value is bad."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mufakat.formats import rpz, tsig
from mufakat.server.connectors.dns.configuration import DNS
from mufakat.server.runtime.environment import EnvironmentValueError, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.formats.tsig import TSIGKey

ZONE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
SERVER = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:]+)\]|(?P<host>[A-Za-z0-9.-]+))(?::(?P<port>[0-9]{1,5}))?")
LONGEST = 100  # Characters of the zone's name: what it takes is not there for the names that are closed.


def read(environ: Mapping[str, str]) -> DNS:
    """Read everything about the DNS, or raise EnvironmentValueError."""
    suffix = (environ.get("MUFAKAT_DNS_ZONE") or rpz.SUFFIX).lower().rstrip(".")
    if not ZONE.fullmatch(suffix) or len(suffix) > LONGEST:
        raise EnvironmentValueError("MUFAKAT_DNS_ZONE must be a name such as lists.example.org")
    expire = number(environ, "MUFAKAT_DNS_EXPIRE", rpz.TIMERS.expire, least=2, most=rpz.TIMERS.expire)
    least = min(rpz.TIMERS.refresh, max(1, expire // 4))  # A list that ends soon is asked for sooner.
    timers = rpz.Timers(refresh=least, retry=min(rpz.TIMERS.retry, least), expire=expire)
    primaries = tuple(
        server(one) for one in (environ.get("MUFAKAT_DNS_PRIMARY") or "").replace(" ", "").split(",") if one
    )
    path = environ.get("MUFAKAT_DNS_KEY_FILE") or ""
    if bool(primaries) != bool(path):
        raise EnvironmentValueError("MUFAKAT_DNS_PRIMARY and MUFAKAT_DNS_KEY_FILE go together")
    if not primaries:
        return DNS(suffix=suffix, timers=timers)
    if find_spec("dns") is None:
        raise EnvironmentValueError("MUFAKAT_DNS_PRIMARY needs dnspython: pip install 'mufakat[dns]'")
    return DNS(suffix, primaries, key(path), timers)


def server(text: str) -> tuple[str, int]:
    """``host``, ``host:port`` or ``[address]:port``."""
    found = SERVER.fullmatch(text)
    port = int((found and found["port"]) or 53)
    if found is None or not 0 < port < 65_536:
        raise EnvironmentValueError("MUFAKAT_DNS_PRIMARY must be host:port, with commas between several")
    return found["six"] or found["host"], port


def key(path: str) -> TSIGKey:
    """The key in a file that `tsig-keygen` wrote."""
    try:
        return tsig.read(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentValueError(f"MUFAKAT_DNS_KEY_FILE cannot be read ({type(error).__name__})") from None
    except tsig.KeyFileError as error:
        raise EnvironmentValueError(f"MUFAKAT_DNS_KEY_FILE is not a key: {error}") from None
