from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from mufakat.server.journal import database, writer as writing
from mufakat.server.journal.database import WrongDoorError
from mufakat.server.journal.models import Channel, Event, Opening
from mufakat.server.journal.work import Deed, Moment
from mufakat.server.parties import queries


def person():
    return queries.person_in("kominfo", "officer")


@pytest.mark.embedded
@pytest.mark.invariant("I-03")
def test_this_thread_reads_only(house):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only")
        assert cursor.fetchone()[0] == 1


@pytest.mark.invariant("I-03")
def test_a_stray_write_of_our_rows_is_refused(house):
    with pytest.raises(WrongDoorError):
        Channel.objects.create(shard="1", sender="a", recipient="b", seq=1, head=b"")


@pytest.mark.invariant("I-03")
def test_a_stray_write_of_our_rows_in_a_transaction_is_refused(house):
    with pytest.raises(WrongDoorError), transaction.atomic():
        Channel.objects.create(shard="1", sender="a", recipient="b", seq=1, head=b"")
    assert house.submit().status == 201


@pytest.mark.invariant("I-03")
@pytest.mark.parametrize(
    "sql",
    [
        "WITH gone AS (SELECT 1) DELETE FROM journal_pending",
        "update notices_notice set state = 'withdrawn'",
        'INSERT\n INTO "parties_token" DEFAULT VALUES',
    ],
)
def test_a_stray_statement_is_refused_however_it_is_written(house, sql):
    with pytest.raises(WrongDoorError), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_sign_ins_write_is_carried_to_the_writer(house):
    found = person()
    found.name = "changed"
    found.save(update_fields=["name"])
    assert person().name == "changed"


def test_a_carried_statement_counts_its_rows_and_gives_them_back(house):
    from axes.models import AccessAttempt

    made = AccessAttempt.objects.create(username="x", ip_address="127.0.0.1", failures_since_start=1)
    assert made.pk is not None
    assert AccessAttempt.objects.filter(username="x").update(failures_since_start=2) == 1


def test_a_carried_transaction_is_whole(house):
    with transaction.atomic():
        found = person()
        found.name = "inside"
        found.save(update_fields=["name"])
        assert person().name == "inside"
    assert person().name == "inside"


def test_a_carried_transaction_rolls_back(house):
    with pytest.raises(RuntimeError), transaction.atomic():
        found = person()
        found.name = "inside"
        found.save(update_fields=["name"])
        raise RuntimeError
    assert person().name != "inside"
    assert house.submit().status == 201


def test_savepoints_work_in_a_carried_transaction(house):
    with transaction.atomic():
        found = person()
        found.name = "outer"
        found.save(update_fields=["name"])
        with pytest.raises(RuntimeError), transaction.atomic():
            found.name = "inner"
            found.save(update_fields=["name"])
            raise RuntimeError
    assert person().name == "outer"


@pytest.mark.embedded
def test_a_carried_transaction_holds_up_nobody_for_longer_than_its_loan(house, monkeypatch):
    monkeypatch.setattr(writing, "LOAN", 0.2)
    lent, go = threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def dawdle() -> None:
        try:
            with transaction.atomic():
                found = person()
                lent.set()
                go.wait(10)
                found.name = "too late"
                found.save(update_fields=["name"])
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=dawdle)
    thread.start()
    lent.wait(10)
    assert house.submit().status == 201
    go.set()
    thread.join()
    assert [type(error) for error in errors] == [OperationalError]
    assert person().name != "too late"


@pytest.mark.embedded
def test_without_a_writer_nothing_is_written(data):
    found = person()
    with pytest.raises(OperationalError, match="readonly"):
        found.save(update_fields=["name"])


@pytest.mark.invariant("I-03")
@pytest.mark.parametrize("deed", ["update", "delete"])
def test_an_event_is_never_changed_not_even_by_the_writer(house, deed):
    house.submit()

    def tamper(moment: Moment) -> None:
        if deed == "update":
            moment.raw.execute("UPDATE journal_event SET type = 'x'")
        else:
            moment.raw.execute("DELETE FROM journal_pending")
            moment.raw.execute("DELETE FROM journal_event")

    before = list(Event.objects.values_list("id", "leaf"))
    with pytest.raises(Exception, match=f"event_is_never_{deed}d"):
        house.writer.commit(Deed(tamper))
    assert list(Event.objects.values_list("id", "leaf")) == before


def test_an_opening_is_whole_or_erased(house):
    house.submit()

    def half(moment: Moment) -> None:
        del moment
        Opening.objects.update(value=None)

    with pytest.raises(DatabaseError, match="opening_is_whole_or_erased"):
        house.writer.commit(Deed(half))


def test_only_the_claiming_thread_writes_here(house):
    assert not database.writes_here()
    assert house.writer.commit(Deed(lambda _: database.writes_here()))
