"""What the probes see is written down: closed or open since when, at every operator."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.restrictions import sighted
from tests.server.restrictions.ordering import APPROVER, ENGINEERS, LAWYER, NAMES
from tests.server.restrictions.sighted import CLOSED, OPEN, SILENT

from mufakat.proof import canonical
from mufakat.rules.restriction import CarryingState
from mufakat.server.journal import door
from mufakat.server.restrictions import matrix, queries, sighting, watching
from mufakat.server.restrictions.models import Sight, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.restrictions.ordering import Ministry
    from tests.server.restrictions.sighted import Network

WEB, APP = NAMES


@pytest.fixture
def network(ministry: Ministry, settings_of: Callable[..., None]) -> Network:
    made = sighted.network(ministry, settings_of)
    for port, operator in ((5301, "isp-a"), (5302, "isp-b")):
        made.resolver(operator, port)
    return made


def state(network: Network, pk: str, handle: str = "isp-a") -> str:
    return network.carrying(pk, handle).state


def test_what_is_published_is_seen_closed(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    assert [(one.operator, one.closed, one.open) for one in network.matrix(pk).operators] == [
        ("isp-a", 2, 0),
        ("isp-b", 2, 0),
    ]


def test_an_answer_as_before_is_no_event(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    before = network.sights(pk)
    for _ in range(5):
        network.ministry.wait(hours=1, minutes=1)
        network.work()
    assert len(before) == 2
    assert network.sights(pk) == before


def test_what_changed_at_a_resolver_is_one_event(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.ministry.lift(pk)
    network.work()
    last = network.sights(pk)[-1]
    assert [one["state"] for one in last["names"]] == ["open", "open"]
    assert {one["name"] for one in last["names"]} == set(NAMES)
    assert len(network.sights(pk)) == 4


def test_silence_takes_nothing_back(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    since = {row.pk: row.since for row in Sight.objects.all()}
    network.says[5301] = SILENT
    network.ministry.wait(hours=2)
    network.work()
    assert network.operator(pk).closed == 2
    assert {row.pk: row.since for row in Sight.objects.all()} == since


def test_the_operators_resolvers_are_asked_at_once_after_a_lifting_then_ever_more_seldom(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.says[5301] = CLOSED
    network.ministry.lift(pk)
    gaps = []
    for _ in range(30):
        network.work()
        at = Watch.objects.get(restriction=pk, resolver__port=5301).next_at
        assert at is not None
        gaps.append(at - network.ministry.at)
        network.ministry.at = at
    assert gaps[0] < timedelta(seconds=2)
    assert gaps == sorted(gaps)
    assert max(gaps) == timedelta(minutes=5)


def test_an_operator_whose_resolvers_answer_has_opened_whatever_it_says(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.ministry.wait(minutes=1)
    network.ministry.lift(pk)
    assert state(network, pk) == CarryingState.OPENING
    network.ministry.wait(seconds=3)
    network.work()
    row = network.carrying(pk)
    assert (row.state, row.opened_at, row.opened_by) == (CarryingState.OPEN, network.ministry.at, None)


def test_an_operator_that_says_so_while_a_resolver_still_closes_has_not(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.says[5301, WEB] = CLOSED
    network.ministry.lift(pk)
    network.ministry.confirm(pk, by=ENGINEERS["isp-a"])
    assert state(network, pk) == CarryingState.OPEN
    network.work()
    row = network.carrying(pk)
    assert (row.state, row.opened_at, row.opened_by) == (CarryingState.OPENING, None, None)
    assert row.due_at == network.ministry.at + timedelta(hours=24)


def test_one_resolver_that_closes_is_enough_to_be_closed(network: Network) -> None:
    network.resolver("isp-a", 5303)
    pk = network.ministry.published()
    network.work()
    network.says[5303] = CLOSED
    network.ministry.lift(pk)
    network.work()
    found = network.operator(pk)
    assert (state(network, pk), found.closed, found.open, found.behind) == (CarryingState.OPENING, 2, 0, 2)


def test_an_operator_without_resolvers_is_believed(network: Network) -> None:
    pk = network.ministry.published(operators=["isp-c"])
    network.ministry.lift(pk)
    network.work()
    assert state(network, pk, "isp-c") == CarryingState.OPENING
    network.ministry.confirm(pk, by=ENGINEERS["isp-c"])
    network.work()
    assert state(network, pk, "isp-c") == CarryingState.OPEN


def test_a_name_that_another_restriction_closes_is_awaited_from_nobody(network: Network) -> None:
    first = network.ministry.published()
    second = network.ministry.published(names=[WEB])
    network.work()
    network.ministry.lift(first)
    network.says[5301, WEB] = CLOSED
    network.work()
    found = network.operator(first)
    assert (state(network, first), found.behind, found.open) == (CarryingState.OPEN, 0, 1)
    network.ministry.lift(second)
    network.work()
    assert network.operator(second).behind == 1


def test_a_subtree_keeps_what_is_below_it(network: Network) -> None:
    pk = network.ministry.propose(names=["example.net"], match="subtree")["id"]
    for seat in (APPROVER, LAWYER):
        network.ministry.approve(pk, by=seat, note="Nothing else is there.")
    network.ministry.answer(pk)
    network.work()
    assert watching.kept({WEB, "example.net", "example.org", "net", "badexample.net"}, network.party()) == {
        WEB,
        "example.net",
    }


def test_some_names_are_lifted_and_the_rest_stays_closed(network: Network) -> None:
    pk = network.ministry.published()
    network.ministry.confirm(pk, by=ENGINEERS["isp-a"])
    network.work()
    network.ministry.lift(pk, WEB)
    network.work()
    found = network.operator(pk)
    assert (found.open, found.closed, found.behind, found.carrying) == (1, 1, 0, CarryingState.APPLIED)


def test_names_that_are_closed_again_after_they_were_open_are_found(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.ministry.lift(pk)
    network.work()
    assert state(network, pk) == CarryingState.OPEN
    network.says[5301] = CLOSED
    network.ministry.wait(hours=2)
    network.work()
    assert state(network, pk) == CarryingState.OPENING


def test_a_day_after_all_is_open_nobody_is_asked_any_more(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.ministry.lift(pk)
    for _ in range(27):
        network.work()
        network.ministry.wait(hours=1, minutes=1)
    assert not Watch.objects.filter(restriction=pk, next_at__isnull=False).exists()


def test_the_first_the_half_and_all_of_the_names_are_open_at_their_times(network: Network) -> None:
    names = [f"host{number}.example.net" for number in range(4)]
    pk = network.ministry.published(names=names)
    network.work()
    network.says = {(5301, name): CLOSED for name in names}
    network.ministry.lift(pk)
    began = network.ministry.at
    for name in names:
        network.ministry.wait(minutes=10)
        del network.says[5301, name]
        network.work()
    opened = network.operator(pk).opened
    times = [canonical.timestamp(began + timedelta(minutes=minutes)) for minutes in (10, 20, 40)]
    assert [opened.first, opened.half, opened.all] == times


def test_the_public_is_told_of_one_name_at_each_operator(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.says[5301, WEB] = CLOSED
    network.ministry.lift(pk)
    network.work()
    row = queries.known(pk)
    assert [(one.operator, one.state) for one in matrix.of_name(row, WEB)] == [("isp-a", CLOSED), ("isp-b", OPEN)]
    assert [(one.operator, one.state) for one in matrix.of_name(row, APP)] == [("isp-a", OPEN), ("isp-b", OPEN)]


def test_what_closes_nothing_in_the_dns_is_not_asked_for(network: Network) -> None:
    network.ministry.published(shadow=True)
    network.ministry.published(layer="url")
    network.work()
    assert not Watch.objects.exists()


def test_a_lifting_while_it_is_asked_is_asked_again_at_once(network: Network) -> None:
    pk = network.ministry.published()
    network.work()
    network.ministry.wait(hours=2)
    outcomes = [network.outcome(turn) for turn in watching.turns(at=network.ministry.at)]
    network.ministry.lift(pk)
    network.ministry.work()
    door.commit(partial(sighting.record, outcomes))
    assert network.operator(pk).behind == 2
    network.work()
    assert network.operator(pk).behind == 0


def test_names_with_very_many_labels_are_asked_of_the_database_in_portions(network: Network) -> None:
    deep = {".".join([f"n{number}", *"abcdefghij" * 12]) for number in range(400)}
    assert watching.kept(deep, network.party()) == set()


def test_what_cannot_be_written_down_stands_in_nobodys_way(
    network: Network, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pk = network.ministry.published()
    network.work()
    write = sighting._write

    def broken(one: sighting.Outcome, *rest: Any) -> list[dict[str, Any]]:
        if one.turn.port == 5301:
            raise ValueError("made up")
        return write(one, *rest)

    monkeypatch.setattr(sighting, "_write", broken)
    network.ministry.lift(pk)
    network.work()
    assert [(one.operator, one.open) for one in network.matrix(pk).operators] == [("isp-a", 0), ("isp-b", 2)]
    assert "could not be written down" in caplog.text
    monkeypatch.undo()
    network.ministry.wait(hours=1)
    network.work()
    assert network.operator(pk).open == 2
