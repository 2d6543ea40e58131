"""Rehearsals at the desk: of what is on the table, and of how many people it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.agreements.talking import opened
from tests.server.web.web_checks import complaints, html

from mufakat.rules import capacity as plans
from mufakat.server.governance import capacity_runs
from mufakat.server.parties import queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]

SMALL = """profile: id-2017
days: 3
warm_up: 1
runs: 5
streams:
  - {name: all, category: terrorism, per_hour: 2, decide: {mean: PT10M}}
teams:
  - name: desk
    reviewers: 2
    calendar:
      name: always
      zone: Asia/Jakarta
      days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]
      hours: ["00:00-24:00"]
"""


@pytest.fixture
def place(house: House) -> str:
    """Talks, and where they are."""
    house.submit(body())
    return f"/desk/agreements/{opened()['id']}"


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Any:
    """A player that a test started ends with it."""
    yield
    for player in capacity_runs._players.values():
        if player.poll() is None:
            player.kill()
        player.wait(60)
    capacity_runs._players.clear()


def played(place: str, service: Client, plan: str = SMALL) -> str:
    """Where the result of the plan is, once it is there."""
    response = service.post(f"{place}/capacity", {"plan": plan})
    assert response.status_code == 302, html(response)
    for player in capacity_runs._players.values():
        assert player.wait(120) == 0
    return str(response.headers["Location"])


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("page", ["rehearsal", "capacity", "rehearsal?profile=eu-dsa&notices=3"])
def test_both_pages_are_whole(place: str, browser_of: Browser, page: str, language: str) -> None:
    response = browser_of("telegram", "representative").get(f"{place}/{page}", headers={"accept-language": language})
    assert response.status_code == 200
    assert complaints(response) == []


def test_the_page_tells_what_the_draft_would_change(place: str, browser_of: Browser) -> None:
    page = html(browser_of("telegram", "representative").get(f"{place}/rehearsal?profile=eu-dsa"))
    assert "What eu-dsa would change" in page
    assert "<code>receipt</code>" in page


@pytest.mark.parametrize("query", ["?notices=0", "?notices=many", "?profile=none"])
def test_what_cannot_be_rehearsed_is_said(place: str, browser_of: Browser, query: str) -> None:
    response = browser_of("telegram", "representative").get(f"{place}/rehearsal{query}")
    assert response.status_code == 422
    assert "see the fields below" in html(response)


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("page", ["rehearsal", "capacity", f"capacity/{'a' * 40}"])
def test_others_find_no_such_agreement(place: str, browser_of: Browser, page: str) -> None:
    assert browser_of("bnpt", "officer").get(f"{place}/{page}").status_code == 404


def test_the_plan_begins_with_what_came_in(place: str, browser_of: Browser) -> None:
    response = browser_of("telegram", "representative").get(f"{place}/capacity")
    plan = plans.parse(response.context["form"]["plan"].value().encode())
    assert [stream.name for stream in plan.streams] == ["terrorism-trusted_flag-urgent"]


def test_a_plan_is_played_and_its_charts_have_tables(place: str, browser_of: Browser) -> None:
    service = browser_of("telegram", "representative")
    response = service.get(played(place, service))
    assert complaints(response) == []
    page = html(response)
    assert "people meet every clock in 99 of 100 cases" in page or "person meets" in page
    assert page.count("<svg") >= 1
    assert 'style="' not in page
    assert "acknowledge_within" in page


def test_the_same_plan_is_not_played_twice(place: str, browser_of: Browser) -> None:
    service = browser_of("telegram", "representative")
    first = played(place, service)
    capacity_runs._players.clear()
    assert service.post(f"{place}/capacity", {"plan": SMALL}).headers["Location"] == first
    assert capacity_runs._players == {}


@pytest.mark.invariant("I-10")
def test_the_other_side_does_not_see_the_plan(place: str, browser_of: Browser) -> None:
    there = played(place, browser_of("telegram", "representative"))
    assert browser_of("kominfo", "officer").get(there).status_code == 404


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ("", "plan"),
        ("profile: id-2017\n", "streams is required"),
        (SMALL.replace("per_hour: 2", "per_hour: 0"), "Line 6"),
        (SMALL.replace("id-2017", "none"), "There is no such profile here."),
        (SMALL + "<script>: 1\n", "is not known here"),
    ],
)
def test_a_plan_with_faults_is_not_played(place: str, browser_of: Browser, plan: str, says: str) -> None:
    response = browser_of("telegram", "representative").post(f"{place}/capacity", {"plan": plan})
    assert response.status_code == 422
    assert complaints(response) == []
    assert says in html(response)
    assert capacity_runs._players == {}


def test_how_far_it_is_stands_in_a_part_of_the_page(place: str, browser_of: Browser) -> None:
    service = browser_of("telegram", "representative")
    there = played(place, service)
    part = service.get(f"{place}/capacity/{there.partition('run=')[2]}")
    assert part.headers["HX-Refresh"] == "true"


def test_a_page_that_waits_asks_again_by_itself(place: str, browser_of: Browser) -> None:
    service = browser_of("telegram", "representative")
    long = SMALL.replace("per_hour: 2", "per_hour: 900").replace("days: 3", "days: 20")
    page = html(service.get(str(service.post(f"{place}/capacity", {"plan": long}).headers["Location"])))
    assert 'hx-trigger="every 2s"' in page
    assert "htmx.min.js" in page


def test_a_run_that_was_killed_is_said_to_be_stopped_and_can_be_played_again(place: str, browser_of: Browser) -> None:
    service = browser_of("telegram", "representative")
    response = service.post(f"{place}/capacity", {"plan": SMALL})
    (player,) = capacity_runs._players.values()
    player.kill()
    player.wait(60)
    there = str(response.headers["Location"])
    party = queries.party_by_handle("telegram").id
    if capacity_runs.found(party, there.partition("run=")[2]).result is None:
        assert "It was stopped before it was done." in html(service.get(there))
    assert "What came of it" in html(service.get(played(place, service)))


def test_so_many_plans_are_played_at_once_and_no_more(place: str, browser_of: Browser) -> None:
    service = browser_of("telegram", "representative")
    long = SMALL.replace("per_hour: 2", "per_hour: 900").replace("days: 3", "days: 20")
    for seed in range(capacity_runs.AT_ONCE):
        assert service.post(f"{place}/capacity", {"plan": f"{long}seed: {seed}\n"}).status_code == 302
    assert service.post(f"{place}/capacity", {"plan": f"{long}seed: 99\n"}).status_code == 409
