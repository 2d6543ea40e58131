"""The power-cut tool itself: it must see what a power cut takes, or its silence about the server means nothing."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from compiler import built
from crashdisk import PAGE, SECTOR, Variant
from crashstates import State, differences, materialise, states
from recorder import Kind, Known, Record, Recording, UnmodelledError, environment, mark, photograph, read

pytestmark = pytest.mark.fault

STATES = 600

# Two threads commit rows and say so only then; a small checkpoint interval puts many checkpoints into the log.
COMMITTER = """
import os, sqlite3, sys, threading
journal, synchronous = sys.argv[1:]
def connect():
    connection = sqlite3.connect("db", timeout=30, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={journal}")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute("PRAGMA wal_autocheckpoint=16")
    return connection
def commit(thread):
    connection = connect()
    for number in range(30):
        row = f"{thread}-{number}"
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO receipt VALUES (?, ?)", (row, os.urandom(3000)))
        connection.execute("COMMIT")
        os.write(1, f"{row}\\n".encode())
    connection.close()
connect().execute("CREATE TABLE receipt (row TEXT PRIMARY KEY, content BLOB)")
threads = [threading.Thread(target=commit, args=(thread,)) for thread in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""

# Many ways to change files, by threads, a fork, and another program.
BUSY = """
import os, subprocess, sys, tempfile, threading
def append(letter):
    with open("appended", "ab", buffering=0) as file:
        for _ in range(200):
            file.write(letter * 37)
child = os.fork()
threads = [threading.Thread(target=append, args=(b"%d" % (number + 2 * (child == 0)),)) for number in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
subprocess.run(["sh", "-c", "echo one > shell; echo two >> shell; mkdir -p a/b; mv shell a/b/moved"], check=True)
os.rename("a", "c")
fd = os.open("vector", os.O_RDWR | os.O_CREAT)
os.writev(fd, [b"x" * 5000, b"", b"y" * 4000])
os.pwritev(fd, [b"1", b"2"], 4095)
other = os.dup(fd)
os.close(fd)
os.write(other, b"end")
os.ftruncate(other, 20000)
os.pwrite(other, b"late", 30000)
os.truncate("vector", 29000)
os.link("vector", "c/second-name")
os.unlink("vector")
os.write(other, b"by the other name")
appending = os.open("odd", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(appending, b"abc")
os.pwrite(appending, b"lands at the end, on Linux", 0)
open("again", "w").write("long content")
open("again", "w").write("short")
folder = os.open("c", os.O_RDONLY)
os.mkdir("d", dir_fd=folder)
os.close(os.open("e", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
os.rename("e", "d/f", src_dir_fd=folder, dst_dir_fd=folder)
os.replace("again", "c/d/f")
with tempfile.TemporaryFile(dir=".") as file:
    file.write(b"never had a name")
os.unlink("old")
os.rename("kept", "renamed")
open("renamed", "a").write(", and more")
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("recorder", tmp_path_factory)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


Run = Callable[..., Recording]


@pytest.fixture
def run(library: Path, root: Path, tmp_path: Path) -> Run:
    """Run a program in the root, recorded; each line it prints is an answer."""

    def _run(program: str, *arguments: str) -> Recording:
        log = tmp_path / "log"
        known = photograph(root)
        variables = {**os.environ, **environment(library, root=root, log=log)}
        marks = {}
        with subprocess.Popen(
            [sys.executable, "-c", program, *arguments], cwd=root, env=variables, stdout=subprocess.PIPE
        ) as process:
            for line in process.stdout or ():
                marks[line.decode().strip()] = mark(log)
        assert process.returncode == 0
        return Recording(known, read(log), marks)

    return _run


def after(recording: Recording, variant: Variant = Variant.STRICT) -> dict[str, bytes]:
    """Return the files left when the power fails after the last record."""
    *_, state = states(recording, seed=0, count=len(recording.records) + 1, variants=[variant])
    return {path: image.content() for path, image in state.files.items()}


# ---- SQLite ----


def rows(folder: Path) -> set[str] | None:
    """Return the rows that SQLite finds in this state; None: the database is damaged."""
    if not (folder / "db").exists():
        return set()
    with closing(sqlite3.connect(folder / "db", isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA synchronous=OFF")
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return None
            if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'receipt'").fetchone():
                return set()
            return {row for (row,) in connection.execute("SELECT row FROM receipt")}
        except sqlite3.DatabaseError:
            return None


def failures(recording: Recording, folder: Path, *, count: int = STATES, **options: object) -> Iterator[State]:
    """Yield the states in which an acknowledged row is missing or the database damaged."""
    made = 0
    for state in states(recording, seed=2017, count=count, **options):  # type: ignore[arg-type]
        made += 1
        materialise(state, folder)
        found = rows(folder)
        if found is None or not state.owed(recording.marks) <= found:
            yield state
        shutil.rmtree(folder)
    assert made == count


def test_wal_with_full_loses_no_acknowledged_row(run: Run, tmp_path: Path) -> None:
    recording = run(COMMITTER, "WAL", "FULL")
    assert len(recording.marks) == 60
    assert [str(state) for state in failures(recording, tmp_path / "state")] == []


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_less_than_full_is_seen_to_lose_acknowledged_rows(run: Run, tmp_path: Path, synchronous: str) -> None:
    recording = run(COMMITTER, "WAL", synchronous)
    lost = {state.variant for state in failures(recording, tmp_path / "state")}
    assert Variant.STRICT in lost
    assert Variant.ALL not in lost  # A killed process loses nothing: only a power cut tells the two apart.


def test_a_lost_removal_of_the_journal_is_seen_to_lose_acknowledged_rows(run: Run, tmp_path: Path) -> None:
    recording = run(COMMITTER, "DELETE", "FULL")  # SQLite syncs the folder after the removal only with EXTRA.
    assert any(state.variant is Variant.STRICT for state in failures(recording, tmp_path / "state"))
    shutil.rmtree(tmp_path / "state", ignore_errors=True)
    assert not any(failures(recording, tmp_path / "state", directory_loss=False))


def test_a_synced_removal_of_the_journal_loses_no_acknowledged_row(run: Run, tmp_path: Path) -> None:
    recording = run(COMMITTER, "DELETE", "EXTRA")
    assert [str(state) for state in failures(recording, tmp_path / "state")] == []


# ---- plain files ----

WRITE_NEW = "import os; fd = os.open('new', os.O_CREAT | os.O_WRONLY); os.write(fd, b'words');"
SYNC_FOLDER = "os.fsync(os.open('.', os.O_RDONLY));"
REPLACE_OLD = "import os; os.replace('new', 'old');"


def test_a_file_without_sync_is_lost(run: Run) -> None:
    assert after(run(WRITE_NEW)) == {}


def test_a_file_with_sync_survives_with_its_name(run: Run) -> None:
    assert after(run(WRITE_NEW + "os.fsync(fd)")) == {"new": b"words"}


def test_a_file_with_data_sync_survives_with_its_name(run: Run) -> None:
    assert after(run(WRITE_NEW + "os.fdatasync(fd)")) == {"new": b"words"}


def test_a_file_whose_folder_alone_is_synced_is_empty(run: Run) -> None:
    assert after(run(WRITE_NEW + SYNC_FOLDER)) == {"new": b""}


def test_what_is_written_after_the_sync_is_lost(run: Run) -> None:
    assert after(run(WRITE_NEW + "os.fsync(fd); os.write(fd, b', more'); os.ftruncate(fd, 1)")) == {"new": b"words"}


def test_all_of_it_outlives_a_killed_process(run: Run) -> None:
    assert after(run(WRITE_NEW), Variant.ALL) == {"new": b"words"}


def test_a_rename_without_sync_of_the_folder_is_undone(run: Run, root: Path) -> None:
    (root / "old").write_bytes(b"before")
    (root / "new").write_bytes(b"after")
    assert after(run(REPLACE_OLD)) == {"old": b"before", "new": b"after"}


def test_a_rename_with_sync_of_the_folder_survives(run: Run, root: Path) -> None:
    (root / "old").write_bytes(b"before")
    (root / "new").write_bytes(b"after")
    assert after(run(REPLACE_OLD + SYNC_FOLDER)) == {"old": b"after"}


def test_a_name_may_survive_where_the_content_does_not(run: Run, root: Path) -> None:
    (root / "old").write_bytes(b"before")
    assert after(run(WRITE_NEW + REPLACE_OLD), Variant.NAMES) == {"old": b""}


def test_a_rename_to_another_folder_waits_for_both(run: Run, root: Path) -> None:
    (root / "old").write_bytes(b"before")
    (root / "folder").mkdir()
    recording = run(
        "import os; os.rename('old', 'folder/old'); os.fsync(os.open('folder', os.O_RDONLY));" + SYNC_FOLDER
    )
    half = Recording(recording.known, recording.records[:-1])
    assert (after(half), after(recording)) == ({"old": b"before"}, {"folder/old": b"before"})


def test_the_sync_of_a_file_does_not_keep_its_later_name(run: Run) -> None:
    program = WRITE_NEW + "os.fsync(fd); os.rename('new', 'later'); os.fsync(fd)"
    assert after(run(program)) == {"new": b"words"}


def test_a_synced_file_is_not_ousted_by_an_earlier_one_of_its_name(run: Run) -> None:
    recording = run("import os; open('new', 'w').close(); os.unlink('new');" + WRITE_NEW + "os.fsync(fd)")
    made = states(recording, seed=0, count=300)
    ended = [state.files["new"].content() for state in made if state.cut == len(recording.records)]
    assert set(ended) == {b"words"}


def test_a_removal_without_sync_of_the_folder_is_undone(run: Run, root: Path) -> None:
    (root / "old").write_bytes(b"before")
    assert after(run("import os; os.unlink('old')")) == {"old": b"before"}


def test_a_removal_with_sync_of_the_folder_survives(run: Run, root: Path) -> None:
    (root / "old").write_bytes(b"before")
    assert after(run("import os; os.unlink('old');" + SYNC_FOLDER)) == {}


def test_an_emptied_file_without_sync_is_full_again(run: Run, root: Path) -> None:
    (root / "old").write_bytes(b"before")
    assert after(run("open('old', 'w').close()")) == {"old": b"before"}


def test_the_sync_of_a_file_keeps_the_new_folders_it_lies_in(run: Run) -> None:
    program = "import os; os.makedirs('a/b'); os.mkdir('c'); os.chdir('a/b');" + WRITE_NEW + "os.fsync(fd)"
    *_, state = states(run(program), seed=0, count=100, variants=[Variant.STRICT])
    assert (state.folders, set(state.files)) == (("a", "a/b"), {"a/b/new"})


# ---- the recorder ----


def test_whatever_a_program_does_is_recorded(run: Run, root: Path) -> None:
    (root / "old").write_bytes(b"before")
    (root / "kept").write_bytes(b"k" * 10000)
    recording = run(BUSY)
    assert differences(recording, root) == []
    assert len({record.process for record in recording.records}) >= 3
    assert (root / "appended").stat().st_size == 4 * 200 * 37


def test_whatever_sqlite_does_is_recorded(run: Run, root: Path) -> None:
    assert differences(run(COMMITTER, "WAL", "NORMAL"), root) == []


def test_what_the_recorder_did_not_see_is_named(run: Run, root: Path) -> None:
    recording = run(WRITE_NEW)
    (root / "new").write_bytes(b"other")
    (root / "unseen").touch()
    assert differences(recording, root) == ["new", "unseen"]


def test_a_call_that_brings_no_bytes_is_refused(run: Run, root: Path) -> None:
    (root / "old").write_bytes(b"before")
    recording = run(WRITE_NEW + "os.sendfile(fd, os.open('old', os.O_RDONLY), 0, 6)")
    with pytest.raises(UnmodelledError, match="sendfile of new"):
        after(recording)


def test_a_refused_call_leaves_no_record(run: Run, root: Path) -> None:
    (root / "full").mkdir()
    (root / "full" / "old").touch()
    program = "import os\nfor call in (os.rmdir, os.unlink):\n  try: call('full')\n  except OSError: pass"
    assert run(program).records == []


def test_a_socket_is_no_file(run: Run) -> None:
    program = "import os, socket; s = socket.socket(socket.AF_UNIX); s.bind('s'); os.rename('s', 't'); os.unlink('t')"
    assert run(program).records == []


def test_a_record_cut_short_at_the_end_is_left_out(run: Run, tmp_path: Path) -> None:
    whole = run(WRITE_NEW).records
    log = tmp_path / "log"
    log.write_bytes(log.read_bytes()[:-1])
    assert read(log) == whole[:-1]


# ---- the model, from records made by hand ----

ROOT = Known("", 1, None)
NEW = Record(Kind.CREATE, 2, "new", end=10)
LONG = Record(Kind.WRITE, 2, "new", content=b"x" * 3 * PAGE, end=20)


def test_a_write_during_a_sync_is_not_promised_by_it() -> None:
    late = Record(Kind.WRITE, 2, "new", content=b"late", end=30)
    sync = Record(Kind.SYNC, 2, "new", number=25, end=40)  # Began while the write was being recorded.
    assert after(Recording([ROOT], [NEW, LONG, late, sync]))["new"][:4] == b"xxxx"


def test_an_answer_is_owed_once_all_records_below_its_mark_are_done() -> None:
    recording = Recording([ROOT], [NEW, LONG], {"at once": 0, "made": 19, "written": 20})
    owed = [state.owed(recording.marks) for state in states(recording, seed=0, count=3, variants=[Variant.ALL])]
    assert owed == [{"at once"}, {"at once", "made"}, {"at once", "made", "written"}]


def test_pages_survive_each_by_itself() -> None:
    found = {
        tuple(bool(any(content[at : at + PAGE])) for at in range(0, len(content), PAGE))
        for state in states(Recording([ROOT], [NEW, LONG]), seed=1, count=200, variants=[Variant.RANDOM])
        if (content := state.files["new"].content() if "new" in state.files else b"")
    }
    assert found == {
        (True,),
        (False, True),
        (True, True),
        (False, False, True),
        (True, False, True),
        (False, True, True),
        (True, True, True),
    }


def test_a_torn_page_ends_at_a_sector() -> None:
    sizes = {
        state.files["new"].size
        for state in states(Recording([ROOT], [NEW, LONG]), seed=1, count=200, variants=[Variant.TORN])
        if "new" in state.files
    }
    assert len(sizes) > 10
    assert all(size % SECTOR == 0 for size in sizes)


def test_the_same_seed_makes_the_same_states() -> None:
    made = [
        [(str(state), {path: image.content() for path, image in state.files.items()}) for state in some]
        for some in (states(Recording([ROOT], [NEW, LONG]), seed=7, count=50) for _ in range(2))
    ]
    assert made[0] == made[1]


def test_a_file_with_the_number_of_a_removed_one_is_another_file() -> None:
    gone = Record(Kind.UNLINK, 2, "new", end=30)
    other = Record(Kind.CREATE, 2, "other", end=40)
    sync = Record(Kind.SYNC, 2, "other", number=40, end=50)
    assert after(Recording([ROOT], [NEW, LONG, gone, other, sync])) == {"other": b""}


def test_a_file_without_name_does_not_write_into_a_removed_one() -> None:
    sync = Record(Kind.SYNC, 2, "new", number=20, end=30)
    gone = Record(Kind.UNLINK, 2, "new", end=40)
    nameless = Record(Kind.WRITE, 2, "#2 (deleted)", content=b"other", end=50)  # The number is in use again.
    other_sync = Record(Kind.SYNC, 2, "#2 (deleted)", number=50, end=60)
    assert after(Recording([ROOT], [NEW, LONG, sync, gone, nameless, other_sync])) == {"new": LONG.content}
