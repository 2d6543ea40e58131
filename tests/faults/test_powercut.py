"""Power cuts of the real server: whatever was answered is there, whole, at every moment the power may fail."""

import shutil
from pathlib import Path

import pytest
from compiler import built
from crashdisk import Variant
from lives import Life, first_life, second_life
from powercut import DATABASE, RESTARTS, WAL, Figures, as_normal, examine, one_sync_early, without
from recorder import Kind, Record
from tests.houses import Server, free_port

pytestmark = [pytest.mark.fault, pytest.mark.invariant("I-01")]

STATES = 300
NAMING = 6  # Notices that name an uploaded file; others have theirs inside.
DOCTORED = 60  # States are enough to see what a server loses that does not sync.


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("recorder", tmp_path_factory)


@pytest.fixture(scope="module")
def first(prepared: Path, library: Path, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A server that was killed after 300 notices."""
    folder = tmp_path_factory.mktemp("powercut") / "data"
    shutil.copytree(prepared, folder)
    server = Server(folder, free_port())
    try:
        return first_life(server, library, seed=2017, count=300)
    finally:
        server.kill()


@pytest.fixture(scope="module")
def second(first: Life, library: Path) -> Life:
    """The next server on the same data, stopped in order."""
    try:
        return second_life(first, library, count=75)
    finally:
        first.server.kill()


def test_the_recorder_sees_all_that_the_server_writes(first: Life, second: Life) -> None:
    assert (first.unseen, second.unseen) == ([], [])


def test_the_recording_holds_what_is_dangerous(first: Life) -> None:
    moved = [record for record in first.recording.records if record.path == DATABASE]
    assert {record.kind for record in moved} >= {Kind.WRITE, Kind.SYNC}  # The log of writes was moved into the file.
    assert sum(record.path == WAL and record.kind is Kind.SYNC for record in first.recording.records) > 50


@pytest.mark.invariant("I-02")
def test_no_power_cut_loses_or_halves_what_was_answered(first: Life, tmp_path: Path) -> None:
    figures = examine(first, tmp_path / "state", count=STATES, restarts=RESTARTS)
    assert figures.losses == []
    assert (figures.states, figures.restarts) == (STATES, RESTARTS)
    assert first.receipts == 300 + 20 + 150 + NAMING
    assert len(first.uploads) == NAMING + 3
    assert figures.owed > STATES * 100


@pytest.mark.invariant("I-02")
def test_no_power_cut_of_the_next_start_and_its_end_loses_what_was_answered(second: Life, tmp_path: Path) -> None:
    figures = examine(second, tmp_path / "state", count=STATES // 3, restarts=1)
    assert figures.losses == []
    assert (figures.states, figures.restarts) == (STATES // 3, 1)
    assert second.receipts == 300 + 20 + 150 + NAMING + 75


# ---- The same eyes see what a worse server loses.


def lost(life: Life, folder: Path, variant: Variant = Variant.STRICT) -> Figures:
    return examine(life, folder, count=DOCTORED, variants=[variant])


def test_a_server_that_does_not_sync_is_seen_to_lose_receipts(first: Life, tmp_path: Path) -> None:
    doctored = without(first, lambda record: record.path == WAL)
    assert receipts_lost(lost(doctored, tmp_path / "state")) > 0
    assert lost(doctored, tmp_path / "state", Variant.ALL).losses == []  # A kill alone takes nothing.


def test_a_server_with_synchronous_normal_is_seen_to_lose_receipts(first: Life, tmp_path: Path) -> None:
    assert receipts_lost(lost(as_normal(first), tmp_path / "state")) > 0


def test_a_server_that_answers_before_its_sync_is_seen_to_lose_receipts(first: Life, tmp_path: Path) -> None:
    assert receipts_lost(lost(one_sync_early(first), tmp_path / "state")) > 0


def test_a_server_that_does_not_sync_its_key_is_seen_to_lose_it(first: Life, tmp_path: Path) -> None:
    doctored = without(first, lambda record: record.path in {"", "keys"} or record.path.startswith("keys/"))
    assert any("lacks the key" in words for words in lost(doctored, tmp_path / "state").losses)


def is_evidence(record: Record) -> bool:
    return record.path.startswith("evidence/")


def test_a_server_that_does_not_sync_files_is_seen_to_lose_evidence(first: Life, tmp_path: Path) -> None:
    doctored = without(first, lambda record: is_evidence(record) and record.path.endswith(".draft"))
    assert evidence_lost(lost(doctored, tmp_path / "state")) > 0
    assert lost(doctored, tmp_path / "state", Variant.ALL).losses == []


def test_a_server_that_does_not_sync_the_folders_of_files_is_seen_to_lose_evidence(first: Life, tmp_path: Path) -> None:
    doctored = without(first, lambda record: is_evidence(record) and not record.path.endswith(".draft"))
    assert evidence_lost(lost(doctored, tmp_path / "state")) > 0


def evidence_lost(figures: Figures) -> int:
    return sum("Receipt(" in words and "a file" in words for words in figures.losses)


def receipts_lost(figures: Figures) -> int:
    return sum("Receipt(" in words for words in figures.losses)
