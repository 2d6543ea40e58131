"""How often one address may ask at the doors that need no token and no seat: a token bucket for each address.

Memory is bounded. A bucket that is full again is forgotten, which costs nobody anything; and where `MOST` addresses are
being counted, every further one draws from one bucket that they share, so that nobody gets rid of an empty bucket by
coming from many addresses at once. An IPv6 address stands for its /64, which one household has to itself.

Each process counts for itself: with several, an address may ask that many times as often.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from django.conf import settings

from mufakat.rules import mandate
from mufakat.rules.errors import TooOftenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from mufakat.rules.mandate import Bucket, Quota

    Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST = 20_000  # Addresses that a door counts at once: about 10 MB.
CROWD = ""  # Who comes when there is no room for an address of its own.
HOUSEHOLD = 64  # Bits of an IPv6 address.
NOWHERE = "unknown"  # A request that came over a socket without an address, as from this machine.


class Door:
    """One door and how often it opens for each address. `quota` is asked each time: the settings decide it."""

    def __init__(
        self, quota: Callable[[], Quota], *, most: int = MOST, named: Callable[[str], str] | None = None
    ) -> None:
        self._quota = quota
        self._named = named or household  # What is counted as one.
        self._most = most
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()  # Whoever came last stands last.

    def enter(self, address: str, *, at: datetime, cost: int = 1) -> None:
        """Come in, or TooOftenError, which says when to come again. What is turned away costs nothing."""
        quota = self._quota()
        cost = min(cost, quota.burst)
        with self._lock:
            name, bucket = self._of(address, quota, at=at)
            left, drawn = mandate.draw(bucket, cost, at=at) if mandate.left(bucket, at=at) >= cost else (bucket, 0)
            self._buckets[name] = left
            self._buckets.move_to_end(name)
        if drawn < cost:
            raise TooOftenError(mandate.whole_seconds(mandate.wait(left, cost, at=at)))

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._buckets.clear()

    def __len__(self) -> int:
        return len(self._buckets)

    def _of(self, address: str, quota: Quota, *, at: datetime) -> tuple[str, Bucket]:
        name = self._named(address)
        if name not in self._buckets:
            self._make_room(at=at)
            if len(self._buckets) >= self._most:
                name = CROWD
        found = self._buckets.get(name)
        if found is None or (found.burst, found.per_minute) != (quota.burst, quota.per_minute):
            return name, mandate.full(quota, at=at)
        return name, found

    def _make_room(self, *, at: datetime) -> None:
        """Forget the first two, if they are full again: more leave than come, so a full house empties."""
        for name in [name for name, _ in zip(self._buckets, range(2), strict=False)]:
            if not mandate.wait_until_full(self._buckets[name], at=at):
                del self._buckets[name]


def household(address: str) -> str:
    """What is counted as one: an IPv4 address, the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return NOWHERE
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.ip_network((found, HOUSEHOLD), strict=False))
        found = found.ipv4_mapped
    return str(found)


def address_of(meta: Mapping[str, str]) -> str:
    """Who asks. Of what a proxy of the operator says, the last address that is none of its proxies is believed."""
    peer = meta.get("REMOTE_ADDR", "")
    proxies = settings.MUFAKAT_DOORS.proxies
    hops = [peer, *reversed(meta.get("HTTP_X_FORWARDED_FOR", "").split(","))]
    believed = peer
    for hop in (each.strip() for each in hops):
        if not hop:
            continue
        believed = hop
        if not is_among(hop, proxies):
            break
    return believed


def is_among(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address lies in one of the networks; what is no address lies in none.

    A socket that listens for both families names an IPv4 peer as ``::ffff:10.0.0.1``: it is the same peer.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in networks)


READING = Door(lambda: settings.MUFAKAT_DOORS.reading)
"""The register: its pages, its files and its API; and what of an event's fields everybody may read beside the log."""

APPEALING = Door(lambda: settings.MUFAKAT_DOORS.appealing)
"""Appeals by code: opening one, lodging one. Codes cannot be guessed; this spares the machine and the platform."""


CODES = Door(lambda: settings.MUFAKAT_DOORS.appealing, named=str)
"""The same for each code, by the id of its decision: many addresses with one code are one bearer."""


def forget() -> None:
    """Begin anew at every door."""
    for door in (READING, APPEALING, CODES):
        door.forget()
