"""Drafts rehearsed on what came in: the same as the clocks that ran, of the own party's notices alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.houses import body
from tests.server.agreements.talking import body as talks_of, frame, opened
from tests.server.api.contract import breaches, described
from tests.server.api.doors import get
from tests.server.decisions.deciding import decide

from mufakat.rules import profile as profiles
from mufakat.server.governance import rehearsal
from mufakat.server.notices import clocks, operations as notices
from mufakat.server.notices.models import Clock, Notice
from mufakat.server.parties import queries

if TYPE_CHECKING:
    from tests.houses import House

PATH = "/api/v1/agreements/{agreement}/rehearsal"


@pytest.fixture
def told(house: House) -> House:
    """Six notices of the ministry to the service: two open, one taken on, two decided, one withdrawn."""
    taken = [house.submit(body(), key=f"k{number}").subject for number in range(6)]
    for notice in taken[2:5]:
        notices.acknowledge(notice, by=house.caller("telegram", "reviewer"))
    for notice in taken[3:5]:
        decide(house, notice)
    notices.withdraw(taken[5], by=house.caller("kominfo", "officer"), reason="a mistake")
    return house


def pair() -> tuple[str, str]:
    return (queries.party_by_handle("kominfo").id, queries.party_by_handle("telegram").id)


def stored(at: datetime) -> dict[str, Counter[str]]:
    """How the clocks that ran stand."""
    found: dict[str, Counter[str]] = {}
    for one in Clock.objects.select_related("notice"):
        state = clocks.state_of(one, profiles.load(one.notice.profile), at=at)
        found.setdefault(one.name, Counter())[state.value] += 1
    return found


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=5), timedelta(days=2), timedelta(days=60)])
def test_the_profile_that_was_in_force_gives_the_clocks_that_ran(told: House, later: timedelta) -> None:
    del told
    at = datetime.now(UTC) + later
    found = rehearsal.rehearse(profiles.load("id-2017"), [pair()], at=at)
    assert {clock.name: Counter(clock.states) for clock in found.clocks} == stored(at)


def test_another_profile_has_other_clocks(told: House) -> None:
    del told
    found = rehearsal.rehearse(profiles.load("eu-dsa"), [pair()], at=datetime.now(UTC) + timedelta(hours=2))
    assert found.notices == 6
    assert "receipt" in {clock.name for clock in found.clocks}
    assert all(clock.target for clock in found.clocks if clock.name == "receipt")


def test_the_newest_are_taken(told: House) -> None:
    newest = told.submit(body(), key="newest").subject
    found = rehearsal.rehearse(profiles.load("id-2017"), [pair()], at=datetime.now(UTC), limit=1)
    row = Notice.objects.get(pk=newest)
    assert (found.notices, found.first, found.last) == (1, row.received_at, row.received_at)


def test_of_nobody_there_is_nothing(told: House) -> None:
    del told
    assert rehearsal.rehearse(profiles.load("id-2017"), [], at=datetime.now(UTC)).notices == 0


def test_it_asks_the_database_as_often_for_many_as_for_few(told: House) -> None:
    del told
    between = [pair()]
    with CaptureQueriesContext(connection) as asked:
        rehearsal.rehearse(profiles.load("eu-dsa"), between, at=datetime.now(UTC))
    assert len(asked) == 3


def shown(
    house: House, agreement: str, query: str = "", *, by: tuple[str, str] = ("telegram", "representative")
) -> Any:
    answer = get(f"{PATH.format(agreement=agreement)}{query}", house.token(*by))
    assert list(breaches(described(), "GET", PATH, answer)) == []
    return answer


def test_what_is_on_the_table_is_rehearsed_for_both_sides(told: House) -> None:
    draft = opened(talks_of(points=[{"name": "terms", **frame("eu-dsa")}]))
    found = shown(told, draft["id"]).json()
    assert found["notices"] == 6
    assert found["profile"] == "eu-dsa"
    assert shown(told, draft["id"], by=("kominfo", "officer")).json()["notices"] == 6


def test_another_profile_can_be_asked_for(told: House) -> None:
    draft = opened()
    assert shown(told, draft["id"], "?profile=id-mr5-2020&notices=2").json()["profile"] == "id-mr5-2020"
    assert shown(told, draft["id"], "?profile=id-mr5-2020&notices=2").json()["notices"] == 2


@pytest.mark.parametrize("query", ["?profile=none", "?notices=0", "?notices=100001", "?notices=many", "?notices=²"])
def test_what_cannot_be_rehearsed_is_said(told: House, query: str) -> None:
    assert shown(told, opened()["id"], query).status == 422


@pytest.mark.invariant("I-10")
def test_others_do_not_see_that_there_is_one(told: House) -> None:
    assert shown(told, opened()["id"], by=("bnpt", "officer")).status == 404


@pytest.mark.invariant("I-10")
def test_nobody_sees_what_others_sent(told: House) -> None:
    draft = opened(talks_of(parties=["kominfo", "telegram", "bnpt"]))
    assert shown(told, draft["id"], by=("bnpt", "officer")).json()["notices"] == 0
    assert shown(told, draft["id"], by=("kominfo", "officer")).json()["notices"] == 6
