"""Seen, messages and handing over, over HTTP; and what a notice shows of its four times."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.api.contract import breaches, described
from tests.server.api.doors import NOTICES, Reply, get, put

from mufakat.server.journal import door
from mufakat.server.journal.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

TIMES = ("fetched_at", "delivered_at", "seen_at", "acknowledged_at")
MESSAGES = f"{NOTICES}/{{}}/messages"


@pytest.fixture
def notice(house: House) -> str:
    return str(house.submit().subject)


@pytest.fixture
def officer(house: House) -> str:
    return house.token("kominfo", "officer")


@pytest.fixture
def reviewer(house: House) -> str:
    return house.token("telegram", "reviewer")


def settled(notice: str, token: str) -> dict[str, Any]:
    """The notice as it stands once every note is made."""
    door.commit(lambda _: None)
    found: dict[str, Any] = get(f"{NOTICES}/{notice}", token).json()
    return found


def come(shown: dict[str, Any]) -> set[str]:
    """Which of the four times have come."""
    return {name for name in TIMES if name in shown}


def say(notice: str, token: str, text: Any = "A made-up word.", key: str | None = "k1") -> Reply:
    return put(MESSAGES.format(notice), {"text": text}, token, key)


# -- The four times


def test_the_first_answer_holds_none_of_the_four(house: House, notice: str, officer: str) -> None:
    del house
    assert come(settled(notice, officer)) == set()


def test_each_of_the_four_comes_alone_in_its_turn(notice: str, officer: str, reviewer: str) -> None:
    from mufakat.server.notices import passages

    seen = [come(settled(notice, officer))]
    get(f"{NOTICES}/{notice}", reviewer)
    seen.append(come(settled(notice, officer)))
    door.commit(lambda moment: passages.delivered([notice], moment=moment))
    seen.append(come(settled(notice, officer)))
    put(f"{NOTICES}/{notice}/seen", b"", reviewer)
    seen.append(come(settled(notice, officer)))
    put(f"{NOTICES}/{notice}/acknowledgement", b"", reviewer)
    seen.append(come(settled(notice, officer)))
    assert [sorted(after - before) for before, after in itertools.pairwise(seen)] == [
        *(["fetched_at"], ["delivered_at"], ["seen_at"], ["acknowledged_at"])
    ]


def test_a_list_shows_the_times_too_and_fetches_nothing(notice: str, officer: str, reviewer: str) -> None:
    put(f"{NOTICES}/{notice}/seen", b"", reviewer)
    for path in (NOTICES, f"{NOTICES}/{notice}/events", f"{NOTICES}/{notice}/receipt", MESSAGES.format(notice)):
        assert get(path, reviewer).status == 200
    (item,) = get(NOTICES, officer).json()["items"]
    assert come(item) == come(settled(notice, officer)) == {"seen_at"}


@pytest.mark.parametrize(
    ("seat", "noted"),
    [
        ("telegram/representative", True),
        ("telegram/reviewer-2", True),
        ("kominfo/officer", False),
        ("kominfo/approver", False),
        ("bnpt/officer", False),
        ("isp-a/engineer", False),
        ("auditor/auditor", False),
        ("mufakat/admin", False),
    ],
)
def test_only_the_recipients_own_reading_is_fetching(
    house: House, notice: str, officer: str, seat: str, *, noted: bool
) -> None:
    get(f"{NOTICES}/{notice}", house.token(*seat.split("/")))
    assert ("fetched_at" in settled(notice, officer)) is noted


def test_the_operators_command_line_fetches_nothing_in_anothers_name(notice: str, officer: str) -> None:
    from django.test import Client

    from mufakat.server.journal.door import LOCAL

    local: dict[str, Any] = {LOCAL: True}
    shown = Client().get(f"{NOTICES}/{notice}", headers={"X-Mufakat-As": "telegram/reviewer"}, **local)
    assert (shown.status_code, "fetched_at" in settled(notice, officer)) == (200, False)


def test_an_answer_that_is_read_bears_no_tag_that_a_note_could_change(notice: str, reviewer: str) -> None:
    first, again = (get(f"{NOTICES}/{notice}", reviewer) for _ in range(2))
    assert ("etag" in first.headers, "last-modified" in first.headers, again.status) == (False, False, 200)


# -- Seen


def test_seeing_it_twice_is_one_event_and_one_time(notice: str, reviewer: str) -> None:
    first, again = (put(f"{NOTICES}/{notice}/seen", b"", reviewer) for _ in range(2))
    assert (first.status, again.json()["seen_at"]) == (200, first.json()["seen_at"])
    assert Event.objects.filter(type="notice.seen").count() == 1


@pytest.mark.parametrize("raw", [b'{"note": "x"}', b"[]", b"{", b'"seen"'])
def test_seen_takes_no_words(notice: str, reviewer: str, raw: bytes) -> None:
    assert put(f"{NOTICES}/{notice}/seen", raw, reviewer).status == 422
    assert not Event.objects.filter(type="notice.seen").exists()


@pytest.mark.parametrize("deed", ["seen", "messages", "handover"])
def test_opening_a_deeds_address_does_nothing(notice: str, reviewer: str, deed: str) -> None:
    before = Event.objects.count()
    assert get(f"{NOTICES}/{notice}/{deed}", reviewer).status == (200 if deed == "messages" else 405)
    assert Event.objects.count() == before


# -- Messages


def test_a_message_is_taken_with_its_receipt_and_read_by_both(notice: str, officer: str, reviewer: str) -> None:
    answer = say(notice, reviewer)
    assert (answer.status, answer.headers["location"]) == (201, MESSAGES.format(notice))
    assert set(answer.json()) == {"id", "notice", "from", "sent_at", "text", "receipt", "leaf", "links"}
    for token in (officer, reviewer):
        assert get(answer.json()["links"]["messages"], token).json() == {"items": [answer.json()], "next": None}


@pytest.mark.invariant("I-02")
def test_a_message_needs_a_key_and_counts_once_under_it(notice: str, reviewer: str) -> None:
    assert say(notice, reviewer, key=None).status == 400
    first, again = say(notice, reviewer), say(notice, reviewer)
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")
    assert say(notice, reviewer, "Other words.").json()["type"].endswith("key-reused")
    assert len(get(MESSAGES.format(notice), reviewer).json()["items"]) == 1


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("", "/text"),
        ("  \n", "/text"),
        (None, "/text"),
        (5, "/text"),
        ("x" * 4_001, "/text"),
        ("a\x1b[2J", "/text"),
        ("\x00", "/text"),
    ],
)
def test_words_that_are_none_are_refused_at_their_place(notice: str, reviewer: str, text: Any, pointer: str) -> None:
    answer = say(notice, reviewer, text)
    assert (answer.status, answer.pointers) == (422, [pointer])
    assert say(notice, reviewer, "x" * 4_000).status == 201  # The same key: what is refused does not use it up.


def test_a_message_to_what_has_ended_is_told_so(notice: str, officer: str, reviewer: str) -> None:
    put(f"{NOTICES}/{notice}/withdrawal", {"reason": "A slip."}, officer)
    answer = say(notice, reviewer)
    assert (answer.status, answer.json()["type"]) == (409, "urn:mufakat:problem:ended")


@pytest.mark.parametrize("after", ["x", "ntc_01m89vygyhe4mtytf7q822wp85", "msg_"])
def test_a_page_that_is_none_is_refused(notice: str, reviewer: str, after: str) -> None:
    answer = get(f"{MESSAGES.format(notice)}?after={after}", reviewer)
    assert (answer.status, answer.pointers) == (422, ["/after"])


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize(("handle", "seat"), [("bnpt", "officer"), ("isp-a", "engineer"), ("auditor", "auditor")])
def test_a_stranger_reads_no_word_of_it(house: House, notice: str, reviewer: str, handle: str, seat: str) -> None:
    say(notice, reviewer)
    assert get(MESSAGES.format(notice), house.token(handle, seat)).status == 404


# -- Handing over


def test_a_notice_is_handed_over_and_back(notice: str, officer: str, reviewer: str) -> None:
    path = f"{NOTICES}/{notice}/handover"
    shown = [put(path, {"to": to}, reviewer).json().get("in_hands_of") for to in ("reviewer-2", None)]
    assert shown == ["reviewer-2", None]
    put(path, {"to": "reviewer", "note": "Between us."}, reviewer)
    assert get(f"{NOTICES}/{notice}", reviewer).json()["in_hands_of"] == "reviewer"
    assert get(NOTICES, reviewer).json()["items"][0]["in_hands_of"] == "reviewer"
    for path in (NOTICES, f"{NOTICES}/{notice}", f"{NOTICES}/{notice}/events"):
        text = get(path, officer).body.decode()
        assert not any(word in text for word in ("in_hands_of", "handed_over", "reviewer"))


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ({"to": "officer"}, 422),
        ({"to": ""}, 422),
        ({}, 422),
        ({"to": 5}, 422),
        ({"to": "reviewer", "note": "\x1b"}, 422),
        ({"to": "x" * 41}, 422),
    ],
)
def test_what_names_no_colleague_is_refused(notice: str, reviewer: str, raw: dict[str, Any], status: int) -> None:
    assert put(f"{NOTICES}/{notice}/handover", raw, reviewer).status == status
    assert not Event.objects.filter(type="notice.handed_over").exists()


# -- The schema tells the truth


@pytest.mark.parametrize("token", ["officer", "reviewer", "stranger", "nobody"])
def test_every_answer_is_as_the_schema_says(
    house: House, notice: str, token: str, request: pytest.FixtureRequest, settings_of: Callable[..., None]
) -> None:
    del settings_of
    schema = described()
    own = {"stranger": lambda: house.token("bnpt", "officer"), "nobody": lambda: "mfk_made_up"}
    text = own[token]() if token in own else request.getfixturevalue(token)
    found = []
    for deed, raws in {
        "seen": [b"", b"{}", b"{"],
        "messages": [b'{"text": "x"}', b'{"text": ""}', b"{}"],
        "handover": [b'{"to": null}', b'{"to": "reviewer"}', b'{"to": "king"}', b"{}"],
    }.items():
        for number, raw in enumerate(raws):
            path = f"{NOTICES}/{notice}/{deed}"
            found.append(("POST", path, put(path, raw, text, f"k{number}")))
            found.append(("POST", path, put(path, raw, text)))
    path = MESSAGES.format(notice)
    found += [("GET", one, get(one, text)) for one in (path, f"{path}?after=x", f"{path}?after=")]
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
