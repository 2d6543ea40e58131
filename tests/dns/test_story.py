"""The eleven names of July 2017: closed at real resolvers within a moment of the commit, and open again as fast."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.dns import servers
from tests.dns.publishing import zone, zones

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dns.publishing import Publishing
    from tests.dns.servers import Network, Process
    from tests.server.restrictions.ordering import Ministry

pytestmark = pytest.mark.fault

ELEVEN = (
    "t.me",
    "telegram.me",
    "telegram.org",
    "core.telegram.org",
    "desktop.telegram.org",
    "macos.telegram.org",
    "web.telegram.org",
    "venus.web.telegram.org",
    "pluto.web.telegram.org",
    "flora.web.telegram.org",
    "flora-1.web.telegram.org",
)
WAYS = [(type_, tcp, dnssec) for type_ in ("A", "AAAA") for tcp in (False, True) for dnssec in (False, True)]


def everyway(server: Process, seen: Callable[..., bool], names: tuple[str, ...] = ELEVEN) -> bool:
    """Whether each name is so for A and AAAA, over UDP and TCP, with and without the DO bit."""
    return all(seen(server, name, type_, tcp=tcp, dnssec=dnssec) for name in names for type_, tcp, dnssec in WAYS)


def followed(network: Network, seen: Callable[..., bool], began: float) -> dict[str, float]:
    """Seconds from the beginning until every name was so at each resolver, all of them watched at once."""

    def watch(server: Process) -> float:
        servers.until(lambda: all(seen(server, name) for name in ELEVEN), "the names change", server)
        return time.monotonic() - began

    with ThreadPoolExecutor() as pool:
        found = {kind: pool.submit(watch, server) for kind, server in network.resolvers.items()}
        return {kind: one.result() for kind, one in found.items()}


def test_the_eleven_names_are_closed_and_then_open_again(
    ministry: Ministry, publishing: Callable[..., Publishing], capsys: pytest.CaptureFixture[str]
) -> None:
    with servers.network(zones("isp-a", "isp-b")) as network, publishing(network.primary).working():
        closed, opened = servers.Process.is_closed, servers.Process.is_open
        assert all(everyway(server, opened) for server in network.resolvers.values())

        began = time.monotonic()
        order = ministry.published(names=list(ELEVEN), operators=["isp-a", "isp-b"])
        committed = time.monotonic()
        took = followed(network, closed, committed)
        assert all(everyway(server, closed) for server in network.resolvers.values())
        assert not any(closed(server, "www.web.telegram.org") for server in network.resolvers.values())

        began = time.monotonic()
        ministry.lift(order)
        committed = time.monotonic()
        back = followed(network, opened, committed)
        assert all(everyway(server, opened) for server in network.resolvers.values())
        with capsys.disabled():
            print(f"\n  lifting took {1000 * (committed - began):.0f} ms to be committed")
            for kind in network.resolvers:
                print(f"  {kind}: closed after {took[kind]:.3f} s, open after {back[kind]:.3f} s")
    assert ministry.state(order) == "lifted"
    assert zone() in network.primary.zones
