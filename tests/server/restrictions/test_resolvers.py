"""An operator names its resolvers; none is ready before it was seen to filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.restrictions import sighted

from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.probing import BadResolverError, Reach, ResolverIn
from mufakat.server.journal.answers import Key
from mufakat.server.journal.models import Event
from mufakat.server.restrictions import resolvers
from mufakat.server.restrictions.models import Resolver, Watch
from mufakat.server.restrictions.resolvers import ResolverState, TooManyResolversError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.restrictions.ordering import Ministry
    from tests.server.restrictions.sighted import Network

    from mufakat.server.restrictions.resolvers import ResolverOut


@pytest.fixture
def network(ministry: Ministry, settings_of: Callable[..., None]) -> Network:
    return sighted.network(ministry, settings_of)


def shown(network: Network, operator: str = "isp-a") -> list[ResolverOut]:
    return list(resolvers.list_for(network.ministry.house.caller(operator, "engineer")))


def types(operator: str = "isp-a") -> list[str]:
    rows = Event.objects.filter(type__startswith="resolver.", case__startswith="pty_").order_by("position")
    return [row.type for row in rows if operator in {row.sender, row.recipient}]


def test_a_resolver_is_named_by_an_event(network: Network) -> None:
    network.resolver(port=5301)
    assert [(one.address, one.port, one.state) for one in shown(network)] == [
        ("127.0.0.1", 5301, ResolverState.WAITING)
    ]
    assert types() == ["resolver.set"]


def test_naming_it_again_changes_nothing(network: Network) -> None:
    assert network.resolver(port=5301) == network.resolver(port=5301)
    assert types() == ["resolver.set"]


def test_the_same_key_gives_the_same_answer(network: Network) -> None:
    by = network.ministry.house.caller("isp-a", "engineer")
    key = Key.of(by.party_id, "POST /api/v1/resolvers", "k", b"{}")
    first, again = (resolvers.add(ResolverIn("127.0.0.1", 5301), by=by, key=key) for _ in range(2))
    assert (first.body, again.replayed) == (again.body, True)


@pytest.mark.parametrize("seat", [("kominfo", "officer"), ("telegram", "representative"), ("auditor", "auditor")])
def test_only_an_engineer_of_an_operator_names_one(network: Network, seat: tuple[str, str]) -> None:
    with pytest.raises(NotPermittedError):
        resolvers.add(ResolverIn("127.0.0.1", 5301), by=network.ministry.house.caller(*seat))
    with pytest.raises(NotPermittedError):
        resolvers.list_for(network.ministry.house.caller(*seat))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])
def test_nobody_makes_the_house_ask_inside_its_own_network(
    network: Network, settings_of: Callable[..., None], address: str
) -> None:
    settings_of(MUFAKAT_PROBES=Reach())
    with pytest.raises(BadResolverError):
        resolvers.add(ResolverIn(address, 53), by=network.ministry.house.caller("isp-a", "engineer"))
    assert not Resolver.objects.exists()


def test_an_operator_names_only_so_many(network: Network) -> None:
    for number in range(resolvers.MOST):
        network.resolver(port=5301 + number)
    with pytest.raises(TooManyResolversError):
        network.resolver(port=6000)
    network.resolver("isp-b", port=6000)


def test_an_operator_sees_its_own_alone(network: Network) -> None:
    pk = network.resolver("isp-a")
    assert shown(network, "isp-b") == []
    with pytest.raises(NotFoundError):
        resolvers.remove(pk, by=network.ministry.house.caller("isp-b", "engineer"))


@pytest.mark.parametrize("pk", ["", "x", "-1", "9" * 30, "1; --", "²"])
def test_what_is_no_resolver_is_not_found(network: Network, pk: str) -> None:
    with pytest.raises(NotFoundError):
        resolvers.remove(pk, by=network.ministry.house.caller("isp-a", "engineer"))


def test_before_a_list_is_there_it_waits(network: Network) -> None:
    pk = network.resolver()
    network.work()
    assert (network.row(pk).proved_at, shown(network)[0].state) == (None, ResolverState.WAITING)


def test_it_is_ready_once_it_filters_the_canary_of_every_list(network: Network) -> None:
    network.resolver()
    network.ministry.published()
    network.work()
    assert shown(network)[0].state is ResolverState.READY
    assert types() == ["resolver.set", "resolver.seen"]


def test_before_that_it_is_asked_for_canaries_alone(network: Network) -> None:
    network.filters[5301] = False
    network.resolver()
    pk = network.ministry.published()
    network.work()
    assert shown(network)[0].state is ResolverState.NOT_FILTERING
    assert not Watch.objects.exists()
    assert {name for _, name in network.asked} == {None}
    assert network.operator(pk).resolvers == 0


def test_one_that_does_not_answer_is_called_silent(network: Network) -> None:
    network.filters[5301] = None
    network.resolver()
    network.ministry.published()
    network.work()
    assert shown(network)[0].state is ResolverState.SILENT


def test_one_that_begins_to_filter_is_ready_and_followed(network: Network) -> None:
    network.filters[5301] = False
    network.resolver()
    pk = network.ministry.published()
    network.work()
    network.filters[5301] = True
    network.ministry.wait(minutes=10)
    network.work()
    assert shown(network)[0].state is ResolverState.READY
    assert network.operator(pk).closed == 2


def test_one_that_filters_no_longer_is_not_ready_and_what_it_answers_still_counts(network: Network) -> None:
    network.resolver()
    pk = network.ministry.published()
    network.work()
    network.filters[5301] = False
    network.says[5301] = sighted.OPEN
    network.ministry.wait(hours=1, minutes=5)
    network.work()
    found = network.operator(pk)
    assert (shown(network)[0].state, found.ready, found.resolvers, found.open) == (
        ResolverState.NOT_FILTERING,
        0,
        1,
        2,
    )
    assert types() == ["resolver.set", "resolver.seen", "resolver.seen"]


def test_one_that_is_removed_is_asked_no_more_and_counts_no_more(network: Network) -> None:
    resolver = network.resolver()
    pk = network.ministry.published()
    network.work()
    by = network.ministry.house.caller("isp-a", "engineer")
    assert resolvers.remove(resolver, by=by).state is ResolverState.REMOVED
    assert resolvers.remove(resolver, by=by).state is ResolverState.REMOVED
    network.asked.clear()
    network.ministry.wait(hours=3)
    network.work()
    assert (network.asked, network.operator(pk).resolvers) == ([], 0)
    assert types()[-1] == "resolver.removed"
