"""The disk refuses while the server commits: nobody gets a receipt from that commit, and everybody's key still tells.

What the kernel does with the pages of a failed sync is its own affair: it may keep them or drop them and say nothing at
the next sync. Both are replayed.
"""

import dataclasses
import errno
import shutil
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from random import Random

import clients
import pytest
import recorder
from clients import Client, Notice, Reply
from compiler import built
from crashstates import differences, materialise, states
from injector import HOLD, Fired, Injector
from powercut import DATABASE, WAL, missing
from promises import Receipt
from recorder import Kind, Record, Recording
from tests.houses import Server

pytestmark = [pytest.mark.fault, pytest.mark.invariant("I-01"), pytest.mark.invariant("I-02")]

CLIENTS = 8
STATES = 40

# The call, its error, and the answer that is right for it.
UNSURE, NO_ROOM = (503, "unsure"), (507, "disk-full")
FAULTS = {
    "a sync fails": ("sync", errno.EIO, UNSURE),
    "a sync finds no room": ("sync", errno.ENOSPC, UNSURE),
    "a write fails": ("write", errno.EIO, UNSURE),
    "a write finds no room": ("write", errno.ENOSPC, NO_ROOM),
}


class Patient:
    """A recorded server whose disk can be told to refuse, and what its senders were answered."""

    def __init__(self, server: Server, folder: Path, library: Path, injector: Injector) -> None:
        self.server, self.injector = server, injector
        self.log = folder / "log"
        self.token = server.token("kominfo", "officer")
        self.known = recorder.photograph(server.data)
        # Without the worker: the sync that is refused is to be that of a notice, not of what is made of it.
        told = injector.environment(recorder.environment(library, root=server.data, log=self.log))
        server.environ = {**told, "MUFAKAT_WORK": "0"}
        server.start()
        self.sent: dict[str, Notice] = {}
        self.receipts: dict[str, Receipt] = {}
        self.refused: dict[str, Reply] = {}
        self.marks: dict[str, int] = {}

    def take(self, prefix: str, count: int) -> None:
        """Send some more notices in parallel, and note who was answered what."""
        work = list(islice(clients.notices([self.token], prefix=prefix, rng=Random(prefix)), count))  # noqa: S311
        self.sent |= {notice.key: notice for notice in work}
        clients.drive(self.server.port, work, clients=CLIENTS, heard=self._heard)

    def _heard(self, notice: Notice, reply: Reply | None) -> None:
        assert reply is not None, "the server died"
        mark = recorder.mark(self.log)
        if reply.status == 201:
            self.receipts[notice.key], self.marks[notice.key] = Receipt.of(notice, reply), mark
        else:
            self.refused[notice.key] = reply

    def repeat(self) -> dict[str, Reply]:
        """Send every key again."""
        return clients.send_all(self.server.port, self.sent.values(), clients=CLIENTS)

    def changed(self, replies: dict[str, Reply]) -> list[str]:
        """Return the keys with a receipt that were answered otherwise this time."""
        return [key for key, receipt in self.receipts.items() if replies[key].body != receipt.answer.body]

    def recording(self) -> Recording:
        """Kill the server and return what it did."""
        self.server.kill()
        made = Recording(self.known, recorder.read(self.log), self.marks)
        assert differences(made, self.server.data) == []
        return made

    def losses(self, recording: Recording, folder: Path) -> list[str]:
        """Return what power cuts of this recording lose."""
        found = []
        for state in states(recording, seed=2017, count=STATES):
            materialise(state, folder)
            owed = [self.receipts[key] for key in state.owed(recording.marks)]
            found += [f"{state}: {words}" for words in missing(folder, owed)]
            shutil.rmtree(folder)
        return found


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return built("recorder", tmp_path_factory), built("injector", tmp_path_factory)


@pytest.fixture
def patient(stopped_server: Server, tmp_path: Path, libraries: tuple[Path, Path]) -> Patient:
    library, injector = libraries
    return Patient(stopped_server, tmp_path, library, Injector(injector, tmp_path / "orders"))


def kinds(refused: dict[str, Reply]) -> set[tuple[int, str]]:
    return {(reply.status, reply.problem) for reply in refused.values()}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_commit_that_the_disk_refuses_gives_no_receipt_and_loses_none(
    patient: Patient, tmp_path: Path, fault: str
) -> None:
    call, error, right = FAULTS[fault]
    for number, after in enumerate((0, 3, 7)):
        patient.injector.order(call, WAL, error, after=after)
        patient.take(f"{number}", 60)
    # Three groups were refused, and the senders behind them were served: the writer opened its connection anew.
    assert Counter(fired.order for fired in patient.injector.fired()) == {f"{call}@{WAL}": 3}
    assert kinds(patient.refused) == {right}
    assert len(patient.receipts) + len(patient.refused) == 180
    assert len(patient.refused) <= 3 * CLIENTS

    replies = patient.repeat()
    assert {reply.status for reply in replies.values()} == {201}
    assert patient.changed(replies) == []
    # Each key has one notice now, whether its first try was stored or not.
    recording = patient.recording()
    assert missing(patient.server.data, [Receipt.of(patient.sent[key], reply) for key, reply in replies.items()]) == []
    assert patient.losses(recording, tmp_path / "state") == []
    if call == "sync":
        dropped = without_lost_pages(recording, patient.injector.fired())
        assert patient.losses(dropped, tmp_path / "state") == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_refused_commit_concerns_everybody_who_shares_it(patient: Patient, fault: str) -> None:
    call, error, right = FAULTS[fault]
    patient.take("before", 1)  # The first commit syncs twice: the head of the log as well.
    patient.injector.order("sync", WAL, HOLD, always=True)
    with ThreadPoolExecutor(2) as beside:
        first = beside.submit(patient.take, "first", 1)
        while not patient.injector.fired():
            threading.Event().wait(0.01)
        others = beside.submit(patient.take, "shared", CLIENTS)
        threading.Event().wait(0.5)  # One commit is held, and behind it wait the others, who will share the next.
        patient.injector.order(call, WAL, error)
        if call != "sync":
            patient.injector.withdraw(f"sync@{WAL}")
        first.result()
        others.result()
    assert kinds(patient.refused) == {right}
    assert len(patient.refused) == CLIENTS
    assert patient.receipts.keys() == {"before-1", "first-1"}
    replies = patient.repeat()
    assert {reply.status for reply in replies.values()} == {201}
    assert patient.changed(replies) == []


def test_a_server_killed_after_a_refused_sync_answers_every_key_once(patient: Patient) -> None:
    patient.take("before", 30)
    patient.injector.order("sync", WAL, errno.EIO, always=True)
    patient.take("unsure", 30)
    assert kinds(patient.refused) == {UNSURE}
    assert len(patient.refused) == 30
    patient.server.kill()
    patient.server.environ = {}
    patient.server.start()
    replies = patient.repeat()
    again = patient.repeat()
    assert {reply.status for reply in replies.values()} == {201}
    assert patient.changed(replies) == []
    assert [key for key in replies if again[key].body != replies[key].body] == []
    assert patient.server.stop() == 0
    assert missing(patient.server.data, [Receipt.of(patient.sent[key], reply) for key, reply in replies.items()]) == []


def test_a_full_disk_refuses_notices_serves_readers_and_recovers(patient: Patient) -> None:
    patient.take("before", 20)
    patient.injector.order("write", WAL, errno.ENOSPC, always=True)
    patient.take("full", 20)
    assert kinds(patient.refused) == {NO_ROOM}
    assert len(patient.refused) == 20
    with Client(patient.server.port) as client:
        listed = client.request("GET", clients.NOTICES, headers={"Authorization": f"Bearer {patient.token}"})
    assert listed.status == 200
    patient.injector.withdraw()
    replies = patient.repeat()
    assert {reply.status for reply in replies.values()} == {201}
    assert [key for key in patient.refused if replies[key].is_replay] == []  # "Nothing was stored" was true.
    assert patient.changed(replies) == []


def test_a_log_that_cannot_be_moved_into_the_file_costs_nobody_a_receipt(patient: Patient, tmp_path: Path) -> None:
    patient.injector.order("sync", DATABASE, errno.EIO)
    patient.take("first", 900)  # Sixteen mebibytes of log.
    assert len(patient.injector.fired()) == 1  # The move was tried, and refused.
    assert patient.refused == {}
    recording = patient.recording()
    assert missing(patient.server.data, list(patient.receipts.values())) == []
    assert patient.losses(recording, tmp_path / "state") == []
    assert patient.losses(without_lost_pages(recording, patient.injector.fired()), tmp_path / "state") == []


def test_a_refused_sync_at_a_sign_in_harms_no_notice_after_it(patient: Patient, tmp_path: Path) -> None:
    patient.take("before", 10)
    email, password = patient.server.accounts["bnpt", "officer"]
    patient.injector.order("sync", WAL, errno.EIO)
    with Client(patient.server.port) as client:
        refused = client.sign_in(email, password)
    assert len(patient.injector.fired()) == 1
    assert refused.status >= 500
    with Client(patient.server.port) as client:
        assert client.sign_in(email, password).status == 302
    patient.take("after", 10)
    assert patient.refused == {}
    recording = patient.recording()
    assert missing(patient.server.data, list(patient.receipts.values())) == []
    assert patient.losses(without_lost_pages(recording, patient.injector.fired()), tmp_path / "state") == []


def without_lost_pages(recording: Recording, fired: Sequence[Fired]) -> Recording:
    """Return what a kernel leaves that drops the pages it could not sync: they never reach the disk."""
    lost: set[int] = set()
    for fault in fired:
        file = fault.order.partition("@")[2]
        synced = 0
        written: list[Record] = []
        for record in recording.records:
            if record.path != file or record.end > fault.mark:
                continue
            if record.kind is Kind.SYNC:
                synced = record.number
            elif record.kind in {Kind.WRITE, Kind.TRUNCATE}:
                written.append(record)
        lost |= {record.end for record in written if record.end > synced}
    assert lost
    kept = [record for record in recording.records if record.end not in lost]
    return dataclasses.replace(recording, records=kept)
