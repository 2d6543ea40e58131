"""Receipts of every grade over HTTP: of a notice and of what happened to it, at once or after a moment."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.api.doors import NOTICES, get

from mufakat.proof import verify
from mufakat.proof.cosignature import CosigningKey
from mufakat.proof.tlog_proof import TlogProof
from mufakat.proof.verify import Kind
from mufakat.server.api import grading
from mufakat.server.journal import grades, inclusion, sequencer, signer
from mufakat.server.journal.models import Event, Head
from mufakat.server.notices import operations
from mufakat.server.register import doors, following
from mufakat.server.runtime import asgi

if TYPE_CHECKING:
    from django.http import HttpRequest
    from tests.houses import House


def sequence() -> None:
    sequencer.part(at=datetime.now(UTC))


def sent(house: House) -> str:
    return str(house.submit().subject)


def checked(raw: bytes) -> verify.Verified:
    return verify.verify(raw, keys=signer.trusted("1"))


def test_the_receipt_grows_from_custody_to_inclusion(house: House) -> None:
    notice, token = sent(house), house.token("kominfo", "officer")
    before = checked(get(f"{NOTICES}/{notice}/receipt", token).body)
    sequence()
    answer = get(f"{NOTICES}/{notice}/receipt?grade=inclusion", token)
    after = checked(answer.body)
    assert (before.kind, after.kind) == (Kind.CUSTODY, Kind.INCLUSION)
    assert (after.notice, after.leaf_hash) == (notice, before.leaf_hash)
    assert answer.headers["content-disposition"] == f'attachment; filename="{notice}.tlog-proof"'


def test_while_the_leaf_waits_the_answer_says_so(house: House) -> None:
    found = get(f"{NOTICES}/{sent(house)}/receipt?grade=inclusion", house.token("kominfo", "officer"))
    assert (found.status, "The leaf waits for the log" in found.json()["detail"]) == (404, True)


def test_a_grade_that_no_witness_has_given_is_said_to_be_missing(house: House) -> None:
    notice, token = sent(house), house.token("kominfo", "officer")
    sequence()
    found = get(f"{NOTICES}/{notice}/receipt?grade=witnessed", token)
    assert (found.status, "No witness has cosigned" in found.json()["detail"]) == (404, True)


def test_a_head_that_a_witness_cosigned_makes_a_witnessed_receipt(house: House) -> None:
    notice, token = sent(house), house.token("kominfo", "officer")
    sequence()
    first = checked(get(f"{NOTICES}/{notice}/receipt?grade=inclusion", token).body).checkpoint
    assert first is not None
    line = CosigningKey("witness.example", bytes(32)).cosign(first, at=datetime.now(UTC))
    head = Head.objects.get(pk="1")
    cosigned = TlogProof(index=0, hashes=(), checkpoint=(head.note + line).encode(), extra=b"x").to_bytes()
    assert (grades.is_cosigned("1", cosigned), grades.is_cosigned("1", cosigned.removesuffix(line.encode()))) == (
        True,
        False,
    )


def test_what_happened_to_a_notice_has_receipts_of_every_grade_too(house: House) -> None:
    notice, token = sent(house), house.token("kominfo", "officer")
    operations.acknowledge(notice, by=house.caller("telegram", "reviewer"))
    sequence()
    event = Event.objects.get(type="notice.acknowledged")
    for grade in ("custody", "inclusion"):
        found = checked(get(f"{NOTICES}/{notice}/receipt?grade={grade}&event={event.id}", token).body)
        assert (found.notice, found.leaf_hash) == (notice, bytes(event.leaf_hash))


def test_an_event_of_another_notice_is_not_given(house: House) -> None:
    first, token = sent(house), house.token("kominfo", "officer")
    house.submit(body(explanation="Another placeholder."), key="k2")
    other = Event.objects.exclude(case=first).filter(type="notice.received").get()
    statuses = [get(f"{NOTICES}/{first}/receipt?event={one}", token).status for one in (other.id, "evt_none", "x")]
    assert statuses == [404, 404, 404]


def test_whoever_can_wait_gets_the_best_that_comes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    notice, token = sent(house), house.token("kominfo", "officer")
    # The log takes the leaf while the answer waits.
    monkeypatch.setattr("mufakat.server.journal.grades.time.sleep", lambda _: sequence())
    answer = get(f"{NOTICES}/{notice}/receipt", token, Prefer="wait=5")
    assert (checked(answer.body).kind, answer.headers["preference-applied"]) == (Kind.INCLUSION, "wait=5")


def test_where_nothing_better_comes_in_time_the_wait_ends_with_custody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grades, "LOOK", 100)
    answer = get(f"{NOTICES}/{sent(house)}/receipt", house.token("kominfo", "officer"), Prefer="wait=1")
    assert (checked(answer.body).kind, "preference-applied" in answer.headers) == (Kind.CUSTODY, False)


def test_that_it_waited_is_said_only_where_it_did(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    notice, token = sent(house), house.token("kominfo", "officer")
    sequence()
    monkeypatch.setattr("mufakat.server.journal.grades.time.sleep", lambda _: pytest.fail("it waited"))
    answer = get(f"{NOTICES}/{notice}/receipt", token, Prefer="wait=5")
    assert (checked(answer.body).kind, "preference-applied" in answer.headers) == (Kind.INCLUSION, False)


def test_a_grade_that_is_asked_for_is_not_exchanged_for_a_lesser_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grades, "LOOK", 100)
    path = f"{NOTICES}/{sent(house)}/receipt?grade=inclusion"
    assert get(path, house.token("kominfo", "officer"), Prefer="wait=1").status == 404


def test_where_too_many_wait_the_next_is_answered_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    notice, token = sent(house), house.token("kominfo", "officer")
    monkeypatch.setattr("mufakat.server.journal.grades.time.sleep", lambda _: pytest.fail("it waited"))
    held = [grades._turns.acquire(blocking=False) for _ in range(grades.WAITERS)]
    try:
        answer = get(f"{NOTICES}/{notice}/receipt", token, Prefer="wait=5")
        assert (checked(answer.body).kind, "preference-applied" in answer.headers) == (Kind.CUSTODY, False)
    finally:
        for _ in held:
            grades._turns.release()


def test_those_who_wait_leave_most_threads_to_everybody_else() -> None:
    assert 4 * grades.WAITERS <= asgi.THREADS


def test_nobody_waits_for_witnesses_where_none_cosigns(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    notice, token = sent(house), house.token("kominfo", "officer")
    monkeypatch.setattr("mufakat.server.journal.grades.time.sleep", lambda _: pytest.fail("it waited"))
    path = f"{NOTICES}/{notice}/receipt?grade=witnessed"
    before = get(path, token, Prefer="wait=10").status  # Nothing is in the log yet.
    sequence()
    assert (before, get(path, token, Prefer="wait=10").status) == (404, 404)


def test_while_it_waits_for_the_log_no_proof_is_made(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    notice, token = sent(house), house.token("kominfo", "officer")
    proofs, real, looks = 0, inclusion.proof_of, 0

    def counting(event: Event) -> bytes | None:
        nonlocal proofs
        proofs += 1
        return real(event)

    def passing(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            sequence()

    monkeypatch.setattr(inclusion, "proof_of", counting)
    monkeypatch.setattr("mufakat.server.journal.grades.time.sleep", passing)
    answer = get(f"{NOTICES}/{notice}/receipt", token, Prefer="wait=10")
    assert (checked(answer.body).kind, looks, proofs) == (Kind.INCLUSION, 3, 1)


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        *(
            ("wait=2", 2),
            ("WAIT=2", 2),
            ('wait="3"', 3),
            ("respond-async, wait=4", 4),
            ("wait = 5; x", 5),
            ("wait=99999", 10),
        ),
        *(
            ("", 0),
            ("wait", 0),
            ("wait=", 0),
            ("wait=-1", 0),
            ("await=2", 0),
            ("wait=2x", 0),
            ("wait=0", 0),
            ("wait=1e3", 0),
        ),
    ],
)
def test_how_long_the_client_would_wait_is_read_and_bounded(prefer: str, seconds: int) -> None:
    from django.test import RequestFactory

    request: HttpRequest = RequestFactory().get("/", headers={"Prefer": prefer})
    assert grading.wait_of(request) == seconds


def test_anybody_gets_the_proof_of_what_is_in_the_register(house: House) -> None:
    doors.forget()
    made = json.loads(house.submit(body(), key="k1").body)
    while following.sweep(at=datetime.now(UTC)).more:
        pass
    sequence()
    found = checked(get(f"/api/v1/register/{made['id']}/receipt?grade=inclusion").body)
    assert (found.kind, found.notice) == (Kind.INCLUSION, made["id"])
