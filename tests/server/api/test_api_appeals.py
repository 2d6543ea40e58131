"""Appeals over HTTP: the public door is bounded and tells nothing, and whose roles may do what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from tests.server.api.contested import APPEALS, asked, by_account, code_of, lodging, sent, with_code
from tests.server.api.contract import breaches, described
from tests.server.api.decided import decided
from tests.server.api.doors import Reply, get, put, rows
from tests.server.api.test_api_roles import ROLES, seated
from tests.server.decisions.deciding import REFUSING

from mufakat.rules.mandate import Quota
from mufakat.server.register import doors
from mufakat.server.register.configuration import Doors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

NO_CODES = ("0" * 26, "nonsense", "A-B-C", "%F0%9F%98%80", "a" * 100)


@pytest.fixture
def contested(house: House) -> tuple[str, str]:
    """A decision that did something, and its code."""
    decision = decided(house).json()["id"]
    return decision, code_of(house, decision)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doors that open three times a minute."""
    wide: Doors = settings.MUFAKAT_DOORS
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", Doors(wide.reading, Quota(3, 3), wide.proxies))
    doors.forget()


def facts(found: Reply) -> tuple[int, bytes]:
    return found.status, found.body


@pytest.mark.invariant("I-10")
def test_every_code_that_is_none_gets_the_same_answer(contested: tuple[str, str]) -> None:
    del contested
    assert len({facts(sent(lodging(code))) for code in (*NO_CODES[:3], "", "\N{SNOWMAN}")}) == 1
    assert len({facts(asked(code)) for code in NO_CODES}) == 1
    assert sent(lodging(NO_CODES[0])).status == asked(NO_CODES[0]).status == 404


@pytest.mark.parametrize("changes", [{"reasons": ""}, {"more": 1}, {"standing": "sender"}, {"evidence": [{}]}], ids=str)
def test_a_fault_of_the_body_is_said_alike_whether_the_code_is_one_or_not(
    contested: tuple[str, str], changes: dict[str, Any]
) -> None:
    answers = [sent(lodging(code, **changes)) for code in (contested[1], NO_CODES[0])]
    assert answers[0].status == 422
    assert facts(answers[0]) == facts(answers[1])


def test_without_a_key_nothing_is_looked_up(contested: tuple[str, str]) -> None:
    assert {sent(lodging(code), key=None).status for code in (contested[1], NO_CODES[0])} == {400}


def test_no_cookie_and_no_token_is_asked_for_nor_set(contested: tuple[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    made = client.post(
        APPEALS, lodging(contested[1]), content_type="application/json", headers={"Idempotency-Key": "one"}
    )
    assert (made.status_code, dict(made.cookies)) == (201, {})
    assert client.get(f"{APPEALS}/code/{contested[1]}").json()["appeals"][0]["state"] == "lodged"


def test_a_body_that_is_too_large_is_refused(contested: tuple[str, str]) -> None:
    assert sent(lodging(contested[1], reasons="x" * 3_000_000)).status == 413


@pytest.mark.usefixtures("narrow")
def test_an_address_that_asks_too_often_is_turned_away_whatever_it_asks(contested: tuple[str, str]) -> None:
    answers = [asked(NO_CODES[0]) for _ in range(3)] + [asked(contested[1]), sent(lodging(contested[1]))]
    assert [one.status for one in answers] == [404, 404, 404, 429, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert asked(contested[1], address="192.0.2.99").status == 200


@pytest.mark.usefixtures("narrow")
def test_many_addresses_with_one_code_are_one_bearer(contested: tuple[str, str]) -> None:
    answers = [asked(contested[1], address=f"192.0.2.{place}") for place in range(5)]
    assert [one.status for one in answers] == [200, 200, 200, 429, 429]
    assert len(doors.CODES) == 1


def test_what_a_code_shows_is_the_decision_and_nothing_of_the_notice(house: House, contested: tuple[str, str]) -> None:
    found = asked(contested[1])
    assert breaches(described(), "get", f"{APPEALS}/code/x", found) == []
    shown = found.json()
    assert (shown["state"], shown["outcome"], shown["open"], shown["appeals"]) == ("standing", "act_full", True, [])
    assert shown["measures"][0]["measure"] == "remove"
    for secret in ("kominfo", "made-up placeholder", "reviewer", "examplechannel"):
        assert secret not in json.dumps({**shown, "facts": "", "reasons": ""})
    del house


def test_the_bearer_learns_of_the_outcome_with_its_reasons(house: House, contested: tuple[str, str]) -> None:
    made = sent(lodging(contested[1])).json()
    raw = {"outcome": "upheld", "reasons": "The clause forbids exactly this."}
    put(f"{APPEALS}/{made['id']}/resolution", raw, house.token("telegram", "reviewer-2"))
    found = asked(contested[1])
    assert breaches(described(), "get", f"{APPEALS}/code/x", found) == []
    (own,) = found.json()["appeals"]
    assert (own["state"], own["resolution"]["reasons"]) == ("upheld", raw["reasons"])
    assert "resolved_by" not in own["resolution"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("handle", ["kominfo", "telegram"])
def test_who_lodges_an_appeal(house: House, handle: str, role: str) -> None:
    decision = decided(house, REFUSING).json()["id"]
    token = seated(house, handle, role)
    before = rows()
    answer = put(f"/api/v1/decisions/{decision}/appeals", {"reasons": "It was not read."}, token, "k")
    if role == "representative" or (role, handle) == ("officer", "kominfo"):
        assert (answer.status, answer.json()["state"]) == (201, "lodged")
        assert breaches(described(), "post", f"/api/v1/decisions/{decision}/appeals", answer) == []
    else:
        assert (answer.status, rows()) == (403, before)


@pytest.mark.invariant("I-08")
@pytest.mark.parametrize("role", [*ROLES, "reviewer-2"])
@pytest.mark.parametrize("handle", ["kominfo", "telegram"])
def test_who_resolves_an_appeal(house: House, handle: str, role: str) -> None:
    made = with_code(house, lodging("")).json()["id"]
    if (handle, role) == ("kominfo", "reviewer-2"):
        return  # Nobody sits there.
    token = house.token(handle, role) if role == "reviewer-2" else seated(house, handle, role)
    raw = {"outcome": "reversed", "reasons": "The context was not looked at."}
    answer = put(f"{APPEALS}/{made}/resolution", raw, token)
    if (handle, role) == ("telegram", "reviewer-2"):
        assert (answer.status, answer.json()["state"]) == (200, "reversed")
        assert breaches(described(), "post", f"{APPEALS}/{made}/resolution", answer) == []
    else:
        assert answer.status == 403
        assert get(f"{APPEALS}/{made}", house.token("kominfo", "officer")).json()["state"] == "lodged"


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("make", [with_code, by_account], ids=["by code", "by account"])
def test_a_stranger_reads_and_lists_no_appeal(house: House, make: Callable[[House, bytes], Reply]) -> None:
    raw = lodging("") if make is with_code else json.dumps({"reasons": "It was not read."}).encode()
    made = make(house, raw).json()["id"]
    stranger, own = house.token("bnpt", "officer"), house.token("kominfo", "officer")
    assert get(f"{APPEALS}/{made}", stranger).status == 404
    assert get(APPEALS, stranger).json() == {"items": [], "next": None}
    listed = get(f"{APPEALS}?state=lodged", own)
    assert [one["id"] for one in listed.json()["items"]] == [made]
    assert breaches(described(), "get", APPEALS, listed) == []


@pytest.mark.parametrize("query", ["state=open", "after=ntc_1", "after=apl_"])
def test_a_list_is_asked_for_in_its_words(house: House, query: str) -> None:
    assert get(f"{APPEALS}?{query}", house.token("kominfo", "officer")).status == 422


def test_the_code_is_in_no_answer_but_the_decision_for_its_platform(house: House, contested: tuple[str, str]) -> None:
    decision, code = contested
    made = sent(lodging(code))
    officer, other = house.token("kominfo", "officer"), house.token("telegram", "reviewer-2")
    answers = [made, get(f"{APPEALS}/{made.json()['id']}", other), get(APPEALS, other), asked(code)]
    answers += [get(f"/api/v1/decisions/{decision}", officer)]
    notice = made.json()["notice"]
    answers += [get(f"/api/v1/notices/{notice}", other), get(f"/api/v1/notices/{notice}/events", other)]
    assert all(one.status in {200, 201} for one in answers)
    for secret in (code, code.replace("-", ""), code.lower()):
        assert all(secret.encode() not in one.body for one in answers)
