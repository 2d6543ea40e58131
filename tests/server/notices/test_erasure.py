"""Erasure by order: what was said is gone from every row and from the disk, what happened stays and verifies."""

from __future__ import annotations

import base64
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.houses import NOTICE, body
from tests.server.api.doors import NOTICES, get, put, rows, view
from tests.server.notices import erasing
from tests.server.notices.test_notices_operations import at_once

from mufakat.proof import leaf as leaves
from mufakat.rules.errors import BadReasonError, NotFoundError
from mufakat.rules.retention import OF_A_NOTICE, Erasable
from mufakat.server.journal import door, durability
from mufakat.server.journal.models import Answer, Channel, Event, Opening, Outbox
from mufakat.server.notices import erasure, operations, queries
from mufakat.server.notices.models import Notice, Payload, Pointer

if TYPE_CHECKING:
    from tests.houses import House

CANARY = "canary7k"
WHY = "A court asked for it."


def batch(house: House, items: list[dict[str, Any]], key: str = "b1") -> Any:
    headers = {"Authorization": f"Bearer {house.token('kominfo', 'officer')}", "Idempotency-Key": key}
    content = json.dumps({"notices": items})
    return Client().post(f"{NOTICES}/batch", content, content_type="application/json", headers=headers)


def items(count: int) -> list[dict[str, Any]]:
    return [{**NOTICE, "explanation": f"A made-up placeholder, number {number}."} for number in range(count)]


@pytest.mark.invariant("I-09")
def test_every_value_that_was_said_is_null_and_dated(house: House) -> None:
    notice = house.submit(erasing.draft(CANARY)).subject
    done = erasure.erase(notice, reason=WHY)
    payload = Payload.objects.get(notice=notice)
    pointers = Pointer.objects.filter(notice=notice)
    said = Opening.objects.filter(event__case=notice, event__type="notice.received")
    openings = said.exclude(field="subject")  # Codes alone.
    assert (payload.raw, payload.erased_at) == (None, done.at)
    assert {(one.canonical, one.input, one.digest, one.erased_at) for one in pointers} == {(None, None, None, done.at)}
    assert {(one.salt, one.value, one.erased_at) for one in openings} == {(None, None, done.at)}
    assert not Answer.objects.filter(subject=notice, erased_at=None).exists()


@pytest.mark.invariant("I-09")
def test_leaves_receipts_chains_and_commitments_stay_valid(house: House) -> None:
    kept, gone = house.submit(key="k1").subject, house.submit(erasing.draft(CANARY), key="k2").subject
    before = [(bytes(one.leaf), one.custody) for one in Event.objects.order_by("position")]
    erasure.erase(gone, reason=WHY)
    assert [(bytes(one.leaf), one.custody) for one in Event.objects.order_by("position")][: len(before)] == before
    erasing.require_proofs([kept, gone])


@pytest.mark.invariant("I-03")
def test_an_erasure_is_one_event_from_the_operator_told_to_both(house: House) -> None:
    notice = house.submit().subject
    done = erasure.erase(notice, reason=WHY)
    (event,) = erasing.events_of(notice)
    assert (event.id, event.sender, event.recipient, event.case) == (done.event, "mufakat", "kominfo", notice)
    told = Outbox.objects.filter(event=event, to__startswith="party:")
    assert {one.to for one in told} == {"party:kominfo", "party:telegram"}
    assert leaves.decode(bytes(event.leaf)).ref == (queries.first_event(notice).id,)
    assert Channel.objects.get(sender="mufakat", recipient="kominfo").seq == event.seq


@pytest.mark.invariant("I-09")
def test_the_erasure_says_what_and_why_in_openings_that_stay(house: House) -> None:
    notice = house.submit().subject
    erasure.erase(notice, reason=f"  {WHY}\n")
    erasure.erase(notice, reason="Once more.")
    (event,) = erasing.events_of(notice)
    said = erasing.opened(event)
    assert (said["classes"], said["reason"]) == (b'["answers","explanation","locators","payload"]', WHY.encode())


@pytest.mark.invariant("I-09")
def test_no_string_of_anybody_reaches_the_leaf(house: House) -> None:
    notice = house.submit(erasing.draft(CANARY)).subject
    erasure.erase(notice, reason=f"Because of {CANARY}.")
    assert [one.type for one in Event.objects.filter(case=notice) if CANARY.encode() in bytes(one.leaf)] == []


def test_erasing_again_is_no_second_event(house: House) -> None:
    notice = house.submit().subject
    erasure.erase(notice, reason=WHY)
    before = rows()
    again = erasure.erase(notice, reason=WHY)
    assert (again.classes, again.event, rows()) == ((), None, before)


def test_two_orders_at_once_are_one_event(house: House) -> None:
    notice = house.submit().subject
    outcomes = at_once(*[lambda: erasure.erase(notice, reason=WHY).event] * 8)
    assert sorted(one is None for one in outcomes) == [False] + [True] * 7
    assert len(erasing.events_of(notice)) == 1


def test_an_acknowledgement_at_the_same_moment_loses_nothing(house: House) -> None:
    representative = house.caller("telegram", "representative")
    for number in range(6):
        notice = house.submit(key=f"k{number}").subject
        at_once(
            lambda notice=notice: operations.acknowledge(notice, by=representative, note=CANARY),  # type: ignore[misc]
            lambda notice=notice: erasure.erase(notice, reason=WHY),  # type: ignore[misc]
        )
        assert Notice.objects.get(pk=notice).state == "acknowledged"
        assert len(erasing.events_of(notice)) == 1
    erasing.require_proofs(Notice.objects.values_list("pk", flat=True))


def test_one_commit_never_holds_an_answer_that_escapes_the_erasure(house: House) -> None:
    assert erasure.Alone.weight > 128


@pytest.mark.parametrize(
    ("named", "gone"),
    [
        ({Erasable.LOCATORS}, {"answers", "locators", "payload"}),
        ({Erasable.EXPLANATION}, {"answers", "explanation", "payload"}),
        ({Erasable.PAYLOAD}, {"answers", "payload"}),
        ({Erasable.ANSWERS}, {"answers"}),
    ],
    ids=lambda one: "-".join(sorted(one)),
)
def test_a_class_goes_with_what_repeats_it_and_no_more(house: House, named: set[Erasable], gone: set[str]) -> None:
    notice = house.submit().subject
    erasure.erase(notice, classes=named, reason=WHY)
    (event,) = erasing.events_of(notice)
    left = {field for field, value in erasing.opened(queries.first_event(notice)).items() if value is not None}
    assert erasing.classes_of(event) == gone
    # The ground goes with the explanation; what it was about, in codes, stays.
    repeated = {"legal_ground"} if "explanation" in gone else set()
    assert left == {"payload", "locators", "explanation", "legal_ground", "subject"} - gone - repeated
    assert Pointer.objects.filter(notice=notice, erased_at=None).exists() is ("locators" not in gone)
    assert Payload.objects.filter(notice=notice, erased_at=None).exists() is ("payload" not in gone)


def test_what_was_left_of_a_partial_erasure_is_a_second_one(house: House) -> None:
    notice = house.submit().subject
    erasure.erase(notice, classes={Erasable.PAYLOAD}, reason=WHY)
    erasure.erase(notice, reason=WHY)
    assert [erasing.classes_of(one) for one in erasing.events_of(notice)] == [
        {"answers", "payload"},
        {"explanation", "locators"},
    ]


def test_notes_and_reasons_go_with_their_class(house: House) -> None:
    notice = house.submit(key="k1").subject
    operations.acknowledge(notice, by=house.caller("telegram", "representative"), note=CANARY)
    erasing.withdraw(house, notice, reason=f"{CANARY} reason")
    erasure.erase(notice, classes={Erasable.NOTES}, reason=WHY)
    (event,) = erasing.events_of(notice)
    assert erasing.classes_of(event) == {"answers", "notes"}
    assert erasing.found_on_disk(house.data, [CANARY]) == []


def test_an_unknown_notice_is_not_there(house: House) -> None:
    before = rows()
    with pytest.raises(NotFoundError):
        erasure.erase("ntc_00000000000000000000000000", reason=WHY)
    assert rows() == before


@pytest.mark.parametrize("reason", ["", " \n", "x" * 2_001, "a\x1b[2Jb", "a\x00"])
def test_without_a_reason_that_can_be_read_nothing_is_erased(house: House, reason: str) -> None:
    notice = house.submit().subject
    with pytest.raises(BadReasonError):
        erasure.erase(notice, reason=reason)
    assert Payload.objects.filter(notice=notice, erased_at=None).exists()


@pytest.mark.parametrize("classes", [set(), {Erasable.LOGIN_ATTEMPTS}, {Erasable.PAYLOAD, Erasable.OTHER_ANSWERS}])
def test_a_class_that_no_notice_has_is_refused(house: House, classes: set[Erasable]) -> None:
    notice = house.submit().subject
    with pytest.raises(erasure.NothingToEraseError, match="locators"):
        erasure.erase(notice, classes=classes, reason=WHY)


# -- Keys


@pytest.mark.invariant("I-02")
def test_a_repeated_key_is_gone_with_the_receipt_and_never_new(house: House) -> None:
    token = house.token("kominfo", "officer")
    first = view(body(), token=token).json()
    erasure.erase(first["id"], reason=WHY)
    before = rows()
    again = view(body(), token=token)
    assert (again.status, again.json()["type"]) == (410, "urn:mufakat:problem:erased")
    assert (again.json()["receipt"], rows()) == (first["receipt"], before)


def test_an_erased_key_with_other_content_is_still_refused(house: House) -> None:
    token = house.token("kominfo", "officer")
    erasure.erase(view(body(), token=token).json()["id"], reason=WHY)
    assert view(body(explanation="Another."), token=token).status == 422


@pytest.mark.parametrize("deed", ["acknowledgement", "withdrawal"])
def test_the_key_of_a_deed_is_gone_as_well(house: House, deed: str) -> None:
    taken = house.submit()
    seat = ("telegram", "representative") if deed == "acknowledgement" else ("kominfo", "officer")
    told = {"note": CANARY} if deed == "acknowledgement" else {"reason": CANARY}
    token, path = house.token(*seat), f"{NOTICES}/{taken.subject}/{deed}"
    assert put(path, told, token, "a1").status == 200
    erasure.erase(taken.subject, reason=WHY)
    again = put(path, told, token, "a1")
    assert (again.status, again.json()["receipt"]) == (410, json.loads(taken.body)["receipt"])


def test_an_item_that_is_sent_again_after_its_erasure_is_not_doubled(house: House) -> None:
    taken = batch(house, items(3)).json()["items"]
    erasure.erase(taken[1]["id"], reason=WHY)
    again = batch(house, items(3), key="b2").json()["items"]
    assert [one["status"] for one in again] == [409, 409, 409]
    assert [one["id"] in two["problem"]["detail"] for one, two in zip(taken, again, strict=True)] == [True] * 3


def test_the_answer_to_a_batch_goes_with_the_first_of_its_notices(house: House) -> None:
    taken = batch(house, items(3)).json()["items"]
    batch(house, [{**NOTICE, "explanation": "Of another batch."}], key="b2")
    erasure.erase(taken[2]["id"], reason=WHY)
    statuses = [batch(house, items(3)).status_code]
    statuses.append(batch(house, [{**NOTICE, "explanation": "Of another batch."}], key="b2").status_code)
    assert statuses == [410, 200]


def test_a_refused_twin_in_a_batch_does_not_keep_what_was_erased(house: House) -> None:
    good = json.loads(erasing.draft(CANARY))
    twin = {**good, "language": CANARY, "locators": [f"javascript:{CANARY}"]}
    answer = batch(house, [good, twin])
    taken = answer.json()["items"]
    assert ([one["status"] for one in taken], CANARY in answer.content.decode()) == ([201, 422], True)
    erasure.erase(taken[0]["id"], reason=WHY)
    assert erasing.found_on_disk(house.data, [CANARY]) == []


# -- What others see


def test_the_notice_is_shown_without_its_body_and_says_when(house: House) -> None:
    notice = house.submit().subject
    done = erasure.erase(notice, reason=WHY)
    shown = get(f"{NOTICES}/{notice}", house.token("kominfo", "officer")).json()
    assert "notice" not in shown
    assert (shown["erased_at"], shown["related"]) == (f"{done.at.isoformat(timespec='milliseconds')[:-6]}Z", [])


def test_a_notice_that_is_whole_names_no_time_of_erasure(house: House) -> None:
    assert "erased_at" not in get(f"{NOTICES}/{house.submit().subject}", house.token("kominfo", "officer")).json()


def test_related_notices_are_no_longer_found_by_what_was_erased(house: House) -> None:
    one, two = house.submit(key="k1").subject, house.submit(key="k2").subject
    token = house.token("kominfo", "officer")
    assert get(f"{NOTICES}/{two}", token).json()["related"] == [one]
    erasure.erase(one, reason=WHY)
    assert get(f"{NOTICES}/{two}", token).json()["related"] == []


def test_the_events_show_what_is_gone_as_null(house: House) -> None:
    notice = house.submit().subject
    erasure.erase(notice, reason=WHY)
    first, last = get(f"{NOTICES}/{notice}/events", house.token("telegram", "reviewer")).json()["items"]
    gone = {name for name, value in first["openings"].items() if value is None}
    assert gone == {"payload", "locators", "explanation", "legal_ground"}
    assert base64.b64decode(last["openings"]["reason"]["value"]).decode() == WHY


def test_lists_and_receipts_go_on(house: House) -> None:
    notice = house.submit().subject
    erasure.erase(notice, reason=WHY)
    token = house.token("kominfo", "officer")
    assert [one["id"] for one in get(NOTICES, token).json()["items"]] == [notice]
    assert get(f"{NOTICES}/{notice}/receipt", token).status == 200


def test_an_open_notice_goes_on_after_its_erasure(house: House) -> None:
    notice = house.submit().subject
    erasure.erase(notice, reason=WHY)
    path = f"{NOTICES}/{notice}/acknowledgement"
    answer = put(path, {"note": "Seen."}, house.token("telegram", "representative"), "a1")
    assert (answer.status, answer.json()["state"]) == (200, "acknowledged")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Erased on", "Content erased"]), ("id", ["Dihapus pada", "Isi dihapus"])],
)
def test_the_page_says_when_it_was_erased(house: House, browser_of: Any, language: str, words: list[str]) -> None:
    notice = house.submit(erasing.draft(CANARY)).subject
    erasure.erase(notice, reason=WHY)
    page = browser_of("telegram", "reviewer").get(f"/desk/notices/{notice}", headers={"Accept-Language": language})
    text = page.content.decode()
    assert (page.status_code, [word in text for word in words], WHY in text) == (200, [True, True], True)
    assert CANARY not in text


# -- On the disk


@pytest.mark.invariant("I-09")
@pytest.mark.parametrize("seed", range(3))
def test_what_was_erased_stands_nowhere_in_the_files(house: House, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - made-up lengths, and the same again.
    representative = house.caller("telegram", "representative")
    made: dict[str, str] = {}
    for number in range(60):
        word = f"canary{seed}n{number:03}x"
        links = [f"https://{word}.example.com/{place}" for place in range(chance.randrange(1, 30))]
        text = f"{word} " * chance.randrange(1, 900)
        made[word] = house.submit(erasing.draft(word, locators=links, explanation=text), key=f"k{number}").subject
        if chance.random() < 0.4:
            operations.acknowledge(made[word], by=representative, note=f"{word} " * chance.randrange(1, 100))
        if chance.random() < 0.4:
            erasing.withdraw(house, made[word], reason=f"{word} " * chance.randrange(1, 100))
    gone = chance.sample(sorted(made), 40)
    assert erasing.found_on_disk(house.data, made) == list(made)  # Or the next look could not fail.
    done = [erasure.erase(made[word], reason=WHY) for word in gone]
    assert all(one.overwritten for one in done)
    assert erasing.found_on_disk(house.data, gone) == []
    left = [word for word in made if word not in gone]
    assert erasing.found_on_disk(house.data, left) == left
    erasing.require_proofs(made.values())


@pytest.mark.embedded
def test_a_reader_in_the_way_is_told_and_the_next_cut_finishes_it(house: House) -> None:
    import sqlite3

    notice = house.submit(erasing.draft(CANARY)).subject
    reader = sqlite3.connect(house.data / "mufakat.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM notices_notice").fetchone()
    done = erasure.erase(notice, reason=WHY)
    waiting = erasing.found_on_disk(house.data, [CANARY])
    reader.execute("COMMIT")
    reader.close()
    assert (done.overwritten, waiting) == (False, [CANARY])
    assert (erasure.cut_log(), erasing.found_on_disk(house.data, [CANARY])) == (True, [])


@pytest.mark.embedded
def test_a_database_that_would_keep_what_is_erased_is_refused() -> None:
    found = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "fullfsync": 0, "secure_delete": 0}
    assert [word for word in durability.weaknesses(found) if "secure_delete" in word] != []


@pytest.mark.embedded
def test_the_writer_overwrites_what_it_deletes(house: House) -> None:
    from django.db import connection

    assert door.commit(lambda _: durability.readings(connection)["secure_delete"]) == 1


def test_an_order_without_classes_is_about_all_of_them() -> None:
    defaults = erasure.erase.__kwdefaults__
    assert defaults is not None
    assert defaults["classes"] == OF_A_NOTICE
