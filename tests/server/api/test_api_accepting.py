"""What is taken, and what is answered."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.api.doors import FULL, NOTICES, OPTIONAL, at_first, both, encoded, get, hot, rows, view, without

from mufakat.proof import errors, key, leaf, verify

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Post

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@both
def test_the_body_of_the_interface_is_taken(house: House, post: Post) -> None:
    assert post(encoded(), token=house.token("kominfo", "officer")).status == 201


@both
@pytest.mark.parametrize("name", OPTIONAL)
def test_an_optional_member_may_be_absent(house: House, post: Post, name: str) -> None:
    assert post(without(name), token=house.token("kominfo", "officer")).status == 201


@both
@pytest.mark.parametrize("name", OPTIONAL)
def test_an_optional_member_may_be_null(house: House, post: Post, name: str) -> None:
    assert post(encoded(**{name: None}), token=house.token("kominfo", "officer")).status == 201


@both
def test_a_clause_of_the_terms_is_ground_enough(house: House, post: Post) -> None:
    terms = {"document": "Terms of Service", "clause": "2", "url": "https://telegram.example/tos"}
    answer = post(encoded(legal_ground=None, terms_ground=terms), token=house.token("bnpt", "officer"))
    assert answer.status == 201


@both
def test_the_answer_has_the_members_of_the_interface(house: House, post: Post) -> None:
    answer = post(encoded(), token=house.token("kominfo", "officer")).json()
    assert set(answer) == {"id", "state", "received_at", "clocks", "receipt", "leaf", "links", "mandate", "profile"}


@both
def test_the_answer_says_whose_turn_it_is_and_until_when(house: House, post: Post) -> None:
    answer = post(encoded(), token=house.token("kominfo", "officer")).json()
    clocks = {clock["name"]: clock["state"] for clock in answer["clocks"]}
    assert (answer["state"], clocks) == ("received", {"acknowledge_within": "running", "takedown_same_day": "running"})


@both
def test_times_are_rfc_3339_in_utc_with_milliseconds(house: House, post: Post) -> None:
    answer = post(encoded(), token=house.token("kominfo", "officer")).json()
    times = [answer["received_at"], *(clock["due_at"] for clock in answer["clocks"])]
    assert all(INSTANT.fullmatch(time) for time in times)


@both
def test_the_answer_names_the_address_of_what_was_made(house: House, post: Post) -> None:
    answer = post(encoded(), token=house.token("kominfo", "officer"))
    assert answer.headers["location"] == f"{NOTICES}/{answer.json()['id']}" == answer.json()["links"]["self"]


@both
def test_no_cache_keeps_the_answer(house: House, post: Post) -> None:
    answer = post(encoded(), token=house.token("kominfo", "officer"))
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/json", "no-store")


@both
def test_every_answer_has_an_id_of_its_request(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    first, second = post(encoded(), token=token), post(encoded(), token=token)
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@both
def test_every_link_of_the_answer_leads_somewhere(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    links = post(encoded(), token=token).json()["links"]
    statuses = {name: get(address, token).status for name, address in links.items()}
    # The page belongs to people: without a session it asks them to sign in.
    assert statuses == {"self": 200, "events": 200, "receipt": 200, "page": 302}


def test_both_doors_write_the_same_rows(house: House) -> None:
    token = house.token("kominfo", "officer")
    house.submit()  # The first notice opens the channel.
    before = rows()
    view(encoded(), token=token, key="by-the-view")
    between = rows()
    hot(encoded(), token=token, key="by-the-hot-door")
    after = rows()
    assert {table: between[table] - before[table] for table in after} == {
        table: after[table] - between[table] for table in after
    }


@both
def test_one_notice_is_shown_with_its_body_byte_for_byte(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    sent = json.dumps(FULL, indent=1, ensure_ascii=True).encode()
    notice = post(sent, token=token).json()["id"]
    assert b'"notice":' + sent + b"," in get(f"{NOTICES}/{notice}", token).body


@both
def test_one_notice_is_shown_as_it_was_answered(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    answer = post(encoded(), token=token).json()
    shown = get(f"{NOTICES}/{answer['id']}", token).json()
    assert at_first(shown) == answer


@both
def test_the_recipient_sees_the_body_too(house: House, post: Post) -> None:
    notice = post(encoded(), token=house.token("kominfo", "officer")).json()["id"]
    assert get(f"{NOTICES}/{notice}", house.token("telegram", "reviewer")).json()["notice"] == FULL


def trusted(shard: str = "1") -> list[key.VerifyKey]:
    """The keys that the shard publishes."""
    return key.read_keys(get(f"/log/{shard}/keys.json").body.decode())


@both
@pytest.mark.invariant("I-01")
def test_the_receipt_verifies_with_the_published_key(house: House, post: Post) -> None:
    answer = post(encoded(), token=house.token("kominfo", "officer")).json()
    found = verify.verify(answer["receipt"].encode(), keys=trusted())
    leaf_hash = base64.b64encode(found.root).decode()
    assert (found.notice, found.at, leaf_hash) == (answer["id"], answer["received_at"], answer["leaf"])


@both
def test_the_receipt_is_the_one_for_the_leaf_of_the_first_event(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    answer = post(encoded(), token=token).json()
    first = get(answer["links"]["events"], token).json()["items"][0]
    found = verify.verify(answer["receipt"].encode(), keys=trusted(), leaf=base64.b64decode(first["leaf"]))
    assert found.notice == leaf.decode(base64.b64decode(first["leaf"])).case


@both
def test_a_receipt_with_one_changed_character_is_refused(house: House, post: Post) -> None:
    answer = post(encoded(), token=house.token("kominfo", "officer")).json()
    changed = answer["receipt"].replace("mmd 60", "mmd 61", 1)
    with pytest.raises(errors.ProofError):
        verify.verify(changed.encode(), keys=trusted())


@both
def test_the_receipt_can_be_fetched_as_text(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    answer = post(encoded(), token=token).json()
    found = get(f"{NOTICES}/{answer['id']}/receipt", token)
    assert (found.headers["content-type"], found.body.decode()) == ("text/plain; charset=utf-8", answer["receipt"])


@pytest.mark.parametrize("grade", ["", "custody"])
def test_the_grade_custody_is_the_one_that_there_is(house: House, grade: str) -> None:
    notice = house.submit().subject
    token = house.token("kominfo", "officer")
    assert get(f"{NOTICES}/{notice}/receipt?grade={grade}", token).status == 200


@pytest.mark.parametrize("grade", ["inclusion", "witnessed", "golden"])
def test_a_grade_that_there_is_not_yet_is_a_problem(house: House, grade: str) -> None:
    notice = house.submit().subject
    found = get(f"{NOTICES}/{notice}/receipt?grade={grade}", house.token("kominfo", "officer"))
    assert (found.status, found.json()["type"]) == (404, "urn:mufakat:problem:not-found")


@both
def test_a_sender_finds_nothing_of_the_body_in_the_leaf(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    words = "Kata-kata yang diketik"
    answer = post(body(explanation=words), token=token).json()
    leaves = [base64.b64decode(event["leaf"]) for event in get(answer["links"]["events"], token).json()["items"]]
    assert not any(word in made for made in leaves for word in (words.encode(), b"examplechannel", b"Pasal 40"))
