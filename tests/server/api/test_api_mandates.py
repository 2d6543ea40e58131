"""Mandates over HTTP: who sees which, page by page, and what a notice outside of them is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.api.contract import breaches, described
from tests.server.api.doors import both, get
from tests.server.parties.test_mandates import first, granted

from mufakat.server.parties import mandate_queries, mandates

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Post

PATH = "/api/v1/mandates"
INNER = {"reason", "reply", "quota", "review_on", "since"}


def items(house: House, handle: str, seat: str, query: str = "") -> list[dict[str, Any]]:
    answer = get(f"{PATH}{query}", house.token(handle, seat))
    assert answer.status == 200
    assert list(breaches(described(), "GET", PATH, answer)) == []
    return list(answer.json()["items"])


@pytest.mark.invariant("I-10")
def test_who_sees_what(house: House) -> None:
    mandates.suspend(first("bnpt"), reason="Why.")
    assert [one["reason"] for one in items(house, "bnpt", "officer")] == ["Why."]
    assert [one["party"] for one in items(house, "kominfo", "officer")] == ["kominfo"]
    assert len(items(house, "mufakat", "admin")) == 2
    (theirs,) = items(house, "telegram", "reviewer")
    assert (theirs["party"], theirs["state"], INNER & set(theirs)) == ("kominfo", "in_force", set())


def test_one_party_can_be_asked_for(house: House) -> None:
    assert [one["party"] for one in items(house, "mufakat", "admin", "?party=bnpt")] == ["bnpt"]
    assert items(house, "kominfo", "officer", "?party=bnpt") == []


def test_the_list_comes_in_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mandate_queries.listed, "__kwdefaults__", {"party": None, "after": None, "size": 2})
    for _ in range(4):
        granted()
    token, after, met = house.token("kominfo", "officer"), "", []
    while True:
        page = get(f"{PATH}?after={after}", token).json()
        met += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert (len(met), met) == (5, sorted(met, reverse=True))


def test_a_bad_page_is_refused_and_no_token_opens_nothing(house: House) -> None:
    answer = get(f"{PATH}?after=ntc_x", house.token("kominfo", "officer"))
    assert (answer.status, answer.pointers) == (422, ["/after"])
    assert get(PATH).status == 401


@both
@pytest.mark.invariant("I-04")
def test_what_lies_outside_is_named_member_by_member(house: House, post: Post) -> None:
    mandates.revoke(first("bnpt"), reason="Another is granted.")
    granted("bnpt", kinds=("trusted_flag",), categories=("fraud",), surfaces=("host",), country="SG")
    answer = post(body(), token=house.token("bnpt", "officer"))
    assert (answer.status, answer.pointers) == (422, ["/category", "/locators/0", "/territory/0"])


@both
def test_it_is_taken_as_a_user_report_where_the_sender_chose_so(house: House, post: Post) -> None:
    mandates.suspend(first("bnpt"), reason="Why.")
    token = house.token("bnpt", "officer")
    raw = body(otherwise="user_report")
    answer = post(raw, token=token)
    assert (answer.status, answer.json()["taken_as"], "mandate" in answer.json()) == (201, "user_report", False)
    shown = get(f"/api/v1/notices/{answer.json()['id']}", token)
    assert (shown.json()["taken_as"], shown.json()["notice"]["kind"]) == ("user_report", "trusted_flag")
    assert raw in shown.body
