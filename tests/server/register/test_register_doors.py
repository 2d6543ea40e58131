"""The doors that are open to everybody: one address at a time, in bounded memory, whoever it pretends to be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from hypothesis import given, strategies as st

from mufakat.rules.errors import TooOftenError
from mufakat.rules.mandate import Quota
from mufakat.server.register import doors
from mufakat.server.register.doors import Door
from mufakat.server.runtime import door_environment
from mufakat.server.runtime.environment import EnvironmentValueError

AT = datetime(2026, 7, 14, 10, tzinfo=UTC)


def door(burst: int = 3, *, most: int = 100) -> Door:
    return Door(lambda: Quota(burst, burst), most=most)


def waits(it: Door, address: str, *, at: datetime = AT, cost: int = 1) -> int:
    """For how many seconds the address is sent away; 0 where it comes in."""
    try:
        it.enter(address, at=at, cost=cost)
    except TooOftenError as error:
        return error.seconds
    return 0


def test_an_address_that_asks_too_often_is_told_when_to_come_again() -> None:
    it = door(3)
    assert [waits(it, "192.0.2.1") for _ in range(5)] == [0, 0, 0, 20, 20]
    assert waits(it, "192.0.2.1", at=AT + timedelta(seconds=20)) == 0


def test_another_address_is_not_held_up() -> None:
    it = door(1)
    assert [waits(it, one) for one in ("192.0.2.1", "192.0.2.1", "192.0.2.2")] == [0, 60, 0]


def test_who_is_sent_away_pays_nothing() -> None:
    it = door(3)
    assert [waits(it, "192.0.2.1", cost=2), waits(it, "192.0.2.1", cost=2), waits(it, "192.0.2.1")] == [0, 20, 0]


def test_what_costs_more_than_there_ever_is_costs_all() -> None:
    it = door(3)
    assert [waits(it, "192.0.2.1", cost=50), waits(it, "192.0.2.1")] == [0, 20]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_a_household_is_counted_as_one(address: str, counted: str) -> None:
    assert doors.household(address) == counted


def test_a_crowd_cannot_wash_a_spent_bucket_clean() -> None:
    it = door(1, most=10)
    spent = waits(it, "192.0.2.1")
    for number in range(1_000):
        waits(it, f"198.51.100.{number % 250}")
    assert (spent, waits(it, "192.0.2.1"), len(it)) == (0, 60, 11)


def test_after_a_crowd_there_is_room_again() -> None:
    it = door(1, most=10)
    for number in range(50):
        waits(it, f"198.51.100.{number}")
    later = AT + timedelta(hours=1)
    assert [waits(it, f"203.0.113.{number}", at=later) for number in range(50)] == [0] * 10 + [0] + [60] * 39
    assert len(it) == 11


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 90)), max_size=200))
def test_no_address_gets_more_than_its_measure_and_memory_is_bounded(asked: list[tuple[int, int]]) -> None:
    it, at, let_in = door(2, most=8), AT, dict[int, list[datetime]]()
    for number, seconds in asked:
        at += timedelta(seconds=seconds)
        if waits(it, f"192.0.2.{number}", at=at) == 0:
            let_in.setdefault(number, []).append(at)
        assert len(it) <= 9
    for times in let_in.values():
        for first in times:
            # Two at once and two a minute: within any minute at most two more than what a minute brings.
            assert sum(first <= one < first + timedelta(seconds=60) for one in times) <= 4


@pytest.mark.parametrize(
    ("peer", "said", "found"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),  # No proxy of ours: what it says of itself is its own affair.
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),  # What the client itself wrote comes first.
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", " , ,", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "nonsense"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),  # The same proxy, at a socket for both families.
        ("::ffff:10.0.0.1", "198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
        ("::ffff:192.0.2.1", "198.51.100.1", "::ffff:192.0.2.1"),
        ("", "", ""),
    ],
)
def test_a_proxy_of_ours_is_believed_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch, peer: str, said: str, found: str
) -> None:
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", door_environment.read({"MUFAKAT_PROXIES": "10.0.0.0/8"}))
    assert doors.address_of({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": said}) == found


def test_the_operator_decides_how_often() -> None:
    found = door_environment.read({"MUFAKAT_PUBLIC_PACE": "7", "MUFAKAT_APPEAL_PACE": "3"})
    assert (found.reading, found.appealing) == (Quota(7, 7), Quota(3, 3))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MUFAKAT_PUBLIC_PACE", "0"),
        ("MUFAKAT_PUBLIC_PACE", "often"),
        ("MUFAKAT_APPEAL_PACE", "-1"),
        ("MUFAKAT_PROXIES", "proxy.example.org"),
        ("MUFAKAT_PROXIES", "10.0.0.1/8"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(EnvironmentValueError, match=name):
        door_environment.read({name: value})
