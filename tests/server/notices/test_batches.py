from __future__ import annotations

import base64
import json
import math
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from tests.houses import NOTICE, body
from tests.server.api.doors import FULL
from tests.simulator.faults import Store

from mufakat.proof import leaf as leaves, verify
from mufakat.proof.key import VerifyKey
from mufakat.server.api import problems
from mufakat.server.journal import answers, signer
from mufakat.server.journal.errors import UnsureError
from mufakat.server.journal.models import Answer, Event, Outbox, Pending
from mufakat.server.notices import batches
from mufakat.server.notices.models import Notice, Payload


def item(number: int, **changes: Any) -> dict[str, Any]:
    return {**NOTICE, "explanation": f"A made-up placeholder, number {number}.", **changes}


def send(house, items: list[Any], *, key: str = "b1") -> Any:
    headers = {"Authorization": f"Bearer {house.token('kominfo', 'officer')}", "Idempotency-Key": key}
    return Client().post(
        "/api/v1/notices/batch", json.dumps({"notices": items}), content_type="application/json", headers=headers
    )


def counts() -> tuple[int, ...]:
    received = Event.objects.filter(type="notice.received").count()
    told = Outbox.objects.filter(event__type="notice.received").count()
    return (Notice.objects.count(), Payload.objects.count(), received, told)


def keys() -> list[VerifyKey]:
    return [VerifyKey.parse(signer.signing_key("1").vkey)]


def test_a_batch_takes_every_good_item(house):
    answer = send(house, [item(number) for number in range(5)]).json()
    assert [one["status"] for one in answer["items"]] == [201] * 5
    assert counts() == (5, 5, 5, 5)


def test_the_receipt_covers_the_leaves_of_the_taken_items_in_their_order(house):
    answer = send(house, [item(0), {}, item(1), item(2)]).json()
    taken = [base64.b64decode(one["leaf"]) for one in answer["items"] if one["status"] == 201]
    found = verify.verify(answer["receipt"].encode(), keys=keys(), leaves=taken)
    assert (found.kind, found.count) == (verify.Kind.CUSTODY_BATCH, 3)


def test_a_bad_item_fails_alone_and_names_its_fields(house):
    answer = send(house, [item(0), item(1, kind="nonsense", language="??"), item(2)]).json()
    bad = answer["items"][1]
    assert [one["status"] for one in answer["items"]] == [201, 422, 201]
    assert {fault["pointer"] for fault in bad["problem"]["errors"]} == {"/kind", "/language"}
    assert counts() == (2, 2, 2, 2)


def test_an_item_twice_in_one_batch_is_taken_once(house):
    answer = send(house, [item(0), item(1), item(0)]).json()
    assert [one["status"] for one in answer["items"]] == [201, 201, 409]
    assert answer["items"][0]["id"] in answer["items"][2]["problem"]["detail"]


def test_an_item_of_an_earlier_batch_is_not_taken_again(house):
    first = send(house, [item(0), item(1)], key="b1").json()
    again = send(house, [item(1), item(2)], key="b2").json()
    assert [one["status"] for one in again["items"]] == [409, 201]
    assert first["items"][1]["id"] in again["items"][0]["problem"]["detail"]
    assert counts() == (3, 3, 3, 3)


@pytest.mark.invariant("I-02")
def test_the_same_batch_with_the_same_key_gets_the_same_bytes(house):
    first, again = send(house, [item(0), {}]), send(house, [item(0), {}])
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")


@pytest.mark.invariant("I-02")
def test_another_batch_with_the_same_key_is_refused(house):
    send(house, [item(0)])
    assert send(house, [item(1)]).status_code == 422


def test_a_batch_without_a_good_item_has_no_receipt(house):
    answer = send(house, [{}, {"to": 1}]).json()
    assert (answer["receipt"], [one["status"] for one in answer["items"]]) == (None, [422, 422])


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ([], ""),
        ({}, "/notices"),
        ({"notices": {}}, "/notices"),
        ({"notices": []}, "/notices"),
        ({"notices": [{}] * 1001}, "/notices"),
        ({"notices": [{}], "more": 1}, "/more"),
    ],
)
def test_what_is_no_batch_is_refused_whole(house, sent, pointer):
    headers = {"Authorization": f"Bearer {house.token('kominfo', 'officer')}", "Idempotency-Key": "b1"}
    answer = Client().post("/api/v1/notices/batch", json.dumps(sent), content_type="application/json", headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_batch_named_twice_is_refused(house):
    headers = {"Authorization": f"Bearer {house.token('kominfo', 'officer')}", "Idempotency-Key": "b1"}
    raw = b'{"notices": [{}], "notices": [' + body() + b"]}"
    assert (
        Client().post("/api/v1/notices/batch", raw, content_type="application/json", headers=headers).status_code == 422
    )


def test_an_item_of_a_batch_has_a_receipt_of_its_own_when_asked(house):
    answer = send(house, [item(0)]).json()
    token = house.token("kominfo", "officer")
    got = Client().get(
        f"/api/v1/notices/{answer['items'][0]['id']}/receipt", headers={"Authorization": f"Bearer {token}"}
    )
    event = Event.objects.get(type="notice.received")
    found = verify.verify(got.content, keys=keys(), leaf=bytes(event.leaf))
    assert found.leaf_hash == leaves.leaf_hash(bytes(event.leaf))


def test_a_row_that_the_database_refuses_fails_alone(house, monkeypatch):
    from django.db import IntegrityError

    from mufakat.server.notices import operations

    original = operations.take

    def take(submissions, moment, *, receipts=True):
        if any("poison" in one.admitted.draft.explanation for one in submissions):
            raise IntegrityError("made up")
        return original(submissions, moment, receipts=receipts)

    monkeypatch.setattr(operations, "take", take)
    answer = send(house, [item(0), item(1, explanation="poison"), item(2)]).json()
    assert [one["status"] for one in answer["items"]] == [201, 500, 201]
    assert counts() == (2, 2, 2, 2)


@pytest.mark.invariant("I-01")
@pytest.mark.parametrize("evidence", [None, FULL["evidence"]], ids=["plain", "with a file"])
def test_a_batch_whose_refused_rows_could_not_be_undone_gets_no_receipt(house, monkeypatch, evidence):
    from django.db import IntegrityError

    from mufakat.server.notices import operations

    original, store, refused = operations.take, Store(photograph=lambda: None), list[Any]()

    def take(submissions, moment, *, receipts=True):
        if not refused:
            refused.append(submissions)
            store.arm("statement fails")  # The next one, which undoes the savepoint.
            raise IntegrityError("made up")
        return original(submissions, moment, receipts=receipts)

    monkeypatch.setattr(operations, "take", take)
    with store.installed():
        reply = send(house, [item(0, evidence=evidence), item(1, evidence=evidence)])
    assert (reply.status_code, reply.json()["type"]) == (503, "urn:mufakat:problem:unsure")
    assert (counts(), Answer.objects.count()) == ((0, 0, 0, 0), 0)


def submit(house, items: list[bytes], *, key: str = "b1") -> Any:
    """The same without HTTP."""
    caller = house.caller("kominfo", "officer")
    named = answers.Key.of(caller.party_id, batches.ROUTE, key, b"".join(items))
    answer = batches.submit_batch(items, by=caller, at=datetime.now(UTC), key=named, told=problems.item)
    return json.loads(answer.body)


@pytest.mark.parametrize(("singles", "commits"), [(0, 1), (1, math.ceil(1000 / batches.PORTION))])
def test_a_thousand_notices_are_one_commit_or_one_for_each_portion_while_single_ones_come(house, singles, commits):
    for _ in range(singles):
        house.submit(key="single")
    before = house.writer.commits
    submit(house, [json.dumps(item(number)).encode() for number in range(1000)])
    assert house.writer.commits == before + commits
    assert counts() == (1000 + singles,) * 4
    assert Pending.objects.count() == Event.objects.count()
    assert Answer.objects.count() == 1001 + singles


def test_a_single_notice_waits_for_a_portion_not_for_the_batch(house, monkeypatch):
    monkeypatch.setattr(batches, "PORTION", 60)
    monkeypatch.setattr(batches, "WHOLE", 60)
    original, singles = batches.BatchSubmission.run, []

    def run(self, moment):
        if not self.done:  # Comes while the first portion is written.
            thread = threading.Thread(target=house.submit)
            thread.start()
            while not house.writer._queue:
                time.sleep(0.01)
            singles.append(thread)
        return original(self, moment)

    monkeypatch.setattr(batches.BatchSubmission, "run", run)
    answer = submit(house, [json.dumps(item(number)).encode() for number in range(180)])
    singles[0].join()
    received = Event.objects.filter(type="notice.received").order_by("position").values_list("case", flat=True)
    batch = {one["id"] for one in answer["items"]}
    assert [case in batch for case in received].index(False) == 60


@pytest.fixture
def broken_off(house, monkeypatch) -> list[bytes]:
    """A batch of three portions, of which the last was never written: the process died."""
    monkeypatch.setattr(batches, "PORTION", 60)
    monkeypatch.setattr(batches, "WHOLE", 60)
    original = batches.BatchSubmission.run

    def run(self, moment):
        if self.done == 120:
            raise OperationalError("made up: the process dies here")
        return original(self, moment)

    items = [json.dumps(item(number)).encode() for number in range(180)]
    with monkeypatch.context() as patched:
        patched.setattr(batches.BatchSubmission, "run", run)
        with pytest.raises(UnsureError):
            submit(house, items)
    assert counts() == (120, 120, 120, 120)
    return items


@pytest.mark.invariant("I-02")
def test_a_batch_that_was_broken_off_goes_on_under_its_key_and_gets_one_receipt(house, broken_off):
    answer = submit(house, broken_off)
    assert {one["status"] for one in answer["items"]} == {201}
    assert counts() == (180, 180, 180, 180)
    taken = [base64.b64decode(one["leaf"]) for one in answer["items"]]
    assert verify.verify(answer["receipt"].encode(), keys=keys(), leaves=taken).count == 180
    assert submit(house, broken_off) == answer


@pytest.mark.invariant("I-02")
def test_what_a_broken_batch_stored_is_not_taken_again_under_another_key(house, broken_off):
    answer = submit(house, broken_off, key="b2")
    assert [one["status"] for one in answer["items"]] == [409] * 120 + [201] * 60
    assert counts() == (180, 180, 180, 180)


def test_every_item_is_chained_in_its_channel(house):
    send(house, [item(number) for number in range(10)])
    seqs = list(Event.objects.filter(type="notice.received").order_by("position").values_list("seq", flat=True))
    assert seqs == list(range(1, 11))
