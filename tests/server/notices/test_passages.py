"""Fetched, delivered, seen, acknowledged: each set once, by its own witness, and by nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError
from tests.server.notices.test_notices_operations import AT_ONCE, at_once

from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices import operations, passages, queries, sides
from mufakat.server.notices.models import Clock, Notice

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.work import Moment

REVIEWER, OFFICER = ("telegram", "reviewer"), ("kominfo", "officer")


def settle() -> None:
    """Wait until what was left with the writer before is written."""
    door.commit(lambda _: None)


def row(notice: str) -> Notice:
    return Notice.objects.get(pk=notice)


def types(notice: str) -> list[str]:
    return list(Event.objects.filter(case=notice).order_by("position").values_list("type", flat=True))


def read(house: House, notice: str, *seat: str) -> None:
    """A GET by this seat, as the views note it."""
    caller = house.caller(*seat)
    passages.note_fetched(caller, queries.get_for(caller, notice))
    settle()


# -- Fetched


def test_that_the_recipient_got_it_is_noted_the_first_time_alone(house: House) -> None:
    notice = house.submit().subject
    read(house, notice, *REVIEWER)
    first = row(notice).fetched_at
    read(house, notice, "telegram", "representative")
    assert (first is not None, row(notice).fetched_at) == (True, first)


def test_a_note_is_no_event_moves_no_state_and_stops_no_clock(house: House) -> None:
    notice = house.submit().subject
    before = (
        types(notice),
        row(notice).state,
        row(notice).due_at,
        list(Clock.objects.values()),
        Outbox.objects.count(),
    )
    read(house, notice, *REVIEWER)
    after = (types(notice), row(notice).state, row(notice).due_at, list(Clock.objects.values()), Outbox.objects.count())
    assert after == before


@pytest.mark.parametrize("seat", [OFFICER, ("kominfo", "approver")], ids="/".join)
def test_the_senders_own_reading_is_not_noted(house: House, seat: tuple[str, str]) -> None:
    notice = house.submit().subject
    read(house, notice, *seat)
    assert row(notice).fetched_at is None


def test_notes_of_many_readers_share_a_commit(house: House) -> None:
    made = [house.submit(key=f"k{number}").subject for number in range(20)]
    caller = house.caller(*REVIEWER)
    found = list(Notice.objects.filter(pk__in=made))
    before = house.writer.commits

    def hold(_: Moment) -> None:
        for one in found:
            passages.note_fetched(caller, one)

    door.commit(hold)  # While the writer is busy, all of them come.
    settle()
    assert Notice.objects.filter(pk__in=made, fetched_at=None).count() == 0
    assert house.writer.commits - before <= 3


def test_where_much_waits_already_a_note_is_left_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.journal import writer

    monkeypatch.setattr(writer, "SPARE", 0)
    notice = house.submit().subject
    read(house, notice, *REVIEWER)
    assert row(notice).fetched_at is None


def test_a_reader_is_not_told_that_a_note_could_not_be_made(house: House) -> None:
    notice = house.submit().subject
    caller = house.caller(*REVIEWER)
    found = queries.get_for(caller, notice)
    house.writer.close()
    passages.note_fetched(caller, found)


# -- Delivered


@pytest.mark.invariant("I-03")
def test_delivering_again_is_no_event(house: House) -> None:
    made = [house.submit(key=f"k{number}").subject for number in range(3)]
    first = door.commit(lambda moment: passages.delivered(made[:2], moment=moment))
    again = door.commit(lambda moment: passages.delivered(made, moment=moment))
    assert (first, again) == (made[:2], made[2:])
    assert [types(one) for one in made] == [["notice.received", "notice.delivered"]] * 3
    assert all(row(one).delivered_at is not None for one in made)


def test_delivery_is_the_houses_word_to_the_sender_and_no_carriers_errand(house: House) -> None:
    notice = house.submit().subject
    door.commit(lambda moment: passages.delivered([notice], moment=moment))
    event = Event.objects.get(case=notice, type="notice.delivered")
    assert (event.sender, event.recipient) == ("mufakat", "kominfo")
    assert not Outbox.objects.filter(event=event).exists()
    assert row(notice).state == "received"


def test_no_deliveries_are_no_work(house: House) -> None:
    assert door.commit(lambda moment: passages.delivered([], moment=moment)) == []


# -- Seen


@pytest.mark.invariant("I-03")
def test_many_who_see_it_at_once_make_one_event(house: House) -> None:
    notice = house.submit().subject
    callers = [house.caller("telegram", seat) for seat in ("representative", "reviewer", "reviewer-2")] * (AT_ONCE // 3)
    outcomes = at_once(*(partial(passages.see, notice, by=by) for by in callers))
    assert len({json.loads(one.body)["seen_at"] for one in outcomes}) == 1
    assert types(notice) == ["notice.received", "notice.seen"]


def test_seeing_moves_no_state_and_stops_no_clock(house: House) -> None:
    notice = house.submit().subject
    before = (row(notice).state, row(notice).due_at, list(Clock.objects.values()))
    passages.see(notice, by=house.caller(*REVIEWER))
    assert (row(notice).state, row(notice).due_at, list(Clock.objects.values())) == before


def test_the_sender_is_told_that_it_was_seen(house: House) -> None:
    notice = house.submit().subject
    passages.see(notice, by=house.caller(*REVIEWER))
    assert Outbox.objects.get(event__type="notice.seen").to == "party:kominfo"


@pytest.mark.parametrize(
    ("seat", "error"),
    [
        (OFFICER, NotPermittedError),
        (("telegram", "auditor"), NotPermittedError),
        (("isp-a", "engineer"), NotFoundError),
        (("mufakat", "admin"), NotPermittedError),
    ],
    ids=lambda one: "/".join(one) if isinstance(one, tuple) else "",
)
def test_nobody_else_can_have_seen_it(house: House, seat: tuple[str, str], error: type[Exception]) -> None:
    notice = house.submit().subject
    if seat == ("telegram", "auditor"):
        enrol(house, *seat)
    with pytest.raises(error):
        passages.see(notice, by=house.caller(*seat))
    assert (types(notice), row(notice).seen_at) == (["notice.received"], None)


def test_an_engineer_sees_orders_alone(house: House) -> None:
    flag = house.submit(raw(kind="user_report"), key="flag").subject
    order = house.submit(raw(kind="order"), key="order").subject
    engineer = house.caller("isp-a", "engineer")
    passages.see(order, by=engineer)
    with pytest.raises(sides.WrongSideError, match="engineer only when it is an order"):
        passages.see(flag, by=engineer)


def raw(**changes: Any) -> bytes:
    from tests.houses import body

    return body(to="isp-a", **changes)


def enrol(house: House, handle: str, role: str) -> None:
    from mufakat.rules.permissions import Role
    from mufakat.server.parties import operations as parties, queries as found

    del house
    parties.enrol_person(
        found.party_by_handle(handle), role=Role(role), ordinal=1, email=f"{role}@{handle}.example", name="Somebody"
    )


# -- Acknowledged


def test_acknowledging_says_that_it_was_seen(house: House) -> None:
    notice = house.submit().subject
    operations.acknowledge(notice, by=house.caller(*REVIEWER))
    found = row(notice)
    assert found.acknowledged_at is not None
    assert (found.seen_at, found.fetched_at, found.delivered_at) == (found.acknowledged_at, None, None)
    assert types(notice) == ["notice.received", "notice.acknowledged"]


def test_what_was_seen_before_keeps_its_time(house: House) -> None:
    notice = house.submit().subject
    passages.see(notice, by=house.caller(*REVIEWER))
    seen = row(notice).seen_at
    operations.acknowledge(notice, by=house.caller(*REVIEWER))
    passages.see(notice, by=house.caller(*REVIEWER))
    assert row(notice).seen_at == seen
    assert types(notice) == ["notice.received", "notice.seen", "notice.acknowledged"]


def test_withdrawing_sets_none_of_them(house: House) -> None:
    notice = house.submit().subject
    operations.withdraw(notice, by=house.caller(*OFFICER), reason="A slip.")
    found = row(notice)
    assert {found.fetched_at, found.delivered_at, found.seen_at, found.acknowledged_at} == {None}


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "change",
    [
        {"acknowledged_at": 1},
        {"acknowledged_at": 1, "seen_at": 1},
        {"state": "acknowledged"},
        {"state": "acknowledged", "acknowledged_at": 1},
        {"state": "acknowledged", "acknowledged_at": 1, "seen_at": 2},
        {"seen_at": -1},
        {"fetched_at": -1},
        {"delivered_at": -1},
    ],
    ids=str,
)
def test_the_database_itself_refuses_times_that_cannot_be(house: House, change: dict[str, Any]) -> None:
    notice = house.submit().subject
    received = row(notice).received_at
    told = {name: received + value * SECOND if isinstance(value, int) else value for name, value in change.items()}
    with pytest.raises(IntegrityError):
        door.commit(lambda _: Notice.objects.filter(pk=notice).update(**told))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "acknowledged", "acknowledged_at": 2, "seen_at": 1},
        {"state": "acknowledged", "acknowledged_at": 1, "seen_at": 1, "delivered_at": 5, "fetched_at": 4},
        {"fetched_at": 0, "delivered_at": 3},
    ],
    ids=str,
)
def test_the_database_takes_times_that_can_be(house: House, change: dict[str, Any]) -> None:
    notice = house.submit().subject
    received = row(notice).received_at
    told = {name: received + value * SECOND if isinstance(value, int) else value for name, value in change.items()}
    assert door.commit(lambda _: Notice.objects.filter(pk=notice).update(**told)) == 1
