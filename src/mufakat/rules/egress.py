"""To which addresses this house opens a connection that somebody else asked for (server-side request forgery).

Our own table, after the IANA special-purpose address registries (RFC 6890, as of 2025): the standard library calls
64:ff9b::7f00:1, 2002:7f00:1:: and fec0::1 global. It is stricter than what a notice may point at (`locator`): here no
address passes that carries another one inside. What is asked is the address that the connection goes to, after
resolution, never the name.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import ada_url

from mufakat.rules.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DENIED_V4 = tuple(
    (ipaddress.IPv4Network(network), words)
    for network, words in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers (CGNAT)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmark"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # All other space is special, unassigned, or carries an IPv4 address.
DENIED_V6 = tuple(
    (ipaddress.IPv6Network(network), words)
    for network, words in (
        ("2001::/23", "protocol assignments (Teredo, benchmark, ORCHID)"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
    )
)
ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # The upper half of an interface identifier that holds an IPv4 address.
LONGEST = 2_000  # Characters of a URL.
VISIBLE = re.compile(r"[\x21-\x7e]+")
PORTS = {"https": 443, "http": 80}


class BadAddressError(RefusedError):
    """An address to which nothing is sent; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator allows beside public addresses over TLS on port 443.

    In `networks` every port and plain HTTP are allowed: receivers in a network of the operator's own, and tests.
    `plain` allows HTTP on port 80 anywhere.
    """

    networks: tuple[Network, ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A URL as it is stored and asked: WHATWG's canonical form, and its parts."""

    url: str
    scheme: str  # https or http
    host: str
    port: int


def parse_address(text: str) -> Address | None:
    """The address of a text in its one usual form; None for anything else, a scope (``fe80::1%eth0``) included."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if getattr(found, "scope_id", None) else found


def why_not_public(address: Address) -> str | None:
    """Why nobody on the open Internet answers at this address, in a word; None where it is public."""
    if isinstance(address, ipaddress.IPv4Address):
        return next((words for network, words in DENIED_V4 if address in network), None)
    if address not in GLOBAL_V6:
        return "not global"
    if int(address) >> 32 & 0xFFFFFFFF in ISATAP:
        return "ISATAP"
    return next((words for network, words in DENIED_V6 if address in network), None)


def refusal(text: str, *, scheme: str, port: int, policy: Policy) -> str | None:
    """Why no connection is opened to this address and port for a URL of this scheme; None where it may be."""
    address = parse_address(text)
    if address is None:
        return "it is no address"
    if any(address in network for network in policy.networks if network.version == address.version):
        return None
    if why := why_not_public(address):
        return f"its address is not public ({why})"
    if PORTS.get(scheme) != port:
        return f"{port} is not the port of {scheme}"
    if scheme != "https" and not policy.plain:
        return "it is not https"
    return None


def read_url(text: str, *, policy: Policy) -> Target:
    """Read the URL of an endpoint. Raises BadAddressError.

    What a name resolves to is not known here: it is asked again of each address that a connection goes to.
    """
    if not 0 < len(text) <= LONGEST or not VISIBLE.fullmatch(text):
        raise BadAddressError(f"An endpoint's URL has at most {LONGEST} visible ASCII characters.")
    try:
        url = ada_url.URL(text)
        parts = urlsplit(url.href)
    except ValueError:
        raise BadAddressError("This cannot be read as a URL.") from None
    if len(url.href) > LONGEST:
        raise BadAddressError(f"An endpoint's URL has at most {LONGEST} visible ASCII characters.")
    scheme = url.protocol[:-1]
    if scheme not in PORTS:
        raise BadAddressError("An endpoint's URL begins with https://.")
    if url.username or url.password or "@" in parts.netloc:
        raise BadAddressError("An endpoint's URL names no user: the signature is the credential.")
    if url.hash or "#" in text:
        raise BadAddressError("An endpoint's URL has no part behind #: it would never be sent.")
    host = url.hostname.removeprefix("[").removesuffix("]")
    port = int(url.port) if url.port else PORTS[scheme]
    require_sendable(host, scheme=scheme, port=port, policy=policy)
    return Target(url.href, scheme, host, port)


def require_sendable(host: str, *, scheme: str, port: int, policy: Policy) -> None:
    """Raise BadAddressError for what is refused whatever the host resolves to."""
    if parse_address(host) is not None:
        if why := refusal(host, scheme=scheme, port=port, policy=policy):
            raise BadAddressError(f"Nothing is sent there: {why}.")
        return
    if policy.networks:
        return  # The name may lie in one of them, where every port is open.
    if scheme != "https" and not policy.plain:
        raise BadAddressError("An endpoint's URL begins with https://.")
    if port != PORTS[scheme]:
        raise BadAddressError(f"An endpoint listens on the port of its scheme: {PORTS[scheme]}.")
    if host == "localhost" or host.endswith(".localhost") or "." not in host.rstrip("."):
        raise BadAddressError("Nothing is sent there: the host is a name of this machine or network.")


def read_policy(texts: Sequence[str]) -> Policy:
    """The operator's words: networks such as 127.0.0.0/8, and ``http``. Raises ValueError for any other."""
    networks = tuple(ipaddress.ip_network(text) for text in texts if text != "http")
    return Policy(networks, plain="http" in texts)
