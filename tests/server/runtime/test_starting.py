"""Starting, and not starting: one line, an exit status, and nothing half made."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.houses import Server, free_port

EXAMPLE = Path(__file__).parents[3] / "examples" / "notice.json"
KEY = "keys/1.key"
Made = tuple[Path, list[subprocess.CompletedProcess[str]]]

pytestmark = pytest.mark.embedded  # How PostgreSQL is started with: tests/server/journal/test_postgresql.py.


def command(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command line on a data directory, without a secret of the tests: as a newcomer starts it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MUFAKAT_")}
    return subprocess.run(
        [sys.executable, "-m", "mufakat.cli", *words],
        env={**kept, "MUFAKAT_DATA": str(folder), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a refusal is."""
    assert done.stdout == ""
    assert done.stderr.startswith("mufakat: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


VALUES = [
    ("MUFAKAT_DATA", "/dev/null"),
    ("DATABASE_URL", "mysql://localhost/x"),
    ("MUFAKAT_ORIGIN", "No Origin"),
    ("MUFAKAT_KEY_FILE", "/dev/null/key"),
    ("MUFAKAT_HOST", "not a host"),
    ("PORT", "http"),
    ("MUFAKAT_TIME_ZONE", "Mars/Olympus"),
    ("MUFAKAT_HTTPS", "maybe"),
    ("MUFAKAT_DISK_RESERVE", "64M"),
    ("MUFAKAT_SECRET_KEY_FILE", "/nonexistent"),
    ("DATABASE_URL_FILE", "/nonexistent"),
]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_a_bad_value_stops_the_start_with_one_line(tmp_path: Path, name: str, value: str) -> None:
    done = command(tmp_path / "data", "serve", **{name: value})
    assert (done.returncode, name in one_line(done)) == (2, True)


def test_a_bad_value_stops_every_other_command_as_well(tmp_path: Path) -> None:
    statuses = {
        " ".join(words): command(tmp_path / "data", *words, PORT="http").returncode
        for words in (["migrate"], ["doctor"], ["party", "list"], ["notice", "list"])
    }
    assert set(statuses.values()) == {2}


@pytest.mark.parametrize("words", [["serve"], ["migrate"], ["party", "list"]])
@pytest.mark.parametrize("option", ["synchronous=NORMAL", "synchronous=off"])
@pytest.mark.invariant("I-01")
def test_a_setting_that_would_lose_receipts_stops_the_start(
    stopped_server: Server, words: list[str], option: str
) -> None:
    url = f"sqlite:///{stopped_server.data}/mufakat.sqlite3?{option}"
    done = command(stopped_server.data, *words, DATABASE_URL=url)
    assert (done.returncode, "must be FULL" in one_line(done)) == (1, True)


def test_a_journal_that_is_none_stops_the_start(stopped_server: Server) -> None:
    url = f"sqlite:///{stopped_server.data}/mufakat.sqlite3?journal_mode=delete"
    done = command(stopped_server.data, "serve", DATABASE_URL=url)
    assert (done.returncode, "must be WAL" in one_line(done)) == (1, True)


def test_a_database_that_was_never_made_says_what_to_do(tmp_path: Path) -> None:
    done = command(tmp_path / "data", "serve")
    assert (done.returncode, "run: mufakat migrate" in one_line(done)) == (1, True)


def test_nothing_is_made_for_a_database_that_is_not_there(tmp_path: Path) -> None:
    for words in (["serve"], ["doctor"], ["party", "list"]):
        command(tmp_path / "data", *words)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]


def test_a_file_that_is_no_database_is_named(stopped_server: Server) -> None:
    (stopped_server.data / "mufakat.sqlite3").write_bytes(b"not a database" * 100)
    (stopped_server.data / "mufakat.sqlite3-wal").unlink(missing_ok=True)
    done = command(stopped_server.data, "serve")
    assert (done.returncode, "file is not a database" in one_line(done)) == (1, True)


def test_an_old_database_is_not_served(stopped_server: Server) -> None:
    with sqlite3.connect(stopped_server.data / "mufakat.sqlite3") as raw:
        raw.execute("DELETE FROM django_migrations WHERE app = 'notices'")
    raw.close()
    done = command(stopped_server.data, "serve")
    assert (done.returncode, "lacks" in one_line(done)) == (1, True)


def test_a_taken_port_is_said_in_one_line(stopped_server: Server) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = command(stopped_server.data, "serve", PORT=str(other.getsockname()[1]))
    assert (done.returncode, "Address already in use" in one_line(done)) == (1, True)


def test_an_address_of_another_machine_is_said_in_one_line(stopped_server: Server) -> None:
    done = command(stopped_server.data, "serve", MUFAKAT_HOST="203.0.113.9")
    assert (done.returncode, "203.0.113.9" in one_line(done)) == (1, True)


@pytest.mark.parametrize("words", [["serve"], ["migrate"]])
def test_one_process_owns_the_data(server: Server, words: list[str]) -> None:
    done = command(server.data, *words, PORT=str(free_port()))
    assert (done.returncode, "another process of Mufakat owns" in one_line(done)) == (1, True)


def test_the_first_goes_on_when_a_second_was_refused(server: Server) -> None:
    command(server.data, "serve", PORT=str(free_port()))
    server.wait_until_ready()


def test_a_key_that_others_can_read_stops_the_start(stopped_server: Server) -> None:
    (stopped_server.data / KEY).chmod(0o640)
    done = command(stopped_server.data, "serve")
    assert (done.returncode, "make it 600" in one_line(done)) == (1, True)


def test_a_key_of_another_log_stops_the_start(stopped_server: Server) -> None:
    done = command(stopped_server.data, "serve", MUFAKAT_ORIGIN="other.example/log/1")
    assert (done.returncode, "MUFAKAT_ORIGIN" in one_line(done)) == (1, True)


@pytest.mark.parametrize("content", [b"", b"not a key\n", b"\xff\xfe\x00"])
def test_a_key_file_that_holds_no_key_stops_the_start(stopped_server: Server, content: bytes) -> None:
    (stopped_server.data / KEY).write_bytes(content)
    done = command(stopped_server.data, "serve")
    assert (done.returncode, "1.key" in one_line(done)) == (1, True)


def test_a_bad_key_is_not_shown(stopped_server: Server) -> None:
    text = (stopped_server.data / KEY).read_text(encoding="utf-8")
    (stopped_server.data / KEY).write_text(text.replace("+", "-", 1), encoding="utf-8")
    secret = text.strip().split("+", 4)[4]
    assert secret not in one_line(command(stopped_server.data, "serve"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An instance as a newcomer makes it, in a directory with a strange name; and what the commands said."""
    folder = tmp_path_factory.mktemp("made") / "a b#c?d%20e-ü" / "data"
    steps = [["migrate", "--quiet"], ["example", "load", "parties"], ["migrate", "--quiet"], ["party", "list"]]
    return folder, [command(folder, *words) for words in steps]


def test_an_instance_is_made_by_two_commands(made: Made) -> None:
    assert [done.returncode for done in made[1]] == [0, 0, 0, 0]
    assert "kominfo" in made[1][3].stdout


def test_migrating_quietly_says_nothing(made: Made) -> None:
    assert [(done.stdout, done.stderr) for done in (made[1][0], made[1][2])] == [("", "")] * 2


def test_what_is_made_is_its_owners_alone(made: Made) -> None:
    folder, _ = made
    modes = {path.relative_to(folder): stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
    assert {str(path): oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


def test_the_key_has_the_mode_of_a_key(made: Made) -> None:
    assert stat.S_IMODE((made[0] / KEY).stat().st_mode) == 0o600


def test_migrating_again_keeps_the_key(stopped_server: Server) -> None:
    key = (stopped_server.data / KEY).read_bytes()
    command(stopped_server.data, "migrate", "--quiet")
    assert (stopped_server.data / KEY).read_bytes() == key


def test_the_key_can_lie_elsewhere(stopped_server: Server, tmp_path: Path) -> None:
    (stopped_server.data / KEY).unlink()
    key = tmp_path / "vault" / "operator.key"
    done = command(stopped_server.data, "migrate", "--quiet", MUFAKAT_KEY_FILE=str(key))
    found = oct(stat.S_IMODE(key.stat().st_mode)), (stopped_server.data / KEY).exists()
    assert (done.returncode, *found) == (0, "0o600", False)


def test_options_win_over_the_environment(stopped_server: Server) -> None:
    stopped_server.environ["PORT"] = "1"
    wanted = free_port()
    stopped_server.port = wanted
    with (stopped_server.data.parent / "server.log").open("ab") as log:
        stopped_server.process = subprocess.Popen(
            [sys.executable, "-m", "mufakat.cli", "serve", "--host", "127.0.0.1", "--port", str(wanted)],
            env={**os.environ, "MUFAKAT_DATA": str(stopped_server.data), "PORT": "1", "MUFAKAT_HOST": "203.0.113.9"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    stopped_server.wait_until_ready()


def test_a_stop_is_clean(server: Server) -> None:
    server.run("notice", "submit", str(EXAMPLE))
    assert server.stop() == 0
    # The write-ahead log was moved into the file, the socket is gone.
    wal = server.data / "mufakat.sqlite3-wal"
    assert (wal.stat().st_size if wal.exists() else 0, (server.data / "sock").exists()) == (0, False)


def test_a_server_that_was_killed_starts_again(server: Server) -> None:
    server.kill()
    server.start()
    assert server.run("party", "list").returncode == 0
