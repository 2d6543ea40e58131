"""The list of a party's notices: newest first, a page at a time, narrowed by state and addressee."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.houses import body
from tests.server.api.doors import NOTICES, bare, get, put

from mufakat.server.notices import queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.houses import House


@pytest.fixture
def three_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages so short that a few notices fill some."""
    monkeypatch.setattr(queries, "PAGE", 3)


def fill(house: House, count: int, *, first: int = 0) -> list[str]:
    """So many notices, oldest first."""
    return [house.submit(key=f"k{number}").subject for number in range(first, first + count)]


def pages(token: str, query: str = "") -> Iterator[list[str]]:
    """The ids of one page after the other."""
    after = ""
    while True:
        page = get(f"{NOTICES}?after={after}&{query}", token).json()
        yield [item["id"] for item in page["items"]]
        if page["next"] is None:
            return
        after = page["next"]


@pytest.mark.usefixtures("three_a_page")
@pytest.mark.parametrize("count", [0, 1, 3, 4, 6, 8])
def test_the_pages_hold_every_notice_once_newest_first(house: House, count: int) -> None:
    made = fill(house, count)
    found = [item for page in pages(house.token("kominfo", "officer")) for item in page]
    assert found == made[::-1]


@pytest.mark.usefixtures("three_a_page")
def test_a_full_last_page_is_the_last(house: House) -> None:
    fill(house, 3)
    assert get(NOTICES, house.token("kominfo", "officer")).json()["next"] is None


@pytest.mark.usefixtures("three_a_page")
def test_notices_that_come_while_one_pages_neither_shift_nor_repeat_anything(house: House) -> None:
    made = fill(house, 7)
    found = []
    for number, page in enumerate(pages(house.token("kominfo", "officer"))):
        found += page
        fill(house, 2, first=100 + 2 * number)
    assert found == made[::-1]


def test_a_page_holds_fifty(house: House) -> None:
    fill(house, 51)
    page = get(NOTICES, house.token("kominfo", "officer")).json()
    assert (len(page["items"]), page["next"]) == (50, page["items"][-1]["id"])


@pytest.mark.usefixtures("three_a_page")
def test_next_can_stand_in_an_address_as_it_is(house: House) -> None:
    fill(house, 4)
    assert re.fullmatch(r"[A-Za-z0-9_.~-]+", get(NOTICES, house.token("kominfo", "officer")).json()["next"])


def test_an_item_is_the_notice_without_its_body(house: House) -> None:
    token = house.token("kominfo", "officer")
    notice = house.submit().subject
    whole = get(f"{NOTICES}/{notice}", token).json()
    assert get(NOTICES, token).json()["items"] == [bare(whole)]


@pytest.mark.parametrize("query", ["state=&to=&after=", "state=", "to=", "after=", "unknown=1"])
def test_an_empty_parameter_equals_none(house: House, query: str) -> None:
    fill(house, 2)
    token = house.token("kominfo", "officer")
    assert get(f"{NOTICES}?{query}", token).body == get(NOTICES, token).body


def test_the_list_is_narrowed_by_state(house: House) -> None:
    first, second, third = fill(house, 3)
    put(f"{NOTICES}/{first}/acknowledgement", {}, house.token("telegram", "representative"))
    officer = house.token("kominfo", "officer")
    put(f"{NOTICES}/{third}/withdrawal", {"reason": "A slip."}, officer)
    found = {
        state: [item["id"] for item in get(f"{NOTICES}?state={state}", officer).json()["items"]]
        for state in ("received", "acknowledged", "withdrawn", "decided")
    }
    assert found == {"received": [second], "acknowledged": [first], "withdrawn": [third], "decided": []}


def test_the_list_is_narrowed_by_addressee(house: House) -> None:
    platform = house.submit(key="a").subject
    operator = house.submit(body(to="isp-a"), key="b").subject
    officer = house.token("kominfo", "officer")
    found = {
        to: [item["id"] for item in get(f"{NOTICES}?to={to}", officer).json()["items"]]
        for to in ("telegram", "isp-a", "isp-b", "nobody")
    }
    assert found == {"telegram": [platform], "isp-a": [operator], "isp-b": [], "nobody": []}


@pytest.mark.usefixtures("three_a_page")
def test_a_narrowed_list_has_pages_as_well(house: House) -> None:
    made = [house.submit(body(to=to), key=f"{to}-{n}").subject for n in range(4) for to in ("isp-a", "telegram")]
    found = [item for page in pages(house.token("kominfo", "officer"), "to=telegram&state=received") for item in page]
    assert found == made[1::2][::-1]


def test_the_recipient_lists_what_came_to_it(house: House) -> None:
    mine = house.submit(body(to="isp-a"), key="a").subject
    house.submit(key="b")
    assert [item["id"] for item in get(NOTICES, house.token("isp-a", "engineer")).json()["items"]] == [mine]


@pytest.mark.invariant("I-10")
def test_nobody_elses_notices_are_listed(house: House) -> None:
    fill(house, 2)
    assert get(NOTICES, house.token("bnpt", "officer")).json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("state=open", "/state"),
        ("state=RECEIVED", "/state"),
        ("state=received%00", "/state"),
        ("after=x", "/after"),
        ("after=ntc_", "/after"),
        ("after=ntc_01m810a8dze38vveertpmj3d1k%0a", "/after"),
        ("after=%ff%fe", "/after"),
    ],
)
def test_a_parameter_that_means_nothing_is_named(house: House, query: str, pointer: str) -> None:
    answer = get(f"{NOTICES}?{query}", house.token("kominfo", "officer"))
    assert (answer.status, answer.pointers) == (422, [pointer])


def test_a_stranger_learns_nothing_of_the_parameters(house: House) -> None:
    del house
    assert get(f"{NOTICES}?state=open").status == 401


def test_every_bad_parameter_is_named_at_once(house: House) -> None:
    answer = get(f"{NOTICES}?state=open&after=x", house.token("kominfo", "officer"))
    assert answer.pointers == ["/state", "/after"]


def test_a_longer_page_asks_the_database_no_more_often(house: House) -> None:
    token = house.token("kominfo", "officer")
    asked = []
    for first in (0, 20):
        fill(house, 20, first=first)
        get(NOTICES, token)  # Whom the token speaks for is remembered from here on.
        with CaptureQueriesContext(connection) as queries_made:
            items = json.loads(get(NOTICES, token).body)["items"]
        asked.append((len(items), len(queries_made)))
    assert [length for length, _ in asked] == [20, 40]
    assert asked[0][1] == asked[1][1]
