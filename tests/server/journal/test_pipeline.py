"""On PostgreSQL a group of notices goes to the database without waiting for one statement after the other.

What is refused is then said later than it was asked; it must still cost nobody else their notice.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from tests.houses import body

from mufakat.server.journal import database, store
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.models import Answer as Row, Channel, Event
from mufakat.server.journal.work import Deed
from mufakat.server.notices.models import Notice
from mufakat.server.notices.operations import Submissions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    from mufakat.server.journal.work import Moment

pytestmark = pytest.mark.postgresql


def together(house: House, name: str, *, others: int = 0) -> list[object]:
    """What came of eight notices in one group, and of so many other deeds; the fourth notice says "poison"."""
    holding, go = threading.Event(), threading.Event()

    def hold(_: Moment) -> None:
        holding.set()
        go.wait(30)

    def submit(number: int) -> object:
        try:
            return house.submit(body(explanation="poison" if number == 3 else "sound"), key=f"{name}-{number}")
        except IntegrityError as error:
            return error

    holder = threading.Thread(target=house.writer.commit, args=(Deed(hold),))
    holder.start()
    holding.wait(30)
    with ThreadPoolExecutor(8 + others) as pool:
        results = [pool.submit(submit, number) for number in range(8)]
        results += [pool.submit(house.writer.commit, Deed(lambda _: Answer(200, b"", ""))) for _ in range(others)]
        while house.writer.depth < 8 + others:
            time.sleep(0.01)
        go.set()
        found = [result.result() for result in results]
    holder.join()
    return found


def also(then: Callable[[], object]) -> Callable[..., list[Answer]]:
    """The plan's own way of writing, and something more where a notice says "poison"."""
    original = Submissions.write

    def write(self, operations, moment):
        written = original(self, operations, moment)
        if any("poison" in one.admitted.draft.explanation for one in operations):
            then()
        return written

    return write


def refused_row() -> None:
    row = ("a", "1", "b", 1, b"")
    store.insert(Channel, ("sender", "shard", "recipient", "seq", "head"), [row, row])


def refused_row_and_question() -> None:
    refused_row()
    store.fetch("SELECT 1", [])


def refused_row_and_objection() -> None:
    refused_row()
    raise IntegrityError("made up")


def refused_object() -> None:
    with transaction.atomic():
        for _ in range(2):
            Channel.objects.create(sender="a", shard="1", recipient="b", seq=1, head=b"")


@pytest.mark.parametrize("others", [0, 2])
@pytest.mark.parametrize("then", [refused_row, refused_row_and_question, refused_row_and_objection, refused_object])
def test_a_row_that_the_database_refuses_costs_nobody_else_their_notice(house, monkeypatch, then, others):
    monkeypatch.setattr(Submissions, "write", also(then))
    for name in ("once", "again"):  # What the driver holds for prepared must be so on the server, too.
        results = together(house, name, others=others)
        assert [number for number, one in enumerate(results) if isinstance(one, IntegrityError)] == [3]
        assert sum(isinstance(one, Answer) for one in results) == 7 + others
    assert Notice.objects.count() == Row.objects.count() == 14
    assert not Channel.objects.filter(recipient="b").exists()


def test_a_statement_of_the_orm_knows_how_many_rows_it_changed(house, monkeypatch):
    seen: list[object] = []

    def change() -> None:
        seen.append(Channel.objects.filter(recipient="telegram").update(head=F("head")))
        seen.append(Channel.objects.filter(recipient="nobody").update(head=F("head")))
        with suppress(IntegrityError):
            refused_object()
        seen.append(Channel.objects.filter(recipient="b").exists())

    monkeypatch.setattr(Submissions, "write", also(change))
    assert all(isinstance(one, Answer) for one in together(house, "k"))
    assert seen == [2, 0, False]  # Notices to Telegram, and the parties that were made.


def test_a_group_of_notices_waits_for_the_database_five_times(house, monkeypatch):
    """For its turn, all that is to be known, all rows; for the commit, and the end of the pipeline."""
    together(house, "before")  # So that the statements are prepared.
    waits: list[str] = []
    fetch, sync = psycopg.Cursor._fetch_pipeline, psycopg.Pipeline.sync

    def counted_fetch(self):
        if self.connection.pgconn.pipeline_status and not self.pgresult:
            waits.append("answer")
        fetch(self)

    def counted_sync(self):
        waits.append("savepoint")
        sync(self)

    monkeypatch.setattr(psycopg.Cursor, "_fetch_pipeline", counted_fetch)
    monkeypatch.setattr(psycopg.Pipeline, "sync", counted_sync)
    assert all(isinstance(one, Answer) for one in together(house, "k"))
    assert waits == ["answer", "answer", "savepoint"]  # Two more: the pipeline's end, and COMMIT.


def test_what_a_turn_began_with_is_asked_anew_once_something_was_written(house, monkeypatch):
    """Two groups in a row, and one in which a notice is refused: no place in a channel is given twice."""
    original, asked = Submissions.questions, []

    def questions(self, operations, shard):
        asked.append(original(self, operations, shard))
        return asked[-1]

    monkeypatch.setattr(Submissions, "questions", questions)
    monkeypatch.setattr(Submissions, "write", also(refused_row))
    for name in ("one", "two"):
        together(house, name)
    assert len(asked) == 2  # Whoever is written alone after that asks for itself.
    channel = Channel.objects.get(recipient="telegram", sender="kominfo", shard="1")
    seqs = Event.objects.filter(recipient="telegram", sender="kominfo", shard="1").order_by("seq")
    assert list(seqs.values_list("seq", flat=True)) == list(range(1, channel.seq + 1))
    assert channel.seq >= 14


def test_what_the_writer_reads_is_planned_for_full_tables(house):
    asked = "SELECT current_setting('enable_seqscan'), current_setting('plan_cache_mode'), current_setting('jit')"
    assert house.writer.commit(Deed(lambda _: store.fetch(asked, []))) == [("off", "force_generic_plan", "off")]


def test_what_is_told_goes_to_the_server_with_the_next_question(house: House) -> None:
    def look(moment: Moment) -> list[int]:
        del moment
        row, waits = ("told", "1", "x", 1, b""), []
        with store.pipelined():
            pipeline = connection.connection._pipeline
            for number in range(3):
                store.insert(Channel, ("sender", "shard", "recipient", "seq", "head"), [(f"told {number}", *row[1:])])
                waits.append(len(pipeline.command_queue))
            found = store.fetch("SELECT count(*) FROM journal_channel WHERE sender LIKE 'told%'", [])
            waits.append(len(pipeline.command_queue))
            assert found == [(3,)]
        return waits

    first, second, third, after = house.writer.commit(Deed(look))
    assert 0 < first < second < third
    assert after == 0


@pytest.mark.parametrize(("between", "commits"), [(False, 1), (True, 2)], ids=["notices alone", "a deed between them"])
def test_who_comes_while_a_group_waits_for_its_turn_joins_it(house, monkeypatch, *, between, commits):
    monkeypatch.setattr(Submissions, "write", also(refused_row))
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    deed = Deed(lambda _: Channel.objects.filter(recipient="telegram").count())

    def submit(number: int) -> object:
        try:
            return house.submit(body(explanation="poison" if number == 3 else "sound"), key=f"k{number}")
        except IntegrityError as error:
            return error

    with psycopg.connect(**connection.get_connection_params()) as other, ThreadPoolExecutor(12) as pool:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [database.TURN])  # The turn of another process.
        before = house.writer.commits
        results = [pool.submit(submit, 0)]
        while other.execute(waiting).fetchone() != (1,):
            time.sleep(0.01)
        if between:
            pool.submit(house.writer.commit, deed)
            while house.writer.depth < 1:
                time.sleep(0.01)
        results += [pool.submit(submit, number) for number in range(1, 9)]
        while house.writer.depth < 8 + between:
            time.sleep(0.01)
        other.rollback()
        found = [one.result() for one in results]
    assert [number for number, one in enumerate(found) if isinstance(one, IntegrityError)] == [3]
    assert sum(isinstance(one, Answer) for one in found) == Notice.objects.count() == 8
    assert house.writer.commits - before == commits


@pytest.mark.parametrize("then", ["savepoint", "commit", "question", "nothing"])
def test_megabytes_are_sent_to_their_end_before_anything_is_waited_for(house, then):
    large = bytes(48 * 1024 * 1024)

    def write(moment: Moment) -> object:
        del moment
        with store.pipelined():
            with transaction.atomic() if then == "savepoint" else nullcontext():
                store.insert(Channel, ("sender", "shard", "recipient", "seq", "head"), [("large", "1", "x", 1, large)])
                store.insert(Channel, ("sender", "shard", "recipient", "seq", "head"), [("small", "1", "x", 1, b"")])
            if then == "question":
                return store.fetch("SELECT length(head) FROM journal_channel WHERE sender = 'large'", [])
            if then == "commit":
                connection.connection._pipeline.sync()
        return [(len(large),)]

    assert house.writer.commit(Deed(write), wait=60) == [(len(large),)]
    assert Channel.objects.filter(sender__in=["large", "small"]).count() == 2
