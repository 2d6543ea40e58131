"""What is true on PostgreSQL alone: several writers that take turns, and a server that may go away and come back."""

from __future__ import annotations

import json
import secrets
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import close_old_connections, connection
from django.test import Client
from tests.houses import Server, body, cluster, free_port
from tests.mandates import terms

from mufakat.proof import canonical, leaf as leaves
from mufakat.rules.errors import RefusedError
from mufakat.rules.mandate import Quota
from mufakat.server.journal import answers, database, store
from mufakat.server.journal.durability import WeakDurabilityError
from mufakat.server.journal.errors import ClosedError, UnsureError, WriteError
from mufakat.server.journal.models import Answer, Channel, Event, Pending
from mufakat.server.journal.work import Deed
from mufakat.server.journal.writer import Writer
from mufakat.server.notices import operations
from mufakat.server.notices.models import Notice
from mufakat.server.parties import mandates, news, operations as operations_of_parties, queries as parties
from mufakat.server.parties.models import Token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.houses import House

    from mufakat.server.journal.work import Moment

pytestmark = pytest.mark.postgresql


@pytest.fixture
def beside(house: House) -> Iterator[Writer]:
    """The writer of another process, as far as the database can tell: a thread and a connection of its own."""
    other = Writer()
    other.start()
    yield other
    other.close()


def submission(house: House, key: str, **changes: object) -> operations.Submission:
    return operations.prepare(body(**changes), by=house.caller("kominfo", "officer"), at=datetime.now(UTC), key=key)


def in_both(house: House, beside: Writer, keys: list[str]) -> list[object]:
    """Commit each key's notice through both writers at once; what came of each."""

    def commit(told: tuple[Writer, operations.Submission]) -> object:
        writer, operation = told
        try:
            return writer.commit(operation, wait=60)
        except (RefusedError, WriteError) as error:
            return error

    made = [(writer, submission(house, key)) for key in keys for writer in (house.writer, beside)]
    with ThreadPoolExecutor(24) as pool:
        return list(pool.map(commit, made))


@pytest.mark.invariant("I-03")
def test_a_reading_thread_has_a_reading_connection(house):
    with connection.cursor() as cursor:
        cursor.execute("SHOW default_transaction_read_only")
        assert cursor.fetchone()[0] == "on"


@pytest.mark.invariant("I-03")
def test_the_events_are_not_truncated_either(house):
    house.submit()

    def truncate(moment: Moment) -> None:
        moment.raw.execute("TRUNCATE journal_event CASCADE")

    with pytest.raises(Exception, match="event_is_never_truncated"):
        house.writer.commit(Deed(truncate))
    assert Event.objects.exists()


@pytest.mark.invariant("I-02")
def test_two_processes_take_the_same_key_once(house, beside):
    found = in_both(house, beside, [f"k{number}" for number in range(60)])
    bodies = Counter(answer.body for answer in found if isinstance(answer, answers.Answer))
    assert (len(bodies), set(bodies.values())) == (60, {2})
    assert Notice.objects.count() == Answer.objects.count() == 60


@pytest.mark.invariant("I-03")
def test_two_processes_make_one_chain(house, beside):
    with ThreadPoolExecutor(24) as pool:
        writers = (house.writer, beside)
        made = [(writers[number % 2], submission(house, f"k{number}")) for number in range(240)]
        list(pool.map(lambda told: told[0].commit(told[1], wait=60), made))
    events = list(Event.objects.filter(type="notice.received").order_by("position"))
    assert [event.seq for event in events] == list(range(1, 241))
    assert [event.id for event in events] == sorted(event.id for event in events)
    assert [event.at for event in events] == sorted(event.at for event in events)
    decoded = [leaves.decode(bytes(event.leaf)) for event in events]
    hashes = [canonical.to_base64(bytes(event.leaf_hash)) for event in events]
    assert [one.prev for one in decoded[1:]] == hashes[:-1]
    channel = Channel.objects.get(sender="kominfo", recipient="telegram")
    assert (channel.seq, bytes(channel.head)) == (240, bytes(events[-1].leaf_hash))
    places = list(Event.objects.order_by("position").values_list("position", flat=True))
    assert places == list(range(len(places)))
    assert Pending.objects.count() == len(places)


def test_a_writer_whose_clock_is_behind_does_not_date_its_events_before_those_of_the_others(house, beside):
    house.submit()
    newest = store.last_moment()
    beside._clock = lambda: datetime(2020, 1, 1, tzinfo=UTC)
    beside.commit(submission(house, "late"))
    assert store.last_moment() > newest


def test_a_group_waits_for_the_turn_of_another_process(house, beside):
    entered, go = threading.Event(), threading.Event()

    def hold(_: Moment) -> None:
        entered.set()
        go.wait(30)

    holder = threading.Thread(target=beside.commit, args=(Deed(hold),))
    holder.start()
    entered.wait(30)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(house.submit)
        with cluster_connection() as watching:
            while not watching.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone():
                """It is not there yet."""
        go.set()
        assert waiting.result().status == 201
    holder.join()


def cluster_connection():
    import psycopg

    settings = connection.settings_dict
    return psycopg.connect(dbname=settings["NAME"], user="postgres", host=settings["HOST"], autocommit=True)


@pytest.mark.invariant("I-01")
def test_commits_that_wait_for_nothing_stop_the_start(data):
    cluster().run(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = off')
    with pytest.raises(WeakDurabilityError, match="synchronous_commit"):
        Writer().start()


@pytest.mark.invariant("I-01")
@pytest.mark.parametrize("weak", ["fsync", "full_page_writes"])
def test_a_server_that_is_not_durable_stops_the_start(data, weak, monkeypatch):
    from mufakat.server.journal import durability

    sound = durability.readings(connection)
    monkeypatch.setattr(durability, "readings", lambda _: {**sound, weak: "off"})
    with pytest.raises(WeakDurabilityError, match=f"{weak} is off"):
        Writer().start()


@pytest.mark.invariant("I-01")
def test_while_the_server_is_away_nobody_is_told_that_it_was_stored(house):
    cluster().settle()
    first = house.submit(key="before")
    lost, refused = submission(house, "lost"), submission(house, "refused")
    cluster().stop(signal.SIGQUIT)
    try:
        with pytest.raises(UnsureError):
            house.writer.commit(lost)  # The connection breaks: whether before or after the commit is not known.
        with pytest.raises(ClosedError, match="cannot be reached"):
            house.writer.commit(refused)
        answer = Client().get("/api/v1/notices", headers={"Authorization": f"Bearer {'x' * 40}"})
        assert (answer.status_code, json.loads(answer.content)["type"]) == (503, "urn:mufakat:problem:unreachable")
    finally:
        cluster().start()
        close_old_connections()
    assert house.submit(key="before").body == first.body
    assert house.submit(key="refused").status == 201


def test_a_request_finds_the_restarted_server(house):
    cluster().settle()
    token = house.token("kominfo", "officer")
    cluster().stop(signal.SIGQUIT)
    cluster().start()
    close_old_connections()  # As every request begins.
    assert Client().get("/api/v1/notices", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_rows_go_in_alike_by_insert_and_by_copy(house):
    few = [(f"a{number}", "1", "b", number + 1, b"\x00\xff") for number in range(3)]
    many = [(f"c{number}", "1", "d", number + 1, b"") for number in range(store.COPIED + 3)]
    columns = ("sender", "shard", "recipient", "seq", "head")

    def write(_: Moment) -> None:
        store.insert(Channel, columns, few)
        store.insert(Channel, columns, many)

    house.writer.commit(Deed(write))
    rows = Channel.objects.filter(recipient__in=["b", "d"]).order_by("id").values_list(*columns)
    assert [(*row[:4], bytes(row[4])) for row in rows] == few + many


def test_it_is_not_embedded(house):
    assert not database.is_embedded()


def test_an_instance_is_made_and_served_by_two_commands_in_several_processes(tmp_path):
    import psutil

    name = f"made_{secrets.token_hex(6)}"
    cluster().create(name)
    server = Server(tmp_path / "data", free_port(), {"DATABASE_URL": cluster().url(name)})
    done = [server.run(*words, check=False) for words in (["migrate", "--quiet"], ["example", "load", "parties"])]
    assert [one.returncode for one in done] == [0, 0]
    server.start()
    try:
        assert server.process is not None
        assert len(psutil.Process(server.process.pid).children()) == 2
        doctor = server.run("doctor", check=False)
        assert (doctor.returncode, "synchronous_commit=on" in doctor.stdout) == (0, True)
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://127.0.0.1:1/mufakat", "cannot be used"),
        ("postgresql:///", "must name a database"),
        ("postgresql://host:port/mufakat", "malformed"),
        ("postgresql:///mufakat?sslmod=require", "not known: sslmod"),
    ],
)
def test_a_database_that_cannot_be_used_is_said_in_one_line(tmp_path, url, says):
    done = Server(tmp_path / "data", free_port(), {"DATABASE_URL": url}).run("serve", check=False)
    assert done.returncode in {1, 2}
    assert (done.stderr.count("\n"), says in done.stderr) == (1, True)


def test_what_another_process_changes_about_tokens_is_known_here_at_once(house):
    with news.heard():
        until = time.monotonic() + 30
        before = parties.remembered.changes
        while parties.remembered.changes == before and time.monotonic() < until:
            """The line is not open yet."""
        before = parties.remembered.changes
        with cluster_connection() as elsewhere:
            elsewhere.execute(f"NOTIFY {news.CHANNEL}")
        while parties.remembered.changes == before and time.monotonic() < until:
            """It is under way."""
        assert parties.remembered.changes > before


def test_a_revoked_token_is_said_to_the_others_with_the_commit(house):
    token = house.token("kominfo", "officer")
    with cluster_connection() as elsewhere:
        elsewhere.execute(f"LISTEN {news.CHANNEL}")
        operations_of_parties.revoke_token(Token.objects.latest("issued_at").id)
        assert [note.channel for note in elsewhere.notifies(timeout=30, stop_after=1)] == [news.CHANNEL]
    assert parties.caller_by_token(token, at=datetime.now(UTC)) is None


@pytest.mark.invariant("I-04")
def test_two_processes_draw_from_one_quota(house, beside):
    party = parties.party_by_handle("kominfo")
    for each in parties.mandates_of(party.id):
        mandates.revoke(each.id, reason="Another one is granted.")
    small = terms(quota=Quota(20, 1), review_on=datetime(2100, 1, 1, tzinfo=UTC).date())
    mandates.grant(party, small, at=datetime.now(UTC))
    made = [submission(house, f"k{number}", explanation=f"Made up {number}.") for number in range(60)]

    def commit(number: int) -> object:
        try:
            return (house.writer, beside)[number % 2].commit(made[number], wait=60)
        except RefusedError as error:
            return error

    with ThreadPoolExecutor(24) as pool:
        outcomes = Counter(type(each).__name__ for each in pool.map(commit, range(60)))
    assert outcomes == {"Answer": 20, "QuotaSpentError": 40}


@pytest.mark.invariant("I-04")
def test_a_suspension_in_another_process_is_heard(house):
    mandate = parties.mandates_of(parties.party_by_handle("kominfo").id)[0]
    with cluster_connection() as elsewhere:
        elsewhere.execute(f"LISTEN {news.CHANNEL}")
        mandates.suspend(mandate.id, reason="Why.")
        assert [note.channel for note in elsewhere.notifies(timeout=30, stop_after=1)] == [news.CHANNEL]
