"""Which IP addresses the public can reach.

The table is our own, after the IANA special-purpose address registries (RFC 6890): Python 3.11 calls 64:ff9b::/96,
2002::/16, fec0::/10 and parts of 192.0.0.0/24 global, although a private IPv4 address may be inside.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

CLOSED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# Only 2000::/3 is unicast that anybody can be given; what is listed below lies inside it and is not.
UNICAST_V6 = IPv6Network("2000::/3")
CLOSED_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the IPv4 address is the last 32 bits.
SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 3056: the IPv4 address is the 32 bits after the prefix.


def is_public_v4(text: str) -> bool:
    """Whether a dotted IPv4 address is one that the public can reach. ``ValueError`` if it is no such address."""
    address = IPv4Address(text)
    return not any(address in network for network in CLOSED_V4)


def is_public_v6(text: str) -> bool:
    """Whether an IPv6 address (no brackets) is one the public can reach. ``ValueError`` if it is no such address."""
    address = IPv6Address(text)
    if address in NAT64:
        return is_public_v4(str(IPv4Address(int(address) & 0xFFFF_FFFF)))
    if address in SIX_TO_FOUR:
        return is_public_v4(str(IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)))
    return address in UNICAST_V6 and not any(address in network for network in CLOSED_V6)
