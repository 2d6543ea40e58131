"""The letters of a ladder over HTTP: as the schema says, each once, and for the two sides alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.api.contract import breaches, described
from tests.server.api.doors import NOTICES, Reply, get, hot, put

from mufakat.server.notices import escalation

if TYPE_CHECKING:
    from tests.houses import House

STEP = "notice_of_intended_block"
GOOD = {"step": STEP, "text": "A made-up announcement.", "reasons_weighed": "No reasons came.", "language": "en"}


def raw(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


@pytest.fixture
def climbed(house: House) -> str:
    """A notice whose ladder was climbed to its top: what it proposes may be sent."""
    notice = str(hot(body(to="isp-a", kind="order"), token=house.token("kominfo", "officer")).json()["id"])
    at = datetime.now(UTC)
    for hour in range(48):
        escalation.sweep(at=at + timedelta(hours=hour))
    return notice


def test_real_answers_about_letters_are_as_the_schema_says(house: House, climbed: str) -> None:
    schema, officer = described(), house.token("kominfo", "officer")
    engineer, stranger, auditor = (
        house.token(*seat) for seat in (("isp-a", "engineer"), ("bnpt", "officer"), ("auditor", "auditor"))
    )
    here = f"{NOTICES}/{climbed}/warnings"
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    for token in (engineer, stranger, auditor, ""):
        ask("POST", here, raw(), token, "k0")
    for sent in (b"{", b"{}", raw(step="letter_1"), raw(reasons_weighed=None), raw(text=" "), raw(number=1)):
        assert ask("POST", here, sent, officer, "k1").status == 422
    assert ask("POST", here, raw(), officer).status == 400
    made = ask("POST", here, raw(), officer, "k2")
    assert (made.status, made.headers["location"]) == (201, made.json()["links"]["self"])
    assert ask("POST", here, raw(), officer, "k2").headers["idempotent-replayed"] == "true"
    assert ask("POST", here, raw(text="Other."), officer, "k2").status == 422
    assert ask("POST", here, raw(), officer, "k3").status == 409
    for token in (officer, engineer, stranger, auditor, ""):
        ask("GET", here, token)
        ask("GET", made.json()["links"]["self"], token)
    ask("GET", "/api/v1/warnings/wrn_none", officer)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} == {200, 201, 400, 401, 403, 404, 409, 422}


def test_the_clocks_of_a_notice_know_what_a_letter_did(house: House, climbed: str) -> None:
    officer = house.token("kominfo", "officer")
    (task,) = [one for one in get("/api/v1/tasks", officer).json()["items"] if one.get("proposes") == STEP]
    put(f"{NOTICES}/{climbed}/warnings", raw(), officer, "k")
    assert task["id"] not in {one["id"] for one in get("/api/v1/tasks", officer).json()["items"]}
    assert put(f"/api/v1/tasks/{task['id']}/reopening", b"", officer).status == 409


@pytest.mark.invariant("I-10")
def test_a_strangers_letter_and_an_unknown_one_are_the_same(house: House, climbed: str) -> None:
    made = put(f"{NOTICES}/{climbed}/warnings", raw(), house.token("kominfo", "officer"), "k").json()["id"]
    stranger = house.token("bnpt", "officer")
    answers = [get(f"/api/v1/warnings/{one}", stranger).json() for one in (made, "wrn_" + "0" * 26)]
    assert answers[0] == answers[1]
