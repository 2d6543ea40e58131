"""Screening over HTTP: one item and many, by both ways in; hits; every answer as the schema says."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.server.api.contract import breaches, described
from tests.server.api.doors import Reply, get, named, put
from tests.server.api.struck import HITS, MANY, ONE, reviewer, view
from tests.server.filters.screened import BLOCK, HOLD, LABEL, NOTIFY, WARN, agreed, item
from tests.server.filters.seeding import ENTRIES, KINDS, POLICY, seed

from mufakat.formats import policies
from mufakat.screening import banks
from mufakat.screening.bank import BankKind, Entry
from mufakat.screening.item import Item
from mufakat.screening.judging import Screener
from mufakat.server.api import screening
from mufakat.server.filters import engines, operations as filters
from mufakat.server.filters.models import Bank, Count, Hit
from mufakat.server.journal.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Way = Callable[..., Reply]


def hot(path: str, raw: bytes, token: str, *, key: str | None = None) -> Reply:
    """Through the ASGI door, the body in pieces."""
    sent = {"Content-Length": str(len(raw)), **named(token, key, None)}
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.items()]
    parts = [raw[start : start + 999] for start in range(0, len(raw), 999)] or [b""]
    return asyncio.run(taken(path, headers, parts))


async def taken(path: str, headers: list[tuple[bytes, bytes]], parts: list[bytes]) -> Reply:
    waiting = list(parts)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            return {"type": "http.disconnect"}
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    door = screening.take if path == ONE else screening.take_many
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "headers": headers}
    # Threads of their own: those of a former test have the connections of its house.
    with ThreadPoolExecutor(2) as threads, pytest.MonkeyPatch.context() as patched:
        patched.setattr(screening, "threads", threads)
        await door(scope, receive, send)
    found = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], found, b"".join(one.get("body", b"") for one in sent[1:]))


both = pytest.mark.parametrize("way", [view, hot])


def lines(answer: Reply) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.body
    return [json.loads(line) for line in answer.body.splitlines()]


@both
def test_one_item_is_answered_with_its_verdict(house: House, way: Way) -> None:
    seed()
    answer = way(ONE, item(HOLD), reviewer(house))
    found = answer.json()
    assert (answer.status, found["action"], found["state"]) == (200, "hold", "held")
    assert found["matches"] == [{"bank": "hosts", "entry": "e-0", "span": [6, 35]}]
    assert Hit.objects.get().id == found["hit"]


@both
def test_a_key_that_comes_again_gets_the_same_bytes(house: House, way: Way) -> None:
    seed()
    token = reviewer(house)
    first, again = (way(ONE, item(WARN), token, key="k1") for _ in range(2))
    other = way(ONE, item(HOLD), token, key="k1")
    assert (first.body, again.headers["idempotent-replayed"]) == (again.body, "true")
    assert (other.status, Count.objects.get(rule="").count) == (422, 1)


@both
@pytest.mark.invariant("I-13")
@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (item(BLOCK, visibility="private"), "/visibility"),
        (item("x" * 100_001), "/text"),
        (b'{"item": "a"}', "/at"),
        (item().replace(b'"public"', b'"public", "visibility": "private"'), "/visibility"),
        (b"\xff", ""),
        (b"{", ""),
    ],
)
def test_what_cannot_be_screened_is_refused(house: House, way: Way, raw: bytes, pointer: str) -> None:
    seed()
    answer = way(ONE, raw, reviewer(house))
    assert (answer.status, pointer in answer.pointers, Hit.objects.count()) == (422, True, 0)
    assert answer.json()["type"] == "urn:mufakat:problem:not-screenable"


@both
def test_many_are_answered_line_by_line_and_bad_lines_in_their_place(house: House, way: Way) -> None:
    seed()
    raws = [item(WARN, name="a"), b"", item(BLOCK, visibility="private"), b"\xff\xfe", item(LABEL, name="b"), b"{}"]
    answer = way(MANY, b"\r\n".join(raws), reviewer(house))
    found = lines(answer)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [one.get("line") or one["item"] for one in found] == ["a", 3, 4, "b", 6]
    assert [one["problem"]["status"] for one in found if "problem" in one] == [422, 422, 422]
    assert Hit.objects.count() == 1


@both
def test_a_line_that_is_too_long_is_refused_in_its_place(house: House, way: Way) -> None:
    seed()
    long = item("x" * (screening.LINE + 1))
    found = lines(way(MANY, long + b"\n" + item(WARN), reviewer(house)))
    assert (found[0]["line"], found[1]["action"]) == (1, "warn")


@both
def test_nothing_is_answered_with_nothing(house: House, way: Way) -> None:
    assert lines(way(MANY, b"\n \n", reviewer(house))) == []


@both
def test_many_portions_are_answered_in_order(house: House, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "PORTION", 7)
    seed()
    raw = b"\n".join(item(WARN if number % 10 == 0 else LABEL, name=f"i{number}") for number in range(40))
    found = lines(way(MANY, raw, reviewer(house)))
    assert [one["item"] for one in found] == [f"i{number}" for number in range(40)]
    assert (Hit.objects.count(), Count.objects.get(rule="").count) == (4, 40)


@both
def test_a_request_that_is_too_large_is_refused_before_anything(
    house: House, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening, "LARGEST", 1_000)
    seed()
    answer = way(MANY, b"\n".join([item(WARN)] * 20), reviewer(house))
    assert (answer.status, Hit.objects.count()) == (413, 0)
    monkeypatch.setattr(screening, "LARGEST", 100_000)
    monkeypatch.setattr(screening, "LINES", 10)
    assert way(MANY, b"\n" * 20, reviewer(house)).status == 413


@both
def test_what_stands_in_the_way_is_said_in_the_last_line(
    house: House, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening, "PORTION", 2)
    seed()
    screened = filters.screen_many

    def failing(items: Any, **more: Any) -> Any:
        if items[0][0] > 1:
            raise BusyError("too much waits to be written")
        return screened(items, **more)

    monkeypatch.setattr(filters, "screen_many", failing)
    found = lines(way(MANY, b"\n".join(item(WARN, name=name) for name in "abcdef"), reviewer(house)))
    assert [one.get("item") for one in found] == ["a", "b", None]
    assert (found[-1]["interrupted"], found[-1]["problem"]["status"]) == (3, 503)
    assert Hit.objects.count() == 2


@both
def test_so_many_at_once_and_no_more(house: House, way: Way) -> None:
    caller = house.caller("telegram", "reviewer")
    works = [screening.Work(caller) for _ in range(screening.OF_ONE_PARTY)]
    try:
        assert way(MANY, item(), reviewer(house)).status == 503
    finally:
        for work in works:
            work.close()
    assert way(MANY, item(), reviewer(house)).status == 200


@both
@pytest.mark.parametrize("path", [ONE, MANY])
def test_who_may_not_screen_is_told_so(house: House, way: Way, path: str) -> None:
    seats = (("telegram", "representative"), ("kominfo", "officer"), ("mufakat", "admin"))
    assert [way(path, item(), house.token(*seat)).status for seat in seats] == [403, 403, 403]
    assert way(path, item(), "").status == 401


# -- The same as the reference --

FOUND = st.sampled_from(
    [phrase for phrase, _ in ENTRIES["phrases"]] + ["jual.example.net", "kata", "y4ng", "PISANG", "\U0001f34c"]
)
TEXTS = st.lists(FOUND | st.text(max_size=12), max_size=6).map(" ".join)
ITEMS = st.lists(st.tuples(TEXTS, st.sampled_from(["public", "private"])), min_size=1, max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=ITEMS, turn=st.integers(0, 10**9))
def test_verdicts_are_those_of_the_reference(house: House, told: list[tuple[str, str]], turn: int) -> None:
    if not Bank.objects.exists():
        seed()
    raws = [item(text, name=f"{turn}-{place}", visibility=visibility) for place, (text, visibility) in enumerate(told)]
    found = lines(hot(MANY, b"\n".join(raws), reviewer(house)))
    reference = Screener(
        policies.parse(POLICY.encode()),
        [
            banks.reference(
                name,
                BankKind(KINDS[name]),
                [
                    Entry(id=f"e-{place}", value=value, source="us", category=category, ground="terms 4.2")
                    for place, (value, category) in enumerate(values)
                ],
            )
            for name, values in sorted(ENTRIES.items())
        ],
    )
    for raw, answer, (_, visibility) in zip(raws, found, told, strict=True):
        if visibility == "private":
            assert answer["problem"]["errors"][0]["pointer"] == "/visibility"
            continue
        verdict = reference.judge(msgspec.json.decode(raw, type=Item), at=datetime.now(UTC))
        expected = msgspec.json.decode(msgspec.json.encode(verdict))
        assert {name: value for name, value in answer.items() if name not in {"hit", "state"}} == expected
        assert ("hit" in answer) is (expected["action"] != "none")


# -- Hits --


def test_hits_are_listed_newest_first_without_what_was_said(house: House) -> None:
    seed()
    token = reviewer(house)
    made = [view(ONE, item(HOLD, name=f"i{number}"), token).json()["hit"] for number in range(3)]
    found = get(HITS, token).json()
    assert ([one["id"] for one in found["items"]], found["next"]) == (made[::-1], None)
    assert "text" not in found["items"][0]["item"]
    assert [one["id"] for one in get(f"{HITS}?state=told", token).json()["items"]] == []


@pytest.mark.invariant("I-10")
def test_a_hit_is_its_platform_s_alone(house: House) -> None:
    seed()
    made = view(ONE, item(HOLD), reviewer(house)).json()["hit"]
    shown = get(f"{HITS}/{made}", reviewer(house))
    assert shown.json()["item"]["text"] == HOLD
    assert get(f"{HITS}/{made}", house.token("kominfo", "officer")).status == 403
    assert get(f"{HITS}/hit_00000000000000000000000000", reviewer(house)).status == 404


def test_the_platform_s_systems_are_told_what_they_call_the_item(house: House) -> None:
    seed()
    token = reviewer(house)
    made = view(ONE, item(WARN, name="message 17"), token).json()["hit"]
    (told,) = [one for one in get("/api/v1/events", token).json()["items"] if one["type"] == "filter.hit"]
    assert told["data"]["case"] == made
    assert told["data"]["hit"]["item"] == "message 17"
    assert told["data"]["links"]["self"] == f"{HITS}/{made}"


def test_real_answers_are_as_the_schema_says(house: House) -> None:
    seed()
    agreed("disable")
    seats = (("telegram", "reviewer"), ("telegram", "representative"), ("kominfo", "officer"), ("mufakat", "admin"))
    tokens = [*(house.token(*seat) for seat in seats), ""]
    schema = described()
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    token = tokens[0]
    made = [ask("POST", ONE, item(text), token).json()["hit"] for text in (BLOCK, HOLD, NOTIFY, WARN)]
    for raw in (item(LABEL), item(visibility="private"), b"{", item("x", language=5)):
        for each in tokens:
            ask("POST", ONE, raw, each)
    ask("POST", ONE, item(LABEL), token, "k")
    ask("POST", ONE, item(LABEL), token, "k")
    ask("POST", ONE, item(WARN), token, "k")
    for hit in (*made, "hit_none"):
        for each in tokens:
            ask("GET", f"{HITS}/{hit}", each)
        ask("POST", f"{HITS}/{hit}/release", b'{"note": 5}', token)
    ask("POST", f"{HITS}/{made[1]}/block", b'{"measure": "purge"}', token)
    ask("POST", f"{HITS}/{made[1]}/block", b'{"note": "Seen."}', token, "b")
    ask("POST", f"{HITS}/{made[1]}/block", b'{"note": "Seen."}', token, "b")
    ask("POST", f"{HITS}/{made[1]}/release", b"", token)
    for query in ("", "?state=blocked", "?state=none", "?after=x", "?state=&after="):
        for each in tokens:
            ask("GET", f"{HITS}{query}", each)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []


def test_the_engine_is_shared_by_both_doors(house: House) -> None:
    seed()
    token = reviewer(house)
    view(ONE, item(LABEL), token)
    first = engines.ready(house.caller("telegram", "reviewer").party_id)
    hot(MANY, item(LABEL), token)
    assert engines.ready(house.caller("telegram", "reviewer").party_id) is first
