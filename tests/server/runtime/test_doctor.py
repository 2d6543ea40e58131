"""``mufakat doctor``: what is well, what is not, and the exit status."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mufakat.server.journal import durability, sequencer, store
from mufakat.server.runtime import checkup

if TYPE_CHECKING:
    from pathlib import Path

    from tests.houses import House, Server

EVERYTHING = ["database", "migrations", "library", "clock", "key", "log", "disk", "probes"]


def found() -> dict[str, tuple[bool, str]]:
    """What the doctor finds, by name."""
    return {one.what: (one.good, one.says) for one in checkup.findings()}


def test_a_sound_instance_is_good_in_everything(house: House) -> None:
    del house
    sequencer.part(at=datetime.now(UTC))  # The worker's, which no test's house has.
    assert {name: good for name, (good, _) in found().items()} == dict.fromkeys(EVERYTHING, True)


@pytest.mark.embedded
def test_the_settings_that_receipts_need_are_shown(house: House) -> None:
    del house
    says = found()["database"][1]
    assert all(word in says for word in ("journal_mode=wal", "synchronous=FULL", "foreign_keys=on"))


def test_a_key_that_others_can_read_is_bad(data: Path) -> None:
    (data / "keys" / "1.key").chmod(0o644)
    good, says = found()["key"]
    assert (good, "make it 600" in says) == (False, True)


def test_a_missing_key_is_bad(data: Path) -> None:
    (data / "keys" / "1.key").unlink()
    assert found()["key"][0] is False


def test_a_key_that_is_none_is_bad(data: Path) -> None:
    (data / "keys" / "1.key").write_text("nothing", encoding="utf-8")
    assert found()["key"][0] is False


def test_a_clock_behind_the_newest_event_is_bad(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.submit()
    ahead = datetime.now(UTC) + timedelta(hours=3)
    monkeypatch.setattr(store, "last_moment", lambda: ahead)
    good, says = found()["clock"]
    assert (good, "set back" in says) == (False, True)


def test_a_disk_without_its_reserve_is_bad(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    del house
    monkeypatch.setattr(durability, "free_bytes", lambda: 1)
    assert found()["disk"][0] is False


def test_a_missing_migration_is_bad_and_says_what_to_do(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del data
    monkeypatch.setattr(checkup, "missing_migrations", lambda: 2)
    assert found()["migrations"] == (False, "2 missing; run: mufakat migrate")


def test_a_check_that_breaks_is_a_finding(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del data

    def broken() -> int:
        raise OSError("no such disk")

    monkeypatch.setattr(durability, "free_bytes", broken)
    assert found()["disk"] == (False, "no such disk")


def test_the_doctor_writes_nothing(house: House) -> None:
    from tests.server.api.doors import rows

    before, commits = rows(), house.writer.commits
    found()
    assert (rows(), house.writer.commits) == (before, commits)


# -- As a command


def test_the_command_is_good_for_a_sound_instance(stopped_server: Server) -> None:
    stopped_server.run("work", "--once")  # Whatever waits for the log may have waited for long.
    done = stopped_server.run("doctor", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["good"] * len(EVERYTHING)


def test_the_command_works_beside_a_running_server(server: Server) -> None:
    done = server.run("doctor", "--json")
    assert [one["what"] for one in json.loads(done.stdout) if one["good"]] == EVERYTHING


def test_the_command_says_no_to_a_key_that_others_can_read(stopped_server: Server) -> None:
    stopped_server.run("work", "--once")  # Whatever waits for the log may have waited for long.
    (stopped_server.data / "keys" / "1.key").chmod(0o604)
    done = stopped_server.run("doctor", "--json", check=False)
    bad = [one["what"] for one in json.loads(done.stdout) if not one["good"]]
    assert (done.returncode, bad) == (1, ["key", "log"])  # By that key nothing is signed.


@pytest.mark.embedded
def test_the_command_says_no_to_a_weak_setting(stopped_server: Server) -> None:
    stopped_server.run("work", "--once")  # Whatever waits for the log may have waited for long.
    stopped_server.environ["DATABASE_URL"] = f"sqlite:///{stopped_server.data}/mufakat.sqlite3?synchronous=NORMAL"
    done = stopped_server.run("doctor", "--json", check=False)
    bad = {one["what"]: one["says"] for one in json.loads(done.stdout) if not one["good"]}
    assert (done.returncode, bad) == (1, {"database": "synchronous is NORMAL, it must be FULL"})


@pytest.mark.embedded
def test_the_command_names_what_is_missing_before_the_first_start(tmp_path: Path, stopped_server: Server) -> None:
    stopped_server.data = tmp_path / "fresh"
    done = stopped_server.run("doctor", check=False)
    assert (done.returncode, "run: mufakat migrate" in done.stdout, done.stderr) == (1, True, "")
