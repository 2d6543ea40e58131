"""The events of a notice: leaves byte for byte, what opens them, and their chain."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.api.doors import FULL, NOTICES, encoded, get, put
from tests.server.api.test_api_accepting import trusted

from mufakat.proof import commitment, leaf, verify

if TYPE_CHECKING:
    from tests.houses import House


def lived(house: House) -> tuple[str, list[dict[str, Any]]]:
    """A notice that was received, acknowledged and withdrawn; its id and its events."""
    notice = house.submit(encoded()).subject
    officer = house.token("kominfo", "officer")
    put(f"{NOTICES}/{notice}/acknowledgement", {"note": "Seen."}, house.token("telegram", "representative"))
    put(f"{NOTICES}/{notice}/withdrawal", {"reason": "Sent twice."}, officer)
    return notice, get(f"{NOTICES}/{notice}/events", officer).json()["items"]


def bytes_of(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def opened(event: dict[str, Any]) -> dict[str, bytes]:
    """What the openings of an event show, those alone that open a commitment of its leaf."""
    committed = leaf.decode(bytes_of(event["leaf"])).c
    return {
        name: bytes_of(opening["value"])
        for name, opening in event["openings"].items()
        if commitment.opens(bytes_of(committed[name]), name, bytes_of(opening["salt"]), bytes_of(opening["value"]))
    }


@pytest.mark.invariant("I-03")
def test_every_change_of_state_is_one_event_in_its_order(house: House) -> None:
    _, events = lived(house)
    assert [event["type"] for event in events] == ["notice.received", "notice.acknowledged", "notice.withdrawn"]


def test_a_list_of_events_ends_with_itself(house: House) -> None:
    notice, _ = lived(house)
    assert get(f"{NOTICES}/{notice}/events", house.token("kominfo", "officer")).json()["next"] is None


def test_the_bytes_of_a_leaf_have_the_hash_beside_them(house: House) -> None:
    _, events = lived(house)
    assert [base64.b64encode(leaf.leaf_hash(bytes_of(event["leaf"]))).decode() for event in events] == [
        event["hash"] for event in events
    ]


def test_every_leaf_is_of_the_form_that_the_log_takes(house: House) -> None:
    notice, events = lived(house)
    leaves = [leaf.decode(bytes_of(event["leaf"])) for event in events]
    assert [(made.id, made.type, made.at, made.case) for made in leaves] == [
        (event["id"], event["type"], event["at"], notice) for event in events
    ]


def test_the_openings_open_every_commitment_of_the_leaves(house: House) -> None:
    _, events = lived(house)
    assert [set(opened(event)) for event in events] == [set(leaf.decode(bytes_of(event["leaf"])).c) for event in events]


def test_the_first_event_commits_to_the_body_the_locators_and_the_explanation(house: House) -> None:
    _, events = lived(house)
    said = opened(events[0])
    assert said.keys() == {"payload", "locators", "explanation", "subject", "legal_ground"}
    assert json.loads(said["subject"])["category"] == FULL["category"]
    assert json.loads(said["legal_ground"])["legal_ground"] == FULL["legal_ground"]
    assert {name: said[name] for name in ("payload", "locators", "explanation")} == {
        "payload": hashlib.sha256(encoded()).digest(),
        "locators": b'["tg:username:examplechannel/message/12"]',
        "explanation": FULL["explanation"].encode(),
    }


def test_acknowledgement_and_withdrawal_commit_to_their_words(house: House) -> None:
    _, events = lived(house)
    assert [opened(event) for event in events[1:]] == [{"note": b"Seen."}, {"reason": b"Sent twice."}]


def test_an_acknowledgement_without_a_note_commits_to_nothing(house: House) -> None:
    notice = house.submit().subject
    put(f"{NOTICES}/{notice}/acknowledgement", b"", house.token("telegram", "representative"))
    events = get(f"{NOTICES}/{notice}/events", house.token("kominfo", "officer")).json()["items"]
    assert events[1]["openings"] == {}


def test_later_events_refer_to_the_first(house: House) -> None:
    _, events = lived(house)
    refs = [list(leaf.decode(bytes_of(event["leaf"])).ref) for event in events]
    assert refs[1:] == 2 * [[events[0]["id"]]]


def test_the_first_event_refers_to_the_mandate(house: House) -> None:
    _, events = lived(house)
    mandates = get("/api/v1/mandates", house.token("kominfo", "officer")).json()["items"]
    assert list(leaf.decode(bytes_of(events[0]["leaf"])).ref) == [mandates[0]["id"]]


def test_the_actor_of_a_leaf_is_who_acted(house: House) -> None:
    _, events = lived(house)
    leaves = [leaf.decode(bytes_of(event["leaf"])) for event in events]
    assert [(made.actor, made.chan) for made in leaves] == [
        ("kominfo", "kominfo>telegram"),
        ("telegram", "telegram>kominfo"),
        ("kominfo", "kominfo>telegram"),
    ]


def test_the_due_time_of_the_leaf_is_the_first_of_the_clocks(house: House) -> None:
    notice, events = lived(house)
    clocks = get(f"{NOTICES}/{notice}", house.token("kominfo", "officer")).json()["clocks"]
    assert leaf.decode(bytes_of(events[0]["leaf"])).due == min(clock["due_at"] for clock in clocks)


@pytest.mark.invariant("I-01")
def test_every_event_of_a_notice_has_a_receipt_for_its_leaf(house: House) -> None:
    notice, events = lived(house)
    found = [verify.verify(event["receipt"].encode(), keys=trusted(), leaf=bytes_of(event["leaf"])) for event in events]
    assert {one.notice for one in found} == {notice}


def test_both_sides_see_the_same_events(house: House) -> None:
    notice, events = lived(house)
    assert get(f"{NOTICES}/{notice}/events", house.token("telegram", "reviewer-2")).json()["items"] == events


def test_the_words_are_in_the_openings_and_nowhere_in_the_leaves(house: House) -> None:
    _, events = lived(house)
    leaves = b"".join(bytes_of(event["leaf"]) for event in events)
    assert not any(word in leaves for word in (b"Seen.", b"Sent twice.", b"placeholder", b"examplechannel"))
