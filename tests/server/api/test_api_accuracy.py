"""Accuracy over HTTP: everybody sees the same counts, of whoever asks and of whoever answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.api.contract import breaches, described
from tests.server.api.doors import get
from tests.server.governance.counted import count, happen

from mufakat.rules.events import EventType
from mufakat.rules.histories import Occurrence
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.governance import queries
from mufakat.server.parties.operations import enrol_person, register_party

if TYPE_CHECKING:
    from tests.houses import House

PATH = "/api/v1/accuracy"
DECIDED = Occurrence(EventType.DECISION_MADE, outcome="act_full")
REFUSED = Occurrence(EventType.DECISION_MADE, outcome="refuse", refusal="unclear")


def shown(house: House, query: str = "", *, by: tuple[str, str] = ("auditor", "auditor")) -> dict[str, Any]:
    answer = get(f"{PATH}{query}", house.token(*by))
    assert answer.status == 200
    assert list(breaches(described(), "GET", PATH, answer)) == []
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def told(house: House) -> House:
    """Four notices: acted on, refused, open, and of another category."""
    for number, history in enumerate([[DECIDED], [REFUSED], []]):
        happen(house.submit(body(), key=f"k{number}").subject, history)
    happen(house.submit(body(category="fraud"), key="fraud", by=("bnpt", "officer")).subject, [DECIDED])
    count()
    return house


@pytest.mark.invariant("I-11")
def test_the_counts_balance(told: House) -> None:
    found = shown(told)
    assert found["conservation"]["received"] == 4
    assert found["conservation"]["open"] == 1
    assert found["conservation"]["outcomes"]["act_full"] == 2


def test_who_asks_and_who_answers_stand_side_by_side(told: House) -> None:
    by_party = {one["party"]: one for one in shown(told)["items"]}
    assert by_party["kominfo"]["asking"]["precision"]["part"] == 1
    assert by_party["kominfo"]["asking"]["precision"]["whole"] == 2
    assert by_party["kominfo"]["asking"]["refusals"]["unclear"] == 1
    assert by_party["telegram"]["answering"]["answered_in_time"] == 3
    assert by_party["telegram"]["asking"] is None


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("by", [("kominfo", "officer"), ("telegram", "reviewer"), ("isp-a", "engineer")])
def test_everybody_sees_the_same(told: House, by: tuple[str, str]) -> None:
    assert shown(told, by=by) == shown(told)


def test_a_category_narrows_it(told: House) -> None:
    by_party = {one["party"]: one for one in shown(told, "?category=fraud")["items"]}
    assert by_party["kominfo"]["asking"]["precision"]["whole"] == 0
    assert by_party["bnpt"]["asking"]["precision"]["whole"] == 1


@pytest.mark.parametrize("query", ["?to=2017-07-14", "?from=2999-01-01", "?from=2017-01-01&to=2017-12-31"])
def test_a_period_narrows_it(told: House, query: str) -> None:
    assert shown(told, query)["conservation"]["received"] == 0


def test_one_party_can_be_asked_for(told: House) -> None:
    assert [one["party"] for one in shown(told, "?party=bnpt")["items"]] == ["bnpt"]
    assert shown(told, "?party=nobody")["items"] == []


@pytest.mark.invariant("I-10")
def test_what_a_user_reported_is_nobodys_affair(house: House) -> None:
    member = register_party("jane", kind=PartyKind.MEMBER, name="Jane")
    enrol_person(member, role=Role.OFFICER, ordinal=1, email="jane@users.example", name="Jane")
    house.submit(body(kind="user_report"), key="report", by=("jane", "officer"))
    count()
    assert shown(house)["conservation"]["received"] == 1
    assert shown(house, "?party=jane") == shown(house, "?party=nobody")


def test_the_list_comes_in_pages(told: House, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [one["party"] for one in shown(told)["items"]]
    monkeypatch.setattr(queries.listed, "__kwdefaults__", {"size": 1})
    after, met = "", []
    while True:
        page = shown(told, f"?after={after}")
        met += [one["party"] for one in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert met == whole


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("?category=nonsense", "/category"),
        ("?from=yesterday", "/from"),
        ("?to=2017-02-30", "/to"),
        ("?from=2017-07-15&to=2017-07-14", "/to"),
        ("?party=No%20Handle", "/party"),
        ("?after=%00", "/after"),
    ],
)
def test_what_cannot_be_read_is_named(house: House, query: str, pointer: str) -> None:
    answer = get(f"{PATH}{query}", house.token("auditor", "auditor"))
    assert answer.status == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert list(breaches(described(), "GET", PATH, answer)) == []
