"""What is due goes by itself, in portions, and a sweep that was killed is finished by the next."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import NOTICE, body
from tests.server.api.doors import NOTICES, put, rows, view
from tests.server.notices import erasing
from tests.server.notices.test_erasure import batch, items
from tests.server.notices.test_notices_operations import at_once

from mufakat.rules.retention import Erasable
from mufakat.server.api import problems
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key
from mufakat.server.journal.models import Answer, Event
from mufakat.server.notices import batches, erasure, holds, operations
from mufakat.server.notices.models import Notice, Payload, Pointer

if TYPE_CHECKING:
    from datetime import datetime

    from tests.houses import House

DUE = 10_000


def ended(house: House, count: int) -> list[str]:
    """Notices that were sent in batches and taken back, all at once."""
    caller = house.caller("kominfo", "officer")
    taken: list[str] = []
    for start in range(0, count, batches.LARGEST):
        raws = [
            json.dumps({**NOTICE, "explanation": f"canary {place}"}).encode()
            for place in range(start, min(count, start + batches.LARGEST))
        ]
        key = Key.of(caller.party_id, batches.ROUTE, f"b{start}", b"".join(raws))
        answer = batches.submit_batch(raws, by=caller, at=erasing.later(0), key=key, told=problems.item)
        taken += [one["id"] for one in json.loads(answer.body)["items"]]
    door.commit(lambda moment: Notice.objects.update(state="withdrawn", ended_at=moment.at))
    return taken


def whole() -> int:
    return Payload.objects.filter(erased_at=None).count()


def test_what_ended_a_year_ago_is_erased_with_a_reason(house: House) -> None:
    notice = house.submit().subject
    erasing.withdraw(house, notice)
    assert erasure.sweep(at=erasing.later(366)) == (1, False)
    (event,) = erasing.events_of(notice)
    assert erasing.opened(event)["reason"] == erasure.PASSED.encode()
    assert erasing.classes_of(event) == {"answers", "explanation", "locators", "notes", "payload"}
    erasing.require_proofs([notice])


def test_what_ended_a_little_less_than_a_year_ago_stays(house: House) -> None:
    notice = house.submit().subject
    erasing.withdraw(house, notice)
    end = Notice.objects.get(pk=notice).ended_at
    assert end is not None
    moment_before = end + timedelta(days=365) - timedelta(milliseconds=1)
    assert erasure.sweep(at=moment_before) == (0, False)
    assert erasure.sweep(at=moment_before + timedelta(milliseconds=1)) == (1, False)


@pytest.mark.parametrize("acknowledged", [False, True])
def test_what_is_open_is_never_swept(house: House, acknowledged: bool) -> None:  # noqa: FBT001 - a table's value.
    notice = house.submit().subject
    if acknowledged:
        operations.acknowledge(notice, by=house.caller("telegram", "representative"))
    before = rows()
    assert erasure.sweep(at=erasing.later(40_000)) == (0, False)
    assert (rows(), whole()) == (before, 1)


def test_a_second_sweep_finds_nothing(house: House) -> None:
    erasing.withdraw(house, house.submit().subject)
    erasure.sweep(at=erasing.later())
    before = rows()
    assert erasure.sweep(at=erasing.later()) == (0, False)
    assert rows() == before


def test_what_the_operator_erased_in_part_is_finished(house: House) -> None:
    notice = house.submit().subject
    erasure.erase(notice, classes={Erasable.PAYLOAD}, reason="An order.")
    erasing.withdraw(house, notice, reason="canary-of-the-reason")
    assert erasure.sweep(at=erasing.later()) == (1, False)
    assert erasing.classes_of(erasing.events_of(notice)[-1]) == {"explanation", "locators", "notes"}
    assert erasing.found_on_disk(house.data, ["canary-of-the-reason"]) == []


def test_what_was_erased_wholly_by_order_is_no_event_of_the_sweep(house: House) -> None:
    notice = house.submit().subject
    erasing.withdraw(house, notice)
    erasure.erase(notice, reason="An order.")
    assert erasure.sweep(at=erasing.later()) == (0, False)
    assert len(erasing.events_of(notice)) == 1


def test_a_sweep_looks_at_no_more_than_its_limit_and_says_that_there_is_more(house: House) -> None:
    ended(house, 30)
    assert [erasure.sweep(at=erasing.later(), limit=12) for _ in range(4)] == [
        (12, True),
        (12, True),
        (6, False),
        (0, False),
    ]


def test_ten_thousand_that_are_due_at_once_go_in_bounded_portions(house: House) -> None:
    taken = ended(house, DUE)
    commits = house.writer.commits
    erased = 0
    while True:
        done = erasure.sweep(at=erasing.later())
        erased += done.erased
        if not done.more:
            break
    assert (erased, whole(), Event.objects.filter(type="notice.erased").count()) == (DUE, 0, DUE)
    assert house.writer.commits - commits >= DUE // erasure.PORTION
    assert Event.objects.filter(type="notice.erased").values("case").distinct().count() == len(taken)


def test_a_sweep_that_is_asked_to_stop_stops_between_portions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(house, 30)
    monkeypatch.setattr(erasure, "PORTION", 10)
    stop = threading.Event()
    real = erasure.erase_rows

    def erase_rows(*words: Any, **more: Any) -> Any:
        stop.set()
        return real(*words, **more)

    monkeypatch.setattr(erasure, "erase_rows", erase_rows)
    assert erasure.sweep(at=erasing.later(), stop=stop) == (10, True)


def test_a_portion_that_breaks_leaves_its_notices_whole_and_the_next_sweep_does_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = ended(house, 30)
    monkeypatch.setattr(erasure, "PORTION", 10)
    real, calls = erasure._tell, []

    def broken(*words: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("broken here")
        return real(*words, **more)

    monkeypatch.setattr(erasure, "_tell", broken)
    with pytest.raises(RuntimeError):
        erasure.sweep(at=erasing.later())
    assert (whole(), Pointer.objects.filter(erased_at=None).count()) == (20, 20)
    assert erasure.sweep(at=erasing.later()) == (20, False)
    assert Event.objects.filter(type="notice.erased").count() == 30
    erasing.require_proofs(taken)


def test_two_sweeps_at_once_erase_each_notice_once(house: House) -> None:
    ended(house, 120)
    outcomes = at_once(*[lambda: erasure.sweep(at=erasing.later())] * 3)
    assert sum(one.erased for one in outcomes) == 120
    assert Event.objects.filter(type="notice.erased").count() == 120


def test_a_hold_that_is_placed_while_a_sweep_runs_is_seen(house: House) -> None:
    (notice,) = ended(house, 1)
    portion = erasure.ended_before(erasing.later(), after=None, limit=10)
    holds.place(notice, reason="Just in time.")
    done = door.commit(lambda moment: erasure._erase_due([one.id for one in portion], moment, at=erasing.later()))
    assert (len(portion), done, whole()) == (1, 0, 1)


def test_held_notices_at_the_front_do_not_hide_what_is_due_behind_them(house: House) -> None:
    taken = ended(house, 20)
    for notice in taken[:10]:
        holds.place(notice, reason="Kept.")
    assert erasure.sweep(at=erasing.later(), limit=10) == (10, False)
    assert whole() == 10


def test_notices_go_on_being_taken_while_a_sweep_runs(house: House) -> None:
    ended(house, 300)
    outcomes = at_once(
        lambda: erasure.sweep(at=erasing.later()).erased,
        *[lambda place=place: house.submit(key=f"during{place}").status for place in range(8)],
    )
    assert sorted(outcomes) == sorted([300] + [201] * 8)


# -- Stored answers


def given(at: datetime) -> dict[str, int]:
    """Sweep the stored answers; how many went, and how many still have a body."""
    erased = erasure.sweep_answers(at=at).erased
    return {"erased": erased, "whole": Answer.objects.filter(erased_at=None).count()}


def test_an_answer_about_a_notice_goes_after_four_hundred_days(house: House) -> None:
    house.submit()
    assert given(erasing.later(399)) == {"erased": 0, "whole": 1}
    assert given(erasing.later(401)) == {"erased": 1, "whole": 0}


def test_an_answer_that_took_nothing_goes_after_thirty_days(house: House) -> None:
    batch(house, [{}])
    assert given(erasing.later(29)) == {"erased": 0, "whole": 1}
    assert given(erasing.later(31)) == {"erased": 1, "whole": 0}


@pytest.mark.invariant("I-02")
def test_an_expired_key_is_gone_with_its_receipt_and_is_not_new(house: House) -> None:
    token = house.token("kominfo", "officer")
    first = view(body(), token=token).json()
    erasure.sweep_answers(at=erasing.later(401))
    before = rows()
    again = view(body(), token=token)
    assert (again.status, again.json()["receipt"], rows()) == (410, first["receipt"], before)
    assert Payload.objects.filter(notice=first["id"], erased_at=None).exists()


def test_an_expired_key_under_which_nothing_was_taken_has_no_receipt(house: House) -> None:
    batch(house, [{}])
    erasure.sweep_answers(at=erasing.later(31))
    again = batch(house, [{}])
    assert (again.status_code, "receipt" in again.json()) == (410, False)
    assert again.json()["detail"].endswith("nothing had been taken.")


def test_the_keys_of_items_outlive_their_answers(house: House) -> None:
    taken = batch(house, items(2)).json()["items"]
    erasure.sweep_answers(at=erasing.later(401))
    again = batch(house, items(2), key="b2").json()["items"]
    assert [one["status"] for one in again] == [409, 409]
    assert taken[0]["id"] in again[0]["problem"]["detail"]


def test_the_key_of_an_acknowledgement_expires_too(house: House) -> None:
    notice = house.submit().subject
    token, path = house.token("telegram", "reviewer"), f"{NOTICES}/{notice}/acknowledgement"
    assert put(path, {}, token, "a1").status == 200
    erasure.sweep_answers(at=erasing.later(401))
    assert put(path, {}, token, "a1").status == 410


def test_answers_go_in_portions_and_past_those_that_are_held(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "ANSWERS", 3)
    kept = house.submit(key="kept").subject
    holds.place(kept, reason="Kept.")
    for number in range(10):
        house.submit(key=f"k{number}")
    assert erasure.sweep_answers(at=erasing.later(401)) == (10, False)
    assert list(Answer.objects.filter(erased_at=None).values_list("subject", flat=True)) == [kept]


def test_a_sweep_of_answers_stops_at_its_limit(house: House) -> None:
    for number in range(5):
        house.submit(key=f"k{number}")
    assert [erasure.sweep_answers(at=erasing.later(401), limit=4) for _ in range(2)] == [(4, True), (1, False)]


# -- Finding them does not grow with what is kept


def plan(sql: str, values: list[Any]) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        return " ".join(str(row[3]) for row in cursor.fetchall())


@pytest.mark.parametrize("which", ["notices", "answers", "subject", "batch"])
def test_what_is_due_is_found_by_an_index(house: House, which: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from mufakat.server.journal import answers

    reads: dict[str, tuple[Any, str]] = {
        "notices": (lambda: erasure.ended_before(erasing.later(), after=None, limit=5), "notice_to_erase"),
        "answers": (lambda: answers.expired(at=erasing.later(), limit=5), "answer_whole"),
        "subject": (lambda: answers.about(["ntc_1", "ntc_2"]), "answer_subject"),
        "batch": (
            lambda: answers.of_the_same(["ntc_1"], route=batches.ITEM, whole=batches.ROUTE),
            "answer_subject",
        ),
    }
    read, index = reads[which]
    connection.ensure_connection()
    with CaptureQueriesContext(connection) as seen:
        read()
    if connection.vendor == "sqlite":
        (query,) = seen.captured_queries
        assert index in plan(query["sql"].replace("%", "%%"), [])
