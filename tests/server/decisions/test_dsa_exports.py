"""Our decisions for the DSA Transparency Database: said there whole, or not at all, with every reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.api.contract import breaches, described
from tests.server.api.doors import Reply, get, put
from tests.server.decisions.deciding import REVIEWER, REVIEWER_2, decide, taken

from mufakat.formats import dsa
from mufakat.server.decisions import queries
from mufakat.server.journal.models import Event

if TYPE_CHECKING:
    from tests.houses import House

GERMAN: dict[str, Any] = {"legal_ground": {"system": "de", "instrument": "A made-up act", "provision": "Section 5"}}
NEAR = {"locator": 0, "measure": "remove", "territory": ["DE", "FR"]}


def decided(house: House, *, key: str = "k1", item: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    notice = taken(house, key=key, content_date="2025-07-10", explanation=f"A placeholder for {key}.")
    return decide(house, notice, ground=GERMAN, items=[item or NEAR], **changes)


def ask(house: House, decision: str, query: str = "", *, handle: str = "telegram", seat: str = "reviewer") -> Reply:
    answer = get(f"/api/v1/decisions/{decision}/dsa{query}", house.token(handle, seat))
    assert list(breaches(described(), "GET", "/api/v1/decisions/{decision}/dsa", answer)) == []
    return answer


def exported(house: House, query: str) -> bytes:
    headers = {"Authorization": f"Bearer {house.token('telegram', 'representative')}"}
    response: Any = Client().get(f"/api/v1/statements/export?{query}", headers=headers)
    assert response.status_code == 200
    content = b"".join(response.streaming_content)
    response.close()
    return content


def test_a_decision_is_said_there_as_a_batch_that_is_taken_as_it_is(house: House) -> None:
    made = decided(house)
    answer = ask(house, made["id"], "?content_type=CONTENT_TYPE_TEXT,CONTENT_TYPE_VIDEO&content_language=ID")
    assert answer.status == 200
    (one,) = answer.json()["statements"]
    assert (one["puid"], one["territorial_scope"]) == (f"{made['id']}-0", ["DE", "FR"])
    assert one["content_type"] == ["CONTENT_TYPE_TEXT", "CONTENT_TYPE_VIDEO"]
    assert one["decision_facts"] == made["facts"]
    assert put("/api/v1/statements", answer.body, house.token("telegram", "reviewer")).status == 201


def test_what_cannot_be_said_there_is_refused_with_every_reason(house: House) -> None:
    made = decided(house, item={"locator": 0, "measure": "remove", "territory": ["ID"]}, reasons="word " * 401)
    answer = ask(house, made["id"])
    assert answer.status == 422
    assert answer.json()["type"] == "urn:mufakat:problem:unrepresentable"
    assert set(answer.pointers) == {"/items/0/territory", "/illegal_content_explanation"}


def test_a_measure_that_waits_for_a_second_person_is_not_said_there_yet(house: House) -> None:
    made = decided(house, item={"locator": 0, "measure": "terminate_account", "territory": ["DE"]})
    assert ask(house, made["id"]).pointers == ["/items"]
    measure = made["measures"][0]["id"]
    approved = put(f"/api/v1/measures/{measure}/approval", b"{}", house.token(*REVIEWER_2))
    assert approved.status == 200
    (one,) = ask(house, made["id"]).json()["statements"]
    assert one["decision_account"] == "DECISION_ACCOUNT_TERMINATED"


@pytest.mark.invariant("I-10")
def test_only_the_platform_that_decided_says_it_there(house: House) -> None:
    made = decided(house)
    assert ask(house, made["id"], handle="kominfo", seat="officer").status == 403
    assert ask(house, made["id"], handle="isp-a", seat="engineer").status == 404


def test_that_it_was_sent_is_one_event_and_is_said_once(house: House) -> None:
    made = decided(house)
    token = house.token(*REVIEWER)
    path = f"/api/v1/statements/{made['statement']}/submission"
    first, again = (put(path, b"{}", token) for _ in range(2))
    assert (first.status, again.status, again.json()["submitted_at"]) == (200, 200, first.json()["submitted_at"])
    assert list(breaches(described(), "POST", "/api/v1/statements/{statement}/submission", first)) == []
    assert Event.objects.filter(type="reasons.submitted").count() == 1


def test_what_cannot_be_said_there_was_not_sent_there(house: House) -> None:
    made = decided(house, item={"locator": 0, "measure": "remove", "territory": ["ID"]})
    answer = put(f"/api/v1/statements/{made['statement']}/submission", b"{}", house.token(*REVIEWER))
    assert answer.status == 422
    row = queries.Statement.objects.get(pk=made["statement"])
    assert row.submitted_at is None


def test_a_period_holds_what_can_be_said_and_names_the_rest(house: House) -> None:
    first, outside, last = (
        decided(house, key="a"),
        decided(house, key="b", item={"locator": 0, "measure": "remove", "territory": ["ID"]}),
        decided(house, key="c"),
    )
    refused, batch, end = (json.loads(line) for line in exported(house, "format=batches").splitlines())
    assert (refused["decision"], refused["errors"][0]["pointer"]) == (outside["id"], "/items/0/territory")
    assert [one["puid"] for one in batch["statements"]] == [f"{first['id']}-0", f"{last['id']}-0"]
    assert end == {"end": "done", "statements": 2, "refused": 1}
    (nothing,) = exported(house, "format=batches&until=2020-01-01").splitlines()
    assert json.loads(nothing) == {"end": "done", "statements": 0, "refused": 0}


def test_what_was_handed_in_comes_out_as_a_dump(house: House) -> None:
    batch = ask(house, decided(house)["id"]).body
    put("/api/v1/statements", batch, house.token(*REVIEWER))
    (row,) = dsa.read_dump([exported(house, "format=csv")])
    assert isinstance(row, dsa.Row)
    assert json.loads(dsa.encoded(row.statement)) == json.loads(batch)["statements"][0]
    assert exported(house, "format=csv&until=2020-01-01").count(b"\n") == 1


@pytest.mark.parametrize("query", ["", "format=x", "format=csv&since=x", "format=csv&other=1"])
def test_a_bad_parameter_is_named(house: House, query: str) -> None:
    answer = get(f"/api/v1/statements/export?{query}", house.token(*REVIEWER))
    assert answer.status == 422
