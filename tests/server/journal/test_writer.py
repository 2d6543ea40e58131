from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from tests.houses import body
from tests.simulator.faults import Store

from mufakat.rules.errors import KeyInFlightError, KeyReusedError, NotFoundError
from mufakat.server.journal import writer as writing
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.journal.errors import BusyError, ClosedError, UnsureError
from mufakat.server.journal.models import Channel, Event
from mufakat.server.journal.work import Deed, Moment
from mufakat.server.journal.writer import Writer


def channel(name: str) -> Channel:
    return Channel.objects.create(shard="1", sender=name, recipient="b", seq=1, head=b"")


def held(house) -> tuple[threading.Event, threading.Thread]:
    """Keep the writer busy until the event is set."""
    running, go = threading.Event(), threading.Event()

    def hold(moment: Moment) -> None:
        del moment
        running.set()
        go.wait(10)

    thread = threading.Thread(target=house.writer.commit, args=(Deed(hold),))
    thread.start()
    running.wait(10)
    return go, thread


def in_parallel(count: int, work) -> list:
    results: list = [None] * count

    def one(number: int) -> None:
        try:
            results[number] = work(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it.
            results[number] = error
        connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.invariant("I-03")
def test_what_waits_shares_one_commit(house):
    go, thread = held(house)
    before = house.writer.commits
    threads = [threading.Thread(target=house.submit, kwargs={"key": f"k{number}"}) for number in range(20)]
    for one in threads:
        one.start()
    while len(house.writer._queue) < 20:
        time.sleep(0.01)
    go.set()
    for one in [thread, *threads]:
        one.join()
    assert house.writer.commits == before + 2


def test_a_deed_that_fails_costs_its_neighbours_nothing(house):
    go, thread = held(house)

    def work(number: int):
        if number % 5 == 0:
            return house.writer.commit(Deed(lambda _: channel("same")))
        return house.submit(key=f"k{number}")

    pool = threading.Thread(target=lambda: results.extend(in_parallel(20, work)))
    results: list = []
    pool.start()
    while len(house.writer._queue) < 20:
        time.sleep(0.01)
    go.set()
    pool.join()
    thread.join()
    failed = [one for one in results if isinstance(one, Exception)]
    assert {type(one) for one in failed} == {IntegrityError}
    assert len(failed) == 3
    assert sum(isinstance(one, Answer) for one in results) == 16


def test_a_group_whose_shared_statement_fails_is_written_one_by_one(house, monkeypatch):
    from mufakat.server.notices.operations import Submissions

    original = Submissions.write

    def write(self, operations, moment):
        if len(operations) > 1 or "poison" in operations[0].admitted.draft.explanation:
            raise IntegrityError("made up")
        return original(self, operations, moment)

    monkeypatch.setattr(Submissions, "write", write)
    go, thread = held(house)
    results: list = []

    def work(number: int):
        explanation = "poison" if number == 3 else "sound"
        return house.submit(body(explanation=explanation), key=f"k{number}")

    pool = threading.Thread(target=lambda: results.extend(in_parallel(8, work)))
    pool.start()
    while len(house.writer._queue) < 8:
        time.sleep(0.01)
    go.set()
    pool.join()
    thread.join()
    assert [number for number, one in enumerate(results) if isinstance(one, IntegrityError)] == [3]
    assert sum(isinstance(one, Answer) for one in results) == 7


def test_more_than_may_wait_is_refused_at_once(house, monkeypatch):
    monkeypatch.setattr(writing, "WAITING", 3)
    go, thread = held(house)
    results: list = []
    refused = threading.Semaphore(0)
    enter = house.writer._enter

    def counted(slot):
        try:
            return enter(slot)
        except BusyError:
            refused.release()
            raise

    monkeypatch.setattr(house.writer, "_enter", counted)
    pool = threading.Thread(target=lambda: results.extend(in_parallel(8, lambda n: house.submit(key=f"k{n}"))))
    pool.start()
    for _ in range(5):  # While three wait, the others are refused.
        assert refused.acquire(timeout=60)
    go.set()
    pool.join()
    thread.join()
    assert sum(isinstance(one, BusyError) for one in results) == 5
    assert sum(isinstance(one, Answer) for one in results) == 3


def test_who_waited_too_long_is_told_and_nothing_of_it_is_stored(house):
    go, thread = held(house)
    with pytest.raises(BusyError):
        house.writer.commit(Deed(lambda _: channel("late")), wait=0.05)
    go.set()
    thread.join()
    assert not Channel.objects.filter(sender="late").exists()


def test_an_event_loop_that_waited_too_long_is_told_as_well(house):
    go, thread = held(house)

    async def late() -> None:
        await house.writer.enter(Deed(lambda _: channel("late")), wait=0.05)

    with pytest.raises(BusyError):
        asyncio.run(late())
    go.set()
    thread.join()
    assert not Channel.objects.filter(sender="late").exists()


@pytest.mark.invariant("I-02")
def test_the_same_key_gets_the_same_bytes(house):
    first, again = house.submit(key="k"), house.submit(key="k")
    assert (again.body, again.replayed) == (first.body, True)


@pytest.mark.invariant("I-02")
def test_the_same_key_with_other_content_is_refused(house):
    house.submit(body(explanation="first"), key="k")
    with pytest.raises(KeyReusedError):
        house.submit(body(explanation="second"), key="k")


@pytest.mark.invariant("I-02")
def test_a_twin_of_what_is_still_running_is_told_so(house):
    go, thread = held(house)
    first = threading.Thread(target=house.submit, kwargs={"key": "k"})
    first.start()
    while not house.writer._queue:
        time.sleep(0.01)
    with pytest.raises(KeyInFlightError):
        house.submit(key="k")
    go.set()
    first.join()
    thread.join()
    assert house.submit(key="k").replayed


@pytest.mark.invariant("I-02")
def test_a_key_is_one_partys_own(house):
    ours = house.submit(key="k")
    theirs = house.submit(key="k", by=("bnpt", "officer"))
    assert ours.subject != theirs.subject


def test_a_refused_operation_leaves_no_answer_behind(house):
    key = Key.of("pty_x", "POST /x", "k", b"body")

    def refuse(moment: Moment) -> Answer:
        del moment
        raise NotFoundError("thing")

    with pytest.raises(NotFoundError):
        house.writer.commit(Deed(refuse, key=key))
    assert house.writer.commit(Deed(lambda _: Answer(200, b"{}", "evt_x"), key=key)).status == 200


def test_the_writer_outlives_a_broken_connection(house):
    def broken(moment: Moment) -> None:
        moment.raw.close()

    with pytest.raises(UnsureError):
        house.writer.commit(Deed(broken))
    assert house.submit().status == 201


@pytest.mark.invariant("I-01")
def test_nobody_is_answered_when_a_neighbour_broke_the_connection(house):
    go, thread = held(house)
    results: list = []

    def work(number: int):
        if number == 0:
            return house.writer.commit(Deed(lambda moment: moment.raw.close()))
        return house.submit(key=f"k{number}")

    pool = threading.Thread(target=lambda: results.extend(in_parallel(4, work)))
    pool.start()
    while len(house.writer._queue) < 4:
        time.sleep(0.01)
    go.set()
    pool.join()
    thread.join()
    stored = Event.objects.filter(type="notice.received").count()
    assert [type(one) for one in results] == [UnsureError] * 4
    assert stored == 0


def test_times_never_go_back_when_the_clock_does(house):
    now = [datetime(2030, 1, 1, tzinfo=UTC)]
    house.writer._clock = lambda: now[0]
    house.submit(key="k1")
    now[0] -= timedelta(hours=1)
    house.submit(key="k2")
    times = list(Event.objects.filter(type="notice.received").order_by("position").values_list("at", flat=True))
    assert times == sorted(times)


def test_ids_sort_in_the_order_of_the_commits(house):
    house.writer._clock = lambda: datetime(2030, 1, 1, tzinfo=UTC)
    for number in range(30):
        house.submit(key=f"k{number}")
    ids = list(Event.objects.order_by("position").values_list("id", flat=True))
    assert ids == sorted(ids)


def test_a_closed_writer_refuses(data):
    from mufakat.server.journal import door

    with door.open_house() as writer:
        pass
    with pytest.raises(ClosedError):
        writer.commit(Deed(lambda _: None))


def test_closing_finishes_what_waits(data):
    from mufakat.server.journal import door

    results: list = []
    with door.open_house() as writer:
        threads = [threading.Thread(target=lambda: results.append(writer.commit(Deed(lambda _: 1)))) for _ in range(10)]
        for thread in threads:
            thread.start()
        while writer._queue:
            time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert results == [1] * 10


@pytest.mark.embedded
@pytest.mark.invariant("I-01")
@pytest.mark.parametrize("weak", ["synchronous=NORMAL", "synchronous=OFF"])
def test_a_weaker_setting_stops_the_start(data, weak):
    from mufakat.server.journal.durability import WeakDurabilityError

    settings = connection.settings_dict["OPTIONS"]
    before = settings["init_command"]
    settings["init_command"] = f"PRAGMA {weak}"
    try:
        with pytest.raises(WeakDurabilityError, match="synchronous"):
            Writer().start()
    finally:
        settings["init_command"] = before


@pytest.mark.embedded
@pytest.mark.invariant("I-01")
def test_another_journal_mode_stops_the_start(data):
    from mufakat.server.journal.durability import WeakDurabilityError

    connection.close()
    raw = sqlite3.connect(data / "mufakat.sqlite3")
    raw.execute("PRAGMA journal_mode=DELETE")
    raw.close()
    with pytest.raises(WeakDurabilityError, match="journal_mode"):
        Writer().start()


@pytest.mark.invariant("I-01")
def test_an_operation_whose_inner_savepoint_could_not_be_undone_is_not_answered_as_done(house):
    store = Store(photograph=lambda: None)

    def run(moment: Moment) -> str:
        del moment
        channel("lost")
        with suppress(IntegrityError), transaction.atomic():
            store.arm("statement fails")  # The next one, which undoes the savepoint.
            raise IntegrityError("made up")
        return "done"

    with store.installed(), pytest.raises(UnsureError):
        house.writer.commit(Deed(run))
    assert not Channel.objects.filter(sender="lost").exists()
