"""What a line of an RPZ zone looks at: a name, or an address of the asker, the answer or a name server. Pure.

We write names alone: an address is shared by strangers, and closing it closes them all. Lists of others hold the rest,
and whoever reads one has to know what it is.

Source: draft-vixie-dnsop-dns-rpz-00, 4.1; NLnetLabs/unbound services/rpz.c for what is accepted in practice.
"""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    Network = IPv4Network | IPv6Network


class Trigger(StrEnum):
    """What is looked at; the value is the last label, of a name it is none."""

    NAME = ""
    CLIENT = "rpz-client-ip"
    ANSWER = "rpz-ip"
    SERVER_NAME = "rpz-nsdname"
    SERVER = "rpz-nsip"


_OF_NETWORKS: Final = frozenset({Trigger.CLIENT, Trigger.ANSWER, Trigger.SERVER})
_GROUPS: Final = 8  # Of an IPv6 address.


class TriggerError(ValueError):
    """The owner ends as a trigger does, and is none."""


def owner_of(network: Network, trigger: Trigger) -> str:
    """The owner of a line that looks at addresses: the prefix's length, the address from its end, `zz` for `::`."""
    if isinstance(network, ipaddress.IPv4Network):
        parts = str(network.network_address).split(".")
    else:
        # One group at either end of `::` is empty where the address begins or ends with it.
        parts = [part or "zz" for part in _pressed(network.network_address.compressed).split(":")]
    return ".".join([str(network.prefixlen), *reversed(parts), trigger.value])


def _pressed(address: str) -> str:
    return address.replace("::", "::", 1).removeprefix(":").removesuffix(":") if "::" in address else address


def read(owner: str) -> tuple[Trigger, str | Network]:
    """What an owner looks at: a name, or a network. Raises TriggerError."""
    rest, _, last = owner.rpartition(".")
    if not last.startswith("rpz-"):
        return Trigger.NAME, owner
    try:
        trigger = Trigger(last)
    except ValueError:
        raise TriggerError(f"no trigger is called {last}") from None
    if trigger is Trigger.SERVER_NAME:
        if not rest:
            raise TriggerError("it names no server")
        return trigger, rest
    return trigger, _network(rest)


def _network(text: str) -> Network:
    length, *parts = text.split(".")
    parts.reverse()
    try:
        if len(parts) == 4 and "zz" not in parts and all(part.isdecimal() for part in parts):
            return ipaddress.IPv4Network(f"{'.'.join(parts)}/{length}")
        if parts.count("zz") > 1 or ("zz" not in parts and len(parts) != _GROUPS):
            raise TriggerError("it is no address")
        address = ":".join("" if part == "zz" else part for part in parts)
        address = f":{address}" if parts[0] == "zz" else address
        return ipaddress.IPv6Network(f"{address}:/{length}" if parts[-1] == "zz" else f"{address}/{length}")
    except (ValueError, IndexError):
        raise TriggerError("it is no network") from None
