"""Policies and samples over HTTP: as the schema says, for one platform, by both doors, every fault with its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.api import policed
from tests.server.api.contract import breaches, described
from tests.server.api.doors import Reply, get, named, put
from tests.server.api.policed import POLICIES, SAMPLES, streamed, viewed
from tests.server.filters.policing import ITEMS, item, policy

from mufakat.server.filters.models import Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

both = pytest.mark.parametrize("hand_in", [viewed, streamed])


def test_real_answers_are_as_the_schema_says(house: House) -> None:
    first, second = policed.reviewer(house), policed.second(house)
    stranger, ministry = house.token("telegram", "representative"), house.token("kominfo", "officer")
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        answer = get(path, *rest) if method == "GET" else put(path, *rest)
        found.append((method, path, answer))
        return answer

    raw = json.dumps({"text": policed.text()}).encode()
    made = ask("POST", POLICIES, raw, first, "a").json()["id"]
    for bad, token, key in ((b"{", first, "b"), (raw, "", "b"), (raw, stranger, "b"), (raw, ministry, "b")):
        ask("POST", POLICIES, bad, token, key)
    ask("POST", POLICIES, raw, first)
    ask("POST", POLICIES, json.dumps({"text": "policy: 1"}).encode(), first, "b")
    ask("POST", POLICIES, b" " * (2 * 1024 * 1024 + 1), first, "b")
    sample = policed.handed_in(house, ITEMS + item("private", visibility="private") + b"{\n")
    found.append(("POST", SAMPLES, sample))
    kept = sample.json()["id"]
    here = f"{POLICIES}/{made}"
    for told in ({"sample": kept}, {"samples": [kept], "live": True}, {}, {"sample": kept, "samples": [kept]}):
        ask("POST", f"{here}/backtests", told, first, f"try-{len(found)}")
    tried = found[-4][2].json()["id"]
    ask("POST", f"{here}/promotion", {"backtest": tried}, second)
    ask("POST", f"{here}/shadow", b"", first)
    ask("POST", f"{here}/shadow", b"", first)
    ask("POST", f"{here}/promotion", {"backtest": tried}, first)
    ask("POST", f"{here}/promotion", {"backtest": "bkt_made_up"}, second)
    ask("POST", f"{here}/promotion", {"backtest": tried, "note": "Looked."}, second)
    ask("POST", f"{here}/refusal", {"reason": "x"}, first)
    other = ask("POST", POLICIES, json.dumps({"text": policed.text(2)}).encode(), first, "c").json()["id"]
    ask("POST", f"{POLICIES}/{other}/refusal", {"reason": "Too broad."}, second)
    for path in (POLICIES, f"{POLICIES}?state=live", f"{POLICIES}?state=x&after=y", here, f"{here}/counts"):
        for token in (first, ministry, ""):
            ask("GET", path, token)
    for path in (f"{here}/counts?after=x", f"{here}/backtests/{tried}", f"{here}/backtests/x", f"{POLICIES}/x"):
        ask("GET", path, first)
    ask("POST", f"{here}/end", {"reason": "It hit recipes.", "restore": True}, first)
    ask("GET", here, first)
    for path in (SAMPLES, f"{SAMPLES}?after=x", f"{SAMPLES}/{kept}", f"{SAMPLES}/x"):
        for token in (first, ministry, ""):
            ask("GET", path, token)
    ask("POST", f"{SAMPLES}/{kept}/erasure", b"", first)
    ask("GET", f"{here}/backtests/{tried}", first)
    schema = described()
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} == {200, 201, 400, 401, 403, 404, 409, 413, 422}


def test_every_fault_of_a_policy_comes_back_with_its_line(house: House) -> None:
    told = {"text": policy().replace("then: label", "then: purge").replace("mode: shadow", "mood: shadow")}
    answer = put(POLICIES, told, policed.reviewer(house), "k")
    assert (answer.status, answer.pointers) == (422, ["/text", "/text"])
    assert [fault["detail"].partition(":")[0] for fault in answer.json()["errors"]] == [
        "Line 29, /rules/4/mood",
        "Line 31, /rules/4/then",
    ]


@pytest.mark.parametrize("size", [300_000, 1_900_000], ids=["yaml", "body"])
def test_a_text_that_is_too_long_is_refused_with_its_line(house: House, size: int) -> None:
    answer = put(POLICIES, {"text": policy() + "#" * size}, policed.reviewer(house), "k")
    assert answer.status == 422
    assert answer.json()["errors"][0]["detail"].endswith("what stands from here on is too much.")


def test_ten_megabytes_are_not_read_at_all(house: House) -> None:
    assert put(POLICIES, {"text": "#" * 10_000_000}, policed.reviewer(house), "k").status == 413


def test_an_answer_names_where_what_was_made_is(house: House) -> None:
    token = policed.reviewer(house)
    made, sample = policed.proposed(house), policed.handed_in(house)
    tried = policed.tried(house, made.json()["id"])
    for answer in (made, sample, tried):
        place = answer.headers["location"]
        assert (get(place, token).status, get(place, token).json()["id"]) == (200, answer.json()["id"])


# -- Samples, by both doors --------------------------------------------------------------------------------------------


@both
def test_items_are_kept_and_counted(house: House, hand_in: Callable[..., Reply]) -> None:
    raw = ITEMS + item("private", visibility="private")
    answer = hand_in(raw, token=policed.reviewer(house), key="k")
    found = answer.json()
    assert (answer.status, found["items"], found["private"], found["name"]) == (201, 7, 1, "last week")


@both
def test_the_same_key_is_the_same_sample(house: House, hand_in: Callable[..., Reply]) -> None:
    token = policed.reviewer(house)
    first, again = (hand_in(ITEMS, token=token, key="k") for _ in range(2))
    assert (first.body, again.headers["idempotent-replayed"], Sample.objects.count()) == (again.body, "true", 1)
    assert hand_in(ITEMS + ITEMS, token=token, key="k").status == 422


@both
@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"token": ""}, 401),
        ({"key": None}, 400),
        ({"query": ""}, 422),
        ({"query": "?name=a&colour=b"}, 422),
        ({"query": "?name=" + "x" * 201}, 422),
    ],
    ids=["nobody", "keyless", "nameless", "strange", "long"],
)
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(
    house: House, hand_in: Callable[..., Reply], options: dict[str, Any], status: int
) -> None:
    answer = hand_in(ITEMS, **{"token": policed.reviewer(house), "key": "k", **options})
    assert (answer.status, Sample.objects.count()) == (status, 0)


@both
def test_only_a_reviewer_of_a_platform_hands_in(house: House, hand_in: Callable[..., Reply]) -> None:
    for handle, seat in (("telegram", "representative"), ("kominfo", "officer")):
        assert hand_in(ITEMS, token=house.token(handle, seat), key="k").status == 403


def test_more_than_fifty_mebibytes_are_refused_by_what_they_announce(house: House) -> None:
    import asyncio

    headers = {**named(policed.reviewer(house), "k", None), "Content-Length": str(50 * 1024**2 + 1)}
    assert asyncio.run(policed.sent([], headers, "?name=a")).status == 413


def test_a_body_that_breaks_off_is_refused(house: House) -> None:
    import asyncio

    headers = {**named(policed.reviewer(house), "k", None), "Content-Length": str(len(ITEMS) + 1)}
    assert asyncio.run(policed.sent([ITEMS], headers, "?name=a")).status == 400


def test_a_sender_that_leaves_leaves_nothing_behind(house: House) -> None:
    import asyncio

    from mufakat.server.journal import vault

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    headers = named(policed.reviewer(house), "k", None)
    assert asyncio.run(policed.sent([ITEMS, gone], headers, "?name=a")).status == 0
    assert [path for path in vault.root(vault.SAMPLES).rglob("*") if path.is_file()] == []
