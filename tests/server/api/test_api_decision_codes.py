"""The code of an appeal in the answer to a decision over HTTP: there for those who hand it out, stored nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.api.doors import NOTICES, get, put
from tests.server.decisions.deciding import ACTING, REFUSING, taken

from mufakat.rules.permissions import Deed
from mufakat.server.journal.models import Answer

if TYPE_CHECKING:
    from tests.houses import House


@pytest.fixture
def reviewer(house: House) -> str:
    return house.token("telegram", "reviewer")


def test_the_answer_to_a_decision_brings_the_code_each_time_and_is_stored_without(house: House, reviewer: str) -> None:
    address = f"{NOTICES}/{taken(house)}/decision"
    first, again = put(address, ACTING, reviewer, "k1"), put(address, ACTING, reviewer, "k1")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    said = first.json()
    assert said["appeal"] == get(f"/api/v1/decisions/{said['id']}", reviewer).json()["appeal"]
    stored = [bytes(body) for body in Answer.objects.values_list("body", flat=True) if body is not None]
    assert stored
    assert not [one for one in stored if said["appeal"]["code"].encode() in one]


def test_a_refusal_has_no_code(house: House, reviewer: str) -> None:
    answer = put(f"{NOTICES}/{taken(house)}/decision", REFUSING, reviewer, "k1")
    assert answer.status == 201
    assert "appeal" not in answer.json()


def test_a_token_for_deciding_alone_decides_and_hands_nothing_out(house: House) -> None:
    token = house.token("telegram", "reviewer", scopes=[Deed.DECIDE])
    answer = put(f"{NOTICES}/{taken(house)}/decision", ACTING, token, "k1")
    assert (answer.status, answer.json().get("appeal")) == (201, None)
