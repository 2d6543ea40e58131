"""An operator that keeps closed what was lifted is told, told again, and named."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.server.parties.contacting import card
from tests.server.restrictions import sighted
from tests.server.restrictions.ordering import ENGINEERS, NAMES
from tests.server.restrictions.sighted import CLOSED

from mufakat.rules.restriction import CarryingState
from mufakat.server.journal import queries as events
from mufakat.server.journal.models import Outbox
from mufakat.server.parties import queries as parties, representatives
from mufakat.server.restrictions import overdue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.restrictions.ordering import Ministry
    from tests.server.restrictions.sighted import Network

WEB = NAMES[0]
DAY = timedelta(hours=24)  # In which an operator opens, by id-2017.


@pytest.fixture
def network(ministry: Ministry, settings_of: Callable[..., None]) -> Network:
    made = sighted.network(ministry, settings_of)
    made.resolver("isp-a", 5301)
    made.resolver("isp-b", 5302)
    return made


@pytest.fixture
def lifted(network: Network) -> str:
    """A restriction that was lifted; isp-a does not open, isp-b does."""
    pk = network.ministry.published()
    network.work()
    network.says[5301] = CLOSED
    network.ministry.lift(pk)
    pass_(network, timedelta(0))
    return pk


def pass_(network: Network, passed: timedelta) -> None:
    """So much later, and all that is due then."""
    network.ministry.at += passed
    network.work()
    while overdue.sweep(at=network.ministry.at).more:
        pass


def steps(pk: str) -> list[tuple[str, str]]:
    rows = [one for one in events.events_of(pk) if one.type == "restriction.overdue"]
    found = []
    for one in rows:
        said = {each.field: bytes(each.value or b"").decode() for each in one.openings.all()}
        found.append((said["operator"], said["step"]))
    return found


def told(pk: str) -> set[str]:
    last = [one for one in events.events_of(pk) if one.type == "restriction.overdue"][-1]
    return set(Outbox.objects.filter(event=last.id).values_list("to", flat=True))


def test_nobody_is_late_before_the_time_is_over(network: Network, lifted: str) -> None:
    pass_(network, DAY - timedelta(seconds=1))
    assert (steps(lifted), overdue.late(lifted)) == ([], [])


def test_whoever_keeps_it_closed_is_told_with_the_authority_and_the_platform(network: Network, lifted: str) -> None:
    pass_(network, DAY)
    assert steps(lifted) == [("isp-a", "late")]
    assert told(lifted) == {"party:isp-a", "party:kominfo", "party:telegram"}


def test_step_by_step_and_then_the_public_is_told_its_name(network: Network, lifted: str) -> None:
    pass_(network, DAY)
    since = network.ministry.at
    named = []
    for hours in (6, 18, 24 * 30):
        pass_(network, timedelta(hours=hours))
        named.append([(one.operator, one.since, one.named) for one in overdue.late(lifted)])
    assert steps(lifted) == [("isp-a", "late"), ("isp-a", "senior"), ("isp-a", "named")]
    assert named == [[("isp-a", since, False)], [("isp-a", since, True)], [("isp-a", since, True)]]
    assert network.operator(lifted).named


def test_a_step_is_taken_once(network: Network, lifted: str) -> None:
    pass_(network, DAY)
    for _ in range(3):
        pass_(network, timedelta(0))
    assert steps(lifted) == [("isp-a", "late")]


def test_who_looks_late_takes_one_step_at_a_time(network: Network, lifted: str) -> None:
    pass_(network, timedelta(days=9))
    assert steps(lifted) == [("isp-a", "late")]
    pass_(network, timedelta(hours=6))
    assert steps(lifted)[1:] == [("isp-a", "senior")]


def test_the_ladder_ends_once_the_names_are_seen_open(network: Network, lifted: str) -> None:
    pass_(network, DAY)
    del network.says[5301]
    pass_(network, timedelta(minutes=10))
    assert network.carrying(lifted).state == CarryingState.OPEN
    pass_(network, timedelta(days=2))
    assert (steps(lifted), overdue.late(lifted)) == ([("isp-a", "late")], [])


def test_a_false_word_ends_no_ladder(network: Network, lifted: str) -> None:
    network.ministry.confirm(lifted, by=ENGINEERS["isp-a"])
    pass_(network, DAY)
    assert steps(lifted) == [("isp-a", "late")]
    network.ministry.confirm(lifted, by=ENGINEERS["isp-a"])
    pass_(network, timedelta(hours=6))
    pass_(network, timedelta(hours=1))
    assert steps(lifted) == [("isp-a", "late"), ("isp-a", "senior")]


def test_an_operator_without_resolvers_is_late_until_it_says_that_it_opened(network: Network) -> None:
    pk = network.ministry.published(operators=["isp-c"])
    network.ministry.lift(pk)
    pass_(network, DAY)
    assert steps(pk) == [("isp-c", "late")]
    network.ministry.confirm(pk, by=ENGINEERS["isp-c"])
    pass_(network, timedelta(days=3))
    assert (steps(pk), overdue.late(pk)) == ([("isp-c", "late")], [])


def test_what_expired_has_to_be_opened_in_time_too(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.says[5301] = CLOSED
    pass_(network, timedelta(days=60, minutes=1))
    pass_(network, DAY)
    assert network.ministry.state(pk) == "expired"
    assert steps(pk) == [("isp-a", "late")]


def test_names_that_are_lifted_later_have_a_time_of_their_own(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.says[5301] = CLOSED
    network.ministry.lift(pk, WEB)
    pass_(network, DAY)
    del network.says[5301]
    pass_(network, timedelta(minutes=10))
    assert (steps(pk), overdue.late(pk)) == ([("isp-a", "late")], [])
    network.says[5301] = CLOSED
    network.ministry.lift(pk)
    pass_(network, DAY - timedelta(minutes=1))
    assert overdue.late(pk) == []
    pass_(network, timedelta(minutes=1))
    assert steps(pk) == [("isp-a", "late"), ("isp-a", "late")]


def test_the_operators_contacts_are_told(network: Network, lifted: str) -> None:
    party = parties.party_by_handle("isp-a")
    roles = (("narahubung", False), ("contact_for_authorities", True))
    made = [
        representatives.add(party, card(role, rank=rank, senior=senior), by=None, at=network.ministry.at).subject
        for rank, (role, senior) in enumerate(roles, 1)
    ]
    pass_(network, timedelta(days=4))
    assert f"contact:{made[0]}" in told(lifted)
    pass_(network, timedelta(hours=6))
    assert f"contact:{made[1]}" in told(lifted)


def test_nobody_is_late_with_what_another_restriction_keeps_closed(network: Network) -> None:
    ministry = network.ministry
    first = ministry.published(sunset_at=(ministry.at + timedelta(days=30)).isoformat())
    second = ministry.published(list="narcotics", operators=["isp-a"])
    network.work()
    ministry.lift(first)
    states = dict(ministry.row(first).carried.values_list("operator__handle", "state"))
    assert states == {"isp-a": CarryingState.OPEN, "isp-b": CarryingState.OPENING}
    pass_(network, DAY)
    assert steps(first) == []
    network.says[5301] = CLOSED
    ministry.lift(second)
    pass_(network, DAY)
    assert steps(second) == [("isp-a", "late")]


def test_nobody_is_late_with_a_shadow_run(network: Network) -> None:
    pk = network.ministry.published(shadow=True)
    network.ministry.lift(pk)
    pass_(network, DAY)
    assert steps(pk) == []


def test_who_was_late_with_one_name_has_its_time_for_the_next(network: Network) -> None:
    ministry = network.ministry
    pk = ministry.published(operators=["isp-c"])
    ministry.lift(pk, "web.example.net")
    pass_(network, DAY)
    assert steps(pk) == [("isp-c", "late")]
    ministry.confirm(pk, by=ENGINEERS["isp-c"])
    ministry.lift(pk)
    pass_(network, DAY - timedelta(hours=1))
    assert steps(pk) == [("isp-c", "late")]
    pass_(network, timedelta(hours=1))
    assert steps(pk) == [("isp-c", "late")] * 2


def test_what_another_restriction_closed_in_between_is_not_late_with_the_first(network: Network) -> None:
    ministry = network.ministry
    first = ministry.published(operators=["isp-a"])
    network.work()
    ministry.lift(first, "web.example.net")
    pass_(network, timedelta(hours=2))
    second = ministry.closed(list="narcotics", operators=["isp-a"], names=["web.example.net"])
    network.says[5301, "web.example.net"] = CLOSED
    pass_(network, timedelta(days=3))
    ministry.lift(second)
    pass_(network, timedelta(hours=2))
    assert (steps(first), steps(second)) == ([], [])
    pass_(network, DAY)
    assert ("isp-a", "late") in steps(second)
