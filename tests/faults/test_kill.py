"""The server dies under load, again and again, and starts again: who holds a receipt finds the notice, once.

A kill at random moments meets every step sooner or later; the one between a commit and its answers is also made on
purpose.
"""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from random import Random

import books
import clients
import psutil
import pytest
from clients import Client, Notice, Reply
from compiler import built
from injector import HOLD, KILL, Injector
from powercut import WAL, missing_at
from promises import Receipt
from tests.houses import Server, free_port

pytestmark = pytest.mark.fault

CLIENTS = 24
ROUNDS = 8


class Crowd:
    """Many senders of one server, what they sent, and what they were answered before it died."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.tokens = [server.token(handle, "officer") for handle in ("kominfo", "bnpt")]
        self.sent: dict[str, Notice] = {}
        self.answers: dict[str, Reply] = {}
        self.unanswered: set[str] = set()
        self._heard = threading.Condition()

    def sending(self, prefix: str, *, count: int | None = None) -> Iterator[Notice]:
        """Make notices, each noted before it is sent."""
        for notice in islice(clients.notices(self.tokens, prefix=prefix, rng=Random(prefix)), count):  # noqa: S311
            self.sent[notice.key] = notice
            yield notice

    def heard(self, notice: Notice, reply: Reply | None) -> None:
        with self._heard:
            if reply is None or reply.status == 503:  # Stopping: an error never means "not stored" (I-02).
                self.unanswered.add(notice.key)
            else:
                self.answers[notice.key] = reply
            self._heard.notify_all()

    def rush(self, prefix: str) -> ThreadPoolExecutor:
        """Begin to send without end, beside the test; leaving the executor waits until all have lost the server."""
        pool = ThreadPoolExecutor(1)
        self._rushing = pool.submit(
            clients.drive, self.server.port, self.sending(prefix), clients=CLIENTS, heard=self.heard
        )
        return pool

    def wait_for(self, answers: int) -> None:
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.answers) >= answers or self._rushing.done(), timeout=60)
        if self._rushing.done():
            self._rushing.result()

    def waiting_for_one_answer_each(self) -> set[str]:
        """Wait until nobody is answered any more, and return the keys of those who wait."""
        with self._heard:
            while self._heard.wait(0.5):
                """Somebody was answered just now."""
            return self.sent.keys() - self.answers.keys()

    def ended(self) -> None:
        """Raise what went wrong with the senders, if anything but the loss of the server."""
        self._rushing.result()

    def repeated(self) -> dict[str, Reply]:
        """Send every key again, answered before or not."""
        return clients.send_all(self.server.port, self.sent.values(), clients=CLIENTS)

    def receipts(self, answers: dict[str, Reply]) -> list[Receipt]:
        return [Receipt.of(self.sent[key], reply) for key, reply in answers.items()]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("injector", tmp_path_factory)


@pytest.fixture
def injector(library: Path, tmp_path: Path) -> Injector:
    return Injector(library, tmp_path / "orders")


@pytest.fixture
def crowd(stopped_server: Server) -> Crowd:
    return Crowd(stopped_server)


def others_than(crowd: Crowd, replies: dict[str, Reply]) -> list[str]:
    """Return the keys that were answered otherwise than before."""
    return [
        key for key, before in crowd.answers.items() if (replies[key].status, replies[key].body) != (201, before.body)
    ]


@pytest.mark.invariant("I-01")
@pytest.mark.invariant("I-02")
def test_a_killed_server_keeps_every_receipt_and_takes_every_key_once(crowd: Crowd) -> None:
    rng = Random(2017)  # noqa: S311  Reproducible, not secret.
    for number in range(ROUNDS):
        crowd.server.start()
        with crowd.rush(f"round-{number}"):
            crowd.wait_for(len(crowd.answers) + rng.randint(20, 200))
            threading.Event().wait(rng.uniform(0, 0.01))  # Anywhere between two answers.
            crowd.server.kill()
        crowd.ended()
    assert {reply.status for reply in crowd.answers.values()} == {201}
    assert len(crowd.unanswered) >= ROUNDS * CLIENTS // 2  # They were killed at work.

    crowd.server.start()
    replies = crowd.repeated()
    again = crowd.repeated()
    assert others_than(crowd, replies) == []
    assert {reply.status for reply in replies.values()} == {201}
    assert [key for key in replies if not again[key].is_replay or again[key].body != replies[key].body] == []

    assert crowd.server.stop() == 0
    assert missing_at(crowd.server, crowd.receipts(replies)) == []
    found = books.of(crowd.server)
    given = sorted(answer.key for answer in found.answers if answer.route == books.SUBMIT)
    assert given == sorted(crowd.sent)
    received = [event.id for event in found.of_type(books.RECEIVED)]
    assert len(received) == len(found.states) == len(crowd.sent)
    assert sorted(event for event, _ in found.outbox) == sorted(received)
    assert sorted(found.pending) == sorted(event.id for event in found.events)


@pytest.mark.invariant("I-02")
def test_a_key_used_before_the_kill_is_refused_for_other_content_after_it(crowd: Crowd) -> None:
    crowd.server.start()
    with crowd.rush("first"):
        crowd.wait_for(30)
        crowd.server.kill()
    crowd.server.start()
    with Client(crowd.server.port) as client:
        other = [
            client.submit(Notice(key, crowd.sent[key].token, crowd.sent[key].raw.replace(b"made-up", b"changed")))
            for key in crowd.answers
        ]
    assert {(reply.status, reply.problem) for reply in other} == {(422, "key-reused")}


@pytest.mark.embedded
@pytest.mark.invariant("I-01")
@pytest.mark.invariant("I-02")
def test_a_kill_between_commit_and_answer_gives_the_answer_later(crowd: Crowd, injector: Injector) -> None:
    crowd.server.environ = {**injector.environment(), "MUFAKAT_WORK": "0"}  # Every commit answers somebody.
    crowd.server.start()
    with crowd.rush("first"):
        crowd.wait_for(50)
        injector.order("sync", WAL, KILL, after=2)
    crowd.ended()
    assert len(injector.fired()) == 1
    crowd.server.kill()

    committed = {answer.key: answer for answer in books.of(crowd.server).answers}
    early = committed.keys() - crowd.answers.keys()
    assert early  # Committed, and nobody was told.
    crowd.server.environ = {}
    crowd.server.start()
    replies = crowd.repeated()
    assert others_than(crowd, replies) == []
    assert [key for key in early if replies[key].body != committed[key].body or not replies[key].is_replay] == []


@pytest.mark.embedded
@pytest.mark.invariant("I-01")
def test_a_kill_in_the_middle_of_a_commit_finds_nobody_answered_too_early(crowd: Crowd, injector: Injector) -> None:
    for number, after in enumerate((0, 20, 60)):
        crowd.server.environ = injector.environment()
        crowd.server.start()
        with crowd.rush(f"round-{number}"):
            crowd.wait_for(len(crowd.answers) + 50)
            injector.order("write", WAL, KILL, after=after)
        crowd.ended()
        crowd.server.kill()
    assert len(injector.fired()) == 3
    assert missing_at(crowd.server, crowd.receipts(crowd.answers)) == []


@pytest.mark.embedded
@pytest.mark.invariant("I-01")
def test_a_server_told_to_stop_finishes_and_answers_what_waits(crowd: Crowd, injector: Injector) -> None:
    crowd.server.environ = injector.environment()
    crowd.server.start()
    with crowd.rush("first"):
        crowd.wait_for(50)
        injector.order("sync", WAL, HOLD, always=True)
        waiting = crowd.waiting_for_one_answer_each()
        assert crowd.server.process is not None
        crowd.server.process.send_signal(signal.SIGTERM)
        threading.Event().wait(0.3)  # It has heard, and is stopping.
        injector.withdraw()
        assert crowd.server.process.wait(30) == 0
    crowd.ended()
    assert len(waiting) == CLIENTS
    assert waiting - crowd.answers.keys() == set()
    assert missing_at(crowd.server, crowd.receipts(crowd.answers)) == []


@pytest.mark.invariant("I-01")
def test_a_server_stopped_under_load_loses_nobody_who_was_answered(crowd: Crowd) -> None:
    crowd.server.start()
    with crowd.rush("first"):
        crowd.wait_for(200)
        code = crowd.server.stop()
    crowd.ended()
    assert code == 0
    assert {reply.status for reply in crowd.answers.values()} == {201}
    assert missing_at(crowd.server, crowd.receipts(crowd.answers)) == []


@pytest.mark.embedded
def test_a_server_stopped_under_load_ends_in_order(crowd: Crowd) -> None:
    crowd.server.start()
    with crowd.rush("first"):
        crowd.wait_for(200)
        crowd.server.stop()
    crowd.ended()
    log = crowd.server.data / WAL
    assert not log.exists() or log.stat().st_size == 0  # The queue was finished, and the log moved into the file.
    assert not (crowd.server.data / "sock").exists()


@pytest.mark.embedded
def test_a_server_whose_worker_dies_ends_itself(server: Server) -> None:
    assert server.process is not None
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    assert server.process.wait(30) == 1  # Whoever watches it starts it again; nobody is left without a writer.


# ---- One owner.


@pytest.mark.embedded
def test_a_second_owner_refuses_to_start_and_harms_nobody(server: Server) -> None:
    token = server.token("kominfo", "officer")
    log = server.data.parent / "server.log"
    before = log.stat().st_size
    second = Server(server.data, free_port())
    try:
        second.start(wait=False)
        assert second.process is not None
        assert second.process.wait(30) == 1
    finally:
        second.kill()
    said = [line for line in log.read_bytes()[before:].decode().splitlines() if not line.startswith("{")]
    assert len(said) == 1  # One line, no trace; the rest is the first owner's.
    assert "owns" in said[0]
    notice = next(clients.notices([token], prefix="after", rng=Random(0)))  # noqa: S311  Reproducible, not secret.
    assert clients.send_all(server.port, [notice], clients=1)[notice.key].status == 201


@pytest.mark.embedded
def test_the_socket_file_of_a_killed_server_is_no_obstacle(server: Server) -> None:
    server.kill()
    assert (server.data / "sock").is_socket()
    server.start()
    assert server.token("kominfo", "officer").startswith("mfk_")  # Through the new socket.


def test_a_worker_whose_parent_was_killed_lets_go_of_the_house(stopped_server: Server) -> None:
    stopped_server.start()
    assert stopped_server.process is not None
    workers = psutil.Process(stopped_server.process.pid).children(recursive=True)
    os.kill(stopped_server.process.pid, signal.SIGKILL)
    stopped_server.process.wait()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []
    stopped_server.start()
