"""Bad input: a 4xx problem that names the field in words; nothing is stored; the next good notice is taken."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.api.doors import FULL, NOTICES, REQUIRED, both, encoded, get, hot, rows, taken, without

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Post

MEBIBYTE = 1024 * 1024


def text(value: str) -> bytes:
    """The body whose explanation is this piece of JSON, written as it is."""
    return encoded(explanation="@").replace(b'"@"', value.encode())


# What is sent, where the fault is, and words that a clerk finds in the answer.
CASES: dict[str, tuple[bytes, list[str], str]] = {
    # Wrong types.
    "a list": (b"[]", [""], "Expected an object, got a list"),
    "null": (b"null", [""], "Expected an object, got null"),
    "a text": (b'"x"', [""], "Expected an object, got text"),
    "a number": (b"1", [""], "Expected an object, got a number"),
    "locators is text": (encoded(locators="https://t.me/x"), ["/locators"], "Expected a list, got text"),
    "a locator is a number": (encoded(locators=["https://t.me/x1234", 7]), ["/locators/1"], "Expected text"),
    "explanation is a list": (encoded(explanation=["x"]), ["/explanation"], "Expected text, got a list"),
    "the ground is text": (encoded(legal_ground="UU"), ["/legal_ground"], "Expected an object, got text"),
    "external is a list": (encoded(external=[1]), ["/external"], "Expected an object, got a list"),
    "evidence is an object": (encoded(evidence={}), ["/evidence"], "Expected a list, got an object"),
    "a required member is null": (encoded(language=None), ["/language"], "Expected text, got null"),
    # Unknown members and values.
    "an unknown member": (encoded(colour="red"), ["/colour"], "'colour' is not known here"),
    "an unknown member inside": (
        encoded(legal_ground={**FULL["legal_ground"], "page": 4}),
        ["/legal_ground/page"],
        "'page' is not known here",
    ),
    "an unknown kind": (encoded(kind="takedown"), ["/kind"], "'takedown' is not one of: user_report"),
    "an unknown category": (encoded(category="spam"), ["/category"], "'spam' is not one of: terrorism"),
    "an unknown measure": (encoded(requested_measures=["ban"]), ["/requested_measures/0"], "'ban' is not one of"),
    "an unknown country": (encoded(territory=["ID", "XX"]), ["/territory/1"], "'XX' is no country's code"),
    "a member twice": (encoded().replace(b'{"to"', b'{"to": "bnpt", "to"', 1), ["/to"], "more than once"),
    # Parties.
    "an unknown party": (encoded(to="nobody"), ["/to"], "There is no party called 'nobody'"),
    "a party that decides nothing": (encoded(to="bnpt"), ["/to"], "Notices go to a platform or an operator"),
    "to itself": (encoded(to="kominfo"), ["/to"], "Notices go to a platform or an operator"),
    # Texts.
    "NUL": (text('"a\\u0000b"'), ["/explanation"], "Character 2 is a control character"),
    "NUL in a locator": (encoded(locators=["https://t.me/x\x00y"]), ["/locators/0"], "invisible or invalid character"),
    "a raw NUL": (text('"a\x00b"'), [""], "This is not JSON"),
    "half a character": (text('"\\ud800"'), ["/explanation"], "half a character"),
    "half a character in a name": (encoded(external={"\ud800": 1}), ["/external"], "A member's name"),
    "half a character in a locator": (
        encoded(locators=["@"]).replace(b'"@"', b'"\\udfff"'),
        ["/locators/0"],
        "half a character",
    ),
    "invalid UTF-8": (text('"@"').replace(b"@", b"\xff\xfe"), [""], "This is not UTF-8"),
    "a surrogate in UTF-8": (text('"@"').replace(b"@", b"\xed\xa0\x80"), [""], "This is not UTF-8"),
    "UTF-16": (body().decode().encode("utf-16"), [""], "This is not UTF-8"),
    "a byte order mark": (b"\xef\xbb\xbf" + encoded(), [""], "This is not JSON"),
    "a blank explanation": (encoded(explanation=" \n "), ["/explanation"], "nothing but blanks"),
    "an empty explanation": (encoded(explanation=""), ["/explanation"], "must not be empty"),
    "a long explanation": (encoded(explanation="x" * 20_001), ["/explanation"], "At most 20000 characters"),
    "a language that is none": (encoded(language="indonesian!"), ["/language"], "a language tag"),
    # Locators.
    "a locator of 70,000 characters": (encoded(locators=["https://t.me/" + "a" * 70_000]), ["/locators/0"], "long"),
    "a locator that is none": (encoded(locators=["https://t.me/x1234", "???"]), ["/locators/1"], "Nothing was given"),
    "no locator": (encoded(locators=[]), ["/locators"], "At least 1 is needed"),
    "101 locators": (encoded(locators=["https://t.me/x1234"] * 101), ["/locators"], "At most 100 are taken"),
    "a login link": (encoded(locators=["https://t.me/login/12345"]), ["/locators/0"], "holds a secret"),
    # Dates.
    "a date in 1600": (encoded(content_date="1600-01-01"), ["/content_date"], "lies before 1990-01-01"),
    "a date in the future": (encoded(content_date="9999-12-31"), ["/content_date"], "lies in the future"),
    "a day that is none": (encoded(content_date="2017-02-30"), ["/content_date"], "is no date"),
    "a date in words": (encoded(content_date="yesterday"), ["/content_date"], "is no date"),
    # Grounds.
    "no ground": (encoded(legal_ground=None), ["/legal_ground"], "One ground is needed"),
    "a ground of no country": (
        encoded(legal_ground={**FULL["legal_ground"], "system": "xx"}),
        ["/legal_ground/system"],
        "no system of law",
    ),
    # Evidence.
    "evidence that is damaged": (
        encoded(evidence=[{**FULL["evidence"][0], "content": base64.b64encode(b"other").decode()}]),
        ["/evidence/0/sha256"],
        "the file was damaged",
    ),
    "evidence that was never uploaded": (
        encoded(evidence=[{**FULL["evidence"][0], "content": None}]),
        ["/evidence/0/sha256"],
        "upload it first",
    ),
    "evidence of child abuse": (
        encoded(category="child_sexual_abuse"),
        ["/evidence/0/content"],
        "no files are taken",
    ),
    # What breaks readers.
    "nothing": (b"", [""], "This is not JSON"),
    "blanks": (b" \n", [""], "This is not JSON"),
    "a cut body": (encoded()[:-20], [""], "This is not JSON"),
    "two bodies": (encoded() + encoded(), [""], "This is not JSON"),
    "a bomb of lists": (b"[" * 500_000, [""], "More than 32 objects or lists"),
    "a bomb of objects": (b'{"a":' * 200_000, [""], "More than 32 objects or lists"),
    "a bomb inside external": (
        encoded(external={"a": "@"}).replace(b'"@"', b"[" * 5_000 + b"]" * 5_000),
        [""],
        "More than 32 objects or lists",
    ),
    "33 levels": (
        encoded(external={"a": "@"}).replace(b'"@"', b"[" * 31 + b"]" * 31),
        ["/external/a" + "/0" * 30],
        "More than 32 objects or lists",
    ),
    "a number that overflows": (encoded(external={"n": 10**30}), ["/external/n"], "No two readers"),
    "NaN": (encoded(external={"n": "@"}).replace(b'"@"', b"NaN"), ["/external/n"], "No two readers"),
    "external too large": (encoded(external={"a": "x" * 70_000}), ["/external"], "At most 65536 bytes"),
}


@both
@pytest.mark.parametrize("name", CASES)
def test_a_bad_body_is_refused_with_its_place_in_words(house: House, post: Post, name: str) -> None:
    raw, pointers, words = CASES[name]
    answer = post(raw, token=house.token("kominfo", "officer"))
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.pointers == pointers
    assert words in answer.says


@both
@pytest.mark.parametrize("name", CASES)
def test_after_a_bad_body_nothing_is_stored_and_the_next_good_one_is_taken(house: House, post: Post, name: str) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    post(CASES[name][0], token=token)
    assert rows() == before
    # The key is free: a refused body never owned it.
    assert post(encoded(), token=token).status == 201


@both
@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_member_is_named(house: House, post: Post, name: str) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    answer = post(without(name), token=token)
    assert (answer.status, answer.pointers, rows()) == (422, [f"/{name}"], before)
    assert f"{name} is required" in answer.says


@both
def test_everything_that_is_wrong_is_named_at_once(house: House, post: Post) -> None:
    raw = json.dumps({"to": "nobody", "kind": 5, "locators": ["???"], "explanation": " ", "colour": 1}).encode()
    answer = post(raw, token=house.token("kominfo", "officer"))
    assert set(answer.pointers) == {
        *("/to", "/kind", "/locators/0", "/explanation", "/colour"),
        *("/category", "/language", "/legal_ground"),
    }


@both
def test_a_hundred_thousand_faults_are_not_all_listed(house: House, post: Post) -> None:
    raw = json.dumps({f"m{number}": 1 for number in range(100_000)}).encode()
    answer = post(raw, token=house.token("kominfo", "officer"))
    assert (answer.status, len(answer.pointers) < 300, len(answer.body) < 100_000) == (422, True, True)


@both
def test_what_was_typed_is_not_given_back_whole(house: House, post: Post) -> None:
    canary = "canary" * 2_000
    raw = encoded(kind=canary, to=canary, **{canary: canary}, locators=[canary])
    answer = post(raw, token=house.token("kominfo", "officer"))
    assert (answer.status, canary[:100].encode() in answer.body) == (422, False)


@both
def test_hostile_text_comes_back_in_ascii(house: House, post: Post) -> None:
    answer = post(encoded(kind="\u202e<script>\u0007"), token=house.token("kominfo", "officer"))
    assert (answer.status, answer.body.isascii()) == (422, True)


TOO_LARGE = b'{"explanation": "' + b"x" * (10 * MEBIBYTE) + b'"}'


@both
def test_a_body_of_ten_megabytes_is_refused(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    answer = post(TOO_LARGE, token=token)
    assert (answer.status, answer.json()["type"], rows()) == (413, "urn:mufakat:problem:too-large", before)
    assert "2 MiB" in answer.says
    assert post(encoded(), token=token).status == 201


@both
@pytest.mark.parametrize(("size", "status"), [(2 * MEBIBYTE, 201), (2 * MEBIBYTE + 1, 413)])
def test_the_largest_body_is_two_mebibytes(house: House, post: Post, size: int, status: int) -> None:
    raw = encoded()
    padded = raw[:-1] + b" " * (size - len(raw)) + raw[-1:]
    assert post(padded, token=house.token("kominfo", "officer")).status == status


def chunked(token: str, parts: list[bytes], **fields: str) -> Any:
    """A body in parts whose length nobody told, unless the fields do."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k1", **fields}
    return asyncio.run(taken([(name, value.encode("latin-1")) for name, value in headers.items()], parts))


def test_a_body_in_parts_is_put_together(house: House) -> None:
    raw = encoded()
    answer = chunked(house.token("kominfo", "officer"), [raw[:5], b"", raw[5:50], raw[50:]])
    token = house.token("telegram", "reviewer")
    assert raw in get(f"{NOTICES}/{answer.json()['id']}", token).body


def test_a_body_in_parts_is_refused_as_soon_as_it_is_too_large(house: House) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    parts = [b"x" * MEBIBYTE for _ in range(10)]
    answer = chunked(token, parts)
    assert (answer.status, rows()) == (413, before)


@pytest.mark.parametrize("length", ["9" * 30, "-1", "+5", "1e3", "ten", "0x10", ""])
def test_a_length_that_is_none_is_refused(house: House, length: str) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    answer = chunked(token, [encoded()], **{"Content-Length": length})
    assert (answer.status, rows()) == (413, before)


def test_a_short_told_length_does_not_widen_the_door(house: House) -> None:
    answer = chunked(house.token("kominfo", "officer"), [b"x" * MEBIBYTE] * 3, **{"Content-Length": "5"})
    assert answer.status == 413


@pytest.mark.parametrize(
    ("size", "where"), [(999, "loop"), (65_536, "loop"), (65_537, "beside"), (2_000_000, "beside")]
)
def test_a_large_body_is_checked_beside_the_loop(
    house: House, monkeypatch: pytest.MonkeyPatch, size: int, where: str
) -> None:
    from mufakat.server.notices import operations

    prepare, threads = operations.prepare, []

    def seen(*args: Any, **kwargs: Any) -> Any:
        threads.append(threading.current_thread())
        return prepare(*args, **kwargs)

    monkeypatch.setattr(operations, "prepare", seen)
    raw = body()
    hot(raw[:-1] + b" " * (size - len(raw)) + b"}", token=house.token("kominfo", "officer"))
    assert ["loop" if thread is threading.current_thread() else "beside" for thread in threads] == [where]


def test_a_sender_who_leaves_before_the_end_stores_nothing(house: House) -> None:
    from mufakat.server.api import intake

    token = house.token("kominfo", "officer")
    before = rows()
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": encoded()[:50], "more_body": True}, {"type": "http.disconnect"}]
    fields = {"authorization": f"Bearer {token}", "idempotency-key": "k1"}

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    asyncio.run(intake.take({"type": "http", "headers": headers}, receive, send))
    assert (sent, rows()) == ([], before)
    assert hot(encoded(), token=token).status == 201
