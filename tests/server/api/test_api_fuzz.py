"""Anything at all at the intake door: no fault of the machine, nothing shown of its inside, nothing half stored."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings, strategies as st
from tests.server.api.doors import FULL, encoded, hot, rows, taken, view

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Reply

INSIDE = re.compile(
    rb"Traceback|File \\?\"|\.py\b|SELECT |INSERT |sqlite|django|msgspec|journal_|notices_|parties_", re.IGNORECASE
)


def examples(count: int) -> settings:
    """One house serves all examples of a test: each says for itself that nothing was stored."""
    suppressed = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=count, deadline=None, suppress_health_check=suppressed)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
header = st.binary(max_size=300)


def is_sound(answer: Reply) -> bool:
    """A taken notice, or a refusal of the sender's making that shows nothing of the inside."""
    if answer.status == 201:
        return True
    problem = answer.json()
    shows = INSIDE.search(answer.body)
    return 400 <= answer.status < 500 and problem["status"] == answer.status and shows is None


@examples(300)
@given(raw=st.binary(max_size=2_000))
def test_any_bytes_are_answered(house: House, raw: bytes) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    answer = hot(raw, token=token)
    assert is_sound(answer)
    assert (answer.status, rows()) == (422, before)


@examples(300)
@given(changes=st.dictionaries(st.sampled_from(sorted(FULL)), junk, min_size=1, max_size=3))
def test_any_values_of_any_members_are_answered(house: House, changes: dict[str, Any]) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    answer = hot(json.dumps({**FULL, **changes}).encode(), token=token)
    assert is_sound(answer)
    if answer.status != 201:
        assert rows() == before


@examples(200)
@given(data=st.data())
def test_a_notice_with_some_bytes_changed_is_answered(house: House, data: st.DataObject) -> None:
    raw = bytearray(encoded())
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4)):
        raw[place] = data.draw(st.integers(0, 255))
    token = house.token("kominfo", "officer")
    before = rows()
    answer = hot(bytes(raw), token=token)
    assert is_sound(answer)
    if answer.status != 201:
        assert rows() == before


@examples(200)
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from(
                ["authorization", "idempotency-key", "content-length", "content-type", "host", "x-anything"]
            ),
            header | header.map(lambda value: b"Bearer " + value),
        ),
        max_size=6,
    ),
    parts=st.lists(st.binary(max_size=200), min_size=1, max_size=3),
)
def test_any_headers_are_answered_and_nothing_is_stored(
    house: House, headers: list[tuple[str, bytes]], parts: list[bytes]
) -> None:
    del house
    before = rows()
    answer = asyncio.run(taken(headers, parts))
    assert is_sound(answer)
    assert rows() == before


@examples(200)
@given(key=st.text(st.characters(max_codepoint=255), min_size=1, max_size=300))
def test_any_key_is_taken_or_named(house: House, key: str) -> None:
    token = house.token("kominfo", "officer")
    answer = hot(encoded(), token=token, key=key)
    assert is_sound(answer)
    assert answer.status in {201, 400}


@examples(150)
@given(raw=st.binary(max_size=300) | junk.map(lambda value: json.dumps(value).encode()))
def test_both_doors_answer_alike(house: House, raw: bytes) -> None:
    token = house.token("kominfo", "officer")
    first, second = (post(raw, token=token) for post in (view, hot))
    assert (first.status, first.body) == (second.status, second.body)


@examples(150)
@given(
    path=st.sampled_from(["/api/v1/notices", "/api/v1/notices/{}", "/api/v1/notices/{}/events", "/api/v1/parties/{}"]),
    text=st.text(max_size=40),
    query=st.dictionaries(st.sampled_from(["state", "to", "after", "grade"]), st.text(max_size=40), max_size=3),
)
def test_any_address_is_answered(house: House, path: str, text: str, query: dict[str, str]) -> None:
    from urllib.parse import quote, urlencode

    from tests.server.api.doors import get

    token = house.token("kominfo", "officer")
    named = quote(text, safe="", errors="surrogatepass")
    asked = urlencode(query, errors="surrogatepass")
    answer = get(f"{path.format(named)}?{asked}", token)
    assert answer.status in {200, 301} or is_sound(answer)
