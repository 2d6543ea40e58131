"""The probes at real resolvers: who opened is seen to have, and who did not is found and named."""

from __future__ import annotations

import ipaddress
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.dns import servers
from tests.dns.publishing import zone, zones
from tests.dns.test_story import ELEVEN
from tests.server.restrictions.ordering import OFFICER

from mufakat.formats import rpz
from mufakat.rules.probing import Reach, ResolverIn, Way
from mufakat.rules.restriction import CarryingState, Sighting
from mufakat.runners import probe
from mufakat.server.connectors.dns import probing
from mufakat.server.journal import door
from mufakat.server.restrictions import matrix, overdue, queries, resolvers
from mufakat.server.restrictions.models import Watch
from mufakat.server.restrictions.resolvers import ResolverState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dns.publishing import Publishing
    from tests.dns.servers import Primary, Process
    from tests.server.restrictions.ordering import Ministry

    from mufakat.server.restrictions.matrix import OperatorOut

pytestmark = pytest.mark.fault

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
DEAF = "allow-notify { none; }; min-refresh-time 3600; max-refresh-time 3600;"
OPERATORS = ("isp-a", "isp-b", "isp-c")


@dataclass
class Operators:
    """Three operators with a resolver each, and the house that asks them."""

    ministry: Ministry
    world: Process
    primary: Primary
    running: dict[str, Process] = field(default_factory=dict)

    def name(self, operator: str) -> None:
        by = self.ministry.house.caller(operator, "engineer")
        resolvers.add(ResolverIn("127.0.0.1", self.running[operator].port), by=by)

    def look(self) -> None:
        """One round of what goes on by itself, by the clock on the wall."""
        self.ministry.work()
        while probing.look(at=datetime.now(UTC)).more:
            self.ministry.work()

    def until(self, done: Callable[[], bool], what: str) -> float:
        def looked() -> bool:
            self.look()
            return done()

        return servers.until(looked, what, *self.running.values(), seconds=60, pause=0.1)

    def at(self, restriction: str, operator: str) -> OperatorOut:
        officer = self.ministry.house.caller(*OFFICER)
        found = matrix.matrix(queries.known(restriction), viewer=officer)
        return next(one for one in found.operators if one.operator == operator)

    def state(self, operator: str) -> ResolverState:
        by = self.ministry.house.caller(operator, "engineer")
        return resolvers.list_for(by)[0].state

    def late(self, passed: timedelta) -> None:
        self.ministry.at += passed
        while overdue.sweep(at=self.ministry.at).more:
            pass


@pytest.fixture
def asking(ministry: Ministry, settings_of: Callable[..., None]) -> Callable[[Process, Primary], Operators]:
    def made(world: Process, primary: Primary) -> Operators:
        settings_of(MUFAKAT_PROBES=Reach((LOOPBACK,), ("127.0.0.1", world.port)))
        return Operators(ministry, world, primary)

    return made


def test_an_operator_that_does_not_open_is_found_and_named(
    ministry: Ministry,
    publishing: Callable[..., Publishing],
    asking: Callable[[Process, Primary], Operators],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ports = {operator: servers.free_port() for operator in OPERATORS}
    with ExitStack() as stack:
        world = stack.enter_context(servers.world())
        primary = stack.enter_context(servers.primary(zones(*OPERATORS), tell=[ports["isp-b"], ports["isp-c"]]))
        house = asking(world, primary)
        stack.enter_context(publishing(primary).working())
        # (1) Closed everywhere. The resolver of isp-a takes the list when it starts, and hears no change of it.
        order = ministry.published(names=list(ELEVEN), operators=list(OPERATORS))
        line = f"{ELEVEN[0]}.{zone('terrorism', 'isp-a')}"
        servers.until(lambda: primary.ask(line).answer, "the primary has the list of isp-a", primary)
        for operator, how, options in (
            ("isp-a", servers.bind_resolver, DEAF),
            ("isp-b", servers.bind_resolver, ""),
            ("isp-c", servers.unbound, ""),
        ):
            server = how(primary, world, port=ports[operator], zones=zones(operator), zone_options=options)
            house.running[operator] = stack.enter_context(server)
            house.name(operator)
        house.until(lambda: all(house.at(order, one).closed == len(ELEVEN) for one in OPERATORS), "all see it closed")
        assert {house.state(one) for one in OPERATORS} == {ResolverState.READY}
        # (2) Lifted: two of them open, and nobody of them says anything.
        lifted = datetime.now(UTC)
        ministry.at = lifted.replace(microsecond=lifted.microsecond // 1000 * 1000)
        ministry.lift(order)
        house.until(lambda: all(house.at(order, one).open == len(ELEVEN) for one in ("isp-b", "isp-c")), "two open")
        found = {one: house.at(order, one) for one in OPERATORS}
        assert [one.carrying for one in found.values()] == [
            CarryingState.OPENING,
            CarryingState.OPEN,
            CarryingState.OPEN,
        ]
        assert (found["isp-a"].behind, found["isp-a"].opened.first) == (len(ELEVEN), None)
        with capsys.disabled():
            for operator in ("isp-b", "isp-c"):
                opened = found[operator].opened
                times = [datetime.fromisoformat(at or "") - lifted for at in (opened.first, opened.half, opened.all)]
                seconds = ", ".join(f"{one.total_seconds():.2f} s" for one in times)
                print(f"\n  {operator}: first, half and all of the names seen open after {seconds}", end="")
        # (3) A day later the third is late, is told, and in the end named; the others are not.
        house.late(timedelta(hours=24))
        assert [(one.operator, one.named) for one in overdue.late(order)] == [("isp-a", False)]
        house.late(timedelta(hours=6))
        house.late(timedelta(hours=18))
        assert [(one.operator, one.named) for one in overdue.late(order)] == [("isp-a", True)]
        # (4) It takes the list anew, and the ladder ends.
        deaf = house.running["isp-a"]
        deaf.stop()
        for file in deaf.folder.glob("*.raw*"):
            file.unlink()
        deaf.start()
        servers.wait_until_ready(deaf, zones("isp-a"))
        ask_now(order)
        house.until(lambda: house.at(order, "isp-a").open == len(ELEVEN), "the third opens")
        assert (house.at(order, "isp-a").carrying, overdue.late(order)) == (CarryingState.OPEN, [])


def ask_now(order: str) -> None:
    """Ask at once, though the house's own clock is a day ahead of the one on the wall."""
    now = datetime.now(UTC)
    door.commit(lambda _: Watch.objects.filter(restriction=order).update(next_at=now))


@pytest.mark.parametrize("kind", ["always_nxdomain", "static", "always_null", "always_refuse"])
def test_what_an_operator_closes_by_hand_is_seen_closed(kind: str) -> None:
    """Its own configuration, and no list: the ways in which names stayed closed long after they were lifted."""
    with servers.world() as world, servers.primary(zones("isp-a")) as primary:
        options = f'local-zone: "web.telegram.org." {kind}'
        with servers.unbound(primary, world, zones=zones("isp-a"), options=options) as resolver:
            asked = probe.Question(
                probe.Target("127.0.0.1", resolver.port),
                ("web.telegram.org", "core.telegram.org"),
                rpz.canary(zone()),
            )
            (found,) = probe.look([asked], reference=probe.Target("127.0.0.1", world.port))
    assert found.filters is True
    assert [one.state for one in found.seen] == [Sighting.CLOSED, Sighting.OPEN]


def test_a_name_that_its_owner_leads_nowhere_is_open() -> None:
    with (
        servers.world() as world,
        servers.primary(zones("isp-a")) as primary,
        servers.unbound(primary, world, zones=zones("isp-a")) as resolver,
    ):
        asked = probe.Question(probe.Target("127.0.0.1", resolver.port), (servers.PARKED,), rpz.canary(zone()))
        found = [probe.look([asked], reference=to) for to in (probe.Target("127.0.0.1", world.port), None)]
    states = [one.seen[0].state for (one,) in found]
    assert states == [Sighting.OPEN, Sighting.CLOSED]


def test_a_resolver_without_the_list_is_not_ready_and_counts_for_nothing(
    ministry: Ministry, publishing: Callable[..., Publishing], asking: Callable[[Process, Primary], Operators]
) -> None:
    with servers.world() as world, servers.primary(zones("isp-a")) as primary, publishing(primary).working():
        house = asking(world, primary)
        order = ministry.published(names=list(ELEVEN), operators=["isp-a"])
        with servers.bind_resolver(primary, world, zones=[zone(rpz.ALLOW)]) as resolver:
            house.running["isp-a"] = resolver
            house.name("isp-a")
            house.look()
            assert resolver.is_open(ELEVEN[0])
    assert house.state("isp-a") is ResolverState.NOT_FILTERING
    assert (house.at(order, "isp-a").resolvers, house.at(order, "isp-a").open) == (0, 0)


@pytest.mark.parametrize("how", [servers.bind_resolver, servers.unbound])
def test_a_listed_name_is_closed_in_all_four_ways(how: Callable[..., AbstractContextManager[Process]]) -> None:
    def listed(name: str) -> str:
        return "".join(rpz.write(name, 1, ELEVEN))

    with (
        servers.world() as world,
        servers.primary([zone()], files=listed) as primary,
        how(primary, world) as resolver,
    ):
        target = probe.Target("127.0.0.1", resolver.port)
        (found,) = probe.look([probe.Question(target, (*ELEVEN, "www.example.org"), rpz.canary(zone()))])
    *closed, other = found.seen
    assert {each.ways for each in closed} == {"a=closed aaaa=closed do=closed tcp=closed"}
    assert set(other.readings) == set(Way)
    assert other.state is Sighting.OPEN
