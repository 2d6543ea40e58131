"""The Idempotency-Key: one key, one notice, the same bytes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.houses import body, move_to
from tests.server.api.doors import both, encoded, hot, put, rows, view

from mufakat.server.journal.models import Event

if TYPE_CHECKING:
    from pathlib import Path

    from tests.houses import House
    from tests.server.api.doors import Post, Reply

TWINS = 100


def received() -> int:
    """How many notices were ever taken."""
    return Event.objects.filter(type="notice.received").count()


@both
@pytest.mark.parametrize("key", [None, "", " "])
def test_without_a_key_nothing_is_taken(house: House, post: Post, key: str | None) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    answer = post(encoded(), token=token, key=key)
    assert (answer.status, rows()) == (400, before)


@both
def test_the_missing_key_is_named(house: House, post: Post) -> None:
    answer = post(encoded(), token=house.token("kominfo", "officer"), key=None)
    assert (answer.json()["type"], "Idempotency-Key" in answer.says) == ("urn:mufakat:problem:key-missing", True)


@both
@pytest.mark.parametrize(
    "key",
    ["x" * 256, "a b", "a\tb", "kéy", "\x7f", '""', '"' + "x" * 256 + '"', '"a b"', "\x80"],
    ids=["256", "space", "tab", "umlaut", "delete", "empty-quotes", "256-quoted", "space-quoted", "c1"],
)
def test_a_key_that_is_none_is_refused(house: House, post: Post, key: str) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    answer = post(encoded(), token=token, key=key)
    assert (answer.status, answer.json()["type"], rows()) == (400, "urn:mufakat:problem:key-malformed", before)


@both
@pytest.mark.parametrize("key", ["x", "x" * 255, '"' + "x" * 255 + '"', "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", '"'])
def test_any_visible_ascii_is_a_key(house: House, post: Post, key: str) -> None:
    assert post(encoded(), token=house.token("kominfo", "officer"), key=key).status == 201


@both
def test_a_quoted_key_equals_the_bare_one(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    first, again = post(encoded(), token=token, key='"k1"'), post(encoded(), token=token, key="k1")
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")


@both
@pytest.mark.invariant("I-02")
def test_the_same_body_gets_the_same_bytes_and_no_second_notice(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    first = post(encoded(), token=token)
    before = rows()
    again = post(encoded(), token=token)
    assert (again.status, again.body, again.headers["location"], rows()) == (
        201,
        first.body,
        first.headers["location"],
        before,
    )


@both
def test_the_first_answer_does_not_say_that_it_is_a_repetition(house: House, post: Post) -> None:
    assert "idempotent-replayed" not in post(encoded(), token=house.token("kominfo", "officer")).headers


@pytest.mark.invariant("I-02")
@pytest.mark.parametrize(("first", "second"), [(view, hot), (hot, view)])
def test_a_key_used_at_one_door_counts_at_the_other(house: House, first: Post, second: Post) -> None:
    token = house.token("kominfo", "officer")
    assert first(encoded(), token=token).body == second(encoded(), token=token).body


@both
@pytest.mark.invariant("I-02")
@pytest.mark.parametrize("other", [body(explanation="Something else."), encoded() + b" "], ids=["words", "a-blank"])
def test_the_same_key_with_another_body_is_refused(house: House, post: Post, other: bytes) -> None:
    token = house.token("kominfo", "officer")
    post(encoded(), token=token)
    before = rows()
    answer = post(other, token=token)
    assert (answer.status, answer.json()["type"], rows()) == (422, "urn:mufakat:problem:key-reused", before)


@both
def test_a_reused_key_names_what_it_stands_for(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    first = post(encoded(), token=token).json()["id"]
    assert first in post(body(), token=token).says


@both
def test_a_key_is_of_one_party(house: House, post: Post) -> None:
    answers = [post(encoded(), token=house.token(handle, "officer")) for handle in ("kominfo", "bnpt")]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


@both
def test_a_key_is_of_the_party_and_not_of_the_token(house: House, post: Post) -> None:
    first, again = (post(encoded(), token=house.token("kominfo", "officer")) for _ in range(2))
    assert first.body == again.body


@both
@pytest.mark.invariant("I-02")
def test_a_repetition_gets_the_same_bytes_after_a_restart(data: Path, post: Post) -> None:
    from tests.houses import House

    from mufakat.server.journal import door

    answers = []
    for _ in range(2):
        move_to(data)
        with door.open_house() as writer:
            answers.append(post(encoded(), token=House(data, writer).token("kominfo", "officer")))
    assert (answers[1].body, answers[1].headers["idempotent-replayed"]) == (answers[0].body, "true")


@both
def test_a_repetition_tells_the_first_answer_also_where_the_state_moved_on(house: House, post: Post) -> None:
    from mufakat.server.notices import operations

    token = house.token("kominfo", "officer")
    first = post(encoded(), token=token)
    operations.acknowledge(first.json()["id"], by=house.caller("telegram", "reviewer"))
    assert post(encoded(), token=token).body == first.body


@both
def test_an_erased_answer_is_gone_and_leaves_its_receipt(house: House, post: Post) -> None:
    from datetime import UTC, datetime

    from mufakat.server.journal import door
    from mufakat.server.journal.models import Answer

    token = house.token("kominfo", "officer")
    first = post(encoded(), token=token).json()
    door.commit(lambda _: Answer.objects.update(body=None, erased_at=datetime.now(UTC)))
    answer = post(encoded(), token=token)
    assert (answer.status, answer.json()["type"]) == (410, "urn:mufakat:problem:erased")
    assert answer.json()["receipt"] == first["receipt"]


@both
@pytest.mark.invariant("I-02")
def test_parallel_twins_make_one_notice(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    answers: list[Reply] = []
    start = threading.Barrier(TWINS)

    def send() -> None:
        from django.db import connections

        start.wait()
        answers.append(post(encoded(), token=token))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(TWINS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = {answer.body for answer in answers if answer.status == 201}
    kinds = {answer.json()["type"] for answer in answers if answer.status != 201}
    assert (len(answers), len(bodies), received()) == (TWINS, 1, 1)
    assert kinds <= {"urn:mufakat:problem:key-in-flight"}


@both
def test_a_key_in_flight_says_when_to_come_again(house: House, post: Post) -> None:
    from mufakat.server.journal.answers import Key
    from mufakat.server.notices.operations import SUBMIT

    caller = house.caller("kominfo", "officer")
    scope = Key.of(caller.party_id, SUBMIT, "k1", b"").scope
    token = house.token("kominfo", "officer")
    house.writer._inflight.add(scope)
    answer = post(encoded(), token=token)
    assert (answer.status, answer.headers["retry-after"]) == (409, "1")


@both
def test_many_senders_at_once_get_a_notice_each(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    answers: list[Reply] = []
    start = threading.Barrier(TWINS)

    def send(number: int) -> None:
        from django.db import connections

        start.wait()
        answers.append(post(encoded(), token=token, key=f"k{number}"))
        connections.close_all()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(TWINS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [201] * TWINS
    assert len({answer.json()["id"] for answer in answers}) == received() == TWINS


def test_an_endpoint_that_is_set_again_with_its_key_is_the_same_without_its_secret(house: House) -> None:
    token = house.token("telegram", "representative")
    first, again = (put("/api/v1/endpoints", b'{"url": "https://hooks.example/a"}', token, "e1") for _ in range(2))
    assert (again.status, again.headers["location"]) == (201, first.headers["location"])
    assert (again.json()["id"], "secret" in again.json()) == (first.json()["id"], False)
