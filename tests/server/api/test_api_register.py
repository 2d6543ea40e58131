"""The register over HTTP, without a token."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from tests.houses import body
from tests.server.api.contract import breaches, described
from tests.server.api.doors import get

from mufakat.proof import verify
from mufakat.rules.mandate import Quota
from mufakat.server.journal import signer
from mufakat.server.notices import operations as notices
from mufakat.server.register import doors, following

if TYPE_CHECKING:
    from tests.houses import House

REGISTER = "/api/v1/register"


@pytest.fixture(autouse=True)
def _fresh_doors() -> None:
    doors.forget()


def follow() -> None:
    while following.sweep(at=datetime.now(UTC)).more:
        pass


def sent(house: House, key: str = "k1", **changes: object) -> dict[str, str]:
    found: dict[str, str] = json.loads(house.submit(body(**changes), key=key).body)
    return found


def test_anybody_finds_a_notice_and_its_leaf(house: House) -> None:
    made = sent(house)
    follow()
    (found,) = get(f"{REGISTER}?q=terrorism&kind=notice&party=telegram").json()["items"]
    assert (found["id"], found["leaf"]) == (made["id"], made["leaf"])
    assert found["fields"]["locators"][0]["kind"] == "message"
    assert "examplechannel" not in json.dumps(found)


def test_the_receipt_of_an_entry_verifies(house: House) -> None:
    made = sent(house)
    follow()
    answer = get(f"{REGISTER}/{made['id']}/receipt")
    found = verify.verify(answer.body, keys=[signer.signing_key("1").verify_key])
    assert found.leaf_hash == base64.b64decode(made["leaf"])


def test_the_receipt_of_another_step_is_its_own(house: House) -> None:
    made = sent(house)
    notices.acknowledge(made["id"], by=house.caller("telegram", "reviewer"))
    follow()
    steps = get(f"{REGISTER}/{made['id']}").json()["steps"]
    texts = {get(f"{REGISTER}/{made['id']}/receipt?event={step['event']}").body for step in steps}
    assert len(texts) == len(steps) == 2
    names = [
        get(f"{REGISTER}/{made['id']}/receipt?event={step['event']}").headers["content-disposition"] for step in steps
    ]
    assert names == [f'attachment; filename="{step["event"]}.receipt"' for step in steps]
    assert get(f"{REGISTER}/{made['id']}/receipt?event=evt_none").status == 404


def test_days_narrow_and_include_their_ends(house: House) -> None:
    sent(house)
    follow()
    today = datetime.now(UTC).date().isoformat()
    assert get(f"{REGISTER}?kind=notice&from={today}&to={today}").json()["items"]
    assert not get(f"{REGISTER}?kind=notice&to=2017-07-10").json()["items"]


def test_a_page_leads_to_the_next(house: House) -> None:
    for number in range(3):
        sent(house, f"k{number}")
    follow()
    first = get(f"{REGISTER}?kind=party").json()
    assert first["next"] is None
    assert len({one["id"] for one in first["items"]}) == len(first["items"])


@pytest.mark.parametrize("query", ["after=zz", "from=2017", "to=2017-7-1", "from=9999-12-31", "to=0000-01-01"])
def test_what_cannot_be_read_is_said(house: House, query: str) -> None:
    answer = get(f"{REGISTER}?{query}")
    assert answer.status == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize("name", ["q", "kind", "party", "category", "outcome"])
def test_a_word_longer_than_any_is_found_by_nothing(house: House, name: str) -> None:
    house.submit()
    follow()
    answer = get(f"/api/v1/register?{name}={'x' * 3_000}")
    assert (answer.status, answer.json()) == (200, {"items": [], "next": None})


def test_whoever_asks_too_often_is_told_when_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", replace(settings.MUFAKAT_DOORS, reading=Quota(2, 1)))
    answers = [get(path) for path in (REGISTER, f"{REGISTER}/ntc_none", f"{REGISTER}/ntc_none/receipt", REGISTER)]
    assert [answer.status for answer in answers] == [200, 404, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert breaches(described(), "GET", REGISTER, answers[-1]) == []


def test_answers_are_as_the_schema_says(house: House) -> None:
    made = sent(house)
    sent(house, "k2", category="child_sexual_abuse", locators=["https://content.example/x"])
    follow()
    asked = [REGISTER, f"{REGISTER}/{made['id']}", f"{REGISTER}/{made['id']}/receipt", f"{REGISTER}/ntc_none"]
    asked += [f"{REGISTER}?q=telegram&kind=&from=", f"{REGISTER}?after=zz", f"{REGISTER}?q=%21"]
    schema = described()
    assert [fault for path in asked for fault in breaches(schema, "GET", path, get(path))] == []
