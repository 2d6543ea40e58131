"""A resolver is ready when it was seen to filter, not when it answers: in between it gives away what is closed."""

from __future__ import annotations

from functools import partial

import pytest
from tests.dns import servers
from tests.dns.publishing import zone, zones
from tests.dns.servers import Process, until, wait_until_ready

from mufakat.formats import rpz

pytestmark = pytest.mark.fault

LISTED = "web.example.net"
KINDS = {"bind": servers.bind_resolver, "unbound": servers.unbound}


def listed(name: str) -> str:
    return "".join(rpz.write(name, 1, [LISTED] if name == zone() else []))


@pytest.mark.parametrize("kind", KINDS)
def test_a_resolver_without_its_lists_answers_and_the_canary_says_that_it_does_not_filter(kind: str) -> None:
    port = servers.free_port()
    with servers.world() as world, servers.primary(zones("isp-a"), files=listed, tell=[port]) as primary:
        primary.kill()
        with KINDS[kind](primary, world, port=port, ready=False, zone_options=SOONER[kind]) as resolver:
            assert resolver.is_open(LISTED)  # It is up, and closes nothing.
            assert not resolver.filters(zone())
            primary.start()
            wait_until_ready(resolver, zones("isp-a"))
            assert resolver.is_closed(LISTED)


SOONER = {"bind": "min-retry-time 1; max-retry-time 1; min-refresh-time 1;", "unbound": ""}


def test_the_canary_of_a_list_that_only_measures_stays_silent() -> None:
    shadow = zone(shadow=True)
    with (
        servers.world() as world,
        servers.primary([shadow], files=lambda name: "".join(rpz.write(name, 1, [LISTED]))) as primary,
        servers.bind_resolver(primary, world, policy="policy disabled", ready=False) as resolver,
    ):
        until(lambda: "disabled" in hit(resolver), "it is measured", resolver)
        assert resolver.is_open(LISTED)
        assert not resolver.filters(shadow)


def hit(resolver: Process) -> str:
    """What the resolver writes down of a question for a listed name."""
    resolver.ask(LISTED)
    return resolver.log


def test_the_default_of_bind_holds_a_block_back_and_zero_does_not() -> None:
    ports = [servers.free_port(), servers.free_port()]
    held = "min-update-interval 60"
    with (
        servers.world() as world,
        servers.primary([zone()], tell=ports) as primary,
        servers.bind_resolver(primary, world, port=ports[0]) as quick,
        servers.bind_resolver(primary, world, port=ports[1], interval=held) as slow,
    ):
        # The first change after the start is taken at once by both; what follows is not.
        primary.update(zone(), add=["first.example.net"])
        for one in (quick, slow):
            until(partial(one.is_closed, "first.example.net"), "the first is closed", one, seconds=90)
        primary.update(zone(), add=[LISTED])
        took = until(lambda: quick.is_closed(LISTED), "it is closed", quick)
        print(f"\n  min-update-interval 0: closed after {took:.3f} s; 60: still open then: {slow.is_open(LISTED)}")
        assert slow.is_open(LISTED)
